//! Text for a terminal: tables, blocks, plans, problems. Colour only where the terminal wants it.

use anstream::{eprintln, print, println};
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use owo_colors::OwoColorize;
use serde::Serialize;
use serde_json::Value;
use steersman_protocol::{ApprovalView, Block, Cell, Plan, Problem, Risk, Step, TreeNode, Undo};

/// Rows of a table that a terminal shows.
const MOST_ROWS: usize = 200;
/// Characters of a cell that a terminal shows; `--json` has all of it.
const WIDEST_CELL: usize = 90;

/// Prints any value as JSON, for programs.
pub fn json(value: &impl Serialize) {
    // Values of the API are always JSON.
    println!("{}", serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Prints an error to standard error: a problem in its parts, anything else with its causes.
pub fn error(error: &anyhow::Error, is_json: bool) {
    if let Some(problem) = error.downcast_ref::<Problem>() {
        if is_json {
            eprintln!("{}", serde_json::to_string(problem).unwrap_or_default());
        } else {
            self::problem(problem);
        }
        return;
    }
    let text = error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    if is_json {
        eprintln!(
            "{}",
            serde_json::json!({ "code": "cli.failed", "what": "The command failed", "why": text, "next": "" })
        );
    } else {
        eprintln!("{} {}", "✗".red().bold(), printable(&text));
    }
}

pub fn problem(problem: &Problem) {
    eprintln!("{} {}", "✗".red().bold(), printable(&problem.what).bold());
    eprintln!("  {}", printable(&problem.why));
    if !problem.next.is_empty() {
        eprintln!("  {} {}", "→".cyan(), printable(&problem.next));
    }
    eprintln!("  {}", problem.code.dimmed());
}

/// A table with a bold head. Cells are made printable: control characters of a target must not steer the terminal.
pub fn table<R: IntoIterator<Item = Vec<String>>>(head: &[&str], rows: R) {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED.with_rounded_corners())
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(head.iter().map(|text| (*text).to_owned()));
    for row in rows {
        table.add_row(row.into_iter().map(|cell| shortened(&printable(&cell))));
    }
    if !is_terminal() {
        // Not cut to a width when piped.
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    println!("{table}");
}

fn shortened(cell: &str) -> String {
    match cell.char_indices().nth(WIDEST_CELL) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell.to_owned(),
    }
}

fn is_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stdout())
}

pub fn risk(risk: Risk) -> String {
    match risk {
        Risk::Low => "low".green().to_string(),
        Risk::Medium => "medium".yellow().to_string(),
        Risk::High => "high".red().to_string(),
        Risk::Critical => "CRITICAL".red().bold().to_string(),
    }
}

pub fn blocks(blocks: &[Block]) {
    for block in blocks {
        self::block(block);
    }
}

fn block(block: &Block) {
    match block {
        Block::Text { text, .. } => println!("{}", printable(text)),
        Block::Table {
            title,
            columns,
            rows,
            total_rows,
            ..
        } => {
            heading(title.as_deref());
            let head: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            table(
                &head,
                rows.iter().take(MOST_ROWS).map(|row| {
                    row.iter()
                        .zip(columns)
                        .map(|(cell, column)| cell_text(cell, column.unit.as_deref()))
                        .collect()
                }),
            );
            let total = total_rows.unwrap_or(rows.len() as u64);
            if total > rows.len().min(MOST_ROWS) as u64 {
                println!("{}", format!("{} of {total} rows", rows.len().min(MOST_ROWS)).dimmed());
            }
        }
        Block::Record { title, fields, .. } => {
            heading(title.as_deref());
            let width = fields.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
            for (name, value) in fields {
                println!("  {:<width$}  {}", name.dimmed(), printable(&cell_text(value, None)));
            }
        }
        Block::Diff {
            title, before, after, ..
        } => {
            heading(Some(title));
            before
                .lines()
                .for_each(|line| println!("{}", format!("- {}", printable(line)).red()));
            after
                .lines()
                .for_each(|line| println!("{}", format!("+ {}", printable(line)).green()));
        }
        Block::Log {
            title,
            lines,
            truncated,
            ..
        } => {
            heading(Some(title));
            lines.iter().for_each(|line| println!("  {}", printable(&line.text)));
            if *truncated {
                println!("{}", "  … cut".dimmed());
            }
        }
        Block::Series {
            title, unit, series, ..
        } => {
            heading(Some(title));
            for one in series {
                let last = one
                    .points
                    .last()
                    .map_or_else(|| "no data".into(), |(_, value)| format!("{value} {unit}"));
                println!("  {}  {last}", one.name);
            }
        }
        Block::Tree { title, roots, .. } => {
            heading(Some(title));
            roots.iter().for_each(|root| node(root, 0));
        }
        Block::Problem { problem } => self::problem(problem),
        Block::File { name, text, .. } => println!("{}\n{}", name.bold(), printable(text)),
    }
}

fn node(one: &TreeNode, depth: usize) {
    let facts: Vec<String> = one
        .facts
        .iter()
        .map(|(name, value)| format!("{name} {}", cell_text(value, None)))
        .collect();
    println!(
        "  {}{} {}",
        "  ".repeat(depth),
        printable(&one.label),
        printable(&facts.join(" · ")).dimmed()
    );
    if let Some(warning) = &one.warning {
        println!(
            "  {}{}",
            "  ".repeat(depth + 1),
            format!("⚠ {}", printable(warning)).yellow()
        );
    }
    // Deeper than any plan a person reads.
    if depth < 64 {
        one.children.iter().for_each(|child| node(child, depth + 1));
    }
}

