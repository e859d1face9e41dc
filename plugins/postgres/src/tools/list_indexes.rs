//! The tool *list indexes*.

use crate::{
    catalogue,
    connection::{Bounds, Reader},
    show,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Problem, Risk, SuggestedCall, Timestamp},
};
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

pub(crate) struct ListIndexes;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Only the indexes of this table. Example: `orders` or `sales.orders`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-slot" = "table"))]
    table: Option<String>,
}

/// Two indexes are duplicates when everything that a scan cares about is equal; one is covered by another when that one
/// begins with all its keys. The size that a btree needs is reckoned from its rows and the average width of its keys: 8
/// bytes of header and 4 of line pointer an entry, 40 bytes lost on a page, the fill factor. Deduplication makes the real
/// size smaller, so what is far over it is room that a rebuild gives back. `NULL` where statistics are missing.
const INDEXES: &str = "SELECT i.oid::regclass::text, x.indrelid::regclass::text, \
       coalesce(pg_catalog.pg_relation_size(i.oid), 0), coalesce(s.idx_scan, 0), x.indisunique, \
       x.indisvalid AND x.indisready, pg_catalog.pg_get_indexdef(i.oid), \
       EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x')), \
       (SELECT pg_catalog.min(y.indexrelid::regclass::text) FROM pg_catalog.pg_index y \
          JOIN pg_catalog.pg_class j ON j.oid = y.indexrelid \
         WHERE y.indrelid = x.indrelid AND y.indexrelid <> x.indexrelid AND j.relam = i.relam \
           AND y.indkey = x.indkey AND y.indnkeyatts = x.indnkeyatts AND y.indclass = x.indclass \
           AND y.indcollation = x.indcollation AND y.indoption = x.indoption \
           AND pg_catalog.pg_get_expr(y.indexprs, y.indrelid) IS NOT DISTINCT FROM pg_catalog.pg_get_expr(x.indexprs, x.indrelid) \
           AND pg_catalog.pg_get_expr(y.indpred, y.indrelid) IS NOT DISTINCT FROM pg_catalog.pg_get_expr(x.indpred, x.indrelid)), \
       (SELECT pg_catalog.min(y.indexrelid::regclass::text) FROM pg_catalog.pg_index y \
          JOIN pg_catalog.pg_class j ON j.oid = y.indexrelid \
         WHERE y.indrelid = x.indrelid AND m.amname = 'btree' AND j.relam = i.relam AND y.indisvalid \
           AND x.indexprs IS NULL AND y.indexprs IS NULL AND x.indnatts = x.indnkeyatts AND y.indnkeyatts > x.indnkeyatts \
           AND (y.indkey::int2[])[0:x.indnkeyatts - 1] = (x.indkey::int2[])[0:x.indnkeyatts - 1] \
           AND (y.indclass::oid[])[0:x.indnkeyatts - 1] = (x.indclass::oid[])[0:x.indnkeyatts - 1] \
           AND (y.indcollation::oid[])[0:x.indnkeyatts - 1] = (x.indcollation::oid[])[0:x.indnkeyatts - 1] \
           AND (y.indoption::int2[])[0:x.indnkeyatts - 1] = (x.indoption::int2[])[0:x.indnkeyatts - 1] \
           AND pg_catalog.pg_get_expr(y.indpred, y.indrelid) IS NOT DISTINCT FROM pg_catalog.pg_get_expr(x.indpred, x.indrelid)), \
       CASE WHEN m.amname = 'btree' AND x.indexprs IS NULL AND i.reltuples > 0 THEN (SELECT CASE WHEN pg_catalog.count(*) = x.indnatts THEN \
            (pg_catalog.current_setting('block_size')::float8 * (1 + pg_catalog.ceil(i.reltuples::float8 \
              * (12 + 8 * pg_catalog.ceil(pg_catalog.sum(w.avg_width) / 8.0)) \
              / ((pg_catalog.current_setting('block_size')::float8 - 40) * coalesce((SELECT f.option_value::float8 \
                   FROM pg_catalog.pg_options_to_table(i.reloptions) f WHERE f.option_name = 'fillfactor'), 90) / 100))))::float8 END \
          FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_stats w ON w.schemaname = tn.nspname AND w.tablename = t.relname \
           AND w.attname = a.attname AND NOT w.inherited \
         WHERE a.attrelid = t.oid AND a.attnum = ANY (x.indkey::int2[])) END \
  FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
  JOIN pg_catalog.pg_am m ON m.oid = i.relam \
  JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace \
  JOIN pg_catalog.pg_class t ON t.oid = x.indrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace \
  LEFT JOIN pg_catalog.pg_stat_all_indexes s ON s.indexrelid = i.oid \
 WHERE CASE WHEN $1::oid IS NULL THEN n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast' \
            ELSE x.indrelid = $1 END \
 ORDER BY 3 DESC, 1 LIMIT $2";

