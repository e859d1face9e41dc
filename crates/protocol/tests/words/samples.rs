//! One of everything.

use serde_json::json;
use steersman_protocol::*;
use uuid::Uuid;

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn time() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().expect("a time")
}

pub fn problem() -> Problem {
    Problem::new(
        "postgres.too_large",
        "Could not plan create_index on orders-db",
        "table orders is 41 GB",
        "Raise the limit",
    )
}

pub fn actor() -> Actor {
    Actor {
        user_id: UserId::from_uuid(id(1)),
        name: "Ana".into(),
        organization_id: OrganizationId::from_uuid(id(2)),
        role: Role::Operator,
        face: Face::CommandLine,
        ip: Some("192.0.2.1".into()),
        user_agent: None,
    }
}

pub fn target() -> TargetRef {
    TargetRef {
        id: TargetId::from_uuid(id(3)),
        name: "orders-db".into(),
        plugin: "postgres".into(),
        environment: "production".into(),
        revision: 4,
    }
}

pub fn tool() -> ToolName {
    "postgres.create_index".parse().expect("a name")
}

pub fn suggestion() -> SuggestedCall {
    SuggestedCall {
        tool: "postgres.drop_index".parse().expect("a name"),
        target: "orders-db".into(),
        arguments: json!({ "index": "i" }),
        because: "it takes the change back".into(),
        is_undo: true,
    }
}

pub fn plan() -> Plan {
    Plan {
        tool: tool(),
        target: target(),
        arguments: json!({ "table": "orders", "columns": ["customer_id"] }),
        summary: "Create index i on orders (customer_id)".into(),
        steps: vec![Step::sql("CREATE INDEX CONCURRENTLY i ON orders (customer_id)")],
        on_failure: vec![Step::sql("DROP INDEX CONCURRENTLY IF EXISTS i")],
        touches: vec![Resource {
            kind: "table".into(),
            name: "orders".into(),
            how: "read while building".into(),
        }],
        must_hold: [("table_oid".to_owned(), json!(16_384))].into(),
        observed: vec![Block::text("1000 rows")],
        undo: Undo::Reversible {
            steps: vec![Step::sql("DROP INDEX i")],
            call: Some(suggestion()),
        },
        limits: Limits::default(),
        facts: vec![Fact::SizeBytes { bytes: 8_192 }],
        warnings: vec!["It takes a while.".into()],
    }
}

pub fn grant() -> Grant {
    Grant {
        id: GrantId::from_uuid(id(5)),
        execution_id: execution(),
        digest: plan().digest(7),
        target_id: target().id,
        target_revision: 4,
        policy_revision: 7,
        expires_at: time(),
        approval_id: Some(approval()),
        answerable: UserId::from_uuid(id(1)),
    }
}

pub fn execution() -> ExecutionId {
    ExecutionId::from_uuid(id(6))
}

pub fn approval() -> ApprovalId {
    ApprovalId::from_uuid(id(8))
}

pub fn verdict() -> Verdict {
    Verdict {
        decision: Decision::Ask,
        risk: Risk::Medium,
        risk_reasons: vec!["it writes".into()],
        rules: vec![MatchedRule {
            id: "ask-changes".into(),
            decision: Decision::Ask,
            reason: "Changes ask.".into(),
        }],
        reason_required: false,
        second_person: true,
        policy_revision: 7,
    }
}

pub fn call() -> ToolCall {
    ToolCall {
        id: "c1".into(),
        name: "postgres_create_index".into(),
        arguments: json!({ "target": "orders-db" }),
    }
}

pub fn blocks() -> Vec<Block> {
    let origin = || Origin::Target {
        name: "orders-db".into(),
    };
    vec![
        Block::Text {
            origin: Origin::Model,
            text: "ü \u{1f600} \"quoted\"\n".into(),
        },
        Block::Table {
            origin: origin(),
            title: Some("indexes".into()),
            columns: vec![Column::new("name"), Column::with_unit("size", "bytes")],
            rows: vec![vec![json!("i"), json!(8192)], vec![json!(null), json!([1, true])]],
            total_rows: Some(9),
        },
        Block::Record {
            origin: origin(),
            title: None,
            fields: vec![("rows".into(), json!(1.5))],
        },
        Block::Diff {
            origin: Origin::Steersman,
            title: "t".into(),
            before: "a".into(),
            after: "b".into(),
        },
        Block::Log {
            origin: origin(),
            title: "log".into(),
            lines: vec![LogLine {
                at: Some(time()),
                level: Some("error".into()),
                text: "x".into(),
            }],
            truncated: true,
        },
        Block::Series {
            origin: origin(),
            title: "cpu".into(),
            unit: "percent".into(),
            series: vec![Series {
                name: "all".into(),
                points: vec![(1, 0.5)],
            }],
        },
        Block::Tree {
            origin: origin(),
            title: "plan".into(),
            roots: vec![TreeNode {
                label: "Sort".into(),
                facts: vec![("rows".into(), json!(5))],
                warning: Some("on disk".into()),
                children: vec![TreeNode {
                    label: "Scan".into(),
                    facts: Vec::new(),
                    warning: None,
                    children: Vec::new(),
                }],
            }],
        },
        Block::Problem { problem: problem() },
        Block::File {
            origin: origin(),
            name: "a.csv".into(),
            media_type: "text/csv".into(),
            text: "a,b".into(),
        },
    ]
}

