//! A host target, opened and asked the way the runtime does it.

use serde_json::{Value, json};
use std::sync::Arc;
use steersman_plugin_host::Host;
use steersman_toolkit::{
    Answer, CancellationToken, ChangeTool, Cx, GrantCheck, Granted, Handles, Handover, Plugin, Progress, Tool,
    protocol::{Block, Cell, Grant, GrantUse, Limits, Plan, Problem, TargetRef, Timestamp},
};

const ID: &str = "01890000-0000-7000-8000-000000000001";

pub struct Stage {
    pub handles: Handles,
    pub cx: Cx,
}

impl Stage {
    pub async fn new() -> Self {
        Self::with(json!({})).await
    }

    pub async fn with(settings: Value) -> Self {
        let handles = Host
            .connect(&settings, &Default::default())
            .await
            .expect("the settings are good");
        Self {
            handles,
            cx: Cx {
                target: TargetRef {
                    id: ID.parse().expect("an id"),
                    name: "here".to_owned(),
                    plugin: "host".to_owned(),
                    environment: "test".to_owned(),
                    revision: 1,
                },
                now: Timestamp::now(),
                limits: Limits::default(),
                cancel: CancellationToken::new(),
                progress: Progress::silent(),
                handover: Handover::closed(),
            },
        }
    }

    pub async fn ask(&self, tool: &str, arguments: Value) -> Result<Answer, Problem> {
        match find(tool) {
            Tool::Query(tool) => tool.run(&self.cx, &self.handles, arguments).await,
            Tool::Change(_) => panic!("{tool} is a change"),
        }
    }

    pub async fn plan_kill(&self, arguments: Value) -> Result<Plan, Problem> {
        let draft = kill_process().plan(&self.cx, &self.handles, arguments).await?;
        Ok(draft.into_plan("host.kill_process".parse().expect("a name"), self.cx.target.clone()))
    }
}

pub fn find(tool: &str) -> Tool {
    Host.tools()
        .into_iter()
        .find(|t| t.spec().name.as_str() == tool)
        .expect("there is such a tool")
}

pub fn kill_process() -> Arc<dyn ChangeTool> {
    match find("host.kill_process") {
        Tool::Change(tool) => tool,
        Tool::Query(_) => panic!("kill_process changes"),
    }
}

/// What the runtime does after an approval.
pub fn grant(plan: &Plan) -> Granted {
    GrantCheck {
        grant: Grant {
            id: ID.parse().expect("an id"),
            execution_id: ID.parse().expect("an id"),
            digest: plan.digest(1),
            target_id: plan.target.id,
            target_revision: plan.target.revision,
            policy_revision: 1,
            expires_at: Timestamp::MAX,
            approval_id: None,
            answerable: ID.parse().expect("an id"),
        },
        grant_use: GrantUse::Perform,
        plan: plan.clone(),
        execution_id: ID.parse().expect("an id"),
        target_revision: plan.target.revision,
        policy_revision: 1,
        now: Timestamp::now(),
        answerable_still_may: true,
    }
    .redeem()
    .expect("everything agrees")
}

/// The rows of the first table, each cell under its column's name.
pub fn rows(answer: &Answer) -> Vec<Value> {
    let table = answer.blocks.iter().find_map(|block| match block {
        Block::Table { columns, rows, .. } => Some((columns, rows)),
        _ => None,
    });
    let (columns, rows) = table.expect("the answer has a table");
    rows.iter()
        .map(|row| {
            assert_eq!(row.len(), columns.len(), "rows are as wide as the table");
            columns
                .iter()
                .zip(row)
                .map(|(column, cell): (_, &Cell)| (column.name.clone(), cell.clone()))
                .collect()
        })
        .collect()
}
