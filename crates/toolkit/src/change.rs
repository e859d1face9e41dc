//! A tool that writes.

use crate::{Cx, Declaration, Granted, Handle};
use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeMap;
use steersman_protocol::{
    Block, Fact, Limits, Plan, Problem, Receipt, Resource, Step, TargetRef, ToolName, Undo, Verification,
};

/// Plans, performs once, and verifies.
#[async_trait]
pub trait Change: Send + Sync + 'static {
    /// The plugin's read-only handle.
    type Reader: Handle;
    /// The plugin's handle that can write. Only `perform` and `clean_up` ever see one.
    type Writer: Handle;
    type Input: DeserializeOwned + Serialize + JsonSchema + Send + Sync + 'static;

    fn declare(&self) -> Declaration;

    /// Says exactly what would be done, and changes nothing.
    ///
    /// Must be repeatable: it is called again with `Draft::arguments` at the moment of execution, and the change goes
    /// ahead only if `steps`, `on_failure` and `must_hold` are the same. So put into `must_hold` what would make a
    /// careful person stop if it had changed (identity of the table, definition of the index, start time of the
    /// process), and into `observed` what merely moves (row counts, running queries).
    async fn plan(&self, cx: &Cx, reader: &Self::Reader, input: Self::Input) -> Result<Draft, Problem>;

    /// Carries out `granted.plan()`, literally. Called at most once for a grant.
    async fn perform(&self, cx: &Cx, writer: &Self::Writer, granted: &Granted) -> Result<Receipt, Problem>;

    /// Reads the world back. `receipt` is absent when the report was lost (a crash, a cut connection): then the world
    /// alone must say whether the change is there.
    async fn verify(
        &self,
        cx: &Cx,
        reader: &Self::Reader,
        plan: &Plan,
        receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem>;

    /// Carries out the plan's `on_failure` steps after verification said that something broken was left behind.
    /// Returns a sentence about what was cleaned up.
    async fn clean_up(&self, _cx: &Cx, _writer: &Self::Writer, granted: &Granted) -> Result<String, Problem> {
        Err(Problem::new(
            "toolkit.no_clean_up",
            format!("Could not clean up after {}", granted.plan().tool),
            "this tool has no clean-up",
            "Look at the target by hand",
        ))
    }
}

/// A plan without what the host adds (tool and target).
#[derive(Clone, Debug)]
pub struct Draft {
    /// The arguments as understood; planning with these again gives the same plan.
    pub arguments: Value,
    pub summary: String,
    pub steps: Vec<Step>,
    pub on_failure: Vec<Step>,
    pub touches: Vec<Resource>,
    pub must_hold: BTreeMap<String, Value>,
    pub observed: Vec<Block>,
    pub undo: Undo,
    pub limits: Limits,
    pub facts: Vec<Fact>,
    pub warnings: Vec<String>,
}

impl Draft {
    pub fn into_plan(self, tool: ToolName, target: TargetRef) -> Plan {
        let Draft {
            arguments,
            summary,
            steps,
            on_failure,
            touches,
            must_hold,
            observed,
            undo,
            limits,
            facts,
            warnings,
        } = self;
        Plan {
            tool,
            target,
            arguments,
            summary,
            steps,
            on_failure,
            touches,
            must_hold,
            observed,
            undo,
            limits,
            facts,
            warnings,
        }
    }
}
