//! After the last life: the book, the log, the audit chain and the real PostgreSQL must tell one story.

use super::{
    Counted, Findings,
    book::{Book, Change, Fate, Pages},
    counted::Count,
};
use crate::Postgres;
use anyhow::Result;
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};
use steersman_protocol::{
    ApprovalStatus, AuditEntry, AuditResult, Event, EventRecord, ExecutionId, ExecutionStatus, OrganizationId, RunId,
    RunView, Timestamp,
};
use steersman_runtime::store::{AuditFilter, KeyRing, PageRequest, RunFilter, Store, StoreOptions};

/// Clocks of one machine, read by two programs.
const CLOCK_STEP_US: i64 = 2_000;

struct Reckoning<'a> {
    store: &'a Store,
    organization_id: OrganizationId,
    counts: BTreeMap<String, Count>,
    intents: HashMap<ExecutionId, Timestamp>,
    broken: Vec<String>,
}

/// Opens what the last process left, and fills in the findings.
pub async fn look(
    findings: &mut Findings,
    book: &Book,
    server: &Postgres,
    data_dir: &Path,
    counted: Counted,
) -> Result<()> {
    let keys = KeyRing::load_or_create(&data_dir.join("master.key"))?;
    let options = StoreOptions {
        path: data_dir.join("steersman.db"),
        readers: 2,
    };
    let (store, _writer) = Store::open(options, keys).await?;
    let organizations = store.organizations().await?;
    anyhow::ensure!(
        organizations.len() == 1,
        "there are {} organizations",
        organizations.len()
    );
    let organization_id = organizations[0].id;

    let pages = book.open().clone();
    let mut reckoning = Reckoning {
        store: &store,
        organization_id,
        counts: counted.counts(server).await?,
        intents: HashMap::new(),
        broken: pages.broken.clone(),
    };
    reckoning.audit(findings).await?;
    let runs = reckoning.runs(findings).await?;
    reckoning.messages(findings, &pages, &runs).await?;
    reckoning.changes(findings, &pages.changes, &runs).await?;
    findings.broken = reckoning.broken;
    Ok(())
}

