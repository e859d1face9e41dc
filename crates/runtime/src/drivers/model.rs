//! Asking a model.

use crate::{each::MOST_CALLS, feed::FeedItem, inbox::Work, looking_at::looked_at, runtime::Runtime};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use steersman_engine::{Input, model_view, select::SelectContext};
use steersman_protocol::{
    Actor, ExecutionId, Inventory, MessageId, ModelDelta, ModelRequest, OfferedTool, PageAnchor, Problem, RunId,
    SessionId, Target, ToolChoice, ToolName,
};

/// Tools offered to a model at most.
const MOST_TOOLS: usize = 24;
/// Messages of the path from the session's first run to the one at work that are read.
const MOST_MESSAGES: u32 = 200;
/// Longest answer that is kept; a model that writes without end is cut off here.
const LONGEST_ANSWER: usize = 256 * 1024;

impl Runtime {
    pub(super) async fn ask_model(&self, run_id: RunId, turn: u32, with_tools: bool) -> Option<Input> {
        let cancel = self.token_for(run_id, Work::Model(run_id)).await;
        let stopping = self.tasks().stopping();
        let answer = self.answered(run_id, turn, with_tools, cancel.clone());
        let result = tokio::select! {
            result = answer => result,
            () = stopping.cancelled() => {
                // The question stays open; the next start asks again.
                cancel.cancel();
                return None;
            }
        };
        self.inboxes().end(Work::Model(run_id));
        Some(result.unwrap_or_else(|problem| Input::ModelFailed {
            turn,
            problem,
            written: self.written(run_id, turn),
        }))
    }

    async fn answered(
        &self,
        run_id: RunId,
        turn: u32,
        with_tools: bool,
        cancel: steersman_toolkit::CancellationToken,
    ) -> Result<Input, Problem> {
        let (actor, session_id, page) = self.speaker(run_id).await?;
        let messages = self
            .store()
            .messages_on_path(session_id, run_id, MOST_MESSAGES)
            .await
            .map_err(|error| error.to_problem("Could not read the conversation"))?;
        let targets = self.targets_of(&actor).await?;
        let inventory = Inventory {
            looking_at: looked_at(page.as_ref(), &targets),
            ..self.inventory(&actor).await?
        };
        let last_said = messages
            .iter()
            .rev()
            .find(|message| message.run_id == run_id && message.role == steersman_protocol::MessageRole::User);
        let said = last_said.map(|message| message.content.clone()).unwrap_or_default();
        let registry = self.registry_of(actor.organization_id);
        let recent: Vec<ToolName> = messages
            .iter()
            .rev()
            .filter_map(|message| message.tool_name.as_deref())
            .filter_map(|name| registry.by_model_name(name).cloned())
            .take(6)
            .collect();
        let earlier: Vec<String> = messages
            .iter()
            .rev()
            .filter(|message| message.run_id != run_id && message.role == steersman_protocol::MessageRole::User)
            .map(|message| message.content.clone())
            .take(3)
            .collect();
        let offered = if with_tools {
            self.offer(&said, &recent, &earlier, &actor, &targets, &inventory)
        } else {
            Vec::new()
        };
        let request = ModelRequest {
            model: String::new(),
            system: steersman_llm::system_prompt(&inventory),
            messages: model_view::conversation_of(run_id, &messages),
            tools: offered.clone(),
            tool_choice: if with_tools { ToolChoice::Auto } else { ToolChoice::None },
            inventory,
            max_output_tokens: None,
            temperature: None,
        };
        let runtime = self.clone();
        let room = Mutex::new(LONGEST_ANSWER);
        let deltas: steersman_llm::DeltaSink = Arc::new(move |delta| {
            if let ModelDelta::Text(mut text) = delta {
                fit(&mut text, &room);
                if text.is_empty() {
                    return;
                }
                runtime.feed().tell(FeedItem::Delta {
                    session_id: Some(session_id),
                    run_id,
                    turn,
                    text,
                    offset: 0,
                });
            }
        });
        let mut answer = self
            .gateway()
            .ask(actor.organization_id, request, deltas, cancel)
            .await?;
        cut(&mut answer.text, LONGEST_ANSWER);
        answer.tool_calls.truncate(MOST_CALLS);
        let mut calls = Vec::with_capacity(answer.tool_calls.len());
        for call in &mut answer.tool_calls {
            let execution_id = ExecutionId::from_uuid(self.fresh_id());
            // Weak providers use the same id twice; ours are unique.
            call.id = execution_id.to_string();
            calls.push(self.check_model_call(call.clone(), execution_id, &offered, &targets, &actor, &messages));
        }
        Ok(Input::ModelAnswered {
            turn,
            message_id: MessageId::from_uuid(self.fresh_id()),
            offered: offered.into_iter().map(|tool| tool.name).collect(),
            answer,
            calls,
        })
    }

