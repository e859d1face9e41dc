//! Words that are in databases and clients by now. A test here that fails means: others break.

use crate::samples;
use serde::Serialize;
use serde_json::json;
use steersman_protocol::*;

fn check(value: &impl Serialize, expected: &str) {
    assert_eq!(serde_json::to_string(value).expect("JSON"), expected);
}

#[test]
fn events_are_tagged_by_type() {
    let execution_id = samples::execution();
    check(
        &Event::QueryStarted { execution_id },
        r#"{"type":"query_started","execution_id":"00000000-0000-0000-0000-000000000006"}"#,
    );
    check(
        &Event::TurnBegan {
            turn: 2,
            with_tools: false,
        },
        r#"{"type":"turn_began","turn":2,"with_tools":false}"#,
    );
    check(
        &Event::IntentRecorded {
            execution_id,
            grant_use: GrantUse::CleanUp,
        },
        r#"{"type":"intent_recorded","execution_id":"00000000-0000-0000-0000-000000000006","grant_use":"clean_up"}"#,
    );
    check(
        &Event::CallEnded {
            execution_id,
            outcome: Outcome::Completed,
            summary: "Done.".into(),
            problem: None,
            suggestions: Vec::new(),
        },
        r#"{"type":"call_ended","execution_id":"00000000-0000-0000-0000-000000000006","outcome":"completed","summary":"Done."}"#,
    );
    check(
        &Event::Verified {
            execution_id,
            verification: Verification::DoesNotHold {
                sentence: "No.".into(),
                evidence: Vec::new(),
                left_behind: true,
            },
        },
        r#"{"type":"verified","execution_id":"00000000-0000-0000-0000-000000000006","verification":{"result":"does_not_hold","sentence":"No.","evidence":[],"left_behind":true}}"#,
    );
}

#[test]
fn blocks_are_tagged_by_kind_and_origins_by_from() {
    check(
        &Block::text("Hi"),
        r#"{"kind":"text","origin":{"from":"steersman"},"text":"Hi"}"#,
    );
    check(
        &Block::Table {
            origin: Origin::Target { name: "db".into() },
            title: None,
            columns: vec![Column::with_unit("size", "bytes")],
            rows: vec![vec![json!(1)]],
            total_rows: None,
        },
        r#"{"kind":"table","origin":{"from":"target","name":"db"},"columns":[{"name":"size","unit":"bytes"}],"rows":[[1]]}"#,
    );
}

#[test]
fn small_words_are_snake_case() {
    check(&Decision::Ask, r#""ask""#);
    check(&Risk::Critical, r#""critical""#);
    check(&ToolKind::Change, r#""change""#);
    check(&Face::CommandLine, r#""command_line""#);
    check(&RunStatus::WaitingApproval, r#""waiting_approval""#);
    check(&StepKind::Sql, r#""sql""#);
    check(&Fact::SizeBytes { bytes: 1 }, r#"{"fact":"size_bytes","bytes":1}"#);
    check(
        &Undo::NotNeeded { why: "x".into() },
        r#"{"kind":"not_needed","why":"x"}"#,
    );
    check(&RuleEffect::Relax, r#"{"say":"relax"}"#);
    check(
        &GrantedBy::Rule { rule_id: "r".into() },
        r#"{"by":"rule","rule_id":"r"}"#,
    );
    check(&samples::tool(), r#""postgres.create_index""#);
}

#[test]
fn what_is_left_out_has_a_default() {
    let ask: RuleEffect = serde_json::from_str(r#"{"say":"ask"}"#).expect("an effect");
    assert_eq!(
        ask,
        RuleEffect::Ask {
            reason_required: false,
            second_person: false
        }
    );
    assert_eq!(serde_json::from_str::<When>("{}").expect("a when"), When::default());
    let suggestion = r#"{"tool":"a.b","target":"t","arguments":{},"because":"x"}"#;
    let suggestion: SuggestedCall = serde_json::from_str(suggestion).expect("a suggestion");
    assert!(!suggestion.is_undo);
}
