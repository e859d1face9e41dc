//! Targets: on the wire *plugin instances* of a server.

pub mod change;
pub mod create;
pub mod execute;
mod form;
pub mod get;
pub mod health;
pub mod list;
pub mod list_all;
pub mod remove;
pub mod tools;
pub mod try_settings;

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::Serialize;
use steersman_protocol::{Health, Permission, ServerId, Target, TargetId};

/// A target with what the last look at it found.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TargetView {
    #[serde(flatten)]
    target: Target,
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<Health>,
}

/// `/api/servers/{serverId}/plugins/{id}…`
pub struct Place {
    server_id: ServerId,
    target_id: TargetId,
}

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let not_found = || {
            Failed::new(
                "target.not_found",
                "Could not find the target",
                "the ids in the address are not ours",
                "Look at /api/targets",
            )
        };
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| not_found())?;
        let values: Vec<&str> = params.iter().map(|(_, value)| value).collect();
        let [server, target] = values.as_slice() else {
            return Err(not_found());
        };
        Ok(Place {
            server_id: server.parse().map_err(|_| not_found())?,
            target_id: target.parse().map_err(|_| not_found())?,
        })
    }
}

async fn found(app: &App, caller: &Caller, place: &Place, permission: &str, what: &str) -> Result<Target> {
    caller.must(app, permission, what).await?;
    let target = app
        .runtime
        .store()
        .target(caller.actor.organization_id, place.target_id)
        .await
        .doing(what)?;
    if target.server_id != place.server_id {
        return Err(Failed::new(
            "target.not_found",
            what,
            "there is no such target on this server",
            "Look at /api/targets",
        ));
    }
    Ok(target)
}

async fn found_to_read(app: &App, caller: &Caller, place: &Place, what: &str) -> Result<Target> {
    found(app, caller, place, Permission::TARGET_READ, what).await
}
