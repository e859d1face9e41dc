//! Carrying out what a frame asks, through the REST route that does the same.

use super::{ask::Ask, connection::Yes, rest::Rest, subscription::Topic, visitor::Credentials};
use serde_json::{Map, Value, json};

/// The result, or the problem document of the REST route.
pub async fn perform(rest: &Rest, as_: &Credentials, ask: Ask) -> Result<Yes, Value> {
    match ask {
        Ask::Join { session_id, after } => {
            rest.get(as_, &format!("/api/sessions/{session_id}")).await?;
            Ok(Yes::MayFollow(Topic::Session(session_id), after))
        }
        Ask::Approvals { after } => {
            rest.get(as_, "/api/approvals?limit=1").await?;
            Ok(Yes::MayFollow(Topic::Approvals, after))
        }
        Ask::Runs {
            run_id: Some(run_id),
            after,
        } => {
            rest.get(as_, &format!("/api/runs/{run_id}")).await?;
            Ok(Yes::MayFollow(Topic::Run(run_id), after))
        }
        Ask::Runs { run_id: None, after } => {
            rest.get(as_, "/api/runs?limit=1").await?;
            Ok(Yes::MayFollow(Topic::Runs, after))
        }
        Ask::Plugins { after } => {
            rest.get(as_, "/api/targets").await?;
            Ok(Yes::MayFollow(Topic::Plugins, after))
        }
        Ask::Audit => {
            rest.get(as_, "/api/audit?limit=1").await?;
            Ok(Yes::MayFollow(Topic::Audit, None))
        }
        Ask::Message {
            session_id,
            key,
            mut body,
        } => {
            // The frame's own id means nothing to the route.
            body.remove("id");
            let path = format!("/api/sessions/{session_id}/messages");
            let taken = rest.post(as_, &path, key.as_deref(), &Value::Object(body)).await?;
            let mut did = Map::from_iter([("position".to_owned(), taken["seq"].clone())]);
            if let Value::Object(taken) = taken {
                did.extend(taken);
            }
            Ok(Yes::Did(did))
        }
        Ask::Respond {
            approval_id,
            approve,
            key,
            digest,
            reason,
        } => {
            let verb = if approve { "approve" } else { "reject" };
            let body = match approve {
                true => json!({ "digest": digest, "reason": reason }),
                false => json!({ "reason": reason }),
            };
            let path = format!("/api/approvals/{approval_id}/{verb}");
            let approval = rest.post(as_, &path, key.as_deref(), &body).await?;
            Ok(Yes::Did(Map::from_iter([("approval".to_owned(), approval)])))
        }
        Ask::Leave { .. }
        | Ask::Typing { .. }
        | Ask::NoApprovals
        | Ask::NoRuns { .. }
        | Ask::NoPlugins
        | Ask::NoAudit
        | Ask::Quiet => Ok(Yes::Did(Map::new())),
    }
}
