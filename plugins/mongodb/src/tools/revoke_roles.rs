//! The tool *revoke roles*.

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

pub(crate) struct RevokeRoles;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The user, with its database after an `@` where that is not the target's own. Example: `reporting@admin`.
    #[schemars(extend("x-slot" = "user"))]
    user: String,
    /// Roles to take away, each with its database after an `@`. Example: `["readWrite@shop"]`.
    #[schemars(length(min = 1, max = 20))]
    roles: Vec<String>,
    /// The database that the user belongs to. Example: `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
}

#[async_trait]
impl Change for RevokeRoles {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.revoke_roles",
            title: "Revoke roles",
            description: "Takes roles from a MongoDB user; shows every right that is lost, and gives exactly those back as the \
                          undo",
            example: "revoke the role readWrite from the user reporting on {target}",
            synonyms: &[
                "take role away",
                "remove role",
                "revokeRolesFromUser",
                "fewer rights",
                "revoke permission",
            ],
            category: "access",
            floor: Risk::High,
        }
    }

    /// Errors: `mongodb.no_such_user`, `mongodb.no_such_role`, `mongodb.bad_role`, `mongodb.no_change`, `mongodb.our_own`.
    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let read = reader.begin(Bounds::of(cx, "plan revoke_roles"))?;
        let (name, database) = roles::parse_user(&read, &input.user, input.database.as_deref())?;
        let user = roles::user(&read, &name, &database).await?;
        let asked = roles::parse(&read, &input.roles, &database)?;
        let removed: BTreeSet<Role> = asked.intersection(&user.roles).cloned().collect();
        let list = roles::words(&removed).join(", ");
        let change = UserChange {
            arguments: json!(Input {
                user: name.clone(),
                roles: roles::words(&asked),
                database: Some(database)
            }),
            summary: format!("Take the roles {list} from {}", user.shown()),
            command: doc! { "revokeRolesFromUser": &name, "roles": roles::documents(&removed) },
            undo: doc! { "grantRolesToUser": &name, "roles": roles::documents(&removed) },
            undo_tool: "mongodb.grant_roles",
            right: "revokeRole",
            after: user.roles.difference(&removed).cloned().collect(),
            changed: removed,
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
