//! A plugin whose tools misbehave on purpose. Its world is a map of names and values in memory, which outlives the
//! app that changes it, so that a test can see what really happened.

mod account;
mod change;
mod query;
mod world;

pub use account::PASSWORD;
pub use change::Mishap;
pub use world::{Gate, World};

use serde_json::{Value, json};
use std::sync::Arc;
use steersman_protocol::{Health, HealthState, Problem, ResourceName};
use steersman_runtime::toolkit::{Handles, Plugin, Secrets, Tool, async_trait};

/// The plugin `fault`. Clones share one world.
#[derive(Clone, Default)]
pub struct Fault {
    pub world: Arc<World>,
}

/// What queries, planning and verification get.
pub struct Reader(pub(crate) Arc<World>);
/// What performing gets.
pub struct Writer(pub(crate) Arc<World>);

impl Fault {
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Plugin for Fault {
    fn name(&self) -> &'static str {
        "fault"
    }
    fn title(&self) -> &'static str {
        "Faults"
    }
    fn description(&self) -> &'static str {
        "Tools that misbehave on purpose"
    }
    fn settings_schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "note": { "type": "string" },
                "password": { "type": "string", "writeOnly": true }
            }
        })
    }

    fn tools(&self) -> Vec<Tool> {
        vec![
            Tool::query(query::ReadValues),
            Tool::query(query::Misread),
            Tool::query(query::WrongHandle),
            Tool::change(change::SetValue),
            Tool::change(change::DestroyValue),
            Tool::change(account::MakeAccount),
        ]
    }

    fn check_settings(&self, settings: &Value) -> Result<Value, Problem> {
        Ok(settings.clone())
    }

    async fn connect(&self, _settings: &Value, _secrets: &Secrets) -> Result<Handles, Problem> {
        self.world.connecting.pass().await;
        Ok(Handles::new(Reader(self.world.clone()), Writer(self.world.clone())))
    }

    async fn health(&self, _handles: &Handles) -> Health {
        Health {
            state: HealthState::Healthy,
            sentence: "As bad as ever.".into(),
            version: None,
            latency_ms: 0,
            measurements: Vec::new(),
        }
    }

    async fn resources(&self, _handles: &Handles) -> Result<Vec<ResourceName>, Problem> {
        Ok(Vec::new())
    }
}
