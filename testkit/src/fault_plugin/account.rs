//! A change that makes a secret and leaves it for a person.

use super::{
    Mishap, Reader, Writer,
    change::{Setting, WORDS, draft, receipt, setting, step},
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
};
use steersman_protocol::{Plan, Problem, Receipt, Undo, Verification};
use steersman_runtime::toolkit::{Change, Cx, Declaration, Draft, Granted, SecretString, async_trait};

/// Every password begins so, for tests to look for it where it must not be.
pub const PASSWORD: &str = "planted-password-";

/// Makes an account of the value's name. `value` stands for nothing.
pub struct MakeAccount;

#[async_trait]
impl Change for MakeAccount {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Setting;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "fault.make_account",
            title: "Make an account",
            description: "Makes one account with a password of its own",
            example: "make the account reporting on {target}",
            ..WORDS
        }
    }

    async fn plan(&self, _cx: &Cx, reader: &Reader, input: Setting) -> Result<Draft, Problem> {
        let before = reader.0.value(&input.name);
        Ok(Draft {
            summary: format!("Make the account {}", input.name),
            steps: vec![step(format!("make {}", input.name))],
            on_failure: vec![step(format!("forget {}", input.name))],
            undo: Undo::Irreversible {
                why: "the password is known by then".into(),
            },
            ..draft(&input, BTreeMap::from([("value".to_owned(), json!(before))]))
        })
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        let setting = setting(granted.plan())?;
        writer.0.note_performed(granted.idempotency_key());
        let password = format!("{PASSWORD}{:016x}", RandomState::new().hash_one(&setting.name));
        writer.0.note_password(&password);
        cx.handover
            .leave(
                &format!("password of the account {}", setting.name),
                &SecretString::from(password),
            )
            .await?;
        writer.0.left.pass().await;
        match setting.mishap {
            Some(Mishap::Lies) => {}
            Some(Mishap::NobodyKnows) => return Err(Problem::new("fault.lost", "", "the answer was lost", "")),
            _ => writer.0.put(&setting.name, Some("made")),
        }
        writer.0.reporting.pass().await;
        Ok(receipt())
    }

    /// Planning, verifying and cleaning up may leave nothing: what they try to is refused.
    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let setting = setting(plan)?;
        let refused = cx.handover.leave("another", &SecretString::from("another")).await;
        assert!(refused.is_err(), "only performing may leave a secret");
        Ok(match (setting.mishap, reader.0.value(&setting.name).as_deref()) {
            (Some(Mishap::NobodyKnows), _) => Verification::CannotTell {
                sentence: "nothing can be seen from here".into(),
            },
            (_, Some("made")) => Verification::Holds {
                sentence: format!("the account {} is there", setting.name),
                evidence: Vec::new(),
            },
            (_, other) => Verification::DoesNotHold {
                sentence: format!("{} is {}", setting.name, other.unwrap_or("not there")),
                evidence: Vec::new(),
                left_behind: false,
            },
        })
    }
}