    /// What a turn's answer came to before it broke off.
    fn written(&self, run_id: RunId, turn: u32) -> String {
        let partial = self.partial_answer(run_id).filter(|(of, _)| *of == turn);
        partial.map(|(_, text)| text).unwrap_or_default()
    }

    async fn speaker(&self, run_id: RunId) -> Result<(Actor, SessionId, Option<PageAnchor>), Problem> {
        let slot = self.slot_of(run_id).await?;
        let slot = slot.lock().await;
        match (&slot.run.actor, slot.run.session_id) {
            (Some(actor), Some(session_id)) => Ok((actor.clone(), session_id, slot.run.page.clone())),
            _ => Err(Problem::new(
                "run.no_session",
                "Could not answer",
                "the run belongs to no session",
                "Report this as a bug",
            )),
        }
    }

    /// The handful of tools for this message that this person may use on targets that are there.
    fn offer(
        &self,
        said: &str,
        recent: &[ToolName],
        earlier: &[String],
        actor: &Actor,
        targets: &[Target],
        inventory: &Inventory,
    ) -> Vec<OfferedTool> {
        let mut plugins: Vec<String> = targets.iter().map(|target| target.plugin.clone()).collect();
        plugins.sort_unstable();
        plugins.dedup();
        if plugins.is_empty() {
            return Vec::new();
        }
        let context = SelectContext {
            recent_tools: recent,
            earlier_messages: earlier,
            plugins_in_use: &plugins,
            inventory: Some(inventory),
            ..SelectContext::default()
        };
        let may = |spec: &steersman_protocol::ToolSpec| actor.may(&spec.permission);
        let registry = self.registry_of(actor.organization_id);
        let selected = registry.catalogue().select(said, &context, may, MOST_TOOLS);
        selected
            .into_iter()
            .filter_map(|selected| {
                let spec = registry.spec(&selected.tool)?;
                Some(OfferedTool {
                    name: spec.name.for_model(),
                    tool: spec.name.clone(),
                    kind: spec.kind,
                    floor: spec.floor,
                    title: spec.title.clone(),
                    description: spec.description.clone(),
                    example: spec.example.clone(),
                    synonyms: spec.synonyms.clone(),
                    input_schema: with_target(&spec.input_schema, spec.name.plugin(), targets),
                    relevance: selected.score,
                })
            })
            .collect()
    }

    /// The names of everything that a person may use, for suggestions.
    pub async fn inventory_for(&self, actor: &Actor) -> Result<Inventory, Problem> {
        self.inventory(actor).await
    }
}

/// The tool's schema with a required `target`: the names that fit.
fn with_target(schema: &Value, plugin: &str, targets: &[Target]) -> Value {
    let names: Vec<&str> = targets
        .iter()
        .filter(|target| target.plugin == plugin)
        .map(|target| target.name.as_str())
        .collect();
    let mut schema = schema.clone();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(
            "target".into(),
            json!({ "type": "string", "enum": names, "description": "Which target" }),
        );
    }
    if let Some(object) = schema.as_object_mut() {
        let required = object.entry("required").or_insert_with(|| json!([]));
        if let Some(required) = required.as_array_mut() {
            required.insert(0, json!("target"));
        }
    }
    schema
}

/// Cuts a piece so that all pieces are together what the whole answer is cut to.
fn fit(piece: &mut String, room: &Mutex<usize>) {
    let mut room = room.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let wanted = piece.len();
    cut(piece, *room);
    *room = if piece.len() < wanted { 0 } else { *room - wanted };
}

pub(crate) fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        let mut end = limit;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
}
