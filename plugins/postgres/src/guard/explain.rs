//! EXPLAIN: which options a read may have, and what is inside.

use serde_json::{Map, Value};

use super::forbidden;
use super::refusal::Refusal;
use super::statement::Kind;
use super::walk::kind_of;

/// Options that only change what is shown. Extensions may add options of their own (from
/// PostgreSQL 18 on): those are refused.
const HARMLESS_OPTIONS: &[&str] = &[
    "buffers",
    "costs",
    "format",
    "generic_plan",
    "memory",
    "serialize",
    "settings",
    "summary",
    "timing",
    "verbose",
    "wal",
];

/// Splits an EXPLAIN into its kind and the query inside.
pub(super) fn open(fields: &Map<String, Value>) -> Result<(Kind, Value), Refusal> {
    let mut kind = Kind::Explain;
    for option in fields.get("options").and_then(Value::as_array).into_iter().flatten() {
        let name = match kind_of(option) {
            Some(("DefElem", option)) => option.get("defname").and_then(Value::as_str).unwrap_or_default(),
            _ => "",
        };
        match name {
            // `ANALYZE false` counts too: it is not worth another way of reading booleans.
            "analyze" => kind = Kind::ExplainAnalyze,
            name if HARMLESS_OPTIONS.contains(&name) => {}
            name => {
                return Err(Refusal::not_read_only(format_args!(
                    "EXPLAIN's option {name:?} is not known here"
                )));
            }
        }
    }
    let query = fields.get("query").cloned().unwrap_or_default();
    match kind_of(&query) {
        Some(("SelectStmt", _)) => Ok((kind, query)),
        Some((other, _)) => Err(forbidden::kind(other)),
        None => Err(Refusal::not_read_only("EXPLAIN has no query in it")),
    }
}
