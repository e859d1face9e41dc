//! Changes that do what they say, and changes that do not.

use super::{Reader, World, Writer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steersman_protocol::{Limits, Plan, Problem, Receipt, Resource, Risk, Step, StepKind, Undo, Verification};
use steersman_runtime::toolkit::{Change, Cx, Declaration, Draft, Granted, async_trait};

pub(super) const WORDS: Declaration = Declaration {
    name: "fault.set_value",
    title: "Set a value",
    description: "Sets one value",
    example: "set colour to red on {target}",
    synonyms: &[],
    category: "fault",
    floor: Risk::Medium,
};

/// What goes wrong, and when. Absent: nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mishap {
    PanicInPlan,
    PanicInPerform,
    PanicInVerify,
    /// Waits for ever, also when told to stop.
    HangInPlan,
    /// Waits until told to stop, without having changed anything.
    HangInPerform,
    /// Every plan is another one.
    PlanDiffers,
    /// Says that it was done, and does nothing.
    Lies,
    /// Fails after half of the work; clean-up is possible.
    LeavesHalf,
    /// Fails after half of the work, and so does clean-up.
    LeavesHalfForGood,
    /// Fails, and nobody can tell whether it happened.
    NobodyKnows,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    pub name: String,
    pub value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mishap: Option<Mishap>,
}

/// Stands where a change stopped in the middle.
const HALF: &str = "half";

pub struct SetValue;

#[async_trait]
impl Change for SetValue {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Setting;

    fn declare(&self) -> Declaration {
        WORDS
    }

    async fn plan(&self, _cx: &Cx, reader: &Reader, input: Setting) -> Result<Draft, Problem> {
        let number = reader.0.note_planned();
        reader.0.planning.pass().await;
        let before = reader.0.value(&input.name);
        let mut must_hold = BTreeMap::from([("value".to_owned(), json!(before))]);
        match input.mishap {
            Some(Mishap::PanicInPlan) => panic!("a planned panic while planning"),
            Some(Mishap::HangInPlan) => std::future::pending().await,
            Some(Mishap::PlanDiffers) => drop(must_hold.insert("number".to_owned(), json!(number))),
            _ => {}
        }
        let undo = match &before {
            Some(before) => format!("{}={before}", input.name),
            None => format!("forget {}", input.name),
        };
        Ok(Draft {
            summary: format!("Set {} to {}", input.name, input.value),
            steps: vec![step(format!("{}={}", input.name, input.value))],
            on_failure: vec![step(undo.clone())],
            touches: vec![Resource {
                kind: "value".into(),
                name: input.name.clone(),
                how: "set".into(),
            }],
            undo: Undo::Reversible {
                steps: vec![step(undo)],
                call: None,
            },
            ..draft(&input, must_hold)
        })
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        let world: &World = &writer.0;
        let setting = setting(granted.plan())?;
        world.note_performed(granted.idempotency_key());
        world.performing.pass().await;
        match setting.mishap {
            Some(Mishap::PanicInPerform) => panic!("a planned panic while performing"),
            Some(Mishap::HangInPerform) => {
                cx.cancel.cancelled().await;
                world.note_cancelled();
                return Err(Problem::new("fault.stopped", "", "it was told to stop", ""));
            }
            Some(Mishap::Lies) => {}
            Some(Mishap::LeavesHalf | Mishap::LeavesHalfForGood) => {
                world.put(&setting.name, Some(HALF));
                return Err(Problem::new("fault.half", "", "it stopped in the middle", ""));
            }
            Some(Mishap::NobodyKnows) => return Err(Problem::new("fault.lost", "", "the answer was lost", "")),
            _ => world.put(&setting.name, Some(&setting.value)),
        }
        world.reporting.pass().await;
        Ok(receipt())
    }

