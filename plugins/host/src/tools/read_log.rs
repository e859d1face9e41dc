//! *Read log*: the end of one allowed log file.

use crate::{Reader, allow::AllowList, machine, mask, show};
use nix::libc::{O_NOFOLLOW, O_NONBLOCK};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    os::{fd::AsRawFd, unix::fs::OpenOptionsExt},
    path::{Path, PathBuf},
};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Column, LogLine, Problem, Risk, Timestamp},
};

/// With `contains`, this much of the end is searched.
const SEARCHED_BYTES: u64 = 8 * 1024 * 1024;
const MAX_LINE_CHARS: usize = 4_000;
const MAX_LISTED: usize = 200;

pub struct ReadLog;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The log file, absolute; a folder lists its files. Example: "/var/log/syslog"
    #[schemars(extend("x-slot" = "path"))]
    path: String,
    /// How many lines to show, counted from the end. Example: 100
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 1000), extend("x-slot" = "count"))]
    lines: u32,
    /// Show only lines that hold this text, whatever the case. Example: "error"
    #[serde(default)]
    #[schemars(extend("x-slot" = "text"))]
    contains: Option<String>,
}

fn hundred() -> u32 {
    100
}

#[async_trait]
impl Query for ReadLog {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "host.read_log",
            title: "Read a log",
            description: "Shows the last lines of a log file of a machine, all or those that hold a text; only files \
                          that the target's settings allow.",
            example: "show the last 50 lines of /var/log/syslog on {target}",
            synonyms: &[
                "tail",
                "tail log",
                "log file",
                "logs",
                "syslog",
                "journal",
                "messages",
                "error log",
                "access log",
                "grep log",
                "search the log",
                "errors in the log",
                "what does the log say",
                "auth.log",
                "last lines",
            ],
            category: "host",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let doing = format!("Could not read {} on {}", show::short(&input.path, 200), cx.target.name);
        machine::briefly_blocking(|| match open(&reader.settings.log_paths, &input.path)? {
            Opened::Folder(folder) => Ok(list(cx, &folder)),
            Opened::File(file, path) => read(cx, file, &path, &input),
        })
        .map_err(|problem: Problem| problem.while_doing(doing))
    }
}

enum Opened {
    File(File, PathBuf),
    Folder(PathBuf),
}

/// Opens what an allowed path leads to, and judges the opened file itself: a link swapped in between leads nowhere.
fn open(allowed: &[String], path: &str) -> Result<Opened, Problem> {
    let allowed = AllowList::new(allowed);
    let not_allowed = || {
        refuse(
            "host.path_not_allowed",
            format!("only logs in {} may be read", allowed.to_sentence()),
            "Name one of those, or have an administrator add the path in the target's settings (log_paths)",
        )
    };
    let path = Path::new(path.trim());
    if !path.is_absolute() || !allowed.covers_as_written(path) {
        return Err(not_allowed());
    }
    let real = path.canonicalize().map_err(|error| cannot_open(&error))?;
    if !allowed.covers_real(&real) {
        return Err(not_allowed());
    }
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(O_NOFOLLOW | O_NONBLOCK)
        .open(&real)
        .map_err(|error| cannot_open(&error))?;
    let opened = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).map_err(|error| cannot_open(&error))?;
    if !allowed.covers_real(&opened) {
        return Err(not_allowed());
    }
    let kind = file.metadata().map_err(|error| cannot_open(&error))?.file_type();
    match (kind.is_file(), kind.is_dir()) {
        (true, _) => Ok(Opened::File(file, opened)),
        (_, true) => Ok(Opened::Folder(opened)),
        _ => Err(refuse(
            "host.not_a_log",
            "it is a device, pipe or socket".to_owned(),
            "Name a plain file",
        )),
    }
}

fn read(cx: &Cx, mut file: File, path: &Path, input: &Input) -> Result<Answer, Problem> {
    let wanted = input
        .contains
        .as_deref()
        .filter(|text| !text.is_empty())
        .map(str::to_lowercase);
    let window = if wanted.is_some() {
        SEARCHED_BYTES
    } else {
        cx.limits.bytes
    };
    let size = file.metadata().map_err(|error| cannot_open(&error))?.len();
    let tail = tail(&mut file, size, window).map_err(|error| cannot_open(&error))?;
    refuse_binary(&mut file)?;
    let text = String::from_utf8_lossy(&tail);
    let mut found: Vec<&str> = text.lines().collect();
    let starts_inside = size > window;
    if starts_inside && found.len() > 1 {
        // The first line is most likely cut in two.
        found.remove(0);
    }
    found.retain(|line| {
        wanted
            .as_deref()
            .is_none_or(|wanted| line.to_lowercase().contains(wanted))
    });
    let matching = found.len();
    let kept = last_that_fit(
        &found,
        input.lines.min(u32::try_from(cx.limits.rows).unwrap_or(u32::MAX)),
        cx.limits.bytes,
    );
    let truncated = starts_inside || kept.len() < matching;
    let name = show::short(&path.to_string_lossy(), 200);
    Ok(Answer {
        summary: summary(&name, size, &kept, matching, wanted.as_deref(), starts_inside),
        blocks: vec![Block::Log {
            origin: show::from_target(cx),
            title: name,
            lines: kept.into_iter().map(log_line).collect(),
            truncated,
        }],
        suggestions: Vec::new(),
    })
}

