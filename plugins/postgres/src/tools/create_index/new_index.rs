//! The index to be: its statement, its effort, and every part of the plan that follows from it.

use super::Input;
use crate::{
    activity::{Activity, Lock},
    catalogue::Table,
    identifier,
    server::ServerState,
    show,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steersman_toolkit::{
    Cx,
    protocol::{Block, Fact, Limits, Resource, Step, SuggestedCall, Undo},
};

/// Speeds for a rough guess, taken low: one core, one disk, a busy server.
const READ_BYTES_PER_SECOND: f64 = 100e6;
const SORT_ROWS_PER_SECOND: f64 = 500e3;
/// Bytes of an index entry beside its values, and how full pages are (PostgreSQL's manual, fillfactor 90).
const ENTRY_BYTES: f64 = 16.0;
const FILL: f64 = 0.9;

pub(super) struct IndexColumn {
    pub(super) name: String,
    pub(super) number: i16,
    pub(super) kind: String,
}

/// An index that the table has already.
pub(super) struct Existing {
    pub(super) shown: String,
    pub(super) is_valid: bool,
    pub(super) is_unique: bool,
    pub(super) method: String,
    pub(super) keys: String,
    pub(super) included: String,
    pub(super) is_plain: bool,
    pub(super) condition: Option<String>,
}

pub(super) struct NewIndex {
    pub(super) table: Table,
    pub(super) columns: Vec<IndexColumn>,
    pub(super) included: Vec<IndexColumn>,
    pub(super) condition: Option<String>,
    pub(super) name: String,
    pub(super) input: Input,
}

/// A rough guess at what the build takes.
pub(super) struct Effort {
    pub(super) ms: f64,
    pub(super) bytes: f64,
}

impl Effort {
    pub(super) fn guess(index: &NewIndex, width: f64) -> Self {
        let rows = index.table.rows.unwrap_or(index.table.bytes as f64 / 100.0);
        // Concurrently reads the table twice.
        let passes = if index.input.concurrently { 2.0 } else { 1.0 };
        let seconds = passes * index.table.bytes as f64 / READ_BYTES_PER_SECOND + rows / SORT_ROWS_PER_SECOND;
        Self {
            ms: seconds * 1_000.0,
            bytes: rows * (width + ENTRY_BYTES) / FILL,
        }
    }

    /// Far more time than expected, between ten minutes and six hours. Concurrently, waiting for others blocks nobody
    /// who reads or writes, so there may be a minute of it; otherwise a waiting build makes every write wait behind it.
    pub(super) fn limits(&self, is_concurrent: bool) -> Limits {
        Limits {
            time_ms: ((self.ms * 20.0) as u64).clamp(600_000, 21_600_000),
            lock_wait_ms: if is_concurrent { 60_000 } else { 3_000 },
            ..Limits::default()
        }
    }
}

impl NewIndex {
    pub(super) fn qualified(&self) -> String {
        identifier::qualified(&self.table.schema, &self.name)
    }

    pub(super) fn column_names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.name.as_str()).collect()
    }

    fn included_names(&self) -> Vec<&str> {
        self.included.iter().map(|column| column.name.as_str()).collect()
    }

    pub(super) fn column_list(&self) -> String {
        self.columns
            .iter()
            .map(|column| identifier::plain(&column.name))
            .collect::<Vec<_>>()
            .join(", ")
    }

    pub(super) fn create_statement(&self) -> String {
        super::create_statement(&super::Definition {
            name: &self.name,
            table: &self.table.qualified(),
            columns: &self.column_names(),
            included: &self.included_names(),
            is_unique: self.input.unique,
            is_concurrent: self.input.concurrently,
            method: self.input.method,
            condition: self.condition.as_deref(),
        })
    }

    pub(super) fn arguments(&self) -> Value {
        let plain = |columns: &[IndexColumn]| columns.iter().map(|column| identifier::plain(&column.name)).collect();
        json!(Input {
            table: self.table.shown.clone(),
            columns: plain(&self.columns),
            include: plain(&self.included),
            name: Some(identifier::plain(&self.name)),
            condition: self.condition.clone(),
            ..self.input.clone()
        })
    }

    pub(super) fn summary(&self) -> String {
        let unique = if self.input.unique { "unique index" } else { "index" };
        let condition = self
            .condition
            .as_ref()
            .map_or(String::new(), |text| format!(" where {text}"));
        let with = match self.included.is_empty() {
            true => String::new(),
            false => format!(" with {}", self.included_names().join(", ")),
        };
        format!(
            "Create {unique} {} on {} ({}){with}{condition}",
            self.name,
            self.table.shown,
            self.column_list()
        )
    }

    pub(super) fn touches(&self) -> Vec<Resource> {
        let how = if self.input.concurrently {
            "read twice while writes go on"
        } else {
            "read while writes wait"
        };
        vec![
            Resource {
                kind: "table".to_owned(),
                name: self.table.qualified(),
                how: how.to_owned(),
            },
            Resource {
                kind: "index".to_owned(),
                name: self.qualified(),
                how: "new".to_owned(),
            },
        ]
    }

    pub(super) fn must_hold(&self, server: &ServerState) -> BTreeMap<String, Value> {
        let columns: Vec<Value> = self
            .columns
            .iter()
            .chain(&self.included)
            .map(|column| json!({ "name": column.name, "number": column.number, "type": column.kind }))
            .collect();
        BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            (
                "table".to_owned(),
                json!({ "oid": self.table.oid, "name": self.table.qualified() }),
            ),
            ("columns".to_owned(), Value::Array(columns)),
            (
                "no_such_index".to_owned(),
                json!({ "schema": self.table.schema, "name": self.name }),
            ),
        ])
    }

    pub(super) fn observed(
        &self,
        cx: &Cx,
        server: &ServerState,
        activity: &Activity,
        existing: &[Existing],
        effort: &Effort,
        lock: Lock,
    ) -> Vec<Block> {
        let fields = vec![
            ("table", json!(self.table.qualified())),
            ("rows (estimate)", json!(self.table.rows)),
            ("table size", json!(show::bytes(self.table.bytes))),
            ("indexes so far", json!(existing.len())),
            ("lock it takes", json!(lock.in_words())),
            ("sessions whose locks it waits for", json!(activity.in_the_way)),
            ("sessions writing to the table now", json!(activity.writers)),
            ("expected time (rough)", json!(show::duration(effort.ms))),
            ("expected size (rough)", json!(show::bytes(effort.bytes as i64))),
            ("free disk space", json!("unknown: PostgreSQL does not tell")),
            ("replicas", json!(server.replicas_in_words())),
        ];
        let mut blocks = vec![show::record(cx, "Before", fields)];
        blocks.extend(activity.block.clone());
        blocks
    }

    pub(super) fn undo(&self, cx: &Cx) -> Undo {
        Undo::Reversible {
            steps: vec![Step::sql(format!("DROP INDEX CONCURRENTLY {}", self.qualified()))],
            call: Some(SuggestedCall {
                is_undo: true,
                ..show::suggest(
                    cx,
                    "postgres.drop_index",
                    json!({ "index": self.qualified() }),
                    format!("it takes back the creation of {}", self.name),
                )
            }),
        }
    }

    pub(super) fn facts(&self, server: &ServerState) -> Vec<Fact> {
        let mut facts = vec![Fact::SizeBytes {
            bytes: self.table.bytes.max(0) as u64,
        }];
        if !self.input.concurrently {
            facts.push(Fact::BlocksWrites {
                what: self.table.shown.clone(),
            });
        }
        facts.extend(server.facts());
        facts
    }

    pub(super) fn warnings(&self, activity: &Activity, existing: &[Existing]) -> Vec<String> {
        let keys = keys(&self.columns);
        let mut warnings = activity.warnings(self.input.concurrently);
        for index in existing {
            if index.keys == keys && !index.is_valid {
                warnings.push(format!(
                    "An invalid index of the same columns, \"{}\", is left from before: drop it",
                    index.shown
                ));
            } else if index.keys == keys {
                warnings.push(format!(
                    "\"{}\" has the same columns, with another condition, order or method",
                    index.shown
                ));
            } else if index.is_valid && index.condition.is_none() && index.keys.starts_with(&format!("{keys} ")) {
                warnings.push(format!(
                    "\"{}\" begins with the same columns and may serve the same queries",
                    index.shown
                ));
            }
        }
        if self.input.unique {
            warnings.push("If two rows have equal values now, it fails".to_owned());
        }
        warnings
    }
}

/// The columns' numbers as `pg_index.indkey` writes them.
pub(super) fn keys(columns: &[IndexColumn]) -> String {
    columns
        .iter()
        .map(|column| column.number.to_string())
        .collect::<Vec<_>>()
        .join(" ")
}
