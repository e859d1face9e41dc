//! Whether our user may do what a plan wants, asked while planning: nobody should approve what cannot happen.

use crate::{connection::Read, problem, server};
use bson::{Bson, Document, doc};
use steersman_toolkit::protocol::Problem;

/// A right on a collection; without a collection, on a whole database.
pub(crate) struct Need<'a> {
    /// As MongoDB's list of privilege actions names it: `createIndex`.
    pub action: &'a str,
    pub database: &'a str,
    pub collection: &'a str,
    /// The command that needs it, for the message.
    pub verb: &'a str,
}

/// Passes where the server does not say what we may: then it says so when the time comes.
///
/// Errors: `mongodb.permission_denied`.
pub(crate) async fn need(read: &Read<'_>, need: Need<'_>) -> Result<(), Problem> {
    let Some(status) = server::optional(read, doc! { "connectionStatus": 1, "showPrivileges": true }).await? else {
        return Ok(());
    };
    let Ok(auth) = status.get_document("authInfo") else {
        return Ok(());
    };
    let Ok(privileges) = auth.get_array("authenticatedUserPrivileges") else {
        return Ok(());
    };
    // A server without access control knows no users.
    if auth.get_array("authenticatedUsers").is_ok_and(Vec::is_empty) {
        return Ok(());
    }
    let is_given = privileges
        .iter()
        .filter_map(Bson::as_document)
        .any(|privilege| gives(privilege, &need));
    if is_given {
        Ok(())
    } else {
        Err(problem::permission_denied(read.what(), need.verb))
    }
}

fn gives(privilege: &Document, need: &Need<'_>) -> bool {
    let Ok(resource) = privilege.get_document("resource") else {
        return false;
    };
    let is_place = match (resource.get_str("db"), resource.get_str("collection")) {
        (Ok(database), Ok(collection)) => {
            (database.is_empty() || database == need.database)
                && (collection.is_empty() || collection == need.collection)
        }
        _ => resource.get_bool("anyResource").unwrap_or(false),
    };
    let actions = privilege
        .get_array("actions")
        .into_iter()
        .flatten()
        .filter_map(Bson::as_str);
    is_place
        && actions
            .into_iter()
            .any(|action| action == need.action || action == "anyAction")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_counts_where_it_holds() {
        for (resource, expected) in [
            (doc! { "db": "", "collection": "" }, true),
            (doc! { "db": "shop", "collection": "" }, true),
            (doc! { "db": "shop", "collection": "orders" }, true),
            (doc! { "db": "", "collection": "orders" }, true),
            (doc! { "anyResource": true }, true),
            (doc! { "db": "shop", "collection": "others" }, false),
            (doc! { "db": "other", "collection": "" }, false),
            (doc! { "cluster": true }, false),
        ] {
            let need = Need {
                action: "dropIndex",
                database: "shop",
                collection: "orders",
                verb: "dropIndexes",
            };
            let privilege = doc! { "resource": resource.clone(), "actions": ["find", "dropIndex"] };
            assert_eq!(gives(&privilege, &need), expected, "{resource}");
            let privilege = doc! { "resource": resource, "actions": ["find"] };
            assert!(!gives(&privilege, &need));
        }
    }
}
