//! Reads back whether the index is there, whole, and the one that was planned.

use super::build::index_name;
use crate::{
    connection::{Read, Reader},
    show, verify,
};
use serde_json::{Value, json};
use steersman_toolkit::{
    Cx,
    protocol::{Block, Plan, Problem, Verification},
};
use tokio_postgres::{Row, types::Type};

const INDEX: &str = "SELECT x.indrelid, x.indisvalid AND x.indisready, pg_catalog.pg_relation_size(x.indexrelid), \
       pg_catalog.pg_get_indexdef(x.indexrelid), pg_catalog.array_to_string(x.indkey, ' '), x.indisunique, m.amname::text, \
       x.indpred IS NOT NULL, (x.indnatts - x.indnkeyatts)::int8 \
  FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_am m ON m.oid = i.relam \
 WHERE x.indexrelid = pg_catalog.to_regclass($1)";

/// From the catalogue alone: a receipt is not needed, and would not be believed.
pub(super) async fn verify(cx: &Cx, reader: &Reader, plan: &Plan) -> Result<Verification, Problem> {
    let mut read = match verify::settled(cx, reader, plan).await {
        Ok(read) => read,
        Err(cannot_tell) => return Ok(cannot_tell),
    };
    match look(cx, &mut read, plan).await {
        Ok(verification) => {
            read.end().await;
            Ok(verification)
        }
        Err(problem) => Ok(verify::cannot_tell(&problem)),
    }
}

async fn look(cx: &Cx, read: &mut Read<'_>, plan: &Plan) -> Result<Verification, Problem> {
    let name = index_name(plan);
    let Some(row) = read.row(INDEX, &[(&name, Type::TEXT)]).await? else {
        return Ok(Verification::DoesNotHold {
            sentence: format!("There is no index {name}"),
            evidence: Vec::new(),
            left_behind: false,
        });
    };
    let evidence = vec![evidence(cx, &name, &row)];
    if !is_as_planned(&row, plan) {
        return Ok(Verification::DoesNotHold {
            sentence: format!("There is an index {name}, but not the one that was planned"),
            evidence,
            left_behind: false,
        });
    }
    let is_valid: bool = row.get(1);
    Ok(if is_valid {
        let size = show::bytes(row.get::<_, i64>(2));
        Verification::Holds {
            sentence: format!("The index {name} is there and valid ({size})"),
            evidence,
        }
    } else {
        Verification::DoesNotHold {
            sentence: format!("The build did not finish: the index {name} is there but invalid"),
            evidence,
            left_behind: true,
        }
    })
}

fn is_as_planned(row: &Row, plan: &Plan) -> bool {
    let table = plan.must_hold.get("table").and_then(|table| table["oid"].as_u64());
    let columns = plan
        .must_hold
        .get("columns")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let keys: Vec<String> = columns.iter().map(|column| column["number"].to_string()).collect();
    table == Some(u64::from(row.get::<_, u32>(0)))
        && row.get::<_, &str>(4) == keys.join(" ")
        && plan.arguments["include"].as_array().map_or(0, Vec::len) as i64 == row.get::<_, i64>(8)
        && plan.arguments["unique"].as_bool() == Some(row.get(5))
        && plan.arguments["method"].as_str() == Some(row.get(6))
        && plan.arguments["where"].is_string() == row.get::<_, bool>(7)
}

fn evidence(cx: &Cx, name: &str, row: &Row) -> Block {
    let fields = vec![
        ("index", json!(name)),
        ("valid", show::cell(row, 1)),
        ("size", json!(show::bytes(row.get::<_, i64>(2)))),
        ("definition", show::cell(row, 3)),
    ];
    show::record(cx, "After", fields)
}
