//! One writing statement in one transaction that counts only if it does what was agreed to.

use super::{
    Link, Until, Writer,
    writer::{GRACE, what},
};
use crate::problem;
use std::time::Duration;
use steersman_toolkit::{
    Cx,
    protocol::{Plan, Problem},
};
use tokio::time::Instant;
use tokio_postgres::SimpleQueryMessage;

/// How many rows the statement may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Exactly(u64),
    AtMost(u64),
    /// Its kind changes no rows that are counted.
    Uncounted,
}

/// What was agreed to.
pub(crate) struct Agreement {
    /// A question of ours about the rows, and the row that it must still give.
    pub seen: Option<(String, Vec<Option<String>>)>,
    pub bound: Bound,
}

impl Bound {
    pub(crate) fn allows(self, rows: u64) -> bool {
        match self {
            Bound::Exactly(agreed) => rows == agreed,
            Bound::AtMost(agreed) => rows <= agreed,
            Bound::Uncounted => true,
        }
    }

    /// `exactly 3 rows`.
    pub(crate) fn in_words(self) -> String {
        let rows = |count: u64| crate::show::plural(count as usize, "row", "rows");
        match self {
            Bound::Exactly(agreed) => format!("exactly {}", rows(agreed)),
            Bound::AtMost(agreed) => format!("at most {}", rows(agreed)),
            Bound::Uncounted => "what it says".to_owned(),
        }
    }
}

/// Carries out the plan's steps: begin, the statement, commit. In the same snapshot, the rows are looked at once more
/// before the statement, and counted after it; unless both are as agreed to, the transaction is rolled back. Returns
/// the rows changed and the time in milliseconds.
///
/// Errors: `postgres.rows_changed`, `postgres.count_differs`, `postgres.cancelled`, and those of [`problem::of`]. After
/// an error in the commit itself the world may have changed: verification says.
pub(crate) async fn run_agreed(
    cx: &Cx,
    writer: &Writer,
    plan: &Plan,
    key: &str,
    agreement: &Agreement,
) -> Result<(u64, u64), Problem> {
    let what = what(plan);
    let mut link = writer.open(&what, key, &plan.limits).await?;
    let began = Instant::now();
    let result = transaction(cx, &mut link, plan, &what, agreement).await;
    // Closing ends a transaction that was not committed.
    link.close().await;
    result.map(|rows| (rows, began.elapsed().as_millis() as u64))
}

async fn transaction(cx: &Cx, link: &mut Link, plan: &Plan, what: &str, agreement: &Agreement) -> Result<u64, Problem> {
    let [begin, statement, commit] = &plan.steps[..] else {
        return Err(problem::not_sql(what));
    };
    text(cx, link, plan, what, &begin.literal).await?;
    if let Some((question, expected)) = &agreement.seen {
        let now = text(cx, link, plan, what, question).await?;
        if first_row(&now).as_ref() != Some(expected) {
            return Err(Problem::new(
                "postgres.rows_changed",
                what,
                "the rows are not those any more that the plan showed",
                "Nothing was changed. Ask again to see them as they are now",
            ));
        }
    }
    cx.progress.say(&statement.literal);
    let rows = rows_changed(&text(cx, link, plan, what, &statement.literal).await?);
    if !agreement.bound.allows(rows) {
        return Err(Problem::new(
            "postgres.count_differs",
            what,
            format!(
                "it would have changed {}, and {} were agreed to",
                crate::show::plural(rows as usize, "row", "rows"),
                agreement.bound.in_words()
            ),
            "It was rolled back, nothing was changed. Look for triggers, or ask again",
        ));
    }
    text(cx, link, plan, what, &commit.literal).await?;
    Ok(rows)
}

async fn text(
    cx: &Cx,
    link: &mut Link,
    plan: &Plan,
    what: &str,
    sql: &str,
) -> Result<Vec<SimpleQueryMessage>, Problem> {
    if cx.cancel.is_cancelled() {
        return Err(problem::cancelled(what));
    }
    let began = Instant::now();
    let until = Until {
        cancel: &cx.cancel,
        deadline: began + Duration::from_millis(plan.limits.time_ms) + GRACE,
    };
    link.text(until, sql)
        .await
        .map_err(|stopped| problem::of(what, stopped, &plan.limits, Some(began.elapsed())))
}

fn first_row(messages: &[SimpleQueryMessage]) -> Option<Vec<Option<String>>> {
    messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()),
        _ => None,
    })
}

fn rows_changed(messages: &[SimpleQueryMessage]) -> u64 {
    messages
        .iter()
        .find_map(|message| match message {
            SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
            _ => None,
        })
        .unwrap_or_default()
}
