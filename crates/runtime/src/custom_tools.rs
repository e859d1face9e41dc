//! Queries that an organization saved as tools: part of its catalogue from the moment they are saved.

use crate::{registry::Registry, runtime::Runtime};
use serde_json::{Value, json};
use std::sync::Arc;
use steersman_protocol::{
    Actor, BadDefinition, CustomTool, CustomToolId, HealthState, Limits, OrganizationId, Problem, Target,
};
use steersman_store::SavedTool;
use steersman_toolkit::{CancellationToken, Cx, Handover, Progress, Tool};

/// Saved tools of one organization.
const MOST: usize = 200;
/// A look at the statement on a target may take this long.
const CHECK: std::time::Duration = std::time::Duration::from_secs(20);

/// Why a definition is not taken: the problem, and what is wrong where.
#[derive(Debug)]
pub struct Unfit {
    pub problem: Problem,
    /// JSON pointers into the definition.
    pub errors: Vec<BadDefinition>,
}

impl From<Problem> for Unfit {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            errors: Vec::new(),
        }
    }
}

impl Runtime {
    /// All tools that this organization has: those of the plugins, and its own.
    pub fn registry_of(&self, organization_id: OrganizationId) -> Arc<Registry> {
        self.catalogue_of(organization_id)
            .unwrap_or_else(|| self.shared_registry().clone())
    }

    /// Judges a definition by its words and its text, and on a target, where one is given, with all that it names there.
    /// Nothing is run.
    ///
    /// Errors: `custom_tool.bad_definition`, `custom_tool.no_plugin`, `custom_tool.other_plugin`, `custom_tool.no_answer`, and the plugin's.
    pub async fn check_custom_tool(&self, definition: &CustomTool, on: Option<&Target>) -> Result<(), Unfit> {
        self.as_tool(definition)?;
        let Some(target) = on else { return Ok(()) };
        let what = format!("Could not check \"{}\" on {}", definition.name, target.name);
        if target.plugin != definition.plugin {
            let why = format!("{} is a {} target", target.name, target.plugin);
            return Err(Problem::new("custom_tool.other_plugin", what, why, "Choose a target of its plugin").into());
        }
        let (plugin, handles) = self.handles(target).await?;
        let cx = Cx {
            target: target.to_ref(),
            now: self.now(),
            limits: Limits::default(),
            cancel: CancellationToken::new(),
            progress: Progress::silent(),
            handover: Handover::closed(),
        };
        // A server that does not answer is no fault of the statement.
        let look = async {
            let health = plugin.health(&handles).await;
            match health.state {
                HealthState::Down => Err(Unfit::from(Problem::new(
                    "custom_tool.no_answer",
                    &what,
                    health.sentence,
                    "Choose another target, or try again when it answers",
                ))),
                HealthState::Degraded | HealthState::Healthy => {
                    let checked = plugin.check_custom_tool(&cx, &handles, definition).await;
                    checked.map_err(pointed)
                }
            }
        };
        tokio::time::timeout(CHECK, look).await.unwrap_or_else(|_| {
            cx.cancel.cancel();
            let why = format!("{} did not answer within {} s", target.name, CHECK.as_secs());
            Err(Problem::new("custom_tool.no_answer", &what, why, "Try again when it answers").into())
        })
    }

    /// Takes it into the organization's catalogue.
    ///
    /// Errors: those of [`Runtime::check_custom_tool`] without a target, `custom_tool.too_many`, `store.exists`.
    pub async fn create_custom_tool(&self, actor: &Actor, definition: CustomTool) -> Result<SavedTool, Unfit> {
        let what = format!("Could not save the tool \"{}\"", definition.name);
        self.as_tool(&definition)?;
        let _one_at_a_time = self.saving_tools().await;
        let known = self.saved_tools(actor.organization_id, &what).await?;
        if known.len() >= MOST {
            let why = format!("there are {MOST} already");
            return Err(Problem::new("custom_tool.too_many", what, why, "Remove one that nobody uses").into());
        }
        let sentence = format!("Saved a query as the tool {}.", definition.tool_name());
        let entry = self.audit_of(actor, "custom_tool.created", sentence, parameters(&definition));
        let id = CustomToolId::from_uuid(self.fresh_id());
        let saved = self
            .store()
            .create_custom_tool(id, actor.organization_id, definition, self.now(), entry)
            .await
            .map_err(|error| error.to_problem(&what))?;
        self.renew_catalogue(actor.organization_id).await?;
        Ok(saved)
    }

