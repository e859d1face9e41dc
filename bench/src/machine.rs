//! What the figures were taken on.

use jiff::Timestamp;
use serde::Serialize;
use std::{fs, path::Path, thread};

/// A machine without its description makes a figure worthless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub memory_mib: u64,
    pub kernel: String,
    /// Of the data directory: type, device, mount options.
    pub file_system: String,
    /// UTC, to the second.
    pub date: String,
    pub build: String,
    pub load: String,
}

impl Machine {
    /// This machine, with the file system that holds `data_dir`.
    pub fn look(data_dir: &Path) -> Self {
        let date = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default();
        Self {
            cpu: cpu(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory_mib: memory_mib(),
            kernel: first_line("/proc/sys/kernel/osrelease"),
            file_system: file_system(data_dir),
            date: date.to_string(),
            build: crate::binary::profile(),
            load: first_line("/proc/loadavg"),
        }
    }

    pub fn lines(&self) -> Vec<(&'static str, String)> {
        vec![
            ("CPU", format!("{}, {} cores", self.cpu, self.cores)),
            ("memory", format!("{} MiB", self.memory_mib)),
            ("kernel", self.kernel.clone()),
            ("data dir on", self.file_system.clone()),
            ("date", self.date.clone()),
            ("build", self.build.clone()),
            ("load", self.load.clone()),
        ]
    }
}

fn first_line(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").trim().to_owned()
}

fn cpu() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find(|line| line.starts_with("model name"));
    model
        .and_then(|line| line.split_once(':'))
        .map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

fn memory_mib() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    total
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or_default()
        / 1024
}

/// The mount with the longest path that holds the directory (proc(5), mountinfo).
fn file_system(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let text = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let (place, rest) = line.split_once(" - ")?;
            let at = place.split_whitespace().nth(4)?;
            path.starts_with(at).then_some((at.len(), rest.to_owned()))
        })
        .max_by_key(|(length, _)| *length)
        .map_or_else(|| "unknown".to_owned(), |(_, rest)| rest)
}
