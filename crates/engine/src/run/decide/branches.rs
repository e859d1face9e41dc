//! Where a new run goes in its session's tree: a message continues the active path, or takes the place of another.

use crate::input::Replaced;
use steersman_protocol::{Actor, MessageId, PageAnchor, Problem, RunId, SessionId};

/// Versions of one message. Asking the same more often is a case for a session of its own.
pub(super) const MOST_VERSIONS: usize = 100;

/// A message on its way to become a run.
pub(super) struct Said {
    pub actor: Actor,
    pub session_id: SessionId,
    pub message_id: MessageId,
    pub text: String,
    pub leaf: Option<RunId>,
    pub replaces: Option<Replaced>,
    pub page: Option<PageAnchor>,
    pub anchor: Option<PageAnchor>,
}

impl Said {
    /// The run that the new one continues.
    ///
    /// Refusals: `run.not_in_session`, `run.still_running`, `run.too_many_versions`.
    pub fn parent(&self) -> Result<Option<RunId>, Problem> {
        let Some(replaced) = &self.replaces else {
            return Ok(self.leaf);
        };
        let refuse = |code: &str, why: &str, next: &str| {
            Err(Problem::new(
                code,
                "Could not put your message in the place of the other",
                why,
                next,
            ))
        };
        if replaced.session_id != Some(self.session_id) {
            return refuse(
                "run.not_in_session",
                "the message to replace is not one of this session",
                "Load the session again",
            );
        }
        if !replaced.is_over {
            return refuse(
                "run.still_running",
                "what the other message started still runs or waits for an approval",
                "Stop it first, then send this again",
            );
        }
        if replaced.versions >= MOST_VERSIONS {
            return refuse(
                "run.too_many_versions",
                "the message has 100 versions already, and more are not kept",
                "Send it as a new message, or in a new session",
            );
        }
        Ok(replaced.parent_run_id)
    }
}
