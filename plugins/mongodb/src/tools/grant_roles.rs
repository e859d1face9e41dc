//! The tool *grant roles*.

use crate::{
    connection::{Bounds, Reader, Writer},
    roles::{self, Role},
    user_change::{self, UserChange},
};
use bson::doc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Plan, Problem, Receipt, Risk, Verification},
};

pub(crate) struct GrantRoles;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The user, with its database after an `@` where that is not the target's own. Example: `reporting@admin`.
    #[schemars(extend("x-slot" = "user"))]
    user: String,
    /// Roles to give, each with its database after an `@`. Example: `["readWrite@shop"]`.
    #[schemars(length(min = 1, max = 20))]
    roles: Vec<String>,
    /// The database that the user belongs to. Example: `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
}

#[async_trait]
impl Change for GrantRoles {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.grant_roles",
            title: "Grant roles",
            description: "Gives roles to a MongoDB user; shows every right that is added, and takes exactly those back as the \
                          undo",
            example: "grant the role read to the user reporting on {target}",
            synonyms: &[
                "give role",
                "add role",
                "grantRolesToUser",
                "more rights",
                "grant permission",
            ],
            category: "access",
            floor: Risk::High,
        }
    }

    /// Errors: `mongodb.no_such_user`, `mongodb.no_such_role`, `mongodb.bad_role`, `mongodb.no_change`, `mongodb.our_own`.
    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let read = reader.begin(Bounds::of(cx, "plan grant_roles"))?;
        let (name, database) = roles::parse_user(&read, &input.user, input.database.as_deref())?;
        let user = roles::user(&read, &name, &database).await?;
        let asked = roles::parse(&read, &input.roles, &database)?;
        let added: BTreeSet<Role> = asked.difference(&user.roles).cloned().collect();
        let list = roles::words(&added).join(", ");
        let change = UserChange {
            arguments: json!(Input {
                user: name.clone(),
                roles: roles::words(&asked),
                database: Some(database)
            }),
            summary: format!("Give {} the roles {list}", user.shown()),
            command: doc! { "grantRolesToUser": &name, "roles": roles::documents(&added) },
            undo: doc! { "revokeRolesFromUser": &name, "roles": roles::documents(&added) },
            undo_tool: "mongodb.revoke_roles",
            right: "grantRole",
            after: user.roles.union(&added).cloned().collect(),
            changed: added,
            user,
        };
        user_change::draft(cx, &read, change).await
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        user_change::perform(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        Ok(user_change::verify(cx, reader, plan).await)
    }
}
