//! The tool *check health*: the questions that a database administrator asks every week, in one go.

mod cache;
mod checkpoint;
mod connection;
mod constraint;
mod finding;
mod index;
mod replication;
mod sequence;
mod statistics;
mod vacuum;

use crate::{
    connection::{Bounds, Read, Reader},
    replication::is_standby,
    show,
    version::Version,
};
use finding::{Finding, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Problem, Risk},
};
use tokio::time::Instant;

pub(crate) struct CheckHealth;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Only these families of checks; all of them without it. Example: `["vacuum", "replication"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 9))]
    checks: Vec<Family>,
}

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Family {
    /// Invalid, duplicate, never used and bloated indexes.
    Index,
    /// Connections used, idle and long transactions, waiting for locks.
    Connection,
    /// Distance to wraparound, what holds cleanup back, dead rows, autovacuum.
    Vacuum,
    /// Sequences near the end of their type.
    Sequence,
    /// Standbys, slots, and on a standby its primary.
    Replication,
    /// How much is read from memory.
    Cache,
    /// Constraints that were never checked.
    Constraint,
    /// Checkpoints forced by writing, archiving of the log, checksums.
    Checkpoint,
    /// Tables whose statistics are missing or old.
    Statistics,
}

const ALL: [Family; 9] = [
    Family::Vacuum,
    Family::Replication,
    Family::Connection,
    Family::Sequence,
    Family::Index,
    Family::Checkpoint,
    Family::Statistics,
    Family::Constraint,
    Family::Cache,
];

/// A family asks at most this many questions. Each gets that part of the time that is left, so that one slow catalogue
/// leaves time for the others.
const QUESTIONS: u64 = 6;
/// With less time than this left, a family is not begun.
const WORTH_MS: u64 = 300;
const MAX_SUGGESTIONS: usize = 3;

/// On whom the checks look.
#[derive(Clone, Copy)]
struct Server {
    version: Version,
    is_standby: bool,
    /// Other users' activity is visible: `pg_monitor`, or part of it, or a superuser.
    sees_activity: bool,
}

const SEES_ACTIVITY: &str = "SELECT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')";

#[async_trait]
impl Query for CheckHealth {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.check_health",
            title: "Check health",
            description: "Checks what commonly goes wrong: invalid, duplicate, unused and bloated indexes, connections and \
                          long transactions, vacuum and wraparound, sequences near their end, replication and slots, \
                          cache hits, unchecked constraints, checkpoints and archiving, old statistics; each with value, \
                          limit, verdict and what to do",
            example: "check the health of {target}",
            synonyms: &[
                "health check",
                "is the database healthy",
                "what is wrong",
                "check everything",
                "wraparound",
                "transaction id wraparound",
                "autovacuum",
                "sequence exhaustion",
                "cache hit ratio",
                "invalid indexes",
                "inactive slots",
                "checkpoints",
                "diagnose",
            ],
            category: "monitoring",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let began = Instant::now();
        let mut read = reader.begin(Bounds::of(cx, "check the health")).await?;
        let row = read.row(SEES_ACTIVITY, &[]).await?;
        let server = Server {
            version: Version::of(&mut read).await?,
            is_standby: is_standby(&mut read).await?,
            sees_activity: row.is_some_and(|row| row.get(0)),
        };
        let mut findings = Vec::new();
        for family in ALL {
            if !input.checks.is_empty() && !input.checks.contains(&family) {
                continue;
            }
            cx.progress.say(&format!("looking at {}", family.in_words()));
            let left_ms = cx.limits.time_ms.saturating_sub(began.elapsed().as_millis() as u64);
            let mut found = look_in_time(family, &mut read, server, left_ms).await?;
            found.iter_mut().for_each(|finding| finding.family = family.in_words());
            findings.extend(found);
        }
        read.end().await;
        // The worst first; among equals in the order of the checks.
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
        Ok(answer(cx, &findings))
    }
}

/// What one family found. That it failed, or had no time, is a finding too.
///
/// Errors: a connection that is gone, or a cancelled run.
async fn look_in_time(
    family: Family,
    read: &mut Read<'_>,
    server: Server,
    left_ms: u64,
) -> Result<Vec<Finding>, Problem> {
    if left_ms < WORTH_MS {
        let why = "the checks before took all the time there was";
        return Ok(vec![Finding::not_known(
            "not looked at",
            why,
            "Ask for this family alone.",
        )]);
    }
    let mut findings = Vec::new();
    read.aside(left_ms / QUESTIONS).await?;
    if let Err(problem) = look(family, read, server, &mut findings).await {
        findings.push(Finding::failed(&problem));
    }
    read.back().await?;
    Ok(findings)
}

async fn look(family: Family, read: &mut Read<'_>, server: Server, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    match family {
        Family::Index => index::look(read, findings).await,
        Family::Connection => connection::look(read, server, findings).await,
        Family::Vacuum => vacuum::look(read, server, findings).await,
        Family::Sequence => sequence::look(read, server, findings).await,
        Family::Replication => replication::look(read, server, findings).await,
        Family::Cache => cache::look(read, findings).await,
        Family::Constraint => constraint::look(read, server, findings).await,
        Family::Checkpoint => checkpoint::look(read, server, findings).await,
        Family::Statistics => statistics::look(read, server, findings).await,
    }
}

impl Family {
    fn in_words(self) -> &'static str {
        match self {
            Family::Index => "indexes",
            Family::Connection => "connections",
            Family::Vacuum => "vacuum",
            Family::Sequence => "sequences",
            Family::Replication => "replication",
            Family::Cache => "cache",
            Family::Constraint => "constraints",
            Family::Checkpoint => "checkpoints",
            Family::Statistics => "statistics",
        }
    }
}

fn answer(cx: &Cx, findings: &[Finding]) -> Answer {
    let headings = [
        ("about", ""),
        ("check", ""),
        ("verdict", ""),
        ("found", ""),
        ("limit", ""),
        ("what to do", ""),
    ];
    let rows = findings.iter().map(Finding::cells).collect();
    let mut suggestions: Vec<_> = Vec::new();
    for (tool, arguments, because) in findings.iter().filter_map(|finding| finding.suggestion.as_ref()) {
        let call = show::suggest(cx, tool, arguments.clone(), because);
        if suggestions.len() < MAX_SUGGESTIONS && !suggestions.contains(&call) {
            suggestions.push(call);
        }
    }
    let mut blocks = vec![show::table_of(cx, "Checks", &headings, rows)];
    if findings.iter().any(|finding| finding.verdict == Verdict::NotKnown) {
        blocks.push(Block::text(
            "A check that is not known says what it lacks; it may be well or not.",
        ));
    }
    Answer {
        summary: summary(findings),
        blocks,
        suggestions,
    }
}

/// `2 problems and 1 warning in 22 checks; first, transaction ids: …`.
fn summary(findings: &[Finding]) -> String {
    let of = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let counts = [
        (of(Verdict::Problem), "problem", "problems"),
        (of(Verdict::Warning), "warning", "warnings"),
        (of(Verdict::NotKnown), "not known", "not known"),
    ];
    let found: Vec<String> = counts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| show::plural(count, one, many))
        .collect();
    let checks = show::plural(findings.len(), "check", "checks");
    if found.is_empty() {
        return format!("All is well in {checks}");
    }
    let first = findings
        .iter()
        .find(|finding| matches!(finding.verdict, Verdict::Problem | Verdict::Warning))
        .map(|finding| format!("; first, {}: {}", finding.what, finding.value))
        .unwrap_or_default();
    format!("{} in {checks}{first}", found.join(", "))
}
