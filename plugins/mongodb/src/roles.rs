//! Users, their roles, and what roles allow.

use crate::{collection, connection::Read, settings::is_database_name, show};
use bson::{Bson, Document, doc};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use steersman_toolkit::{
    Cx,
    protocol::{Block, Problem},
};

/// More roles in one request are a mistake.
const MAX_ROLES: usize = 20;
/// Lines of a comparison of rights.
const MAX_LINES: usize = 400;
/// Roles that open more than one database, or the rights themselves.
#[rustfmt::skip]
const POWERFUL: &[&str] = &[
    "root", "dbOwner", "userAdmin", "userAdminAnyDatabase", "readWriteAnyDatabase", "dbAdminAnyDatabase", "readAnyDatabase",
    "clusterAdmin", "clusterManager", "hostManager", "restore", "backup",
];

/// A role and the database it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Role {
    pub role: String,
    pub database: String,
}

impl Role {
    pub(crate) fn document(&self) -> Document {
        doc! { "role": &self.role, "db": &self.database }
    }

    pub(crate) fn is_powerful(&self) -> bool {
        POWERFUL.contains(&self.role.as_str())
    }
}

/// `read@shop`.
impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.role, self.database)
    }
}

pub(crate) struct User {
    pub name: String,
    /// The database it belongs to.
    pub database: String,
    /// Given when it was made; another user of the same name has another one.
    pub id: Option<String>,
    pub roles: BTreeSet<Role>,
}

impl User {
    /// `reporting@shop`.
    pub(crate) fn shown(&self) -> String {
        format!("{}@{}", self.name, self.database)
    }

    pub(crate) fn must_hold(&self) -> Value {
        json!({ "user": self.name, "database": self.database, "id": self.id, "roles": words(&self.roles) })
    }
}

pub(crate) fn words<'a>(roles: impl IntoIterator<Item = &'a Role>) -> Vec<String> {
    roles.into_iter().map(Role::to_string).collect()
}

pub(crate) fn documents<'a>(roles: impl IntoIterator<Item = &'a Role>) -> Vec<Document> {
    roles.into_iter().map(Role::document).collect()
}

/// `["read", "readWrite@shop"]`; a role without a database is of `usual`.
///
/// Errors: `mongodb.bad_role`.
pub(crate) fn parse(read: &Read<'_>, given: &[String], usual: &str) -> Result<BTreeSet<Role>, Problem> {
    let bad = |why: String| Problem::new("mongodb.bad_role", read.what(), why, "Write a role as \"read@shop\"");
    if given.is_empty() || given.len() > MAX_ROLES {
        return Err(bad(format!("1 to {MAX_ROLES} roles can be named at once")));
    }
    let mut roles = BTreeSet::new();
    for text in given {
        let (role, database) = text.trim().split_once('@').unwrap_or((text.trim(), usual));
        let is_fine =
            !role.is_empty() && role.len() < 128 && !role.chars().any(char::is_control) && is_database_name(database);
        // The server's own role is above all others, and not meant for anybody.
        if !is_fine || role.starts_with("__") {
            return Err(bad(format!(
                "\"{}\" cannot be given to anybody",
                show::one_line(text, 80)
            )));
        }
        roles.insert(Role {
            role: role.to_owned(),
            database: database.to_owned(),
        });
    }
    Ok(roles)
}

/// The name and database of a user: `reporting`, or `reporting@shop`.
///
/// Errors: `mongodb.bad_name`.
pub(crate) fn parse_user(read: &Read<'_>, user: &str, database: Option<&str>) -> Result<(String, String), Problem> {
    let (name, of) = match (user.trim().rsplit_once('@'), database) {
        (Some((name, of)), None) => (name, Some(of)),
        _ => (user.trim(), database),
    };
    let database = collection::database(read, of)?;
    if name.is_empty() || name.len() > 128 || name.chars().any(char::is_control) {
        let why = format!("\"{}\" cannot be a user's name", show::one_line(user, 80));
        return Err(Problem::new(
            "mongodb.bad_name",
            read.what(),
            why,
            "Use letters, digits, - and _",
        ));
    }
    Ok((name.to_owned(), database))
}

/// `None` when there is no such user.
pub(crate) async fn find_user(read: &Read<'_>, name: &str, database: &str) -> Result<Option<User>, Problem> {
    let answer = read
        .run(database, doc! { "usersInfo": { "user": name, "db": database } })
        .await?;
    let users = answer.get_array("users").map_or(&[][..], Vec::as_slice);
    Ok(users.first().and_then(Bson::as_document).map(|user| User {
        name: name.to_owned(),
        database: database.to_owned(),
        id: user.get("userId").map(|id| crate::command::to_json(id).to_string()),
        roles: roles_in(user, "roles"),
    }))
}

/// Errors: `mongodb.no_such_user`.
pub(crate) async fn user(read: &Read<'_>, name: &str, database: &str) -> Result<User, Problem> {
    if let Some(user) = find_user(read, name, database).await? {
        return Ok(user);
    }
    let why = format!(
        "there is no user \"{}\" in the database \"{database}\"",
        show::one_line(name, 80)
    );
    Err(Problem::new(
        "mongodb.no_such_user",
        read.what(),
        why,
        "A user belongs to one database: write it as name@database",
    ))
}

