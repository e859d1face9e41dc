//! What is measured, and against whom: `cargo run --release -p bench -- NAME [--json]`.
//!
//! Every name measures one promise of the product on the real thing, together with the bare operation in the same
//! run, and holds the figures against [`bars`]. The exit code is 1 when a bar is missed. A good addition is a file
//! with one measurement and a line in [`run`]. Deliberately absent: figures without a comparison, and means.

mod bars;
mod binary;
mod chaos;
mod dba;
mod duel;
mod events;
mod funnel;
mod local;
mod machine;
mod report;
mod sockets;
mod spread;
mod start;
mod station;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use report::Report;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "bench",
    about = "Measures Steersman on this machine and holds the figures against their bars"
)]
struct Arguments {
    name: Name,
    /// One JSON document instead of a table
    #[arg(long)]
    json: bool,
    /// chaos: how often the server is killed
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// chaos: the same seed kills and asks in the same order
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    /// Start to ready, idle memory, size of the binary
    Start,
    /// What the whole funnel adds to a query
    Funnel,
    /// What the tools for PostgreSQL take, beside the bare statements
    Dba,
    /// The same questions, side by side with Postgres MCP Pro
    DbaVsPostgresMcp,
    /// The same questions, side by side with MongoDB's own MCP server
    DbaVsMongodbMcp,
    /// Durable events a second
    Events,
    /// The built-in provider: from message to tool call
    Local,
    /// Many WebSockets on one session: how late an event arrives, and what one costs
    Sockets,
    /// Kills the server at random moments and looks for anything lost or done twice
    Chaos,
}

async fn run(arguments: &Arguments) -> Result<Report> {
    match arguments.name {
        Name::Start => start::measure().await,
        Name::Funnel => funnel::measure().await,
        Name::Dba => dba::measure().await,
        Name::DbaVsPostgresMcp => duel::postgres::measure().await,
        Name::DbaVsMongodbMcp => duel::mongodb::measure().await,
        Name::Events => events::measure().await,
        Name::Local => local::measure(),
        Name::Sockets => sockets::measure().await,
        Name::Chaos => chaos::measure(arguments.kills, arguments.seed).await,
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let report = run(&arguments).await?;
    let judged = bars::judge(&report)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report.to_json(&judged))?);
    } else {
        print!("{}", report.to_text(&judged));
    }
    Ok(match judged.iter().all(|bar| bar.is_met) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
