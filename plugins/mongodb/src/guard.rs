//! Decides whether a query that a person or a model wrote only reads.
//!
//! It is an allow-list. Every stage, operator and form of value is looked for at any depth; what is not known is refused,
//! with its name. So a stage that a newer server brings is refused until somebody has thought about it. Afterwards the
//! views among the collections it names are followed ([`views`]), because a view is a pipeline that somebody else wrote.

mod allowed;
mod json;
mod views;

use bson::{Bson, Document};
use std::collections::BTreeSet;
use steersman_toolkit::protocol::Problem;

/// How deep a query may be nested.
const MAX_DEPTH: usize = 60;
const MAX_STAGES: usize = 200;

pub(crate) use views::follow;

/// A query that only reads, as far as its own text goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Judged {
    Find(Box<Find>),
    Aggregate { pipeline: Vec<Document> },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Find {
    pub filter: Document,
    pub projection: Document,
    pub sort: Document,
}

/// Why a query was refused: a stable code and a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub code: &'static str,
    pub sentence: String,
}

impl Refusal {
    pub(crate) fn into_problem(self, what: &str) -> Problem {
        Problem::new(self.code, what, self.sentence, "")
    }
}

fn refuse<T>(code: &'static str, sentence: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        code,
        sentence: sentence.into(),
    })
}

/// Parses and judges the parts of a find. Each is the text of a JSON object, or nothing.
///
/// Errors: `mongodb.bad_json`, `mongodb.not_read_only`, `mongodb.too_deep`.
pub(crate) fn find(filter: Option<&str>, projection: Option<&str>, sort: Option<&str>) -> Result<Judged, Refusal> {
    let part = |name: &str, text: Option<&str>| -> Result<Document, Refusal> {
        let document = match text.map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => json::object(name, text)?,
            None => Document::new(),
        };
        let mut names = Named::default();
        walk_document(&document, 0, &mut names)?;
        Ok(document)
    };
    Ok(Judged::Find(Box::new(Find {
        filter: part("filter", filter)?,
        projection: part("projection", projection)?,
        sort: part("sort", sort)?,
    })))
}

/// Parses and judges a pipeline: the text of a JSON array of stages.
///
/// Errors: those of [`find`].
pub(crate) fn aggregate(text: &str) -> Result<Judged, Refusal> {
    let pipeline = json::array("pipeline", text)?;
    named_in(&pipeline)?;
    Ok(Judged::Aggregate { pipeline })
}

impl Judged {
    /// Collections that it reads beside its own.
    pub(crate) fn names(&self) -> Result<BTreeSet<String>, Refusal> {
        match self {
            Judged::Find(_) => Ok(BTreeSet::new()),
            Judged::Aggregate { pipeline } => named_in(pipeline),
        }
    }
}

#[derive(Default)]
struct Named(BTreeSet<String>);

/// Judges a pipeline and returns the collections that it reads.
pub(crate) fn named_in(pipeline: &[Document]) -> Result<BTreeSet<String>, Refusal> {
    let mut names = Named::default();
    walk_pipeline(pipeline.iter(), 0, &mut names)?;
    Ok(names.0)
}

fn walk_pipeline<'a>(
    stages: impl Iterator<Item = &'a Document>,
    depth: usize,
    names: &mut Named,
) -> Result<(), Refusal> {
    for (at, stage) in stages.enumerate() {
        if at >= MAX_STAGES {
            return refuse(
                "mongodb.too_deep",
                format!("A pipeline may have {MAX_STAGES} stages here. Shorten it"),
            );
        }
        let mut fields = stage.iter();
        let (Some((name, body)), None) = (fields.next(), fields.next()) else {
            return refuse(
                "mongodb.bad_json",
                "Each stage is an object with exactly one field, such as {\"$match\": {…}}",
            );
        };
        if !allowed::STAGES.contains(&name.as_str()) {
            return refuse("mongodb.not_read_only", unknown_stage(name));
        }
        walk_stage(name, body, depth + 1, names)?;
    }
    Ok(())
}

fn walk_stage(name: &str, body: &Bson, depth: usize, names: &mut Named) -> Result<(), Refusal> {
    match name {
        "$facet" => {
            let Bson::Document(facets) = body else {
                return refuse("mongodb.bad_json", "$facet wants an object of pipelines");
            };
            facets
                .iter()
                .try_for_each(|(_, pipeline)| walk_inner(pipeline, depth, names))
        }
        "$lookup" | "$graphLookup" | "$unionWith" => {
            let options = match body {
                Bson::String(collection) => return take_name(collection, names),
                Bson::Document(options) => options,
                _ => return refuse("mongodb.bad_json", format!("{name} wants an object")),
            };
            for (field, value) in options {
                match (field.as_str(), value) {
                    ("from" | "coll", Bson::String(collection)) => take_name(collection, names)?,
                    ("from" | "coll" | "db", _) => {
                        return refuse(
                            "mongodb.not_read_only",
                            format!("{name} may name only a collection of the same database, as text"),
                        );
                    }
                    ("pipeline", pipeline) => walk_inner(pipeline, depth, names)?,
                    (_, value) => walk(value, depth, names)?,
                }
            }
            Ok(())
        }
        _ => walk(body, depth, names),
    }
}

