//! The binary `steersman`: configuration, assembly, the list of plugins, subcommands.
//!
//! `steersman up` serves; every other subcommand is a client of the same HTTP API, against the server that is running
//! or, when none is, against one that it starts for itself. The only place that reads the environment and files of
//! settings. Deliberately absent: anything that another face could not do.

mod cli;
mod client;
mod commands;
mod data_dir;
mod demo;
mod logging;
mod plugins;
mod serve;
mod show;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("Could not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let is_json = cli.json;
    let result = runtime.block_on(commands::run(cli));
    // A request to ourselves may still be open; nothing of it is lost, everything is in the store.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match result {
        Ok(code) => code,
        Err(error) => {
            show::error(&error, is_json);
            ExitCode::FAILURE
        }
    }
}
