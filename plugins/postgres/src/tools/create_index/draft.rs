//! Plans a new index: what exactly, what it costs, what stands in its way, how to take it back.

use super::{
    Input, Method,
    new_index::{Effort, Existing, IndexColumn, NewIndex, keys},
};
use crate::{
    activity::{self, Lock},
    catalogue::{self, Table, TableKind},
    connection::Read,
    guard, identifier,
    identifier::Name,
    problem, server, show, statement,
};
use steersman_toolkit::{
    Cx, Draft,
    protocol::{Problem, Step},
};
use tokio_postgres::types::{ToSql, Type};

const COLUMNS: &str = "SELECT a.attname::text, a.attnum, pg_catalog.format_type(a.atttypid, a.atttypmod) \
  FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped";

const EXISTING: &str = "SELECT x.indexrelid::regclass::text, x.indisvalid AND x.indisready, x.indisunique, m.amname::text, \
       pg_catalog.array_to_string((x.indkey::int2[])[0:x.indnkeyatts - 1], ' '), \
       x.indexprs IS NULL AND 0 = ALL (x.indoption::int2[]), \
       pg_catalog.pg_get_expr(x.indpred, x.indrelid), \
       pg_catalog.array_to_string((x.indkey::int2[])[x.indnkeyatts:], ' ') \
  FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_am m ON m.oid = i.relam \
 WHERE x.indrelid = $1 ORDER BY 1";

const TAKEN_NAMES: &str = "SELECT c.relname::text FROM pg_catalog.pg_class c \
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY ($2)";

const WIDTH: &str = "SELECT coalesce(pg_catalog.sum(s.avg_width), 0)::float8 FROM pg_catalog.pg_stats s \
 WHERE s.schemaname = $1 AND s.tablename = $2 AND s.attname = ANY ($3)";

const MAY_CREATE: &str = "SELECT pg_catalog.has_schema_privilege($1, 'CREATE')";

/// Reads everything that the plan needs, and refuses what cannot or should not be done.
///
/// Errors: `postgres.standby`, `postgres.no_such_table`, `postgres.not_a_table`, `postgres.permission_denied`,
/// `postgres.too_large`, `postgres.partitioned`, `postgres.no_such_column`, `postgres.bad_index`,
/// `postgres.duplicate_index`, `postgres.name_taken`, `postgres.bad_condition`, and those of the guard.
pub(super) async fn draft(cx: &Cx, read: &mut Read<'_>, input: Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let table = indexable_table(read, &input).await?;
    let (columns, included) = find_columns(read, &table, &input).await?;
    let condition = match &input.condition {
        Some(text) => Some(checked_condition(read, &table, text).await?),
        None => None,
    };
    let existing = existing_indexes(read, &table).await?;
    let twin = twin(&columns, &included, &input, condition.as_deref(), &existing);
    if let Some(twin) = twin {
        return Err(duplicate(read.what(), &table, twin));
    }
    let name = choose_name(read, &table, &columns, input.name.as_deref()).await?;
    let lock = if input.concurrently {
        Lock::ShareUpdateExclusive
    } else {
        Lock::Share
    };
    let activity = activity::on_table(cx, read, table.oid, lock).await?;
    let width = value_width(read, &table, columns.iter().chain(&included)).await?;

    let index = NewIndex {
        table,
        columns,
        included,
        condition,
        name,
        input,
    };
    let effort = Effort::guess(&index, width);
    Ok(Draft {
        arguments: index.arguments(),
        summary: index.summary(),
        steps: vec![Step::sql(index.create_statement())],
        on_failure: vec![Step {
            note: Some("only if the build leaves an invalid index behind".to_owned()),
            ..Step::sql(format!("DROP INDEX CONCURRENTLY IF EXISTS {}", index.qualified()))
        }],
        touches: index.touches(),
        must_hold: index.must_hold(&server),
        observed: index.observed(cx, &server, &activity, &existing, &effort, lock),
        undo: index.undo(cx),
        limits: effort.limits(index.input.concurrently),
        facts: index.facts(&server),
        warnings: index.warnings(&activity, &existing),
    })
}

