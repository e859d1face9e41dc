//! Targets at work: open handles, health and names of things, each kept for the revision it was read at.

use crate::{feed::FeedItem, runtime::Runtime};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};
use steersman_protocol::{
    Actor, Health, HealthState, Inventory, InventoryTarget, Permission, Problem, ResourceName, ServerId, Target,
    TargetId, Timestamp,
};
use steersman_toolkit::{Handles, Plugin, SecretString};

/// Opening handles may take this long.
const CONNECT: Duration = Duration::from_secs(15);
/// A look at a target may take this long.
const LOOK: Duration = Duration::from_secs(5);
/// A person waits at most this long for the names of a target that was never looked at.
const FIRST_LOOK: Duration = Duration::from_millis(1_500);
const MOST_RESOURCES: usize = 500;

/// A target to be created or changed.
#[derive(Clone, Debug)]
pub struct TargetDraft {
    pub server_id: ServerId,
    pub name: String,
    pub plugin: String,
    pub environment: String,
    pub settings: Value,
    pub secrets: BTreeMap<String, SecretString>,
}

/// What the last look at a target found.
#[derive(Clone, Debug)]
pub struct TargetStatus {
    pub revision: i64,
    pub health: Health,
    pub resources: Vec<ResourceName>,
    pub at: Timestamp,
}

#[derive(Default)]
pub(crate) struct Targets {
    handles: tokio::sync::Mutex<HashMap<TargetId, (i64, Handles)>>,
    status: Mutex<HashMap<TargetId, TargetStatus>>,
}

impl Targets {
    /// The last look, if it was at this revision.
    pub fn status(&self, target: &Target) -> Option<TargetStatus> {
        let status = self.status.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        status
            .get(&target.id)
            .filter(|status| status.revision == target.revision)
            .cloned()
    }

    fn remember(&self, id: TargetId, status: TargetStatus) {
        self.status
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(id, status);
    }
}

impl Runtime {
    /// The open handles of a target; opens them when the target was edited since or never used.
    pub(crate) async fn handles(&self, target: &Target) -> Result<(Arc<dyn Plugin>, Handles), Problem> {
        let what = format!("Could not reach {}", target.name);
        let plugin = self.registry().plugin(&target.plugin).cloned().ok_or_else(|| {
            Problem::new(
                "target.no_plugin",
                &what,
                format!("this build has no plugin {}", target.plugin),
                "Remove the target or use a build with it",
            )
        })?;
        if !target.is_enabled {
            return Err(Problem::new(
                "target.disabled",
                what,
                "the target is disabled",
                "Enable it under Targets",
            ));
        }
        if let Some((revision, handles)) = self.targets().handles.lock().await.get(&target.id)
            && *revision == target.revision
        {
            return Ok((plugin, handles.clone()));
        }
        let secrets = self
            .store()
            .target_secrets(target.id)
            .await
            .map_err(|error| error.to_problem(&what))?;
        // Without the lock: a target that does not answer must not keep anybody from the others.
        let connect = plugin.connect(&target.settings, &secrets);
        let handles = tokio::time::timeout(CONNECT, connect).await.map_err(|_| {
            let why = format!("it did not answer within {} s", CONNECT.as_secs());
            Problem::new(
                "target.no_answer",
                &what,
                why,
                "Check that it runs and can be reached from here",
            )
        })??;
        let mut open = self.targets().handles.lock().await;
        match open.get(&target.id) {
            Some((revision, earlier)) if *revision == target.revision => Ok((plugin, earlier.clone())),
            // Somebody edited it meanwhile: these handles serve this call and nobody else.
            Some((revision, _)) if *revision > target.revision => Ok((plugin, handles)),
            _ => {
                open.insert(target.id, (target.revision, handles.clone()));
                Ok((plugin, handles))
            }
        }
    }