/// Whoever changes the rights of the user that Steersman comes as changes its own.
///
/// Errors: `mongodb.our_own`.
pub(crate) fn not_ourselves(read: &Read<'_>, name: &str, database: &str) -> Result<(), Problem> {
    let settings = read.settings();
    if settings.user.as_deref() == Some(name) && settings.auth_source == database {
        return Err(Problem::new(
            "mongodb.our_own",
            read.what(),
            format!("\"{name}\" is the user that Steersman itself comes as"),
            "Change it by hand, as another administrator",
        ));
    }
    Ok(())
}

/// By resource in words, the actions that these roles allow, with all that they inherit.
pub(crate) type Rights = BTreeMap<String, BTreeSet<String>>;

/// Errors: `mongodb.no_such_role`, `mongodb.permission_denied`.
pub(crate) async fn rights(read: &Read<'_>, roles: &BTreeSet<Role>) -> Result<Rights, Problem> {
    let mut rights = Rights::new();
    if roles.is_empty() {
        return Ok(rights);
    }
    let command = doc! { "rolesInfo": documents(roles), "showPrivileges": true };
    let answer = read.run("admin", command).await?;
    let found: Vec<&Document> = answer
        .get_array("roles")
        .into_iter()
        .flatten()
        .filter_map(Bson::as_document)
        .collect();
    for role in roles {
        let is_it = |document: &&&Document| {
            document.get_str("role").is_ok_and(|name| name == role.role)
                && document.get_str("db").is_ok_and(|db| db == role.database)
        };
        let Some(document) = found.iter().find(is_it) else {
            let why = format!(
                "there is no role \"{}\" in the database \"{}\"",
                show::one_line(&role.role, 80),
                role.database
            );
            return Err(Problem::new(
                "mongodb.no_such_role",
                read.what(),
                why,
                "Built-in roles are read, readWrite, dbAdmin and others; write a role as name@database",
            ));
        };
        for name in ["privileges", "inheritedPrivileges"] {
            for privilege in document
                .get_array(name)
                .into_iter()
                .flatten()
                .filter_map(Bson::as_document)
            {
                let actions = privilege
                    .get_array("actions")
                    .into_iter()
                    .flatten()
                    .filter_map(Bson::as_str);
                let resource = privilege
                    .get_document("resource")
                    .map(resource_in_words)
                    .unwrap_or_default();
                rights.entry(resource).or_default().extend(actions.map(str::to_owned));
            }
        }
    }
    Ok(rights)
}

fn resource_in_words(resource: &Document) -> String {
    match (resource.get_str("db"), resource.get_str("collection")) {
        (Ok(""), Ok("")) => "every database".to_owned(),
        (Ok(database), Ok("")) => format!("every collection of {database}"),
        (Ok(""), Ok(collection)) => format!("{collection} in every database"),
        (Ok(database), Ok(collection)) => format!("{database}.{collection}"),
        _ if resource.get_bool("cluster").unwrap_or(false) => "the whole deployment".to_owned(),
        _ if resource.get_bool("anyResource").unwrap_or(false) => "everything".to_owned(),
        _ => show::shortened(&crate::command::to_line(resource), 120),
    }
}

/// What changes, exactly: roles and every right they bring.
pub(crate) async fn difference(
    cx: &Cx,
    read: &Read<'_>,
    user: &str,
    before: &BTreeSet<Role>,
    after: &BTreeSet<Role>,
) -> Result<Block, Problem> {
    let (before_rights, after_rights) = (rights(read, before).await?, rights(read, after).await?);
    Ok(Block::Diff {
        origin: show::origin(cx),
        title: format!("Roles and rights of {user}"),
        before: text(before, &before_rights),
        after: text(after, &after_rights),
    })
}

fn text(roles: &BTreeSet<Role>, rights: &Rights) -> String {
    let roles = roles.iter().map(|role| format!("role {role}"));
    let rights = rights
        .iter()
        .flat_map(|(resource, actions)| actions.iter().map(move |action| format!("{resource}: {action}")));
    let lines: Vec<String> = roles.chain(rights).take(MAX_LINES).collect();
    lines.join("\n")
}

pub(crate) fn warnings(roles: &BTreeSet<Role>) -> Vec<String> {
    let powerful: Vec<String> = roles
        .iter()
        .filter(|role| role.is_powerful())
        .map(Role::to_string)
        .collect();
    if powerful.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "Far-reaching: {} opens more than the documents of one database",
        powerful.join(", ")
    )]
}

fn roles_in(document: &Document, name: &str) -> BTreeSet<Role> {
    let roles = document
        .get_array(name)
        .into_iter()
        .flatten()
        .filter_map(Bson::as_document);
    let role = |role: &Document| {
        Some(Role {
            role: role.get_str("role").ok()?.to_owned(),
            database: role.get_str("db").ok()?.to_owned(),
        })
    };
    roles.filter_map(role).collect()
}

/// The user of a plan as it is now, for verification.
pub(crate) async fn user_of(read: &Read<'_>, planned: &Value) -> Result<Option<User>, Problem> {
    let text = |name: &str| planned[name].as_str().unwrap_or_default().to_owned();
    find_user(read, &text("user"), &text("database")).await
}
