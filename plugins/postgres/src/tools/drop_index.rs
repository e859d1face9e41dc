//! The tool *drop index*.

use crate::{
    activity::{self, Activity, Lock},
    catalogue::{self, Index},
    connection::{Bounds, Read, Reader, Writer, run_steps},
    server::{self, ServerState},
    show, statement,
    tools::create_index::{self, Definition, Method},
    verify,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Fact, Limits, Plan, Problem, Receipt, Resource, Risk, Step, SuggestedCall, Undo, Verification},
};
use tokio_postgres::types::Type;

pub(crate) struct DropIndex;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The index to drop. Example: `orders_customer_id_idx` or `sales.orders_customer_id_idx`.
    #[schemars(extend("x-slot" = "index"))]
    index: String,
    /// Whether reads and writes go on while it is dropped. Example: `true`.
    #[serde(default = "yes")]
    concurrently: bool,
}

fn yes() -> bool {
    true
}

/// Other valid indexes of the table that lead with the same column.
const OTHERS: &str = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_index x \
  JOIN pg_catalog.pg_index mine ON mine.indexrelid = $1 AND x.indrelid = mine.indrelid AND x.indexrelid <> mine.indexrelid \
 WHERE x.indisvalid AND x.indpred IS NULL AND x.indkey[0] = mine.indkey[0] AND x.indkey[0] <> 0";

/// What [`create_index`] could say about it.
const PARTS: &str = "SELECT m.amname::text, pg_catalog.pg_get_expr(x.indpred, x.indrelid), \
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.position) \
          FROM pg_catalog.unnest(x.indkey::int2[]) WITH ORDINALITY AS k(number, position) \
          JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number) \
  FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_am m ON m.oid = i.relam \
 WHERE x.indexrelid = $1";

const STILL_THERE: &str = "SELECT x.indisvalid AND x.indisready, pg_catalog.pg_get_indexdef(x.indexrelid) \
  FROM pg_catalog.pg_index x WHERE x.indexrelid = $1";

