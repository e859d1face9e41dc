//! The tool *drop user*.

mod draft;
mod holdings;
#[cfg(test)]
mod tests;

use crate::{
    connection::{Bounds, Read, Reader, Writer, run_steps},
    roles, show, verify,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Plan, Problem, Receipt, Risk, Verification},
};

pub(crate) struct DropUser;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The role to drop. Example: `reporting`.
    #[schemars(extend("x-slot" = "user"))]
    name: String,
    /// Who gets what it owns in this database; needed when it owns something. Example: `shop_owner`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reassign_to: Option<String>,
}

#[async_trait]
impl Change for DropUser {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.drop_user",
            title: "Drop a user",
            description: "Drops one role for good: shows what it owns and may first, hands its things to another role where \
                          that is asked for, and refuses while it owns something here or in another database",
            example: "drop the user reporting on {target}",
            synonyms: &[
                "drop role",
                "delete user",
                "remove user",
                "remove role",
                "delete account",
                "revoke login",
            ],
            category: "database",
            floor: Risk::Critical,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "plan drop_user")).await?;
        let draft = draft::draft(cx, &mut read, input).await;
        read.end().await;
        draft
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        drop_role(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let look: verify::Look = |cx, read, plan| Box::pin(outcome(cx, read, plan));
        Ok(verify::read_back(cx, reader, plan, Duration::ZERO, look).await)
    }
}

/// One transaction: either everything is done, or nothing.
async fn drop_role(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<Receipt, Problem> {
    let done = run_steps(cx, writer, plan, &plan.steps, key, None).await?;
    Ok(Receipt {
        sentence: format!(
            "The server dropped the role in {}",
            show::duration(done.elapsed_ms as f64)
        ),
        elapsed_ms: done.elapsed_ms,
        facts: BTreeMap::new(),
    })
}

async fn outcome(_cx: &Cx, read: &mut Read<'_>, plan: &Plan) -> Result<Verification, Problem> {
    let name = verify::name_of(plan, "role");
    Ok(match roles::of_oid(read, verify::oid_of(plan, "role")).await? {
        None => Verification::Holds {
            sentence: format!("The role \"{name}\" is gone"),
            evidence: Vec::new(),
        },
        Some(_) => Verification::DoesNotHold {
            sentence: format!("The role \"{name}\" is still there"),
            evidence: Vec::new(),
            left_behind: false,
        },
    })
}
