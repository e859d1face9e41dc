//! Tables and views: what a name stands for, and what a view is made of.

use std::collections::{BTreeSet, HashSet};

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::CheckFailure;
use super::lookups::Catalogue;
use crate::guard::names::{Name, Names};
use crate::guard::rating::FIRST_USER_OID;
use crate::guard::refusal::{FOREIGN_TABLE, Refusal, SECRET, TOO_COMPLEX, UNKNOWN_NAME};
use crate::guard::statement::{parse_expression, parse_view};

/// Views may stand on views; more layers than this are refused.
const MOST_LAYERS: usize = 16;
/// A statement over more relations than this, views opened, is refused.
const MOST_RELATIONS: usize = 500;

/// The relations a statement reads, views opened.
#[derive(Debug, Default)]
pub(super) struct Opened {
    pub relations: BTreeSet<u32>,
    /// User functions that views and policies call, by number: exact, whatever their names.
    pub exact_functions: BTreeSet<u32>,
    pub exact_types: BTreeSet<u32>,
    /// Relations of users that have a definition: views, and tables with policies.
    defined: Vec<u32>,
}

/// Opens all relations in `names`, adding to `names` what the views' queries and the
/// row-security policies of tables name.
pub(super) async fn open(catalogue: &Catalogue<'_>, names: &mut Names) -> Result<Opened, CheckFailure> {
    let mut opened = Opened::default();
    let mut asked = HashSet::new();
    let mut layer: Vec<Mention> = names
        .relations
        .iter()
        .map(|name| Mention {
            name: name.clone(),
            place: Place::Statement,
        })
        .collect();
    for _ in 0..MOST_LAYERS {
        layer.retain(|mention| asked.insert(mention.clone()));
        if layer.is_empty() {
            open_by_number(catalogue, &mut opened).await?;
            return Ok(opened);
        }
        let mut next = Vec::new();
        for relation in look_up(catalogue, &layer).await? {
            let Some(oid) = relation.oid else {
                if relation.mention.is_with_query(names) {
                    continue;
                }
                return Err(unknown(&relation.mention.name).into());
            };
            refuse_foreign(&relation)?;
            refuse_secret(&relation)?;
            opened.relations.insert(oid);
            let inside = relation.names_inside()?;
            let place = if oid < FIRST_USER_OID {
                Place::BuiltinView
            } else {
                Place::UserView
            };
            if place == Place::UserView && relation.has_definition() {
                opened.defined.push(oid);
            }
            next.extend(inside.relations.iter().cloned().map(|name| Mention { name, place }));
            names.extend(inside);
        }
        if opened.relations.len() > MOST_RELATIONS {
            return Err(too_many().into());
        }
        layer = next;
    }
    Err(too_many().into())
}

/// A relation's name where it is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Mention {
    name: Name,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Statement,
    UserView,
    BuiltinView,
}

impl Mention {
    fn is_with_query(&self, names: &Names) -> bool {
        self.name.schema.is_none() && names.with_queries.contains(&self.name.name)
    }
}

struct Relation {
    mention: Mention,
    oid: Option<u32>,
    schema: String,
    name: String,
    kind: String,
    view: Option<String>,
    policies: Vec<String>,
    /// Whether the policies hold for the current role. Behind a view they hold for its owner.
    is_policed: bool,
    has_foreign_part: bool,
}

const LOOK_UP: &str = "
    WITH asked AS (
        SELECT ord, pg_catalog.to_regclass(
            CASE WHEN schema IS NULL THEN '' ELSE pg_catalog.quote_ident(schema) || '.' END || pg_catalog.quote_ident(name)) AS oid
        FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) WITH ORDINALITY AS a (schema, name, ord)
    )
    SELECT a.ord, c.oid, n.nspname::pg_catalog.text, c.relname::pg_catalog.text, c.relkind::pg_catalog.text,
           CASE WHEN c.relkind = 'v' THEN pg_catalog.pg_get_viewdef(c.oid) END,
           CASE WHEN c.relrowsecurity THEN ARRAY(
               SELECT pg_catalog.pg_get_expr(p.polqual, p.polrelid) FROM pg_catalog.pg_policy p
               WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND p.polqual IS NOT NULL) ELSE '{}' END,
           c.relhassubclass AND EXISTS (
               WITH RECURSIVE below AS (
                   SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid
                   UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN below b ON i.inhparent = b.inhrelid)
               SELECT FROM below b JOIN pg_catalog.pg_class f ON f.oid = b.inhrelid WHERE f.relkind = 'f'),
           c.relrowsecurity AND pg_catalog.row_security_active(c.oid)
    FROM asked a
    LEFT JOIN pg_catalog.pg_class c ON c.oid = a.oid
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    ORDER BY a.ord";

async fn look_up(catalogue: &Catalogue<'_>, mentions: &[Mention]) -> Result<Vec<Relation>, CheckFailure> {
    let schema: Vec<Option<&str>> = mentions.iter().map(|mention| mention.name.schema.as_deref()).collect();
    let name: Vec<&str> = mentions.iter().map(|mention| mention.name.name.as_str()).collect();
    let rows = catalogue
        .rows(LOOK_UP, &[(&schema, Type::TEXT_ARRAY), (&name, Type::TEXT_ARRAY)])
        .await?;
    let relations = rows.iter().zip(mentions).map(|(row, mention)| read(row, mention));
    Ok(relations.collect::<Result<_, tokio_postgres::Error>>()?)
}