    /// Looks at a target now, and tells followers what was found.
    pub async fn look_at(&self, target: &Target) -> TargetStatus {
        let down = |sentence: String| Health {
            state: HealthState::Down,
            sentence,
            version: None,
            latency_ms: 0,
            measurements: Vec::new(),
        };
        let runtime = self.clone();
        let subject = target.clone();
        let look = async move {
            let (plugin, handles) = match runtime.handles(&subject).await {
                Ok(open) => open,
                Err(problem) => return (down(problem.to_string()), Vec::new()),
            };
            let health = plugin.health(&handles).await;
            let resources = match health.state {
                HealthState::Down => Vec::new(),
                HealthState::Healthy | HealthState::Degraded => plugin.resources(&handles).await.unwrap_or_default(),
            };
            (health, resources)
        };
        // The limit is inside, so that a look that hangs ends and does not stay behind as a task.
        let (health, mut resources) = match self.tasks().apart(tokio::time::timeout(LOOK, look)).await {
            Some(Ok(found)) => found,
            None => (down("The plugin failed while looking; see the log.".into()), Vec::new()),
            Some(Err(_)) => (down(format!("No answer within {} s.", LOOK.as_secs())), Vec::new()),
        };
        resources.truncate(MOST_RESOURCES);
        let status = TargetStatus {
            revision: target.revision,
            health,
            resources,
            at: self.now(),
        };
        self.targets().remember(target.id, status.clone());
        self.feed().tell(FeedItem::Health {
            organization_id: target.organization_id,
            target_id: target.id,
            at: status.at,
            health: status.health.clone(),
        });
        status
    }

    /// What the last look found, if there was one since the target was edited.
    pub fn last_look(&self, target: &Target) -> Option<TargetStatus> {
        self.targets().status(target)
    }

    /// The last look at a target, or a first one.
    pub async fn target_status(&self, target: &Target) -> TargetStatus {
        match self.targets().status(target) {
            Some(status) => status,
            None => self.look_at(target).await,
        }
    }

    /// What this person may see: enabled targets of plugins they may read, with names of things.
    pub(crate) async fn inventory(&self, actor: &Actor) -> Result<Inventory, Problem> {
        let targets = self.targets_of(actor).await?;
        let mut unseen = Vec::new();
        for target in targets.iter().filter(|target| self.targets().status(target).is_none()) {
            let (runtime, target) = (self.clone(), target.clone());
            unseen.push(self.tasks().apart(async move { runtime.look_at(&target).await }));
        }
        // The looks go on without us when they are slow; the next message has their names.
        let _ = tokio::time::timeout(FIRST_LOOK, futures::future::join_all(unseen)).await;
        let targets = targets
            .into_iter()
            .map(|target| {
                let status = self.targets().status(&target);
                InventoryTarget {
                    is_healthy: status
                        .as_ref()
                        .is_none_or(|status| status.health.state != HealthState::Down),
                    resources: status.map(|status| status.resources).unwrap_or_default(),
                    name: target.name,
                    plugin: target.plugin,
                    environment: target.environment,
                }
            })
            .collect();
        Ok(Inventory {
            targets,
            looking_at: Vec::new(),
        })
    }

    /// Enabled targets of the actor's organization whose plugin has at least one tool that the actor may use.
    pub(crate) async fn targets_of(&self, actor: &Actor) -> Result<Vec<Target>, Problem> {
        let all = self
            .store()
            .targets(actor.organization_id)
            .await
            .map_err(|error| error.to_problem("Could not list the targets"))?;
        Ok(all
            .into_iter()
            .filter(|target| target.is_enabled && actor.may(&format!("tool:read:{}", target.plugin)))
            .filter(|_| actor.may(Permission::TARGET_READ))
            .collect())
    }

    /// Handles are forgotten when a target changes; the next use opens new ones.
    pub(crate) async fn forget_handles(&self, id: TargetId) {
        self.targets().handles.lock().await.remove(&id);
    }
}
