//! `steersman login-link`.

use crate::{cli::LoginLink, client::Client, show};
use anstream::println;
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::process::ExitCode;

pub async fn run(client: &Client, is_json: bool, link: &LoginLink) -> Result<ExitCode> {
    if client.is_own_server {
        bail!(
            "no server is running, so there is no page to sign in to; start one with `steersman up`, which prints a link"
        );
    }
    let made: Value = client.post("/api/auth/links", json!({ "user": link.user })).await?;
    if is_json {
        show::json(&made)
    } else {
        println!("{}", made["url"].as_str().unwrap_or_default())
    }
    Ok(ExitCode::SUCCESS)
}