/// Since when scans are counted, whether here is a standby, and how many standbys there are.
const COUNTED: &str = "SELECT d.stats_reset, pg_catalog.pg_is_in_recovery(), \
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication) \
  FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()";

/// Smaller indexes are not worth a word about wasted room.
const BLOAT_FROM_BYTES: i64 = 512 * 1024;
/// A rebuild is proposed when more than this part of an index of at least this size is wasted.
const REBUILD_ABOVE: f64 = 0.5;
const REBUILD_FROM_BYTES: i64 = 16 * 1024 * 1024;
/// So long must scans have been counted before "unused" means something.
const COUNTED_LONG_ENOUGH_DAYS: i64 = 30;
const MOST_SUGGESTIONS: usize = 3;

#[async_trait]
impl Query for ListIndexes {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.list_indexes",
            title: "List indexes",
            description: "Lists the indexes of a table or of the whole database with size, number of scans, definition, \
                          and whether each is unique, invalid, unused, bloated or a duplicate; the largest first",
            example: "which indexes does orders have on {target}",
            synonyms: &[
                "show indexes",
                "indices",
                "unused indexes",
                "duplicate indexes",
                "invalid indexes",
                "index size",
                "index usage",
                "index bloat",
                "what is indexed",
            ],
            category: "database",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "list the indexes")).await?;
        let table = match &input.table {
            Some(name) => Some(catalogue::find_table(&mut read, name).await?),
            None => None,
        };
        let values: [(&(dyn ToSql + Sync), Type); 2] = [
            (&table.as_ref().map(|table| table.oid), Type::OID),
            (&(cx.limits.rows as i64), Type::INT8),
        ];
        let rows = read.rows(INDEXES, &values).await?;
        let counted = read
            .row(COUNTED, &[])
            .await?
            .map(|row| Counted::of(&row))
            .unwrap_or_default();
        read.end().await;

        let indexes: Vec<Index> = rows.iter().map(Index::of).collect();
        let whose = table
            .as_ref()
            .map_or("this database".to_owned(), |table| format!("\"{}\"", table.shown));
        Ok(Answer {
            summary: summary(&indexes, &whose),
            blocks: vec![
                show::table_of(cx, "Indexes", &HEADINGS, indexes.iter().map(Index::cells).collect()),
                Block::text(counted.in_words()),
            ],
            suggestions: suggestions(cx, &indexes, &counted),
        })
    }
}

const HEADINGS: [show::Heading; 9] = [
    ("index", ""),
    ("table", ""),
    ("size", "bytes"),
    ("scans", "count"),
    ("unique", ""),
    ("valid", ""),
    ("remarks", ""),
    ("wasted (estimate)", "percent"),
    ("definition", "sql"),
];

struct Index {
    name: String,
    table: String,
    bytes: i64,
    scans: i64,
    is_unique: bool,
    is_valid: bool,
    definition: String,
    backs_constraint: bool,
    /// Another one with the same columns, order and condition.
    twin: Option<String>,
    /// Another one that begins with the same columns.
    covered_by: Option<String>,
    /// About what it would need if it were built anew.
    needed_bytes: Option<f64>,
}

impl Index {
    fn of(row: &Row) -> Self {
        Self {
            name: row.get(0),
            table: row.get(1),
            bytes: row.get(2),
            scans: row.get(3),
            is_unique: row.get(4),
            is_valid: row.get(5),
            definition: row.get(6),
            backs_constraint: row.get(7),
            twin: row.get(8),
            covered_by: row.get(9),
            needed_bytes: row.get(10),
        }
    }

    /// 0 to 1; `None` for small ones and where nothing is known.
    fn wasted(&self) -> Option<f64> {
        let needed = self.needed_bytes.filter(|_| self.bytes >= BLOAT_FROM_BYTES)?;
        Some((1.0 - needed / self.bytes as f64).max(0.0))
    }

    /// A unique index works without ever being scanned: it keeps duplicates out.
    fn works_unscanned(&self) -> bool {
        self.is_unique || self.backs_constraint
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if !self.is_valid {
            remarks.push("invalid".to_owned());
        }
        if let Some(twin) = &self.twin {
            remarks.push(format!("same columns as {twin}"));
        } else if let Some(other) = self.covered_by.as_ref().filter(|_| !self.works_unscanned()) {
            remarks.push(format!("{other} begins with the same columns"));
        }
        if self.scans == 0 && !self.works_unscanned() {
            remarks.push("unused".to_owned());
        }
        if self.wasted().is_some_and(|wasted| wasted > REBUILD_ABOVE) {
            remarks.push("bloated".to_owned());
        }
        if self.backs_constraint {
            remarks.push("backs a constraint".to_owned());
        }
        remarks
    }

    fn cells(&self) -> Vec<Value> {
        vec![
            json!(self.name),
            json!(self.table),
            json!(self.bytes),
            json!(self.scans),
            json!(self.is_unique),
            json!(self.is_valid),
            json!(self.remarks()),
            json!(self.wasted().map(|wasted| (wasted * 100.0).round())),
            json!(show::shortened(&self.definition, 2_000)),
        ]
    }
}

