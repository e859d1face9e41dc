//! All servers.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
};
use axum::{Json, extract::State};
use serde::Serialize;
use steersman_protocol::{Health, Measurement, Page, Permission, Server, Target, Timestamp};

/// The plugin that looks at the machine itself.
const MACHINE: &str = "host";

/// A server with what the last look at its machine found.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ServerView {
    #[serde(flatten)]
    server: Server,
    /// Targets on it, disabled ones too.
    targets: usize,
    /// Of its `host` target; absent without one, or before the first look.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<Health>,
    /// What that look measured: `cpu`, `memory`, `disk` (percent) and `load`.
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<Vec<Measurement>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    looked_at: Option<Timestamp>,
}

/// Servers of the organization. Needs `target:read`.
#[utoipa::path(get, path = "/api/servers", tag = "targets", responses((status = 200, body = Page<ServerView>)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<ServerView>>> {
    let what = "Could not list servers";
    caller.must(&app, Permission::TARGET_READ, what).await?;
    let store = app.runtime.store();
    let organization_id = caller.actor.organization_id;
    let servers = store.servers(organization_id).await.doing(what)?;
    let targets = store.targets(organization_id).await.doing(what)?;
    let items = servers
        .into_iter()
        .map(|server| {
            let mut on_it = targets.iter().filter(|target| target.server_id == server.id);
            let count = on_it.clone().count();
            let is_machine = |target: &&Target| target.plugin == MACHINE && target.is_enabled;
            let look = on_it.find(is_machine).and_then(|target| app.runtime.last_look(target));
            ServerView {
                server,
                targets: count,
                looked_at: look.as_ref().map(|look| look.at),
                metrics: look.as_ref().map(|look| look.health.measurements.clone()),
                health: look.map(|look| Health {
                    measurements: Vec::new(),
                    ..look.health
                }),
            }
        })
        .collect();
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}
