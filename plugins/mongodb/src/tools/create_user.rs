//! The tool *create user*.

use crate::{
    command,
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
    Change, Cx, Declaration, Draft, Granted, SecretString, async_trait,
    protocol::{Fact, Limits, Plan, Problem, Receipt, Resource, Risk, SuggestedCall, Undo, Verification},
};

pub(crate) struct CreateUser;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Name of the new user. Example: `reporting`.
    #[schemars(extend("x-slot" = "user"))]
    user: String,
    /// What it may do: roles, each with its database after an `@`. Example: `["read@shop"]`.
    #[schemars(length(min = 1, max = 20))]
    roles: Vec<String>,
    /// The database that the user belongs to and logs in at; the target's own when left out. Example: `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
}

/// Characters of a password: easy to type, and no two that look alike.
const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// 24 of 56 characters are 139 bits.
const LENGTH: usize = 24;

#[async_trait]
impl Change for CreateUser {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.create_user",
            title: "Create a user",
            description: "Creates a MongoDB user with the named roles and a password that is made for it and shown once to a \
                          person, never in plans, logs or to a model; shows every right that the roles bring",
            example: "create a user reporting with the role read on {target}",
            synonyms: &["add user", "new user", "createUser", "database account", "new login"],
            category: "access",
            floor: Risk::High,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let read = reader.begin(Bounds::of(cx, "plan create_user"))?;
        draft(cx, &read, input).await
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
        Ok(verify::read_back(cx, reader, plan, |read| async move { outcome(&read, plan).await }).await)
    }
}

/// Errors: `mongodb.not_primary`, `mongodb.bad_name`, `mongodb.bad_role`, `mongodb.no_such_role`, `mongodb.user_exists`.
async fn draft(cx: &Cx, read: &Read<'_>, input: Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let (name, database) = roles::parse_user(read, &input.user, input.database.as_deref())?;
    let roles = roles::parse(read, &input.roles, &database)?;
    let right = Need {
        action: "createUser",
        database: &database,
        collection: "",
        verb: "createUser",
    };
    rights::need(read, right).await?;
    if roles::find_user(read, &name, &database).await?.is_some() {
        return Err(Problem::new(
            "mongodb.user_exists",
            read.what(),
            format!("there is a user \"{name}\" in the database \"{database}\" already"),
            "Choose another name, or give that user more roles with mongodb.grant_roles",
        ));
    }
    let shown = format!("{name}@{database}");
    let difference = roles::difference(cx, read, &shown, &BTreeSet::new(), &roles).await?;
    let create = doc! {
        "createUser": &name, "pwd": command::MASK, "roles": roles::documents(&roles), "mechanisms": ["SCRAM-SHA-256"]
    };
    let mut warnings = roles::warnings(&roles);
    warnings.extend(server.warnings());
    warnings.push("The password is shown once, to a person, after the user was made".to_owned());
    let undo_call = show::suggest(
        cx,
        "mongodb.drop_user",
        json!({ "user": name, "database": database }),
        "it removes the user again",
    );
    Ok(Draft {
        arguments: json!(Input {
            user: name.clone(),
            roles: roles::words(&roles),
            database: Some(database.clone())
        }),
        summary: format!(
            "Create the user {shown} with the roles {}",
            roles::words(&roles).join(", ")
        ),
        steps: vec![command::step(&database, &create)],
        on_failure: Vec::new(),
        touches: vec![Resource {
            kind: "user".to_owned(),
            name: shown.clone(),
            how: "new".to_owned(),
        }],
        must_hold: BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            (
                "user".to_owned(),
                json!({ "user": name, "database": database, "exists": false, "roles": roles::words(&roles) }),
            ),
        ]),
        observed: vec![difference],
        undo: Undo::Reversible {
            steps: vec![command::step(&database, &doc! { "dropUser": &name })],
            call: Some(SuggestedCall {
                is_undo: true,
                ..undo_call
            }),
        },
        limits: Limits {
            time_ms: 30_000,
            ..Limits::default()
        },
        facts: facts(&server, &shown),
        warnings,
    })
}

fn facts(server: &server::ServerState, user: &str) -> Vec<Fact> {
    let mut facts = server.facts();
    facts.push(Fact::ChangesAccess {
        what: format!("the new user {user}"),
    });
    facts.push(Fact::TouchesSecrets {
        what: format!("the password of {user}"),
    });
    facts
}

/// Makes the password, leaves it where a person finds it, and only then tells the server: a crash in between costs an
/// unused password and no locked account.
pub(super) async fn create(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<Receipt, Problem> {
    let password = password(plan)?;
    let known = plan.must_hold.get("user").cloned().unwrap_or_default();
    let label = format!(
        "password of the user {} (database {})",
        known["user"].as_str().unwrap_or_default(),
        known["database"].as_str().unwrap_or_default()
    );
    cx.handover.leave(&label, &password).await?;
    let done = writer
        .run(
            cx,
            Steps {
                plan,
                steps: &plan.steps,
                key,
                secret: Some(&password),
                watch: None,
            },
        )
        .await?;
    Ok(Receipt {
        sentence: "The server made the user; its password can be seen once".to_owned(),
        elapsed_ms: done.elapsed_ms,
        facts: BTreeMap::new(),
    })
}

fn password(plan: &Plan) -> Result<SecretString, Problem> {
    let mut text = String::with_capacity(LENGTH);
    let mut bytes = [0_u8; 64];
    while text.len() < LENGTH {
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| {
            let what = format!("Could not carry out {} on {}", plan.tool, plan.target.name);
            Problem::new(
                "mongodb.no_randomness",
                what,
                "this machine gave no random numbers",
                "Try again",
            )
        })?;
        // Bytes beyond the last whole multiple would make the first characters likelier.
        let limit = u8::MAX - u8::MAX % ALPHABET.len() as u8;
        let fair = bytes.iter().filter(|byte| **byte < limit);
        text.extend(fair.map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])));
    }
    text.truncate(LENGTH);
    Ok(text.into())
}

async fn outcome(read: &Read<'_>, plan: &Plan) -> Result<Verification, Problem> {
    let planned = plan.must_hold.get("user").cloned().unwrap_or_default();
    Ok(match roles::user_of(read, &planned).await? {
        Some(user) if json!(roles::words(&user.roles)) == planned["roles"] => {
            verify::holds(format!("The user {} is there, with the planned roles", user.shown()))
        }
        Some(user) => verify::fails(format!(
            "There is a user {}, with other roles than planned",
            user.shown()
        )),
        None => verify::fails("There is no such user"),
    })
}
