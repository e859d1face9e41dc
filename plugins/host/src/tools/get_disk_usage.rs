//! *Get disk usage*: how full the disks are.

use crate::{
    Reader, machine,
    mounts::{self, Mount, Usage},
    show,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::Path;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Cell, Column, Problem, Risk, SuggestedCall},
};

/// Above this a disk deserves a word.
const NEARLY_FULL_PERCENT: f64 = 85.0;

pub struct GetDiskUsage;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Show only the file system that holds this file or folder. Example: "/var/lib"
    #[serde(default)]
    #[schemars(extend("x-slot" = "path"))]
    path: Option<String>,
}

#[async_trait]
impl Query for GetDiskUsage {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "host.get_disk_usage",
            title: "Show disk usage",
            description: "Shows size, used and available space and inodes of the mounted file systems of a machine that \
                          hold data, and warns where one is nearly full.",
            example: "how much disk is left on {target}",
            synonyms: &[
                "df",
                "disk space",
                "free space",
                "disk full",
                "is the disk full",
                "how full is the disk",
                "storage left",
                "how much space is left",
                "inodes",
                "file systems",
                "partitions",
                "mounts",
                "volumes",
                "no space left on device",
            ],
            category: "host",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, _reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let mut found = Vec::new();
        for mount in choose(cx, input.path.as_deref())?
            .into_iter()
            .take(cx.limits.rows as usize)
        {
            let usage = tokio::select! {
                usage = mount.usage() => usage,
                () = cx.cancel.cancelled() => return Err(cancelled(cx)),
            };
            found.push((mount, usage));
        }
        found.sort_by(|a, b| fullness(b).total_cmp(&fullness(a)));
        Ok(Answer {
            summary: summary(&found),
            suggestions: suggestions(cx, &found),
            blocks: vec![table(cx, &found)],
        })
    }
}

fn choose(cx: &Cx, path: Option<&str>) -> Result<Vec<Mount>, Problem> {
    let Some(path) = path.map(str::trim).filter(|path| !path.is_empty()) else {
        return Ok(machine::briefly_blocking(mounts::with_data));
    };
    let no_such_path = |why: &str| {
        Problem::new(
            "host.no_such_path",
            format!(
                "Could not look up the disk of \"{}\" on {}",
                show::short(path, 200),
                cx.target.name
            ),
            why,
            "Give an absolute path that exists, for example /var/lib, or none for all disks",
        )
    };
    if !path.starts_with('/') {
        return Err(no_such_path("it is not an absolute path"));
    }
    let real = machine::briefly_blocking(|| Path::new(path).canonicalize())
        .map_err(|_| no_such_path("there is no such file or folder, or it may not be looked at"))?;
    let mount = mounts::holding(&real).ok_or_else(|| no_such_path("no mounted file system holds it"))?;
    Ok(vec![mount])
}

type Found = (Mount, Option<Usage>);

/// The worse of space and inodes, percent; not known sorts last.
fn fullness((_, usage): &Found) -> f64 {
    usage.map_or(-1.0, |usage| {
        usage.used_percent().max(usage.inodes_percent().unwrap_or(0.0))
    })
}

fn name(mount: &Mount) -> String {
    show::short(&mount.mount_point.to_string_lossy(), 200)
}

fn summary(found: &[Found]) -> String {
    let Some((mount, usage)) = found.first() else {
        return "No mounted file system holds data".to_owned();
    };
    let Some(usage) = usage else {
        return format!("{} did not say how full it is", name(mount));
    };
    let silent = found.iter().filter(|(_, usage)| usage.is_none()).count() as u64;
    let nearly_full = found
        .iter()
        .filter(|found| fullness(found) > NEARLY_FULL_PERCENT)
        .count();
    let mut text = format!(
        "{} is {:.0} % full: {} left",
        name(mount),
        usage.used_percent(),
        show::size(usage.available)
    );
    match usage.inodes_percent() {
        Some(inodes) if inodes > NEARLY_FULL_PERCENT => {
            text.push_str(&format!(", and {inodes:.0} % of its inodes are used"))
        }
        Some(_) | None => {}
    }
    if found.len() > 1 {
        text.push_str(&match nearly_full {
            0 => format!("; it is the fullest of {}", found.len()),
            n => format!("; {n} of {} are nearly full", found.len()),
        });
    }
    if silent > 0 {
        text.push_str(&format!(
            "; {} did not answer",
            show::count(silent, "file system", "file systems")
        ));
    }
    text
}

fn suggestions(cx: &Cx, found: &[Found]) -> Vec<SuggestedCall> {
    found
        .iter()
        .filter_map(|(mount, usage)| Some((mount, usage.as_ref()?.used_percent())))
        .filter(|(mount, percent)| *percent > NEARLY_FULL_PERCENT && !mount.is_remote())
        .take(3)
        .map(|(mount, percent)| SuggestedCall {
            tool: "host.find_large_files"
                .parse()
                .expect("a declared tool name is well-formed"),
            target: cx.target.name.clone(),
            arguments: json!({ "path": mount.mount_point.to_string_lossy() }),
            because: format!("{} is {percent:.0} % full", name(mount)),
            is_undo: false,
        })
        .collect()
}

fn table(cx: &Cx, found: &[Found]) -> Block {
    let rows = found.iter().map(|(mount, usage)| {
        let number = |value: Option<u64>| value.map_or(Cell::Null, |value| json!(value));
        let warning = match usage {
            None => "does not answer",
            Some(_) if fullness(&(mount.clone(), *usage)) > NEARLY_FULL_PERCENT => "nearly full",
            Some(_) => "",
        };
        vec![
            json!(name(mount)),
            json!(show::short(&mount.device, 100)),
            json!(mount.kind),
            number(usage.map(|u| u.size)),
            number(usage.map(|u| u.used)),
            number(usage.map(|u| u.available)),
            usage.map_or(Cell::Null, |u| json!(u.used_percent())),
            usage
                .and_then(|u| u.inodes_percent())
                .map_or(Cell::Null, |percent| json!(percent)),
            json!(warning),
        ]
    });
    Block::Table {
        origin: show::from_target(cx),
        title: Some("File systems".to_owned()),
        columns: vec![
            Column::new("mounted on"),
            Column::new("device"),
            Column::new("type"),
            Column::with_unit("size", "bytes"),
            Column::with_unit("used", "bytes"),
            Column::with_unit("available", "bytes"),
            Column::with_unit("full", "percent"),
            Column::with_unit("inodes used", "percent"),
            Column::new("warning"),
        ],
        rows: rows.collect(),
        total_rows: None,
    }
}

fn cancelled(cx: &Cx) -> Problem {
    Problem::new(
        "host.cancelled",
        format!("Could not finish looking at the disks of {}", cx.target.name),
        "it was stopped",
        "Ask again when you want to know",
    )
}
