//! Steersman with the plugin `tally` beside the real ones, as a process to be killed.
//!
//! Takes the arguments of `steersman --json --data-dir DIR up --listen ADDRESS`, says its address on standard output
//! and leaves address and token in `server.json`, as the real binary does. Like it, it never has two processes on one
//! data directory: its parent waits for the one before.

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::json;
use std::{fs, path::PathBuf, sync::Arc};
use steersman_protocol::{Actor, Face, TokenId, User, sha256_hex};
use steersman_runtime::{
    Options, Runtime, SystemClock,
    store::{KeyRing, Store, StoreOptions},
};
use steersman_server::{App, login_link_token};
use steersman_testkit::tally::Tally;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Parser)]
struct Arguments {
    #[arg(long)]
    json: bool,
    #[arg(long)]
    data_dir: PathBuf,
    command: String,
    #[arg(long)]
    listen: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let listener = tokio::net::TcpListener::bind(&arguments.listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let keys = KeyRing::load_or_create(&arguments.data_dir.join("master.key"))?;
    let options = StoreOptions {
        path: arguments.data_dir.join("steersman.db"),
        readers: 4,
    };
    let (store, writer) = Store::open(options, keys).await?;
    let options = Options {
        plugins: vec![
            Arc::new(steersman_plugin_host::Host),
            Arc::new(steersman_plugin_postgres::Postgres),
            Arc::new(Tally),
        ],
        clock: Arc::new(SystemClock),
        watch_targets: true,
    };
    let runtime = Runtime::start(store, writer, options).await?;
    let start = runtime.first_start("owner").await?;
    let token = token(&runtime, &start.owner).await?;
    let address = json!({ "url": url, "token": token });
    fs::write(arguments.data_dir.join("server.json"), address.to_string())?;
    println!("{}", json!({ "url": url }));

    let app = App::new(runtime.clone(), start.organization_id, url, false);
    let mut terminate = signal(SignalKind::terminate())?;
    let until = async move {
        terminate.recv().await;
        runtime.shut_down().await;
    };
    steersman_server::serve(app, listener, until)
        .await
        .context("the server stopped")
}

/// A token of the owner for the driver, a new one at every start.
async fn token(runtime: &Runtime, owner: &User) -> Result<String> {
    let actor = Actor {
        user_id: owner.id,
        name: owner.name.clone(),
        organization_id: owner.organization_id,
        role: owner.role,
        face: Face::CommandLine,
        ip: None,
        user_agent: None,
    };
    let token = format!("stm_{}", login_link_token());
    let entry = runtime.audit_of(&actor, "token.created", "A token for the driver.", json!({}));
    let id = TokenId::from_uuid(runtime.fresh_id());
    let (hash, now) = (sha256_hex(token.as_bytes()), runtime.now());
    runtime
        .store()
        .create_token(id, owner.id, "driver".into(), hash, None, now, entry)
        .await?;
    Ok(token)
}
