//! Plans the end of a role.

use super::{
    Input,
    holdings::{self, Holdings},
};
use crate::{
    connection::Read,
    identifier, roles,
    roles::{OurRole, Role},
    server, show,
};
use serde_json::json;
use std::collections::BTreeMap;
use steersman_toolkit::{
    Cx, Draft,
    protocol::{Fact, Limits, Problem, Resource, Step, Undo},
};
use tokio_postgres::types::Type;

/// Other superusers that can log in.
const OTHER_SUPERUSERS: &str = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_roles r \
    WHERE r.rolsuper AND r.rolcanlogin AND r.oid <> $1";

/// The role that initdb made; the server cannot be without it.
const FIRST_ROLE: u32 = 10;

/// Errors: `postgres.standby`, `postgres.permission_denied`, `postgres.no_such_role`, `postgres.our_own`,
/// `postgres.reserved`, `postgres.last_superuser`, `postgres.owns_things`, `postgres.owns_elsewhere`,
/// `postgres.bad_options`.
pub(super) async fn draft(cx: &Cx, read: &mut Read<'_>, input: Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let ours = roles::ours_that_manages_roles(read).await?;
    let role = roles::find(read, &input.name).await?;
    refuse_role(read, &role).await?;
    let heir = match &input.reassign_to {
        Some(name) => Some(heir(read, &role, name).await?),
        None => None,
    };
    let holdings = holdings::look(cx, read, &role).await?;
    refuse_holdings(read.what(), &role, heir.as_ref(), &holdings)?;
    let mut facts = vec![Fact::ChangesAccess {
        what: format!("whoever logs in as \"{}\" is locked out", role.name),
    }];
    facts.extend(server.facts());
    Ok(Draft {
        arguments: json!(Input {
            name: identifier::plain(&role.name),
            reassign_to: heir.as_ref().map(|heir| identifier::plain(&heir.name)),
        }),
        summary: format!("Drop role {} for good", role.name),
        steps: steps(&role, heir.as_ref(), &ours, &holdings),
        on_failure: Vec::new(),
        touches: touches(&role, heir.as_ref(), &holdings),
        must_hold: BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            ("role".to_owned(), role.must_hold()),
            ("owns".to_owned(), json!(holdings.owned)),
            ("owns_count".to_owned(), json!(holdings.owned_count)),
            ("has_rights_in".to_owned(), json!(holdings.rights)),
            ("reassign_to".to_owned(), json!(heir.as_ref().map(Role::must_hold))),
        ]),
        observed: holdings.blocks.clone(),
        undo: Undo::Irreversible {
            why: "its password and its identity are gone; a role made again is another one, with a new password"
                .to_owned(),
        },
        limits: Limits {
            lock_wait_ms: 5_000,
            ..Limits::default()
        },
        facts,
        warnings: warnings(&role, heir.as_ref(), &holdings),
    })
}

async fn refuse_role(read: &mut Read<'_>, role: &Role) -> Result<(), Problem> {
    let refuse = |code: &str, why: String, next: &str| Err(Problem::new(code, read.what(), why, next));
    if role.is_ours {
        let why = format!("\"{}\" is the role that Steersman uses for this target", role.name);
        return refuse("postgres.our_own", why, "Give the target another role first");
    }
    if role.is_predefined() || role.oid == FIRST_ROLE {
        let why = format!("\"{}\" belongs to PostgreSQL itself", role.name);
        return refuse("postgres.reserved", why, "Take LOGIN from it if nobody should use it");
    }
    if !role.we_administer_it {
        let why = format!("our role may not drop \"{}\"", role.name);
        let next = "Use a role for this target that is a superuser, or that has ADMIN OPTION on it";
        return refuse("postgres.permission_denied", why, next);
    }
    if role.is_superuser {
        let what = read.what().to_owned();
        let others: i64 = read.rows(OTHER_SUPERUSERS, &[(&role.oid, Type::OID)]).await?[0].get(0);
        if others == 0 {
            return Err(Problem::new(
                "postgres.last_superuser",
                what,
                format!("\"{}\" is the last superuser that can log in", role.name),
                "Make another superuser first",
            ));
        }
    }
    Ok(())
}