#[async_trait]
impl Change for DropIndex {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.drop_index",
            title: "Drop an index",
            description: "Drops one index, by default CONCURRENTLY so that reads and writes go on; keeps its definition as \
                          the undo; refuses indexes that a key or constraint stands on",
            example: "drop the index orders_customer_id_idx on {target}",
            synonyms: &[
                "remove index",
                "delete index",
                "get rid of the index",
                "unused index",
                "invalid index",
            ],
            category: "database",
            floor: Risk::High,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "plan drop_index")).await?;
        let draft = draft(cx, &mut read, input).await;
        read.end().await;
        draft
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        let plan = granted.plan();
        let done = run_steps(cx, writer, plan, &plan.steps, &granted.idempotency_key(), None).await?;
        Ok(Receipt {
            sentence: format!(
                "The server dropped the index in {}",
                show::duration(done.elapsed_ms as f64)
            ),
            elapsed_ms: done.elapsed_ms,
            facts: BTreeMap::new(),
        })
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let mut read = match verify::settled(cx, reader, plan).await {
            Ok(read) => read,
            Err(cannot_tell) => return Ok(cannot_tell),
        };
        match outcome(cx, &mut read, plan).await {
            Ok(verification) => {
                read.end().await;
                Ok(verification)
            }
            Err(problem) => Ok(verify::cannot_tell(&problem)),
        }
    }

    /// Finishes a concurrent drop that was interrupted and left the index invalid: no query uses it, every write pays.
    async fn clean_up(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<String, Problem> {
        finish(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }
}

/// Errors: `postgres.standby`, `postgres.no_such_index`, `postgres.backs_constraint`, `postgres.partitioned`,
/// `postgres.permission_denied`.
async fn draft(cx: &Cx, read: &mut Read<'_>, input: Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let index = droppable_index(read, &input).await?;
    let lock = if input.concurrently {
        Lock::ShareUpdateExclusive
    } else {
        Lock::AccessExclusive
    };
    let activity = activity::on_table(cx, read, index.table_oid, lock).await?;
    let table = catalogue::table(read, index.table_oid).await?;
    let table = table.map_or("its table".to_owned(), |table| table.shown);
    let others: i64 = read.rows(OTHERS, &[(&index.oid, Type::OID)]).await?[0].get(0);
    let call = create_call(cx, read, &index).await?;
    let qualified = index.qualified();

    let (concurrently, recreate) = (
        concurrently(input.concurrently),
        concurrent_definition(&index.definition),
    );
    let fields = vec![
        ("index", json!(qualified)),
        ("table", json!(table)),
        ("size", json!(show::bytes(index.bytes))),
        ("scans so far", json!(index.scans)),
        ("valid", json!(index.is_valid)),
        ("definition", json!(index.definition)),
        ("lock it takes", json!(lock.in_words())),
        ("sessions whose locks it waits for", json!(activity.in_the_way)),
        ("replicas", json!(server.replicas_in_words())),
    ];
    let mut observed = vec![show::record(cx, "Before", fields)];
    observed.extend(activity.block.clone());
    let on_failure = if input.concurrently {
        vec![Step {
            note: Some("only if the drop was interrupted and left the index invalid".to_owned()),
            ..Step::sql(format!("DROP INDEX CONCURRENTLY IF EXISTS {qualified}"))
        }]
    } else {
        Vec::new()
    };
    Ok(Draft {
        arguments: json!(Input {
            index: index.shown.clone(),
            ..input.clone()
        }),
        summary: format!("Drop index {} on {table}", index.shown),
        steps: vec![Step::sql(format!("DROP INDEX {concurrently}{qualified}"))],
        on_failure,
        touches: vec![
            Resource {
                kind: "index".to_owned(),
                name: qualified,
                how: "removed".to_owned(),
            },
            Resource {
                kind: "table".to_owned(),
                name: table.clone(),
                how: "loses an index".to_owned(),
            },
        ],
        must_hold: must_hold(&index, &server),
        observed,
        undo: Undo::Reversible {
            steps: vec![Step::sql(recreate)],
            call,
        },
        limits: Limits {
            time_ms: 600_000,
            lock_wait_ms: if input.concurrently { 60_000 } else { 3_000 },
            ..Limits::default()
        },
        facts: facts(&server, &table, input.concurrently),
        warnings: warnings(&index, others, &activity, input.concurrently),
    })
}

async fn droppable_index(read: &mut Read<'_>, input: &Input) -> Result<Index, Problem> {
    let index = catalogue::find_index(read, &input.index).await?;
    if let Some(constraint) = &index.constraint {
        return Err(Problem::new(
            "postgres.backs_constraint",
            read.what(),
            format!(
                "the constraint \"{constraint}\" stands on the index \"{}\"",
                index.shown
            ),
            "Keep it, or drop the constraint itself with a migration of your application",
        ));
    }
    if index.is_partitioned && input.concurrently {
        return Err(Problem::new(
            "postgres.partitioned",
            read.what(),
            format!(
                "\"{}\" belongs to a partitioned table, whose indexes cannot be dropped concurrently",
                index.shown
            ),
            "Ask for it with concurrently = false, which blocks reads and writes for a moment",
        ));
    }
    if !index.is_ours {
        return Err(server::only_the_owner(
            read.what(),
            &format!("the index \"{}\"", index.shown),
            &index.owner,
        ));
    }
    Ok(index)
}

fn concurrently(is_concurrent: bool) -> &'static str {
    if is_concurrent { "CONCURRENTLY " } else { "" }
}

/// pg_get_indexdef's statement, in the form that lets writes go on.
fn concurrent_definition(definition: &str) -> String {
    match definition.split_once(" INDEX ") {
        Some((create, rest)) if matches!(create, "CREATE" | "CREATE UNIQUE") => {
            format!("{create} INDEX CONCURRENTLY {rest}")
        }
        _ => definition.to_owned(),
    }
}

/// The call of create_index that makes the same index again, where it can be said that way.
async fn create_call(cx: &Cx, read: &mut Read<'_>, index: &Index) -> Result<Option<SuggestedCall>, Problem> {
    let Some(table) = catalogue::table(read, index.table_oid).await? else {
        return Ok(None);
    };
    let Some(row) = read.row(PARTS, &[(&index.oid, Type::OID)]).await? else {
        return Ok(None);
    };
    let columns: Vec<String> = row.get::<_, Option<Vec<String>>>(2).unwrap_or_default();
    let condition = row
        .get::<_, Option<String>>(1)
        .and_then(|text| statement::condition(&text));
    let Ok(method) = serde_json::from_value::<Method>(row.get::<_, &str>(0).into()) else {
        return Ok(None);
    };
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let again = create_index::create_statement(&Definition {
        name: &index.name,
        table: &table.qualified(),
        columns: &names,
        included: &[],
        is_unique: index.is_unique,
        is_concurrent: true,
        method,
        condition: condition.as_deref(),
    });
    // Orders, operator classes and expressions are beyond the tool, and INCLUDE beyond this undo: then the two differ.
    if !statement::is_same_index(&again, &index.definition) {
        return Ok(None);
    }
    let mut arguments = json!({
        "table": table.qualified(),
        "columns": columns.iter().map(|column| crate::identifier::plain(column)).collect::<Vec<_>>(),
        "name": crate::identifier::plain(&index.name),
        "unique": index.is_unique,
        "method": method,
    });
    if let Some(condition) = condition {
        arguments["where"] = Value::String(condition);
    }
    let because = format!("it makes the index {} again as it was", index.name);
    Ok(Some(SuggestedCall {
        is_undo: true,
        ..show::suggest(cx, "postgres.create_index", arguments, because)
    }))
}

