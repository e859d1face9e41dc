//! The last look before acting: is everything still as it was when a person said yes?

use crate::runtime::Runtime;
use serde_json::Value;
use steersman_protocol::{Actor, ExecutionId, Grant, GrantUse, Permission, Plan, Problem, Target, UserId};
use steersman_toolkit::{ChangeTool, Cx, GrantCheck, Granted, Handles};

/// What is to be redeemed: the plan, the grant for it, whose request it is, and the call that it belongs to.
pub(crate) struct Claim<'a> {
    pub requester: &'a Actor,
    pub execution_id: ExecutionId,
    pub grant: Grant,
    pub plan: &'a Plan,
}

impl Runtime {
    /// Plans again, compares, checks target, policy, expiry and rights, and only then makes the key to `perform`.
    ///
    /// Errors are those of [`GrantCheck::redeem`], `recheck.changed` and whatever planning says now.
    pub(crate) async fn redeem(
        &self,
        claim: Claim<'_>,
        tool: &dyn ChangeTool,
        cx: &Cx,
        handles: &Handles,
    ) -> Result<Granted, Problem> {
        let plan = claim.plan;
        let again = tool.plan(cx, handles, plan.arguments.clone()).await?;
        let again = again.into_plan(plan.tool.clone(), plan.target.clone());
        if let Some(difference) = difference(plan, &again) {
            return Err(Problem::new(
                "recheck.changed",
                format!("Did not perform {} on {}", plan.tool, plan.target.name),
                format!("it is no longer as approved: {difference}"),
                "Nothing was done. Ask for the change again to get a fresh plan",
            ));
        }
        self.check_grant(claim, GrantUse::Perform).await
    }

    /// The same without looking at the target again: for cleaning up what this very plan left behind.
    pub(crate) async fn check_grant(&self, claim: Claim<'_>, grant_use: GrantUse) -> Result<Granted, Problem> {
        let Claim {
            requester,
            execution_id,
            grant,
            plan,
        } = claim;
        let what = format!("Could not perform {} on {}", plan.tool, plan.target.name);
        let target: Target = self
            .store()
            .target(requester.organization_id, plan.target.id)
            .await
            .map_err(|error| error.to_problem(&what))?;
        let policy = self.policy(requester.organization_id).await?;
        let needed = self
            .registry_of(requester.organization_id)
            .spec(&plan.tool)
            .map(|spec| spec.permission.clone())
            .unwrap_or_default();
        let answerable_still_may = self.still_may(requester.user_id, &needed).await?
            && (grant.approval_id.is_none() || self.still_may(grant.answerable, Permission::APPROVE).await?);
        GrantCheck {
            execution_id,
            grant,
            grant_use,
            plan: plan.clone(),
            target_revision: target.revision,
            policy_revision: policy.revision,
            now: self.now(),
            answerable_still_may,
        }
        .redeem()
    }

    async fn still_may(&self, user_id: UserId, permission: &str) -> Result<bool, Problem> {
        match self.store().user(user_id).await {
            Ok(user) => Ok(user.is_enabled && user.role.permissions().iter().any(|held| held.gives(permission))),
            Err(steersman_store::StoreError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.to_problem("Could not check the rights again")),
        }
    }
}

/// The first thing that differs, in words.
fn difference(approved: &Plan, now: &Plan) -> Option<String> {
    for (name, then) in &approved.must_hold {
        match now.must_hold.get(name) {
            Some(value) if value == then => {}
            Some(value) => return Some(format!("{name} was {}, now {}", short(then), short(value))),
            None => return Some(format!("{name} was {}, now unknown", short(then))),
        }
    }
    if let Some(name) = now
        .must_hold
        .keys()
        .find(|name| !approved.must_hold.contains_key(*name))
    {
        return Some(format!("{name} is new"));
    }
    if approved.steps != now.steps || approved.on_failure != now.on_failure {
        return Some("the statements would be different now".into());
    }
    None
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
