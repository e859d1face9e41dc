//! Functions: which ones a name could mean, and the judgement on each.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::CheckFailure;
use super::lookups::Catalogue;
use super::types_in_play::TypesInPlay;
use crate::guard::names::FunctionCall;
use crate::guard::rating::{FIRST_USER_OID, Function, rate_called, rate_implicit};
use crate::guard::refusal::{Refusal, UNKNOWN_NAME};

/// A function that one of the calls could mean.
pub(super) struct Candidate {
    /// Which call, in the order of the set that was looked up.
    call: usize,
    function: Function,
}

/// What [`rating`](crate::guard::rating) wants to know; `p` is the function.
const FACTS: &str = "
    p.oid, n.nspname::pg_catalog.text, p.proname::pg_catalog.text, p.provolatile::pg_catalog.text,
    p.prokind::pg_catalog.text, l.lanname::pg_catalog.text, o.rolsuper,
    -- cstring, trigger, language_handler, internal, event_trigger and the handlers.
    ARRAY[2275, 2279, 2280, 2281, 3838, 3115, 325, 269]::pg_catalog.oid[] && (p.proargtypes::pg_catalog.oid[] || p.prorettype),
    (SELECT e.extname::pg_catalog.text FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
     WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'
       AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass LIMIT 1),
    CASE WHEN p.prokind = 'a' THEN ARRAY(
        SELECT pl.lanname::pg_catalog.text FROM pg_catalog.pg_aggregate g
        JOIN pg_catalog.pg_proc part ON part.oid IN (g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn,
            g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn)
        JOIN pg_catalog.pg_language pl ON pl.oid = part.prolang
        WHERE g.aggfnoid = p.oid AND part.oid >= 16384) ELSE '{}' END,
    p.proargtypes::pg_catalog.oid[],
    p.prorettype || COALESCE(p.proallargtypes, '{}')
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    JOIN pg_catalog.pg_roles o ON o.oid = p.proowner";

/// `EXTRACT` is the function `extract` since 14, and was `date_part` before.
static BY_NAME: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT a.call, {FACTS}
         JOIN ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.int4[]))
             WITH ORDINALITY AS a (schema, name, arguments, call) ON p.proname = ANY (CASE a.name WHEN 'extract'
                 THEN '{{extract,date_part}}'::pg_catalog.name[] ELSE ARRAY[a.name::pg_catalog.name] END)
         WHERE (n.nspname = a.schema::pg_catalog.name OR a.schema IS NULL AND n.nspname = ANY ($4::pg_catalog.name[]))
           AND (a.arguments < 0
                OR p.pronargs - p.pronargdefaults - (p.provariadic <> 0)::pg_catalog.int4 <= a.arguments
                   AND (a.arguments <= p.pronargs OR p.provariadic <> 0))"
    )
});

static BY_NUMBER: LazyLock<String> = LazyLock::new(|| format!("SELECT {FACTS} WHERE p.oid = ANY ($1) ORDER BY p.oid"));

/// All functions that have the name and take that many arguments, whatever their types: which
/// overload PostgreSQL would choose is not worked out here.
pub(super) async fn look_up(
    catalogue: &Catalogue<'_>,
    schemas: &[String],
    calls: &BTreeSet<FunctionCall>,
) -> Result<Vec<Candidate>, CheckFailure> {
    if calls.is_empty() {
        return Ok(Vec::new());
    }
    let schema: Vec<Option<&str>> = calls.iter().map(|call| call.name.schema.as_deref()).collect();
    let name: Vec<&str> = calls.iter().map(|call| call.name.name.as_str()).collect();
    let arguments: Vec<i32> = calls
        .iter()
        .map(|call| call.arguments.map_or(-1, |count| count as i32))
        .collect();
    let parameters: [(&(dyn ToSql + Sync), Type); 4] = [
        (&schema, Type::TEXT_ARRAY),
        (&name, Type::TEXT_ARRAY),
        (&arguments, Type::INT4_ARRAY),
        (&schemas, Type::TEXT_ARRAY),
    ];
    let rows = catalogue.rows(&BY_NAME, &parameters).await?;
    let candidates = rows.iter().map(|row| {
        Ok(Candidate {
            call: row.try_get::<_, i64>(0)? as usize - 1,
            function: read(row, 1)?,
        })
    });
    Ok(candidates.collect::<Result<_, tokio_postgres::Error>>()?)
}

/// Refuses the first call that could mean something not harmless. Returns the types that the
/// user functions among the candidates yield.
pub(super) fn judge(
    calls: &BTreeSet<FunctionCall>,
    candidates: &[Candidate],
    types: &TypesInPlay,
) -> Result<HashSet<u32>, Refusal> {
    let mut results = HashSet::new();
    let mut found = HashSet::new();
    for candidate in candidates {
        let function = &candidate.function;
        found.insert(candidate.call);
        // An overload for a type that no value here can have is not the one that is called.
        if !function.is_builtin() && !types.could_take(&function.argument_types) {
            continue;
        }
        rate_called(function).map_err(Refusal::function)?;
        if !function.is_builtin() {
            results.extend(function.result_types.iter().filter(|oid| **oid >= FIRST_USER_OID));
        }
    }
    for (index, call) in calls.iter().enumerate() {
        if !call.is_optional && !found.contains(&index) && !types.is_type(&call.name) {
            return Err(unknown(call));
        }
    }
    Ok(results)
}

/// Refuses the first function by number that is not harmless when it runs unnamed: behind a
/// view, an operator, a cast or a type.
pub(super) async fn judge_implicit(catalogue: &Catalogue<'_>, oids: &BTreeSet<u32>) -> Result<(), CheckFailure> {
    let oids: Vec<u32> = oids.iter().copied().filter(|oid| *oid >= FIRST_USER_OID).collect();
    if oids.is_empty() {
        return Ok(());
    }
    for row in catalogue.rows(&BY_NUMBER, &[(&oids, Type::OID_ARRAY)]).await? {
        let function = read(&row, 0)?;
        rate_implicit(&function).map_err(|why| {
            Refusal::function(format_args!(
                "a view, operator, cast or type in it runs a function, and {why}"
            ))
        })?;
    }
    Ok(())
}

fn read(row: &Row, first: usize) -> Result<Function, tokio_postgres::Error> {
    let character = |index: usize| -> Result<char, tokio_postgres::Error> {
        Ok(row.try_get::<_, &str>(first + index)?.chars().next().unwrap_or('?'))
    };
    Ok(Function {
        oid: row.try_get(first)?,
        schema: row.try_get(first + 1)?,
        name: row.try_get(first + 2)?,
        volatility: character(3)?,
        kind: character(4)?,
        language: row.try_get(first + 5)?,
        is_owned_by_superuser: row.try_get(first + 6)?,
        is_internal: row.try_get(first + 7)?,
        extension: row.try_get(first + 8)?,
        part_languages: row.try_get(first + 9)?,
        argument_types: row.try_get(first + 10)?,
        result_types: row.try_get(first + 11)?,
    })
}

fn unknown(call: &FunctionCall) -> Refusal {
    let arguments = call
        .arguments
        .map_or_else(String::new, |count| format!(" with {count} arguments"));
    Refusal::new(
        UNKNOWN_NAME,
        format!(
            "This is not run: there is no function {}{arguments} here, or it is not in the search path. Correct the name, or give its schema.",
            call.name
        ),
    )
}