fn must_hold(index: &Index, server: &ServerState) -> BTreeMap<String, Value> {
    BTreeMap::from([
        ("server".to_owned(), server.must_hold()),
        (
            "index".to_owned(),
            json!({ "oid": index.oid, "name": index.qualified() }),
        ),
        ("definition".to_owned(), json!(index.definition)),
        ("is_valid".to_owned(), json!(index.is_valid)),
    ])
}

fn facts(server: &ServerState, table: &str, is_concurrent: bool) -> Vec<Fact> {
    let mut facts = server.facts();
    if !is_concurrent {
        facts.push(Fact::BlocksReads { what: table.to_owned() });
        facts.push(Fact::BlocksWrites { what: table.to_owned() });
    }
    facts
}

fn warnings(index: &Index, others: i64, activity: &Activity, is_concurrent: bool) -> Vec<String> {
    let mut warnings = activity.warnings(is_concurrent);
    if index.scans > 0 {
        let scans = show::plural(index.scans as usize, "time", "times");
        warnings.push(format!("It was used {scans} since statistics are kept"));
    }
    if let Some(column) = index.leading_column.as_ref().filter(|_| others == 0 && index.is_valid) {
        warnings.push(format!(
            "No other index leads with \"{column}\": queries that look for it will read the whole table"
        ));
    }
    if index.is_unique {
        warnings.push(
            "It keeps equal values out; without it they may come in, and it cannot be made again then".to_owned(),
        );
    }
    if index.is_replica_identity {
        warnings.push(
            "Logical replication finds rows by it: without it updates and deletes of the table may fail".to_owned(),
        );
    }
    warnings
}

async fn outcome(cx: &Cx, read: &mut Read<'_>, plan: &Plan) -> Result<Verification, Problem> {
    let index = plan.must_hold.get("index").unwrap_or(&Value::Null);
    let name = index["name"].as_str().unwrap_or_default();
    let oid = index["oid"]
        .as_u64()
        .and_then(|oid| u32::try_from(oid).ok())
        .unwrap_or_default();
    let Some(row) = read.row(STILL_THERE, &[(&oid, Type::OID)]).await? else {
        return Ok(Verification::Holds {
            sentence: format!("The index {name} is gone"),
            evidence: Vec::new(),
        });
    };
    let was_valid = plan.must_hold.get("is_valid").and_then(Value::as_bool).unwrap_or(true);
    let is_valid: bool = row.get(0);
    let fields = vec![
        ("index", json!(name)),
        ("valid", json!(is_valid)),
        ("definition", show::cell(&row, 1)),
    ];
    let evidence = vec![show::record(cx, "After", fields)];
    let is_half_dropped = was_valid && !is_valid;
    let sentence = if is_half_dropped {
        format!("The drop was interrupted: the index {name} is still there, invalid")
    } else {
        format!("The index {name} is still there")
    };
    Ok(Verification::DoesNotHold {
        sentence,
        evidence,
        left_behind: is_half_dropped,
    })
}

pub(super) async fn finish(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<String, Problem> {
    const STATE: &str =
        "SELECT (x.indisvalid AND x.indisready)::text FROM pg_catalog.pg_index x WHERE x.indexrelid::text = $1";
    let what = format!("Could not clean up after {} on {}", plan.tool, plan.target.name);
    let index = plan.must_hold.get("index").unwrap_or(&Value::Null);
    let name = index["name"].as_str().unwrap_or_default();
    match writer
        .look(&what, key, STATE, &index["oid"].to_string())
        .await?
        .as_deref()
    {
        None => Ok(format!("The index {name} is gone")),
        Some("true") => Ok(format!("The index {name} is valid and stays")),
        Some(_) => {
            run_steps(&verify::unstoppable(cx), writer, plan, &plan.on_failure, key, None).await?;
            Ok(format!("The drop of the index {name} was finished"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::concurrent_definition;

    #[test]
    fn a_definition_becomes_one_that_lets_writes_go_on() {
        for (given, expected) in [
            (
                "CREATE INDEX i ON public.t USING btree (a)",
                "CREATE INDEX CONCURRENTLY i ON public.t USING btree (a)",
            ),
            (
                "CREATE UNIQUE INDEX i ON t (a)",
                "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
            ),
            ("something else", "something else"),
        ] {
            assert_eq!(concurrent_definition(given), expected);
        }
    }
}
