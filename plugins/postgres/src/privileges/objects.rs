//! The things that privileges are on, and the privileges that they hold for whom.

use super::{MEMBER, On, difference::Held};
use crate::{catalogue, connection::Read, identifier, identifier::Name, roles};
use steersman_toolkit::protocol::Problem;
use tokio_postgres::types::{ToSql, Type};

/// More tables than this are not changed by one plan: nobody could read it.
pub(super) const MOST_OBJECTS: usize = 200;

/// One thing with all entries of its access list.
pub(super) struct Object {
    pub oid: u32,
    /// As GRANT names it, quoted where needed.
    pub name: String,
    pub owner: String,
    pub owner_oid: u32,
    /// We may give and take privileges on it as its owner would.
    pub is_ours: bool,
    /// A function that runs with its owner's rights.
    pub acts_as_owner: bool,
    pub entries: Vec<Entry>,
}

pub(super) struct Entry {
    /// 0 is everybody.
    pub grantee: u32,
    pub word: String,
    pub has_option: bool,
    pub grantor: u32,
    pub grantor_name: String,
}

impl Object {
    /// What the role itself holds, without what it has through others.
    pub(super) fn held_by(&self, role: u32) -> Held {
        let mut held = Held::new();
        for entry in self.entries.iter().filter(|entry| entry.grantee == role) {
            *held.entry(entry.word.clone()).or_default() |= entry.has_option;
        }
        held
    }
}

/// The numbers of what is meant.
///
/// Errors: `postgres.no_such_…`, `postgres.bad_name`, `postgres.too_many`, `postgres.no_tables`.
pub(super) async fn find(read: &mut Read<'_>, on: On, name: &str) -> Result<Vec<u32>, Problem> {
    let sql = match on {
        On::Table => return Ok(vec![catalogue::find_table(read, name).await?.oid]),
        On::Role => return Ok(vec![roles::find(read, name).await?.oid]),
        On::AllTables => {
            "SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
              WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY c.relname"
        }
        On::Sequence => {
            "SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
              WHERE c.relkind = 'S' AND c.relname = $1 AND ($2::text IS NULL OR n.nspname = $2) \
              ORDER BY pg_catalog.pg_table_is_visible(c.oid) DESC LIMIT 1"
        }
        On::Schema => "SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1",
        On::Database => "SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = $1",
        On::Function => {
            "SELECT coalesce(CASE WHEN pg_catalog.strpos($1, '(') > 0 THEN pg_catalog.to_regprocedure($1)::oid \
                                  ELSE pg_catalog.to_regproc($1)::oid END, 0)"
        }
    };
    let (first, schema) = if on == On::Function {
        (name.trim().to_owned(), None)
    } else {
        let parsed = Name::parse(name).map_err(|problem| problem.while_doing(read.what()))?;
        (parsed.name, parsed.schema)
    };
    let both: [(&(dyn ToSql + Sync), Type); 2] = [(&first, Type::TEXT), (&schema, Type::TEXT)];
    let values = if on == On::Sequence { &both[..] } else { &both[..1] };
    let oids: Vec<u32> = read.rows(sql, values).await?.iter().map(|row| row.get(0)).collect();
    let oids: Vec<u32> = oids.into_iter().filter(|oid| *oid != 0).collect();
    if oids.is_empty() {
        return Err(nothing(read.what(), on, name));
    }
    if oids.len() > MOST_OBJECTS {
        return Err(Problem::new(
            "postgres.too_many",
            read.what(),
            format!(
                "schema {first} has {} tables, and one plan shows at most {MOST_OBJECTS}",
                oids.len()
            ),
            "Give the rights to a role by hand, or table by table",
        ));
    }
    Ok(oids)
}

fn nothing(what: &str, on: On, name: &str) -> Problem {
    let name: String = name.chars().take(80).collect();
    match on {
        On::AllTables => Problem::new(
            "postgres.no_tables",
            what,
            format!("there is no schema \"{name}\" with tables in it"),
            "postgres.list_tables shows what there is",
        ),
        On::Function => Problem::new(
            "postgres.no_such_function",
            what,
            format!("there is no function \"{name}\", or more than one"),
            "Give it with its schema and the types of its arguments, as in shop.total(integer)",
        ),
        other => Problem::new(
            format!("postgres.no_such_{}", other.word()),
            what,
            format!("there is no {} \"{name}\"", other.word()),
            "Check the name, and its schema",
        ),
    }
}

