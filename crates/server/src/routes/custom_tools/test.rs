//! Judging a query before it is saved.

use super::detailed;
use crate::{
    access::Caller,
    app::App,
    problem::{Detailed, While},
    request::Body,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use steersman_protocol::{CustomTool, Permission, TargetId};

#[derive(Deserialize, utoipa::ToSchema)]
pub struct Candidate {
    definition: CustomTool,
    /// Where to look up what the statement names. Without one only its text is judged.
    #[serde(default)]
    target_id: Option<TargetId>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Judged {
    /// One sentence.
    sentence: String,
}

/// Judge a query as for saving it, and on a target by everything that it names there. Nothing is run or saved. Needs
/// `target:manage`.
///
/// What is wrong is in `errors` of the problem, by JSON pointer into the definition.
#[utoipa::path(post, path = "/api/tools/custom/test", tag = "tools", request_body = Candidate, responses((status = 200, body = Judged)))]
pub async fn test(
    State(app): State<App>,
    caller: Caller,
    Body(candidate): Body<Candidate>,
) -> Result<Json<Judged>, Detailed> {
    let what = "Could not check the query";
    caller.must(&app, Permission::TARGET_MANAGE, what).await?;
    let target = match candidate.target_id {
        None => None,
        Some(id) => {
            let found = app.runtime.store().target(caller.actor.organization_id, id).await;
            Some(found.doing(what)?)
        }
    };
    app.runtime
        .check_custom_tool(&candidate.definition, target.as_ref())
        .await
        .map_err(detailed)?;
    let sentence = match target {
        Some(target) => format!("It only reads, on {} too.", target.name),
        None => "By its text it only reads. Check it on a target to know what it names there.".into(),
    };
    Ok(Json(Judged { sentence }))
}
