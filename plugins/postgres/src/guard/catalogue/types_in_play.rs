//! Types that values of a statement can have, and the functions behind them.

use std::collections::{BTreeSet, HashSet};

use tokio_postgres::types::{ToSql, Type};

use super::CheckFailure;
use super::lookups::Catalogue;
use super::relations::Opened;
use crate::guard::names::{Name, Names};
use crate::guard::rating::FIRST_USER_OID;
use crate::guard::refusal::{Refusal, TOO_COMPLEX, UNKNOWN_NAME};
use crate::guard::statement::parse_expression;

/// A statement whose columns lead to more user types than this is refused.
const MOST_TYPES: usize = 2000;

/// The user types that can occur, and what runs behind them.
#[derive(Debug, Default)]
pub(super) struct TypesInPlay {
    user: HashSet<u32>,
    named: HashSet<Name>,
    /// Input, output, comparison, hashing and the like of those types.
    pub functions: BTreeSet<u32>,
    pub names_in_checks: Names,
}

impl TypesInPlay {
    /// Whether values of all these types can occur: built-in ones always can.
    pub fn could_take(&self, types: &[u32]) -> bool {
        types.iter().all(|oid| *oid < FIRST_USER_OID || self.user.contains(oid))
    }

    /// Whether a name was found to be a type's.
    pub fn is_type(&self, name: &Name) -> bool {
        self.named.contains(name)
    }
}

/// Finds the types of the columns read, the types named, and the types of `results`; then
/// what they are made of: elements, base types, fields, ranges, and the arrays over them.
pub(super) async fn find(
    catalogue: &Catalogue<'_>,
    schemas: &[String],
    names: &Names,
    opened: &Opened,
    results: &HashSet<u32>,
) -> Result<TypesInPlay, CheckFailure> {
    let mut found = TypesInPlay::default();
    let mut seeds: BTreeSet<u32> = results.iter().chain(&opened.exact_types).copied().collect();
    seeds.extend(named(catalogue, schemas, names, &mut found.named).await?);
    seeds.extend(of_columns(catalogue, opened, &mut found.user).await?);
    seeds.retain(|oid| *oid >= FIRST_USER_OID);
    let made_of = close(catalogue, seeds, &mut found.names_in_checks).await?;
    found.functions = behind(catalogue, &made_of).await?;
    found.user.extend(made_of);
    Ok(found)
}

/// Returns the user types of columns, and adds to `rows` the types of whole rows: what those
/// are made of are the columns themselves, so they need not be followed.
async fn of_columns(
    catalogue: &Catalogue<'_>,
    opened: &Opened,
    rows: &mut HashSet<u32>,
) -> Result<Vec<u32>, CheckFailure> {
    let sql = "
        SELECT a.atttypid, true FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid >= $2
        UNION ALL SELECT c.reltype, false FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1) AND c.reltype >= $2
        UNION ALL SELECT t.typarray, false FROM pg_catalog.pg_class c JOIN pg_catalog.pg_type t ON t.oid = c.reltype
        WHERE c.oid = ANY ($1) AND c.reltype >= $2";
    let relations: Vec<u32> = opened
        .relations
        .iter()
        .copied()
        .filter(|oid| *oid >= FIRST_USER_OID)
        .collect();
    if relations.is_empty() {
        return Ok(Vec::new());
    }
    let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&relations, Type::OID_ARRAY), (&FIRST_USER_OID, Type::OID)];
    let mut columns = Vec::new();
    for row in catalogue.rows(sql, &parameters).await? {
        let (oid, is_column): (u32, bool) = (row.try_get(0)?, row.try_get(1)?);
        if is_column {
            columns.push(oid);
        } else {
            rows.insert(oid);
        }
    }
    Ok(columns)
}

async fn named(
    catalogue: &Catalogue<'_>,
    schemas: &[String],
    names: &Names,
    is_type: &mut HashSet<Name>,
) -> Result<Vec<u32>, CheckFailure> {
    if names.types.is_empty() {
        return Ok(Vec::new());
    }
    let schema: Vec<Option<&str>> = names.types.iter().map(|used| used.name.schema.as_deref()).collect();
    let name: Vec<&str> = names.types.iter().map(|used| used.name.name.as_str()).collect();
    let sql = "
        SELECT a.ord, t.oid
        FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        JOIN ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) WITH ORDINALITY AS a (schema, name, ord)
          ON t.typname = a.name::pg_catalog.name
        WHERE n.nspname = a.schema::pg_catalog.name OR a.schema IS NULL AND n.nspname = ANY ($3::pg_catalog.name[])";
    let parameters: [(&(dyn ToSql + Sync), Type); 3] = [
        (&schema, Type::TEXT_ARRAY),
        (&name, Type::TEXT_ARRAY),
        (&schemas, Type::TEXT_ARRAY),
    ];
    let uses: Vec<_> = names.types.iter().collect();
    let mut oids = Vec::new();
    for row in catalogue.rows(sql, &parameters).await? {
        is_type.insert(uses[row.try_get::<_, i64>(0)? as usize - 1].name.clone());
        oids.push(row.try_get(1)?);
    }
    match uses
        .iter()
        .find(|used| !used.is_optional && !is_type.contains(&used.name))
    {
        Some(missing) => Err(unknown(&missing.name).into()),
        None => Ok(oids),
    }
}

