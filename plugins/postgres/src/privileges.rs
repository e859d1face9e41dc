//! Who may what: privileges on things and membership in roles, for the two tools that give and take them.
//!
//! The difference is computed from what the catalogue holds now and what is asked for; the statements, their undo and
//! the verification all follow from that one difference.

mod difference;
mod draft;
mod objects;
#[cfg(test)]
mod tests;

pub(crate) use difference::Direction;

use crate::{
    connection::{Bounds, Read, Reader, Writer, run_steps},
    show, verify,
};
use difference::{Held, after};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use steersman_toolkit::{
    Cx, Draft,
    protocol::{Plan, Problem, Receipt, Verification},
};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The role in question. Example: `reporting`.
    #[schemars(extend("x-slot" = "user"))]
    pub role: String,
    /// Which privileges; `all` stands for every one that this kind of thing has. Left out for membership in a role.
    /// Example: `["select", "insert"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 12))]
    pub privileges: Vec<Privilege>,
    /// The kind of thing that `object` names. Example: `table`.
    #[serde(default)]
    pub on: On,
    /// Its name; for `all_tables` the schema, for `function` with the types of its arguments, for `role` the role whose
    /// rights it is about. Example: `orders`.
    #[schemars(extend("x-slot" = "table"))]
    pub object: String,
    /// About the right to hand the privileges on (or to administer the membership): given with them, or, when taking,
    /// only that is taken. Example: `false`.
    #[serde(default)]
    pub grant_option: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum On {
    #[default]
    Table,
    /// Every table and view that the schema has now.
    AllTables,
    Sequence,
    Schema,
    Database,
    Function,
    /// Membership in a role.
    Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Privilege {
    All,
    Select,
    Insert,
    Update,
    Delete,
    Truncate,
    References,
    Trigger,
    Usage,
    Create,
    Connect,
    Temporary,
    Execute,
}

impl Privilege {
    fn word(self) -> &'static str {
        match self {
            Privilege::All => "ALL",
            Privilege::Select => "SELECT",
            Privilege::Insert => "INSERT",
            Privilege::Update => "UPDATE",
            Privilege::Delete => "DELETE",
            Privilege::Truncate => "TRUNCATE",
            Privilege::References => "REFERENCES",
            Privilege::Trigger => "TRIGGER",
            Privilege::Usage => "USAGE",
            Privilege::Create => "CREATE",
            Privilege::Connect => "CONNECT",
            Privilege::Temporary => "TEMPORARY",
            Privilege::Execute => "EXECUTE",
        }
    }
}

impl On {
    /// PostgreSQL's manual, table "Summary of Access Privileges", without those that only newer servers have.
    fn privileges(self) -> &'static [Privilege] {
        use Privilege::{
            Connect, Create, Delete, Execute, Insert, References, Select, Temporary, Trigger, Truncate, Update, Usage,
        };
        match self {
            On::Table | On::AllTables => &[Select, Insert, Update, Delete, Truncate, References, Trigger],
            On::Sequence => &[Usage, Select, Update],
            On::Schema => &[Usage, Create],
            On::Database => &[Connect, Create, Temporary],
            On::Function => &[Execute],
            On::Role => &[],
        }
    }

    /// As GRANT says it; ROUTINE is a function or a procedure.
    fn keyword(self) -> &'static str {
        match self {
            On::Table | On::AllTables => "TABLE",
            On::Sequence => "SEQUENCE",
            On::Schema => "SCHEMA",
            On::Database => "DATABASE",
            On::Function => "ROUTINE",
            On::Role => "ROLE",
        }
    }

    fn word(self) -> &'static str {
        match self {
            On::Table | On::AllTables => "table",
            On::Sequence => "sequence",
            On::Schema => "schema",
            On::Database => "database",
            On::Function => "function",
            On::Role => "role",
        }
    }
}

/// How membership stands among the privileges of a role.
const MEMBER: &str = "MEMBER";