async fn heir(read: &mut Read<'_>, role: &Role, name: &str) -> Result<Role, Problem> {
    let heir = roles::find(read, name).await?;
    let why = if heir.oid == role.oid {
        "a role cannot inherit from itself".to_owned()
    } else if heir.is_predefined() {
        format!("\"{}\" belongs to PostgreSQL itself and can own nothing", heir.name)
    } else if !heir.we_have_its_rights {
        format!("our role is no member of \"{}\" and cannot give it anything", heir.name)
    } else {
        return Ok(heir);
    };
    Err(Problem::new(
        "postgres.bad_options",
        read.what(),
        why,
        "Name another role in reassign_to",
    ))
}

fn refuse_holdings(what: &str, role: &Role, heir: Option<&Role>, holdings: &Holdings) -> Result<(), Problem> {
    if !holdings.elsewhere.is_empty() {
        let databases: Vec<&str> = holdings.elsewhere.iter().map(|(name, _)| name.as_str()).collect();
        return Err(Problem::new(
            "postgres.owns_elsewhere",
            what,
            format!(
                "\"{}\" owns things or has rights in {}: {}",
                role.name,
                show::plural(databases.len(), "other database", "other databases"),
                databases.join(", ")
            ),
            "Hand them over there first (REASSIGN OWNED, then DROP OWNED): a connection reaches one database only",
        ));
    }
    if holdings.owned_count > 0 && heir.is_none() {
        return Err(Problem::new(
            "postgres.owns_things",
            what,
            format!(
                "\"{}\" owns {}: {}",
                role.name,
                show::plural(holdings.owned_count, "thing", "things"),
                holdings.owned.iter().take(5).cloned().collect::<Vec<_>>().join(", ")
            ),
            "Say in reassign_to who shall own them",
        ));
    }
    if (holdings.owned_count > 0 || holdings.rights_count > 0) && !role.we_have_its_rights {
        return Err(Problem::new(
            "postgres.permission_denied",
            what,
            format!("only a member of \"{}\" may hand over what it has", role.name),
            format!("GRANT {} TO our role", identifier::plain(&role.name)),
        ));
    }
    Ok(())
}

/// Nothing is ever dropped with the role: what it owns, also what it came to own since, goes to the heir, or to us.
fn steps(role: &Role, heir: Option<&Role>, ours: &OurRole, holdings: &Holdings) -> Vec<Step> {
    let name = identifier::plain(&role.name);
    let drop = Step::sql(format!("DROP ROLE {name}"));
    if holdings.owned_count == 0 && holdings.rights_count == 0 {
        return vec![drop];
    }
    let (to, note) = match heir {
        Some(heir) => (&heir.name, None),
        None => (
            &ours.name,
            Some("it owns nothing now; should it come to own something, that is kept and not dropped".to_owned()),
        ),
    };
    vec![
        Step::sql("BEGIN"),
        Step {
            note,
            ..Step::sql(format!("REASSIGN OWNED BY {name} TO {}", identifier::plain(to)))
        },
        Step {
            note: Some("takes away its rights; it owns nothing any more".to_owned()),
            ..Step::sql(format!("DROP OWNED BY {name}"))
        },
        drop,
        Step::sql("COMMIT"),
    ]
}

fn touches(role: &Role, heir: Option<&Role>, holdings: &Holdings) -> Vec<Resource> {
    let resource = |name: &str, how: &str| Resource {
        kind: "role".to_owned(),
        name: name.to_owned(),
        how: how.to_owned(),
    };
    let mut touches = vec![resource(&role.name, "removed")];
    if let Some(heir) = heir {
        touches.push(resource(&heir.name, "gets what it owned"));
    }
    touches.extend(holdings.owned.iter().map(|thing| Resource {
        kind: "object".to_owned(),
        name: thing.clone(),
        how: "gets another owner".to_owned(),
    }));
    touches
}

fn warnings(role: &Role, heir: Option<&Role>, holdings: &Holdings) -> Vec<String> {
    let mut warnings = Vec::new();
    if holdings.sessions > 0 {
        warnings.push(format!(
            "{} connected as it now: they work on with no rights until they end, and cannot come back",
            show::plural(holdings.sessions, "session is", "sessions are")
        ));
    }
    if role.is_superuser {
        warnings.push("It is a superuser".to_owned());
    }
    if holdings.rights_count > 0 {
        warnings.push(format!(
            "Its rights in {} are taken away",
            show::plural(holdings.rights_count, "thing", "things")
        ));
    }
    if heir.is_some() && holdings.owned_count == 0 {
        warnings.push("It owns nothing here, so there is nothing to hand over".to_owned());
    }
    warnings
}
