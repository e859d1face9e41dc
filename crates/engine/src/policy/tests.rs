use super::{Case, check, judge, judge_floor};
use crate::default_rules::default_policy;
use serde_json::json;
use steersman_protocol::*;

fn target(name: &str, environment: &str) -> TargetRef {
    TargetRef {
        id: TargetId::from_uuid(uuid::Uuid::from_u128(1)),
        name: name.into(),
        plugin: "postgres".into(),
        environment: environment.into(),
        revision: 1,
    }
}

fn rule(id: &str, when: When, effect: RuleEffect) -> Rule {
    Rule {
        id: id.into(),
        when,
        effect,
        reason: format!("{id} says so."),
        examples: Vec::new(),
    }
}

fn ask() -> RuleEffect {
    RuleEffect::Ask {
        reason_required: false,
        second_person: false,
    }
}

fn everything() -> When {
    When::default()
}

fn policy(rules: Vec<Rule>) -> Policy {
    Policy {
        rules,
        ..default_policy()
    }
}

/// Judges a query or change whose risk is its floor.
fn judged(policy: &Policy, kind: ToolKind, floor: Risk) -> Verdict {
    let target = target("orders-db", "staging");
    let tool: ToolName = "postgres.create_index".parse().expect("a name");
    let plan = crate::run::tests::plan_for(tool.clone(), target.clone(), json!({}));
    judge(
        policy,
        Case {
            tool: &tool,
            kind,
            floor,
            target: &target,
            role: "operator",
            plan: (kind == ToolKind::Change).then_some(&plan),
        },
    )
}

#[test]
fn the_default_rules_pass_their_own_examples() {
    assert_eq!(check(&default_policy()), Vec::<String>::new());
    assert!(default_policy().rules.iter().all(|rule| !rule.examples.is_empty()));
}

#[test]
fn by_default_low_queries_run_and_everything_else_asks() {
    use Decision::{Allow, Ask};
    use Risk::{Critical, High, Low, Medium};
    use ToolKind::{Change, Query};
    for (kind, risk, decision, rule, reason_required) in [
        (Query, Low, Allow, "allow-low-queries", false),
        (Query, Medium, Ask, "ask-risky-queries", false),
        (Query, High, Ask, "ask-risky-queries", false),
        (Query, Critical, Ask, "ask-risky-queries", true),
        (Change, Low, Ask, "ask-changes", false),
        (Change, Medium, Ask, "ask-changes", false),
        (Change, High, Ask, "ask-changes", false),
        (Change, Critical, Ask, "ask-critical-with-reason", true),
    ] {
        let verdict = judged(&default_policy(), kind, risk);
        let rules: Vec<&str> = verdict.rules.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(
            (verdict.decision, rules, verdict.reason_required, verdict.second_person),
            (decision, vec![rule], reason_required, false),
            "{kind:?} {risk}"
        );
        assert_eq!((verdict.risk, verdict.policy_revision), (risk, 1));
    }
}

#[test]
fn the_strictest_rule_wins_and_only_relax_overcomes_asking() {
    use RuleEffect::{Allow, Deny, Relax};
    let cases: Vec<(&str, Vec<RuleEffect>, Decision)> = vec![
        ("no rule", vec![], Decision::Ask),
        ("allow", vec![Allow], Decision::Allow),
        ("ask", vec![ask()], Decision::Ask),
        ("deny", vec![Deny], Decision::Deny),
        ("relax", vec![Relax], Decision::Allow),
        ("allow and ask", vec![Allow, ask()], Decision::Ask),
        ("ask and allow", vec![ask(), Allow], Decision::Ask),
        ("ask and relax", vec![ask(), Relax], Decision::Allow),
        ("relax and ask", vec![Relax, ask()], Decision::Allow),
        ("relax and deny", vec![Relax, Deny], Decision::Deny),
        ("deny and relax", vec![Deny, Relax], Decision::Deny),
        ("all", vec![Allow, ask(), Relax, Deny], Decision::Deny),
    ];
    for (name, effects, decision) in cases {
        let rules: Vec<Rule> = effects
            .into_iter()
            .enumerate()
            .map(|(index, effect)| rule(&format!("r{index}"), everything(), effect))
            .collect();
        for kind in [ToolKind::Query, ToolKind::Change] {
            for risk in Risk::ALL {
                let verdict = judged(&policy(rules.clone()), kind, risk);
                assert_eq!(verdict.decision, decision, "{name}, {kind:?}, {risk}");
                assert_eq!(
                    verdict.rules.len(),
                    rules.len().max(1),
                    "every rule that matched is named"
                );
            }
        }
    }
}

