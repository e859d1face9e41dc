//! Performing beside the runtime, which never performs a grant twice: a change has to stand it all the same.

use super::rows::{Row, Stage};
use std::sync::Arc;
use steersman_protocol::{
    ExecutionId, Grant, GrantId, GrantUse, Limits, Plan, Problem, Receipt, Timestamp, Verification,
};
use steersman_runtime::toolkit::{
    CancellationToken, ChangeTool, Cx, GrantCheck, Granted, Handles, Handover, Progress, SecretString, TakeSecret,
    Tool, async_trait,
};
use steersman_testkit::TestApp;

const POLICY_REVISION: i64 = 1;

pub struct Performing {
    tool: Arc<dyn ChangeTool>,
    handles: Handles,
    cx: Cx,
    plan: Plan,
    granted: Granted,
}

/// Nobody wants to see the secrets of these tests.
struct Forgetful;

#[async_trait]
impl TakeSecret for Forgetful {
    async fn take(&self, _label: &str, _secret: &SecretString) -> Result<(), Problem> {
        Ok(())
    }
}

impl Performing {
    pub async fn plan(app: &TestApp, row: Row, stage: &Stage) -> Self {
        let name = row.tool().parse().expect("a name");
        let Some(Tool::Change(tool)) = app.runtime().registry().tool(&name).cloned() else {
            panic!("{name} is no change");
        };
        let plugin = app
            .runtime()
            .registry()
            .plugin(name.plugin())
            .expect("its plugin")
            .clone();
        let secrets = app.store().target_secrets(stage.target.id).await.expect("its secrets");
        let handles = plugin
            .connect(&stage.target.settings, &secrets)
            .await
            .expect("its handles");
        let mut cx = Cx {
            target: stage.target.to_ref(),
            now: Timestamp::now(),
            limits: Limits::default(),
            cancel: CancellationToken::new(),
            progress: Progress::silent(),
            handover: Handover::to(Forgetful),
        };
        let draft = tool.plan(&cx, &handles, stage.arguments.clone()).await.expect("a plan");
        let plan = draft.into_plan(name, stage.target.to_ref());
        cx.limits = plan.limits;
        let granted = granted(app, stage, &plan);
        Self {
            tool,
            handles,
            cx,
            plan,
            granted,
        }
    }

    /// Always with the same grant, and so with the same key.
    pub async fn perform(&self) -> Result<Receipt, Problem> {
        self.tool.perform(&self.cx, &self.handles, &self.granted).await
    }

    pub async fn must_hold(&self, row: Row) {
        let found = self.tool.verify(&self.cx, &self.handles, &self.plan, None).await;
        let holds = match row.leaves_a_trace() {
            true => matches!(found, Ok(Verification::Holds { .. })),
            false => matches!(found, Ok(Verification::CannotTell { .. })),
        };
        assert!(holds, "{row:?} does not hold: {found:?}");
    }
}

fn granted(app: &TestApp, stage: &Stage, plan: &Plan) -> Granted {
    let execution_id = ExecutionId::from_uuid(app.runtime().fresh_id());
    let now = Timestamp::now();
    let grant = Grant {
        id: GrantId::from_uuid(app.runtime().fresh_id()),
        execution_id,
        digest: plan.digest(POLICY_REVISION),
        target_id: stage.target.id,
        target_revision: stage.target.revision,
        policy_revision: POLICY_REVISION,
        expires_at: Timestamp::from_second(now.as_second() + 60).expect("a time"),
        approval_id: None,
        answerable: app.person("operator").id,
    };
    let check = GrantCheck {
        grant,
        grant_use: GrantUse::Perform,
        plan: plan.clone(),
        execution_id,
        target_revision: stage.target.revision,
        policy_revision: POLICY_REVISION,
        now,
        answerable_still_may: true,
    };
    check.redeem().expect("everything agrees")
}
