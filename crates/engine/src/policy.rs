//! The judge: rules as data, strictest wins, no match asks.

mod changes;

pub use changes::what_changed;

use steersman_protocol::{
    Decision, MatchedRule, Plan, Policy, Risk, Role, Rule, RuleEffect, RuleExample, TargetRef, ToolKind, ToolName,
    Verdict, When,
};

/// One question to the judge.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    pub tool: &'a ToolName,
    pub kind: ToolKind,
    pub floor: Risk,
    pub target: &'a TargetRef,
    /// The requester's role, in the words of the wire.
    pub role: &'a str,
    /// The plan of a change; a query is its own plan.
    pub plan: Option<&'a Plan>,
}

/// Judges a case. Never allows by default: a case that no rule matches is asked about.
pub fn judge(policy: &Policy, case: Case<'_>) -> Verdict {
    let (risk, reasons) = match case.plan {
        Some(plan) => crate::risk::assess(case.floor, plan),
        // A change without a plan has unknown effect; a query's effect is its floor.
        None if case.kind == ToolKind::Change => (case.floor.max(Risk::High), vec!["there is no plan to judge".into()]),
        None => (case.floor, vec![format!("{} only reads", case.tool)]),
    };
    judge_at(policy, case, risk, reasons)
}

/// What the rules say by the tool's floor alone: for questions about rules, never for letting something run.
pub fn judge_floor(policy: &Policy, case: Case<'_>) -> Verdict {
    let reasons = vec![format!("{} is {} risk by itself", case.tool, case.floor)];
    judge_at(policy, case, case.floor, reasons)
}

fn judge_at(policy: &Policy, case: Case<'_>, risk: Risk, risk_reasons: Vec<String>) -> Verdict {
    let facts = Facts {
        tool: case.tool.as_str(),
        kind: case.kind,
        risk,
        environment: &case.target.environment,
        target: &case.target.name,
        role: case.role,
    };
    let mut matching: Vec<&Rule> = policy.rules.iter().filter(|rule| matches(&rule.when, facts)).collect();
    let is_relaxed = matching.iter().any(|rule| rule.effect == RuleEffect::Relax);
    // The rule that overcomes others is named first: it is the one that answers for the decision.
    matching.sort_by_key(|rule| rule.effect != RuleEffect::Relax);
    let mut verdict = Verdict {
        decision: Decision::Allow,
        risk,
        risk_reasons,
        rules: matching.iter().map(|rule| matched(rule)).collect(),
        reason_required: false,
        second_person: false,
        policy_revision: policy.revision,
    };
    if matching.is_empty() {
        verdict.rules.push(MatchedRule {
            id: "no-match".into(),
            decision: Decision::Ask,
            reason: "No rule speaks about this, so a person decides.".into(),
        });
        verdict.decision = Decision::Ask;
    }
    for rule in &matching {
        match &rule.effect {
            RuleEffect::Allow | RuleEffect::Relax => {}
            RuleEffect::Ask { .. } if is_relaxed => {}
            RuleEffect::Ask {
                reason_required,
                second_person,
            } => {
                verdict.decision = verdict.decision.max(Decision::Ask);
                verdict.reason_required |= reason_required;
                verdict.second_person |= second_person;
            }
            RuleEffect::Deny => verdict.decision = Decision::Deny,
        }
    }
    if risk == Risk::Critical && verdict.decision == Decision::Ask {
        verdict.reason_required = true;
        verdict.second_person |= policy.four_eyes;
    }
    verdict
}

