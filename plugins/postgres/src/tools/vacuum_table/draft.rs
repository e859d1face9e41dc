//! Plans a vacuum: what it removes, whom it keeps out, and what disk it needs meanwhile.

use super::{BEFORE, IndexCleanup, Input, STATE};
use crate::{
    activity::{self, Activity, Lock},
    catalogue::{self, Table, TableKind},
    connection::Read,
    server::{self, ServerState},
    show,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steersman_toolkit::{
    Cx, Draft,
    protocol::{Block, Fact, Limits, Problem, Resource, Step, Undo},
};
use tokio_postgres::{Row, types::Type};

/// Speeds for a rough guess, taken low: one disk, a busy server; FULL writes table and indexes anew.
const READ_BYTES_PER_SECOND: f64 = 50e6;
const REWRITE_BYTES_PER_SECOND: f64 = 20e6;

/// Another vacuum of the same table, and whether it is autovacuum's.
const RUNNING: &str = "SELECT p.pid, coalesce(a.backend_type = 'autovacuum worker', false) \
  FROM pg_catalog.pg_stat_progress_vacuum p LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = p.pid \
 WHERE p.relid = $1 LIMIT 1";

/// Errors: `postgres.standby`, `postgres.no_such_table`, `postgres.not_a_table`, `postgres.partitioned`,
/// `postgres.permission_denied`, `postgres.bad_options`, `postgres.in_use`.
pub(super) async fn draft(cx: &Cx, read: &mut Read<'_>, input: Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let table = vacuumable_table(read, &input).await?;
    let lock = if input.full {
        Lock::AccessExclusive
    } else {
        Lock::ShareUpdateExclusive
    };
    let activity = activity::on_table(cx, read, table.oid, lock).await?;
    if input.full {
        activity.refuse_if_in_use(read.what(), &table.shown)?;
    }
    let autovacuum = other_vacuum(read, &table).await?;
    let Some(state) = read.row(STATE, &[(&table.oid, Type::OID)]).await? else {
        return Err(crate::problem::not_found(read.what(), "table", &input.table, &[]));
    };
    let total: i64 = state.get(7);
    let ms = expected_ms(&table, total, input.full);
    let mut must_hold = BTreeMap::from([
        ("server".to_owned(), server.must_hold()),
        (
            "table".to_owned(),
            json!({ "oid": table.oid, "name": table.qualified() }),
        ),
    ]);
    if input.full {
        must_hold.insert("file".to_owned(), json!(state.get::<_, Option<i64>>(5)));
    }
    let mut warnings = warnings(&input, &activity, total);
    if let Some(pid) = autovacuum {
        warnings.push(format!(
            "Autovacuum works on it now (process {pid}) and will make room, unless it works against wraparound"
        ));
    }
    Ok(Draft {
        arguments: json!(Input {
            table: table.shown.clone(),
            ..input.clone()
        }),
        summary: summary(&input, &table),
        steps: vec![Step::sql(statement(&input, &table))],
        on_failure: Vec::new(),
        touches: vec![touched(&input, &table)],
        must_hold,
        observed: observed(cx, &server, &table, &state, &activity, lock, ms),
        undo: Undo::NotNeeded {
            why: "the rows stay as they are; only the space of dead ones is freed".to_owned(),
        },
        limits: Limits {
            time_ms: ((ms * 20.0) as u64).clamp(600_000, 21_600_000),
            lock_wait_ms: if input.full { 3_000 } else { 10_000 },
            ..Limits::default()
        },
        facts: facts(&server, &table, total, input.full),
        warnings,
    })
}

/// The process of autovacuum that works on the table, where one does.
///
/// Errors: `postgres.in_use` when somebody else vacuums it.
async fn other_vacuum(read: &mut Read<'_>, table: &Table) -> Result<Option<i32>, Problem> {
    let running = read.row(RUNNING, &[(&table.oid, Type::OID)]).await?;
    let other = running
        .as_ref()
        .map(|row| (row.get::<_, i32>(0), row.get::<_, bool>(1)));
    if let Some((pid, false)) = other {
        return Err(Problem::new(
            "postgres.in_use",
            read.what(),
            format!("process {pid} vacuums \"{}\" already", table.shown),
            "Wait until it has ended",
        ));
    }
    Ok(other.map(|(pid, _)| pid))
}

async fn vacuumable_table(read: &mut Read<'_>, input: &Input) -> Result<Table, Problem> {
    if input.full && input.index_cleanup != IndexCleanup::Auto {
        return Err(Problem::new(
            "postgres.bad_options",
            read.what(),
            "full writes the indexes anew, so index_cleanup has no meaning with it",
            "Leave index_cleanup out",
        ));
    }
    let table = catalogue::find_table(read, &input.table).await?;
    let thing = format!("\"{}\"", table.shown);
    match table.kind {
        TableKind::Table | TableKind::MaterializedView => {}
        TableKind::Partitioned => {
            return Err(Problem::new(
                "postgres.partitioned",
                read.what(),
                format!("{thing} is partitioned and holds no rows itself"),
                "Vacuum its partitions one by one; postgres.list_tables shows them",
            ));
        }
        TableKind::View | TableKind::Foreign => {
            return Err(Problem::new(
                "postgres.not_a_table",
                read.what(),
                format!("{thing} is a view or a foreign table and has no rows of its own"),
                "Vacuum the tables behind it",
            ));
        }
    }
    // PostgreSQL only warns and skips a table that is not ours: a success that did nothing.
    if !table.is_ours {
        return Err(server::only_the_owner(
            read.what(),
            &format!("the table {thing}"),
            &table.owner,
        ));
    }
    Ok(table)
}

fn statement(input: &Input, table: &Table) -> String {
    let mut options = Vec::new();
    for (is_set, option) in [
        (input.full, "FULL"),
        (input.freeze, "FREEZE"),
        (input.analyze, "ANALYZE"),
        (input.index_cleanup == IndexCleanup::Always, "INDEX_CLEANUP on"),
        (input.index_cleanup == IndexCleanup::Never, "INDEX_CLEANUP off"),
    ] {
        if is_set {
            options.push(option);
        }
    }
    match options[..] {
        [] => format!("VACUUM {}", table.qualified()),
        _ => format!("VACUUM ({}) {}", options.join(", "), table.qualified()),
    }
}

fn summary(input: &Input, table: &Table) -> String {
    let how = if input.full {
        ", writing it anew while nobody can use it"
    } else {
        ""
    };
    format!("Vacuum table {}{how}", table.shown)
}

fn touched(input: &Input, table: &Table) -> Resource {
    let how = if input.full {
        "written anew with its indexes; reads and writes wait"
    } else {
        "dead rows are removed while reads and writes go on"
    };
    Resource {
        kind: "table".to_owned(),
        name: table.qualified(),
        how: how.to_owned(),
    }
}

fn expected_ms(table: &Table, total: i64, is_full: bool) -> f64 {
    1_000.0
        * if is_full {
            total as f64 / REWRITE_BYTES_PER_SECOND
        } else {
            table.bytes as f64 / READ_BYTES_PER_SECOND
        }
}

fn observed(
    cx: &Cx,
    server: &ServerState,
    table: &Table,
    state: &Row,
    activity: &Activity,
    lock: Lock,
    ms: f64,
) -> Vec<Block> {
    let total: i64 = state.get(7);
    let needs = if matches!(lock, Lock::AccessExclusive) {
        format!("up to {} more while it runs", show::bytes(total))
    } else {
        "none to speak of".to_owned()
    };
    let fields = vec![
        ("table", json!(table.qualified())),
        ("table size", json!(show::bytes(table.bytes))),
        ("size with indexes", json!(show::bytes(total))),
        ("live rows", show::cell(state, 1)),
        ("dead rows", show::cell(state, 2)),
        ("last vacuumed by hand", show::cell(state, 3)),
        ("last vacuumed by autovacuum", show::cell(state, 4)),
        ("transactions since its oldest unfrozen row", show::cell(state, 6)),
        ("lock it takes", json!(lock.in_words())),
        ("sessions whose locks it waits for", json!(activity.in_the_way)),
        ("sessions writing to the table now", json!(activity.writers)),
        ("expected time (rough)", json!(show::duration(ms))),
        ("disk it needs", json!(needs)),
        ("free disk space", json!("unknown: PostgreSQL does not tell")),
        ("replicas", json!(server.replicas_in_words())),
        (BEFORE, state.get::<_, Option<i64>>(0).map_or(Value::Null, Value::from)),
    ];
    let mut blocks = vec![show::record(cx, "Before", fields)];
    blocks.extend(activity.block.clone());
    blocks
}

fn facts(server: &ServerState, table: &Table, total: i64, is_full: bool) -> Vec<Fact> {
    let mut facts = vec![Fact::SizeBytes {
        bytes: total.max(0) as u64,
    }];
    if is_full {
        let what = table.shown.clone();
        facts.push(Fact::BlocksReads { what: what.clone() });
        facts.push(Fact::BlocksWrites { what });
    }
    facts.extend(server.facts());
    facts
}

fn warnings(input: &Input, activity: &Activity, total: i64) -> Vec<String> {
    let mut warnings = activity.warnings(false);
    if input.full {
        warnings.push(format!(
            "The disk must have room for a second copy, up to {}; if it fills up, the whole server stops writing",
            show::bytes(total)
        ));
    } else if activity.old_transactions > 0 {
        warnings.push(format!(
            "Rows that died after the oldest open transaction began ({} ago) cannot be removed yet",
            show::duration(activity.oldest_ms.unwrap_or_default())
        ));
    }
    if input.index_cleanup == IndexCleanup::Never {
        warnings.push("Dead entries stay in the indexes, which grow".to_owned());
    }
    warnings
}
