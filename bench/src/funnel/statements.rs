//! The very statements that a tool sends, seen in the server's log and sent again without the tool.

use anyhow::{Context, Result, ensure};
use std::{fs, future::Future, path::PathBuf};
use steersman_testkit::Postgres;
use tokio_postgres::{Client, types::Type};

/// Stands before every logged line of the plugin's sessions, and of no others.
const SEEN: &str = "steersman|";

pub struct Statements {
    client: Client,
    sent: Vec<Sent>,
}

enum Sent {
    /// One message of the simple protocol, several statements maybe.
    Simple(String),
    /// One statement of the extended protocol, with its values as text.
    Extended(String, Vec<String>),
}

impl Statements {
    /// Calls `work` once while the server logs every statement, and prepares to repeat what was logged.
    pub async fn of<F>(server: &Postgres, database: &str, work: impl Fn() -> F) -> Result<Self>
    where
        F: Future<Output = Result<()>>,
    {
        // Once before, so that opening the connection is not among the statements.
        work().await?;
        set(server, "log_line_prefix = '%a|'", "log_statement = 'all'").await?;
        let log = server.folder().join("server.log");
        let before = fs::metadata(&log)?.len() as usize;
        work().await?;
        let sent = parse(&read_from(&log, before)?);
        set(server, "log_line_prefix = ''", "log_statement = 'none'").await?;
        ensure!(!sent.is_empty(), "the server logged no statement of the tool");
        let statements = Self {
            client: server.connect(database).await?,
            sent,
        };
        statements.run().await.context("the logged statements cannot be repeated")?;
        Ok(statements)
    }

    pub fn len(&self) -> usize {
        self.sent.len()
    }

    pub async fn run(&self) -> Result<()> {
        for sent in &self.sent {
            match sent {
                Sent::Simple(text) => {
                    self.client.simple_query(text).await?;
                }
                Sent::Extended(text, values) => {
                    let values: Vec<(&(dyn tokio_postgres::types::ToSql + Sync), Type)> = values
                        .iter()
                        .map(|value| (value as &(dyn tokio_postgres::types::ToSql + Sync), Type::TEXT))
                        .collect();
                    self.client.query_typed(text, &values).await?;
                }
            }
        }
        Ok(())
    }
}

async fn set(server: &Postgres, prefix: &str, statements: &str) -> Result<()> {
    for setting in [prefix, statements] {
        server.sql(&format!("ALTER SYSTEM SET {setting}")).await?;
    }
    server.sql("SELECT pg_reload_conf()").await?;
    // Sessions take the new settings at their next statement after the signal has reached them.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    Ok(())
}

fn read_from(log: &PathBuf, before: usize) -> Result<String> {
    let bytes = fs::read(log)?;
    Ok(String::from_utf8_lossy(&bytes[before.min(bytes.len())..]).into_owned())
}

/// Continued lines of a statement begin with a tab.
fn parse(log: &str) -> Vec<Sent> {
    let mut sent: Vec<Sent> = Vec::new();
    let mut is_ours = false;
    for line in log.lines() {
        if let Some(more) = line.strip_prefix('\t') {
            if let (true, Some(Sent::Simple(text) | Sent::Extended(text, _))) = (is_ours, sent.last_mut()) {
                text.push('\n');
                text.push_str(more);
            }
            continue;
        }
        let Some(rest) = line.strip_prefix(SEEN) else {
            is_ours = false;
            continue;
        };
        is_ours = true;
        if let Some((_, text)) = rest.split_once("LOG:  statement: ") {
            sent.push(Sent::Simple(text.to_owned()));
        } else if let Some((_, text)) = rest
            .split_once("LOG:  execute ")
            .and_then(|(_, named)| named.split_once(": "))
        {
            sent.push(Sent::Extended(text.to_owned(), Vec::new()));
        } else if let (Some((_, values)), Some(Sent::Extended(_, known))) =
            (rest.split_once("DETAIL:  parameters: "), sent.last_mut())
        {
            *known = values_of(values);
        }
    }
    sent
}

/// `$1 = 'a', $2 = 'it''s'`.
fn values_of(text: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(" = '") {
        let mut value = String::new();
        let mut characters = after.char_indices().peekable();
        let mut end = after.len();
        while let Some((at, character)) = characters.next() {
            if character != '\'' {
                value.push(character);
            } else if characters.peek().is_some_and(|(_, next)| *next == '\'') {
                characters.next();
                value.push('\'');
            } else {
                end = at + 1;
                break;
            }
        }
        values.push(value);
        rest = &after[end.min(after.len())..];
    }
    values
}
