//! One person at work over HTTP: says things, calls queries, proposes changes and decides on them.
//!
//! A request that gets no answer was killed with the server; it is sent again, with the same key, in a later life.

use super::{
    Counted,
    book::{Book, Change, Fate, Proposed, Said},
    dice::Dice,
};
use crate::{Postgres, server_process::Http};
use anyhow::{Context, Result, bail};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use steersman_protocol::{
    ApprovalStatus, ApprovalView, EventRecord, ExecutionStatus, ExecutionView, RunId, RunStatus, RunView, SessionId,
    TargetId,
};

/// Sessions that people talk in; each new one is used by all.
const MOST_SESSIONS: usize = 6;

const MESSAGES: &[&str] = &[
    "how much disk is left",
    "what is listening on this-machine",
    "top 5 processes by memory",
    "who is connected to orders-db",
    "hello",
];

/// Where the work is done.
#[derive(Clone, Debug)]
pub struct Place {
    pub counted: Counted,
    execute: String,
    execute_host: String,
}

/// Keys never repeat, also when two people throw the same.
static KEYS: AtomicU64 = AtomicU64::new(1);

impl Place {
    /// Adds the target of the counted change and a PostgreSQL to ask about.
    pub async fn settle(http: &Http, server: &Postgres, counted: Counted) -> Result<Self> {
        let servers: Value = http.get("/api/servers").await?;
        let server_id = servers["items"][0]["id"].as_str().context("there is no server")?;
        let base = format!("/api/servers/{server_id}/plugins");
        let targets: Value = http.get(&base).await?;
        let host: TargetId = serde_json::from_value(targets["items"][0]["id"].clone())?;
        let add = async |name: &str, (plugin, settings): (&str, Value)| -> Result<TargetId> {
            let body = json!({ "name": name, "plugin": plugin, "environment": "production", "settings": settings });
            let (status, target) = http.post(&base, None, &body).await?;
            anyhow::ensure!(status == 201, "could not add the target {name}: {target}");
            Ok(serde_json::from_value(target["id"].clone())?)
        };
        let counted_target = add("counted", counted.target(server)).await?;
        if counted == Counted::Tally {
            add("orders-db", Counted::Analyze.target(server)).await?;
        }
        Ok(Self {
            counted,
            execute: format!("{base}/{counted_target}/execute"),
            execute_host: format!("{base}/{host}/execute"),
        })
    }
}

pub struct Driver<'a> {
    http: Http,
    book: &'a Book,
    place: &'a Place,
    dice: Dice,
}

#[derive(Deserialize)]
struct Taken {
    run_id: RunId,
}

impl<'a> Driver<'a> {
    pub fn new(http: &Http, book: &'a Book, place: &'a Place, dice: Dice) -> Self {
        Self {
            http: http.clone(),
            book,
            place,
            dice,
        }
    }

    /// Works until a request gets no answer.
    pub async fn work(mut self) {
        while self.something().await.is_ok() {}
    }

    async fn something(&mut self) -> Result<()> {
        if self.dice.one_in(3) && self.catch_up().await? {
            return Ok(());
        }
        match self.dice.below(10) {
            0..=2 => self.say_something_new().await,
            3 => self.query().await,
            _ => self.propose_something_new().await,
        }
    }

    /// Does one thing that a kill had left undone, if there is one.
    async fn catch_up(&mut self) -> Result<bool> {
        let said = {
            let pages = self.book.open();
            let undone: Vec<Said> = pages
                .said
                .iter()
                .filter(|said| said.run_id.is_none())
                .cloned()
                .collect();
            (!undone.is_empty()).then(|| self.dice.choose(&undone).clone())
        };
        if let Some(said) = said {
            self.send(said).await?;
            return Ok(true);
        }
        let change = {
            let pages = self.book.open();
            let is_undone =
                |change: &&Change| change.proposed.is_none() || (!change.is_decided && change.fate != Fate::Leave);
            let undone: Vec<Change> = pages.changes.iter().filter(is_undone).cloned().collect();
            (!undone.is_empty()).then(|| self.dice.choose(&undone).clone())
        };
        match change {
            Some(change) => self.bring_on(change).await.map(|()| true),
            None => Ok(false),
        }
    }

