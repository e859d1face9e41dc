//! The one writer: takes what waits, commits it as a group, answers each.

use crate::{
    audit::Head,
    db::{self, Connection, values},
    engine,
    error::{Result, StoreError},
    sealing::KeyRing,
};
use futures::future::BoxFuture;
use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::{Arc, RwLock},
};
use steersman_protocol::{EventRecord, OrganizationId};
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// Callers beyond this many wait before their work is queued.
pub(crate) const QUEUE: usize = 1024;
/// At most so many waiting writes share one transaction and one sync.
const GROUP: usize = 128;

/// Owns the writing connection. Spawn [`Writer::run`] once; without it every write waits.
pub struct Writer {
    pub(crate) tx: Tx,
    pub(crate) queue: mpsc::Receiver<Box<dyn Job>>,
    pub(crate) closing: Arc<Notify>,
    pub(crate) keys: Arc<RwLock<Arc<KeyRing>>>,
    pub(crate) path: PathBuf,
    pub(crate) end: watch::Sender<bool>,
    pub(crate) announce: Box<dyn Fn(OrganizationId, EventRecord) + Send>,
    pub(crate) announce_audit: Box<dyn Fn(OrganizationId, i64) + Send>,
}

impl Writer {
    /// Calls `announce` for every event that is on disk, in the order of positions, before its writer hears of it.
    ///
    /// The writer waits meanwhile, so `announce` must not block.
    pub fn announce_to(&mut self, announce: impl Fn(OrganizationId, EventRecord) + Send + 'static) {
        self.announce = Box::new(announce);
    }

    /// Calls `announce` with the number of an organization's newest audit entry, after each group of writes that added
    /// any and is on disk. It must not block.
    pub fn announce_audit_to(&mut self, announce: impl Fn(OrganizationId, i64) + Send + 'static) {
        self.announce_audit = Box::new(announce);
    }

    /// Ends when every [`crate::Store`] is dropped or one was closed; what was queued by then is finished first.
    pub async fn run(mut self) -> Result<()> {
        loop {
            let next = tokio::select! {
                biased;
                job = self.queue.recv() => job,
                () = self.closing.notified() => { self.queue.close(); continue }
            };
            let Some(first) = next else { break };
            engine::at_once(self.carry_out(first));
        }
        let closed = engine::at_once(async { engine::close(self.tx.connection) });
        self.end.send_replace(true);
        closed
    }

    async fn carry_out(&mut self, first: Box<dyn Job>) {
        let mut waiting = VecDeque::from([first]);
        while waiting.len() < GROUP
            && let Ok(job) = self.queue.try_recv()
        {
            waiting.push_back(job);
        }
        while let Some(next) = waiting.front() {
            if next.is_outside() {
                self.outside(waiting.pop_front()).await;
                continue;
            }
            let (mut members, result) = self.tx.group(&mut waiting).await;
            match result {
                Ok(()) => {
                    self.publish_keys();
                    for (organization_id, record) in std::mem::take(&mut self.tx.pending.events) {
                        (self.announce)(organization_id, record);
                    }
                    for (organization_id, head) in &self.tx.pending.heads {
                        (self.announce_audit)(*organization_id, head.number);
                    }
                }
                Err(error) => {
                    let error = engine::told_apart(error, &self.path);
                    members
                        .iter_mut()
                        .for_each(|member| member.failed = Some(error.clone()));
                    self.tx.give_up().await;
                }
            }
            self.tx.pending = Pending::default();
            for member in members {
                member
                    .job
                    .answer(member.failed.map(|error| engine::told_apart(error, &self.path)));
            }
        }
    }

    async fn outside(&mut self, job: Option<Box<dyn Job>>) {
        if let Some(mut job) = job {
            let failed = job.run(&mut self.tx).await.err();
            job.answer(failed);
        }
    }

    fn publish_keys(&mut self) {
        if let Some(ring) = self.tx.pending.new_keys.take() {
            *self.keys.write().expect("the key ring is never left half-written") = Arc::clone(&ring);
            self.tx.keys = ring;
        }
    }
}

/// What a write works on: the connection inside a transaction, and what the transaction has found out so far.
pub(crate) struct Tx {
    pub connection: Connection,
    pub pending: Pending,
    keys: Arc<KeyRing>,
}

/// Kept in memory between the members of a group and written at its end. A member that fails leaves none of it.
#[derive(Default)]
pub(crate) struct Pending {
    pub last_position: Option<i64>,
    pub heads: BTreeMap<OrganizationId, Head>,
    pub events: Vec<(OrganizationId, EventRecord)>,
    pub new_keys: Option<Arc<KeyRing>>,
}

