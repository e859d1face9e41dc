//! The text that a search looks at.

use steersman_protocol::AuditDraft;

/// Characters of the parameters that are searched.
const OF_PARAMETERS: usize = 400;

/// Action, names, sentence, address and the beginning of the parameters, in lower case.
pub(super) fn search_text(draft: &AuditDraft) -> String {
    let body = &draft.body;
    let parameters = match &body.parameters {
        serde_json::Value::Null => String::new(),
        some => some.to_string().chars().take(OF_PARAMETERS).collect(),
    };
    let parts = [
        Some(draft.action.as_str()),
        body.tool.as_deref(),
        body.target.as_deref(),
        Some(body.user_name.as_str()),
        body.approver.as_deref(),
        Some(body.sentence.as_str()),
        body.ip.as_deref(),
        Some(parameters.as_str()),
    ];
    let text: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    text.join("\n").to_lowercase()
}

/// For LIKE with `\` as its escape: the text anywhere.
pub(crate) fn search_pattern(text: &str) -> String {
    format!("%{}%", escaped(&text.to_lowercase()))
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
