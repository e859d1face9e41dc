//! The machine that Steersman runs on, as a target with nothing to configure.
//!
//! Reads `/proc`, mounted file systems, sockets and allow-listed logs; its one change ends a process. A good addition
//! is a tool that a person with a shell on a Linux server reaches for every week. Deliberately absent: running
//! arbitrary commands, reading files outside the allow-list, remembering measurements, other operating systems.

mod allow;
mod cpu;
mod health;
mod machine;
mod mask;
mod mounts;
mod process;
mod settings;
mod show;
mod sockets;
mod tools;

use serde_json::Value;
use settings::Settings;
use steersman_toolkit::{
    Discovered, Handles, Plugin, Secrets, Tool, async_trait,
    protocol::{Health, Problem, ResourceName},
};

/// The plugin `host`.
pub struct Host;

/// What a query is given: where it may look.
pub struct Reader {
    pub(crate) settings: Settings,
}

/// What a change is given in addition: the right to send signals. Carries nothing; having one is the point.
pub struct Writer;

/// Every tool, in the order to show.
fn tools() -> Vec<Tool> {
    vec![
        Tool::query(tools::GetMetrics),
        Tool::query(tools::ListProcesses),
        Tool::query(tools::GetDiskUsage),
        Tool::query(tools::ListListeningPorts),
        Tool::query(tools::ReadLog),
        Tool::query(tools::FindLargeFiles),
        Tool::change(tools::KillProcess),
    ]
}

#[async_trait]
impl Plugin for Host {
    fn name(&self) -> &'static str {
        "host"
    }

    fn title(&self) -> &'static str {
        "Machine"
    }

    fn description(&self) -> &'static str {
        "A Linux machine itself: its load, processes, disks, ports and logs"
    }

    fn settings_schema(&self) -> Value {
        Settings::schema()
    }

    fn tools(&self) -> Vec<Tool> {
        tools()
    }

    fn check_settings(&self, settings: &Value) -> Result<Value, Problem> {
        Settings::parse(settings).map(|settings| settings.to_value())
    }

    async fn connect(&self, settings: &Value, _secrets: &Secrets) -> Result<Handles, Problem> {
        let settings = Settings::parse(settings)?;
        Ok(Handles::new(Reader { settings }, Writer))
    }

    async fn health(&self, _handles: &Handles) -> Health {
        machine::briefly_blocking(health::look)
    }

    async fn resources(&self, handles: &Handles) -> Result<Vec<ResourceName>, Problem> {
        let reader = handles.reader::<Reader>()?;
        Ok(machine::briefly_blocking(|| machine::resources(&reader.settings)))
    }

    async fn discover(&self) -> Vec<Discovered> {
        vec![machine::discovered()]
    }
}
