//! A decision in words: events, then effects after an arrow, then what else it says.

use crate::effect::Effect;
use crate::run::Decision;
use steersman_protocol::{Event, GrantedBy, Verification};

/// `judged:ask, approval_requested → expire`; a refusal is `✗code`, a grant that is used up `uses:perform`.
pub fn told(decision: &Decision) -> String {
    let mut parts = vec![decision.events.iter().map(event).collect::<Vec<_>>().join(", ")];
    if !decision.effects.is_empty() {
        let effects: Vec<String> = decision.effects.iter().map(effect).collect();
        parts.push(format!("→ {}", effects.join(", ")));
    }
    if let Some((_, grant_use)) = &decision.use_grant {
        parts.push(format!("uses:{}", word(grant_use)));
    }
    parts.extend(decision.stop_work.iter().map(|_| "stops:work".to_owned()));
    parts.extend(decision.stop_model.then(|| "stops:model".to_owned()));
    parts.extend(decision.refusal.iter().map(|problem| format!("✗{}", problem.code)));
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::AskModel {
            turn,
            with_tools: false,
        } => format!("ask_model:{turn}:no_tools"),
        Effect::AskModel { turn, .. } => format!("ask_model:{turn}"),
        other => other.kind().to_owned(),
    }
}

pub fn event(event: &Event) -> String {
    let json = serde_json::to_value(event).expect("an event is JSON");
    let kind = json["type"].as_str().expect("an event has a type").to_owned();
    let detail = match event {
        Event::Judged { verdict, .. } => word(&verdict.decision),
        Event::Decided { approved, .. } => if *approved { "yes" } else { "no" }.to_owned(),
        Event::Granted {
            by: GrantedBy::Person { name, .. },
            ..
        } => name.clone(),
        Event::Granted {
            by: GrantedBy::Rule { rule_id },
            ..
        } => rule_id.clone(),
        Event::IntentRecorded { grant_use, .. } => word(grant_use),
        Event::Verified { verification, .. } => match verification {
            Verification::Holds { .. } => "holds".into(),
            Verification::DoesNotHold { left_behind: false, .. } => "not".into(),
            Verification::DoesNotHold { left_behind: true, .. } => "left_behind".into(),
            Verification::CannotTell { .. } => "cannot_tell".into(),
        },
        Event::CallEnded {
            outcome,
            problem: Some(problem),
            ..
        } => format!("{}({})", word(outcome), problem.code),
        Event::CallEnded { outcome, .. } => word(outcome),
        Event::CallRefused { problem, .. } | Event::AttemptRefused { problem, .. } => problem.code.clone(),
        Event::RunEnded {
            status,
            problem: Some(problem),
        } => format!("{status}({})", problem.code),
        Event::RunEnded { status, .. } => status.to_string(),
        _ => String::new(),
    };
    match detail.as_str() {
        "" => kind,
        _ => format!("{kind}:{detail}"),
    }
}

fn word<T: serde::Serialize>(value: &T) -> String {
    let json = serde_json::to_value(value).expect("a word is JSON");
    json.as_str().expect("a word is text").to_owned()
}