impl Pending {
    /// Events may be large and are only ever added, so what is to come back after a failure is kept without them.
    fn without_events(&self) -> Pending {
        Pending {
            last_position: self.last_position,
            heads: self.heads.clone(),
            events: Vec::new(),
            new_keys: self.new_keys.clone(),
        }
    }
}

struct Member {
    job: Box<dyn Job>,
    failed: Option<StoreError>,
}

impl Tx {
    pub fn new(connection: Connection, keys: Arc<KeyRing>) -> Self {
        Self {
            connection,
            pending: Pending::default(),
            keys,
        }
    }

    /// The ring to seal with: a new one counts at once inside its own transaction.
    pub fn keys(&self) -> Arc<KeyRing> {
        Arc::clone(self.pending.new_keys.as_ref().unwrap_or(&self.keys))
    }

    /// Runs and commits what waits, up to the next job that wants no transaction. On an error of the whole group the members so far are returned to be told, and
    /// those not yet run stay in `waiting`.
    async fn group(&mut self, waiting: &mut VecDeque<Box<dyn Job>>) -> (Vec<Member>, Result<()>) {
        let mut members = Vec::with_capacity(waiting.len());
        if let Err(error) = db::execute(&mut self.connection, engine::BEGIN, values![]).await {
            members.extend(waiting.drain(..).map(|job| Member { job, failed: None }));
            return (members, Err(error));
        }
        let alone = waiting.get(1).is_none_or(|second| second.is_outside());
        while let Some(mut job) = waiting.pop_front_if(|next| !next.is_outside()) {
            let result = self.member(job.as_mut(), alone).await;
            members.push(Member {
                job,
                failed: result.as_ref().ok().and_then(|member| member.clone().err()),
            });
            if let Err(error) = result {
                return (members, Err(error));
            }
        }
        let ended = self.end().await;
        (members, ended)
    }

    /// One write of the group, inside a savepoint of its own unless it is alone. The outer error ends the group.
    async fn member(&mut self, job: &mut dyn Job, alone: bool) -> Result<Result<()>> {
        if alone {
            return job.run(self).await.map(Ok);
        }
        db::execute(&mut self.connection, "SAVEPOINT member", values![]).await?;
        let events_before = self.pending.events.len();
        let before = self.pending.without_events();
        let result = job.run(self).await;
        match &result {
            Ok(()) => {}
            Err(error) if error.ends_the_transaction() => return result.map(Ok),
            Err(_) => {
                let mut events = std::mem::take(&mut self.pending.events);
                events.truncate(events_before);
                self.pending = Pending { events, ..before };
                db::execute(&mut self.connection, "ROLLBACK TO SAVEPOINT member", values![]).await?;
            }
        }
        db::execute(&mut self.connection, "RELEASE SAVEPOINT member", values![]).await?;
        Ok(result)
    }

    async fn end(&mut self) -> Result<()> {
        self.write_heads().await?;
        db::execute(&mut self.connection, "COMMIT", values![]).await?;
        Ok(())
    }

    /// SQLite may have rolled back by itself; then there is nothing left to roll back and it says so.
    async fn give_up(&mut self) {
        let _ = db::execute(&mut self.connection, "ROLLBACK", values![]).await;
    }
}

/// A write, whatever it returns.
pub(crate) trait Job: Send {
    /// Keeps what the work returned until it is known to be on disk.
    fn run<'c>(&'c mut self, tx: &'c mut Tx) -> BoxFuture<'c, Result<()>>;
    /// True for what must not be in a transaction.
    fn is_outside(&self) -> bool;
    /// Tells the caller, who may have gone.
    fn answer(self: Box<Self>, failed: Option<StoreError>);
}

pub(crate) struct Write<F, T> {
    pub work: Option<F>,
    pub done: Option<T>,
    pub is_outside: bool,
    pub reply: oneshot::Sender<Result<T>>,
}

impl<F, T> Job for Write<F, T>
where
    F: for<'c> FnOnce(&'c mut Tx) -> BoxFuture<'c, Result<T>> + Send,
    T: Send,
{
    fn run<'c>(&'c mut self, tx: &'c mut Tx) -> BoxFuture<'c, Result<()>> {
        let work = self.work.take();
        let done = &mut self.done;
        Box::pin(async move {
            if let Some(work) = work {
                *done = Some(work(tx).await?);
            }
            Ok(())
        })
    }

    fn is_outside(&self) -> bool {
        self.is_outside
    }

    fn answer(self: Box<Self>, failed: Option<StoreError>) {
        let result = match (failed, self.done) {
            (Some(error), _) => Err(error),
            (None, Some(done)) => Ok(done),
            (None, None) => Err(StoreError::Closed),
        };
        let _ = self.reply.send(result);
    }
}