fn tail(file: &mut File, size: u64, window: u64) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(size.saturating_sub(window)))?;
    let mut bytes = Vec::with_capacity(size.min(window) as usize);
    // A log grows while it is read: take no more than was asked for.
    file.take(window).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn refuse_binary(file: &mut File) -> Result<(), Problem> {
    const KINDS: [(&[u8], &str, &str); 5] = [
        (
            b"\x1f\x8b",
            "it is compressed (gzip)",
            "Name the log before it was rotated and compressed",
        ),
        (
            b"\xfd7zXZ",
            "it is compressed (xz)",
            "Name the log before it was rotated and compressed",
        ),
        (
            b"\x28\xb5\x2f\xfd",
            "it is compressed (zstd)",
            "Name the log before it was rotated and compressed",
        ),
        (
            b"BZh",
            "it is compressed (bzip2)",
            "Name the log before it was rotated and compressed",
        ),
        (
            b"LPKSHHRH",
            "it is a binary journal of systemd",
            "Read it with journalctl on the machine",
        ),
    ];
    let mut start = [0; 8];
    file.seek(SeekFrom::Start(0)).map_err(|error| cannot_open(&error))?;
    let read = file.read(&mut start).map_err(|error| cannot_open(&error))?;
    match KINDS.iter().find(|(magic, _, _)| start[..read].starts_with(magic)) {
        Some((_, why, next)) => Err(refuse("host.not_a_log", (*why).to_owned(), next)),
        None => Ok(()),
    }
}

fn last_that_fit<'a>(found: &[&'a str], lines: u32, bytes: u64) -> Vec<&'a str> {
    let mut left = bytes;
    let mut kept: Vec<&str> = found
        .iter()
        .rev()
        .take(lines.max(1) as usize)
        .take_while(|line| {
            let size = line.len() as u64 + 1;
            let fits = size <= left;
            left = left.saturating_sub(size);
            fits
        })
        .copied()
        .collect();
    kept.reverse();
    kept
}

fn log_line(line: &str) -> LogLine {
    let first = line.split([' ', '\t']).next().unwrap_or_default();
    let start: String = line.chars().take(200).collect::<String>().to_uppercase();
    let level = [
        ("FATAL", "error"),
        ("PANIC", "error"),
        ("ERROR", "error"),
        ("WARN", "warning"),
    ]
    .into_iter()
    .find(|(word, _)| start.contains(word))
    .map(|(_, level)| level.to_owned());
    LogLine {
        at: first.parse::<Timestamp>().ok(),
        level,
        text: show::short(&mask::line(line), MAX_LINE_CHARS),
    }
}

fn summary(name: &str, size: u64, kept: &[&str], matching: usize, wanted: Option<&str>, starts_inside: bool) -> String {
    let shown = show::count(kept.len() as u64, "line", "lines");
    match wanted {
        None if size == 0 => format!("{name} is empty"),
        None => format!("The last {shown} of {name} ({})", show::size(size)),
        Some(wanted) => {
            let place = if starts_inside {
                format!("the last {} of {name}", show::size(SEARCHED_BYTES))
            } else {
                name.to_owned()
            };
            let found = show::count(matching as u64, "line", "lines");
            let cut = if kept.len() < matching {
                format!("; the last {} are shown", kept.len())
            } else {
                String::new()
            };
            format!("{found} with \"{}\" in {place}{cut}", show::short(wanted, 60))
        }
    }
}

/// The files of an allowed folder, the newest first.
fn list(cx: &Cx, folder: &Path) -> Answer {
    let mut files: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.metadata().ok()?.modified().ok()?,
                entry.metadata().ok()?,
                entry.path(),
            ))
        })
        .collect();
    files.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.2.cmp(&b.2)));
    let total = files.len() as u64;
    let rows = files.into_iter().take(MAX_LISTED).map(|(modified, metadata, path)| {
        let changed = Timestamp::try_from(modified)
            .map(|at| at.to_string())
            .unwrap_or_default();
        let kind = if metadata.is_dir() { "folder" } else { "file" };
        vec![
            json!(show::short(&path.to_string_lossy(), 300)),
            json!(kind),
            json!(metadata.len()),
            json!(changed),
        ]
    });
    let name = show::short(&folder.to_string_lossy(), 200);
    Answer {
        summary: format!(
            "{name} is a folder with {}; name one to read",
            show::count(total, "entry", "entries")
        ),
        blocks: vec![Block::Table {
            origin: show::from_target(cx),
            title: Some(name),
            columns: vec![
                Column::new("path"),
                Column::new("kind"),
                Column::with_unit("size", "bytes"),
                Column::with_unit("changed", "time"),
            ],
            rows: rows.collect(),
            total_rows: Some(total),
        }],
        suggestions: Vec::new(),
    }
}

fn cannot_open(error: &std::io::Error) -> Problem {
    match error.kind() {
        std::io::ErrorKind::NotFound => refuse(
            "host.no_such_log",
            "there is no such file".to_owned(),
            "Name its folder to see what there is",
        ),
        std::io::ErrorKind::PermissionDenied => refuse(
            "host.not_permitted",
            "the user that Steersman runs as may not read it".to_owned(),
            "Give that user the right to read it, for example by its group (adm)",
        ),
        kind => refuse(
            "host.read_failed",
            format!("reading failed ({kind})"),
            "Look at the file on the machine",
        ),
    }
}

/// `what` is filled in by the caller, who knows the path as it was asked for.
fn refuse(code: &str, why: String, next: &str) -> Problem {
    Problem::new(code, String::new(), why, next)
}
