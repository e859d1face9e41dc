//! One tool call's life: a machine as a table of every legal step.

use steersman_protocol::{
    ApprovalId, Block, Decision, Digest, Event, ExecutionId, ExecutionStatus, ExecutionView, Grant, GrantUse,
    GrantedBy, LeftSecret, Outcome, Plan, Problem, Receipt, RunId, SuggestedCall, TargetRef, Timestamp, ToolKind,
    ToolName, Verdict, Verification,
};

/// Moves a call by one step, or says that the step is not legal here. The only way a call's state changes.
pub fn step(state: CallState, step: CallStep) -> Option<CallState> {
    LEGAL
        .iter()
        .find(|(from, by, _)| *from == state && *by == step)
        .map(|(_, _, to)| *to)
}

/// An enum together with the list of its variants, so that no variant can be missing from the list.
macro_rules! listed {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
        }
    };
}

listed! {
    /// Where a call stands.
    CallState {
        Proposed,
        Planned,
        /// The judge lets it run without asking.
        Allowed,
        /// The judge wants a person to decide.
        MustAsk,
        Waiting,
        Approved,
        Granted,
        /// A query is reading.
        Reading,
        /// Intent is recorded; the change may be happening.
        Running,
        /// Performed according to its report; the world has not been read back yet.
        Performed,
        /// Performing stopped or its report was lost; only the world can tell.
        Uncertain,
        /// Verification found something broken left behind.
        Broken,
        /// Intent to clean up is recorded; clean-up may be happening.
        CleaningUp,
        /// The report of clean-up was lost; only the world can tell.
        CleanUpUncertain,
        Completed,
        Denied,
        Rejected,
        Expired,
        Cancelled,
        Failed,
        /// Failed, and what it had left behind is cleaned up.
        Undone,
        /// The outcome is not known, and cannot be found out from here.
        Unknown,
    }
}

impl CallState {
    pub const fn is_over(self) -> bool {
        use CallState::*;
        matches!(
            self,
            Completed | Denied | Rejected | Expired | Cancelled | Failed | Undone | Unknown
        )
    }

    /// True while nothing has been touched and nothing is about to be: the call can simply be dropped.
    pub const fn is_before_action(self) -> bool {
        use CallState::*;
        matches!(
            self,
            Proposed | Planned | Allowed | MustAsk | Waiting | Approved | Granted
        )
    }

    pub const fn status(self) -> ExecutionStatus {
        use CallState::*;
        match self {
            Proposed | Planned | Allowed | MustAsk | Waiting => ExecutionStatus::Pending,
            Approved | Granted => ExecutionStatus::Approved,
            Reading | Running | Performed | Uncertain | Broken | CleaningUp | CleanUpUncertain => {
                ExecutionStatus::Executing
            }
            Completed => ExecutionStatus::Completed,
            Denied | Rejected | Expired | Cancelled => ExecutionStatus::Rejected,
            Failed | Undone => ExecutionStatus::Failed,
            Unknown => ExecutionStatus::Unknown,
        }
    }
}

listed! {
    /// What can happen to a call.
    CallStep {
        Planned,
        PlanFailed,
        JudgedAllow,
        JudgedAsk,
        JudgedDeny,
        ApprovalRequested,
        Approved,
        Rejected,
        Expired,
        Granted,
        QueryStarted,
        QueryAnswered,
        QueryFailed,
        IntentToPerform,
        IntentToCleanUp,
        RecheckFailed,
        Performed,
        PerformFailed,
        Interrupted,
        VerifiedHolds,
        VerifiedNot,
        VerifiedLeftBehind,
        VerifiedCannotTell,
        CleanedUp,
        CleanUpFailed,
        Cancelled,
    }
}