/// All columns of [`Object`] but its entries; `acl` is the whole list, the built-in one where none was ever set.
fn question(on: On) -> String {
    let things = match on {
        On::Table | On::AllTables | On::Sequence => {
            "SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, c.relowner AS owner, false AS definer, \
                    coalesce(c.relacl, pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner)) AS acl \
               FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        }
        On::Schema => {
            "SELECT n.oid, pg_catalog.quote_ident(n.nspname) AS name, n.nspowner AS owner, false AS definer, \
                    coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)) AS acl FROM pg_catalog.pg_namespace n"
        }
        On::Database => {
            "SELECT d.oid, pg_catalog.quote_ident(d.datname) AS name, d.datdba AS owner, false AS definer, \
                    coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba)) AS acl FROM pg_catalog.pg_database d"
        }
        On::Function => {
            "SELECT p.oid, pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, \
                    pg_catalog.oidvectortypes(p.proargtypes)) AS name, p.proowner AS owner, \
                    p.prosecdef AS definer, coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner)) AS acl \
               FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
        }
        On::Role => return MEMBERS.to_owned(),
    };
    format!(
        "SELECT o.oid, o.name, pg_catalog.pg_get_userbyid(o.owner)::text, o.owner, \
                pg_catalog.pg_has_role(o.owner, 'USAGE'), o.definer, \
                a.grantee, a.privilege_type, a.is_grantable, a.grantor, pg_catalog.pg_get_userbyid(a.grantor)::text \
           FROM ({things}) o LEFT JOIN LATERAL pg_catalog.aclexplode(o.acl) a ON true \
          WHERE o.oid = ANY ($1) ORDER BY o.name, a.grantee, a.privilege_type"
    )
}

/// A role as a thing on which membership is held.
const MEMBERS: &str = "SELECT r.oid, pg_catalog.quote_ident(r.rolname), r.rolname::text, r.oid, true, false, \
       m.member, 'MEMBER', m.admin_option, m.grantor, pg_catalog.pg_get_userbyid(m.grantor)::text \
  FROM pg_catalog.pg_roles r LEFT JOIN pg_catalog.pg_auth_members m ON m.roleid = r.oid \
 WHERE r.oid = ANY ($1) ORDER BY 2, m.member";

pub(super) async fn read(read: &mut Read<'_>, on: On, oids: &[u32]) -> Result<Vec<Object>, Problem> {
    let oids = oids.to_vec();
    let mut objects: Vec<Object> = Vec::new();
    for row in read.rows(&question(on), &[(&oids, Type::OID_ARRAY)]).await? {
        let oid: u32 = row.get(0);
        if objects.last().is_none_or(|object| object.oid != oid) {
            let name: String = row.get(1);
            objects.push(Object {
                oid,
                name: if on == On::Role {
                    identifier::plain(row.get(2))
                } else {
                    name
                },
                owner: row.get(2),
                owner_oid: row.get(3),
                is_ours: row.get::<_, Option<bool>>(4) == Some(true),
                acts_as_owner: row.get(5),
                entries: Vec::new(),
            });
        }
        let (Some(grantee), Some(object)) = (row.get::<_, Option<u32>>(6), objects.last_mut()) else {
            continue;
        };
        object.entries.push(Entry {
            grantee,
            word: row.get::<_, Option<String>>(7).unwrap_or_else(|| MEMBER.to_owned()),
            has_option: row.get::<_, Option<bool>>(8) == Some(true),
            grantor: row.get::<_, Option<u32>>(9).unwrap_or_default(),
            grantor_name: row.get::<_, Option<String>>(10).unwrap_or_default(),
        });
    }
    Ok(objects)
}

const COLUMN_PRIVILEGES: &str = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute c, \
       pg_catalog.aclexplode(c.attacl) a WHERE c.attrelid = ANY ($1) AND a.grantee = $2 AND a.privilege_type = ANY ($3)";

/// Whether the role has such privileges on single columns, which taking them on the table would take too.
pub(super) async fn has_column_privileges(
    read: &mut Read<'_>,
    oids: &[u32],
    role: u32,
    words: &[&str],
) -> Result<bool, Problem> {
    let (oids, words) = (oids.to_vec(), words.to_vec());
    let values: [(&(dyn ToSql + Sync), Type); 3] =
        [(&oids, Type::OID_ARRAY), (&role, Type::OID), (&words, Type::TEXT_ARRAY)];
    Ok(read.rows(COLUMN_PRIVILEGES, &values).await?[0].get::<_, i64>(0) > 0)
}
