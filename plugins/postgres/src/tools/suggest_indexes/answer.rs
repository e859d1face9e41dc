//! What was found, for people.

use super::{
    candidate::{self, Candidate},
    choose::{Choice, Chosen, Search},
    table::Table,
    workload::Workload,
};
use crate::{explain::MissingIndex, identifier, show};
use serde_json::{Value, json};
use steersman_toolkit::{
    Answer, Cx,
    protocol::{Block, SuggestedCall},
};

/// So many next calls are proposed.
const MOST_SUGGESTIONS: usize = 3;

const INDEXES: [show::Heading; 7] = [
    ("index", "sql"),
    ("helps statements", ""),
    ("cost before", "count"),
    ("cost after", "count"),
    ("size", "bytes"),
    ("writes", ""),
    ("reason", ""),
];

const STATEMENTS: [show::Heading; 6] = [
    ("number", ""),
    ("statement", "sql"),
    ("calls", "count"),
    ("mean", "ms"),
    ("cost before", "count"),
    ("cost after", "count"),
];

pub(super) fn answer(cx: &Cx, workload: &Workload, tables: &[Table], search: &Search<'_>, choice: &Choice) -> Answer {
    let rows = choice
        .chosen
        .iter()
        .map(|chosen| row(chosen, tables, search, choice))
        .collect();
    let mut blocks = Vec::new();
    if !choice.chosen.is_empty() {
        blocks.push(show::table_of(cx, "Suggested indexes", &INDEXES, rows));
    }
    if !workload.statements.is_empty() {
        let costs = |at: usize| (Some(search.now[at]), Some(choice.after[at]));
        blocks.push(statements(cx, workload, costs));
    }
    blocks.push(Block::text(remarks(workload, search, choice)));
    Answer {
        summary: summary(workload, tables, search, choice),
        blocks,
        suggestions: choice
            .chosen
            .iter()
            .take(MOST_SUGGESTIONS)
            .map(|chosen| suggestion(cx, chosen, tables, search, choice))
            .collect(),
    }
}

fn row(chosen: &Chosen, tables: &[Table], search: &Search<'_>, choice: &Choice) -> Vec<Value> {
    let (before, after) = costs_of(chosen, search, choice);
    vec![
        json!(chosen.candidate.statement(tables, "CONCURRENTLY ")),
        json!(numbers(&chosen.helps)),
        json!(before.round()),
        json!(after.round()),
        json!(chosen.bytes),
        json!(candidate::writes_in_words(&chosen.candidate, tables)),
        json!(reason(&chosen.candidate, tables)),
    ]
}

/// Costs, times calls, of the statements that use the index.
fn costs_of(chosen: &Chosen, search: &Search<'_>, choice: &Choice) -> (f64, f64) {
    let sum = |costs: &[f64]| -> f64 { chosen.helps.iter().map(|at| costs[*at] * search.weights[*at]).sum() };
    (sum(&search.now), sum(&choice.after))
}

fn numbers(statements: &[usize]) -> String {
    let numbers: Vec<String> = statements.iter().map(|at| (at + 1).to_string()).collect();
    numbers.join(", ")
}

/// `filtered by customer_id, placed_at; holds total_cents too, so the table need not be read`.
fn reason(candidate: &Candidate, tables: &[Table]) -> String {
    let mut reason = format!(
        "{} {}",
        candidate.reason.in_words(),
        candidate.key_names(tables).join(", ")
    );
    if !candidate.included.is_empty() {
        let columns = &tables[candidate.table].columns;
        let names: Vec<&str> = candidate.included.iter().map(|at| columns[*at].name.as_str()).collect();
        reason.push_str(&format!(
            "; holds {} too, so that the table itself is seldom read",
            names.join(", ")
        ));
    }
    if let Some(condition) = &candidate.condition {
        reason.push_str(&format!("; only few rows are {condition}"));
    }
    reason
}

fn statements(cx: &Cx, workload: &Workload, costs: impl Fn(usize) -> (Option<f64>, Option<f64>)) -> Block {
    let rows = workload.statements.iter().enumerate().map(|(at, statement)| {
        let (before, after) = costs(at);
        vec![
            json!(at + 1),
            json!(show::one_line(&statement.shown, 1_000)),
            json!(statement.calls),
            json!(statement.mean_ms),
            json!(before.map(f64::round)),
            json!(after.map(f64::round)),
        ]
    });
    show::table_of(cx, "Statements", &STATEMENTS, rows.collect())
}

