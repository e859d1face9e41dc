//! `steersman ask`: the chat, in a terminal.

use crate::{
    cli::Ask,
    client::{Client, Follow},
    show,
};
use anstream::println;
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use owo_colors::OwoColorize;
use serde_json::{Value, json};
use std::{process::ExitCode, time::Duration};
use steersman_protocol::{ApprovalId, ApprovalView, Event, EventRecord, RunStatus, RunView, Session};

pub async fn run(client: &Client, is_json: bool, ask: &Ask) -> Result<ExitCode> {
    let session_id = session(client, ask).await?;
    let asked = say(client, is_json, &session_id, &ask.words.join(" ")).await?;
    if let (Some(approval_id), false) = (asked.waiting, is_json) {
        let short = short_id(&approval_id.to_string());
        println!("\n  {}  steersman approve {short}", "yes".green());
        println!("  {}   steersman reject {short} --reason \"…\"", "no".red());
    }
    Ok(match asked.run.status {
        _ if asked.waiting.is_some() => ExitCode::from(2),
        RunStatus::Completed => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// What came of a message.
pub struct Asked {
    pub run: RunView,
    /// The approval that the run waits for.
    pub waiting: Option<ApprovalId>,
}

/// Says something in a session and shows what comes of it, up to its end or to a question for a person.
pub async fn say(client: &Client, is_json: bool, session_id: &str, text: &str) -> Result<Asked> {
    let taken: Value = client
        .post(&format!("/api/sessions/{session_id}/messages"), json!({ "text": text }))
        .await?;
    let run_id = taken["run_id"].as_str().unwrap_or_default().to_owned();
    let mut told = Told::new(is_json);
    client
        .follow(&format!("/api/runs/{run_id}/events"), |kind, data| match kind {
            "event" => match serde_json::from_value::<EventRecord>(data) {
                Ok(record) => told.event(&record),
                Err(_) => Follow::On,
            },
            "delta" => {
                told.delta(data["text"].as_str().unwrap_or_default());
                Follow::On
            }
            "progress" => {
                told.progress(data["line"].as_str().unwrap_or_default());
                Follow::On
            }
            "notice" => {
                told.progress(data["problem"]["why"].as_str().unwrap_or_default());
                Follow::On
            }
            _ => Follow::On,
        })
        .await?;
    told.quiet();
    let run: RunView = client.get(&format!("/api/runs/{run_id}")).await?;
    // It was shown here, so it is not new on the page. A mark that is not made is no reason to fail.
    let _ = client
        .post::<Value>(&format!("/api/sessions/{session_id}/read"), json!({}))
        .await;
    if is_json {
        let messages: Value = client.get(&format!("/api/sessions/{session_id}/messages")).await?;
        let mine: Vec<&Value> = messages["items"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|message| message["run_id"] == run_id.as_str())
            .collect();
        show::json(&json!({ "session_id": session_id, "run": run, "messages": mine }));
    }
    if is_json {
        return Ok(Asked {
            run,
            waiting: told.waiting,
        });
    }
    if let Some(approval_id) = told.waiting {
        let view: ApprovalView = client.get(&format!("/api/approvals/{approval_id}")).await?;
        println!();
        show::approval(&view);
    } else if let Some(problem) = &run.problem {
        show::problem(problem);
    }
    Ok(Asked {
        run,
        waiting: told.waiting,
    })
}

/// Enough of an id to be found again: the end of a UUIDv7 differs, its beginning is the time.
pub fn short_id(id: &str) -> String {
    id.rsplit('-').next().unwrap_or(id).to_owned()
}

async fn session(client: &Client, ask: &Ask) -> Result<String> {
    if let Some(given) = &ask.session {
        return Ok(given.clone());
    }
    if let (false, Some(data_dir)) = (ask.new, &client.data_dir)
        && let Some(last) = data_dir.last_session()
        && client
            .get::<Session>(&format!("/api/sessions/{last}"))
            .await
            .is_ok_and(|session| session.status == steersman_protocol::SessionStatus::Active)
    {
        return Ok(last);
    }
    let session: Session = client.post("/api/sessions", json!({})).await?;
    if let Some(data_dir) = &client.data_dir {
        data_dir.remember_session(&session.id.to_string());
    }
    Ok(session.id.to_string())
}

/// True when the text is a beginning of the sentence that was just shown as a result, or all of it.
fn says_only(text: &str, summary: &str) -> bool {
    let text = text.trim();
    text.is_empty() || summary.starts_with(text.trim_end_matches('.'))
}

/// What was said so far.
pub struct Told {
    is_json: bool,
    bar: Option<ProgressBar>,
    streamed: bool,
    /// Text that only repeats the last result so far; shown when it goes on to say more.
    held: String,
    last_summary: String,
    pub waiting: Option<ApprovalId>,
}

impl Told {
    pub fn new(is_json: bool) -> Self {
        Self {
            is_json,
            bar: None,
            streamed: false,
            held: String::new(),
            last_summary: String::new(),
            waiting: None,
        }
    }

    fn delta(&mut self, text: &str) {
        if self.is_json || text.is_empty() {
            return;
        }
        self.held.push_str(text);
        if !self.streamed && says_only(&self.held, &self.last_summary) {
            return;
        }
        self.quiet();
        show::stream(&std::mem::take(&mut self.held));
        self.streamed = true;
    }

    fn progress(&mut self, line: &str) {
        if self.is_json {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        bar.set_message(show::printable(line));
    }

    pub fn quiet(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Shows one event; enough when the run ended or waits for a person.
    pub fn event(&mut self, record: &EventRecord) -> Follow {
        match &record.event {
            Event::RunEnded { .. } => return Follow::Enough,
            Event::ApprovalRequested { approval_id, .. } => {
                self.quiet();
                self.waiting = Some(*approval_id);
                return Follow::Enough;
            }
            _ if self.is_json => {}
            Event::ModelAnswered { answer, .. } => {
                self.quiet();
                self.held.clear();
                if !self.streamed && !says_only(&answer.text, &self.last_summary) {
                    show::stream(&answer.text);
                    self.streamed = true;
                }
                if std::mem::take(&mut self.streamed) {
                    println!();
                }
            }
            Event::Proposed { tool, target, .. } => self.progress(&format!("{tool} on {}", target.name)),
            Event::QueryAnswered {
                summary,
                blocks,
                elapsed_ms,
                ..
            } => {
                self.quiet();
                self.last_summary = summary.clone();
                println!(
                    "{} {} {}",
                    "✓".green(),
                    show::printable(summary),
                    format!("({elapsed_ms} ms)").dimmed()
                );
                show::blocks(blocks);
            }
            Event::Planned { plan, .. } => self.progress(&format!("planned: {}", plan.summary)),
            Event::IntentRecorded { .. } => self.progress("performing"),
            Event::Performed { receipt, .. } => self.progress(&format!("{}; reading back", receipt.sentence)),
            Event::SecretLeft { label, .. } => {
                self.quiet();
                println!(
                    "{} The {} waits to be shown once: steersman reveal {}",
                    "!".yellow(),
                    show::printable(label),
                    short_id(&record.run_id.to_string())
                );
            }
            Event::CallRefused { problem, .. } => {
                self.quiet();
                show::problem(problem);
            }
            Event::CallEnded {
                summary,
                problem: Some(problem),
                ..
            } => {
                self.quiet();
                self.last_summary = summary.clone();
                show::problem(problem);
            }
            Event::CallEnded { summary, .. } => {
                self.quiet();
                self.last_summary = summary.clone();
                println!("{} {}", "✓".green(), show::printable(summary));
            }
            Event::Verified { verification, .. } => {
                self.quiet();
                if let steersman_protocol::Verification::Holds { evidence, .. } = verification {
                    show::blocks(evidence);
                }
            }
            _ => {}
        }
        Follow::On
    }
}