/// What the number of scans is worth.
#[derive(Default)]
struct Counted {
    since: Option<Timestamp>,
    is_standby: bool,
    standbys: i64,
}

impl Counted {
    fn of(row: &Row) -> Self {
        Self {
            since: row.get(0),
            is_standby: row.get(1),
            standbys: row.get(2),
        }
    }

    fn in_words(&self) -> String {
        let since = match self.since {
            Some(since) => format!("Scans are counted since {since}."),
            None => "Scans are counted since the database was made; they were never set back.".to_owned(),
        };
        let elsewhere = match (self.is_standby, self.standbys) {
            (true, _) => " This is a standby: what its primary and other standbys scan is counted there.",
            (false, 1..) => " Standbys count their own scans: an index that is unused here may be used there.",
            _ => "",
        };
        let bloat = " What is wasted is an estimate from statistics; the extension pgstattuple measures it.";
        format!("{since}{elsewhere}{bloat}")
    }

    /// Whether "never scanned" is reason enough to drop an index.
    fn is_telling(&self, now: Timestamp) -> bool {
        let days = |since: Timestamp| now.duration_since(since).as_hours() / 24;
        !self.is_standby && self.standbys == 0 && self.since.is_none_or(|since| days(since) >= COUNTED_LONG_ENOUGH_DAYS)
    }
}

/// For the clear cases only, those first that cost writes and serve nobody.
fn suggestions(cx: &Cx, indexes: &[Index], counted: &Counted) -> Vec<SuggestedCall> {
    let may_go = |index: &&Index| !index.backs_constraint;
    let drop = |index: &Index, because: String| {
        show::suggest(cx, "postgres.drop_index", json!({ "index": index.name }), because)
    };
    let invalid = indexes.iter().filter(|index| !index.is_valid).filter(may_go);
    let mut calls: Vec<SuggestedCall> = invalid
        .map(|index| drop(index, "it is invalid: it costs writes and serves no query".to_owned()))
        .collect();
    let plain = indexes
        .iter()
        .filter(|index| index.is_valid && !index.works_unscanned());
    for index in plain.clone() {
        let twin = index
            .twin
            .as_ref()
            .and_then(|twin| indexes.iter().find(|other| other.name == *twin));
        // Of two alike, the one that guards something or is scanned more stays.
        let Some(twin) = twin.filter(|twin| twin.is_valid) else {
            continue;
        };
        if twin.works_unscanned() || (twin.scans, &index.name) > (index.scans, &twin.name) {
            calls.push(drop(
                index,
                format!("\"{}\" has the same columns and does its work", twin.name),
            ));
        }
    }
    let wasteful = indexes
        .iter()
        .filter(|index| index.is_valid && index.bytes >= REBUILD_FROM_BYTES);
    for index in wasteful {
        if let Some(wasted) = index.wasted().filter(|wasted| *wasted > REBUILD_ABOVE) {
            let because = format!(
                "about {:.0} % of its {} are wasted, by the statistics",
                wasted * 100.0,
                show::bytes(index.bytes)
            );
            let arguments = json!({ "index": index.name });
            calls.push(show::suggest(cx, "postgres.reindex_table", arguments, because));
        }
    }
    if counted.is_telling(cx.now) {
        let unused =
            plain.filter(|index| index.scans == 0 && index.twin.is_none() && index.bytes >= REBUILD_FROM_BYTES);
        calls.extend(unused.map(|index| {
            let because = format!(
                "it takes {} and was never scanned since scans are counted",
                show::bytes(index.bytes)
            );
            drop(index, because)
        }));
    }
    calls.truncate(MOST_SUGGESTIONS);
    calls
}

fn summary(indexes: &[Index], whose: &str) -> String {
    let having = |remark: &str| {
        let has = |index: &&Index| index.remarks().iter().any(|known| known.contains(remark));
        indexes.iter().filter(has).count()
    };
    let mut parts = Vec::new();
    for (remark, words) in [
        ("invalid", "invalid"),
        ("unused", "never scanned"),
        ("same columns as", "duplicates of another"),
        ("begins with", "covered by another"),
        ("bloated", "bloated"),
    ] {
        match having(remark) {
            0 => {}
            n => parts.push(format!("{n} {words}")),
        }
    }
    let bytes: i64 = indexes.iter().map(|index| index.bytes).sum();
    let count = show::plural(indexes.len(), "index", "indexes");
    match (indexes.is_empty(), parts.is_empty()) {
        (true, _) => format!("There are no indexes on {whose}"),
        (false, true) => format!("{count} on {whose}, {} in all", show::bytes(bytes)),
        (false, false) => format!(
            "{count} on {whose}, {} in all: {}",
            show::bytes(bytes),
            parts.join(", ")
        ),
    }
}
