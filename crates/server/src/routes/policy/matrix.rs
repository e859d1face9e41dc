//! Who may do what where, and why: the whole table.

use crate::{
    access::Caller,
    app::App,
    problem::{Detailed, Failed, FieldError, While},
    request::Body,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use steersman_protocol::{Permission, Policy, Role, TargetId, TargetRef, ToolName, ToolSpec, Verdict};
use steersman_runtime::Registry;

/// Cells of one answer.
const MOST: usize = 5_000;

/// An empty or absent list stands for all. Without targets and environments, all targets are asked about.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Questions {
    roles: Vec<Role>,
    tools: Vec<ToolName>,
    targets: Vec<TargetId>,
    /// Names of environments, for a target that has no name yet.
    environments: Vec<String>,
    /// Rules that are not saved yet; those in force when absent.
    policy: Option<Policy>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Matrix {
    /// Of the rules that were asked.
    policy_revision: i64,
    /// By target, then tool, then role.
    cells: Vec<Cell>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Cell {
    role: Role,
    tool: ToolName,
    /// Absent where an environment was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    target_id: Option<TargetId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    environment: String,
    /// Whether the role gives the tool's permission at all; without, the verdict does not come to pass.
    is_permitted: bool,
    permission: String,
    /// By the tool's floor: the facts of a real plan can only make it stricter.
    verdict: Verdict,
}

/// What the judge would say, for roles × tools × targets or environments, each with the rules that decide. Needs
/// `policy:read`.
///
/// Errors: 400 `request.too_many` beyond 5,000 cells; 422 `policy.bad_rules` for unsaved rules with mistakes.
#[utoipa::path(post, path = "/api/policy/matrix", tag = "policy", request_body = Questions, responses((status = 200, body = Matrix)))]
pub async fn matrix(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<Questions>,
) -> Result<Json<Matrix>, Detailed> {
    let what = "Could not simulate";
    caller.must(&app, Permission::POLICY_READ, what).await?;
    let policy = match &asked.policy {
        Some(draft) => checked(draft, what)?,
        None => (*app.runtime.policy(caller.actor.organization_id).await?).clone(),
    };
    let places = places(&app, &caller, &asked, what).await?;
    let registry = app.runtime.registry_of(caller.actor.organization_id);
    let tools = tools(&registry, &asked.tools, what)?;
    let roles = if asked.roles.is_empty() {
        Role::ALL.to_vec()
    } else {
        asked.roles
    };
    let fits = |place: &TargetRef, tool: &ToolSpec| place.plugin.is_empty() || place.plugin == tool.name.plugin();
    let pairs: Vec<(&TargetRef, &ToolSpec)> = places
        .iter()
        .flat_map(|place| tools.iter().map(move |tool| (place, *tool)))
        .filter(|(place, tool)| fits(place, tool))
        .collect();
    if pairs.len() * roles.len() > MOST {
        let why = format!(
            "that are {} cells; at most {MOST} are answered",
            pairs.len() * roles.len()
        );
        let next = "Name fewer roles, tools or targets";
        return Err(Failed::new("request.too_many", what, why, next).into());
    }
    let cells = pairs.into_iter().flat_map(|(place, tool)| {
        let (policy, roles) = (&policy, &roles);
        roles.iter().map(move |role| cell(policy, *role, tool, place))
    });
    Ok(Json(Matrix {
        policy_revision: policy.revision,
        cells: cells.collect(),
    }))
}

fn checked(draft: &Policy, what: &str) -> Result<Policy, Detailed> {
    let complaints = steersman_runtime::engine::policy::check(draft);
    if complaints.is_empty() {
        return Ok(draft.clone());
    }
    let failed = Failed::new("policy.bad_rules", what, complaints.join("; "), "Correct the rules");
    Err(Detailed {
        errors: complaints
            .into_iter()
            .map(|complaint| FieldError::at("/policy/rules", complaint))
            .collect(),
        ..failed.into()
    })
}

/// Targets, and for every environment one without name and plugin.
async fn places(app: &App, caller: &Caller, asked: &Questions, what: &str) -> Result<Vec<TargetRef>, Detailed> {
    let all = app
        .runtime
        .store()
        .targets(caller.actor.organization_id)
        .await
        .doing(what)?;
    let mut places = Vec::new();
    for (index, id) in asked.targets.iter().enumerate() {
        let found = all.iter().find(|target| target.id == *id).ok_or_else(|| {
            let failed = Failed::new("store.not_found", what, "there is no such target", "See /api/targets");
            Detailed {
                errors: vec![FieldError::at(format!("/targets/{index}"), "There is no such target.")],
                ..failed.into()
            }
        })?;
        places.push(found.to_ref());
    }
    if asked.targets.is_empty() && asked.environments.is_empty() {
        places.extend(all.iter().map(|target| target.to_ref()));
    }
    places.extend(asked.environments.iter().map(|environment| TargetRef {
        id: TargetId::from_uuid(uuid::Uuid::nil()),
        name: String::new(),
        plugin: String::new(),
        environment: environment.clone(),
        revision: 0,
    }));
    Ok(places)
}

fn tools<'a>(registry: &'a Registry, names: &[ToolName], what: &str) -> Result<Vec<&'a ToolSpec>, Detailed> {
    if names.is_empty() {
        return Ok(registry.catalogue().tools().iter().collect());
    }
    let find = |(index, name): (usize, &ToolName)| {
        registry.spec(name).ok_or_else(|| {
            let failed = Failed::new(
                "call.unknown_tool",
                what,
                format!("there is no tool {name}"),
                "See /api/tools",
            );
            Detailed {
                errors: vec![FieldError::at(format!("/tools/{index}"), "There is no such tool.")],
                ..failed.into()
            }
        })
    };
    names.iter().enumerate().map(find).collect()
}

fn cell(policy: &Policy, role: Role, tool: &ToolSpec, place: &TargetRef) -> Cell {
    let is_target = place.revision > 0;
    Cell {
        role,
        tool: tool.name.clone(),
        target_id: is_target.then_some(place.id),
        target: is_target.then(|| place.name.clone()),
        environment: place.environment.clone(),
        is_permitted: role.permissions().iter().any(|held| held.gives(&tool.permission)),
        permission: tool.permission.clone(),
        verdict: steersman_runtime::judge_by_floor(policy, tool, place, role),
    }
}
