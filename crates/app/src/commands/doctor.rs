//! `steersman doctor`: what is wrong, and what to do about it.

use crate::{cli::Cli, client::Client, data_dir::DataDir, show};
use anstream::println;
use anyhow::Result;
use owo_colors::OwoColorize;
use serde_json::{Value, json};
use std::{os::unix::fs::PermissionsExt, process::ExitCode};
use steersman_protocol::AuditVerification;

/// One check with its finding.
struct Check {
    name: &'static str,
    is_good: bool,
    finding: String,
}

pub async fn run(cli: &Cli) -> Result<ExitCode> {
    let mut checks = Vec::new();
    let data_dir = DataDir::open(cli.data_dir.as_deref())?;
    checks.push(check_permissions(&data_dir));
    checks.push(check_space(&data_dir));
    let is_running = data_dir.lock()?.is_none();
    checks.push(Check {
        name: "server",
        is_good: true,
        finding: if is_running {
            "running".into()
        } else {
            "not running; commands start one for themselves".into()
        },
    });
    match Client::connect(cli).await {
        Err(error) => checks.push(Check {
            name: "database",
            is_good: false,
            finding: format!("{error:#}"),
        }),
        Ok((client, own)) => {
            let looked = look(&client);
            let looked = match own {
                None => looked.await,
                Some(crate::client::OwnServer { stop, mut served }) => {
                    let looked = tokio::select! {
                        looked = looked => looked,
                        ended = &mut served => { ended?; Vec::new() }
                    };
                    let _ = stop.send(());
                    served.await?;
                    looked
                }
            };
            checks.extend(looked);
        }
    }
    let is_good = checks.iter().all(|check| check.is_good);
    if cli.json {
        let list: Vec<Value> = checks
            .iter()
            .map(|check| json!({ "check": check.name, "is_good": check.is_good, "finding": check.finding }))
            .collect();
        show::json(&json!({ "is_good": is_good, "checks": list }));
    } else {
        for check in &checks {
            let mark = if check.is_good {
                "✓".green().to_string()
            } else {
                "✗".red().bold().to_string()
            };
            println!("{mark} {:<14} {}", check.name, show::printable(&check.finding));
        }
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check_permissions(data_dir: &DataDir) -> Check {
    let mode = std::fs::metadata(data_dir.path())
        .map(|found| found.permissions().mode() & 0o077)
        .unwrap_or(0);
    let path = data_dir.path().display();
    Check {
        name: "data directory",
        is_good: mode == 0,
        finding: if mode == 0 {
            path.to_string()
        } else {
            format!("{path} can be read by others; run chmod 700 on it")
        },
    }
}

fn check_space(data_dir: &DataDir) -> Check {
    const LEAST: u64 = 200 << 20;
    match nix::sys::statvfs::statvfs(data_dir.path()) {
        Ok(found) => {
            let free = found.blocks_available() * found.fragment_size();
            Check {
                name: "disk space",
                is_good: free >= LEAST,
                finding: format!("{} MiB free in the data directory", free >> 20),
            }
        }
        Err(error) => Check {
            name: "disk space",
            is_good: false,
            finding: format!("could not be read: {error}"),
        },
    }
}

async fn look(client: &Client) -> Vec<Check> {
    let mut checks = Vec::new();
    let ready = client.text("/readyz").await;
    checks.push(Check {
        name: "database",
        is_good: ready.is_ok(),
        finding: ready.map_or_else(|error| format!("{error:#}"), |_| "takes durable writes".into()),
    });
    match client.get::<AuditVerification>("/api/audit/verify").await {
        Ok(found) => checks.push(Check {
            name: "audit log",
            is_good: found.is_intact,
            finding: found.broken_at.map_or_else(
                || format!("intact, {} entries", found.entries),
                |broken| format!("changed: {broken}"),
            ),
        }),
        Err(error) => checks.push(Check {
            name: "audit log",
            is_good: false,
            finding: format!("{error:#}"),
        }),
    }
    let provider = client
        .get::<Value>("/api/me")
        .await
        .ok()
        .and_then(|me| me["provider"]["name"].as_str().map(str::to_owned));
    checks.push(Check {
        name: "model",
        is_good: provider.is_some(),
        finding: match provider.as_deref() {
            Some("local") => "the built-in assistant (no key, no network)".into(),
            Some(name) => format!("{name}, and the built-in assistant when it is away"),
            None => "could not be read".into(),
        },
    });
    if let Ok(page) = client.get::<Value>("/api/targets").await {
        for target in page["items"].as_array().into_iter().flatten() {
            let (server, id) = (
                target["server_id"].as_str().unwrap_or_default(),
                target["id"].as_str().unwrap_or_default(),
            );
            let health: Value = client
                .get(&format!("/api/servers/{server}/plugins/{id}/health"))
                .await
                .unwrap_or_default();
            let name = target["name"].as_str().unwrap_or_default();
            checks.push(Check {
                name: "target",
                is_good: health["state"] != "down",
                finding: format!(
                    "{name}: {}",
                    health["sentence"].as_str().unwrap_or("could not be looked at")
                ),
            });
        }
    }
    checks
}