fn read(row: &Row, mention: &Mention) -> Result<Relation, tokio_postgres::Error> {
    Ok(Relation {
        mention: mention.clone(),
        oid: row.try_get(1)?,
        schema: row.try_get::<_, Option<String>>(2)?.unwrap_or_default(),
        name: row.try_get::<_, Option<String>>(3)?.unwrap_or_default(),
        kind: row.try_get::<_, Option<String>>(4)?.unwrap_or_default(),
        view: row.try_get(5)?,
        policies: row.try_get::<_, Option<Vec<String>>>(6)?.unwrap_or_default(),
        has_foreign_part: row.try_get::<_, Option<bool>>(7)?.unwrap_or_default(),
        is_policed: row.try_get::<_, Option<bool>>(8)?.unwrap_or_default(),
    })
}

impl Relation {
    fn policies_in_force(&self) -> &[String] {
        if self.is_policed || self.mention.place != Place::Statement {
            &self.policies
        } else {
            &[]
        }
    }

    fn has_definition(&self) -> bool {
        self.view.is_some() || !self.policies_in_force().is_empty()
    }

    fn names_inside(&self) -> Result<Names, Refusal> {
        let mut inside = Names::default();
        let blame = |refusal: Refusal| Refusal {
            sentence: format!(
                "{} (Found in the definition of {}.{}.)",
                refusal.sentence, self.schema, self.name
            ),
            ..refusal
        };
        if let Some(view) = &self.view {
            inside.extend(parse_view(view).map_err(blame)?);
        }
        for policy in self.policies_in_force() {
            inside.extend(parse_expression(policy).map_err(blame)?);
        }
        Ok(inside)
    }
}

/// What PostgreSQL itself recorded of user objects in the definitions of views and policies.
async fn open_by_number(catalogue: &Catalogue<'_>, opened: &mut Opened) -> Result<(), CheckFailure> {
    let sql = "
        SELECT DISTINCT d.refclassid::pg_catalog.regclass::pg_catalog.text, d.refobjid
        FROM pg_catalog.pg_depend d
        LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND r.oid = d.objid
        LEFT JOIN pg_catalog.pg_policy p ON d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND p.oid = d.objid
        WHERE (r.ev_class = ANY ($1) OR p.polrelid = ANY ($1)) AND d.refobjid >= $2
          AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass)";
    if opened.defined.is_empty() {
        return Ok(());
    }
    let relations = std::mem::take(&mut opened.defined);
    let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
        [(&relations, Type::OID_ARRAY), (&FIRST_USER_OID, Type::OID)];
    for row in catalogue.rows(sql, &parameters).await? {
        let (class, oid): (&str, u32) = (row.try_get(0)?, row.try_get(1)?);
        match class {
            "pg_proc" => opened.exact_functions.insert(oid),
            _ => opened.exact_types.insert(oid),
        };
    }
    Ok(())
}

fn refuse_foreign(relation: &Relation) -> Result<(), Refusal> {
    if relation.kind != "f" && !relation.has_foreign_part {
        return Ok(());
    }
    Err(Refusal::new(
        FOREIGN_TABLE,
        format!(
            "This is not run as a read: {}.{} is a foreign table or has one among its partitions, so reading it reaches another system. Ask that system, or read a table of this one.",
            relation.schema, relation.name
        ),
    ))
}

/// Catalogues with password hashes and stored connection strings.
const SECRET_RELATIONS: &[&str] = &[
    "_pg_user_mappings",
    "pg_authid",
    "pg_shadow",
    "pg_subscription",
    "pg_user_mapping",
    "pg_user_mappings",
    "user_mapping_options",
];

fn refuse_secret(relation: &Relation) -> Result<(), Refusal> {
    let is_system = matches!(relation.schema.as_str(), "pg_catalog" | "information_schema");
    // PostgreSQL's own views over them mask what is secret.
    if relation.mention.place == Place::BuiltinView || !is_system || !SECRET_RELATIONS.contains(&relation.name.as_str())
    {
        return Ok(());
    }
    Err(Refusal::new(
        SECRET,
        format!(
            "This is not run: {}.{} holds password hashes or stored credentials. Use pg_roles, pg_stat_subscription or the like, which do not show them.",
            relation.schema, relation.name
        ),
    ))
}

fn unknown(name: &Name) -> Refusal {
    Refusal::new(
        UNKNOWN_NAME,
        format!(
            "This is not run: there is no table or view {name} here, or it is not in the search path. Look it up with list_tables and give its schema."
        ),
    )
}

fn too_many() -> Refusal {
    Refusal::new(
        TOO_COMPLEX,
        format!(
            "This is not run as a read: its views stand on more than {MOST_LAYERS} layers or {MOST_RELATIONS} relations. Read the tables below them."
        ),
    )
}
