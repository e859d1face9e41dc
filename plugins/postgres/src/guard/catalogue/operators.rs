//! Operators that somebody made: which functions they run.

use std::collections::{BTreeSet, HashSet};

use tokio_postgres::types::{ToSql, Type};

use super::CheckFailure;
use super::lookups::Catalogue;
use super::types_in_play::TypesInPlay;
use crate::guard::names::Name;
use crate::guard::rating::FIRST_USER_OID;

/// An operator that somebody made.
pub(super) struct Operator {
    operands: [u32; 2],
    result: u32,
    function: u32,
}

/// What lies behind the operators of a statement.
#[derive(Debug, Default)]
pub(super) struct BehindOperators {
    pub functions: BTreeSet<u32>,
    pub result_types: HashSet<u32>,
}

/// The operators whose operands could occur.
pub(super) fn behind(operators: &[Operator], types: &TypesInPlay) -> BehindOperators {
    let mut behind = BehindOperators::default();
    for operator in operators.iter().filter(|operator| types.could_take(&operator.operands)) {
        behind.functions.insert(operator.function);
        behind
            .result_types
            .extend((operator.result >= FIRST_USER_OID).then_some(operator.result));
    }
    behind
}

/// All user operators of these names. Built-in operators run built-in functions that
/// PostgreSQL declares stable or immutable (a test asks the server) and need no look.
pub(super) async fn look_up(
    catalogue: &Catalogue<'_>,
    schemas: &[String],
    operators: &BTreeSet<Name>,
) -> Result<Vec<Operator>, CheckFailure> {
    let schema: Vec<Option<&str>> = operators.iter().map(|operator| operator.schema.as_deref()).collect();
    let name: Vec<&str> = operators.iter().map(|operator| operator.name.as_str()).collect();
    let sql = "
        SELECT o.oprleft, o.oprright, o.oprresult, o.oprcode::pg_catalog.oid
        FROM pg_catalog.pg_operator o
        JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
        JOIN ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS a (schema, name)
          ON o.oprname = a.name::pg_catalog.name
        WHERE o.oid >= $4
          AND (n.nspname = a.schema::pg_catalog.name OR a.schema IS NULL AND n.nspname = ANY ($3::pg_catalog.name[]))";
    let parameters: [(&(dyn ToSql + Sync), Type); 4] = [
        (&schema, Type::TEXT_ARRAY),
        (&name, Type::TEXT_ARRAY),
        (&schemas, Type::TEXT_ARRAY),
        (&FIRST_USER_OID, Type::OID),
    ];
    let rows = catalogue.rows(sql, &parameters).await?;
    let found = rows.iter().map(|row| {
        Ok(Operator {
            operands: [row.try_get(0)?, row.try_get(1)?],
            result: row.try_get(2)?,
            function: row.try_get(3)?,
        })
    });
    Ok(found.collect::<Result<_, tokio_postgres::Error>>()?)
}
