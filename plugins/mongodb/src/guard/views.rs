//! Views: pipelines that somebody else wrote and that a query runs by naming them.

use super::{Judged, Refusal, named_in, readable_collection, readable_database};
use crate::{
    collection::{self, Collection},
    connection::Read,
};
use bson::{Bson, Document};
use std::collections::BTreeSet;
use steersman_toolkit::protocol::Problem;

/// Collections and views that one query may lead to.
const MAX_FOLLOWED: usize = 50;

/// Looks at every collection that the query leads to and judges the pipelines of the views among them, and of the views
/// behind those. Returns the collection that the query is about.
///
/// Errors: `mongodb.not_read_only`, `mongodb.not_readable`, `mongodb.too_deep`, `mongodb.no_such_collection`.
pub(crate) async fn follow(
    read: &Read<'_>,
    database: &str,
    name: &str,
    judged: &Judged,
) -> Result<Collection, Problem> {
    let refused = |refusal: Refusal| refusal.into_problem(read.what());
    readable_database(database).map_err(refused)?;
    readable_collection(name).map_err(refused)?;
    let main = collection::find(read, database, name).await?;
    let mut open: Vec<String> = judged.names().map_err(refused)?.into_iter().collect();
    let mut seen: BTreeSet<String> = BTreeSet::from([name.to_owned()]);
    open.extend(behind(&main).map_err(refused)?);
    while let Some(next) = open.pop() {
        if !seen.insert(next.clone()) {
            continue;
        }
        if seen.len() > MAX_FOLLOWED {
            let sentence = format!("The query leads to more than {MAX_FOLLOWED} collections and views. Simplify it");
            return Err(refused(Refusal {
                code: "mongodb.too_deep",
                sentence,
            }));
        }
        // A collection that is not there is empty to the server.
        if let Some(found) = collection::lookup(read, database, &next).await? {
            open.extend(behind(&found).map_err(refused)?);
        }
    }
    Ok(main)
}

/// What a view reads; nothing for a collection.
fn behind(collection: &Collection) -> Result<Vec<String>, Refusal> {
    if !collection.is_view() {
        return Ok(Vec::new());
    }
    let in_view = |refusal: Refusal| Refusal {
        sentence: format!(
            "The view \"{}\" is not read: {}",
            crate::show::one_line(&collection.name, 80),
            refusal.sentence
        ),
        ..refusal
    };
    let stages = collection.options.get_array("pipeline").map_or(&[][..], Vec::as_slice);
    let stages: Vec<Document> = stages.iter().filter_map(Bson::as_document).cloned().collect();
    let mut names = named_in(&stages).map_err(in_view)?;
    if let Ok(on) = collection.options.get_str("viewOn") {
        readable_collection(on).map_err(in_view)?;
        names.insert(on.to_owned());
    }
    Ok(names.into_iter().collect())
}
