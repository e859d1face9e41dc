//! Roles: who there is, what they may, and what we may do to them.

use crate::{connection::Read, identifier, identifier::Name};
use serde_json::{Value, json};
use steersman_toolkit::protocol::Problem;
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

/// A role as the catalogue has it.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub oid: u32,
    pub name: String,
    pub is_superuser: bool,
    pub can_login: bool,
    pub creates_roles: bool,
    pub creates_databases: bool,
    pub replicates: bool,
    pub bypasses_row_security: bool,
    /// -1 is no limit.
    pub connection_limit: i32,
    /// As PostgreSQL writes it; `None` is for ever.
    pub valid_until: Option<String>,
    /// The one that we are.
    pub is_ours: bool,
    /// We have its rights: we are it, a member, or a superuser.
    pub we_have_its_rights: bool,
    /// We may hand out membership in it, and (with CREATEROLE) change it.
    pub we_administer_it: bool,
}

const ROLES: &str = "SELECT r.oid, r.rolname::text, r.rolsuper, r.rolcanlogin, r.rolcreaterole, r.rolcreatedb, \
       r.rolreplication, r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil::text, \
       r.rolname IN (current_user, session_user), pg_catalog.pg_has_role(r.oid, 'USAGE'), \
       CASE WHEN me.rolsuper THEN true \
            WHEN pg_catalog.current_setting('server_version_num')::int < 160000 \
            THEN me.rolcreaterole AND NOT r.rolsuper OR pg_catalog.pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION') \
            ELSE pg_catalog.pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION') END \
  FROM pg_catalog.pg_roles r JOIN pg_catalog.pg_roles me ON me.rolname = current_user";

/// What our own role may, and how many other superusers could log in.
const OURS: &str = "SELECT r.rolsuper, r.rolcreaterole, r.rolname::text FROM pg_catalog.pg_roles r \
    WHERE r.rolname = current_user";

/// The role itself and every role that it is a member of, through others too.
const ABOVE: &str = "WITH RECURSIVE above AS (SELECT $1::oid AS oid \
     UNION SELECT m.roleid FROM pg_catalog.pg_auth_members m JOIN above a ON m.member = a.oid) \
  SELECT r.rolname::text, r.rolsuper, r.rolcreaterole, r.rolreplication, r.rolbypassrls, r.oid \
    FROM above JOIN pg_catalog.pg_roles r ON r.oid = above.oid ORDER BY 1";

/// Predefined roles that only show statistics and settings. Every other `pg_*` role reaches data, files or other
/// sessions (PostgreSQL's manual, "Predefined Roles").
const ONLY_SHOW: [&str; 4] = [
    "pg_monitor",
    "pg_read_all_settings",
    "pg_read_all_stats",
    "pg_stat_scan_tables",
];

/// Our own role's powers.
pub(crate) struct OurRole {
    pub name: String,
    pub is_superuser: bool,
    pub creates_roles: bool,
}

pub(crate) async fn ours(read: &mut Read<'_>) -> Result<OurRole, Problem> {
    let rows = read.rows(OURS, &[]).await?;
    Ok(OurRole {
        is_superuser: rows[0].get(0),
        creates_roles: rows[0].get(1),
        name: rows[0].get(2),
    })
}

/// Our own role, where it may create and drop roles.
///
/// Errors: `postgres.permission_denied`.
pub(crate) async fn ours_that_manages_roles(read: &mut Read<'_>) -> Result<OurRole, Problem> {
    let ours = ours(read).await?;
    if ours.is_superuser || ours.creates_roles {
        return Ok(ours);
    }
    Err(Problem::new(
        "postgres.permission_denied",
        read.what(),
        format!("our role \"{}\" may not create, change or drop roles", ours.name),
        format!(
            "ALTER ROLE {} CREATEROLE, or use another role for this target",
            identifier::plain(&ours.name)
        ),
    ))
}

/// Finds a role by name: as written, then in lower case as SQL would fold it.
///
/// Errors: `postgres.bad_name`, `postgres.no_such_role`.
pub(crate) async fn find(read: &mut Read<'_>, text: &str) -> Result<Role, Problem> {
    let spellings = spellings(read.what(), text)?;
    let sql =
        format!("{ROLES} WHERE r.rolname = ANY ($1) ORDER BY pg_catalog.array_position($1, r.rolname::text) LIMIT 1");
    if let Some(row) = read.row(&sql, &[(&spellings, Type::TEXT_ARRAY)]).await? {
        return Ok(of(&row));
    }
    let similar = "SELECT r.rolname::text FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' AND \
         (pg_catalog.strpos(pg_catalog.lower(r.rolname::text), pg_catalog.lower($1)) > 0 \
          OR pg_catalog.strpos(pg_catalog.lower($1), pg_catalog.lower(r.rolname::text)) > 0) ORDER BY 1 LIMIT 3";
    let similar: Vec<String> = read
        .rows(similar, &[(&spellings[0], Type::TEXT)])
        .await?
        .iter()
        .map(|row| row.get(0))
        .collect();
    let next = match &similar[..] {
        [] => "\\du in psql shows the roles; postgres.create_user makes one".to_owned(),
        similar => format!("Perhaps you meant {}", similar.join(", ")),
    };
    Err(Problem::new(
        "postgres.no_such_role",
        read.what(),
        format!("there is no role \"{}\"", spellings[0]),
        next,
    ))
}