    async fn say_something_new(&mut self) -> Result<()> {
        let known = {
            let pages = self.book.open();
            (pages.sessions.len() >= MOST_SESSIONS).then(|| *self.dice.choose(&pages.sessions))
        };
        let session_id = match known {
            Some(id) => id,
            None => {
                let (status, session) = self.http.post("/api/sessions", Some(&key()), &json!({})).await?;
                anyhow::ensure!(status == 201, "no session: {session}");
                let id: SessionId = serde_json::from_value(session["id"].clone())?;
                self.book.open().sessions.push(id);
                id
            }
        };
        let said = Said {
            key: key(),
            session_id,
            text: (*self.dice.choose(MESSAGES)).to_owned(),
            run_id: None,
        };
        self.book.open().said.push(said.clone());
        self.send(said).await
    }

    async fn send(&self, said: Said) -> Result<()> {
        let path = format!("/api/sessions/{}/messages", said.session_id);
        let (status, taken) = self
            .http
            .post(&path, Some(&said.key), &json!({ "text": said.text }))
            .await?;
        if status != 202 {
            return self.broken(format!("a message was answered with {status}: {taken}"));
        }
        let Taken { run_id } = serde_json::from_value(taken)?;
        let mut pages = self.book.open();
        let entry = pages.said.iter_mut().find(|entry| entry.key == said.key);
        let before = entry.and_then(|entry| entry.run_id.replace(run_id));
        if before.is_some_and(|before| before != run_id) {
            pages
                .broken
                .push(format!("one key gave two runs: {} and {run_id}", said.key));
        }
        Ok(())
    }

    async fn query(&self) -> Result<()> {
        let body = json!({ "tool": "host.get_disk_usage", "arguments": {} });
        let (status, run) = self.http.post(&self.place.execute_host, Some(&key()), &body).await?;
        if status != 200 {
            return self.broken(format!("a query was answered with {status}: {run}"));
        }
        let run: RunView = serde_json::from_value(run)?;
        self.book.open().queried.push(run.id);
        Ok(())
    }

    async fn propose_something_new(&mut self) -> Result<()> {
        let number = self.book.next_mark();
        let change = Change {
            mark: self.place.counted.mark(number, &mut self.dice),
            key: key(),
            fate: match self.dice.below(20) {
                0..=13 => Fate::Approve,
                14..=15 => Fate::Reject,
                16 => Fate::Leave,
                _ => Fate::Stop,
            },
            proposed: None,
            is_decided: false,
        };
        self.book.open().changes.push(change.clone());
        self.bring_on(change).await
    }

    /// Proposes what is not proposed, and decides what is not decided.
    async fn bring_on(&self, change: Change) -> Result<()> {
        let proposed = match change.proposed {
            Some(proposed) => proposed,
            None => match self.propose(&change).await? {
                Some(proposed) => proposed,
                None => return Ok(()),
            },
        };
        match change.fate {
            Fate::Leave => Ok(()),
            Fate::Approve => self.decide(&change, proposed, true).await,
            Fate::Reject => self.decide(&change, proposed, false).await,
            Fate::Stop => {
                self.decide(&change, proposed, true).await?;
                let path = format!("/api/runs/{}/cancel", proposed.run_id);
                // 200 while it runs, a conflict when it is over: both are fine.
                self.http.post(&path, None, &json!({})).await.map(drop)
            }
        }
    }

