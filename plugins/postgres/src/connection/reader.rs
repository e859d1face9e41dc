//! The read-only side: a few connections, every read in a read-only transaction that is rolled back.

use super::{Dialer, Link, MARK, Stopped, Until};
use crate::{
    guard::{CheckFailure, CheckedStatement, ReadOnlyStatement},
    looked::Look,
    problem,
    settings::Settings,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use steersman_toolkit::{
    CancellationToken, Cx,
    protocol::{Limits, Problem},
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};
use tokio_postgres::{
    Client, Row, SimpleQueryMessage,
    types::{ToSql, Type},
};

/// Connections of one target that read at the same time.
const CONNECTIONS: usize = 4;
/// What the server gets to end a statement by its own time limit before we give up on it.
const GRACE: Duration = Duration::from_secs(2);

/// How our reading sessions show up on the server.
const APPLICATION_NAME: &str = "steersman";
/// In force from the first moment of a session, whatever a transaction says later.
const SESSION_LIMITS: &str = "SET default_transaction_read_only = on; SET statement_timeout = '60s'; \
     SET lock_timeout = '3s'; SET idle_in_transaction_session_timeout = '60s'";

/// Reads from one database. Opens connections when first needed, at most four.
pub struct Reader {
    dialer: Arc<Dialer>,
    pub(crate) settings: Settings,
    idle: Mutex<Vec<Link>>,
    places: Semaphore,
    /// What pg_stat_statements said when we last looked; gone with the process.
    pub(crate) last_look: Mutex<Option<Look>>,
}

/// What one piece of reading may take, and what it is, for messages.
pub(crate) struct Bounds {
    /// "Could not list the indexes on orders-db".
    pub what: String,
    pub limits: Limits,
    pub cancel: CancellationToken,
}

impl Bounds {
    /// `doing` completes "Could not …": `Bounds::of(cx, "list the indexes")`.
    pub(crate) fn of(cx: &Cx, doing: &str) -> Self {
        Self {
            what: format!("Could not {doing} on {}", cx.target.name),
            limits: cx.limits,
            cancel: cx.cancel.clone(),
        }
    }
}

/// A read-only transaction. [`Read::end`] gives its connection back; dropping it closes the connection.
pub(crate) struct Read<'a> {
    reader: &'a Reader,
    link: Link,
    bounds: Bounds,
    deadline: Instant,
    /// The time limit of the whole, while a part of it has another.
    whole_ms: Option<u64>,
    _place: SemaphorePermit<'a>,
}

impl Reader {
    pub(crate) fn new(dialer: Arc<Dialer>, settings: Settings) -> Self {
        Self {
            dialer,
            settings,
            idle: Mutex::new(Vec::new()),
            places: Semaphore::new(CONNECTIONS),
            last_look: Mutex::new(None),
        }
    }

    /// Begins a read-only transaction under these bounds.
    ///
    /// Errors: `postgres.cancelled`, `postgres.busy` when no connection came free in time, and those of connecting.
    pub(crate) async fn begin(&self, bounds: Bounds) -> Result<Read<'_>, Problem> {
        let deadline = Instant::now() + Duration::from_millis(bounds.limits.time_ms) + GRACE;
        let until = Until {
            cancel: &bounds.cancel,
            deadline,
        };
        let place = tokio::select! {
            biased;
            () = bounds.cancel.cancelled() => return Err(problem::cancelled(&bounds.what)),
            place = self.places.acquire() => place.expect("the semaphore is never closed"),
            () = tokio::time::sleep_until(deadline) => return Err(problem::busy(&bounds.what)),
        };
        let begin = begin_statement(&bounds.limits);
        if let Some(mut link) = self.take_idle() {
            // A connection may have ended while nobody looked; only then a second one is worth a try.
            match link.text(until, &begin).await {
                Ok(_) => {
                    return Ok(Read {
                        reader: self,
                        link,
                        bounds,
                        deadline,
                        whole_ms: None,
                        _place: place,
                    });
                }
                Err(Stopped::Failed(_)) => self.forget_idle(),
                Err(stopped) => return Err(problem::of(&bounds.what, stopped, &bounds.limits, None)),
            }
        }
        let mut link = self.open(&bounds).await?;
        match link.text(until, &begin).await {
            Ok(_) => Ok(Read {
                reader: self,
                link,
                bounds,
                deadline,
                whole_ms: None,
                _place: place,
            }),
            Err(stopped) => Err(problem::of(&bounds.what, stopped, &bounds.limits, None)),
        }
    }

    async fn open(&self, bounds: &Bounds) -> Result<Link, Problem> {
        let opening = async {
            let mut link = self.dialer.open(APPLICATION_NAME).await?;
            let until = Until {
                cancel: &bounds.cancel,
                deadline: Instant::now() + GRACE,
            };
            match link.text(until, SESSION_LIMITS).await {
                Ok(_) => Ok(link),
                Err(stopped) => Err(problem::of(&bounds.what, stopped, &bounds.limits, None)),
            }
        };
        tokio::select! {
            biased;
            () = bounds.cancel.cancelled() => Err(problem::cancelled(&bounds.what)),
            opened = opening => opened.map_err(|problem| problem.while_doing(&bounds.what)),
        }
    }

    fn take_idle(&self) -> Option<Link> {
        self.idle.lock().expect("no code panics while it holds the lock").pop()
    }

    fn forget_idle(&self) {
        self.idle
            .lock()
            .expect("no code panics while it holds the lock")
            .clear();
    }
}