#[test]
fn a_relaxing_rule_is_named_first_and_asks_for_nothing() {
    let strict = RuleEffect::Ask {
        reason_required: true,
        second_person: true,
    };
    let rules = vec![
        rule("allow", everything(), RuleEffect::Allow),
        rule("strict", everything(), strict),
        rule("relax", everything(), RuleEffect::Relax),
    ];
    let verdict = judged(&policy(rules), ToolKind::Change, Risk::Critical);
    assert_eq!(verdict.rules[0].id, "relax");
    assert_eq!(
        (verdict.decision, verdict.reason_required, verdict.second_person),
        (Decision::Allow, false, false)
    );
}

#[test]
fn demands_of_several_asking_rules_add_up() {
    let asks = |reason_required, second_person| RuleEffect::Ask {
        reason_required,
        second_person,
    };
    for (first, second, expected) in [
        (asks(false, false), asks(false, false), (false, false)),
        (asks(true, false), asks(false, true), (true, true)),
        (asks(false, true), asks(false, false), (false, true)),
    ] {
        let rules = vec![rule("a", everything(), first), rule("b", everything(), second)];
        let verdict = judged(&policy(rules), ToolKind::Change, Risk::Medium);
        assert_eq!((verdict.reason_required, verdict.second_person), expected);
    }
}

#[test]
fn critical_demands_a_reason_and_under_four_eyes_a_second_person() {
    for (four_eyes, risk, expected) in [
        (false, Risk::High, (false, false)),
        (true, Risk::High, (false, false)),
        (false, Risk::Critical, (true, false)),
        (true, Risk::Critical, (true, true)),
    ] {
        let policy = Policy {
            four_eyes,
            // The organization's own rules are milder than the law of the house.
            ..policy(vec![rule("ask", everything(), ask())])
        };
        let verdict = judged(&policy, ToolKind::Change, risk);
        assert_eq!(
            (verdict.reason_required, verdict.second_person),
            expected,
            "{four_eyes} {risk}"
        );
    }
}

#[test]
fn a_change_without_a_plan_is_at_least_high_and_a_floor_alone_is_only_a_floor() {
    let target = target("orders-db", "staging");
    let tool: ToolName = "postgres.create_index".parse().expect("a name");
    let case = Case {
        tool: &tool,
        kind: ToolKind::Change,
        floor: Risk::Low,
        target: &target,
        role: "operator",
        plan: None,
    };
    assert_eq!(judge(&default_policy(), case).risk, Risk::High);
    assert_eq!(judge_floor(&default_policy(), case).risk, Risk::Low);
}

