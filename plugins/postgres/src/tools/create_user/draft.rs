//! Plans a new role: its options, its memberships, and how far it reaches.

use super::{Input, MASK};
use crate::{
    connection::Read,
    identifier, problem, roles,
    roles::{Powers, Role},
    server,
    server::ServerState,
    show,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steersman_toolkit::{
    Cx, Draft,
    protocol::{Fact, Limits, Problem, Resource, Step, SuggestedCall, Timestamp, Undo},
};

/// Databases that everybody may connect to, and so the new role too.
const OPEN_TO_ALL: &str = "SELECT d.datname::text FROM pg_catalog.pg_database d WHERE d.datallowconn AND EXISTS ( \
     SELECT FROM pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a \
      WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT') ORDER BY 1 LIMIT 50";

const HOW_PASSWORDS_ARE_KEPT: &str = "SELECT pg_catalog.current_setting('password_encryption')";

/// Errors: `postgres.standby`, `postgres.permission_denied`, `postgres.bad_name`, `postgres.name_taken`,
/// `postgres.bad_options`, `postgres.no_such_role`, `postgres.too_powerful`.
pub(super) async fn draft(cx: &Cx, read: &mut Read<'_>, input: Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    roles::ours_that_manages_roles(read).await?;
    let name = new_name(read, &input).await?;
    let until = valid_until(read.what(), cx.now, input.valid_until.as_deref())?;
    if input.connection_limit.is_some_and(|limit| limit < 0) {
        return Err(bad_options(read.what(), "a limit of connections is at least 0"));
    }
    let groups = groups(read, &input.member_of).await?;
    let open: Vec<String> = read
        .rows(OPEN_TO_ALL, &[])
        .await?
        .iter()
        .map(|row| row.get(0))
        .collect();
    let kept: String = read.rows(HOW_PASSWORDS_ARE_KEPT, &[]).await?[0].get(0);
    let powers: Vec<&String> = groups.iter().flat_map(|(_, powers)| &powers.sentences).collect();

    let member_of: Vec<String> = groups.iter().map(|(role, _)| identifier::plain(&role.name)).collect();
    let input = Input {
        name: identifier::plain(&name),
        valid_until: until,
        member_of: member_of.clone(),
        ..input
    };
    let fields = vec![
        ("role", json!(name)),
        ("can log in", json!(true)),
        ("databases that everybody may connect to", json!(open)),
        ("member of", json!(member_of)),
        ("password", json!("generated; shown once to the person who asked")),
        ("the server keeps passwords as", json!(kept)),
        ("replicas", json!(server.replicas_in_words())),
    ];
    Ok(Draft {
        arguments: json!(input),
        summary: format!("Create role {} that can log in", input.name),
        steps: vec![Step {
            note: Some("the password is made when it is carried out; the server gets only a verifier of it".to_owned()),
            ..Step::sql(statement(&input))
        }],
        on_failure: Vec::new(),
        touches: touches(&input),
        must_hold: must_hold(&server, &name, &groups),
        observed: vec![show::record(cx, "The new role", fields)],
        undo: undo(cx, &input.name),
        limits: Limits::default(),
        facts: powers
            .iter()
            .map(|sentence| Fact::ChangesAccess {
                what: format!("through membership, {sentence}"),
            })
            .chain(server.facts())
            .collect(),
        warnings: warnings(&input, &powers, &open),
    })
}

fn must_hold(server: &ServerState, name: &str, groups: &[(Role, Powers)]) -> BTreeMap<String, Value> {
    BTreeMap::from([
        ("server".to_owned(), server.must_hold()),
        ("no_such_role".to_owned(), json!(name)),
        (
            "member_of".to_owned(),
            Value::Array(groups.iter().map(|(role, _)| role.must_hold()).collect()),
        ),
    ])
}

fn undo(cx: &Cx, name: &str) -> Undo {
    Undo::Reversible {
        steps: vec![Step::sql(format!("DROP ROLE {}", name))],
        call: Some(SuggestedCall {
            is_undo: true,
            ..show::suggest(
                cx,
                "postgres.drop_user",
                json!({ "name": name }),
                format!("it takes back the creation of {}", name),
            )
        }),
    }
}

async fn new_name(read: &mut Read<'_>, input: &Input) -> Result<String, Problem> {
    // As SQL folds it: lower case, unless it is in quotes.
    let spellings = roles::spellings(read.what(), &input.name)?;
    let name = spellings.last().cloned().unwrap_or_default();
    if name.starts_with("pg_") || matches!(name.as_str(), "public" | "none") {
        return Err(Problem::new(
            "postgres.bad_name",
            read.what(),
            format!("PostgreSQL keeps the name \"{name}\" for itself"),
            "Choose a name that does not begin with pg_ and is neither public nor none",
        ));
    }
    match roles::named(read, &name).await? {
        Some(_) => Err(problem::role_exists(read.what(), &name)),
        None => Ok(name),
    }
}

fn valid_until(what: &str, now: Timestamp, text: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let Ok(until) = text.trim().parse::<jiff::Timestamp>() else {
        return Err(bad_options(
            what,
            "valid_until is no moment in RFC 3339, as in 2027-01-01T00:00:00Z",
        ));
    };
    if until <= now {
        return Err(bad_options(what, "valid_until is in the past"));
    }
    Ok(Some(until.to_string()))
}

fn bad_options(what: &str, why: &str) -> Problem {
    Problem::new("postgres.bad_options", what, why, "Correct the arguments")
}

async fn groups(read: &mut Read<'_>, names: &[String]) -> Result<Vec<(Role, Powers)>, Problem> {
    let mut groups: Vec<(Role, Powers)> = Vec::new();
    for name in names.iter().take(20) {
        let role = roles::find(read, name).await?;
        if groups.iter().any(|(known, _)| known.oid == role.oid) {
            continue;
        }
        let powers = roles::powers(read, role.oid).await?;
        if powers.is_superuser {
            return Err(Problem::new(
                "postgres.too_powerful",
                read.what(),
                format!("a member of \"{}\" can become a superuser", role.name),
                "Make it a member of a role with fewer rights; superusers are made by hand",
            ));
        }
        if !role.we_administer_it {
            return Err(Problem::new(
                "postgres.permission_denied",
                read.what(),
                format!("our role may not hand out membership in \"{}\"", role.name),
                format!("GRANT {} TO our role WITH ADMIN OPTION", identifier::plain(&role.name)),
            ));
        }
        groups.push((role, powers));
    }
    Ok(groups)
}

/// Everything that must not be inherited from the server's defaults is said.
fn statement(input: &Input) -> String {
    let mut parts = vec![format!("CREATE ROLE {} LOGIN NOSUPERUSER", input.name)];
    parts.push(
        if input.creates_databases {
            "CREATEDB"
        } else {
            "NOCREATEDB"
        }
        .to_owned(),
    );
    parts.push("NOCREATEROLE NOREPLICATION NOBYPASSRLS".to_owned());
    if let Some(limit) = input.connection_limit {
        parts.push(format!("CONNECTION LIMIT {limit}"));
    }
    if let Some(until) = &input.valid_until {
        parts.push(format!("VALID UNTIL {}", identifier::literal(until)));
    }
    if !input.member_of.is_empty() {
        parts.push(format!("IN ROLE {}", input.member_of.join(", ")));
    }
    parts.push(MASK.to_owned());
    parts.join(" ")
}

fn touches(input: &Input) -> Vec<Resource> {
    let role = Resource {
        kind: "role".to_owned(),
        name: input.name.clone(),
        how: "new".to_owned(),
    };
    let groups = input.member_of.iter().map(|name| Resource {
        kind: "role".to_owned(),
        name: name.clone(),
        how: "gets a member".to_owned(),
    });
    std::iter::once(role).chain(groups).collect()
}

fn warnings(input: &Input, powers: &[&String], open: &[String]) -> Vec<String> {
    let mut warnings: Vec<String> = powers
        .iter()
        .map(|sentence| format!("Through membership it gets more than rights on some tables: {sentence}"))
        .collect();
    if !open.is_empty() {
        warnings.push(format!(
            "It may connect to {} that everybody may connect to",
            show::plural(open.len(), "database", "databases")
        ));
    }
    if input.member_of.is_empty() {
        warnings.push("It has no rights on tables yet; postgres.grant_permission gives them".to_owned());
    }
    if input.connection_limit == Some(0) {
        warnings.push("With a limit of 0 connections it cannot log in".to_owned());
    }
    warnings
}