impl Reckoning<'_> {
    fn must(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(otherwise());
        }
    }

    /// The chain is whole; and when each execution was intended.
    async fn audit(&mut self, findings: &mut Findings) -> Result<()> {
        let verified = self.store.verify_audit(self.organization_id).await?;
        findings.audit_entries = verified.entries;
        self.must(verified.is_intact, || {
            format!(
                "the audit chain is broken: {}",
                verified.broken_at.clone().unwrap_or_default()
            )
        });
        let mut cursor = None;
        loop {
            let page = PageRequest { limit: 500, cursor };
            let page = self
                .store
                .audit(self.organization_id, AuditFilter::default(), page)
                .await?;
            for AuditEntry { execution_id, at, .. } in page.items.iter().filter(|entry| is_intent(entry)) {
                if let Some(id) = execution_id {
                    let first = self.intents.entry(*id).or_insert(*at);
                    *first = (*first).min(*at);
                }
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    /// Every run ended or waits for a person, and its events have no gap.
    async fn runs(&mut self, findings: &mut Findings) -> Result<HashMap<RunId, Vec<EventRecord>>> {
        let mut runs = HashMap::new();
        let mut cursor = None;
        loop {
            let page = PageRequest { limit: 500, cursor };
            let page = self
                .store
                .runs(self.organization_id, RunFilter::default(), page)
                .await?;
            for run in page.items {
                let events = self.store.run_events(run.id, 0).await?;
                self.run(&run, &events);
                findings.events += events.len();
                runs.insert(run.id, events);
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        findings.runs = runs.len();
        let mut positions: Vec<i64> = runs.values().flatten().map(|record| record.position).collect();
        positions.sort_unstable();
        let whole = positions
            .iter()
            .enumerate()
            .all(|(at, position)| *position == at as i64 + 1);
        self.must(whole, || "the positions of all events have a gap or a double".into());
        Ok(runs)
    }

    fn run(&mut self, run: &RunView, events: &[EventRecord]) {
        let id = run.id;
        let gapless = events
            .iter()
            .enumerate()
            .all(|(at, record)| record.seq == at as i64 + 1);
        self.must(gapless, || format!("the events of run {id} have a gap"));
        let ends = events
            .iter()
            .filter(|record| matches!(record.event, Event::RunEnded { .. }))
            .count();
        let is_settled = run.status.is_over() || run.status == steersman_protocol::RunStatus::WaitingApproval;
        self.must(is_settled, || {
            format!("run {id} neither ended nor waits: {}", run.status)
        });
        self.must(ends == usize::from(run.status.is_over()), || {
            format!("run {id} is {} and has {ends} ends", run.status)
        });
        let intents = events
            .iter()
            .filter(|record| matches!(record.event, Event::IntentRecorded { .. }))
            .count();
        self.must(intents <= 1, || format!("run {id} has {intents} intents"));
    }

    /// What was taken or shown is there, and every message of a session is on its one path.
    async fn messages(
        &mut self,
        findings: &mut Findings,
        pages: &Pages,
        runs: &HashMap<RunId, Vec<EventRecord>>,
    ) -> Result<()> {
        let mut kept = HashMap::new();
        for session_id in &pages.sessions {
            let Some(leaf) = self.store.path_runs(*session_id, None, None, 1).await?.leaf else {
                continue;
            };
            for message in self.store.messages_on_path(*session_id, leaf, u32::MAX).await? {
                if message.role == steersman_protocol::MessageRole::User {
                    kept.insert(message.run_id, message.content);
                }
            }
        }
        findings.messages = pages.said.iter().filter(|said| said.run_id.is_some()).count();
        for said in &pages.said {
            let Some(run_id) = said.run_id else { continue };
            self.must(runs.contains_key(&run_id), || {
                format!("the run {run_id} of a taken message is gone")
            });
            self.must(kept.get(&run_id) == Some(&said.text), || {
                format!("the message \"{}\" of run {run_id} is gone", said.text)
            });
        }
        for run_id in &pages.queried {
            self.must(runs.contains_key(run_id), || {
                format!("the run {run_id} of a query is gone")
            });
        }
        findings.events_shown = pages.seen.len();
        for ((run_id, seq), (position, event)) in &pages.seen {
            let found = runs
                .get(run_id)
                .and_then(|events| events.get(usize::try_from(*seq - 1).ok()?));
            let is_same = found.is_some_and(|record| {
                record.position == *position && serde_json::to_value(&record.event).is_ok_and(|value| value == *event)
            });
            self.must(is_same, || {
                format!("event {seq} of run {run_id} was shown and is not there as it was")
            });
        }
        Ok(())
    }

    async fn changes(
        &mut self,
        findings: &mut Findings,
        changes: &[Change],
        runs: &HashMap<RunId, Vec<EventRecord>>,
    ) -> Result<()> {
        findings.rows = self.counts.values().map(|count| count.times as usize).sum();
        for (mark, count) in &self.counts {
            if count.times > 1 {
                self.broken
                    .push(format!("{mark} was carried out {} times", count.times));
            }
            if changes.iter().all(|change| change.mark != *mark) {
                self.broken
                    .push(format!("{mark} was carried out and nobody asked for it"));
            }
        }
        for change in changes {
            let Some(proposed) = change.proposed else {
                self.must(false, || format!("{} was never taken", change.mark));
                continue;
            };
            findings.changes += 1;
            let execution = self.store.execution(proposed.execution_id).await?;
            let approval = self.store.approval(self.organization_id, proposed.approval_id).await?;
            let count = self.counts.get(&change.mark).cloned().unwrap_or_default();
            let empty = Vec::new();
            let events = runs.get(&proposed.run_id).unwrap_or(&empty);
            let was_interrupted = events
                .iter()
                .any(|record| matches!(record.event, Event::Interrupted { .. }));
            findings.interrupted += usize::from(was_interrupted);
            let (mark, status) = (&change.mark, execution.status);
            let expected = match status {
                ExecutionStatus::Completed => {
                    findings.completed += 1;
                    1..=1
                }
                ExecutionStatus::Failed => {
                    findings.failed += 1;
                    0..=0
                }
                ExecutionStatus::Rejected => {
                    findings.rejected += 1;
                    0..=0
                }
                ExecutionStatus::Unknown => {
                    findings.unknown += 1;
                    self.must(was_interrupted, || {
                        format!("{mark} is unknown, and its process did not die between intent and report")
                    });
                    0..=1
                }
                ExecutionStatus::Pending => {
                    findings.still_waiting += 1;
                    0..=0
                }
                ExecutionStatus::Approved | ExecutionStatus::Executing => {
                    self.must(false, || format!("{mark} is still {status}"));
                    0..=1
                }
            };
            self.must(expected.contains(&count.times), || {
                format!("{mark} is {status} and was carried out {} times", count.times)
            });
            let wanted = match change.fate {
                Fate::Leave => approval.status == ApprovalStatus::Pending && status == ExecutionStatus::Pending,
                Fate::Reject => approval.status == ApprovalStatus::Rejected && status == ExecutionStatus::Rejected,
                Fate::Approve => approval.status == ApprovalStatus::Approved && status != ExecutionStatus::Rejected,
                Fate::Stop => approval.status == ApprovalStatus::Approved,
            };
            self.must(wanted, || {
                format!(
                    "{mark} was to be {:?}; its approval is {}, the call {status}",
                    change.fate, approval.status
                )
            });
            if count.times > 0 {
                self.intended_first(change, proposed.execution_id, &count);
            }
        }
        Ok(())
    }

    fn intended_first(&mut self, change: &Change, execution_id: ExecutionId, count: &Count) {
        let intent = self.intents.get(&execution_id).copied();
        let is_before = match (intent, count.first_at) {
            (Some(intent), Some(at)) => intent.as_microsecond() <= at.as_microsecond() + CLOCK_STEP_US,
            (Some(_), None) => true,
            (None, _) => false,
        };
        self.must(is_before, || {
            format!(
                "{} was carried out without an intent in the audit chain before it",
                change.mark
            )
        });
    }
}

fn is_intent(entry: &AuditEntry) -> bool {
    entry.action == "tool.executing" && entry.result == AuditResult::Intended
}