impl CallStep {
    /// The step that an event makes of its call; `None` for events that move no call.
    pub fn of(event: &Event) -> Option<CallStep> {
        Some(match event {
            Event::Planned { .. } => CallStep::Planned,
            Event::PlanFailed { .. } => CallStep::PlanFailed,
            Event::Judged { verdict, .. } => match verdict.decision {
                Decision::Allow => CallStep::JudgedAllow,
                Decision::Ask => CallStep::JudgedAsk,
                Decision::Deny => CallStep::JudgedDeny,
            },
            Event::ApprovalRequested { .. } => CallStep::ApprovalRequested,
            Event::Decided { approved: true, .. } => CallStep::Approved,
            Event::Decided { approved: false, .. } => CallStep::Rejected,
            Event::ApprovalExpired { .. } => CallStep::Expired,
            Event::Granted { .. } => CallStep::Granted,
            Event::QueryStarted { .. } => CallStep::QueryStarted,
            Event::QueryAnswered { .. } => CallStep::QueryAnswered,
            Event::QueryFailed { .. } => CallStep::QueryFailed,
            Event::IntentRecorded {
                grant_use: GrantUse::Perform,
                ..
            } => CallStep::IntentToPerform,
            Event::IntentRecorded {
                grant_use: GrantUse::CleanUp,
                ..
            } => CallStep::IntentToCleanUp,
            Event::RecheckFailed { .. } => CallStep::RecheckFailed,
            Event::Performed { .. } => CallStep::Performed,
            Event::PerformFailed { .. } => CallStep::PerformFailed,
            Event::Interrupted { .. } => CallStep::Interrupted,
            Event::Verified { verification, .. } => match verification {
                Verification::Holds { .. } => CallStep::VerifiedHolds,
                Verification::DoesNotHold { left_behind: false, .. } => CallStep::VerifiedNot,
                Verification::DoesNotHold { left_behind: true, .. } => CallStep::VerifiedLeftBehind,
                Verification::CannotTell { .. } => CallStep::VerifiedCannotTell,
            },
            Event::CleanedUp { .. } => CallStep::CleanedUp,
            Event::CleanUpFailed { .. } => CallStep::CleanUpFailed,
            Event::CallEnded {
                outcome: Outcome::Cancelled,
                ..
            } => CallStep::Cancelled,
            Event::Started { .. }
            | Event::ModelAsked { .. }
            | Event::ModelAnswered { .. }
            | Event::ModelFailed { .. }
            | Event::TurnBegan { .. }
            | Event::CallRefused { .. }
            | Event::Proposed { .. }
            | Event::ApprovalCancelled { .. }
            | Event::CallEnded { .. }
            | Event::CancelRequested { .. }
            | Event::AttemptRefused { .. }
            | Event::SecretLeft { .. }
            | Event::RunEnded { .. } => return None,
        })
    }
}

/// Every legal step. What is not here cannot happen.
pub const LEGAL: &[(CallState, CallStep, CallState)] = {
    use CallState as S;
    use CallStep as T;
    &[
        (S::Proposed, T::Planned, S::Planned),
        (S::Proposed, T::PlanFailed, S::Failed),
        (S::Proposed, T::Cancelled, S::Cancelled),
        // A query is its own plan, so it is judged as proposed.
        (S::Proposed, T::JudgedAllow, S::Allowed),
        (S::Proposed, T::JudgedAsk, S::MustAsk),
        (S::Proposed, T::JudgedDeny, S::Denied),
        (S::Planned, T::JudgedAllow, S::Allowed),
        (S::Planned, T::JudgedAsk, S::MustAsk),
        (S::Planned, T::JudgedDeny, S::Denied),
        (S::Planned, T::Cancelled, S::Cancelled),
        (S::Allowed, T::Granted, S::Granted),
        // A query that needs no approval needs no grant either: it cannot change anything.
        (S::Allowed, T::QueryStarted, S::Reading),
        (S::Allowed, T::Cancelled, S::Cancelled),
        (S::MustAsk, T::ApprovalRequested, S::Waiting),
        (S::MustAsk, T::Cancelled, S::Cancelled),
        (S::Waiting, T::Approved, S::Approved),
        (S::Waiting, T::Rejected, S::Rejected),
        (S::Waiting, T::Expired, S::Expired),
        (S::Waiting, T::Cancelled, S::Cancelled),
        (S::Approved, T::Granted, S::Granted),
        (S::Approved, T::Cancelled, S::Cancelled),
        (S::Granted, T::QueryStarted, S::Reading),
        (S::Granted, T::IntentToPerform, S::Running),
        (S::Granted, T::RecheckFailed, S::Failed),
        (S::Granted, T::Cancelled, S::Cancelled),
        (S::Reading, T::QueryAnswered, S::Completed),
        (S::Reading, T::QueryFailed, S::Failed),
        (S::Reading, T::Cancelled, S::Cancelled),
        (S::Running, T::RecheckFailed, S::Failed),
        (S::Running, T::Performed, S::Performed),
        (S::Running, T::PerformFailed, S::Uncertain),
        (S::Running, T::Interrupted, S::Uncertain),
        (S::Performed, T::VerifiedHolds, S::Completed),
        (S::Performed, T::VerifiedNot, S::Failed),
        (S::Performed, T::VerifiedLeftBehind, S::Broken),
        (S::Performed, T::VerifiedCannotTell, S::Unknown),
        (S::Uncertain, T::VerifiedHolds, S::Completed),
        (S::Uncertain, T::VerifiedNot, S::Failed),
        (S::Uncertain, T::VerifiedLeftBehind, S::Broken),
        (S::Uncertain, T::VerifiedCannotTell, S::Unknown),
        (S::Broken, T::IntentToCleanUp, S::CleaningUp),
        (S::Broken, T::CleanUpFailed, S::Failed),
        (S::CleaningUp, T::CleanedUp, S::Undone),
        (S::CleaningUp, T::CleanUpFailed, S::Failed),
        (S::CleaningUp, T::Interrupted, S::CleanUpUncertain),
        (S::CleanUpUncertain, T::VerifiedHolds, S::Completed),
        (S::CleanUpUncertain, T::VerifiedNot, S::Undone),
        (S::CleanUpUncertain, T::VerifiedLeftBehind, S::Failed),
        (S::CleanUpUncertain, T::VerifiedCannotTell, S::Unknown),
    ]
};

