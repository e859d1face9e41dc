//! Plans a rebuild: which indexes, whom it keeps out, and the names of what an interrupted one leaves behind.

use super::{IndexState, Input, indexes};
use crate::{
    activity::{self, Activity, Lock},
    catalogue::{self, Index, Table, TableKind},
    connection::Read,
    identifier,
    server::{self, ServerState},
    show,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use steersman_toolkit::{
    Cx, Draft,
    protocol::{Block, Fact, Limits, Problem, Resource, Step, Undo},
};
use tokio_postgres::types::{ToSql, Type};

/// Speed for a rough guess, taken low: the table is read once for each index, and sorted.
const BYTES_PER_SECOND: f64 = 20e6;

const TAKEN: &str = "SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n \
    ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY ($2)";

/// What is rebuilt.
struct Rebuild {
    table: Table,
    /// One index, where only that is asked for.
    only: Option<Index>,
    chosen: Vec<IndexState>,
    concurrently: bool,
}

/// Errors: `postgres.standby`, `postgres.bad_options`, `postgres.no_such_table`, `postgres.no_such_index`,
/// `postgres.not_a_table`, `postgres.partitioned`, `postgres.permission_denied`, `postgres.nothing_to_rebuild`,
/// `postgres.not_concurrently`, `postgres.in_use`.
pub(super) async fn draft(cx: &Cx, read: &mut Read<'_>, input: Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let rebuild = what_to_rebuild(read, &input).await?;
    let lock = if input.concurrently {
        Lock::ShareUpdateExclusive
    } else {
        Lock::AccessExclusive
    };
    let activity = activity::on_table(cx, read, rebuild.table.oid, lock).await?;
    if !input.concurrently {
        activity.refuse_if_in_use(read.what(), &rebuild.table.shown)?;
    }
    let leftovers = if input.concurrently {
        leftovers(read, &rebuild.chosen).await?
    } else {
        Vec::new()
    };
    let ms = 1_000.0 * (rebuild.table.bytes as f64 * rebuild.chosen.len() as f64) / BYTES_PER_SECOND;
    Ok(Draft {
        arguments: json!(Input {
            table: rebuild.only.is_none().then(|| rebuild.table.shown.clone()),
            index: rebuild.only.as_ref().map(|index| index.shown.clone()),
            ..input.clone()
        }),
        summary: rebuild.summary(),
        steps: vec![Step::sql(rebuild.statement())],
        on_failure: leftovers
            .iter()
            .map(|name| Step {
                note: Some("only if the rebuild left it behind, invalid".to_owned()),
                ..Step::sql(format!("DROP INDEX CONCURRENTLY IF EXISTS {name}"))
            })
            .collect(),
        touches: rebuild.touches(),
        must_hold: rebuild.must_hold(&server),
        observed: rebuild.observed(cx, &server, &activity, lock, ms),
        undo: Undo::NotNeeded {
            why: "the indexes are the same as before, only rebuilt".to_owned(),
        },
        limits: Limits {
            time_ms: ((ms * 20.0) as u64).clamp(600_000, 21_600_000),
            lock_wait_ms: if input.concurrently { 60_000 } else { 3_000 },
            ..Limits::default()
        },
        facts: rebuild.facts(&server),
        warnings: rebuild.warnings(&activity),
    })
}

async fn what_to_rebuild(read: &mut Read<'_>, input: &Input) -> Result<Rebuild, Problem> {
    let (table, only) = match (&input.table, &input.index) {
        (Some(table), None) => (catalogue::find_table(read, table).await?, None),
        (None, Some(index)) => {
            let index = catalogue::find_index(read, index).await?;
            let Some(table) = catalogue::table(read, index.table_oid).await? else {
                return Err(crate::problem::not_found(read.what(), "index", &index.shown, &[]));
            };
            (table, Some(index))
        }
        _ => {
            return Err(Problem::new(
                "postgres.bad_options",
                read.what(),
                "it wants either a table or an index",
                "Name the table to rebuild all its indexes, or name one index",
            ));
        }
    };
    refuse(read.what(), &table)?;
    let all = indexes(read, table.oid).await?;
    let chosen: Vec<IndexState> = all
        .into_iter()
        .filter(|index| match &only {
            Some(only) => index.oid == only.oid,
            // As REINDEX TABLE CONCURRENTLY itself chooses; it says so only in a warning.
            None => !input.concurrently || (index.is_valid && !index.is_exclusion),
        })
        .collect();
    if input.concurrently && chosen.iter().any(|index| index.is_exclusion) {
        return Err(Problem::new(
            "postgres.not_concurrently",
            read.what(),
            "an exclusion constraint stands on it, and PostgreSQL rebuilds such an index only while nobody can use it",
            "Ask for it with concurrently = false",
        ));
    }
    if chosen.is_empty() {
        return Err(Problem::new(
            "postgres.nothing_to_rebuild",
            read.what(),
            format!("\"{}\" has no index that can be rebuilt this way", table.shown),
            "postgres.list_indexes shows its indexes; an invalid one is rebuilt by its own name",
        ));
    }
    Ok(Rebuild {
        table,
        only,
        chosen,
        concurrently: input.concurrently,
    })
}

fn refuse(what: &str, table: &Table) -> Result<(), Problem> {
    let thing = format!("\"{}\"", table.shown);
    match table.kind {
        TableKind::Table | TableKind::MaterializedView => {}
        TableKind::Partitioned => {
            return Err(Problem::new(
                "postgres.partitioned",
                what,
                format!("{thing} is partitioned; its indexes have no content of their own"),
                "Rebuild the indexes of its partitions one by one",
            ));
        }
        TableKind::View | TableKind::Foreign => {
            return Err(Problem::new(
                "postgres.not_a_table",
                what,
                format!("{thing} is a view or a foreign table and has no indexes"),
                "Name the tables behind it",
            ));
        }
    }
    if !table.is_ours {
        return Err(server::only_the_owner(
            what,
            &format!("the table {thing}"),
            &table.owner,
        ));
    }
    Ok(())
}

/// The names that PostgreSQL gives to the new and the old half of each index while it swaps them: the index's own name,
/// cut, and `_ccnew` or `_ccold`, with a number where that is taken (index.c, ChooseRelationName).
async fn leftovers(read: &mut Read<'_>, chosen: &[IndexState]) -> Result<Vec<String>, Problem> {
    let mut names = Vec::new();
    let schemas: BTreeSet<&str> = chosen.iter().map(|index| index.schema.as_str()).collect();
    for schema in schemas {
        let wanted: Vec<String> = chosen
            .iter()
            .filter(|index| index.schema == schema)
            .flat_map(|index| (0..10).flat_map(move |n| ["ccnew", "ccold"].map(|label| half(&index.name, label, n))))
            .collect();
        let values: [(&(dyn ToSql + Sync), Type); 2] = [(&schema, Type::TEXT), (&wanted, Type::TEXT_ARRAY)];
        let taken: BTreeSet<String> = read.rows(TAKEN, &values).await?.iter().map(|row| row.get(0)).collect();
        for index in chosen.iter().filter(|index| index.schema == schema) {
            for label in ["ccnew", "ccold"] {
                let free = (0..10)
                    .map(|n| half(&index.name, label, n))
                    .find(|name| !taken.contains(name));
                names.extend(free.map(|name| identifier::qualified(schema, &name)));
            }
        }
    }
    Ok(names)
}

/// `orders_pkey_ccnew`, `orders_pkey_ccnew1`.
pub(super) fn half(name: &str, label: &str, number: usize) -> String {
    let suffix = if number == 0 {
        format!("_{label}")
    } else {
        format!("_{label}{number}")
    };
    let mut end = name.len().min(identifier::MAX_BYTES - suffix.len());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{suffix}", &name[..end])
}

impl Rebuild {
    fn thing(&self) -> String {
        match &self.only {
            Some(index) => format!("index {}", index.shown),
            None => format!("all indexes of {}", self.table.shown),
        }
    }

    fn summary(&self) -> String {
        let how = if self.concurrently {
            ""
        } else {
            " while nobody can use the table"
        };
        format!("Rebuild {}{how}", self.thing())
    }

    fn statement(&self) -> String {
        let concurrently = if self.concurrently { "CONCURRENTLY " } else { "" };
        match &self.only {
            Some(index) => format!("REINDEX INDEX {concurrently}{}", index.qualified()),
            None => format!("REINDEX TABLE {concurrently}{}", self.table.qualified()),
        }
    }

    fn bytes(&self) -> i64 {
        self.chosen.iter().map(|index| index.bytes).sum()
    }

    fn touches(&self) -> Vec<Resource> {
        let table = Resource {
            kind: "table".to_owned(),
            name: self.table.qualified(),
            how: if self.concurrently {
                "read while reads and writes go on".to_owned()
            } else {
                "reads and writes wait".to_owned()
            },
        };
        let indexes = self.chosen.iter().map(|index| Resource {
            kind: "index".to_owned(),
            name: identifier::qualified(&index.schema, &index.name),
            how: "rebuilt".to_owned(),
        });
        std::iter::once(table).chain(indexes).collect()
    }

    fn must_hold(&self, server: &ServerState) -> BTreeMap<String, Value> {
        let indexes: Vec<Value> = self
            .chosen
            .iter()
            .map(|index| json!({ "oid": index.oid, "schema": index.schema, "name": index.name, "file": index.file }))
            .collect();
        BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            (
                "table".to_owned(),
                json!({ "oid": self.table.oid, "name": self.table.qualified() }),
            ),
            ("indexes".to_owned(), Value::Array(indexes)),
        ])
    }

    fn observed(&self, cx: &Cx, server: &ServerState, activity: &Activity, lock: Lock, ms: f64) -> Vec<Block> {
        let fields = vec![
            ("table", json!(self.table.qualified())),
            ("table size", json!(show::bytes(self.table.bytes))),
            ("indexes to rebuild", json!(self.chosen.len())),
            ("their size", json!(show::bytes(self.bytes()))),
            ("lock it takes", json!(lock.in_words())),
            ("sessions whose locks it waits for", json!(activity.in_the_way)),
            ("sessions writing to the table now", json!(activity.writers)),
            ("expected time (rough)", json!(show::duration(ms))),
            (
                "disk it needs",
                json!(format!("up to {} more while it runs", show::bytes(self.bytes()))),
            ),
            ("free disk space", json!("unknown: PostgreSQL does not tell")),
            ("replicas", json!(server.replicas_in_words())),
        ];
        let rows = self
            .chosen
            .iter()
            .map(|index| {
                vec![
                    json!(identifier::qualified(&index.schema, &index.name)),
                    json!(index.is_valid),
                    json!(show::bytes(index.bytes)),
                ]
            })
            .collect();
        let headings = [("index", ""), ("valid", ""), ("size", "")];
        let mut blocks = vec![
            show::record(cx, "Before", fields),
            show::table_of(cx, "Indexes to rebuild", &headings, rows),
        ];
        blocks.extend(activity.block.clone());
        blocks
    }

    fn facts(&self, server: &ServerState) -> Vec<Fact> {
        let mut facts = vec![Fact::SizeBytes {
            bytes: self.table.bytes.max(0) as u64,
        }];
        if !self.concurrently {
            let what = self.table.shown.clone();
            facts.push(Fact::BlocksReads { what: what.clone() });
            facts.push(Fact::BlocksWrites { what });
        }
        facts.extend(server.facts());
        facts
    }

    fn warnings(&self, activity: &Activity) -> Vec<String> {
        let mut warnings = activity.warnings(self.concurrently);
        if self.concurrently && self.only.is_none() {
            warnings.push(
                "Invalid indexes and those of exclusion constraints are left out: rebuild them by their own names"
                    .to_owned(),
            );
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn halves_are_named_as_postgresql_names_them() {
        let long = "x".repeat(63);
        for (name, number, expected) in [
            ("orders_pkey", 0, "orders_pkey_ccnew".to_owned()),
            ("orders_pkey", 2, "orders_pkey_ccnew2".to_owned()),
            (long.as_str(), 0, format!("{}_ccnew", "x".repeat(57))),
        ] {
            assert_eq!(half(name, "ccnew", number), expected);
        }
    }
}
