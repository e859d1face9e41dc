//! All roles.

use crate::{access::Caller, problem::Result};
use axum::Json;
use serde::Serialize;
use steersman_protocol::{Page, Permission, Role};

#[derive(Serialize, utoipa::ToSchema)]
pub struct RoleView {
    role: Role,
    title: &'static str,
    /// A sentence.
    description: &'static str,
    /// An entry may end in `*`.
    permissions: Vec<Permission>,
}

/// The roles with their rights, the strongest first. For everybody who is signed in.
#[utoipa::path(get, path = "/api/roles", tag = "users", responses((status = 200, body = Page<RoleView>)))]
pub async fn list(_caller: Caller) -> Result<Json<Page<RoleView>>> {
    let items = Role::ALL.into_iter().map(view).collect();
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}

fn view(role: Role) -> RoleView {
    let (title, description) = match role {
        Role::Owner => (
            "Owner",
            "May do everything, and manages people, targets, rules and models.",
        ),
        Role::Operator => (
            "Operator",
            "Reads, asks for changes, decides approvals and reads the audit log.",
        ),
        Role::Developer => ("Developer", "Reads and asks for changes; somebody else approves them."),
        Role::Viewer => ("Viewer", "Only reads."),
    };
    RoleView {
        role,
        title,
        description,
        permissions: role.permissions().into_iter().collect(),
    }
}
