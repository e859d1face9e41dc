//! Saying something in a session.

use crate::{runtime::Runtime, submit::Submitted};
use std::hash::{DefaultHasher, Hash, Hasher};
use steersman_engine::{Input, Replaced};
use steersman_protocol::{Actor, MessageId, PageAnchor, Permission, Problem, RunId, Session, SessionId, SessionStatus};
use tokio::sync::{Mutex, MutexGuard};

/// Longest message of a person, in characters.
const LONGEST_MESSAGE: usize = 16_000;
/// Another branch may be shown in the very moment in which a message is recorded; then it is placed anew.
const MOST_PLACINGS: u32 = 20;
const WHAT: &str = "Could not take your message";

/// Messages of one session are placed one after the other, each below the one before. Sessions share a few locks.
pub(crate) struct Turnstiles([Mutex<()>; 64]);

impl Default for Turnstiles {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }
}

impl Turnstiles {
    async fn pass(&self, session_id: SessionId) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        session_id.hash(&mut hasher);
        let number = hasher.finish() % self.0.len() as u64;
        self.0[number as usize].lock().await
    }
}

/// What [`steersman_protocol::Command::Say`] carries.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub run_id: RunId,
    pub session_id: SessionId,
    pub message_id: MessageId,
    pub text: String,
    pub replaces: Option<RunId>,
    pub page: Option<PageAnchor>,
    pub actor: Actor,
}

impl Runtime {
    /// Takes a message. It continues the session's active path, or takes the place of another run's.
    ///
    /// Errors: `auth.forbidden`, `message.empty`, `message.too_long`, `message.bad_page`, `session.not_yours`,
    /// `session.archived`, `store.not_found`, `run.not_in_session`, `run.still_running`, `run.too_many_versions`,
    /// `run.already_started`, `run.started_otherwise`.
    pub(crate) async fn say(&self, message: Message) -> Result<Submitted, Problem> {
        self.must_hold(&message.actor, Permission::CHAT, WHAT).await?;
        let message = Message {
            text: checked(&message.text)?,
            ..message
        };
        if let Some(page) = &message.page {
            page.check().map_err(|why| {
                Problem::new(
                    "message.bad_page",
                    WHAT,
                    format!("what it says of the page is not in order: {why}"),
                    "Shorten it",
                )
            })?;
        }
        let run_id = message.run_id;
        let _turn = self.inboxes().turnstiles.pass(message.session_id).await;
        let mut placing = 0;
        loop {
            placing += 1;
            match self.place(message.clone()).await {
                Err(problem) if problem.code == "store.leaf_moved" && placing < MOST_PLACINGS => {}
                other => return other.map(|()| Submitted { run_id }),
            }
        }
    }

    async fn place(&self, message: Message) -> Result<(), Problem> {
        let session = self.own_session(&message).await?;
        let replaces = match message.replaces {
            Some(run_id) => Some(self.replaced(&message.actor, run_id).await?),
            None => None,
        };
        let input = Input::Say {
            actor: message.actor,
            session_id: message.session_id,
            message_id: message.message_id,
            text: message.text,
            leaf: session.leaf_run_id,
            replaces,
            page: message.page,
            anchor: session.anchor.page,
        };
        self.put(message.run_id, input, None).await
    }

    async fn own_session(&self, message: &Message) -> Result<Session, Problem> {
        let session = self
            .store()
            .session(message.actor.organization_id, message.session_id)
            .await
            .map_err(|error| error.to_problem(WHAT))?;
        if session.user_id != message.actor.user_id {
            return Err(Problem::new(
                "session.not_yours",
                WHAT,
                "the session belongs to somebody else",
                "Open a session of your own",
            ));
        }
        if session.status == SessionStatus::Archived {
            return Err(Problem::new(
                "session.archived",
                WHAT,
                "the session is archived",
                "Reopen it, or open a new one",
            ));
        }
        Ok(session)
    }

    async fn replaced(&self, actor: &Actor, run_id: RunId) -> Result<Replaced, Problem> {
        let run = match self.store().run(actor.organization_id, run_id).await {
            Ok(run) => run,
            Err(steersman_store::StoreError::NotFound { .. }) => {
                // The engine says the same of it as of a run of another session.
                return Ok(Replaced {
                    run_id,
                    session_id: None,
                    parent_run_id: None,
                    is_over: true,
                    versions: 0,
                });
            }
            Err(error) => return Err(error.to_problem(WHAT)),
        };
        let versions = self
            .store()
            .versions(&run)
            .await
            .map_err(|error| error.to_problem(WHAT))?;
        Ok(Replaced {
            run_id,
            session_id: run.session_id,
            parent_run_id: run.parent_run_id,
            is_over: run.status.is_over(),
            versions,
        })
    }
}

fn checked(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::new(
            "message.empty",
            WHAT,
            "it is empty",
            "Write what you want to know or do",
        ));
    }
    let length = text.chars().count();
    if length > LONGEST_MESSAGE {
        let why = format!("it has {length} characters; at most {LONGEST_MESSAGE} are taken");
        return Err(Problem::new(
            "message.too_long",
            WHAT,
            why,
            "Shorten it, or put the material into a file",
        ));
    }
    Ok(text.to_owned())
}
