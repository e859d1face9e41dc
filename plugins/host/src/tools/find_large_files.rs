//! *Find large files*: what fills a disk.

use crate::{Reader, allow::AllowList, machine, show};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet},
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Column, Problem, Risk, Timestamp},
};

const MAX_LIMIT: u32 = 200;
/// Other tasks get their turn after this many entries, and a stop is noticed.
const ENTRIES_BETWEEN_YIELDS: u64 = 500;
/// Not files, whatever their sizes say.
const NEVER: [&str; 2] = ["/proc", "/sys"];

pub struct FindLargeFiles;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The folder to search, with everything below on the same file system; none means the whole root disk.
    /// Example: "/var"
    #[serde(default)]
    #[schemars(extend("x-slot" = "path"))]
    path: Option<String>,
    /// Files must take at least this much of the disk, in bytes. Example: 104857600
    #[serde(default = "hundred_mib")]
    #[schemars(extend("x-slot" = "size_bytes"))]
    min_size_bytes: u64,
    /// How many files to show at most, the largest first. Example: 20
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 200), extend("x-slot" = "count"))]
    limit: u32,
}

fn hundred_mib() -> u64 {
    100 * 1024 * 1024
}

fn twenty() -> u32 {
    20
}

#[async_trait]
impl Query for FindLargeFiles {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "host.find_large_files",
            title: "Find large files",
            description: "Finds the files that take the most of a disk below a folder of a machine, without crossing \
                          into other file systems or following links; gives what it found when time runs out.",
            example: "find files over 1 GB in /var on {target}",
            synonyms: &[
                "big files",
                "largest files",
                "huge files",
                "what fills the disk",
                "what takes the space",
                "du",
                "ncdu",
                "clean up disk",
                "where did the space go",
                "disk hog",
                "biggest files",
                "which files are big",
            ],
            category: "host",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let root = choose(cx, &reader.settings.search_roots, input.path.as_deref())?;
        let mut search = Search::new(&root, &input);
        // The last tenth of the time is for the way back.
        let deadline = Instant::now() + Duration::from_millis(cx.limits.time_ms / 10 * 9);
        let stopped = search.walk(cx, deadline).await;
        Ok(search.answer(cx, &root, stopped))
    }
}

fn choose(cx: &Cx, roots: &[String], path: Option<&str>) -> Result<PathBuf, Problem> {
    let allowed = AllowList::new(roots);
    let asked = path
        .map(str::trim)
        .filter(|path| !path.is_empty())
        .or(roots.first().map(String::as_str))
        .unwrap_or("/");
    let refuse = |code: &str, why: String, next: &str| {
        let what = format!("Could not search {} on {}", show::short(asked, 200), cx.target.name);
        Err(Problem::new(code, what, why, next))
    };
    let not_allowed = || {
        let why = format!("only {} may be searched", allowed.to_sentence());
        refuse(
            "host.path_not_allowed",
            why,
            "Name a folder there, or have an administrator add it in the target's settings (search_roots)",
        )
    };
    if !asked.starts_with('/') || !allowed.covers_as_written(Path::new(asked)) {
        return not_allowed();
    }
    match machine::briefly_blocking(|| Path::new(asked).canonicalize()) {
        Ok(real) if !allowed.covers_real(&real) => not_allowed(),
        Ok(real) if NEVER.iter().any(|never| real.starts_with(never)) => refuse(
            "host.not_a_folder",
            "the kernel's tables are there, no files".to_owned(),
            "Name a folder with files, for example /var",
        ),
        Ok(real) if real.is_dir() => Ok(real),
        Ok(_) | Err(_) => refuse(
            "host.not_a_folder",
            "there is no such folder, or it may not be looked at".to_owned(),
            "Name a folder that exists, for example /var",
        ),
    }
}

#[derive(Clone, Copy)]
enum Stopped {
    Finished,
    OutOfTime,
    Cancelled,
}

/// (taken on disk, path, apparent size, changed at)
type File = (u64, PathBuf, u64, i64);

struct Search {
    file_system: Option<u64>,
    folders: Vec<PathBuf>,
    /// The largest so far, the smallest of them on top.
    largest: BinaryHeap<Reverse<File>>,
    seen_links: HashSet<u64>,
    min_bytes: u64,
    limit: usize,
    entries: u64,
    over_minimum: u64,
    unreadable: u64,
}