async fn indexable_table(read: &mut Read<'_>, input: &Input) -> Result<Table, Problem> {
    let table = catalogue::find_table(read, &input.table).await?;
    let thing = format!("\"{}\"", table.shown);
    match table.kind {
        TableKind::Table | TableKind::MaterializedView => {}
        TableKind::Partitioned if !input.concurrently => {}
        TableKind::Partitioned => {
            return Err(Problem::new(
                "postgres.partitioned",
                read.what(),
                format!("{thing} is partitioned, and PostgreSQL cannot index all partitions concurrently at once"),
                "Create the index on each partition, or ask for it with concurrently = false, which blocks writes",
            ));
        }
        TableKind::View | TableKind::Foreign => {
            return Err(Problem::new(
                "postgres.not_a_table",
                read.what(),
                format!("{thing} is a view or a foreign table and has no rows of its own to index"),
                "Index the tables behind it; postgres.describe_table shows them",
            ));
        }
    }
    let may_create: bool = read.rows(MAY_CREATE, &[(&table.schema, Type::TEXT)]).await?[0].get(0);
    if !table.is_ours {
        return Err(server::only_the_owner(
            read.what(),
            &format!("the table {thing}"),
            &table.owner,
        ));
    }
    if !may_create {
        return Err(Problem::new(
            "postgres.permission_denied",
            read.what(),
            format!("our role may not create anything in schema \"{}\"", table.schema),
            format!(
                "GRANT CREATE ON SCHEMA {} to our role",
                identifier::plain(&table.schema)
            ),
        ));
    }
    let limit = read.max_table_gib();
    if table.bytes as u64 > limit.saturating_mul(1 << 30) {
        return Err(Problem::new(
            "postgres.too_large",
            read.what(),
            format!(
                "table {thing} is {}, over this target's limit of {limit} GiB",
                show::bytes(table.bytes)
            ),
            "Raise the limit in the target's settings, or create the index in a maintenance window",
        ));
    }
    Ok(table)
}

/// The key columns, and those that are only included.
async fn find_columns(
    read: &mut Read<'_>,
    table: &Table,
    input: &Input,
) -> Result<(Vec<IndexColumn>, Vec<IndexColumn>), Problem> {
    if input.columns.is_empty() || input.columns.len() > 32 {
        return Err(bad_index(read.what(), "an index has 1 to 32 columns"));
    }
    if input.unique && input.method != Method::Btree {
        return Err(bad_index(read.what(), "only a btree index can be unique"));
    }
    if !input.include.is_empty() && !matches!(input.method, Method::Btree | Method::Gist) {
        return Err(bad_index(read.what(), "an index of this method cannot include columns"));
    }
    if input.columns.len() > 1 && matches!(input.method, Method::Hash | Method::Spgist) {
        return Err(bad_index(read.what(), "an index of this method has one column only"));
    }
    let rows = read.rows(COLUMNS, &[(&table.oid, Type::OID)]).await?;
    let mut columns: Vec<IndexColumn> = Vec::new();
    for text in input.columns.iter().chain(&input.include) {
        let wanted = Name::parse(text).ok().filter(|name| name.schema.is_none());
        let find = |spelling: &str| rows.iter().find(|row| row.get::<_, &str>(0) == spelling);
        let row = wanted.as_ref().and_then(|name| {
            find(&name.name).or_else(|| {
                if name.is_quoted {
                    None
                } else {
                    find(&name.name.to_lowercase())
                }
            })
        });
        let Some(row) = row else {
            let known: Vec<&str> = rows.iter().map(|row| row.get(0)).take(40).collect();
            return Err(Problem::new(
                "postgres.no_such_column",
                read.what(),
                format!(
                    "table \"{}\" has no column \"{}\"",
                    table.shown,
                    text.chars().take(80).collect::<String>()
                ),
                format!("Its columns are {}", known.join(", ")),
            ));
        };
        let column = IndexColumn {
            name: row.get(0),
            number: row.get(1),
            kind: row.get(2),
        };
        if columns.iter().any(|known| known.number == column.number) {
            return Err(bad_index(read.what(), "a column is named twice"));
        }
        columns.push(column);
    }
    let included = columns.split_off(input.columns.len());
    Ok((columns, included))
}

fn bad_index(what: &str, why: &str) -> Problem {
    Problem::new(
        "postgres.bad_index",
        what,
        why,
        "Ask for an index that PostgreSQL can make",
    )
}