pub fn verifications() -> Vec<Verification> {
    vec![
        Verification::Holds {
            sentence: "It is there.".into(),
            evidence: blocks(),
        },
        Verification::DoesNotHold {
            sentence: "It is not.".into(),
            evidence: Vec::new(),
            left_behind: true,
        },
        Verification::CannotTell {
            sentence: "No answer.".into(),
        },
    ]
}

/// Every event at least once.
pub fn events() -> Vec<Event> {
    let execution_id = execution();
    let approval_id = approval();
    let problem = problem();
    let by = actor().user_id;
    let by_name = String::from("Ana");
    let mut events = vec![
        Event::Started {
            actor: actor(),
            session_id: Some(SessionId::from_uuid(id(9))),
            message_id: None,
            text: "why".into(),
            parent_run_id: Some(RunId::from_uuid(id(8))),
            replaces: Some(RunId::from_uuid(id(7))),
            page: Some(PageAnchor {
                resource_type: "target".into(),
                resource_ids: vec!["a".into()],
                title: Some("shop-db".into()),
            }),
        },
        Event::ModelAsked {
            turn: 1,
            provider: "local".into(),
            offered: vec!["postgres_list_indexes".into()],
        },
        Event::ModelAnswered {
            turn: 1,
            message_id: MessageId::from_uuid(id(10)),
            answer: ModelAnswer {
                provider: "local".into(),
                model: "local".into(),
                text: "Hm.".into(),
                tool_calls: vec![call()],
                finish: FinishReason::ToolCalls,
                usage: Usage {
                    prompt_tokens: Some(5),
                    ..Usage::default()
                },
                stands_in_for: Some("my-model".into()),
            },
        },
        Event::ModelFailed {
            turn: 1,
            problem: problem.clone(),
            written: "I think that".into(),
        },
        Event::TurnBegan {
            turn: 2,
            with_tools: false,
        },
        Event::CallRefused {
            execution_id,
            call: call(),
            problem: problem.clone(),
        },
        Event::Proposed {
            execution_id,
            call_id: "c1".into(),
            tool: tool(),
            tool_kind: ToolKind::Change,
            target: target(),
            arguments: json!({ "table": "orders" }),
            from_target_text: vec!["/table".into()],
        },
        Event::Planned {
            execution_id,
            plan: Box::new(plan()),
            digest: plan().digest(7),
        },
        Event::PlanFailed {
            execution_id,
            problem: problem.clone(),
        },
        Event::Judged {
            execution_id,
            verdict: verdict(),
        },
        Event::ApprovalRequested {
            execution_id,
            approval_id,
            expires_at: time(),
        },
        Event::Decided {
            execution_id,
            approval_id,
            approved: true,
            by,
            by_name: by_name.clone(),
            reason: Some("needed".into()),
        },
        Event::ApprovalExpired {
            execution_id,
            approval_id,
        },
        Event::ApprovalCancelled {
            execution_id,
            approval_id,
        },
        Event::Granted {
            execution_id,
            grant: grant(),
            by: GrantedBy::Rule {
                rule_id: "relax".into(),
            },
        },
        Event::QueryStarted { execution_id },
        Event::QueryAnswered {
            execution_id,
            summary: "3 indexes.".into(),
            blocks: blocks(),
            suggestions: vec![suggestion()],
            elapsed_ms: 3,
        },
        Event::QueryFailed {
            execution_id,
            problem: problem.clone(),
        },
        Event::IntentRecorded {
            execution_id,
            grant_use: GrantUse::CleanUp,
        },
        Event::RecheckFailed {
            execution_id,
            problem: problem.clone(),
        },
        Event::SecretLeft {
            execution_id,
            label: "password of the role reporting".into(),
            until: jiff::Timestamp::UNIX_EPOCH,
        },
        Event::Performed {
            execution_id,
            receipt: Receipt {
                sentence: "Created.".into(),
                elapsed_ms: 5,
                facts: [("oid".to_owned(), json!(1))].into(),
            },
        },
        Event::PerformFailed {
            execution_id,
            problem: problem.clone(),
        },
        Event::Interrupted { execution_id },
        Event::CleanedUp {
            execution_id,
            sentence: "Dropped.".into(),
        },
        Event::CleanUpFailed {
            execution_id,
            problem: problem.clone(),
        },
        Event::CallEnded {
            execution_id,
            outcome: Outcome::Completed,
            summary: "Done.".into(),
            problem: Some(problem.clone()),
            suggestions: vec![suggestion()],
        },
        Event::CancelRequested {
            by,
            by_name: by_name.clone(),
            written: "I think".into(),
        },
        Event::AttemptRefused {
            by,
            by_name,
            execution_id: Some(execution_id),
            problem: problem.clone(),
        },
        Event::RunEnded {
            status: RunStatus::Failed,
            problem: Some(problem),
        },
    ];
    events.extend(verifications().into_iter().map(|verification| Event::Verified {
        execution_id,
        verification,
    }));
    events
}