impl Search {
    fn new(root: &Path, input: &Input) -> Self {
        Self {
            file_system: fs::symlink_metadata(root).map(|meta| meta.dev()).ok(),
            folders: vec![root.to_owned()],
            largest: BinaryHeap::new(),
            seen_links: HashSet::new(),
            min_bytes: input.min_size_bytes,
            limit: input.limit.clamp(1, MAX_LIMIT) as usize,
            entries: 0,
            over_minimum: 0,
            unreadable: 0,
        }
    }

    async fn walk(&mut self, cx: &Cx, deadline: Instant) -> Stopped {
        while let Some(folder) = self.folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else {
                self.unreadable += 1;
                continue;
            };
            for entry in entries.flatten() {
                self.consider(&entry);
                if self.entries.is_multiple_of(ENTRIES_BETWEEN_YIELDS) {
                    if cx.cancel.is_cancelled() {
                        return Stopped::Cancelled;
                    }
                    if Instant::now() >= deadline {
                        return Stopped::OutOfTime;
                    }
                    if self.entries.is_multiple_of(100_000) {
                        cx.progress.say(&format!("searching: {} entries seen", self.entries));
                    }
                    tokio::task::yield_now().await;
                }
            }
        }
        Stopped::Finished
    }

    fn consider(&mut self, entry: &fs::DirEntry) {
        self.entries += 1;
        // Of the entry itself: a link is not followed.
        let Ok(meta) = entry.metadata() else {
            self.unreadable += 1;
            return;
        };
        if Some(meta.dev()) != self.file_system {
            return;
        }
        if meta.is_dir() {
            let path = entry.path();
            if !NEVER.iter().any(|never| path == Path::new(never)) {
                self.folders.push(path);
            }
            return;
        }
        let on_disk = meta.blocks() * 512;
        if !meta.is_file() || on_disk < self.min_bytes || (meta.nlink() > 1 && !self.seen_links.insert(meta.ino())) {
            return;
        }
        self.over_minimum += 1;
        self.largest
            .push(Reverse((on_disk, entry.path(), meta.len(), meta.mtime())));
        if self.largest.len() > self.limit {
            self.largest.pop();
        }
    }

    fn answer(self, cx: &Cx, root: &Path, stopped: Stopped) -> Answer {
        let files: Vec<File> = self
            .largest
            .into_sorted_vec()
            .into_iter()
            .map(|Reverse(file)| file)
            .collect();
        let over = show::size(self.min_bytes);
        let place = show::short(&root.to_string_lossy(), 200);
        let mut summary = match files.first() {
            None => format!("No file under {place} takes {over} or more"),
            Some((size, path, _, _)) => format!(
                "{} of {over} or more under {place}; the largest is \"{}\" with {}",
                show::count(self.over_minimum, "file", "files"),
                show::short(&path.to_string_lossy(), 200),
                show::size(*size)
            ),
        };
        let note = match stopped {
            Stopped::Finished => None,
            Stopped::OutOfTime => Some("time ran out"),
            Stopped::Cancelled => Some("it was stopped"),
        };
        if let Some(note) = note {
            summary.push_str(&format!(" (partial: {note} after {} entries)", self.entries));
        }
        let mut blocks = vec![table(cx, &files, self.over_minimum)];
        if self.unreadable > 0 {
            let folders = show::count(self.unreadable, "folder or file", "folders or files");
            blocks.push(Block::text(format!(
                "{folders} could not be looked at with the rights of Steersman's user."
            )));
        }
        Answer {
            summary,
            blocks,
            suggestions: Vec::new(),
        }
    }
}

fn table(cx: &Cx, files: &[File], total: u64) -> Block {
    let rows = files.iter().map(|(on_disk, path, size, changed)| {
        let changed = Timestamp::from_second(*changed)
            .map(|at| at.to_string())
            .unwrap_or_default();
        vec![
            json!(show::short(&path.to_string_lossy(), 500)),
            json!(on_disk),
            json!(size),
            json!(changed),
        ]
    });
    Block::Table {
        origin: show::from_target(cx),
        title: Some("Large files".to_owned()),
        columns: vec![
            Column::new("path"),
            Column::with_unit("on disk", "bytes"),
            Column::with_unit("size", "bytes"),
            Column::with_unit("changed", "time"),
        ],
        rows: rows.collect(),
        total_rows: Some(total),
    }
}
