//! The runtime: what it holds, how it starts and stops.

use crate::{
    clock::Clock,
    each::Lanes,
    feed::{Feed, FeedItem, Lines, Tail},
    gateway::Gateway,
    inbox::Inboxes,
    registry::Registry,
    targets::Targets,
    tasks::Tasks,
    timers::Timers,
};
use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
    time::Duration,
};
use steersman_protocol::{ExecutionId, OrganizationId, Policy, Problem, RunId, SessionId, Timestamp};
use steersman_store::{Store, Writer};
use steersman_toolkit::Plugin;
use tokio::sync::Notify;

/// Work under way may take this long to end at shutdown; what does not is looked at by the next start.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a runtime is built from.
pub struct Options {
    pub plugins: Vec<Arc<dyn Plugin>>,
    pub clock: Arc<dyn Clock>,
    /// Whether to look at all targets now and then. Off in tests that count what a target sees.
    pub watch_targets: bool,
}

/// Cheap to clone; all clones are one runtime.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    store: Store,
    registry: Arc<Registry>,
    /// Of organizations with tools of their own.
    catalogues: RwLock<HashMap<OrganizationId, Arc<Registry>>>,
    saving_tools: tokio::sync::Mutex<()>,
    clock: Arc<dyn Clock>,
    gateway: Gateway,
    feed: Arc<Feed>,
    inboxes: Inboxes,
    lanes: Lanes,
    targets: Targets,
    timers: Timers,
    tasks: Tasks,
    /// A change left a secret: there may be a new first one to forget.
    handover_left: Notify,
    /// Read from the store once, then kept in step by `set_policy`, its only writer.
    policies: RwLock<HashMap<OrganizationId, Arc<Policy>>>,
}

impl Runtime {
    /// Starts the store's writer, the timers and, for every run that was under way, its recovery. Returns when all
    /// runs have been taken up; their work goes on in the background.
    pub async fn start(store: Store, mut writer: Writer, options: Options) -> Result<Self, Problem> {
        let feed = Arc::new(Feed::new());
        let followers = feed.clone();
        let followers_of_audit = feed.clone();
        // From the writer itself, so that followers see events in the order of their positions.
        writer.announce_to(move |organization_id, record| {
            followers.tell(FeedItem::Event {
                organization_id,
                record,
            })
        });
        writer.announce_audit_to(move |organization_id, number| {
            followers_of_audit.tell(FeedItem::AuditAppended {
                organization_id,
                number,
            })
        });
        let runtime = Self(Arc::new(Inner {
            store,
            registry: Arc::new(Registry::new(options.plugins)?),
            catalogues: RwLock::default(),
            saving_tools: tokio::sync::Mutex::default(),
            clock: options.clock,
            gateway: Gateway::default(),
            feed,
            inboxes: Inboxes::default(),
            lanes: Lanes::default(),
            targets: Targets::default(),
            timers: Timers::default(),
            tasks: Tasks::default(),
            handover_left: Notify::new(),
            policies: RwLock::default(),
        }));
        // The writer outlives the other tasks: they still report while they stop.
        tokio::spawn(async move {
            if let Err(error) = writer.run().await {
                tracing::error!(%error, "the database's writer ended badly");
            }
        });
        runtime.choose_provider().await?;
        runtime.load_catalogues().await?;
        runtime.tasks().spawn(crate::timers::run(runtime.clone()));
        runtime.tasks().spawn(crate::secrets::run(runtime.clone()));
        runtime.recover().await?;
        if options.watch_targets {
            runtime.tasks().spawn(crate::health_watch::run(runtime.clone()));
        }
        Ok(runtime)
    }