fn remarks(workload: &Workload, search: &Search<'_>, choice: &Choice) -> String {
    let mut lines = vec![format!(
        "Costs are the planner's estimates with average values, times the calls; an index must save at least 2 % of what \
         is left, writes taken off. {} tried.",
        show::plural(choice.tried, "possible index was", "possible indexes were")
    )];
    if choice.is_cut {
        lines.push(format!(
            "The time was not enough for all {}: ask for one table, or for fewer statements.",
            show::plural(search.candidates.len(), "possible index", "possible indexes")
        ));
    }
    if workload.refused > 0 {
        lines.push(format!(
            "{} left out: hidden from our role, not to be judged as reads, or not to be planned.",
            show::plural(workload.refused, "statement was", "statements were")
        ));
    }
    lines.join("\n\n")
}

fn summary(workload: &Workload, tables: &[Table], search: &Search<'_>, choice: &Choice) -> String {
    let looked_at = show::plural(workload.statements.len(), "statement", "statements");
    let Some(first) = choice.chosen.first() else {
        return match workload.statements.is_empty() {
            true => "There are no statements to suggest indexes for".to_owned(),
            false => format!("No new index would help the {looked_at} enough to pay for itself"),
        };
    };
    let (before, after) = (search.weighted(&search.now), search.weighted(&choice.after));
    format!(
        "{} would lower the estimated cost of {looked_at} by {:.0} %; the first is on \"{}\" ({})",
        show::plural(choice.chosen.len(), "index", "indexes"),
        100.0 * (before - after) / before.max(f64::MIN_POSITIVE),
        tables[first.candidate.table].shown,
        first.candidate.key_names(tables).join(", "),
    )
}

fn suggestion(cx: &Cx, chosen: &Chosen, tables: &[Table], search: &Search<'_>, choice: &Choice) -> SuggestedCall {
    let candidate = &chosen.candidate;
    let table = &tables[candidate.table];
    let names = |places: &[usize]| -> Vec<String> {
        places
            .iter()
            .map(|at| identifier::plain(&table.columns[*at].name))
            .collect()
    };
    let mut arguments = json!({ "table": table.shown, "columns": names(&candidate.keys) });
    if !candidate.included.is_empty() {
        arguments["include"] = json!(names(&candidate.included));
    }
    if let Some(condition) = &candidate.condition {
        arguments["where"] = json!(condition);
    }
    let (before, after) = costs_of(chosen, search, choice);
    let because = format!(
        "the planner would use it for {}, at an estimated cost of {} in place of {}",
        show::plural(chosen.helps.len(), "statement", "statements"),
        show::count(after),
        show::count(before),
    );
    show::suggest(cx, "postgres.create_index", arguments, because)
}

/// Without hypothetical indexes: reasons, and no costs that nobody reckoned.
pub(super) fn without_trial(cx: &Cx, workload: &Workload, missing: &[(MissingIndex, Vec<usize>)], how: &str) -> Answer {
    let rows = missing.iter().map(|(index, statements)| {
        let columns: Vec<String> = index.columns.iter().map(|column| identifier::plain(column)).collect();
        vec![
            json!(format!(
                "CREATE INDEX CONCURRENTLY ON {} ({})",
                index.table,
                columns.join(", ")
            )),
            json!(numbers(statements)),
            json!(format!(
                "all of about {} rows are read to keep a few, filtered by {}",
                show::count(index.table_rows),
                index.columns.join(", ")
            )),
        ]
    });
    let headings = [("index", "sql"), ("helps statements", ""), ("reason", "")];
    let mut blocks = Vec::new();
    if !missing.is_empty() {
        blocks.push(show::table_of(cx, "Possible indexes", &headings, rows.collect()));
    }
    if !workload.statements.is_empty() {
        blocks.push(statements(cx, workload, |_| (None, None)));
    }
    blocks.push(Block::text(format!(
        "The extension hypopg is not in this database, so these were not tried, and what they would save is not known. {how}"
    )));
    let looked_at = show::plural(workload.statements.len(), "statement", "statements");
    let count = show::plural(missing.len(), "index", "indexes");
    Answer {
        summary: format!("{count} may help the {looked_at} (not tried: hypopg is missing)"),
        blocks,
        suggestions: missing
            .iter()
            .take(MOST_SUGGESTIONS)
            .map(|(index, _)| index.suggest(cx))
            .collect(),
    }
}
