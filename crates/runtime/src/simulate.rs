//! What the judge would say, without a plan.

use steersman_engine::policy::{Case, judge};
use steersman_protocol::{Policy, Role, TargetRef, ToolKind, ToolSpec, Verdict};

/// The verdict on a tool by its floor alone. A real plan's facts can only make it stricter.
pub fn judge_by_floor(policy: &Policy, spec: &ToolSpec, target: &TargetRef, role: Role) -> Verdict {
    // A query judges by its floor; asked about that way, a change does too.
    let case = Case {
        tool: &spec.name,
        kind: spec.kind,
        floor: spec.floor,
        target,
        role: role.as_str(),
        plan: None,
    };
    match spec.kind {
        ToolKind::Query => judge(policy, case),
        ToolKind::Change => steersman_engine::policy::judge_floor(policy, case),
    }
}
