//! What giving and taking roles have in common.

use crate::{
    command,
    connection::{Read, Reader, Steps, Writer},
    rights::{self, Need},
    roles::{self, Role, User},
    server, show, verify,
};
use bson::Document;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use steersman_toolkit::{
    Cx, Draft,
    protocol::{Fact, Limits, Plan, Problem, Receipt, Resource, SuggestedCall, Undo, Verification},
};

pub(crate) struct UserChange {
    pub arguments: Value,
    pub summary: String,
    pub command: Document,
    pub undo: Document,
    pub undo_tool: &'static str,
    /// The right that it takes on the database of each role, as MongoDB names it.
    pub right: &'static str,
    /// The user before.
    pub user: User,
    /// Its roles after.
    pub after: BTreeSet<Role>,
    /// Roles that come or go.
    pub changed: BTreeSet<Role>,
}

/// Errors: `mongodb.not_primary`, `mongodb.our_own`, `mongodb.no_change`, `mongodb.no_such_role`.
pub(crate) async fn draft(cx: &Cx, read: &Read<'_>, change: UserChange) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let user = &change.user;
    roles::not_ourselves(read, &user.name, &user.database)?;
    if change.changed.is_empty() {
        return Err(Problem::new(
            "mongodb.no_change",
            read.what(),
            format!(
                "{} has these roles: {}",
                user.shown(),
                roles::words(&user.roles).join(", ")
            ),
            "Nothing is to be done",
        ));
    }
    let verb = change.command.keys().next().cloned().unwrap_or_default();
    for role in &change.changed {
        let right = Need {
            action: change.right,
            database: &role.database,
            collection: "",
            verb: &verb,
        };
        rights::need(read, right).await?;
    }
    let difference = roles::difference(cx, read, &user.shown(), &user.roles, &change.after).await?;
    let mut warnings = roles::warnings(&change.changed);
    warnings.extend(server.warnings());
    let mut facts = server.facts();
    facts.push(Fact::ChangesAccess {
        what: format!("{} of {}", roles::words(&change.changed).join(", "), user.shown()),
    });
    let undo = json!({ "user": user.name, "database": user.database, "roles": roles::words(&change.changed) });
    Ok(Draft {
        arguments: change.arguments,
        summary: change.summary,
        steps: vec![command::step(&user.database, &change.command)],
        on_failure: Vec::new(),
        touches: vec![Resource {
            kind: "user".to_owned(),
            name: user.shown(),
            how: "its rights change".to_owned(),
        }],
        must_hold: BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            ("user".to_owned(), user.must_hold()),
            ("after".to_owned(), json!(roles::words(&change.after))),
        ]),
        observed: vec![difference],
        undo: Undo::Reversible {
            steps: vec![command::step(&user.database, &change.undo)],
            call: Some(SuggestedCall {
                is_undo: true,
                ..show::suggest(cx, change.undo_tool, undo, "it restores the roles as they were")
            }),
        },
        limits: Limits {
            time_ms: 30_000,
            ..Limits::default()
        },
        facts,
        warnings,
    })
}

pub(crate) async fn perform(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<Receipt, Problem> {
    let done = writer
        .run(
            cx,
            Steps {
                plan,
                steps: &plan.steps,
                key,
                secret: None,
                watch: None,
            },
        )
        .await?;
    Ok(Receipt {
        sentence: "The server changed the user's roles".to_owned(),
        elapsed_ms: done.elapsed_ms,
        facts: BTreeMap::new(),
    })
}

pub(crate) async fn verify(cx: &Cx, reader: &Reader, plan: &Plan) -> Verification {
    let read = match verify::settled(cx, reader, plan).await {
        Ok(read) => read,
        Err(cannot_tell) => return cannot_tell,
    };
    let planned = plan.must_hold.get("user").cloned().unwrap_or_default();
    match roles::user_of(&read, &planned).await {
        Err(problem) => verify::cannot_tell(&problem),
        Ok(None) => verify::fails("There is no such user any more"),
        Ok(Some(user)) => {
            let now = roles::words(&user.roles);
            let sentence = format!(
                "{} has the roles {}",
                user.shown(),
                if now.is_empty() {
                    "none".to_owned()
                } else {
                    now.join(", ")
                }
            );
            if Some(&json!(now)) == plan.must_hold.get("after") {
                verify::holds(sentence)
            } else {
                verify::fails(sentence)
            }
        }
    }
}
