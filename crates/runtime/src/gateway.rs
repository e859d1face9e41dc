//! Which model answers.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
    time::Duration,
};
use steersman_llm::{DeltaSink, Provider, Remote, RemoteConfig, Retry, local::Local};
use steersman_protocol::{ModelAnswer, ModelRequest, OrganizationId, Problem, ProviderKind};
use steersman_toolkit::{CancellationToken, SecretString};

const FIRST_TOKEN: Duration = Duration::from_secs(60);
const WHOLE_ANSWER: Duration = Duration::from_secs(300);

/// How to reach a provider.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    pub kind: ProviderKind,
    pub name: String,
    pub base_url: String,
    pub model: String,
    pub api_key: Option<SecretString>,
}

/// The providers, the built-in one always among them. The one that an organization chose is asked first, for that
/// organization and no other.
pub struct Gateway {
    local: Arc<dyn Provider>,
    chosen: RwLock<HashMap<OrganizationId, Arc<dyn Provider>>>,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            local: Arc::new(Local::new()),
            chosen: RwLock::default(),
        }
    }
}

impl Gateway {
    /// Asks `settings` first from now on; `None` goes back to the built-in provider.
    pub fn choose(&self, organization_id: OrganizationId, settings: Option<ProviderSettings>) {
        let mut chosen = self.chosen.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        match settings {
            Some(settings) => chosen.insert(organization_id, Arc::new(open(settings))),
            None => chosen.remove(&organization_id),
        };
    }

    /// The provider that is asked first.
    pub fn first(&self, organization_id: OrganizationId) -> Arc<dyn Provider> {
        let chosen = self.chosen.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        chosen.get(&organization_id).unwrap_or(&self.local).clone()
    }

    /// Asks the chosen provider; when it is away, the built-in one answers and says so.
    pub async fn ask(
        &self,
        organization_id: OrganizationId,
        request: ModelRequest,
        deltas: DeltaSink,
        cancel: CancellationToken,
    ) -> Result<ModelAnswer, Problem> {
        let first = self.first(organization_id);
        let problem = match first.ask(request.clone(), deltas.clone(), cancel.clone()).await {
            Err(problem) if is_away(&problem) && first.name() != self.local.name() => problem,
            other => return other,
        };
        tracing::warn!(provider = first.name(), %problem, "provider is away; the built-in one answers");
        let note = format!("({} is away, so the built-in assistant answers.)\n\n", first.name());
        deltas(steersman_protocol::ModelDelta::Text(note.clone()));
        let mut answer = self.local.ask(request, deltas, cancel).await?;
        answer.text = format!("{note}{}", answer.text);
        answer.stands_in_for = Some(first.name().to_owned());
        Ok(answer)
    }

    /// Tries a provider with one small request and says exactly what is wrong.
    pub async fn test(settings: ProviderSettings) -> Result<(), Problem> {
        open(settings).test().await
    }
}

fn open(settings: ProviderSettings) -> Remote {
    Remote::new(RemoteConfig {
        kind: settings.kind,
        name: settings.name,
        base_url: settings.base_url,
        model: settings.model,
        api_key: settings.api_key,
        first_token_timeout: FIRST_TOKEN,
        total_timeout: WHOLE_ANSWER,
        retry: Retry::default(),
    })
}

/// Away is not the same as wrong: a refused key or unknown model has to be seen and mended.
fn is_away(problem: &Problem) -> bool {
    matches!(
        problem.code.as_str(),
        "model.unreachable" | "model.timed_out" | "model.rate_limited"
    )
}
