//! The only key that opens `perform`.

use steersman_protocol::{Digest, ExecutionId, Grant, GrantUse, Plan, Problem, Timestamp};

/// A plan together with the proof that exactly it may be performed now, once.
///
/// Private fields, one constructor ([`GrantCheck::redeem`]), not `Clone`: holding one means that the check was made.
#[derive(Debug)]
pub struct Granted {
    plan: Plan,
    execution_id: ExecutionId,
    grant_use: GrantUse,
}

impl Granted {
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
    /// Unique for this use of the grant. Systems that know idempotency keys get this one.
    pub fn idempotency_key(&self) -> String {
        match self.grant_use {
            GrantUse::Perform => self.execution_id.to_string(),
            GrantUse::CleanUp => format!("{}-clean-up", self.execution_id),
        }
    }
    pub fn grant_use(&self) -> GrantUse {
        self.grant_use
    }
}

/// Everything that must agree at the moment of execution. Only the runtime builds one (a test checks that), after the
/// store has used the grant up in the same transaction that recorded the intent.
pub struct GrantCheck {
    pub grant: Grant,
    pub grant_use: GrantUse,
    pub plan: Plan,
    pub execution_id: ExecutionId,
    /// The target's revision as it is now.
    pub target_revision: i64,
    /// The policy revision as it is now.
    pub policy_revision: i64,
    pub now: Timestamp,
    /// Whether the answerable person still holds the right.
    pub answerable_still_may: bool,
}

impl GrantCheck {
    /// Turns the check into a [`Granted`], or says which part did not agree.
    ///
    /// Errors: `grant.wrong_execution`, `grant.changed_plan`, `grant.changed_target`, `grant.changed_policy`,
    /// `grant.expired`, `grant.right_withdrawn`.
    pub fn redeem(self) -> Result<Granted, Problem> {
        let refuse = |code: &str, why: &str, next: &str| {
            Err(Problem::new(
                code,
                format!("Could not perform {} on {}", self.plan.tool, self.plan.target.name),
                why,
                next,
            ))
        };
        let again = "Nothing was done. Ask for the change again to get a fresh plan";
        if self.grant.execution_id != self.execution_id {
            return refuse("grant.wrong_execution", "the grant was given for another call", again);
        }
        if self.grant.target_id != self.plan.target.id
            || self.grant.target_revision != self.target_revision
            || self.plan.target.revision != self.target_revision
        {
            return refuse(
                "grant.changed_target",
                "the target's settings changed after the approval",
                again,
            );
        }
        if self.grant.policy_revision != self.policy_revision {
            return refuse("grant.changed_policy", "the policy changed after the approval", again);
        }
        if self.plan.digest(self.policy_revision) != self.grant.digest {
            return refuse("grant.changed_plan", "the plan is not the one that was approved", again);
        }
        // Clean-up finishes what an unexpired grant began; leaving a broken index because a build took long helps nobody.
        if self.grant_use == GrantUse::Perform && self.now >= self.grant.expires_at {
            return refuse("grant.expired", "the approval was used too late", again);
        }
        if !self.answerable_still_may {
            return refuse(
                "grant.right_withdrawn",
                "the person who answered for this change no longer holds the right to do so",
                "Nothing was done. Ask for the change again and have somebody with the right approve it",
            );
        }
        Ok(Granted {
            plan: self.plan,
            execution_id: self.execution_id,
            grant_use: self.grant_use,
        })
    }
}

impl GrantCheck {
    /// The digest that this check compares with, for messages.
    pub fn digest(&self) -> Digest {
        self.plan.digest(self.policy_revision)
    }
}