/// A condition is judged as the query that it could be part of, and must name only columns of the table.
async fn checked_condition(read: &mut Read<'_>, table: &Table, text: &str) -> Result<String, Problem> {
    let Some(condition) = statement::condition(text) else {
        return Err(Problem::new(
            "postgres.bad_condition",
            read.what(),
            "the condition is not one SQL condition",
            "Write it as after WHERE, for example status = 'open'",
        ));
    };
    let query = format!("SELECT 1 FROM {} WHERE {condition}", table.qualified());
    let judged = guard::parse_read_only(&query).map_err(|refusal| problem::refused(read.what(), refusal))?;
    let checked = read.check(&judged).await?;
    read.text(&format!("{}EXPLAIN {}", crate::connection::MARK, checked.text()))
        .await?;
    Ok(condition)
}

async fn existing_indexes(read: &mut Read<'_>, table: &Table) -> Result<Vec<Existing>, Problem> {
    let rows = read.rows(EXISTING, &[(&table.oid, Type::OID)]).await?;
    Ok(rows
        .iter()
        .map(|row| Existing {
            shown: row.get(0),
            is_valid: row.get(1),
            is_unique: row.get(2),
            method: row.get(3),
            keys: row.get(4),
            is_plain: row.get(5),
            condition: row
                .get::<_, Option<String>>(6)
                .map(|text| statement::condition(&text).unwrap_or(text)),
            included: row.get(7),
        })
        .collect())
}

/// An index that does all that the new one would.
fn twin<'a>(
    columns: &[IndexColumn],
    included: &[IndexColumn],
    input: &Input,
    condition: Option<&str>,
    existing: &'a [Existing],
) -> Option<&'a Existing> {
    existing.iter().find(|index| {
        index.is_valid
            && index.is_plain
            && index.keys == keys(columns)
            && index.included == keys(included)
            && index.method == input.method.as_str()
            && index.condition.as_deref() == condition
            && (index.is_unique || !input.unique)
    })
}

fn duplicate(what: &str, table: &Table, twin: &Existing) -> Problem {
    Problem::new(
        "postgres.duplicate_index",
        what,
        format!("\"{}\" has such an index already: \"{}\"", table.shown, twin.shown),
        "Nothing needs to be done; postgres.list_indexes shows how much it is used",
    )
}

/// The name that was asked for, or the one that PostgreSQL itself would choose.
async fn choose_name(
    read: &mut Read<'_>,
    table: &Table,
    columns: &[IndexColumn],
    wanted: Option<&str>,
) -> Result<String, Problem> {
    let candidates: Vec<String> = match wanted {
        Some(text) => match Name::parse(text) {
            Ok(Name { schema, name, .. }) if schema.as_ref().is_none_or(|schema| *schema == table.schema) => vec![name],
            _ => {
                return Err(bad_index(
                    read.what(),
                    "the index's name is none, or names another schema than its table's",
                ));
            }
        },
        None => {
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            let base = format!("{}_{}", table.name, names.join("_"));
            (0..20)
                .map(|n| with_suffix(&base, &if n == 0 { "_idx".to_owned() } else { format!("_idx{n}") }))
                .collect()
        }
    };
    let values: [(&(dyn ToSql + Sync), Type); 2] = [(&table.schema, Type::TEXT), (&candidates, Type::TEXT_ARRAY)];
    let taken: Vec<String> = read
        .rows(TAKEN_NAMES, &values)
        .await?
        .iter()
        .map(|row| row.get(0))
        .collect();
    candidates
        .into_iter()
        .find(|name| !taken.contains(name))
        .ok_or_else(|| {
            Problem::new(
                "postgres.name_taken",
                read.what(),
                format!(
                    "schema \"{}\" has something named \"{}\" already",
                    table.schema,
                    taken.first().map_or("", String::as_str)
                ),
                "Choose another name, or drop what has it",
            )
        })
}

/// Cut so that the whole fits into a name.
fn with_suffix(base: &str, suffix: &str) -> String {
    let mut end = base.len().min(identifier::MAX_BYTES - suffix.len());
    while !base.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{suffix}", &base[..end])
}

async fn value_width(
    read: &mut Read<'_>,
    table: &Table,
    columns: impl Iterator<Item = &IndexColumn>,
) -> Result<f64, Problem> {
    let names: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
    let values: [(&(dyn ToSql + Sync), Type); 3] = [
        (&table.schema, Type::TEXT),
        (&table.name, Type::TEXT),
        (&names, Type::TEXT_ARRAY),
    ];
    let width: f64 = read.rows(WIDTH, &values).await?[0].get(0);
    // Without statistics, eight bytes a column is the commonest width.
    Ok(if width > 0.0 { width } else { 8.0 * names.len() as f64 })
}
