//! The door of the funnel: a call must name a tool that was offered, fit its schema, and be within the person's rights.

use crate::runtime::Runtime;
use serde_json::Value;
use steersman_engine::{ProposedCall, input::RefusedCall, provenance};
use steersman_protocol::{Actor, ChatMessage, ExecutionId, OfferedTool, Problem, Target, ToolCall, ToolName};

/// Longest arguments of one call, as JSON text.
const LONGEST_ARGUMENTS: usize = 64 * 1024;

impl Runtime {
    /// Checks a model's call against what was offered to it.
    ///
    /// Refusals: `call.not_offered`, `call.unknown_tool`, and those of [`Runtime::check_call`].
    #[expect(clippy::result_large_err, reason = "a refused call is as ordinary as a taken one")]
    pub(crate) fn check_model_call(
        &self,
        call: ToolCall,
        execution_id: ExecutionId,
        offered: &[OfferedTool],
        targets: &[Target],
        actor: &Actor,
        messages: &[ChatMessage],
    ) -> Result<ProposedCall, RefusedCall> {
        let refuse = |problem: Problem| RefusedCall {
            execution_id,
            call: call.clone(),
            problem,
        };
        let registry = self.registry_of(actor.organization_id);
        let Some(tool) = offered.iter().find(|tool| tool.name == call.name) else {
            let shown: String = call.name.chars().take(80).collect();
            let what = format!("Did not call \"{shown}\"");
            let next = "Use one of the offered tools, or find_tools to look for another";
            return Err(refuse(match registry.by_model_name(&call.name) {
                Some(_) => Problem::new(
                    "call.not_offered",
                    what,
                    "this tool was not offered for this request",
                    next,
                ),
                None => Problem::new("call.unknown_tool", what, "there is no tool with this name", next),
            }));
        };
        let mut arguments = match &call.arguments {
            Value::Object(members) => members.clone(),
            // Models write nothing at all for a tool without parameters.
            Value::Null => serde_json::Map::new(),
            Value::String(text) if text.trim().is_empty() => serde_json::Map::new(),
            _ => return Err(refuse(bad_arguments(&tool.tool, "they are no JSON object"))),
        };
        let named = arguments.remove("target");
        let target = pick_target(&tool.tool, named.as_ref(), targets).map_err(&refuse)?;
        let arguments = Value::Object(arguments);
        let mut proposed = self
            .check_call(&tool.tool, arguments, target, actor, execution_id)
            .map_err(refuse)?;
        proposed.from_target_text = provenance::from_target_text(&proposed.arguments, messages);
        Ok(proposed)
    }

    /// Checks a call whose tool and target are known.
    ///
    /// Refusals: `call.unknown_tool`, `call.wrong_target`, `call.not_allowed`, `call.bad_arguments`, `call.too_large`.
    pub(crate) fn check_call(
        &self,
        tool: &ToolName,
        arguments: Value,
        target: &Target,
        actor: &Actor,
        execution_id: ExecutionId,
    ) -> Result<ProposedCall, Problem> {
        let what = format!("Did not call {tool} on {}", target.name);
        let registry = self.registry_of(actor.organization_id);
        let Some(spec) = registry.spec(tool) else {
            return Err(Problem::new(
                "call.unknown_tool",
                what,
                "there is no tool with this name",
                "See `steersman tools`",
            ));
        };
        if target.plugin != tool.plugin() {
            let why = format!("{} is a {} target", target.name, target.plugin);
            return Err(Problem::new(
                "call.wrong_target",
                what,
                why,
                format!("Choose a {} target", tool.plugin()),
            ));
        }
        if !actor.may(&spec.permission) {
            let why = format!("{} ({}) lacks the right {}", actor.name, actor.role, spec.permission);
            return Err(Problem::new(
                "call.not_allowed",
                what,
                why,
                "Ask somebody with that right",
            ));
        }
        if arguments.to_string().len() > LONGEST_ARGUMENTS {
            let why = format!("the arguments are longer than {} KiB", LONGEST_ARGUMENTS / 1024);
            return Err(Problem::new("call.too_large", what, why, "Send less"));
        }
        registry
            .check_arguments(tool, &arguments)
            .map_err(|why| bad_arguments(tool, &why))?;
        Ok(ProposedCall {
            execution_id,
            call_id: execution_id.to_string(),
            tool: tool.clone(),
            kind: spec.kind,
            floor: spec.floor,
            target: target.to_ref(),
            arguments,
            from_target_text: Vec::new(),
        })
    }
}

fn pick_target<'a>(tool: &ToolName, named: Option<&Value>, targets: &'a [Target]) -> Result<&'a Target, Problem> {
    let fitting: Vec<&Target> = targets.iter().filter(|target| target.plugin == tool.plugin()).collect();
    let names = || {
        fitting
            .iter()
            .map(|target| target.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let what = format!("Did not call {tool}");
    match named {
        Some(Value::String(name)) => fitting
            .iter()
            .find(|target| target.name == *name)
            .copied()
            .ok_or_else(|| {
                let shown: String = name.chars().take(80).collect();
                Problem::new(
                    "call.unknown_target",
                    what,
                    format!("there is no {} target \"{shown}\" here", tool.plugin()),
                    format!("Use one of: {}", names()),
                )
            }),
        Some(_) => Err(bad_arguments(tool, "\"target\" is no text")),
        None => match fitting.as_slice() {
            [only] => Ok(only),
            _ => Err(Problem::new(
                "call.no_target",
                what,
                "it is not said on which target",
                format!("Name one of: {}", names()),
            )),
        },
    }
}

fn bad_arguments(tool: &ToolName, why: &str) -> Problem {
    let why: String = why.chars().take(600).collect();
    Problem::new(
        "call.bad_arguments",
        format!("Did not call {tool}"),
        format!("its arguments do not fit: {why}"),
        "Correct the arguments and call again",
    )
}
