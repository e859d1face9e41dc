//! Who takes part in the stories: persons, tools, plans.

use serde_json::{Value, json};
use steersman_protocol::*;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Read,
    ReadOther,
    /// A query that needs an approval.
    Costly,
    Change,
    OtherChange,
    Critical,
    /// Does not pass the door.
    Unknown,
}

#[derive(Clone, Copy, Debug)]
pub enum Found {
    Holds,
    Not,
    LeftBehind,
    CannotTell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The requester, an operator.
    Ana,
    /// Another operator.
    Ben,
    /// A developer, who may not decide.
    Dee,
    /// An operator of another organization.
    Eve,
}

/// The plan that the person saw.
#[derive(Clone, Copy, Debug)]
pub enum Seen {
    Right,
    Wrong,
    Nothing,
}

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

impl Tool {
    pub fn name(self) -> &'static str {
        match self {
            Tool::Read | Tool::ReadOther => "postgres.list_indexes",
            Tool::Costly => "postgres.run_query",
            Tool::Change | Tool::OtherChange => "postgres.create_index",
            Tool::Critical => "postgres.drop_user",
            Tool::Unknown => "postgres.make_coffee",
        }
    }

    pub fn kind(self) -> ToolKind {
        match self {
            Tool::Read | Tool::ReadOther | Tool::Costly | Tool::Unknown => ToolKind::Query,
            Tool::Change | Tool::OtherChange | Tool::Critical => ToolKind::Change,
        }
    }

    pub fn floor(self) -> Risk {
        match self {
            Tool::Read | Tool::ReadOther | Tool::Unknown => Risk::Low,
            Tool::Costly | Tool::Change | Tool::OtherChange => Risk::Medium,
            Tool::Critical => Risk::Critical,
        }
    }

    pub fn arguments(self) -> Value {
        match self {
            Tool::Read | Tool::Change => json!({ "table": "orders" }),
            Tool::ReadOther | Tool::OtherChange => json!({ "table": "items" }),
            Tool::Costly => json!({ "sql": "select 1" }),
            Tool::Critical => json!({ "user": "bob" }),
            Tool::Unknown => json!({}),
        }
    }
}

impl Found {
    pub fn verification(self) -> Verification {
        let sentence = "looked".to_owned();
        let evidence = Vec::new();
        match self {
            Found::Holds => Verification::Holds { sentence, evidence },
            Found::Not => Verification::DoesNotHold {
                sentence,
                evidence,
                left_behind: false,
            },
            Found::LeftBehind => Verification::DoesNotHold {
                sentence,
                evidence,
                left_behind: true,
            },
            Found::CannotTell => Verification::CannotTell { sentence },
        }
    }
}

impl Who {
    pub fn actor(self) -> Actor {
        let (number, name, role, organization) = match self {
            Who::Ana => (11, "Ana", Role::Operator, 10),
            Who::Ben => (12, "Ben", Role::Operator, 10),
            Who::Dee => (13, "Dee", Role::Developer, 10),
            Who::Eve => (14, "Eve", Role::Operator, 20),
        };
        Actor {
            user_id: UserId::from_uuid(id(number)),
            name: name.into(),
            organization_id: OrganizationId::from_uuid(id(organization)),
            role,
            face: Face::Page,
            ip: Some("192.0.2.1".into()),
            user_agent: Some("test".into()),
        }
    }
}

pub fn problem(code: &str) -> Problem {
    Problem::new(code, "Could not do it", "it stopped", "Look again")
}

pub fn plan_for(tool: ToolName, target: TargetRef, arguments: Value) -> Plan {
    Plan {
        summary: format!("Run {tool}"),
        steps: vec![Step::sql("CREATE INDEX i ON orders (customer_id)")],
        on_failure: vec![Step::sql("DROP INDEX i")],
        touches: Vec::new(),
        must_hold: Default::default(),
        observed: Vec::new(),
        undo: Undo::Reversible {
            steps: vec![Step::sql("DROP INDEX i")],
            call: Some(SuggestedCall {
                tool: "postgres.drop_index".parse().expect("a tool name"),
                target: target.name.clone(),
                arguments: json!({ "index": "i" }),
                because: "it takes the change back".into(),
                is_undo: false,
            }),
        },
        limits: Limits::default(),
        facts: Vec::new(),
        warnings: Vec::new(),
        tool,
        target,
        arguments,
    }
}