#[test]
fn a_rule_matches_when_all_that_it_sets_matches() {
    let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
    let cases = [
        (everything(), true),
        (
            When {
                tools: list(&["postgres.*"]),
                ..everything()
            },
            true,
        ),
        (
            When {
                tools: list(&["docker.*", "postgres.create_index"]),
                ..everything()
            },
            true,
        ),
        (
            When {
                tools: list(&["postgres.create"]),
                ..everything()
            },
            false,
        ),
        (
            When {
                kind: Some(ToolKind::Query),
                ..everything()
            },
            false,
        ),
        (
            When {
                risk_at_least: Some(Risk::Medium),
                risk_at_most: Some(Risk::Medium),
                ..everything()
            },
            true,
        ),
        (
            When {
                risk_at_least: Some(Risk::High),
                ..everything()
            },
            false,
        ),
        (
            When {
                risk_at_most: Some(Risk::Low),
                ..everything()
            },
            false,
        ),
        (
            When {
                environments: list(&["staging"]),
                targets: list(&["orders-*"]),
                roles: list(&["operator", "owner"]),
                ..everything()
            },
            true,
        ),
        (
            When {
                environments: list(&["production"]),
                targets: list(&["orders-*"]),
                ..everything()
            },
            false,
        ),
        (
            When {
                roles: list(&["viewer"]),
                ..everything()
            },
            false,
        ),
    ];
    for (when, matches) in cases {
        let policy = policy(vec![rule("deny", when.clone(), RuleEffect::Deny)]);
        let verdict = judged(&policy, ToolKind::Change, Risk::Medium);
        assert_eq!(verdict.decision == Decision::Deny, matches, "{when:?}");
    }
}

#[test]
fn a_policy_that_is_wrong_is_told_so() {
    let list = |item: &str| vec![item.to_owned()];
    let named = |id: &str| {
        rule(
            id,
            When {
                tools: list("a.b"),
                ..everything()
            },
            ask(),
        )
    };
    let when = |when: When| vec![rule("r", when, RuleEffect::Deny)];
    let mut silent = named("r");
    silent.reason = "  ".into();
    let mut wrong = named("r");
    wrong.examples = vec![RuleExample {
        tool: "postgres.drop_index".into(),
        kind: ToolKind::Change,
        risk: Risk::High,
        environment: "production".into(),
        target: "orders-db".into(),
        role: "operator".into(),
        matches: true,
    }];
    let open = |effect| {
        vec![rule(
            "r",
            When {
                roles: list("*"),
                ..everything()
            },
            effect,
        )]
    };
    for (rules, complaint) in [
        (vec![named("")], "is empty, reserved or used twice"),
        (vec![named("no-match")], "is empty, reserved or used twice"),
        (vec![named("a"), named("a")], "is empty, reserved or used twice"),
        (vec![silent], "rule r gives no reason"),
        (
            vec![wrong],
            "rule r should match postgres.drop_index on orders-db (high risk, production)",
        ),
        (open(RuleEffect::Relax), "rule r would let everything run at once"),
        (open(RuleEffect::Allow), "rule r would let everything run at once"),
        (
            when(When {
                tools: list("post*.drop"),
                ..everything()
            }),
            "the * is not at the end",
        ),
        (
            when(When {
                targets: list("*-db"),
                ..everything()
            }),
            "the * is not at the end",
        ),
        (
            when(When {
                roles: list("operater"),
                ..everything()
            }),
            "\"operater\" is no role",
        ),
        (
            when(When {
                risk_at_least: Some(Risk::High),
                risk_at_most: Some(Risk::Low),
                ..everything()
            }),
            "no risk is at least high and at most low",
        ),
    ] {
        let complaints = check(&policy(rules));
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(complaints[0].contains(complaint), "{complaints:?}");
    }
    for minutes in [0, 10_081, u32::MAX] {
        let policy = Policy {
            approval_minutes: minutes,
            ..default_policy()
        };
        assert_eq!(check(&policy).len(), 1, "{minutes}");
    }
    let fine = policy(vec![
        rule(
            "dev",
            When {
                environments: list("development"),
                ..everything()
            },
            RuleEffect::Relax,
        ),
        rule(
            "ü",
            When {
                targets: list("größe*"),
                ..everything()
            },
            RuleEffect::Deny,
        ),
        rule("deny-all", everything(), RuleEffect::Deny),
    ]);
    assert_eq!(check(&fine), Vec::<String>::new());
}
