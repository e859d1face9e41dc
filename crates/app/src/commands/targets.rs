//! `steersman targets`.

use crate::{
    cli::{AddTarget, Targets},
    client::Client,
    show,
};
use anstream::println;
use anyhow::{Context, Result, bail};
use owo_colors::OwoColorize;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{io::IsTerminal, path::Path, process::ExitCode};
use steersman_protocol::{Health, HealthState, Page, Server, Target};

/// A target with the last look at it.
#[derive(Serialize, Deserialize)]
struct Seen {
    #[serde(flatten)]
    target: Target,
    health: Option<Health>,
}

pub async fn run(client: &Client, is_json: bool, command: &Targets) -> Result<ExitCode> {
    match command {
        Targets::List => list(client, is_json).await,
        Targets::Add(new) => add(client, is_json, new).await,
        Targets::Test { name } => test(client, is_json, name).await,
        Targets::Remove { name } => {
            let target = find(client, name).await?;
            client
                .delete(&format!("/api/servers/{}/plugins/{}", target.server_id, target.id))
                .await?;
            println!(
                "{} Removed {name} from Steersman. The system behind it was not touched.",
                "✓".green()
            );
            Ok(ExitCode::SUCCESS)
        }
        Targets::Discover => discover(is_json).await,
    }
}

/// A target by its name.
pub async fn find(client: &Client, name: &str) -> Result<Target> {
    let page: Page<Seen> = client.get("/api/targets").await?;
    let names: Vec<String> = page.items.iter().map(|seen| seen.target.name.clone()).collect();
    page.items
        .into_iter()
        .map(|seen| seen.target)
        .find(|target| target.name == name)
        .with_context(|| format!("there is no target \"{name}\"; there are: {}", names.join(", ")))
}

async fn list(client: &Client, is_json: bool) -> Result<ExitCode> {
    let page: Page<Seen> = client.get("/api/targets").await?;
    if is_json {
        show::json(&page);
        return Ok(ExitCode::SUCCESS);
    }
    show::table(
        &["name", "plugin", "environment", "health"],
        page.items.iter().map(|seen| {
            let health = seen
                .health
                .as_ref()
                .map_or_else(|| "not looked at yet".to_owned(), |health| health.sentence.clone());
            vec![
                seen.target.name.clone(),
                seen.target.plugin.clone(),
                seen.target.environment.clone(),
                health,
            ]
        }),
    );
    Ok(ExitCode::SUCCESS)
}

async fn add(client: &Client, is_json: bool, new: &AddTarget) -> Result<ExitCode> {
    let servers: Page<Server> = client.get("/api/servers").await?;
    let server = servers
        .items
        .iter()
        .find(|server| server.is_control_plane)
        .context("the control plane's own server is missing")?;
    let settings = settings(&new.settings)?;
    let body = json!({ "name": new.name, "plugin": new.plugin, "environment": new.environment, "settings": settings });
    let seen: Seen = client
        .post(&format!("/api/servers/{}/plugins", server.id), body)
        .await?;
    if is_json {
        show::json(&seen);
    } else {
        println!(
            "{} Added {} ({}).",
            "✓".green(),
            seen.target.name.bold(),
            seen.target.plugin
        );
        tell_health(seen.health.as_ref());
    }
    Ok(ExitCode::SUCCESS)
}

async fn test(client: &Client, is_json: bool, name: &str) -> Result<ExitCode> {
    let target = find(client, name).await?;
    let health: Health = client
        .get(&format!(
            "/api/servers/{}/plugins/{}/health",
            target.server_id, target.id
        ))
        .await?;
    if is_json {
        show::json(&health)
    } else {
        tell_health(Some(&health))
    }
    Ok(if health.state == HealthState::Down {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn tell_health(health: Option<&Health>) {
    if let Some(health) = health {
        let mark = match health.state {
            HealthState::Healthy => "✓".green().to_string(),
            HealthState::Degraded => "!".yellow().to_string(),
            HealthState::Down => "✗".red().to_string(),
        };
        println!("{mark} {}", show::printable(&health.sentence));
    }
}

/// `name=value` words as settings: numbers and yes/no by their look, `-` read from the terminal.
fn settings(words: &[String]) -> Result<Value> {
    let mut settings = Map::new();
    for word in words {
        let Some((name, value)) = word.split_once('=') else {
            bail!("\"{word}\" is no setting; write name=value")
        };
        let value = match value {
            "-" => Value::from(read_secret(name)?),
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            text if text.starts_with(['[', '{']) => {
                serde_json::from_str(text).with_context(|| format!("the value of {name} is no JSON"))?
            }
            text => match text.parse::<i64>() {
                // A password of digits stays text.
                Ok(number) if !name.contains("password") => Value::from(number),
                _ => Value::from(text),
            },
        };
        settings.insert(name.to_owned(), value);
    }
    Ok(Value::Object(settings))
}

/// Reads one line; without showing it on a terminal.
pub fn read_secret(name: &str) -> Result<String> {
    use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
    let stdin = std::io::stdin();
    let mut line = String::new();
    if !stdin.is_terminal() {
        stdin.read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    eprint!("{name}: ");
    let shown = tcgetattr(&stdin)?;
    let mut hidden = shown.clone();
    hidden.local_flags.remove(LocalFlags::ECHO);
    tcsetattr(&stdin, SetArg::TCSANOW, &hidden)?;
    let read = stdin.read_line(&mut line);
    tcsetattr(&stdin, SetArg::TCSANOW, &shown)?;
    eprintln!();
    read?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

async fn discover(is_json: bool) -> Result<ExitCode> {
    let mut found = Vec::new();
    for plugin in crate::plugins::all() {
        // This machine is the first target already.
        if plugin.name() == "host" {
            continue;
        }
        for one in plugin.discover().await {
            found.push((plugin.name(), one));
        }
    }
    if is_json {
        let list: Vec<Value> = found.iter().map(|(plugin, one)| json!({ "plugin": plugin, "name": one.name, "sentence": one.sentence, "settings": one.settings, "is_ready": one.is_ready })).collect();
        show::json(&list);
        return Ok(ExitCode::SUCCESS);
    }
    for (plugin, one) in &found {
        println!("{} {}", "•".cyan(), one.sentence);
        println!(
            "  {}",
            format!(
                "steersman targets add {plugin} {} {}",
                one.name,
                settings_as_words(&one.settings)
            )
            .dimmed()
        );
    }
    for engine in container_engines() {
        println!("{} {engine}", "•".cyan());
    }
    Ok(ExitCode::SUCCESS)
}

/// Settings as `targets add` takes them.
pub fn settings_as_words(settings: &Value) -> String {
    let Some(members) = settings.as_object() else {
        return String::new();
    };
    members
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Sockets of container engines on this machine, as sentences.
pub fn container_engines() -> Vec<String> {
    let own = std::env::var("XDG_RUNTIME_DIR").unwrap_or_default();
    let places = [
        ("Docker", "/var/run/docker.sock".to_owned()),
        ("Podman", "/run/podman/podman.sock".to_owned()),
        ("Docker", format!("{own}/docker.sock")),
        ("Podman", format!("{own}/podman/podman.sock")),
    ];
    places
        .into_iter()
        .filter(|(_, path)| Path::new(path).exists())
        .map(|(name, path)| {
            format!(
                "a {name} socket at {path} (containers come with the docker plugin, which this build does not have yet)"
            )
        })
        .collect()
}
