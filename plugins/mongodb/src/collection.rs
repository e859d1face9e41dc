//! Collections by name: what they are, and how large.

use crate::{connection::Read, problem, settings::is_database_name, show};
use bson::{Document, doc, spec::BinarySubtype};
use serde_json::{Value, json};
use steersman_toolkit::protocol::{Fact, Problem};

/// More collections than this in one database are not looked through.
pub(crate) const MAX_COLLECTIONS: usize = 10_000;
/// Names that are proposed when one is wrong.
const MAX_SIMILAR: usize = 5;

/// Something in a database that has a name.
#[derive(Clone, Debug)]
pub(crate) struct Collection {
    pub database: String,
    pub name: String,
    /// `collection`, `view` or `timeseries`.
    pub kind: String,
    /// Given when the collection was made; another collection of the same name has another one.
    pub uuid: Option<String>,
    pub options: Document,
}

/// Numbers of a collection, from collStats.
pub(crate) struct Size {
    pub documents: f64,
    pub data_bytes: f64,
    pub storage_bytes: f64,
    pub index_bytes: f64,
    pub stats: Document,
}

impl Collection {
    /// `shop.orders`.
    pub(crate) fn namespace(&self) -> String {
        format!("{}.{}", self.database, self.name)
    }

    pub(crate) fn is_view(&self) -> bool {
        self.kind == "view"
    }

    pub(crate) fn must_hold(&self) -> Value {
        json!({ "namespace": self.namespace(), "uuid": self.uuid })
    }
}

/// The database that a request means.
///
/// Errors: `mongodb.bad_name`.
pub(crate) fn database(read: &Read<'_>, given: Option<&str>) -> Result<String, Problem> {
    let name = given.unwrap_or(&read.settings().database).trim();
    if is_database_name(name) {
        return Ok(name.to_owned());
    }
    Err(Problem::new(
        "mongodb.bad_name",
        read.what(),
        format!("\"{}\" cannot be a database's name", show::one_line(name, 80)),
        "A database name is at most 63 characters without / \\ . \" $ and spaces",
    ))
}

/// All that a database holds, system collections aside, by name.
pub(crate) async fn list(read: &Read<'_>, database: &str) -> Result<Vec<Collection>, Problem> {
    let command =
        doc! { "listCollections": 1, "filter": {}, "authorizedCollections": false, "cursor": { "batchSize": 5_000 } };
    let rows = match read.try_rows(database, command, MAX_COLLECTIONS).await {
        Ok(rows) => rows,
        // Who may not list everything may still list what they have a right to, by name.
        Err(stopped) if problem::server_code(&stopped) == Some(13) => {
            let own = doc! { "listCollections": 1, "nameOnly": true, "authorizedCollections": true, "cursor": { "batchSize": 5_000 } };
            read.rows(database, own, MAX_COLLECTIONS).await?
        }
        Err(stopped) => return Err(problem::of(read.what(), stopped, read.limits(), "listCollections")),
    };
    let mut collections: Vec<Collection> = rows.into_iter().filter_map(|row| from_row(database, row)).collect();
    collections.retain(|collection| !collection.name.starts_with("system."));
    collections.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(collections)
}

/// Looks one up by its exact name; `None` when there is none.
pub(crate) async fn lookup(read: &Read<'_>, database: &str, name: &str) -> Result<Option<Collection>, Problem> {
    let command = doc! { "listCollections": 1, "filter": { "name": name }, "cursor": {} };
    let rows = read.rows(database, command, 1).await?;
    Ok(rows.into_iter().next().and_then(|row| from_row(database, row)))
}

/// Errors: `mongodb.no_such_collection` with similar names.
pub(crate) async fn find(read: &Read<'_>, database: &str, name: &str) -> Result<Collection, Problem> {
    if let Some(found) = lookup(read, database, name).await? {
        return Ok(found);
    }
    let wanted = name.to_lowercase();
    let similar: Vec<String> = list(read, database)
        .await?
        .into_iter()
        .map(|collection| collection.name)
        .filter(|known| {
            let known = known.to_lowercase();
            known.contains(&wanted) || wanted.contains(&known)
        })
        .take(MAX_SIMILAR)
        .collect();
    Err(problem::not_found(
        read.what(),
        "collection",
        &show::one_line(name, 120),
        &similar,
    ))
}

/// One that holds documents of its own.
///
/// Errors: `mongodb.no_such_collection`, `mongodb.is_a_view`, `mongodb.system_collection`.
pub(crate) async fn find_stored(read: &Read<'_>, database: &str, name: &str) -> Result<Collection, Problem> {
    let found = find(read, database, name).await?;
    if found.is_view() {
        return Err(Problem::new(
            "mongodb.is_a_view",
            read.what(),
            format!("\"{}\" is a view, which holds no documents of its own", found.name),
            format!(
                "Name the collection behind it: \"{}\"",
                found.options.get_str("viewOn").unwrap_or("?")
            ),
        ));
    }
    if found.name.starts_with("system.") || matches!(&*found.database, "local" | "config" | "admin") {
        return Err(Problem::new(
            "mongodb.system_collection",
            read.what(),
            format!("\"{}\" belongs to the server itself", found.namespace()),
            "Leave it alone",
        ));
    }
    Ok(found)
}

fn from_row(database: &str, row: Document) -> Option<Collection> {
    let uuid = row.get_document("info").ok().and_then(|info| match info.get("uuid")? {
        bson::Bson::Binary(uuid) if matches!(uuid.subtype, BinarySubtype::Uuid) => {
            Some(uuid.bytes.iter().map(|byte| format!("{byte:02x}")).collect())
        }
        _ => None,
    });
    Some(Collection {
        database: database.to_owned(),
        name: row.get_str("name").ok()?.to_owned(),
        kind: row.get_str("type").unwrap_or("collection").to_owned(),
        uuid,
        options: row.get_document("options").cloned().unwrap_or_default(),
    })
}

pub(crate) async fn size(read: &Read<'_>, collection: &Collection) -> Result<Size, Problem> {
    let stats = read
        .run(&collection.database, doc! { "collStats": &collection.name })
        .await?;
    Ok(size_of(stats))
}

pub(crate) fn size_of(stats: Document) -> Size {
    let number = |name: &str| show::number(stats.get(name)).unwrap_or(0.0);
    Size {
        documents: number("count"),
        data_bytes: number("size"),
        storage_bytes: number("storageSize"),
        index_bytes: number("totalIndexSize"),
        stats,
    }
}

impl Size {
    /// For the judge.
    pub(crate) fn fact(&self) -> Fact {
        Fact::SizeBytes {
            bytes: self.data_bytes as u64,
        }
    }

    pub(crate) fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("documents", show::whole(Some(self.documents))),
            ("data", json!(show::bytes(self.data_bytes))),
            ("on disk", json!(show::bytes(self.storage_bytes))),
            ("indexes", json!(show::bytes(self.index_bytes))),
        ]
    }
}
