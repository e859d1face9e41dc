//! Statements that make, change or remove one table, column, view or sequence.

use super::{Input, draft::steps};
use crate::{
    activity::{self, Lock},
    connection::{Bound, Read},
    identifier, problem,
    server::{self, ServerState},
    show, verify,
    writing::{Definition, DefinitionKind},
};
use serde_json::json;
use std::collections::BTreeMap;
use steersman_toolkit::{
    Cx, Draft,
    protocol::{Block, Fact, Limits, Plan, Problem, Resource, Step, SuggestedCall, Undo, Verification},
};
use tokio_postgres::types::{ToSql, Type};

const FIRST_USER_OID: u32 = 16_384;

const THING: &str = "SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, \
       pg_catalog.pg_has_role(c.relowner, 'USAGE'), pg_catalog.pg_get_userbyid(c.relowner)::text, \
       c.reltuples::float8, pg_catalog.pg_total_relation_size(c.oid), pg_catalog.pg_relation_filenode(c.oid)::int8 \
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
 WHERE c.oid = pg_catalog.to_regclass($1)";

const BY_OID: &str = "SELECT c.relname::text, pg_catalog.pg_relation_filenode(c.oid)::int8 FROM pg_catalog.pg_class c \
    WHERE c.oid = $1";

const COLUMN: &str = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a \
    WHERE a.attrelid = $1 AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped";

struct Thing {
    oid: u32,
    schema: String,
    name: String,
    kind: String,
    is_ours: bool,
    owner: String,
    rows: f64,
    bytes: i64,
    file: Option<i64>,
}

impl Thing {
    fn qualified(&self) -> String {
        identifier::qualified(&self.schema, &self.name)
    }
}

async fn thing(read: &mut Read<'_>, name: &str) -> Result<Option<Thing>, Problem> {
    Ok(read.row(THING, &[(&name, Type::TEXT)]).await?.map(|row| Thing {
        oid: row.get(0),
        schema: row.get(1),
        name: row.get(2),
        kind: row.get(3),
        is_ours: row.get::<_, Option<bool>>(4) == Some(true),
        owner: row.get(5),
        rows: row.get(6),
        bytes: row.get(7),
        file: row.get(8),
    }))
}

/// Errors: `postgres.name_taken`, `postgres.no_such_table`, `postgres.no_such_column`, `postgres.not_a_table`,
/// `postgres.system_table`, `postgres.permission_denied`, `postgres.in_use`.
pub(super) async fn draft(
    cx: &Cx,
    read: &mut Read<'_>,
    server: &ServerState,
    definition: Definition,
) -> Result<Draft, Problem> {
    let found = thing(read, &definition.on).await?;
    let mut must_hold = BTreeMap::from([("server".to_owned(), server.must_hold())]);
    let (mut observed, mut facts, mut warnings) = (Vec::new(), server.facts(), Vec::new());
    match (&definition.kind, &found) {
        (DefinitionKind::CreateTable, Some(_)) => {
            return Err(problem::name_is_taken(read.what(), &definition.on));
        }
        (DefinitionKind::CreateTable, None) => {
            must_hold.insert("no_such_table".to_owned(), json!(definition.on));
        }
        (_, None) => return Err(problem::not_found(read.what(), "table", &definition.on, &[])),
        (kind, Some(thing)) => {
            refuse(read, kind, thing).await?;
            let activity = activity::on_table(cx, read, thing.oid, Lock::AccessExclusive).await?;
            activity.refuse_if_in_use(read.what(), &thing.name)?;
            must_hold.insert(
                "table".to_owned(),
                json!({ "oid": thing.oid, "name": thing.qualified(), "file": thing.file }),
            );
            observed.push(before(cx, server, thing));
            observed.extend(activity.block.clone());
            warnings.extend(activity.warnings(false));
            facts.extend(effects(kind, thing));
        }
    }
    let (undo, loss) = undo(cx, &definition, found.as_ref());
    warnings.extend(loss);
    Ok(Draft {
        arguments: json!(Input {
            statement: definition.text.clone(),
            all_rows: false,
        }),
        summary: summary(&definition),
        steps: steps(&definition.text, Bound::Uncounted),
        on_failure: Vec::new(),
        touches: vec![Resource {
            kind: "table".to_owned(),
            name: found.as_ref().map_or(definition.on.clone(), Thing::qualified),
            how: how(&definition.kind).to_owned(),
        }],
        must_hold,
        observed,
        undo,
        limits: Limits {
            time_ms: 60_000,
            ..Limits::default()
        },
        facts,
        warnings,
    })
}