/// Checks a policy before it is saved: ids unique, reasons given, every example answered as it says.
///
/// Returns a sentence for each thing that is wrong; empty when all is well.
pub fn check(policy: &Policy) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    if !(1..=7 * 24 * 60).contains(&policy.approval_minutes) {
        complaints.push("approval_minutes must be between 1 and 10080 (one week)".to_owned());
    }
    for rule in &policy.rules {
        if rule.id.is_empty() || rule.id == "no-match" || !seen.insert(&rule.id) {
            complaints.push(format!("rule id \"{}\" is empty, reserved or used twice", rule.id));
        }
        if rule.reason.trim().is_empty() {
            complaints.push(format!("rule {} gives no reason", rule.id));
        }
        if matches!(rule.effect, RuleEffect::Relax | RuleEffect::Allow) && matches_everything(&rule.when) {
            complaints.push(format!(
                "rule {} would let everything run at once; say for which tools or targets",
                rule.id
            ));
        }
        complaints.extend(never_matching(&rule.when).map(|why| format!("rule {} never matches: {why}", rule.id)));
        for example in &rule.examples {
            if matches(&rule.when, Facts::from(example)) != example.matches {
                let verb = if example.matches {
                    "should match"
                } else {
                    "should not match"
                };
                complaints.push(format!(
                    "rule {} {verb} {} on {} ({} risk, {}), and it is the other way round",
                    rule.id, example.tool, example.target, example.risk, example.environment
                ));
            }
        }
    }
    complaints
}

fn matches_everything(when: &When) -> bool {
    let is_open = |patterns: &[String]| patterns.is_empty() || patterns.iter().any(|pattern| pattern == "*");
    is_open(&when.tools)
        && is_open(&when.environments)
        && is_open(&when.targets)
        && is_open(&when.roles)
        && when.kind.is_none()
        && when.risk_at_least.is_none_or(|least| least == Risk::Low)
        && when.risk_at_most.is_none_or(|most| most == Risk::Critical)
}

/// Why a rule cannot match anything. Such a deny would be silent about what it was meant to stop.
fn never_matching(when: &When) -> Option<String> {
    if let (Some(least), Some(most)) = (when.risk_at_least, when.risk_at_most)
        && least > most
    {
        return Some(format!("no risk is at least {least} and at most {most}"));
    }
    let lists = [&when.tools, &when.environments, &when.targets, &when.roles];
    let is_misplaced = |pattern: &&String| pattern.strip_suffix('*').unwrap_or(pattern).contains('*');
    if let Some(pattern) = lists.into_iter().flatten().find(is_misplaced) {
        return Some(format!("in \"{pattern}\" the * is not at the end"));
    }
    let is_role = |text: &String| text.ends_with('*') || text.parse::<Role>().is_ok();
    let wrong_role = when.roles.iter().find(|role| !is_role(role));
    wrong_role.map(|role| format!("\"{role}\" is no role"))
}

#[derive(Clone, Copy)]
struct Facts<'a> {
    tool: &'a str,
    kind: ToolKind,
    risk: Risk,
    environment: &'a str,
    target: &'a str,
    role: &'a str,
}

impl<'a> From<&'a RuleExample> for Facts<'a> {
    fn from(example: &'a RuleExample) -> Self {
        Facts {
            tool: &example.tool,
            kind: example.kind,
            risk: example.risk,
            environment: &example.environment,
            target: &example.target,
            role: &example.role,
        }
    }
}

fn matches(when: &When, facts: Facts<'_>) -> bool {
    any_pattern(&when.tools, facts.tool)
        && when.kind.is_none_or(|kind| kind == facts.kind)
        && when.risk_at_least.is_none_or(|least| facts.risk >= least)
        && when.risk_at_most.is_none_or(|most| facts.risk <= most)
        && any_pattern(&when.environments, facts.environment)
        && any_pattern(&when.targets, facts.target)
        && any_pattern(&when.roles, facts.role)
}

/// An empty list matches everything; a trailing `*` matches the rest.
fn any_pattern(patterns: &[String], text: &str) -> bool {
    patterns.is_empty()
        || patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => text.starts_with(prefix),
            None => pattern == text,
        })
}

fn matched(rule: &Rule) -> MatchedRule {
    let decision = match rule.effect {
        RuleEffect::Allow | RuleEffect::Relax => Decision::Allow,
        RuleEffect::Ask { .. } => Decision::Ask,
        RuleEffect::Deny => Decision::Deny,
    };
    MatchedRule {
        id: rule.id.clone(),
        decision,
        reason: rule.reason.clone(),
    }
}

#[cfg(test)]
mod tests;