    /// Stops taking up work, lets what is under way end for a while, and closes the store.
    pub async fn shut_down(&self) {
        if !self.tasks().shut_down(PATIENCE).await {
            tracing::warn!("some work did not end in time; the next start looks at what came of it");
        }
        self.store().close().await;
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }
    /// The plugins and their tools, without those of organizations: [`Runtime::registry_of`].
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }
    pub(crate) fn shared_registry(&self) -> &Arc<Registry> {
        &self.0.registry
    }
    pub(crate) fn catalogue_of(&self, organization_id: OrganizationId) -> Option<Arc<Registry>> {
        read(&self.0.catalogues).get(&organization_id).cloned()
    }
    pub(crate) fn set_catalogue(&self, organization_id: OrganizationId, catalogue: Option<Arc<Registry>>) {
        let mut catalogues = write(&self.0.catalogues);
        match catalogue {
            Some(catalogue) => catalogues.insert(organization_id, catalogue),
            None => catalogues.remove(&organization_id),
        };
    }
    /// Held while a saved tool is written and the catalogue made anew, so that the last one saved is the one in force.
    pub(crate) async fn saving_tools(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.saving_tools.lock().await
    }
    pub fn gateway(&self) -> &Gateway {
        &self.0.gateway
    }
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }
    pub(crate) fn feed(&self) -> &Feed {
        &self.0.feed
    }
    pub(crate) fn inboxes(&self) -> &Inboxes {
        &self.0.inboxes
    }
    pub(crate) fn lanes(&self) -> &Lanes {
        &self.0.lanes
    }
    pub(crate) fn targets(&self) -> &Targets {
        &self.0.targets
    }
    pub(crate) fn timers(&self) -> &Timers {
        &self.0.timers
    }
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.0.tasks
    }

    pub(crate) fn handover_left(&self) {
        self.0.handover_left.notify_one();
    }
    pub(crate) async fn handover_notified(&self) {
        self.0.handover_left.notified().await;
    }

    /// Follows everything from now on. Filter by organization before showing anything to anybody.
    pub fn tail(&self) -> Tail {
        self.0.feed.follow()
    }

    /// Tells everybody else in the session that this person is writing. Nothing is stored.
    pub fn tell_typing(&self, session_id: SessionId, user_name: String, from: u64) {
        self.0.feed.tell(FeedItem::Typing {
            session_id,
            user_name,
            from,
        });
    }

    /// Counts long-lived work of a connection among what a shutdown waits for. It has to watch [`Runtime::stopping`].
    pub async fn tracked<T>(&self, work: impl Future<Output = T>) -> T {
        self.tasks().tracked(work).await
    }

    /// The text of an answer that is being written: the turn and what there is of it.
    pub fn partial_answer(&self, run_id: RunId) -> Option<(u32, String)> {
        self.0.feed.partial(run_id)
    }

    /// What a call at work has said since its last event, oldest first, at most 20 lines.
    pub fn progress_of(&self, execution_id: ExecutionId) -> Lines {
        self.0.feed.progress(execution_id)
    }

    /// Position of the organization's newest event; 0 without any.
    pub async fn last_position(&self, organization_id: OrganizationId) -> Result<i64, Problem> {
        self.store()
            .last_position(organization_id)
            .await
            .map_err(|error| error.to_problem("Could not find the newest event"))
    }

    /// Runs work that keeps a processor busy where it blocks nobody else.
    pub async fn heavy<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            // The work is never cancelled, so this is its own panic.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// A fresh id, for commands.
    pub fn fresh_id(&self) -> uuid::Uuid {
        crate::clock::fresh_id()
    }

    /// Resolves when the runtime begins to stop; long-lived connections end then.
    pub async fn stopping(&self) {
        self.tasks().stopping().cancelled_owned().await;
    }

    /// The organization's rules as they are now.
    pub async fn policy(&self, organization_id: OrganizationId) -> Result<Arc<Policy>, Problem> {
        if let Some(policy) = read(&self.0.policies).get(&organization_id) {
            return Ok(policy.clone());
        }
        let stored = self
            .store()
            .policy(organization_id)
            .await
            .map_err(|error| error.to_problem("Could not read the policy"))?;
        let policy = Arc::new(stored.ok_or_else(|| {
            Problem::new(
                "policy.missing",
                "Could not read the policy",
                "the organization has none",
                "Report this as a bug",
            )
        })?);
        Ok(self.remember_policy(organization_id, policy))
    }

    /// Keeps the newer of this and what is known, and returns it: readers and savers arrive here in any order.
    pub(crate) fn remember_policy(&self, organization_id: OrganizationId, policy: Arc<Policy>) -> Arc<Policy> {
        let mut policies = write(&self.0.policies);
        let known = policies.entry(organization_id).or_insert_with(|| policy.clone());
        if policy.revision > known.revision {
            *known = policy;
        }
        known.clone()
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}
