//! The tool *get database stats*.

use crate::{
    collection,
    connection::{Bounds, Read, Reader},
    server, show,
};
use bson::{Bson, Document, doc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Cell, Problem, Risk},
};

pub(crate) struct GetDatabaseStats;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Only this database; all that our user may see when left out. Example: `shop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-slot" = "database"))]
    database: Option<String>,
}

const MAX_DATABASES: usize = 200;

const HEADINGS: [show::Heading; 7] = [
    ("database", ""),
    ("collections", "count"),
    ("documents", "count"),
    ("data", "bytes"),
    ("on disk", "bytes"),
    ("indexes", "count"),
    ("index size", "bytes"),
];

#[async_trait]
impl Query for GetDatabaseStats {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.get_database_stats",
            title: "Database statistics",
            description: "Shows collections, documents, data size, size on disk and index size of the databases of a MongoDB \
                          server; the largest first",
            example: "how large are the databases on {target}",
            synonyms: &[
                "dbStats",
                "database size",
                "list databases",
                "show dbs",
                "disk usage of databases",
            ],
            category: "database",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let read = reader.begin(Bounds::of(cx, "read the databases' statistics"))?;
        let names = match input.database.as_deref() {
            Some(name) => vec![collection::database(&read, Some(name))?],
            None => names(&read).await?,
        };
        let mut stats = Vec::new();
        for name in &names {
            stats.push(read.run(name, doc! { "dbStats": 1 }).await?);
        }
        stats.sort_by(|a, b| on_disk(b).total_cmp(&on_disk(a)));
        let total: f64 = stats.iter().map(on_disk).sum();
        let summary = format!(
            "{}, {} on disk with indexes; the largest is \"{}\"",
            show::plural(stats.len(), "database", "databases"),
            show::bytes(total),
            stats.first().and_then(|stats| stats.get_str("db").ok()).unwrap_or("?")
        );
        let rows = stats.iter().map(row).collect();
        Ok(Answer {
            summary,
            blocks: vec![show::table(cx, "Databases", &HEADINGS, rows)],
            suggestions: Vec::new(),
        })
    }
}

/// Without the right to list them, our own.
async fn names(read: &Read<'_>) -> Result<Vec<String>, Problem> {
    let answer = server::optional(read, doc! { "listDatabases": 1, "nameOnly": true }).await?;
    let found = answer.as_ref().and_then(|answer| answer.get_array("databases").ok());
    let names = found
        .into_iter()
        .flatten()
        .filter_map(Bson::as_document)
        .filter_map(|row| row.get_str("name").ok());
    let mut names: Vec<String> = names
        .filter(|name| *name != "local")
        .map(str::to_owned)
        .take(MAX_DATABASES)
        .collect();
    if names.is_empty() {
        names.push(read.settings().database.clone());
    }
    Ok(names)
}

fn on_disk(stats: &Document) -> f64 {
    show::number(stats.get("storageSize")).unwrap_or(0.0) + show::number(stats.get("indexSize")).unwrap_or(0.0)
}

fn row(stats: &Document) -> Vec<Cell> {
    let number = |name: &str| show::whole(show::number(stats.get(name)));
    vec![
        show::cell_at(stats, "db"),
        number("collections"),
        number("objects"),
        number("dataSize"),
        number("storageSize"),
        number("indexes"),
        number("indexSize"),
    ]
}