fn begin_statement(limits: &Limits) -> String {
    format!(
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {}; \
         SET LOCAL lock_timeout = {}; SET LOCAL idle_in_transaction_session_timeout = {}; \
         SET LOCAL standard_conforming_strings = on",
        within_range(limits.time_ms),
        within_range(limits.lock_wait_ms),
        within_range(limits.time_ms.saturating_add(10_000))
    )
}

/// Zero would mean "no limit", and PostgreSQL counts milliseconds in 31 bits.
fn within_range(ms: u64) -> u64 {
    ms.clamp(1, i32::MAX as u64)
}

impl Read<'_> {
    /// "Could not list the indexes on orders-db".
    pub(crate) fn what(&self) -> &str {
        &self.bounds.what
    }

    /// The largest table that this target lets us index, in GiB.
    pub(crate) fn max_table_gib(&self) -> u64 {
        self.reader.settings.max_table_gib
    }

    /// Runs one of our own statements (a constant, or built from quoted names) with bound values.
    pub(crate) async fn rows(
        &mut self,
        sql: &str,
        values: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Problem> {
        let began = Instant::now();
        let until = Until {
            cancel: &self.bounds.cancel,
            deadline: self.deadline,
        };
        let result = self.link.rows(until, &format!("{MARK}{sql}"), values).await;
        result.map_err(|stopped| problem::of(&self.bounds.what, stopped, &self.bounds.limits, Some(began.elapsed())))
    }

    /// The first row, where there is one.
    pub(crate) async fn row(
        &mut self,
        sql: &str,
        values: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Option<Row>, Problem> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Runs a statement whose result is small, and returns all rows as text.
    pub(crate) async fn text(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Problem> {
        let messages = self
            .with(async |client: &Client| client.simple_query(sql).await)
            .await?;
        Ok(messages
            .into_iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()),
                _ => None,
            })
            .collect())
    }

    /// Does something with the client itself, under the same bounds.
    pub(crate) async fn with<'b, T, F>(&'b mut self, work: impl FnOnce(&'b Client) -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        let began = Instant::now();
        let until = Until {
            cancel: &self.bounds.cancel,
            deadline: self.deadline,
        };
        let result = self.link.run(until, work).await;
        result.map_err(|stopped| problem::of(&self.bounds.what, stopped, &self.bounds.limits, Some(began.elapsed())))
    }

    /// The guard's second stage: is every function and relation of the statement safe on this very server?
    pub(crate) async fn check(&mut self, statement: &ReadOnlyStatement) -> Result<CheckedStatement, Problem> {
        let until = Until {
            cancel: &self.bounds.cancel,
            deadline: self.deadline,
        };
        let lookups = self.link.lookups();
        let attended = self.link.attend(until, |client| lookups.check(client, statement)).await;
        match (attended.output, attended.was_stopped) {
            (Some(Ok(checked)), None) => Ok(checked),
            (Some(Err(CheckFailure::Refused(refusal))), None) => Err(problem::refused(&self.bounds.what, refusal)),
            (Some(Err(CheckFailure::Unreadable(error))), None) => Err(problem::of(
                &self.bounds.what,
                Stopped::Failed(error),
                &self.bounds.limits,
                None,
            )),
            (_, stopped) => {
                let stopped = stopped.unwrap_or(Stopped::NoAnswer);
                Err(problem::of(&self.bounds.what, stopped, &self.bounds.limits, None))
            }
        }
    }

    /// Begins a part that may fail without ending the whole, with a time limit of its own. [`Read::back`] ends it.
    pub(crate) async fn aside(&mut self, time_ms: u64) -> Result<(), Problem> {
        self.text(&format!(
            "SAVEPOINT aside; SET LOCAL statement_timeout = {}",
            within_range(time_ms)
        ))
        .await?;
        self.whole_ms = Some(std::mem::replace(&mut self.bounds.limits.time_ms, time_ms));
        Ok(())
    }

    /// Goes back to where [`Read::aside`] began, limits included.
    ///
    /// Errors: those of a connection that is gone, or of a cancelled run; then nothing else can be read either.
    pub(crate) async fn back(&mut self) -> Result<(), Problem> {
        if let Some(whole_ms) = self.whole_ms.take() {
            self.bounds.limits.time_ms = whole_ms;
        }
        if self.bounds.cancel.is_cancelled() {
            return Err(problem::cancelled(&self.bounds.what));
        }
        self.text("ROLLBACK TO SAVEPOINT aside; RELEASE SAVEPOINT aside")
            .await?;
        Ok(())
    }

    /// Makes sure that the connection is not used again: something on it was left half-way.
    pub(crate) fn give_up(&mut self) {
        self.link.give_up();
    }

    /// Ends the transaction and keeps the connection for the next read.
    pub(crate) async fn end(mut self) {
        let until = Until {
            cancel: &CancellationToken::new(),
            deadline: Instant::now() + GRACE,
        };
        if self.link.is_usable() && self.link.text(until, "ROLLBACK").await.is_ok() && self.link.is_usable() {
            self.reader
                .idle
                .lock()
                .expect("no code panics while it holds the lock")
                .push(self.link);
        }
    }
}
