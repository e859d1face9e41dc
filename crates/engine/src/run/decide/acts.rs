//! The funnel from the grant to the end: intent, action, verification, clean-up.

use super::Draft;
use crate::call::{Call, CallState};
use crate::effect::Effect;
use crate::input::Circumstances;
use crate::run::DecideError;
use steersman_protocol::{
    Event, ExecutionId, Grant, GrantUse, Outcome, Problem, Receipt, SuggestedCall, Timestamp, ToolKind, Undo,
    Verification,
};

impl Draft {
    /// Records the intent and uses the grant up, in one transaction.
    pub(super) fn begin(&mut self, c: &mut Circumstances<'_>, id: ExecutionId) -> Result<(), DecideError> {
        if !self.stands(id, &[CallState::Granted]) {
            return Ok(());
        }
        let call = self.existing(id)?;
        let grant = call
            .grant
            .clone()
            .ok_or_else(|| DecideError(format!("{id} has no grant")))?;
        let kind = call.kind;
        if let Err(problem) = still_holds(call, &grant, c) {
            return self.recheck_failed(c, id, problem);
        }
        self.decision.use_grant = Some((grant, GrantUse::Perform));
        match kind {
            ToolKind::Query => {
                self.event(c, Event::QueryStarted { execution_id: id })?;
                self.effect(Effect::RunQuery { execution_id: id });
            }
            ToolKind::Change => {
                self.event(
                    c,
                    Event::IntentRecorded {
                        execution_id: id,
                        grant_use: GrantUse::Perform,
                    },
                )?;
                self.effect(Effect::Act { execution_id: id });
            }
        }
        Ok(())
    }

    /// Refused when the call is not being performed any more: then nobody should get that secret.
    pub(super) fn secret_left(
        &mut self,
        c: &mut Circumstances<'_>,
        id: ExecutionId,
        label: String,
        until: Timestamp,
    ) -> Result<(), DecideError> {
        if !self.stands(id, &[CallState::Running]) {
            self.refuse(Problem::new(
                "secret.too_late",
                format!("Could not keep the {label}"),
                "the call is not being performed any more",
                "Ask for the change again",
            ));
            return Ok(());
        }
        self.event(
            c,
            Event::SecretLeft {
                execution_id: id,
                label,
                until,
            },
        )
    }

    pub(super) fn recheck_failed(
        &mut self,
        c: &mut Circumstances<'_>,
        id: ExecutionId,
        problem: Problem,
    ) -> Result<(), DecideError> {
        if !self.stands(id, &[CallState::Granted, CallState::Running]) {
            return Ok(());
        }
        self.event(
            c,
            Event::RecheckFailed {
                execution_id: id,
                problem: problem.clone(),
            },
        )?;
        self.end(c, id, Outcome::Failed, problem.to_string(), Some(problem))
    }

    pub(super) fn performed(
        &mut self,
        c: &mut Circumstances<'_>,
        id: ExecutionId,
        receipt: Receipt,
    ) -> Result<(), DecideError> {
        if !self.stands(id, &[CallState::Running]) {
            return Ok(());
        }
        self.event(
            c,
            Event::Performed {
                execution_id: id,
                receipt,
            },
        )?;
        self.effect(Effect::Verify { execution_id: id });
        Ok(())
    }

    pub(super) fn perform_failed(
        &mut self,
        c: &mut Circumstances<'_>,
        id: ExecutionId,
        problem: Problem,
    ) -> Result<(), DecideError> {
        if !self.stands(id, &[CallState::Running]) {
            return Ok(());
        }
        self.event(
            c,
            Event::PerformFailed {
                execution_id: id,
                problem,
            },
        )?;
        self.effect(Effect::Verify { execution_id: id });
        Ok(())
    }

    /// After a restart: an act that may have happened is looked at, never repeated.
    pub(super) fn interrupted(&mut self, c: &mut Circumstances<'_>, id: ExecutionId) -> Result<(), DecideError> {
        if !self.stands(id, &[CallState::Running, CallState::CleaningUp]) {
            return Ok(());
        }
        self.event(c, Event::Interrupted { execution_id: id })?;
        self.effect(Effect::Verify { execution_id: id });
        Ok(())
    }

