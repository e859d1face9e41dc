//! A small plugin with one query and one change, and a grant for it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use steersman_toolkit::{protocol::*, *};
use uuid::Uuid;

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn target() -> TargetRef {
    TargetRef {
        id: TargetId::from_uuid(id(1)),
        name: "orders-db".into(),
        plugin: "shelf".into(),
        environment: "production".into(),
        revision: 4,
    }
}

pub fn now() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().expect("a time")
}

pub fn plan() -> Plan {
    draft().into_plan("shelf.put_thing".parse().expect("a name"), target())
}

fn draft() -> Draft {
    Draft {
        arguments: json!({ "name": "cup" }),
        summary: "Put a cup on the shelf".into(),
        steps: vec![Step::sql("PUT cup")],
        on_failure: vec![Step::sql("SWEEP")],
        touches: Vec::new(),
        must_hold: Default::default(),
        observed: Vec::new(),
        undo: Undo::NotNeeded { why: "a test".into() },
        limits: Limits::default(),
        facts: Vec::new(),
        warnings: Vec::new(),
    }
}

/// A check in which everything agrees.
pub fn check() -> GrantCheck {
    let execution_id = ExecutionId::from_uuid(id(2));
    GrantCheck {
        grant: Grant {
            id: GrantId::from_uuid(id(3)),
            execution_id,
            digest: plan().digest(7),
            target_id: target().id,
            target_revision: 4,
            policy_revision: 7,
            expires_at: "2026-01-01T12:30:00Z".parse().expect("a time"),
            approval_id: Some(ApprovalId::from_uuid(id(5))),
            answerable: UserId::from_uuid(id(6)),
        },
        grant_use: GrantUse::Perform,
        plan: plan(),
        execution_id,
        target_revision: 4,
        policy_revision: 7,
        now: now(),
        answerable_still_may: true,
    }
}

pub fn cx() -> Cx {
    Cx {
        target: target(),
        now: now(),
        limits: Limits::default(),
        cancel: CancellationToken::new(),
        progress: Progress::silent(),
        handover: Handover::closed(),
    }
}

#[derive(Clone, Default)]
pub struct Shelf(pub Arc<Mutex<Vec<String>>>);

impl Shelf {
    pub fn things(&self) -> Vec<String> {
        self.0.lock().expect("no panic").clone()
    }
    fn put(&self, thing: String) {
        self.0.lock().expect("no panic").push(thing);
    }
}

/// Reads only.
pub struct Window(pub Shelf);

#[derive(Debug, Deserialize, Serialize, schemars::JsonSchema)]
pub struct Thing {
    /// Which thing: "cup".
    #[schemars(extend("x-slot" = "text"))]
    pub name: String,
    /// How many, at most.
    #[schemars(extend("x-slot" = "count"), range(min = 1, max = 50))]
    pub limit: Option<u32>,
    pub place: Option<Place>,
    #[serde(default)]
    pub colours: Vec<Colour>,
}

#[derive(Debug, Deserialize, Serialize, schemars::JsonSchema)]
pub struct Place {
    /// Counted from below.
    pub board: u8,
    pub colour: Colour,
}

#[derive(Debug, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    Red,
    DarkBlue,
}

pub struct ListThings;

#[async_trait]
impl Query for ListThings {
    type Reader = Window;
    type Input = Thing;
    fn declare(&self) -> Declaration {
        Declaration {
            name: "shelf.list_things",
            title: "List things",
            description: "Lists what is on the shelf.",
            example: "what is on {target}",
            synonyms: &["inventory"],
            category: "query",
            floor: Risk::Low,
        }
    }
    async fn run(&self, _: &Cx, reader: &Window, input: Thing) -> Result<Answer, Problem> {
        let count = reader.0.things().iter().filter(|thing| **thing == input.name).count();
        Ok(Answer {
            summary: format!("{count} things."),
            ..Answer::default()
        })
    }
}

pub struct PutThing;

#[async_trait]
impl Change for PutThing {
    type Reader = Window;
    type Writer = Shelf;
    type Input = Thing;
    fn declare(&self) -> Declaration {
        Declaration {
            name: "shelf.put_thing",
            title: "Put a thing",
            description: "Puts a thing on the shelf.",
            example: "put a cup on {target}",
            synonyms: &[],
            category: "shelf",
            floor: Risk::Medium,
        }
    }
    async fn plan(&self, _: &Cx, _: &Window, _: Thing) -> Result<Draft, Problem> {
        Ok(draft())
    }
    async fn perform(&self, _: &Cx, writer: &Shelf, granted: &Granted) -> Result<Receipt, Problem> {
        writer.put(granted.idempotency_key());
        Ok(Receipt {
            sentence: "Put.".into(),
            elapsed_ms: 1,
            facts: Default::default(),
        })
    }
    async fn verify(&self, _: &Cx, _: &Window, _: &Plan, receipt: Option<&Receipt>) -> Result<Verification, Problem> {
        Ok(Verification::CannotTell {
            sentence: receipt.map_or_else(|| "no receipt".into(), |receipt| receipt.sentence.clone()),
        })
    }
}

pub fn arguments() -> Value {
    json!({ "name": "cup" })
}
