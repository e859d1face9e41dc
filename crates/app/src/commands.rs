//! Subcommands, one file each.

pub mod approvals;
pub mod ask;
mod audit;
mod call;
mod doctor;
mod key;
mod login_link;
mod policy;
mod providers;
mod reveal;
mod runs;
mod targets;
mod tools;
mod up;
mod users;

use crate::{
    cli::{Cli, Command},
    client::{Client, OwnServer},
    logging,
};
use anyhow::Result;
use clap::CommandFactory;
use std::process::ExitCode;

/// Runs one subcommand. The exit code is 0 when it did what was asked, 1 when not, 2 when the outcome waits for a person.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    if let Command::Completions { shell } = cli.command {
        clap_complete::generate(shell, &mut Cli::command(), "steersman", &mut std::io::stdout());
        return Ok(ExitCode::SUCCESS);
    }
    logging::start(matches!(&cli.command, Command::Up(up) if up.log_json));
    match &cli.command {
        Command::Up(up) => return up::run(&cli, up).await,
        Command::Doctor => return doctor::run(&cli).await,
        Command::Key(command) => return key::run(&cli, command).await,
        _ => {}
    }
    let (client, own) = Client::connect(&cli).await?;
    let work = with_client(&cli, &client);
    match own {
        None => work.await,
        Some(OwnServer { stop, mut served }) => {
            let result = tokio::select! {
                result = work => result,
                ended = &mut served => return ended.map(|()| ExitCode::FAILURE),
            };
            let _ = stop.send(());
            served.await?;
            result
        }
    }
}

async fn with_client(cli: &Cli, client: &Client) -> Result<ExitCode> {
    let is_json = cli.json;
    match &cli.command {
        Command::Ask(ask) => ask::run(client, is_json, ask).await,
        Command::Approvals(approvals) => approvals::list(client, is_json, approvals).await,
        Command::Approve(decide) => approvals::decide(client, is_json, decide, true).await,
        Command::Reject(decide) => approvals::decide(client, is_json, decide, false).await,
        Command::Audit(audit) => audit::run(client, is_json, audit).await,
        Command::Targets(command) => targets::run(client, is_json, command).await,
        Command::Tools(tools) => tools::run(client, is_json, tools).await,
        Command::Call(call) => call::run(client, is_json, call).await,
        Command::Reveal(reveal) => reveal::run(client, is_json, reveal).await,
        Command::Runs(command) => runs::run(client, is_json, command).await,
        Command::Models(command) => providers::run(client, is_json, command).await,
        Command::Users(command) => users::run(client, is_json, command).await,
        Command::Policy(command) => policy::run(client, is_json, command).await,
        Command::LoginLink(link) => login_link::run(client, is_json, link).await,
        // Dispatched before a client is made.
        Command::Up(_) | Command::Doctor | Command::Key(_) | Command::Completions { .. } => Ok(ExitCode::FAILURE),
    }
}