fn walk_inner(pipeline: &Bson, depth: usize, names: &mut Named) -> Result<(), Refusal> {
    too_deep(depth)?;
    let Bson::Array(stages) = pipeline else {
        return refuse("mongodb.bad_json", "A pipeline inside of a stage is an array of stages");
    };
    let stages: Option<Vec<&Document>> = stages.iter().map(Bson::as_document).collect();
    match stages {
        Some(stages) => walk_pipeline(stages.into_iter(), depth, names),
        None => refuse("mongodb.bad_json", "Each stage of a pipeline is an object"),
    }
}

/// A collection beside the main one: system collections hold users, keys and other databases' secrets.
fn take_name(collection: &str, names: &mut Named) -> Result<(), Refusal> {
    readable_collection(collection)?;
    names.0.insert(collection.to_owned());
    Ok(())
}

/// Errors: `mongodb.not_readable`.
pub(crate) fn readable_collection(name: &str) -> Result<(), Refusal> {
    if name.is_empty() || name.starts_with("system.") || name.contains(['$', '\0']) {
        return refuse(
            "mongodb.not_readable",
            format!(
                "The collection \"{}\" belongs to the server itself. Name one of your own",
                crate::show::one_line(name, 80)
            ),
        );
    }
    Ok(())
}

/// Errors: `mongodb.not_readable`.
pub(crate) fn readable_database(name: &str) -> Result<(), Refusal> {
    if matches!(name.to_ascii_lowercase().as_str(), "admin" | "local" | "config") {
        return refuse(
            "mongodb.not_readable",
            format!(
                "The database \"{name}\" holds the server's own records: users, keys, the replication log. The tools show \
                 what there is to see; name another database"
            ),
        );
    }
    Ok(())
}

fn walk_document(document: &Document, depth: usize, names: &mut Named) -> Result<(), Refusal> {
    too_deep(depth)?;
    for (name, value) in document {
        if name.starts_with('$') && !allowed::is_operator(name) {
            return refuse("mongodb.not_read_only", unknown_operator(name));
        }
        walk(value, depth + 1, names)?;
    }
    Ok(())
}

fn walk(value: &Bson, depth: usize, names: &mut Named) -> Result<(), Refusal> {
    too_deep(depth)?;
    match value {
        Bson::Document(document) => walk_document(document, depth, names),
        Bson::Array(items) => items.iter().try_for_each(|item| walk(item, depth + 1, names)),
        Bson::JavaScriptCode(_) | Bson::JavaScriptCodeWithScope(_) => refuse(
            "mongodb.not_read_only",
            "JavaScript is not run here. Write the condition with operators such as $expr",
        ),
        Bson::DbPointer(_) | Bson::Symbol(_) | Bson::Undefined => refuse(
            "mongodb.not_read_only",
            "DBPointer, Symbol and undefined are no longer in use. Leave them out",
        ),
        Bson::Double(_)
        | Bson::String(_)
        | Bson::Boolean(_)
        | Bson::Null
        | Bson::RegularExpression(_)
        | Bson::Int32(_)
        | Bson::Int64(_)
        | Bson::Timestamp(_)
        | Bson::Binary(_)
        | Bson::ObjectId(_)
        | Bson::DateTime(_)
        | Bson::Decimal128(_)
        | Bson::MaxKey
        | Bson::MinKey => Ok(()),
    }
}

fn too_deep(depth: usize) -> Result<(), Refusal> {
    if depth > MAX_DEPTH {
        return refuse(
            "mongodb.too_deep",
            format!("The query is nested deeper than {MAX_DEPTH} levels. Simplify it"),
        );
    }
    Ok(())
}

fn unknown_stage(name: &str) -> String {
    let shown = crate::show::one_line(name, 60);
    match name {
        "$out" | "$merge" => format!("The stage {shown} writes. Leave it out; this tool only reads"),
        "$changeStream" => format!("The stage {shown} waits for changes and never ends. Leave it out"),
        "$currentOp" | "$listSessions" | "$listLocalSessions" | "$planCacheStats" | "$indexStats" | "$collStats" => {
            format!(
                "The stage {shown} is about the server; get_current_ops, list_indexes and get_collection_stats show that"
            )
        }
        _ => format!("The stage \"{shown}\" is not on the list of those that only read"),
    }
}

fn unknown_operator(name: &str) -> String {
    let shown = crate::show::one_line(name, 60);
    match name {
        "$where" | "$function" | "$accumulator" => {
            format!("{shown} runs JavaScript, which is not done here. Write the condition with operators such as $expr")
        }
        _ => format!("\"{shown}\" is not on the list of operators that only read"),
    }
}

#[cfg(test)]
mod tests;
