//! *List processes*: who uses the CPU and the memory.

use crate::{Reader, machine, mask, show};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Cell, Column, Problem, Risk},
};
use sysinfo::{MemoryRefreshKind, Process, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind, Users};

/// CPU use is the difference between two looks this far apart.
const SAMPLE: Duration = Duration::from_millis(220);
const MAX_LIMIT: u32 = 200;
const MAX_COMMAND_CHARS: usize = 300;

pub struct ListProcesses;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// How many processes to show at most. Example: 15
    #[serde(default = "fifteen")]
    #[schemars(range(min = 1, max = 200), extend("x-slot" = "count"))]
    limit: u32,
    /// What to sort by, the largest first.
    #[serde(default)]
    sort_by: SortBy,
    /// Show only processes whose name or command line holds this text, whatever the case. Example: "postgres"
    #[serde(default)]
    #[schemars(extend("x-slot" = "text"))]
    name: Option<String>,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SortBy {
    #[default]
    Cpu,
    Memory,
}

fn fifteen() -> u32 {
    15
}

#[async_trait]
impl Query for ListProcesses {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "host.list_processes",
            title: "List processes",
            description: "Lists the processes of a machine that use the most CPU or memory, or those with a given name, \
                          with owner and command line (secrets masked).",
            example: "what eats memory on {target}",
            synonyms: &[
                "top",
                "ps",
                "htop",
                "what uses the cpu",
                "what eats cpu",
                "what eats memory",
                "what uses memory",
                "which process is slow",
                "running programs",
                "show processes",
                "is nginx running",
                "find process",
                "memory hog",
                "cpu hog",
                "tasks",
                "pid of",
                "which programs are running",
            ],
            category: "host",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, _reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let system = sample(cx).await.map_err(|error| {
            Problem::new(
                "host.no_processes",
                format!("Could not list the processes of {}", cx.target.name),
                format!("the system did not give them ({error})"),
                "Check that /proc is mounted and readable",
            )
        })?;
        let wanted = input
            .name
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_lowercase);
        let mut found: Vec<&Process> = system
            .processes()
            .values()
            .filter(|process| wanted.as_deref().is_none_or(|wanted| is_called(process, wanted)))
            .collect();
        sort(&mut found, input.sort_by);
        let limit = input
            .limit
            .clamp(1, MAX_LIMIT)
            .min(u32::try_from(cx.limits.rows).unwrap_or(MAX_LIMIT)) as usize;
        Ok(Answer {
            summary: summary(&found, &input, wanted.as_deref()),
            blocks: vec![table(cx, &system, &found, limit)],
            suggestions: Vec::new(),
        })
    }
}

async fn sample(cx: &Cx) -> Result<System, sysinfo::Error> {
    let what = ProcessRefreshKind::nothing()
        .without_tasks()
        .with_cpu()
        .with_memory()
        .with_user(UpdateKind::OnlyIfNotSet)
        .with_cmd(UpdateKind::OnlyIfNotSet);
    let mut system = System::new()?;
    machine::briefly_blocking(|| system.refresh_processes_specifics(ProcessesToUpdate::All, true, what));
    tokio::select! {
        () = tokio::time::sleep(SAMPLE) => {}
        // A shorter sample is still an answer.
        () = cx.cancel.cancelled() => {}
    }
    machine::briefly_blocking(|| {
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    });
    Ok(system)
}

fn is_called(process: &Process, wanted: &str) -> bool {
    process.name().to_string_lossy().to_lowercase().contains(wanted)
        || process
            .cmd()
            .iter()
            .any(|part| part.to_string_lossy().to_lowercase().contains(wanted))
}

fn sort(found: &mut [&Process], sort_by: SortBy) {
    found.sort_by(|a, b| {
        let by_memory = b.memory().cmp(&a.memory());
        match sort_by {
            SortBy::Cpu => b.cpu_usage().total_cmp(&a.cpu_usage()).then(by_memory),
            SortBy::Memory => by_memory,
        }
        .then(a.pid().cmp(&b.pid()))
    });
}

fn summary(found: &[&Process], input: &Input, wanted: Option<&str>) -> String {
    let count = show::count(found.len() as u64, "process", "processes");
    let Some(first) = found.first() else {
        return match wanted {
            Some(wanted) => format!("No process is called \"{}\"", show::short(wanted, 60)),
            None => "No process can be seen".to_owned(),
        };
    };
    let memory: u64 = found.iter().map(|process| process.memory()).sum();
    let first_name = format!(
        "\"{}\" ({})",
        show::short(&first.name().to_string_lossy(), 40),
        first.pid()
    );
    match (wanted, input.sort_by) {
        (Some(wanted), _) => {
            let held = show::size(memory);
            format!(
                "{count} match \"{}\" and hold {held} of memory; {first_name} comes first",
                show::short(wanted, 60)
            )
        }
        (None, SortBy::Cpu) => {
            format!(
                "{count}; {first_name} uses the most CPU: {:.0} % of one core",
                first.cpu_usage()
            )
        }
        (None, SortBy::Memory) => format!(
            "{count}; {first_name} uses the most memory: {}",
            show::size(first.memory())
        ),
    }
}

fn table(cx: &Cx, system: &System, found: &[&Process], limit: usize) -> Block {
    let users = Users::new_with_refreshed_list().ok();
    let rows = found.iter().take(limit).map(|process| {
        let command: Vec<String> = process
            .cmd()
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        let user = process
            .user_id()
            .and_then(|id| users.as_ref()?.get_user_by_id(id))
            .map(|user| user.name());
        vec![
            json!(process.pid().as_u32()),
            json!(show::short(&process.name().to_string_lossy(), 64)),
            user.map_or_else(
                || process.user_id().map_or(Cell::Null, |id| json!(id.to_string())),
                |name| json!(name),
            ),
            json!(show::rounded(f64::from(process.cpu_usage()))),
            json!(process.memory()),
            json!(show::percent(process.memory(), system.total_memory())),
            json!(process.run_time()),
            json!(show::short(&mask::command_line(&command), MAX_COMMAND_CHARS)),
        ]
    });
    Block::Table {
        origin: show::from_target(cx),
        title: Some("Processes".to_owned()),
        columns: vec![
            Column::new("pid"),
            Column::new("name"),
            Column::new("user"),
            Column::with_unit("cpu (of one core)", "percent"),
            Column::with_unit("memory", "bytes"),
            Column::with_unit("of all memory", "percent"),
            Column::with_unit("running for", "seconds"),
            Column::with_unit("command", "code"),
        ],
        rows: rows.collect(),
        total_rows: Some(found.len() as u64),
    }
}
