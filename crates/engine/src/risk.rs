//! Risk by effect: a floor, raised by the facts of the plan. Nothing here lowers it.

use steersman_protocol::{Fact, Plan, Risk, Undo};

/// From this many changed rows on, a mistake is no longer mended by hand.
const MANY_ROWS: u64 = 10_000;
/// From this size on, a blocking step is felt by users.
const LARGE_BYTES: u64 = 1 << 30;

/// The risk of a planned change and a sentence for each reason, the floor first.
pub fn assess(floor: Risk, plan: &Plan) -> (Risk, Vec<String>) {
    let mut risk = floor;
    let mut reasons = vec![format!("{} is {floor} risk by itself", plan.tool)];
    for (raised_to, reason) in plan
        .facts
        .iter()
        .map(weigh)
        .chain(weigh_undo(&plan.undo))
        .chain(weigh_place(plan))
    {
        risk = risk.max(raised_to);
        if raised_to > floor {
            reasons.push(reason);
        }
    }
    (risk, reasons)
}

fn weigh(fact: &Fact) -> (Risk, String) {
    match fact {
        Fact::RowsChanged { rows } if *rows >= MANY_ROWS => (Risk::Critical, format!("it changes {rows} rows")),
        Fact::RowsChanged { rows: 0 } => (Risk::Low, String::new()),
        Fact::RowsChanged { rows } => (Risk::Medium, format!("it changes {rows} rows")),
        Fact::SizeBytes { bytes } if *bytes >= LARGE_BYTES => (
            Risk::Medium,
            format!("it works on {:.1} GiB", *bytes as f64 / LARGE_BYTES as f64),
        ),
        Fact::SizeBytes { .. } => (Risk::Low, String::new()),
        Fact::BlocksReads { what } => (Risk::High, format!("reads of {what} wait while it runs")),
        Fact::BlocksWrites { what } => (Risk::High, format!("writes to {what} wait while it runs")),
        Fact::Interrupts { what } => (Risk::High, format!("it ends {what}")),
        Fact::LosesData { what } => (Risk::Critical, format!("{what} is lost")),
        Fact::TouchesSecrets { what } => (Risk::Critical, format!("it touches a secret: {what}")),
        Fact::ChangesAccess { what } => (Risk::Critical, format!("it changes who has access: {what}")),
        Fact::PrimaryWithReplicas { replicas: 0 } => (Risk::Low, String::new()),
        Fact::PrimaryWithReplicas { replicas } => (
            Risk::Medium,
            format!("the target is a primary and {replicas} replicas repeat the change"),
        ),
        Fact::EffectUnknown { why } => (Risk::High, format!("its effect is not known: {why}")),
    }
}

fn weigh_undo(undo: &Undo) -> Option<(Risk, String)> {
    match undo {
        Undo::Irreversible { why } => Some((Risk::High, format!("it cannot be undone: {why}"))),
        Undo::Reversible { .. } | Undo::BackedUp { .. } | Undo::NotNeeded { .. } => None,
    }
}

fn weigh_place(plan: &Plan) -> Option<(Risk, String)> {
    let disrupts = plan.facts.iter().any(|fact| {
        matches!(
            fact,
            Fact::BlocksReads { .. } | Fact::BlocksWrites { .. } | Fact::LosesData { .. }
        )
    });
    (disrupts && plan.target.is_production())
        .then(|| (Risk::High, format!("{} counts as production", plan.target.name)))
}

#[cfg(test)]
mod tests;