    async fn propose(&self, change: &Change) -> Result<Option<Proposed>> {
        let body =
            json!({ "tool": self.place.counted.tool(), "arguments": self.place.counted.arguments(&change.mark) });
        let (status, run) = self.http.post(&self.place.execute, Some(&change.key), &body).await?;
        if status != 202 && status != 200 {
            self.broken(format!("a change was answered with {status}: {run}"))?;
            return Ok(None);
        }
        let run: RunView = serde_json::from_value(run)?;
        let Some((execution, approval_id)) = asked(&run) else {
            self.broken(format!("a change waits for nobody: {run:?}"))?;
            return Ok(None);
        };
        let proposed = Proposed {
            run_id: run.id,
            execution_id: execution.id,
            approval_id,
        };
        let mut pages = self.book.open();
        let entry = pages.changes.iter_mut().find(|entry| entry.key == change.key);
        let before = entry.and_then(|entry| entry.proposed.replace(proposed));
        if before.is_some_and(|before| before != proposed) {
            pages.broken.push(format!("one key gave two proposals: {}", change.key));
        }
        Ok(Some(proposed))
    }

    async fn decide(&self, change: &Change, proposed: Proposed, approve: bool) -> Result<()> {
        let path = format!("/api/approvals/{}", proposed.approval_id);
        let approval: ApprovalView = self.http.get(&path).await?;
        if approval.status == ApprovalStatus::Pending {
            let (verb, body) = match approve {
                true => ("approve", json!({ "digest": approval.digest })),
                false => ("reject", json!({})),
            };
            let (status, answer) = self.http.post(&format!("{path}/{verb}"), None, &body).await?;
            // 409: somebody at work in this life decided between our two requests.
            if status != 200 && status != 409 {
                return self.broken(format!("a decision was answered with {status}: {answer}"));
            }
        }
        let mut pages = self.book.open();
        if let Some(entry) = pages.changes.iter_mut().find(|entry| entry.key == change.key) {
            entry.is_decided = true;
        }
        Ok(())
    }

    /// Everything that was left undone, after the last kill.
    pub async fn finish(&self) -> Result<()> {
        let said: Vec<Said> = self.book.open().said.clone();
        for said in said.into_iter().filter(|said| said.run_id.is_none()) {
            self.send(said).await?;
        }
        let changes: Vec<Change> = self.book.open().changes.clone();
        for change in changes {
            if change.proposed.is_none() || (!change.is_decided && change.fate != Fate::Leave) {
                self.bring_on(change).await?;
            }
        }
        Ok(())
    }

    /// Every run is over or waits for a person.
    pub async fn is_at_rest(&self) -> Result<bool> {
        for status in [
            RunStatus::Pending,
            RunStatus::Planning,
            RunStatus::Executing,
            RunStatus::Verifying,
        ] {
            let page: Value = self.http.get(&format!("/api/runs?status={status}&limit=1")).await?;
            if page["items"].as_array().is_none_or(|items| !items.is_empty()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn broken(&self, sentence: String) -> Result<()> {
        self.book.open().broken.push(sentence.clone());
        bail!(sentence)
    }
}

/// The call that is or was up to a person.
fn asked(run: &RunView) -> Option<(&ExecutionView, steersman_protocol::ApprovalId)> {
    let execution = run.executions.first()?;
    let is_new = execution.status == ExecutionStatus::Pending;
    execution
        .approval_id
        .filter(|_| is_new || run.status.is_over())
        .map(|id| (execution, id))
}

/// Watches all events and writes them down; what was shown once must be there for ever.
pub async fn follow(http: &Http, book: &Book) {
    let Ok(answer) = http.stream("/api/events?after=now").await else {
        return;
    };
    let mut bytes = answer.bytes_stream();
    let mut text = String::new();
    while let Some(Ok(piece)) = bytes.next().await {
        text.push_str(&String::from_utf8_lossy(&piece));
        while let Some((frame, rest)) = text.split_once("\n\n") {
            if let Some(record) = event_of(frame) {
                let value = serde_json::to_value(&record.event).unwrap_or_default();
                let mut pages = book.open();
                pages.seen.insert((record.run_id, record.seq), (record.position, value));
            }
            text = rest.to_owned();
        }
    }
}

fn event_of(frame: &str) -> Option<EventRecord> {
    let data = frame.lines().find_map(|line| line.strip_prefix("data:"))?;
    serde_json::from_str(data.trim()).ok()
}

fn key() -> String {
    format!("chaos-{}", KEYS.fetch_add(1, Ordering::Relaxed))
}
