//! The tool *drop user*.

use crate::{
    activity, command,
    connection::{Bounds, Read, Reader, Steps, Writer},
    rights::{self, Need},
    roles, server, show, verify,
};
use bson::doc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Fact, Limits, Plan, Problem, Receipt, Resource, Risk, Undo, Verification},
};

pub(crate) struct DropUser;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The user, with its database after an `@` where that is not the target's own. Example: `reporting@admin`.
    #[schemars(extend("x-slot" = "user"))]
    user: String,
    /// The database that the user belongs to. Example: `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
}

#[async_trait]
impl Change for DropUser {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.drop_user",
            title: "Drop a user",
            description: "Removes a MongoDB user for good: whoever uses it can no longer log in, and its password cannot be \
                          restored; shows its roles and what it runs now",
            example: "drop the user reporting on {target}",
            synonyms: &[
                "delete user",
                "remove user",
                "dropUser",
                "delete account",
                "remove login",
            ],
            category: "access",
            floor: Risk::Critical,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let read = reader.begin(Bounds::of(cx, "plan drop_user"))?;
        draft(cx, &read, input).await
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        let (plan, key) = (granted.plan(), granted.idempotency_key());
        let done = writer
            .run(
                cx,
                Steps {
                    plan,
                    steps: &plan.steps,
                    key: &key,
                    secret: None,
                    watch: None,
                },
            )
            .await?;
        Ok(Receipt {
            sentence: "The server removed the user".to_owned(),
            elapsed_ms: done.elapsed_ms,
            facts: BTreeMap::new(),
        })
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let look = |read| async move {
            let planned = plan.must_hold.get("user").cloned().unwrap_or_default();
            Ok(match roles::user_of(&read, &planned).await? {
                None => verify::holds("The user is gone"),
                Some(user) if user.must_hold()["id"] != planned["id"] => {
                    verify::holds(format!("The user is gone; another one is called {} now", user.shown()))
                }
                Some(user) => verify::fails(format!("The user {} is still there", user.shown())),
            })
        };
        Ok(verify::read_back(cx, reader, plan, look).await)
    }
}

/// Errors: `mongodb.not_primary`, `mongodb.no_such_user`, `mongodb.our_own`.
async fn draft(cx: &Cx, read: &Read<'_>, input: Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let (name, database) = roles::parse_user(read, &input.user, input.database.as_deref())?;
    let user = roles::user(read, &name, &database).await?;
    roles::not_ourselves(read, &name, &database)?;
    let right = Need {
        action: "dropUser",
        database: &database,
        collection: "",
        verb: "dropUser",
    };
    rights::need(read, right).await?;
    let difference = roles::difference(cx, read, &user.shown(), &user.roles, &BTreeSet::new()).await?;
    let running = activity::running(
        read,
        doc! { "effectiveUsers": { "$elemMatch": { "user": &name, "db": &database } } },
    )
    .await?;
    let mut observed = vec![difference];
    let mut warnings = server.warnings();
    if !running.ops.is_empty() {
        let rows = running.ops.iter().take(20).map(activity::row).collect();
        observed.push(show::table(cx, "It runs now", &activity::HEADINGS, rows));
        warnings.push(format!(
            "It is in use: {} of it run now",
            show::plural(running.ops.len(), "operation", "operations")
        ));
    }
    warnings.push("Open connections of the user lose their rights at once".to_owned());
    let mut facts = server.facts();
    facts.push(Fact::ChangesAccess {
        what: format!("the user {} is locked out", user.shown()),
    });
    facts.push(Fact::LosesData {
        what: format!("the password and roles of {}", user.shown()),
    });
    Ok(Draft {
        arguments: json!(Input {
            user: name.clone(),
            database: Some(database.clone())
        }),
        summary: format!(
            "Remove the user {} ({})",
            user.shown(),
            roles::words(&user.roles).join(", ")
        ),
        steps: vec![command::step(&database, &doc! { "dropUser": &name })],
        on_failure: Vec::new(),
        touches: vec![Resource {
            kind: "user".to_owned(),
            name: user.shown(),
            how: "removed".to_owned(),
        }],
        must_hold: BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            ("user".to_owned(), user.must_hold()),
        ]),
        observed,
        undo: Undo::Irreversible {
            why: "the password is not known to anybody but its user; a new user of that name needs a new one"
                .to_owned(),
        },
        limits: Limits {
            time_ms: 30_000,
            ..Limits::default()
        },
        facts,
        warnings,
    })
}
