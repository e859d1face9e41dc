//! Exactly what will be done.

use crate::{Block, Digest, SuggestedCall, TargetRef, ToolName};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A complete, serialisable account of one change. Its digest is what is approved.
///
/// Every field is shown to the person who decides; nothing outside of it may influence what is performed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Plan {
    pub tool: ToolName,
    pub target: TargetRef,
    /// The arguments as understood: defaults filled in, names resolved.
    #[schema(value_type = Object)]
    pub arguments: Value,
    /// One sentence: "Create index orders_customer_id_idx on orders (customer_id)".
    pub summary: String,
    /// What is carried out, literally and in order.
    pub steps: Vec<Step>,
    /// What is carried out, under the same approval, when the steps leave something broken behind.
    pub on_failure: Vec<Step>,
    pub touches: Vec<Resource>,
    /// State that must still be the same when the plan is performed. Looked at again and compared then.
    #[schema(value_type = Object)]
    pub must_hold: BTreeMap<String, Value>,
    /// What was seen while planning (size, locks, running writers, replicas). Informs; not compared again.
    pub observed: Vec<Block>,
    pub undo: Undo,
    pub limits: Limits,
    /// What the judge weighs.
    pub facts: Vec<Fact>,
    /// Sentences that a careful colleague would say before agreeing.
    pub warnings: Vec<String>,
}

impl Plan {
    /// SHA-256 of canonical JSON of plan, target (inside the plan, with its revision) and policy revision.
    ///
    /// Canonical JSON rounds integers beyond 2^53, so those are added once more, exactly: two plans that differ only in
    /// a large id are two plans.
    pub fn digest(&self, policy_revision: i64) -> Digest {
        #[derive(Serialize)]
        struct Approved<'a> {
            plan: &'a Value,
            policy_revision: i64,
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            exact_integers: BTreeMap<String, String>,
        }
        // Our types have string keys and no NaN: the only reasons why this can fail.
        let plan = serde_json::to_value(self).expect("a plan is always JSON");
        let mut exact_integers = BTreeMap::new();
        collect_large(&plan, "", &mut exact_integers);
        Digest::of(&Approved {
            plan: &plan,
            policy_revision,
            exact_integers,
        })
    }
}

/// Integers that canonical JSON rounds, by JSON pointer.
fn collect_large(value: &Value, pointer: &str, found: &mut BTreeMap<String, String>) {
    const EXACT: u64 = 1 << 53;
    match value {
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if size.is_some_and(|size| size > EXACT) {
                found.insert(pointer.to_owned(), number.to_string());
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_large(item, &format!("{pointer}/{index}"), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect_large(member, &format!("{pointer}/{name}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Step {
    pub kind: StepKind,
    /// The literal statement, signal or request. Secrets are masked.
    pub literal: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Step {
    pub fn sql(literal: impl Into<String>) -> Self {
        Self {
            kind: StepKind::Sql,
            literal: literal.into(),
            note: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    Sql,
    Signal,
    Command,
    Request,
}

/// A thing a plan touches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Resource {
    /// `table`, `index`, `backend`, `process`, …
    pub kind: String,
    pub name: String,
    /// What happens to it: "new", "read while building", "ended".
    pub how: String,
}

/// How to get back. Shown before a person decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Undo {
    /// These steps restore what was; `call` is the tool call that does it through the funnel, where there is one.
    Reversible {
        steps: Vec<Step>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<SuggestedCall>,
    },
    BackedUp {
        location: String,
    },
    Irreversible {
        why: String,
    },
    /// Nothing to undo: the change leaves no lasting state (statistics, a cancelled statement).
    NotNeeded {
        why: String,
    },
}

/// Bounds that the performer keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Limits {
    pub time_ms: u64,
    pub lock_wait_ms: u64,
    pub rows: u64,
    pub bytes: u64,
}

impl Default for Limits {
    /// 30 s, 3 s for locks, 1,000 rows, 256 KiB: right for a query.
    fn default() -> Self {
        Self {
            time_ms: 30_000,
            lock_wait_ms: 3_000,
            rows: 1_000,
            bytes: 256 * 1024,
        }
    }
}

/// Something about the effect that the judge weighs. Each can only raise the risk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "fact")]
pub enum Fact {
    RowsChanged {
        rows: u64,
    },
    SizeBytes {
        bytes: u64,
    },
    BlocksReads {
        what: String,
    },
    BlocksWrites {
        what: String,
    },
    /// Work of somebody else ends: a statement, a connection, a process.
    Interrupts {
        what: String,
    },
    LosesData {
        what: String,
    },
    TouchesSecrets {
        what: String,
    },
    ChangesAccess {
        what: String,
    },
    PrimaryWithReplicas {
        replicas: u32,
    },
    EffectUnknown {
        why: String,
    },
}

/// What performing returned. Not yet success: verification says that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Receipt {
    pub sentence: String,
    pub elapsed_ms: u64,
    /// Facts that verification needs.
    #[schema(value_type = Object)]
    pub facts: BTreeMap<String, Value>,
}

/// What reading the world back found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum Verification {
    /// The change is there, as planned.
    Holds { sentence: String, evidence: Vec<Block> },
    /// The change is not there. `left_behind` asks for the plan's on_failure steps.
    DoesNotHold {
        sentence: String,
        evidence: Vec<Block>,
        left_behind: bool,
    },
    /// It cannot be known from here.
    CannotTell { sentence: String },
}
