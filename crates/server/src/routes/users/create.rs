//! A new user.

use crate::{
    access::{Caller, hash_password},
    app::App,
    problem::{Detailed, Failed, FieldError, While},
    request::Body,
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::json;
use steersman_protocol::{Permission, Problem, Role, User, UserId};

/// Shortest password that is taken.
pub(super) const SHORTEST_PASSWORD: usize = 10;

#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewUser {
    name: String,
    role: Role,
    /// At least 10 characters. Without one, the person signs in by a one-time link.
    #[serde(default)]
    password: Option<String>,
}

/// Create a user. Needs `user:manage`.
#[utoipa::path(post, path = "/api/users", tag = "users", request_body = NewUser, responses((status = 201, body = User)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewUser>,
) -> Result<(StatusCode, Json<User>), Detailed> {
    let what = "Could not create the user";
    caller.must(&app, Permission::USER_MANAGE, what).await?;
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.len() > 63 || name.chars().any(char::is_control) {
        let why = "a name has 1 to 63 characters and no control characters";
        let problem = Problem::new("user.bad_name", what, why, "Choose another name");
        return Err(at("/name", problem));
    }
    let hash = match new.password {
        Some(password) => Some(hashed(&app, password, what).await?),
        None => None,
    };
    let now = app.runtime.now();
    let user = User {
        id: UserId::from_uuid(app.runtime.fresh_id()),
        organization_id: caller.actor.organization_id,
        name,
        role: new.role,
        is_enabled: true,
        created_at: now,
    };
    let entry = app.runtime.audit_of(
        &caller.actor,
        "user.created",
        format!("Created the user {} ({}).", user.name, user.role),
        json!({ "role": user.role }),
    );
    app.runtime
        .store()
        .create_user(user.clone(), hash, now, entry)
        .await
        .doing(what)
        .map_err(|Failed(problem)| match problem.code.as_str() {
            "store.exists" => at("/name", problem),
            _ => problem.into(),
        })?;
    Ok((StatusCode::CREATED, Json(user)))
}

/// The problem, at the field that it is about.
fn at(pointer: &str, problem: Problem) -> Detailed {
    Detailed {
        errors: vec![FieldError::at(pointer, problem.why.clone())],
        ..problem.into()
    }
}

pub(super) async fn hashed(app: &App, password: String, what: &str) -> Result<String, Detailed> {
    if password.chars().count() < SHORTEST_PASSWORD {
        let why = format!("the password has fewer than {SHORTEST_PASSWORD} characters");
        return Err(at(
            "/password",
            Problem::new("user.bad_password", what, why, "Choose a longer one"),
        ));
    }
    Ok(app.runtime.heavy(move || hash_password(&password)).await?)
}
