//! The tool *revoke permission*.

use crate::{
    connection::{Reader, Writer},
    privileges::{self, Direction, Input},
};
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Plan, Problem, Receipt, Risk, Verification},
};

pub(crate) struct RevokePermission;

#[async_trait]
impl Change for RevokePermission {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.revoke_permission",
            title: "Revoke a permission",
            description: "Takes from a role privileges on a table, all tables of a schema, a sequence, a schema, a database \
                          or a function, or its membership in another role; shows exactly what it may before and after",
            example: "revoke select on orders from the user reporting on {target}",
            synonyms: &[
                "revoke",
                "take away access",
                "remove permission",
                "remove access",
                "deny user",
                "revoke select",
                "remove from role",
            ],
            category: "database",
            floor: Risk::High,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        privileges::plan(cx, reader, input, Direction::Revoke).await
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        privileges::carry_out(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        Ok(privileges::verify_revoke(cx, reader, plan).await)
    }
}