/// The role of this number, where there still is one.
pub(crate) async fn of_oid(read: &mut Read<'_>, oid: u32) -> Result<Option<Role>, Problem> {
    let sql = format!("{ROLES} WHERE r.oid = $1");
    Ok(read.row(&sql, &[(&oid, Type::OID)]).await?.as_ref().map(of))
}

/// The role of exactly this name, where there is one.
pub(crate) async fn named(read: &mut Read<'_>, name: &str) -> Result<Option<Role>, Problem> {
    let sql = format!("{ROLES} WHERE r.rolname = $1");
    let values: [(&(dyn ToSql + Sync), Type); 1] = [(&name, Type::TEXT)];
    Ok(read.row(&sql, &values).await?.as_ref().map(of))
}

/// A role's name as people write it, in the spellings to look for.
///
/// Errors: `postgres.bad_name`.
pub(crate) fn spellings(what: &str, text: &str) -> Result<Vec<String>, Problem> {
    let name = match Name::parse(text) {
        Ok(name) if name.schema.is_none() => name,
        _ => {
            return Err(Problem::new(
                "postgres.bad_name",
                what,
                format!("\"{}\" is no name of a role", text.chars().take(80).collect::<String>()),
                "Write it as reporting or \"Odd Name\"",
            ));
        }
    };
    let lower = name.name.to_lowercase();
    let is_folded = !name.is_quoted && lower != name.name;
    Ok(if is_folded {
        vec![name.name, lower]
    } else {
        vec![name.name]
    })
}

fn of(row: &Row) -> Role {
    Role {
        oid: row.get(0),
        name: row.get(1),
        is_superuser: row.get(2),
        can_login: row.get(3),
        creates_roles: row.get(4),
        creates_databases: row.get(5),
        replicates: row.get(6),
        bypasses_row_security: row.get(7),
        connection_limit: row.get(8),
        valid_until: row.get(9),
        is_ours: row.get(10),
        we_have_its_rights: row.get::<_, Option<bool>>(11) == Some(true),
        we_administer_it: row.get::<_, Option<bool>>(12) == Some(true),
    }
}

impl Role {
    pub(crate) fn must_hold(&self) -> Value {
        json!({ "oid": self.oid, "name": self.name })
    }

    /// `pg_monitor` and the like: they belong to PostgreSQL.
    pub(crate) fn is_predefined(&self) -> bool {
        self.name.starts_with("pg_")
    }

    /// What can be said of it in CREATE ROLE, without the password.
    pub(crate) fn options(&self) -> String {
        let mut options = Vec::new();
        for (is_set, yes, no) in [
            (self.can_login, "LOGIN", "NOLOGIN"),
            (self.is_superuser, "SUPERUSER", "NOSUPERUSER"),
            (self.creates_databases, "CREATEDB", "NOCREATEDB"),
            (self.creates_roles, "CREATEROLE", "NOCREATEROLE"),
            (self.replicates, "REPLICATION", "NOREPLICATION"),
            (self.bypasses_row_security, "BYPASSRLS", "NOBYPASSRLS"),
        ] {
            options.push(if is_set { yes } else { no }.to_owned());
        }
        if self.connection_limit >= 0 {
            options.push(format!("CONNECTION LIMIT {}", self.connection_limit));
        }
        if let Some(until) = &self.valid_until {
            options.push(format!("VALID UNTIL {}", identifier::literal(until)));
        }
        options.join(" ")
    }
}

/// What membership in this role gives beyond rights on some objects, through other roles too; empty when nothing:
/// "it is a superuser", "it may what pg_write_all_data may".
pub(crate) async fn powers(read: &mut Read<'_>, role: u32) -> Result<Powers, Problem> {
    let mut powers = Powers::default();
    for row in read.rows(ABOVE, &[(&role, Type::OID)]).await? {
        let name: String = row.get(0);
        for (at, what) in [
            (1, "is a superuser"),
            (2, "creates and changes roles"),
            (3, "may replicate the whole server"),
            (4, "passes row security"),
        ] {
            if row.get::<_, bool>(at) {
                powers.is_superuser |= at == 1;
                powers.sentences.push(format!("\"{name}\" {what}"));
            }
        }
        if name.starts_with("pg_") && !ONLY_SHOW.contains(&name.as_str()) {
            powers.sentences.push(format!(
                "\"{name}\" reaches data, files or sessions of the whole server"
            ));
        }
        powers.roles.push(row.get(5));
    }
    Ok(powers)
}

#[derive(Default)]
pub(crate) struct Powers {
    pub is_superuser: bool,
    pub sentences: Vec<String>,
    /// The role itself and all that it is a member of.
    pub roles: Vec<u32>,
}
