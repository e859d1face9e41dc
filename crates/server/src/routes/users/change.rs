//! Role, password, and whether a user may sign in.

use crate::{
    access::Caller,
    app::App,
    problem::{Detailed, Failed, While},
    request::{Body, PathId},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};
use steersman_protocol::{Permission, Role, User, UserId};

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[derive(Default)]
pub struct UserChange {
    role: Option<Role>,
    is_enabled: Option<bool>,
    /// Ends the person's logins, but for the one that this is sent with.
    password: Option<String>,
}

/// Change a user. Needs `user:manage`; everybody may set their own password.
#[utoipa::path(patch, path = "/api/users/{id}", tag = "users", params(("id" = UserId, Path)), request_body = UserChange, responses((status = 200, body = User)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<UserId>,
    Body(change): Body<UserChange>,
) -> Result<Json<User>, Detailed> {
    let what = "Could not change the user";
    let is_own_password = id == caller.user.id && change.role.is_none() && change.is_enabled.is_none();
    if !is_own_password {
        caller.must(&app, Permission::USER_MANAGE, what).await?;
    }
    let organization_id = caller.actor.organization_id;
    let store = app.runtime.store();
    let users = store.users(organization_id).await.doing(what)?;
    let user = users.iter().find(|user| user.id == id).ok_or_else(|| {
        Failed::new(
            "store.not_found",
            what,
            "there is no such user",
            "Look at the list of users",
        )
    })?;
    let loses_owner = user.role == Role::Owner
        && (change.is_enabled == Some(false) || change.role.is_some_and(|role| role != Role::Owner));
    if loses_owner
        && users
            .iter()
            .filter(|user| user.role == Role::Owner && user.is_enabled)
            .count()
            <= 1
    {
        return Err(Failed::new(
            "user.last_owner",
            what,
            "it is the last enabled owner",
            "Make somebody else an owner first",
        )
        .into());
    }
    // First, because it can fail: a change is made whole or not at all.
    let hash = match change.password {
        Some(password) => Some(super::create::hashed(&app, password, what).await?),
        None => None,
    };
    let now = app.runtime.now();
    let entry = |sentence: String, change: Option<(Value, Value)>| {
        let mut parameters = json!({ "user": user.name });
        if let Some((before, after)) = change {
            parameters["before"] = before;
            parameters["after"] = after;
        }
        app.runtime
            .audit_of(&caller.actor, "user.changed", sentence, parameters)
    };
    if let Some(role) = change.role {
        store
            .set_user_role(
                organization_id,
                id,
                role,
                now,
                entry(
                    format!("Made {} {role}.", user.name),
                    Some((json!({ "role": user.role }), json!({ "role": role }))),
                ),
            )
            .await
            .doing(what)?;
    }
    if let Some(is_enabled) = change.is_enabled {
        let verb = if is_enabled { "Enabled" } else { "Disabled" };
        store
            .set_user_enabled(
                organization_id,
                id,
                is_enabled,
                now,
                entry(
                    format!("{verb} {}.", user.name),
                    Some((
                        json!({ "is_enabled": user.is_enabled }),
                        json!({ "is_enabled": is_enabled }),
                    )),
                ),
            )
            .await
            .doing(what)?;
    }
    if let Some(hash) = hash {
        store
            .set_password_hash(
                id,
                hash,
                caller.login_id,
                now,
                entry(format!("Set the password of {}.", user.name), None),
            )
            .await
            .doing(what)?;
    }
    Ok(Json(store.user(id).await.doing(what)?))
}