/// Everything that a person has to see before deciding.
pub fn approval(view: &ApprovalView) {
    println!(
        "{}  {}  on {} ({})",
        "●".yellow(),
        view.plan.summary.bold(),
        view.plan.target.name.bold(),
        view.plan.target.environment
    );
    println!(
        "  {} {}   asked by {}   {}",
        "risk".dimmed(),
        risk(view.risk),
        view.requested_by_name,
        expiry(view).dimmed()
    );
    for reason in &view.verdict.risk_reasons {
        println!("    {} {}", "·".dimmed(), printable(reason));
    }
    plan(&view.plan);
    for rule in &view.verdict.rules {
        println!("  {} {} {}", "rule".dimmed(), rule.id, rule.reason.dimmed());
    }
    if !view.from_target_text.is_empty() {
        println!(
            "  {}",
            format!(
                "⚠ these arguments came from text of a target, not from a person: {}",
                view.from_target_text.join(", ")
            )
            .yellow()
        );
    }
    if view.verdict.reason_required {
        println!("  {}", "Approving needs a written reason (--reason).".yellow());
    }
    if view.verdict.second_person {
        println!(
            "  {}",
            format!("Somebody else than {} has to approve.", view.requested_by_name).yellow()
        );
    }
    println!("  {} {}", "plan".dimmed(), view.digest.as_str().dimmed());
}

pub fn plan(plan: &Plan) {
    println!("  {}", "what is done, literally".dimmed());
    steps(&plan.steps);
    if !plan.on_failure.is_empty() {
        println!("  {}", "if that leaves something broken behind".dimmed());
        steps(&plan.on_failure);
    }
    for resource in &plan.touches {
        println!(
            "  {} {} {} — {}",
            "touches".dimmed(),
            resource.kind,
            printable(&resource.name),
            resource.how
        );
    }
    println!("  {}", "how to get back".dimmed());
    match &plan.undo {
        Undo::Reversible { steps: back, .. } => steps(back),
        Undo::BackedUp { location } => println!("    from the backup at {}", printable(location)),
        Undo::Irreversible { why } => println!("    {}", format!("not at all: {why}").red()),
        Undo::NotNeeded { why } => println!("    not needed: {why}"),
    }
    for warning in &plan.warnings {
        println!("  {}", format!("⚠ {}", printable(warning)).yellow());
    }
    blocks(&plan.observed);
}

fn steps(steps: &[Step]) {
    for step in steps {
        println!("    {}", printable(&step.literal).cyan());
        if let Some(note) = &step.note {
            println!("      {}", printable(note).dimmed());
        }
    }
}

pub fn expiry(view: &ApprovalView) -> String {
    let left = view.expires_at.as_second() - jiff::Timestamp::now().as_second();
    if left > 0 {
        format!("expires in {} min", (left + 59) / 60)
    } else {
        "expired".into()
    }
}

/// Streams text without a line end.
pub fn stream(text: &str) {
    use std::io::Write;
    print!("{}", printable(text));
    let _ = std::io::stdout().flush();
}

fn heading(title: Option<&str>) {
    if let Some(title) = title {
        println!("{}", printable(title).bold());
    }
}

/// A cell as people read it. Units are those of the protocol's columns.
pub fn cell_text(cell: &Cell, unit: Option<&str>) -> String {
    match (cell, unit) {
        (Value::Null, _) => "–".into(),
        (Value::String(text), _) => text.clone(),
        (Value::Bool(true), _) => "yes".into(),
        (Value::Bool(false), _) => "no".into(),
        (Value::Number(number), Some("bytes")) => number.as_f64().map_or_else(|| number.to_string(), bytes),
        (Value::Number(number), Some("ms")) => number
            .as_f64()
            .map_or_else(|| number.to_string(), |ms| format!("{ms:.1} ms")),
        (Value::Number(number), Some("percent")) => number
            .as_f64()
            .map_or_else(|| number.to_string(), |part| format!("{part:.1} %")),
        (Value::Number(number), Some("seconds")) => format!("{number} s"),
        (Value::Array(items), _) => items
            .iter()
            .map(|item| cell_text(item, None))
            .collect::<Vec<_>>()
            .join(", "),
        (Value::Number(number), _) => plain_number(number),
        (other, _) => other.to_string(),
    }
}

/// Whole numbers without a fraction, large ones in groups of three.
fn plain_number(number: &serde_json::Number) -> String {
    let Some(value) = number.as_f64() else {
        return number.to_string();
    };
    if value.fract() != 0.0 || value.abs() < 10_000.0 || value.abs() > 1e15 {
        return if value.fract() == 0.0 && value.abs() <= 1e15 {
            format!("{value:.0}")
        } else {
            number.to_string()
        };
    }
    let digits = format!("{:.0}", value.abs());
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if value < 0.0 { format!("-{grouped}") } else { grouped }
}

fn bytes(count: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = count;
    let mut unit = 0;
    while value.abs() >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{value:.0} B")
    } else {
        format!("{value:.1} {}", units[unit])
    }
}

/// A sentence that goes on from one of ours: "A server at …" becomes "a server at …".
pub fn in_mid_sentence(sentence: &str) -> String {
    match sentence.strip_prefix("A ") {
        Some(rest) => printable(&format!("a {rest}")),
        None => printable(sentence),
    }
}

/// The text with control characters (but line ends and tabs) and direction overrides made visible.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            c if c.is_control() => '\u{fffd}',
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => '\u{fffd}',
            c => c,
        })
        .collect()
}
