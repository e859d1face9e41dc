//! What a role owns and may, as far as one connection can see.

use crate::{connection::Read, identifier, roles::Role, show};
use steersman_toolkit::{
    Cx,
    protocol::{Block, Problem},
};
use tokio_postgres::types::Type;

/// Longest list of things that a plan names.
const MOST: usize = 200;

/// Other databases that name the role: only a connection to them can say in what.
const ELSEWHERE: &str = "SELECT coalesce(d.datname::text, 'a dropped database'), pg_catalog.count(*) \
  FROM pg_catalog.pg_shdepend s LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid \
 WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = $1 AND s.dbid <> 0 \
   AND s.dbid <> (SELECT c.oid FROM pg_catalog.pg_database c WHERE c.datname = pg_catalog.current_database()) \
 GROUP BY 1 ORDER BY 1";

/// What it owns (true) or only has rights in (false), in this database and in what all databases share. A membership
/// that it granted counts as a right.
const HERE: &str = "SELECT s.deptype = 'o' AND s.classid <> 'pg_catalog.pg_auth_members'::pg_catalog.regclass, \
       pg_catalog.pg_describe_object(s.classid, s.objid, s.objsubid) \
  FROM pg_catalog.pg_shdepend s \
 WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = $1 \
   AND s.dbid IN (0, (SELECT c.oid FROM pg_catalog.pg_database c WHERE c.datname = pg_catalog.current_database())) \
 ORDER BY 1 DESC, 2";

const SESSIONS: &str = "SELECT a.pid, a.datname::text, a.application_name, a.client_addr::text, a.state \
  FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = $1 ORDER BY 1 LIMIT 50";

/// Statements that would make it again, but for its password.
const AGAIN: &str = "SELECT pg_catalog.format('GRANT %I TO %I%s', g.rolname, r.rolname, \
       CASE WHEN m.admin_option THEN ' WITH ADMIN OPTION' ELSE '' END) \
  FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid \
  JOIN pg_catalog.pg_roles r ON r.oid = m.member WHERE $1 IN (m.member, m.roleid) \
 UNION ALL \
 SELECT pg_catalog.format('ALTER ROLE %I %sSET %s TO %L', r.rolname, \
        CASE WHEN d.datname IS NULL THEN '' ELSE pg_catalog.format('IN DATABASE %I ', d.datname) END, \
        pg_catalog.split_part(c.setting, '=', 1), pg_catalog.substr(c.setting, pg_catalog.strpos(c.setting, '=') + 1)) \
   FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_roles r ON r.oid = s.setrole \
   LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) AS c(setting) \
  WHERE s.setrole = $1 \
 UNION ALL \
 SELECT pg_catalog.format('GRANT %s ON %s TO %I%s', pg_catalog.string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), \
        o.thing, r.rolname, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) \
   FROM (SELECT pg_catalog.format('%s %I.%I', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname), \
                c.relacl FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         UNION ALL SELECT pg_catalog.format('SCHEMA %I', n.nspname), n.nspacl FROM pg_catalog.pg_namespace n \
         UNION ALL SELECT pg_catalog.format('DATABASE %I', d.datname), d.datacl FROM pg_catalog.pg_database d \
         UNION ALL SELECT pg_catalog.format('ROUTINE %I.%I(%s)', n.nspname, p.proname, \
                          pg_catalog.pg_get_function_identity_arguments(p.oid)), p.proacl \
           FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace) AS o(thing, acl), \
        pg_catalog.aclexplode(o.acl) a, pg_catalog.pg_roles r \
  WHERE a.grantee = $1 AND r.oid = $1 GROUP BY o.thing, r.rolname, a.is_grantable LIMIT 200";

pub(super) struct Holdings {
    /// "table orders", at most 200.
    pub owned: Vec<String>,
    pub owned_count: usize,
    /// "table customers", at most 200: things that it only has rights in.
    pub rights: Vec<String>,
    pub rights_count: usize,
    /// Databases besides this one that name it, and how many things there do.
    pub elsewhere: Vec<(String, i64)>,
    pub sessions: usize,
    pub blocks: Vec<Block>,
}

pub(super) async fn look(cx: &Cx, read: &mut Read<'_>, role: &Role) -> Result<Holdings, Problem> {
    let oid: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 1] = [(&role.oid, Type::OID)];
    let elsewhere = read.rows(ELSEWHERE, &oid).await?;
    let here = read.rows(HERE, &oid).await?;
    let of_kind = |is_owned: bool| -> Vec<String> {
        here.iter()
            .filter(|row| row.get::<_, bool>(0) == is_owned)
            .map(|row| {
                row.get::<_, Option<String>>(1)
                    .unwrap_or_else(|| "something unknown".to_owned())
            })
            .collect()
    };
    let (mut owned, mut rights) = (of_kind(true), of_kind(false));
    let (owned_count, rights_count) = (owned.len(), rights.len());
    owned.truncate(MOST);
    rights.truncate(MOST);
    let sessions = read.rows(SESSIONS, &oid).await?;
    let mut again = vec![format!(
        "CREATE ROLE {} {}",
        identifier::plain(&role.name),
        role.options()
    )];
    again.extend(read.rows(AGAIN, &oid).await?.iter().map(|row| row.get::<_, String>(0)));

    let mut blocks = vec![show::table_of(
        cx,
        "What would make it again, but for its password",
        &[("statement", "sql")],
        again.into_iter().map(|statement| vec![statement.into()]).collect(),
    )];
    if owned_count > 0 {
        blocks.push(list(cx, "What it owns", &owned));
    }
    if rights_count > 0 {
        blocks.push(list(cx, "What it has rights in", &rights));
    }
    if !sessions.is_empty() {
        let headings = [
            ("pid", ""),
            ("database", ""),
            ("application", ""),
            ("from", ""),
            ("state", ""),
        ];
        blocks.push(show::table(cx, "Who is connected as it now", &headings, &sessions));
    }
    Ok(Holdings {
        owned,
        owned_count,
        rights,
        rights_count,
        elsewhere: elsewhere.iter().map(|row| (row.get(0), row.get(1))).collect(),
        sessions: sessions.len(),
        blocks,
    })
}

fn list(cx: &Cx, title: &str, things: &[String]) -> Block {
    let rows = things.iter().map(|thing| vec![thing.clone().into()]).collect();
    show::table_of(cx, title, &[("thing", "")], rows)
}