async fn refuse(read: &mut Read<'_>, kind: &DefinitionKind, thing: &Thing) -> Result<(), Problem> {
    let refuse = |code: &str, why: String, next: &str| Err(Problem::new(code, read.what(), why, next));
    if thing.oid < FIRST_USER_OID {
        let why = format!("\"{}\" belongs to PostgreSQL itself", thing.name);
        return refuse("postgres.system_table", why, "Leave it as it is");
    }
    let fits = match kind {
        DefinitionKind::Drop { what: "view" } => thing.kind == "v",
        DefinitionKind::Drop { what: "sequence" } => thing.kind == "S",
        _ => matches!(thing.kind.as_str(), "r" | "p"),
    };
    if !fits {
        let why = format!("\"{}\" is of another kind", thing.name);
        return refuse("postgres.not_a_table", why, "postgres.list_tables shows what there is");
    }
    if !thing.is_ours {
        let what = format!("\"{}\"", thing.name);
        return Err(server::only_the_owner(read.what(), &what, &thing.owner));
    }
    let (column, is_wanted) = match kind {
        DefinitionKind::AddColumn { column } => (column, false),
        DefinitionKind::DropColumn { column } | DefinitionKind::RenameColumn { from: column, .. } => (column, true),
        DefinitionKind::CreateTable
        | DefinitionKind::RenameTable { .. }
        | DefinitionKind::Drop { .. }
        | DefinitionKind::Truncate => return Ok(()),
    };
    let what = read.what().to_owned();
    if has_column(read, thing.oid, column).await? == is_wanted {
        return Ok(());
    }
    let (code, why) = if is_wanted {
        (
            "postgres.no_such_column",
            format!("\"{}\" has no column \"{column}\"", thing.name),
        )
    } else {
        (
            "postgres.name_taken",
            format!("\"{}\" has a column \"{column}\" already", thing.name),
        )
    };
    Err(Problem::new(
        code,
        what,
        why,
        "postgres.describe_table shows its columns",
    ))
}

async fn has_column(read: &mut Read<'_>, table: u32, column: &str) -> Result<bool, Problem> {
    let values: [(&(dyn ToSql + Sync), Type); 2] = [(&table, Type::OID), (&column, Type::TEXT)];
    Ok(read.rows(COLUMN, &values).await?[0].get::<_, i64>(0) > 0)
}

fn before(cx: &Cx, server: &ServerState, thing: &Thing) -> Block {
    let fields = vec![
        ("name", json!(thing.qualified())),
        ("rows (estimate)", json!(Some(thing.rows).filter(|rows| *rows >= 0.0))),
        ("size with indexes", json!(show::bytes(thing.bytes))),
        ("lock it takes", json!(Lock::AccessExclusive.in_words())),
        ("replicas", json!(server.replicas_in_words())),
    ];
    show::record(cx, "Before", fields)
}

fn effects(kind: &DefinitionKind, thing: &Thing) -> Vec<Fact> {
    let name = thing.qualified();
    let lost = match kind {
        DefinitionKind::Drop { what } => Some(format!("the {what} {name}")),
        DefinitionKind::Truncate => Some(format!("every row of {name}")),
        DefinitionKind::DropColumn { column } => Some(format!("the column {column} of {name}")),
        DefinitionKind::CreateTable
        | DefinitionKind::AddColumn { .. }
        | DefinitionKind::RenameColumn { .. }
        | DefinitionKind::RenameTable { .. } => None,
    };
    let mut facts: Vec<Fact> = lost.map(|what| Fact::LosesData { what }).into_iter().collect();
    facts.push(Fact::BlocksReads { what: name });
    facts
}

