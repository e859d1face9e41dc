//! Indexes of a collection: what they are, how they are used, which say the same.

use crate::{collection::Collection, command, connection::Read, problem, server::is_withheld, show};
use bson::{Bson, Document, doc};
use std::collections::BTreeMap;
use steersman_toolkit::protocol::Problem;

/// A collection has at most 64.
const MAX_INDEXES: usize = 200;

#[derive(Clone, Debug)]
pub(crate) struct Index {
    pub name: String,
    /// As createIndexes takes it, without the version of its format.
    pub spec: Document,
    pub is_building: bool,
}

/// Since when and how often an index was used, on the server that answers.
#[derive(Clone, Debug)]
pub(crate) struct Usage {
    pub times: i64,
    pub since: String,
}

impl Index {
    pub(crate) fn key(&self) -> Document {
        self.spec.get_document("key").cloned().unwrap_or_default()
    }

    /// `customer_id, placed_at descending`.
    pub(crate) fn key_in_words(&self) -> String {
        key_in_words(&self.key())
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.spec.get_bool(name).unwrap_or(false)
    }

    /// The seconds after which documents expire.
    pub(crate) fn ttl_seconds(&self) -> Option<f64> {
        show::number(self.spec.get("expireAfterSeconds"))
    }

    /// The spec as text, to compare and to keep.
    pub(crate) fn definition(&self) -> String {
        command::to_line(&self.spec)
    }

    /// `unique, hidden, TTL 3600 s`.
    pub(crate) fn traits(&self) -> String {
        let mut words: Vec<String> = ["unique", "sparse", "hidden"]
            .into_iter()
            .filter(|name| self.flag(name))
            .map(str::to_owned)
            .collect();
        if let Some(seconds) = self.ttl_seconds() {
            words.push(format!("TTL {seconds} s"));
        }
        if let Ok(filter) = self.spec.get_document("partialFilterExpression") {
            words.push(format!("only {}", show::shortened(&command::to_line(filter), 200)));
        }
        if self.is_building {
            words.push("building".to_owned());
        }
        words.join(", ")
    }

    /// Everything but name and key: two indexes are interchangeable only when these agree.
    fn options(&self) -> Document {
        let mut options = self.spec.clone();
        for name in ["name", "key", "background"] {
            options.remove(name);
        }
        options
    }
}

pub(crate) fn key_in_words(key: &Document) -> String {
    let words: Vec<String> = key
        .iter()
        .map(|(field, direction)| match direction {
            Bson::String(kind) => format!("{field} ({kind})"),
            number if show::number(Some(number)).is_some_and(|number| number < 0.0) => format!("{field} descending"),
            _ => field.clone(),
        })
        .collect();
    words.join(", ")
}

/// All of them, those that are being built too.
///
/// Errors: `mongodb.no_such_collection`, `mongodb.permission_denied`.
pub(crate) async fn specs(read: &Read<'_>, collection: &Collection) -> Result<Vec<Index>, Problem> {
    let command = doc! { "listIndexes": &collection.name, "cursor": { "batchSize": 1_000 }, "includeBuildUUIDs": true };
    let rows = read.rows(&collection.database, command, MAX_INDEXES).await?;
    Ok(rows.into_iter().filter_map(from_row).collect())
}

/// `{spec: {…}, buildUUID: …}` while it is built, the bare spec after.
fn from_row(row: Document) -> Option<Index> {
    let is_building = row.contains_key("buildUUID") || row.contains_key("indexBuildInfo");
    let mut spec = match row.get_document("spec") {
        Ok(spec) => spec.clone(),
        Err(_) => row,
    };
    for name in ["v", "ns", "buildUUID", "indexBuildInfo"] {
        spec.remove(name);
    }
    Some(Index {
        name: spec.get_str("name").ok()?.to_owned(),
        spec,
        is_building,
    })
}

/// By index name; `None` where our user may not see it.
pub(crate) async fn usage(
    read: &Read<'_>,
    collection: &Collection,
) -> Result<Option<BTreeMap<String, Usage>>, Problem> {
    let command = doc! {
        "aggregate": &collection.name, "pipeline": [{ "$indexStats": {} }], "cursor": { "batchSize": 1_000 }
    };
    let rows = match read.try_rows(&collection.database, command, MAX_INDEXES).await {
        Ok(rows) => rows,
        Err(stopped) if is_withheld(&stopped) => return Ok(None),
        Err(stopped) => return Err(problem::of(read.what(), stopped, read.limits(), "aggregate")),
    };
    let found = rows.iter().filter_map(|row| {
        let accesses = row.get_document("accesses").ok()?;
        let since = accesses
            .get_datetime("since")
            .ok()
            .map_or(String::new(), |time| show::moment(*time));
        let times = show::number(accesses.get("ops")).unwrap_or(0.0) as i64;
        Some((row.get_str("name").ok()?.to_owned(), Usage { times, since }))
    });
    Ok(Some(found.collect()))
}

/// The index that makes this one superfluous: same options, and a key that begins with all of this one's.
pub(crate) fn covered_by<'a>(index: &Index, all: &'a [Index]) -> Option<&'a Index> {
    // A unique index says more than its key, a TTL index deletes, and the one on _id cannot go.
    if index.name == "_id_" || index.flag("unique") || index.ttl_seconds().is_some() {
        return None;
    }
    all.iter().find(|other| {
        let mut options = other.options();
        options.remove("unique");
        let is_longer = other.key().len() > index.key().len() || other.name < index.name;
        other.name != index.name
            && !other.is_building
            && !other.flag("hidden")
            && options == index.options()
            && other.key().iter().zip(&index.key()).all(|(a, b)| a == b)
            && other.key().len() >= index.key().len()
            && is_longer
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_whose_key_another_begins_with_is_superfluous() {
        let index = |spec: Document| from_row(spec).unwrap();
        let all = [
            index(doc! { "v": 2, "key": { "_id": 1 }, "name": "_id_" }),
            index(doc! { "v": 2, "key": { "a": 1 }, "name": "a_1" }),
            index(doc! { "v": 2, "key": { "a": 1, "b": 1 }, "name": "a_1_b_1" }),
            index(doc! { "v": 2, "key": { "a": -1 }, "name": "a_-1" }),
            index(doc! { "v": 2, "key": { "b": 1 }, "name": "b_1", "unique": true }),
            index(doc! { "v": 2, "key": { "b": 1, "c": 1 }, "name": "b_1_c_1" }),
            index(doc! { "v": 2, "key": { "c": 1 }, "name": "c_1", "sparse": true }),
            index(doc! { "v": 2, "key": { "c": 1, "d": 1 }, "name": "c_1_d_1" }),
        ];
        let found: Vec<(&str, &str)> = all
            .iter()
            .filter_map(|index| Some((index.name.as_str(), covered_by(index, &all)?.name.as_str())))
            .collect();
        assert_eq!(found, [("a_1", "a_1_b_1")]);
    }

    #[test]
    fn an_index_that_is_built_is_told_apart() {
        let row = doc! { "spec": { "v": 2, "key": { "a": -1 }, "name": "x" }, "buildUUID": "y" };
        let index = from_row(row).unwrap();
        assert_eq!(
            (index.traits().as_str(), index.key_in_words().as_str()),
            ("building", "a descending")
        );
        assert_eq!(index.definition(), r#"{"key":{"a":-1},"name":"x"}"#);
    }
}