impl Input {
    /// The privileges asked for, `all` spelt out, in PostgreSQL's words.
    fn words(&self) -> Vec<&'static str> {
        if self.on == On::Role {
            return vec![MEMBER];
        }
        let known = self.on.privileges();
        let is_asked =
            |privilege: &&Privilege| self.privileges.contains(&Privilege::All) || self.privileges.contains(privilege);
        known
            .iter()
            .filter(is_asked)
            .map(|privilege| privilege.word())
            .collect()
    }
}

pub(crate) async fn plan(cx: &Cx, reader: &Reader, input: Input, direction: Direction) -> Result<Draft, Problem> {
    let doing = match direction {
        Direction::Grant => "plan grant_permission",
        Direction::Revoke => "plan revoke_permission",
    };
    let mut read = reader.begin(Bounds::of(cx, doing)).await?;
    let draft = draft::draft(cx, &mut read, input, direction).await;
    read.end().await;
    draft
}

/// Several statements are one transaction, so that either all or none of them counts.
pub(crate) async fn carry_out(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<Receipt, Problem> {
    let done = run_steps(cx, writer, plan, &plan.steps, key, None).await?;
    Ok(Receipt {
        sentence: format!(
            "The server changed the privileges in {}",
            show::duration(done.elapsed_ms as f64)
        ),
        elapsed_ms: done.elapsed_ms,
        facts: BTreeMap::new(),
    })
}

pub(crate) async fn verify_grant(cx: &Cx, reader: &Reader, plan: &Plan) -> Verification {
    let look: verify::Look = |cx, read, plan| Box::pin(outcome(cx, read, plan, Direction::Grant));
    verify::read_back(cx, reader, plan, Duration::ZERO, look).await
}

pub(crate) async fn verify_revoke(cx: &Cx, reader: &Reader, plan: &Plan) -> Verification {
    let look: verify::Look = |cx, read, plan| Box::pin(outcome(cx, read, plan, Direction::Revoke));
    verify::read_back(cx, reader, plan, Duration::ZERO, look).await
}

/// The privileges asked for are now as the difference says, on every thing of the plan.
async fn outcome(cx: &Cx, read: &mut Read<'_>, plan: &Plan, direction: Direction) -> Result<Verification, Problem> {
    let Ok(input) = serde_json::from_value::<Input>(plan.arguments.clone()) else {
        return Ok(Verification::CannotTell {
            sentence: "The plan's arguments cannot be read any more".to_owned(),
        });
    };
    let role = verify::oid_of(plan, "role");
    let planned = plan.must_hold["before"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let oids: Vec<u32> = planned
        .iter()
        .filter_map(|thing| u32::try_from(thing["oid"].as_u64()?).ok())
        .collect();
    let now = objects::read(read, input.on, &oids).await?;
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for thing in planned {
        let name = thing["name"].as_str().unwrap_or_default();
        let before: Held = serde_json::from_value(thing["held"].clone()).unwrap_or_default();
        let wanted = after(&before, &input.words(), input.grant_option, direction);
        let found = now
            .iter()
            .find(|object| thing["oid"] == object.oid)
            .map(|object| object.held_by(role));
        for word in input.words() {
            let is = found.as_ref().and_then(|held| held.get(word));
            rows.push(vec![json!(name), json!(word), json!(difference::in_words(is))]);
            if found.is_none() || is != wanted.get(word) {
                wrong.push(format!("{word} on {name}"));
            }
        }
    }
    let headings = [("on", ""), ("privilege", ""), ("held", "")];
    let evidence = vec![show::table_of(cx, "Privileges after", &headings, rows)];
    let name = verify::name_of(plan, "role");
    Ok(if wrong.is_empty() && !planned.is_empty() {
        Verification::Holds {
            sentence: format!("The privileges of \"{name}\" are as planned"),
            evidence,
        }
    } else {
        wrong.truncate(10);
        Verification::DoesNotHold {
            sentence: format!("The privileges of \"{name}\" are not as planned: {}", wrong.join(", ")),
            evidence,
            left_behind: false,
        }
    })
}

fn before_of(objects: &[objects::Object], role: u32) -> Value {
    let things = objects
        .iter()
        .map(|object| json!({ "oid": object.oid, "name": object.name, "held": object.held_by(role) }));
    Value::Array(things.collect())
}
