//! The rules an organization starts with: low runs, the rest asks, critical asks for a reason.

use steersman_protocol::{Policy, Risk, Rule, RuleEffect, RuleExample, ToolKind, When};

/// Minutes an approval stays open, and its grant usable.
const APPROVAL_MINUTES: u32 = 30;

/// Revision 1 of an organization's policy.
pub fn default_policy() -> Policy {
    Policy {
        revision: 1,
        four_eyes: false,
        approval_minutes: APPROVAL_MINUTES,
        rules: default_rules(),
    }
}

/// The default rules, each with examples that are checked whenever a policy is saved.
pub fn default_rules() -> Vec<Rule> {
    let change = Some(ToolKind::Change);
    vec![
        Rule {
            id: "allow-low-queries".into(),
            when: When {
                kind: Some(ToolKind::Query),
                risk_at_most: Some(Risk::Low),
                ..When::default()
            },
            effect: RuleEffect::Allow,
            reason: "Queries read only, within time and row limits.".into(),
            examples: vec![
                example("postgres.list_indexes", ToolKind::Query, Risk::Low, true),
                example("postgres.create_index", ToolKind::Change, Risk::Low, false),
            ],
        },
        Rule {
            id: "ask-risky-queries".into(),
            when: When {
                kind: Some(ToolKind::Query),
                risk_at_least: Some(Risk::Medium),
                ..When::default()
            },
            effect: RuleEffect::Ask {
                reason_required: false,
                second_person: false,
            },
            reason: "This query costs more than a read usually does.".into(),
            examples: vec![example("postgres.list_indexes", ToolKind::Query, Risk::Low, false)],
        },
        Rule {
            id: "ask-changes".into(),
            when: When {
                kind: change,
                risk_at_most: Some(Risk::High),
                ..When::default()
            },
            effect: RuleEffect::Ask {
                reason_required: false,
                second_person: false,
            },
            reason: "Changes are carried out after a person has approved the plan.".into(),
            examples: vec![
                example("postgres.create_index", ToolKind::Change, Risk::Medium, true),
                example("postgres.drop_user", ToolKind::Change, Risk::Critical, false),
            ],
        },
        Rule {
            id: "ask-critical-with-reason".into(),
            when: When {
                kind: change,
                risk_at_least: Some(Risk::Critical),
                ..When::default()
            },
            effect: RuleEffect::Ask {
                reason_required: true,
                second_person: false,
            },
            reason:
                "Critical changes lose data, touch access or secrets, or cannot be undone; whoever approves says why."
                    .into(),
            examples: vec![
                example("postgres.drop_user", ToolKind::Change, Risk::Critical, true),
                example("postgres.drop_index", ToolKind::Change, Risk::High, false),
            ],
        },
    ]
}

fn example(tool: &str, kind: ToolKind, risk: Risk, matches: bool) -> RuleExample {
    RuleExample {
        tool: tool.into(),
        kind,
        risk,
        environment: "production".into(),
        target: "orders-db".into(),
        role: "operator".into(),
        matches,
    }
}
