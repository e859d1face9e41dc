//! The tool *create user*.

mod draft;
mod password;
#[cfg(test)]
mod tests;

use crate::{
    connection::{Bounds, Read, Reader, Writer, run_filled},
    identifier, problem, roles, show, verify,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, SecretString, async_trait,
    protocol::{Plan, Problem, Receipt, Risk, Verification},
};
use tokio_postgres::types::Type;

pub(crate) struct CreateUser;

/// Deliberately absent: SUPERUSER, CREATEROLE, REPLICATION and BYPASSRLS. Each of them reaches every right on the
/// server, so it is given by hand, by somebody who sits at it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Name of the new role. Example: `reporting`.
    #[schemars(extend("x-slot" = "user"))]
    name: String,
    /// At most this many connections at a time; no limit when left out. Example: `5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10000))]
    connection_limit: Option<i32>,
    /// When its password stops working, RFC 3339; never when left out. Example: `2027-01-01T00:00:00Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_until: Option<String>,
    /// Existing roles whose rights it gets. Example: `["readers"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    member_of: Vec<String>,
    /// Whether it may create databases. Example: `false`.
    #[serde(default)]
    creates_databases: bool,
}

/// How the password stands in the plan: always at the end of the statement.
const MASK: &str = "PASSWORD '********'";

const MEMBER_OF: &str = "SELECT r.rolname::text FROM pg_catalog.pg_auth_members m \
  JOIN pg_catalog.pg_roles r ON r.oid = m.roleid WHERE m.member = $1 ORDER BY 1";

/// Whether there is a role of this name: "true".
const IS_THERE: &str = "SELECT 'true' FROM pg_catalog.pg_roles r WHERE r.rolname = $1";

#[async_trait]
impl Change for CreateUser {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.create_user",
            title: "Create a user",
            description: "Creates a role that can log in, with a strong generated password that is shown once to the person \
                          who asked; can limit its connections and time, and make it a member of existing roles; never a \
                          superuser",
            example: "create the user reporting on {target}",
            synonyms: &[
                "create role",
                "new user",
                "add user",
                "add a login",
                "new account",
                "database user",
            ],
            category: "database",
            floor: Risk::High,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "plan create_user")).await?;
        let draft = draft::draft(cx, &mut read, input).await;
        read.end().await;
        draft
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        create(cx, writer, granted.plan(), &granted.idempotency_key()).await
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

/// Leaves the password with its keeper first, and then sends the server a verifier made of it: a crash in between costs
/// an unused password, and the password itself is neither in the server's log nor in its views.
///
/// Errors: `postgres.name_taken`, those of the keeper, and those of [`run_filled`].
async fn create(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<Receipt, Problem> {
    let what = format!("Could not carry out {} on {}", plan.tool, plan.target.name);
    let name = new_name(plan);
    let masked = plan.steps.first().map_or("", |step| step.literal.as_str());
    let Some(before) = masked.strip_suffix(MASK) else {
        return Err(problem::not_sql(&what));
    };
    // A password left for a role that is there already would be the wrong one.
    if writer.look(&what, key, IS_THERE, name).await?.is_some() {
        return Err(problem::role_exists(&what, name));
    }
    let password = password::generate(&what)?;
    cx.handover
        .leave(&format!("password of the role {name}"), &password)
        .await?;
    let sent = SecretString::from(format!(
        "{before}PASSWORD {}",
        identifier::literal(&password::verifier(&password))
    ));
    let done = run_filled(cx, writer, plan, key, &sent).await?;
    Ok(Receipt {
        sentence: format!(
            "The server created the role in {}; its password waits for the person who asked",
            show::duration(done.elapsed_ms as f64)
        ),
        elapsed_ms: done.elapsed_ms,
        facts: BTreeMap::new(),
    })
}

fn new_name(plan: &Plan) -> &str {
    plan.must_hold
        .get("no_such_role")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The role is there with the very options and memberships. Whether its password works only its owner can tell.
async fn outcome(cx: &Cx, read: &mut Read<'_>, plan: &Plan) -> Result<Verification, Problem> {
    let name = new_name(plan);
    let fails = |sentence: String, evidence| Verification::DoesNotHold {
        sentence,
        evidence,
        left_behind: false,
    };
    let Some(role) = roles::named(read, name).await? else {
        return Ok(fails(format!("There is no role \"{name}\""), Vec::new()));
    };
    let member_of: Vec<String> = read
        .rows(MEMBER_OF, &[(&role.oid, Type::OID)])
        .await?
        .iter()
        .map(|row| row.get(0))
        .collect();
    let fields = vec![
        ("role", json!(name)),
        ("options", json!(role.options())),
        ("member of", json!(member_of)),
    ];
    let evidence = vec![show::record(cx, "After", fields)];
    let mut wanted: Vec<&str> = plan.must_hold["member_of"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|role| role["name"].as_str())
        .collect();
    wanted.sort_unstable();
    let is_plain = role.can_login
        && !role.is_superuser
        && !role.creates_roles
        && !role.replicates
        && !role.bypasses_row_security
        && plan.arguments["creates_databases"].as_bool().unwrap_or_default() == role.creates_databases
        && plan.arguments["connection_limit"].as_i64().unwrap_or(-1) == i64::from(role.connection_limit)
        && plan.arguments["valid_until"].is_string() == role.valid_until.is_some();
    Ok(if is_plain && member_of == wanted {
        Verification::Holds {
            sentence: format!("The role \"{name}\" is there and can log in"),
            evidence,
        }
    } else {
        fails(
            format!("There is a role \"{name}\", but not as it was planned"),
            evidence,
        )
    })
}
