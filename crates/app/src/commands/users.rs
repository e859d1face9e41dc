//! `steersman users`.

use super::targets::read_secret;
use crate::{cli::Users, client::Client, show};
use anstream::println;
use anyhow::{Context, Result};
use owo_colors::OwoColorize;
use serde_json::json;
use std::process::ExitCode;
use steersman_protocol::{Page, User};

pub async fn run(client: &Client, is_json: bool, command: &Users) -> Result<ExitCode> {
    match command {
        Users::List => {
            let page: Page<User> = client.get("/api/users").await?;
            if is_json {
                show::json(&page);
            } else {
                show::table(
                    &["name", "role", "may sign in"],
                    page.items.iter().map(|user| {
                        vec![
                            user.name.clone(),
                            user.role.to_string(),
                            if user.is_enabled { "yes".into() } else { "no".into() },
                        ]
                    }),
                );
            }
        }
        Users::Add { name, role, password } => {
            let password = if *password {
                Some(read_secret("password")?)
            } else {
                None
            };
            let has_password = password.is_some();
            let user: User = client
                .post(
                    "/api/users",
                    json!({ "name": name, "role": role, "password": password }),
                )
                .await?;
            if is_json {
                show::json(&user);
            } else {
                println!("{} Added {} ({}).", "✓".green(), user.name, user.role);
                if !has_password {
                    println!("  Sign in with: steersman login-link --user {}", user.name);
                }
            }
        }
        Users::Change {
            name,
            role,
            enable,
            disable,
            password,
        } => {
            let id = find(client, name).await?.id;
            let is_enabled = match (enable, disable) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            };
            let password = if *password {
                Some(read_secret("password")?)
            } else {
                None
            };
            let user: User = client
                .patch(
                    &format!("/api/users/{id}"),
                    json!({ "role": role, "is_enabled": is_enabled, "password": password }),
                )
                .await?;
            if is_json {
                show::json(&user)
            } else {
                println!(
                    "{} {} is {}, {}.",
                    "✓".green(),
                    user.name,
                    user.role,
                    if user.is_enabled { "enabled" } else { "disabled" }
                )
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn find(client: &Client, name: &str) -> Result<User> {
    let page: Page<User> = client.get("/api/users").await?;
    page.items
        .into_iter()
        .find(|user| user.name == name)
        .with_context(|| format!("there is no user \"{name}\""))
}
