//! *Get metrics*: how busy the machine is right now.

use crate::{Reader, machine, show};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::{Duration, Instant};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Cell, Column, Problem, Risk, SuggestedCall},
};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, Networks, System};

/// CPU use and network rates are differences between two looks this far apart.
const SAMPLE: Duration = Duration::from_millis(220);
const BUSY_PERCENT: f64 = 85.0;
const MAX_INTERFACES: usize = 50;

pub struct GetMetrics;

/// Takes nothing.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

#[async_trait]
impl Query for GetMetrics {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "host.get_metrics",
            title: "Show machine metrics",
            description: "Shows how busy a machine is now: CPU, load, memory, swap, uptime and network rates, sampled \
                          over a fifth of a second.",
            example: "how busy is {target}",
            synonyms: &[
                "cpu usage",
                "cpu load",
                "load average",
                "memory usage",
                "free memory",
                "how much memory is left",
                "ram",
                "swap",
                "uptime",
                "since when is it up",
                "network traffic",
                "bandwidth",
                "system status",
                "server metrics",
                "machine health",
                "is the machine overloaded",
                "resource usage",
                "utilization",
            ],
            category: "monitoring",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, _reader: &Reader, _input: Input) -> Result<Answer, Problem> {
        let (system, networks, elapsed) = sample(cx).await.map_err(|error| {
            Problem::new(
                "host.no_metrics",
                format!("Could not measure {}", cx.target.name),
                format!("the system did not give its figures ({error})"),
                "Check that /proc is mounted and readable",
            )
        })?;
        let cpu = show::rounded(f64::from(system.global_cpu_usage()));
        let memory = show::percent(system.used_memory(), system.total_memory());
        let load = System::load_average().map(|load| load.one).unwrap_or_default();
        let cores = system.cpus().len();
        let summary = format!(
            "CPU is {cpu:.0} % busy ({}, load {load:.2}); {} of {} memory used ({memory:.0} %)",
            show::count(cores as u64, "core", "cores"),
            show::size(system.used_memory()),
            show::size(system.total_memory()),
        );
        Ok(Answer {
            summary,
            blocks: vec![
                machine_block(cx, &system),
                use_block(cx, &system),
                network_block(cx, &networks, elapsed),
            ],
            suggestions: suggestions(cx, cpu.max(load / cores.max(1) as f64 * 100.0), memory),
        })
    }
}

async fn sample(cx: &Cx) -> Result<(System, Networks, Duration), sysinfo::Error> {
    let mut system = System::new()?;
    let mut networks = Networks::new_with_refreshed_list()?;
    system.refresh_cpu_specifics(CpuRefreshKind::nothing().with_usage());
    let began = Instant::now();
    tokio::select! {
        () = tokio::time::sleep(SAMPLE) => {}
        // A shorter sample is still an answer.
        () = cx.cancel.cancelled() => {}
    }
    machine::briefly_blocking(|| {
        system.refresh_cpu_specifics(CpuRefreshKind::nothing().with_usage());
        system.refresh_memory_specifics(MemoryRefreshKind::everything());
        networks.refresh(true);
    });
    Ok((system, networks, began.elapsed()))
}

fn machine_block(cx: &Cx, system: &System) -> Block {
    let text = |value: Result<String, sysinfo::Error>| value.map_or(Cell::Null, |v| json!(show::short(&v, 100)));
    let load = System::load_average().map_or(Cell::Null, |l| {
        json!(format!("{:.2} {:.2} {:.2}", l.one, l.five, l.fifteen))
    });
    let mut fields = vec![
        ("host name".to_owned(), json!(show::short(&machine::host_name(), 100))),
        ("system".to_owned(), text(System::long_os_version())),
        ("kernel".to_owned(), text(System::kernel_version())),
        (
            "uptime".to_owned(),
            System::uptime().map_or(Cell::Null, |s| json!(show::duration(s))),
        ),
        ("cores".to_owned(), json!(system.cpus().len())),
        ("load (1, 5, 15 min)".to_owned(), load),
    ];
    if let Some(limit) = system
        .cgroup_limits()
        .filter(|limit| limit.total_memory < system.total_memory())
    {
        let text = format!(
            "{} of {} left",
            show::size(limit.free_memory),
            show::size(limit.total_memory)
        );
        fields.push(("memory limit of our control group".to_owned(), json!(text)));
    }
    Block::Record {
        origin: show::from_target(cx),
        title: Some("Machine".to_owned()),
        fields,
    }
}

fn use_block(cx: &Cx, system: &System) -> Block {
    let row = |what: &str, used: u64, total: u64| {
        vec![
            json!(what),
            json!(show::percent(used, total)),
            json!(used),
            json!(total),
        ]
    };
    let cpu = show::rounded(f64::from(system.global_cpu_usage()));
    let mut rows = vec![
        vec![json!("cpu"), json!(cpu), Cell::Null, Cell::Null],
        row("memory", system.used_memory(), system.total_memory()),
    ];
    if system.total_swap() > 0 {
        rows.push(row("swap", system.used_swap(), system.total_swap()));
    }
    Block::Table {
        origin: show::from_target(cx),
        title: Some("In use".to_owned()),
        columns: vec![
            Column::new("what"),
            Column::with_unit("used", "percent"),
            Column::with_unit("used bytes", "bytes"),
            Column::with_unit("total", "bytes"),
        ],
        rows,
        total_rows: None,
    }
}

fn network_block(cx: &Cx, networks: &Networks, elapsed: Duration) -> Block {
    let a_second = |bytes: u64| json!((bytes as f64 / elapsed.as_secs_f64().max(0.001)).round() as u64);
    let mut interfaces: Vec<_> = networks.iter().collect();
    interfaces.sort_by_key(|(name, data)| {
        (
            std::cmp::Reverse(data.total_received() + data.total_transmitted()),
            name.as_os_str(),
        )
    });
    let total = interfaces.len() as u64;
    let rows = interfaces.into_iter().take(MAX_INTERFACES).map(|(name, data)| {
        vec![
            json!(show::short(&name.to_string_lossy(), 64)),
            a_second(data.received()),
            a_second(data.transmitted()),
            json!(data.total_received()),
            json!(data.total_transmitted()),
            json!(data.total_errors_on_received() + data.total_errors_on_transmitted()),
        ]
    });
    Block::Table {
        origin: show::from_target(cx),
        title: Some("Network".to_owned()),
        columns: vec![
            Column::new("interface"),
            Column::with_unit("received a second", "bytes"),
            Column::with_unit("sent a second", "bytes"),
            Column::with_unit("received since boot", "bytes"),
            Column::with_unit("sent since boot", "bytes"),
            Column::with_unit("errors", "count"),
        ],
        rows: rows.collect(),
        total_rows: Some(total),
    }
}

fn suggestions(cx: &Cx, cpu: f64, memory: f64) -> Vec<SuggestedCall> {
    [
        ("cpu", cpu, "the CPU is busy"),
        ("memory", memory, "memory is nearly used up"),
    ]
    .into_iter()
    .filter(|&(_, percent, _)| percent >= BUSY_PERCENT)
    .map(|(sort_by, _, because)| SuggestedCall {
        tool: "host.list_processes"
            .parse()
            .expect("a declared tool name is well-formed"),
        target: cx.target.name.clone(),
        arguments: json!({ "sort_by": sort_by }),
        because: because.to_owned(),
        is_undo: false,
    })
    .collect()
}