    async fn verify(
        &self,
        _cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        reader.0.verifying.pass().await;
        let setting = setting(plan)?;
        match setting.mishap {
            Some(Mishap::PanicInVerify) => panic!("a planned panic while verifying"),
            Some(Mishap::NobodyKnows) => {
                return Ok(Verification::CannotTell {
                    sentence: "nothing can be seen from here".into(),
                });
            }
            _ => {}
        }
        let now = reader.0.value(&setting.name);
        Ok(match now.as_deref() {
            Some(value) if value == setting.value => Verification::Holds {
                sentence: format!("{} is {value}", setting.name),
                evidence: Vec::new(),
            },
            other => Verification::DoesNotHold {
                sentence: format!("{} is {}", setting.name, other.unwrap_or("not there")),
                evidence: Vec::new(),
                left_behind: other == Some(HALF),
            },
        })
    }

    async fn clean_up(&self, _cx: &Cx, writer: &Writer, granted: &Granted) -> Result<String, Problem> {
        let setting = setting(granted.plan())?;
        if setting.mishap == Some(Mishap::LeavesHalfForGood) {
            return Err(Problem::new("fault.stuck", "", "it cannot be cleaned up", ""));
        }
        writer.0.note_performed(granted.idempotency_key());
        writer.0.put(&setting.name, granted.plan().must_hold["value"].as_str());
        Ok(format!("{} is as before", setting.name))
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Name {
    pub name: String,
}

/// Critical by itself: what is destroyed is gone.
pub struct DestroyValue;

#[async_trait]
impl Change for DestroyValue {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Name;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "fault.destroy_value",
            title: "Destroy a value",
            description: "Removes one value for good",
            example: "destroy colour on {target}",
            floor: Risk::Critical,
            ..WORDS
        }
    }

    async fn plan(&self, _cx: &Cx, reader: &Reader, input: Name) -> Result<Draft, Problem> {
        reader.0.note_planned();
        reader.0.planning.pass().await;
        let must_hold = BTreeMap::from([("value".to_owned(), json!(reader.0.value(&input.name)))]);
        Ok(Draft {
            summary: format!("Destroy {}", input.name),
            steps: vec![step(format!("destroy {}", input.name))],
            undo: Undo::Irreversible {
                why: "what is destroyed is gone".into(),
            },
            ..draft(&input, must_hold)
        })
    }

    async fn perform(&self, _cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        writer.0.note_performed(granted.idempotency_key());
        writer.0.performing.pass().await;
        writer.0.put(&name(granted.plan())?, None);
        Ok(receipt())
    }

    async fn verify(
        &self,
        _cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let name = name(plan)?;
        Ok(match reader.0.value(&name) {
            None => Verification::Holds {
                sentence: format!("{name} is gone"),
                evidence: Vec::new(),
            },
            Some(_) => Verification::DoesNotHold {
                sentence: format!("{name} is still there"),
                evidence: Vec::new(),
                left_behind: false,
            },
        })
    }
}

pub(super) fn draft(input: &impl Serialize, must_hold: BTreeMap<String, Value>) -> Draft {
    Draft {
        arguments: serde_json::to_value(input).expect("the input is JSON"),
        summary: String::new(),
        steps: Vec::new(),
        on_failure: Vec::new(),
        touches: Vec::new(),
        must_hold,
        observed: Vec::new(),
        undo: Undo::NotNeeded { why: String::new() },
        limits: Limits::default(),
        facts: Vec::new(),
        warnings: Vec::new(),
    }
}

pub(super) fn step(literal: String) -> Step {
    Step {
        kind: StepKind::Command,
        literal,
        note: None,
    }
}

pub(super) fn receipt() -> Receipt {
    Receipt {
        sentence: "It was done".into(),
        elapsed_ms: 0,
        facts: BTreeMap::new(),
    }
}

pub(super) fn setting(plan: &Plan) -> Result<Setting, Problem> {
    serde_json::from_value(plan.arguments.clone())
        .map_err(|error| Problem::new("fault.bad_plan", "", error.to_string(), ""))
}

fn name(plan: &Plan) -> Result<String, Problem> {
    serde_json::from_value(plan.arguments.clone())
        .map(|input: Name| input.name)
        .map_err(|error| Problem::new("fault.bad_plan", "", error.to_string(), ""))
}