/// A call with everything its events said.
#[derive(Clone, Debug)]
pub struct Call {
    pub execution_id: ExecutionId,
    pub turn: u32,
    pub call_id: String,
    pub tool: ToolName,
    pub kind: ToolKind,
    pub target: TargetRef,
    pub arguments: serde_json::Value,
    pub from_target_text: Vec<String>,
    pub state: CallState,
    pub plan: Option<Box<Plan>>,
    pub digest: Option<Digest>,
    pub verdict: Option<Verdict>,
    pub approval: Option<Approval>,
    pub grant: Option<Grant>,
    pub granted_by: Option<GrantedBy>,
    pub receipt: Option<Receipt>,
    /// Why performing stopped, where it did.
    pub perform_problem: Option<Problem>,
    pub verification: Option<Verification>,
    pub summary: String,
    pub blocks: Vec<Block>,
    pub suggestions: Vec<SuggestedCall>,
    pub problem: Option<Problem>,
    /// What it left for a person to see once, by label.
    pub secrets: Vec<LeftSecret>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Number of the event that proposed it, within the run.
    pub proposed_seq: i64,
    /// Number of the event that brought it to an end.
    pub ended_seq: Option<i64>,
}

/// The question that was put to a person, and the answer.
#[derive(Clone, Debug)]
pub struct Approval {
    pub id: ApprovalId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub status: steersman_protocol::ApprovalStatus,
    pub decided_by: Option<(steersman_protocol::UserId, String)>,
    pub decided_at: Option<Timestamp>,
    pub reason: Option<String>,
}

impl Call {
    /// True for a change that happened, or may have happened, after this event of the run: what was read before may no
    /// longer be so.
    pub fn has_changed_things_since(&self, seq: i64) -> bool {
        self.kind == ToolKind::Change
            && matches!(self.state, CallState::Completed | CallState::Unknown)
            && self.ended_seq.is_some_and(|ended| ended > seq)
    }

    /// True when the world is as if the call had not been made, so that what it left for a person opens nothing.
    pub fn came_to_nothing(&self) -> bool {
        matches!(self.state, CallState::Failed | CallState::Undone)
    }

    pub fn view(&self, run_id: RunId) -> ExecutionView {
        ExecutionView {
            id: self.execution_id,
            run_id,
            tool: self.tool.clone(),
            tool_kind: self.kind,
            target: self.target.clone(),
            arguments: self.arguments.clone(),
            from_target_text: self.from_target_text.clone(),
            status: self.state.status(),
            plan: self.plan.clone(),
            digest: self.digest.clone(),
            verdict: self.verdict.clone(),
            approval_id: self.approval.as_ref().map(|approval| approval.id),
            summary: self.summary.clone(),
            blocks: self.blocks.clone(),
            suggestions: self.suggestions.clone(),
            problem: self.problem.clone(),
            secrets: if self.came_to_nothing() {
                Vec::new()
            } else {
                self.secrets.clone()
            },
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

#[cfg(test)]
mod tests;
