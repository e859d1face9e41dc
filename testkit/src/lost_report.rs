//! Stands around real plugins and loses what performing reports, as a crash at that very moment does.

use serde_json::Value;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU32, Ordering},
};
use steersman_protocol::{Health, Plan, Problem, Receipt, ResourceName, ToolSpec, Verification};
use steersman_runtime::toolkit::{
    ChangeTool, Cx, Discovered, Draft, Granted, Handles, Plugin, Secrets, Tool, async_trait,
};

/// What happens to performing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    #[default]
    Nothing,
    /// It is carried out, and its report never comes.
    Report,
    /// It never begins, and nobody hears of that.
    Everything,
}

/// Shared by all plugins that it stands around, over restarts of the app.
#[derive(Clone, Default)]
pub struct LostReport(Arc<State>);

#[derive(Default)]
struct State {
    loss: Mutex<Loss>,
    lost: AtomicU32,
}

impl LostReport {
    /// From now on.
    pub fn lose(&self, loss: Loss) {
        *self.0.loss.lock().unwrap_or_else(PoisonError::into_inner) = loss;
    }

    /// How many reports were lost.
    pub fn count(&self) -> u32 {
        self.0.lost.load(Ordering::SeqCst)
    }

    /// The same plugin with changes that may lose their report.
    pub fn around(&self, plugin: Arc<dyn Plugin>) -> Arc<dyn Plugin> {
        Arc::new(Around {
            plugin,
            lost: self.clone(),
        })
    }

    fn loss(&self) -> Loss {
        *self.0.loss.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn never<T>(&self) -> T {
        self.0.lost.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}

struct Around {
    plugin: Arc<dyn Plugin>,
    lost: LostReport,
}

struct Losing {
    tool: Arc<dyn ChangeTool>,
    lost: LostReport,
}

#[async_trait]
impl ChangeTool for Losing {
    fn spec(&self) -> &ToolSpec {
        self.tool.spec()
    }
    async fn plan(&self, cx: &Cx, handles: &Handles, arguments: Value) -> Result<Draft, Problem> {
        self.tool.plan(cx, handles, arguments).await
    }
    async fn perform(&self, cx: &Cx, handles: &Handles, granted: &Granted) -> Result<Receipt, Problem> {
        match self.lost.loss() {
            Loss::Nothing => self.tool.perform(cx, handles, granted).await,
            Loss::Report => {
                let _ = self.tool.perform(cx, handles, granted).await;
                self.lost.never().await
            }
            Loss::Everything => self.lost.never().await,
        }
    }
    async fn verify(
        &self,
        cx: &Cx,
        handles: &Handles,
        plan: &Plan,
        receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        self.tool.verify(cx, handles, plan, receipt).await
    }
    async fn clean_up(&self, cx: &Cx, handles: &Handles, granted: &Granted) -> Result<String, Problem> {
        self.tool.clean_up(cx, handles, granted).await
    }
}

#[async_trait]
impl Plugin for Around {
    fn name(&self) -> &'static str {
        self.plugin.name()
    }
    fn title(&self) -> &'static str {
        self.plugin.title()
    }
    fn description(&self) -> &'static str {
        self.plugin.description()
    }
    fn settings_schema(&self) -> Value {
        self.plugin.settings_schema()
    }
    fn tools(&self) -> Vec<Tool> {
        let tools = self.plugin.tools().into_iter();
        tools
            .map(|tool| match tool {
                Tool::Change(tool) => Tool::Change(Arc::new(Losing {
                    tool,
                    lost: self.lost.clone(),
                })),
                Tool::Query(tool) => Tool::Query(tool),
            })
            .collect()
    }
    fn check_settings(&self, settings: &Value) -> Result<Value, Problem> {
        self.plugin.check_settings(settings)
    }
    async fn connect(&self, settings: &Value, secrets: &Secrets) -> Result<Handles, Problem> {
        self.plugin.connect(settings, secrets).await
    }
    async fn health(&self, handles: &Handles) -> Health {
        self.plugin.health(handles).await
    }
    async fn resources(&self, handles: &Handles) -> Result<Vec<ResourceName>, Problem> {
        self.plugin.resources(handles).await
    }
    async fn discover(&self) -> Vec<Discovered> {
        self.plugin.discover().await
    }
}
