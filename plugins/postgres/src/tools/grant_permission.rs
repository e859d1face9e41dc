//! The tool *grant permission*.

use crate::{
    connection::{Reader, Writer},
    privileges::{self, Direction, Input},
};
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Plan, Problem, Receipt, Risk, Verification},
};

pub(crate) struct GrantPermission;

#[async_trait]
impl Change for GrantPermission {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.grant_permission",
            title: "Grant a permission",
            description: "Gives a role privileges on a table, all tables of a schema, a sequence, a schema, a database or \
                          a function, or makes it a member of another role; shows exactly what it may before and after",
            example: "grant select on orders to the user reporting on {target}",
            synonyms: &[
                "grant",
                "give access",
                "allow user",
                "give permission",
                "grant select",
                "add to role",
                "make member",
                "read access",
            ],
            category: "database",
            floor: Risk::High,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        privileges::plan(cx, reader, input, Direction::Grant).await
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
        Ok(privileges::verify_grant(cx, reader, plan).await)
    }
}