    pub(super) fn verified(
        &mut self,
        c: &mut Circumstances<'_>,
        id: ExecutionId,
        verification: Verification,
    ) -> Result<(), DecideError> {
        if !self.stands(
            id,
            &[CallState::Performed, CallState::Uncertain, CallState::CleanUpUncertain],
        ) {
            return Ok(());
        }
        let before = self.existing(id)?;
        let (was, cause) = (before.state, cause_of(before));
        let stopped_by = before.perform_problem.clone();
        self.event(
            c,
            Event::Verified {
                execution_id: id,
                verification: verification.clone(),
            },
        )?;
        let call = self.existing(id)?;
        let what = format!("Could not complete {} on {}", call.tool, call.target.name);
        let (outcome, problem) = match (call.state, verification) {
            (CallState::Completed, Verification::Holds { sentence, .. }) => {
                let suggestions = undo_of(call);
                self.event(
                    c,
                    Event::CallEnded {
                        execution_id: id,
                        outcome: Outcome::Completed,
                        summary: sentence,
                        problem: None,
                        suggestions,
                    },
                )?;
                return self.close_turn(c);
            }
            (CallState::Broken, _) => {
                self.effect(Effect::BeginCleanUp { execution_id: id });
                return Ok(());
            }
            (CallState::Unknown, Verification::CannotTell { sentence }) => {
                let open = match was {
                    CallState::CleanUpUncertain => "whether what it left behind is gone",
                    _ => "whether it happened",
                };
                let why = format!("it is not known {open}: {sentence}");
                let next = "Look at the target before asking again; Steersman will not repeat it by itself";
                (Outcome::Unknown, Problem::new("call.outcome_unknown", what, why, next))
            }
            (CallState::Undone, Verification::DoesNotHold { sentence, .. }) => {
                (Outcome::Failed, undone(what, &cause, &sentence))
            }
            (CallState::Failed, Verification::DoesNotHold { sentence, .. }) => {
                let problem = match (was, stopped_by) {
                    (CallState::CleanUpUncertain, _) => Problem::new(
                        "call.left_behind",
                        what,
                        format!("{cause}; what it left behind is still there: {sentence}"),
                        "Remove it by hand; the plan's clean-up steps say how",
                    ),
                    (_, Some(stopped_by)) => Problem::new(
                        stopped_by.code,
                        what,
                        format!("{}; looked again: {sentence}", stopped_by.why),
                        stopped_by.next,
                    ),
                    (_, None) => Problem::new(
                        "call.not_verified",
                        what,
                        format!("it is not there: {sentence}"),
                        "Look at the details, then ask again",
                    ),
                };
                (Outcome::Failed, problem)
            }
            (state, verification) => return Err(DecideError(format!("{verification:?} cannot lead to {state:?}"))),
        };
        self.end(c, id, outcome, problem.to_string(), Some(problem))
    }

    pub(super) fn begin_clean_up(&mut self, c: &mut Circumstances<'_>, id: ExecutionId) -> Result<(), DecideError> {
        if !self.stands(id, &[CallState::Broken]) {
            return Ok(());
        }
        let grant = self
            .existing(id)?
            .grant
            .clone()
            .ok_or_else(|| DecideError(format!("{id} has no grant")))?;
        self.decision.use_grant = Some((grant, GrantUse::CleanUp));
        self.event(
            c,
            Event::IntentRecorded {
                execution_id: id,
                grant_use: GrantUse::CleanUp,
            },
        )?;
        self.effect(Effect::CleanUp { execution_id: id });
        Ok(())
    }

    pub(super) fn cleaned_up(
        &mut self,
        c: &mut Circumstances<'_>,
        id: ExecutionId,
        sentence: String,
    ) -> Result<(), DecideError> {
        if !self.stands(id, &[CallState::CleaningUp]) {
            return Ok(());
        }
        self.event(
            c,
            Event::CleanedUp {
                execution_id: id,
                sentence: sentence.clone(),
            },
        )?;
        let call = self.existing(id)?;
        let what = format!("Could not complete {} on {}", call.tool, call.target.name);
        let problem = undone(what, &cause_of(call), &sentence);
        self.end(c, id, Outcome::Failed, problem.to_string(), Some(problem))
    }

    pub(super) fn clean_up_failed(
        &mut self,
        c: &mut Circumstances<'_>,
        id: ExecutionId,
        problem: Problem,
    ) -> Result<(), DecideError> {
        if !self.stands(id, &[CallState::CleaningUp, CallState::Broken]) {
            return Ok(());
        }
        let call = self.existing(id)?;
        let told = Problem {
            what: format!("Could not complete {} on {}", call.tool, call.target.name),
            why: format!("{}; cleaning up failed as well: {}", cause_of(call), problem.why),
            ..problem.clone()
        };
        self.event(
            c,
            Event::CleanUpFailed {
                execution_id: id,
                problem,
            },
        )?;
        self.end(c, id, Outcome::Failed, told.to_string(), Some(told))
    }
}

fn undo_of(call: &Call) -> Vec<SuggestedCall> {
    match call.plan.as_deref().map(|plan| &plan.undo) {
        Some(Undo::Reversible { call: Some(undo), .. }) => vec![SuggestedCall {
            is_undo: true,
            ..undo.clone()
        }],
        _ => Vec::new(),
    }
}

fn undone(what: String, cause: &str, sentence: &str) -> Problem {
    Problem::new(
        "call.undone",
        what,
        format!("{}. {sentence}", cause.trim_end_matches('.')),
        "Nothing is left behind. Mend the cause, then ask again",
    )
}

/// Whether a grant may still be used. Target, plan and rights are checked where they can be read.
fn still_holds(call: &Call, grant: &Grant, c: &Circumstances<'_>) -> Result<(), Problem> {
    let refuse = |code: &str, why: &str| {
        Err(Problem::new(
            code,
            format!("Did not run {} on {}", call.tool, call.target.name),
            why,
            "Nothing was done. Ask for it again to get a fresh plan",
        ))
    };
    if c.now >= grant.expires_at {
        return refuse("grant.expired", "the permission was used too late");
    }
    if c.policy.revision != grant.policy_revision {
        return refuse("grant.changed_policy", "the policy changed after it was allowed");
    }
    Ok(())
}

/// Why a change did not succeed, as far as it was seen: what stopped it, or what looking at the target found.
fn cause_of(call: &Call) -> String {
    match (&call.perform_problem, &call.verification) {
        (Some(problem), _) => problem.why.clone(),
        (None, Some(Verification::DoesNotHold { sentence, .. } | Verification::CannotTell { sentence })) => {
            sentence.clone()
        }
        (None, Some(Verification::Holds { .. }) | None) => "it did not succeed".to_owned(),
    }
}