    /// The same with one that is there. Errors also: `store.tool_changed`, `store.not_found`.
    pub async fn change_custom_tool(
        &self,
        actor: &Actor,
        id: CustomToolId,
        definition: CustomTool,
        expected_revision: i64,
    ) -> Result<SavedTool, Unfit> {
        let what = format!("Could not change the tool \"{}\"", definition.name);
        self.as_tool(&definition)?;
        let _one_at_a_time = self.saving_tools().await;
        let sentence = format!("Changed the saved tool {}.", definition.tool_name());
        let entry = self.audit_of(actor, "custom_tool.changed", sentence, parameters(&definition));
        let saved = self
            .store()
            .change_custom_tool(
                actor.organization_id,
                id,
                definition,
                expected_revision,
                self.now(),
                entry,
            )
            .await
            .map_err(|error| error.to_problem(&what))?;
        self.renew_catalogue(actor.organization_id).await?;
        Ok(saved)
    }

    /// Errors: `store.not_found`.
    pub async fn remove_custom_tool(&self, actor: &Actor, id: CustomToolId) -> Result<(), Problem> {
        let what = "Could not remove the saved tool";
        let _one_at_a_time = self.saving_tools().await;
        let old = self
            .store()
            .custom_tool(actor.organization_id, id)
            .await
            .map_err(|error| error.to_problem(what))?;
        let sentence = format!("Removed the saved tool {}.", old.definition.tool_name());
        let entry = self.audit_of(actor, "custom_tool.removed", sentence, parameters(&old.definition));
        self.store()
            .remove_custom_tool(actor.organization_id, id, self.now(), entry)
            .await
            .map_err(|error| error.to_problem(what))?;
        self.renew_catalogue(actor.organization_id).await
    }

    /// Every organization's catalogue, at start.
    pub(crate) async fn load_catalogues(&self) -> Result<(), Problem> {
        let what = "Could not read the saved tools";
        let organizations = self.store().organizations().await;
        for organization in organizations.map_err(|error| error.to_problem(what))? {
            self.renew_catalogue(organization.id).await?;
        }
        Ok(())
    }

    /// A tool that is none any more (its plugin is not in this build, or the rules for statements are stricter now) is
    /// left out, and the log says why.
    async fn renew_catalogue(&self, organization_id: OrganizationId) -> Result<(), Problem> {
        let saved = self
            .saved_tools(organization_id, "Could not read the saved tools")
            .await?;
        let tools: Vec<Tool> = saved
            .iter()
            .filter_map(|saved| match self.as_tool(&saved.definition) {
                Ok(tool) => Some(tool),
                Err(unfit) => {
                    tracing::warn!(tool = saved.definition.tool_name(), problem = %unfit.problem, "left a saved tool out");
                    None
                }
            })
            .collect();
        let catalogue = match tools.is_empty() {
            true => None,
            false => Some(Arc::new(self.registry().with(tools)?)),
        };
        self.set_catalogue(organization_id, catalogue);
        Ok(())
    }

    async fn saved_tools(&self, organization_id: OrganizationId, what: &str) -> Result<Vec<SavedTool>, Problem> {
        let saved = self.store().custom_tools(organization_id).await;
        saved.map_err(|error| error.to_problem(what))
    }

    fn as_tool(&self, definition: &CustomTool) -> Result<Tool, Unfit> {
        let what = format!("Could not make a tool of \"{}\"", definition.name);
        let errors = definition.check();
        if !errors.is_empty() {
            let why: Vec<String> = errors
                .iter()
                .map(|bad| format!("{}: {}", bad.pointer(), bad.message().trim_end_matches('.')))
                .collect();
            let next = "Correct what is named";
            return Err(Unfit {
                problem: Problem::new("custom_tool.bad_definition", what, why.join("; "), next),
                errors,
            });
        }
        let Some(plugin) = self.registry().plugin(&definition.plugin) else {
            let why = format!("there is no plugin \"{}\"", definition.plugin);
            return Err(Unfit {
                errors: vec![BadDefinition::new("/plugin", "There is no such plugin.")],
                problem: Problem::new("custom_tool.no_plugin", what, why, "See /api/plugins"),
            });
        };
        plugin.custom_tool(definition).map_err(pointed)
    }
}

/// What a plugin says about a definition is about its statement.
fn pointed(problem: Problem) -> Unfit {
    let message = match problem.next.as_str() {
        "" => problem.why.clone(),
        next => format!("{}. {next}.", problem.why),
    };
    Unfit {
        errors: vec![BadDefinition::new("/statement", message)],
        problem,
    }
}

fn parameters(definition: &CustomTool) -> Value {
    json!({
        "title": definition.title,
        "statement": definition.statement,
        "parameters": definition.parameters.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
    })
}