/// One step: each type's checks, and the types that it is made of or that are made of it.
const STEP: &str = "
    SELECT x.oid, CASE WHEN x.oid = t.oid AND t.typtype = 'd' THEN ARRAY(
        SELECT pg_catalog.pg_get_expr(k.conbin, 0) FROM pg_catalog.pg_constraint k
        WHERE k.contypid = t.oid AND k.contype = 'c' AND k.conbin IS NOT NULL) ELSE '{}' END
    FROM pg_catalog.pg_type t, LATERAL (
        SELECT t.oid UNION ALL SELECT t.typelem UNION ALL SELECT t.typarray UNION ALL SELECT t.typbasetype
        UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
            WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid
        UNION ALL SELECT pg_catalog.jsonb_object_field_text(pg_catalog.to_jsonb(r), 'rngmultitypid')::pg_catalog.oid
            FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid
        UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range r
            WHERE pg_catalog.jsonb_object_field_text(pg_catalog.to_jsonb(r), 'rngmultitypid')::pg_catalog.oid = t.oid) x (oid)
    WHERE t.oid = ANY ($1) AND x.oid >= $2";

/// Follows the steps from `seeds` to the end; adds what the checks of domains name.
async fn close(
    catalogue: &Catalogue<'_>,
    seeds: BTreeSet<u32>,
    checks: &mut Names,
) -> Result<HashSet<u32>, CheckFailure> {
    let mut closed: HashSet<u32> = seeds.iter().copied().collect();
    let mut frontier: Vec<u32> = seeds.into_iter().collect();
    while !frontier.is_empty() {
        if closed.len() > MOST_TYPES {
            return Err(too_many().into());
        }
        let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&frontier, Type::OID_ARRAY), (&FIRST_USER_OID, Type::OID)];
        let mut next = Vec::new();
        for row in catalogue.rows(STEP, &parameters).await? {
            let oid = row.try_get(0)?;
            if closed.insert(oid) {
                next.push(oid);
            }
            for check in row.try_get::<_, Vec<String>>(1)? {
                checks.extend(parse_expression(&check).map_err(unreadable_check)?);
            }
        }
        frontier = next;
    }
    Ok(closed)
}

const BEHIND: &str = "
    SELECT DISTINCT f.oid FROM (
        SELECT x.oid FROM pg_catalog.pg_type t, LATERAL (VALUES
            (t.typinput::pg_catalog.oid), (t.typoutput::pg_catalog.oid), (t.typreceive::pg_catalog.oid), (t.typsend::pg_catalog.oid),
            (t.typmodin::pg_catalog.oid), (t.typmodout::pg_catalog.oid)) x (oid)
        WHERE t.oid = ANY ($1)
        UNION ALL
        SELECT x.oid FROM pg_catalog.pg_range r, LATERAL (VALUES
            (r.rngcanonical::pg_catalog.oid), (r.rngsubdiff::pg_catalog.oid)) x (oid)
        WHERE r.rngtypid = ANY ($1)
        UNION ALL
        SELECT a.amproc::pg_catalog.oid FROM pg_catalog.pg_amproc a
        WHERE (a.amproclefttype = ANY ($1) OR a.amprocrighttype = ANY ($1))
        UNION ALL
        SELECT o.oprcode::pg_catalog.oid FROM pg_catalog.pg_amop a JOIN pg_catalog.pg_operator o ON o.oid = a.amopopr
        WHERE (a.amoplefttype = ANY ($1) OR a.amoprighttype = ANY ($1))
    ) f (oid) WHERE f.oid >= $2";

async fn behind(catalogue: &Catalogue<'_>, types: &HashSet<u32>) -> Result<BTreeSet<u32>, CheckFailure> {
    if types.is_empty() {
        return Ok(BTreeSet::new());
    }
    let types: Vec<u32> = types.iter().copied().collect();
    let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&types, Type::OID_ARRAY), (&FIRST_USER_OID, Type::OID)];
    let rows = catalogue.rows(BEHIND, &parameters).await?;
    let oids = rows.iter().map(|row| row.try_get(0));
    Ok(oids.collect::<Result<_, tokio_postgres::Error>>()?)
}

fn unreadable_check(refusal: Refusal) -> Refusal {
    Refusal::type_or_cast(format_args!(
        "the check of a domain in it is not a read ({})",
        refusal.code
    ))
}

fn too_many() -> Refusal {
    Refusal::new(
        TOO_COMPLEX,
        format!(
            "This is not run as a read: more than {MOST_TYPES} types made by users could occur in it. Read fewer tables at once."
        ),
    )
}

fn unknown(name: &Name) -> Refusal {
    Refusal::new(
        UNKNOWN_NAME,
        format!(
            "This is not run: there is no type {name} here, or it is not in the search path. Correct the name, or give its schema."
        ),
    )
}
