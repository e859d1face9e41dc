//! A runtime over a data directory of its own, as the binary assembles it, for measuring inside of one process.

use anyhow::Result;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use steersman_protocol::{Actor, Command, ExecutionId, ExecutionView, Face, RunId, Target};
use steersman_runtime::{FirstStart, Options, Runtime, SystemClock, TargetDraft, Waited};
use steersman_store::{KeyRing, MasterKey, Store, StoreOptions};
use steersman_testkit::Postgres;
use steersman_toolkit::{Plugin, SecretString};
use tempfile::TempDir;

/// As many as the binary opens.
const READERS: u32 = 4;

pub struct Station {
    pub runtime: Runtime,
    pub start: FirstStart,
    pub folder: TempDir,
}

impl Station {
    pub async fn open() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let options = StoreOptions {
            path: folder.path().join("steersman.db"),
            readers: READERS,
        };
        let (store, writer) = Store::open(options, KeyRing::new(MasterKey::generate()?)).await?;
        let plugins: Vec<Arc<dyn Plugin>> = vec![
            Arc::new(steersman_plugin_host::Host),
            Arc::new(steersman_plugin_postgres::Postgres),
            Arc::new(steersman_plugin_mongodb::MongoDb),
        ];
        let options = Options {
            plugins,
            clock: Arc::new(SystemClock),
            watch_targets: false,
        };
        let runtime = Runtime::start(store, writer, options).await?;
        let start = runtime.first_start("bench").await?;
        Ok(Self { runtime, start, folder })
    }

    pub fn actor(&self) -> Actor {
        let owner = &self.start.owner;
        Actor {
            user_id: owner.id,
            name: owner.name.clone(),
            organization_id: owner.organization_id,
            role: owner.role,
            face: Face::Api,
            ip: None,
            user_agent: None,
        }
    }

    /// Adds a target for a database of a test server.
    pub async fn add_postgres(&self, server: &Postgres, settings: Value) -> Result<Target> {
        self.add_target("postgres", settings, server.password()).await
    }

    pub async fn add_target(&self, plugin: &str, settings: Value, password: &str) -> Result<Target> {
        let draft = TargetDraft {
            server_id: self.start.server_id,
            name: "orders-db".into(),
            plugin: plugin.into(),
            environment: "production".into(),
            settings,
            secrets: [("password".to_owned(), SecretString::from(password.to_owned()))].into(),
        };
        Ok(self.runtime.create_target(&self.actor(), draft).await?)
    }

    /// Calls a query by hand and waits for its end; fails unless it completed.
    pub async fn call(&self, target: &Target, tool: &str, arguments: Value) -> Result<ExecutionView> {
        let command = Command::Execute {
            run_id: RunId::from_uuid(self.runtime.fresh_id()),
            execution_id: ExecutionId::from_uuid(self.runtime.fresh_id()),
            target_id: target.id,
            tool: tool.parse().map_err(anyhow::Error::msg)?,
            arguments,
            actor: self.actor(),
        };
        match self.runtime.execute_and_wait(command, Duration::from_secs(30)).await? {
            Waited::Over(run) if run.status == steersman_protocol::RunStatus::Completed => run
                .executions
                .into_iter()
                .next()
                .ok_or_else(|| anyhow::anyhow!("the run has no call")),
            other => anyhow::bail!("{tool} did not complete: {other:?}"),
        }
    }
}
