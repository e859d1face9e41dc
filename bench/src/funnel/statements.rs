//! The very statements that a tool sends, seen in the server's log and sent again without the tool.

use anyhow::{Context, Result, ensure};
use std::{fs, future::Future, path::PathBuf};
use steersman_testkit::Postgres;
use tokio_postgres::Client;

/// Stands before every logged line of the plugin's sessions, and of no others.
const SEEN: &str = "steersman|";

pub struct Statements {
    client: Client,
    sent: Vec<Sent>,
}

enum Sent {
    /// One message of the simple protocol, several statements maybe.
    Simple(String),
    /// One statement of the extended protocol. Its values stand in it as literals: the log has only their text, and
    /// the server finds out their types.
    Extended(String),
    /// One that the tool has prepared once a session.
    Prepared(tokio_postgres::Statement),
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
        let logged = parse(&read_from(&log, before)?);
        set(server, "log_line_prefix = ''", "log_statement = 'none'").await?;
        ensure!(!logged.is_empty(), "the server logged no statement of the tool");
        let client = server.connect(database).await?;
        let sent = prepared(&client, logged).await?;
        let statements = Self { client, sent };
        statements
            .run()
            .await
            .context("the logged statements cannot be repeated")?;
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
                Sent::Extended(text) => {
                    self.client.query_typed(text, &[]).await?;
                }
                Sent::Prepared(statement) => {
                    self.client.query(statement, &[]).await?;
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

/// A statement as the log shows it.
enum Logged {
    Simple(String),
    Extended { text: String, is_named: bool },
}

async fn prepared(client: &Client, logged: Vec<Logged>) -> Result<Vec<Sent>> {
    let mut sent = Vec::with_capacity(logged.len());
    for statement in logged {
        sent.push(match statement {
            Logged::Simple(text) => Sent::Simple(text),
            Logged::Extended { text, is_named: false } => Sent::Extended(text),
            Logged::Extended { text, is_named: true } => Sent::Prepared(client.prepare(&text).await?),
        });
    }
    Ok(sent)
}

/// Continued lines of a statement begin with a tab.
fn parse(log: &str) -> Vec<Logged> {
    let mut sent: Vec<Logged> = Vec::new();
    let mut is_ours = false;
    for line in log.lines() {
        if let Some(more) = line.strip_prefix('\t') {
            if let (true, Some(Logged::Simple(text) | Logged::Extended { text, .. })) = (is_ours, sent.last_mut()) {
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
            sent.push(Logged::Simple(text.to_owned()));
        } else if let Some((_, named)) = rest.split_once("LOG:  execute ")
            && let Some((name, text)) = named.split_once(": ")
        {
            sent.push(Logged::Extended {
                text: text.to_owned(),
                is_named: name != "<unnamed>",
            });
        } else if let (Some((_, values)), Some(Logged::Extended { text, .. })) =
            (rest.split_once("DETAIL:  parameters: "), sent.last_mut())
        {
            for (number, literal) in literals(values).iter().enumerate().rev() {
                *text = text.replace(&format!("${}", number + 1), literal);
            }
        }
    }
    sent
}

/// `$1 = 'a', $2 = 'it''s', $3 = NULL` as literals.
fn literals(text: &str) -> Vec<String> {
    let mut literals = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(" = ") {
        let end = match after.strip_prefix('\'') {
            None => after.find(',').unwrap_or(after.len()),
            Some(quoted) => 1 + end_of_quoted(quoted),
        };
        literals.push(after[..end].to_owned());
        rest = &after[end..];
    }
    literals
}

/// Just behind the closing quote; a doubled quote is one inside.
fn end_of_quoted(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\'', Some(b'\'')) => at += 2,
            (b'\'', _) => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logged_values_become_literals() {
        let check = |text: &str, expected: &[&str]| assert_eq!(literals(text), expected, "{text}");
        check("$1 = '5'", &["'5'"]);
        check(
            "$1 = 'it''s, = so', $2 = NULL, $3 = '{a,b}'",
            &["'it''s, = so'", "NULL", "'{a,b}'"],
        );
        check("", &[]);
    }
}
