//! `steersman key rotate`.

use crate::{
    cli::{Cli, Key},
    data_dir::DataDir,
};
use anstream::println;
use anyhow::{Context, Result, bail};
use owo_colors::OwoColorize;
use std::process::ExitCode;
use steersman_protocol::{AuditBody, AuditDraft, AuditResult, Timestamp};
use steersman_runtime::store::{KeyRing, MasterKey, Store, StoreOptions};

pub async fn run(cli: &Cli, command: &Key) -> Result<ExitCode> {
    match command {
        Key::Rotate => rotate(cli).await,
    }
}

/// Seals everything under a new key. Key file: the new one takes the old one's place after the database has changed,
/// and the old one is kept beside it, so that no moment of a crash leaves the database without its key.
async fn rotate(cli: &Cli) -> Result<ExitCode> {
    let data_dir = DataDir::open(cli.data_dir.as_deref())?;
    let Some(_lock) = data_dir.lock()? else {
        bail!("a server is running on {}; stop it first", data_dir.path().display());
    };
    let old = data_dir.keys()?;
    let (new, is_from_environment) = match std::env::var("STEERSMAN_NEW_KEY") {
        Ok(text) => (
            MasterKey::from_env_text(&text).context("STEERSMAN_NEW_KEY is not usable")?,
            true,
        ),
        Err(_) if std::env::var_os("STEERSMAN_KEY").is_some() => {
            bail!(
                "the key comes from STEERSMAN_KEY, so give the new one as STEERSMAN_NEW_KEY (for example from `openssl rand -hex 32`)"
            );
        }
        Err(_) => (
            MasterKey::load_or_create(&data_dir.path().join("master.key.new"))?,
            false,
        ),
    };
    let ring = KeyRing {
        current: old.current,
        older: vec![new.clone()],
    };
    let (store, writer) = Store::open(
        StoreOptions {
            path: data_dir.database(),
            readers: 1,
        },
        ring,
    )
    .await
    .map_err(|error| error.to_problem("Could not open the database"))?;
    let rotated = async {
        let result = rotated(&store, new).await;
        store.close().await;
        result
    };
    let (rotated, written) = futures::join!(rotated, writer.run());
    rotated
        .and(written)
        .map_err(|error| error.to_problem("Could not change the master key"))?;
    if is_from_environment {
        println!(
            "{} Everything is sealed under the new key. Set STEERSMAN_KEY to it before the next start.",
            "✓".green()
        );
    } else {
        std::fs::rename(data_dir.key_file(), data_dir.path().join("master.key.old"))?;
        std::fs::rename(data_dir.path().join("master.key.new"), data_dir.key_file())?;
        println!(
            "{} Everything is sealed under the new key. The old one is kept as master.key.old; remove it when your backups no longer need it.",
            "✓".green()
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn rotated(store: &Store, new: MasterKey) -> steersman_runtime::store::Result<()> {
    let Some(organization) = store.organizations().await?.into_iter().next() else {
        return Ok(());
    };
    let body = AuditBody {
        user_name: "command line".into(),
        sentence: "The master key was changed.".into(),
        ..AuditBody::default()
    };
    let entry = AuditDraft {
        organization_id: organization.id,
        action: "key.rotated".into(),
        result: AuditResult::Success,
        risk: None,
        run_id: None,
        execution_id: None,
        body,
    };
    store.rotate_key(new, Timestamp::now(), entry).await
}