fn how(kind: &DefinitionKind) -> &'static str {
    match kind {
        DefinitionKind::CreateTable => "new",
        DefinitionKind::AddColumn { .. } => "gets a column",
        DefinitionKind::DropColumn { .. } => "loses a column",
        DefinitionKind::RenameColumn { .. } => "a column gets another name",
        DefinitionKind::RenameTable { .. } => "gets another name",
        DefinitionKind::Drop { .. } => "removed",
        DefinitionKind::Truncate => "emptied",
    }
}

fn summary(definition: &Definition) -> String {
    let on = &definition.on;
    match &definition.kind {
        DefinitionKind::CreateTable => format!("Create table {on}"),
        DefinitionKind::AddColumn { column } => format!("Add column {column} to {on}"),
        DefinitionKind::DropColumn { column } => format!("Drop column {column} of {on} with all its values"),
        DefinitionKind::RenameColumn { from, to } => format!("Rename column {from} of {on} to {to}"),
        DefinitionKind::RenameTable { to } => format!("Rename table {on} to {to}"),
        DefinitionKind::Drop { what } => format!("Drop {what} {on} for good"),
        DefinitionKind::Truncate => format!("Remove every row of {on}"),
    }
}

/// The way back, and what a colleague would say where there is none.
fn undo(cx: &Cx, definition: &Definition, found: Option<&Thing>) -> (Undo, Option<String>) {
    let on = found.map_or(definition.on.clone(), Thing::qualified);
    let plain = identifier::plain;
    let statement = match &definition.kind {
        DefinitionKind::CreateTable => format!("DROP TABLE {on}"),
        DefinitionKind::AddColumn { column } => format!("ALTER TABLE {on} DROP COLUMN {}", plain(column)),
        DefinitionKind::RenameColumn { from, to } => {
            format!("ALTER TABLE {on} RENAME COLUMN {} TO {}", plain(to), plain(from))
        }
        DefinitionKind::RenameTable { to } => {
            let (schema, name) = found.map_or(("", ""), |thing| (thing.schema.as_str(), thing.name.as_str()));
            format!(
                "ALTER TABLE {} RENAME TO {}",
                identifier::qualified(schema, to),
                plain(name)
            )
        }
        DefinitionKind::DropColumn { .. } | DefinitionKind::Drop { .. } | DefinitionKind::Truncate => {
            let why = "what it removes is not kept anywhere by this; only a backup brings it back".to_owned();
            return (Undo::Irreversible { why: why.clone() }, Some(why));
        }
    };
    let call = SuggestedCall {
        is_undo: true,
        ..show::suggest(
            cx,
            "postgres.run_statement",
            json!({ "statement": statement }),
            "it takes back the definition",
        )
    };
    let undo = Undo::Reversible {
        steps: vec![Step::sql(statement)],
        call: Some(call),
    };
    (undo, None)
}

/// From the catalogue alone: a receipt is not needed.
pub(super) async fn outcome(
    read: &mut Read<'_>,
    plan: &Plan,
    definition: &Definition,
) -> Result<Verification, Problem> {
    let oid = verify::oid_of(plan, "table");
    let row = read.row(BY_OID, &[(&oid, Type::OID)]).await?;
    let name = row.as_ref().map(|row| row.get::<_, String>(0));
    let file = row.as_ref().and_then(|row| row.get::<_, Option<i64>>(1));
    let is_done = match &definition.kind {
        DefinitionKind::CreateTable => thing(read, &definition.on).await?.is_some(),
        DefinitionKind::AddColumn { column } | DefinitionKind::RenameColumn { to: column, .. } => {
            has_column(read, oid, column).await?
        }
        DefinitionKind::DropColumn { column } => name.is_some() && !has_column(read, oid, column).await?,
        DefinitionKind::RenameTable { to } => name.as_ref() == Some(to),
        DefinitionKind::Drop { .. } => name.is_none(),
        DefinitionKind::Truncate => {
            let before = plan.must_hold.get("table").and_then(|table| table["file"].as_i64());
            name.is_some() && file != before
        }
    };
    let what = summary(definition);
    Ok(if is_done {
        Verification::Holds {
            sentence: format!("The catalogue shows it done: {what}"),
            evidence: Vec::new(),
        }
    } else {
        Verification::DoesNotHold {
            sentence: format!("The catalogue shows it not done: {what}"),
            evidence: Vec::new(),
            left_behind: false,
        }
    })
}
