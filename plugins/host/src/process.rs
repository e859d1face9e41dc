//! One process as the kernel describes it: proc(5), `/proc/<pid>/stat`, `status`, `exe`, `cmdline`.

use nix::unistd::{SysconfVar, Uid, User, sysconf};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs};
use steersman_toolkit::protocol::Timestamp;

/// `PF_KTHREAD` of the kernel's `include/linux/sched.h`.
const KERNEL_THREAD: u64 = 0x0020_0000;
const MAX_COMMAND_BYTES: usize = 4096;
const SIGTERM_BIT: u64 = 1 << 14;

/// A process at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pub pid: u32,
    pub name: String,
    pub parent: u32,
    /// One letter of proc(5): `R` running, `S` sleeping, `D` waiting in the kernel, `T` stopped, `Z` ended, …
    pub state: char,
    pub is_kernel_thread: bool,
    /// Clock ticks from boot to start. With pid and boot this is one process and no other.
    pub started_ticks: u64,
    /// The process this belongs to; equals `pid` unless this is a thread.
    pub thread_group: u32,
    /// `None` where we may not look, and for kernel threads.
    pub executable: Option<String>,
    pub owner_uid: u32,
    pub memory_bytes: u64,
    pub ignores_term: bool,
}

impl Process {
    /// The process with this pid now, if there is one.
    pub fn read(pid: u32) -> Option<Self> {
        let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
        let status = fs::read(format!("/proc/{pid}/status")).ok()?;
        let mut process = Self::parse(pid, &String::from_utf8_lossy(&stat), &String::from_utf8_lossy(&status))?;
        process.executable = executable(pid);
        Some(process)
    }

    fn parse(pid: u32, stat: &str, status: &str) -> Option<Self> {
        // The name is in parentheses and may itself hold some: the last one closes it.
        let (head, tail) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = tail.split_whitespace().collect();
        let line = |key: &str| status.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
        let first_number = |key: &str| line(key)?.split_whitespace().next()?.parse::<u64>().ok();
        Some(Self {
            pid,
            name: head.split_once('(')?.1.to_owned(),
            state: fields.first()?.chars().next()?,
            parent: fields.get(1)?.parse().ok()?,
            is_kernel_thread: fields.get(6)?.parse::<u64>().ok()? & KERNEL_THREAD != 0,
            started_ticks: fields.get(19)?.parse().ok()?,
            thread_group: first_number("Tgid:")? as u32,
            executable: None,
            owner_uid: first_number("Uid:")? as u32,
            memory_bytes: first_number("VmRSS:").unwrap_or(0) * 1024,
            ignores_term: line("SigIgn:")
                .and_then(|mask| u64::from_str_radix(mask, 16).ok())
                .is_some_and(|mask| mask & SIGTERM_BIT != 0),
        })
    }

    /// Ended, and only waiting for its parent to take note.
    pub fn has_ended(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x')
    }

    /// What makes this process this one: compared between the plan and the signal.
    pub fn identity(&self) -> BTreeMap<String, Value> {
        BTreeMap::from([
            ("pid".to_owned(), json!(self.pid)),
            ("boot_id".to_owned(), json!(boot_id())),
            ("started_ticks".to_owned(), json!(self.started_ticks)),
            ("executable".to_owned(), json!(self.executable)),
        ])
    }

    pub fn owner(&self) -> String {
        match User::from_uid(Uid::from_raw(self.owner_uid)) {
            Ok(Some(user)) => user.name,
            Ok(None) | Err(_) => format!("user {}", self.owner_uid),
        }
    }

    /// `None` when the clock of the machine is not readable.
    pub fn started_at(&self) -> Option<Timestamp> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let boot: i64 = stat
            .lines()
            .find_map(|line| line.strip_prefix("btime "))?
            .trim()
            .parse()
            .ok()?;
        let ticks_a_second = sysconf(SysconfVar::CLK_TCK).ok()??;
        Timestamp::from_second(boot + (self.started_ticks / ticks_a_second as u64) as i64).ok()
    }

    /// The command line, secrets masked, at most 4 KiB; the name in brackets where there is none.
    pub fn command_line(&self) -> String {
        let mut bytes = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        bytes.truncate(MAX_COMMAND_BYTES);
        let text = String::from_utf8_lossy(&bytes);
        let arguments: Vec<String> = text.trim_end_matches('\0').split('\0').map(str::to_owned).collect();
        if arguments.iter().all(String::is_empty) {
            return format!("[{}]", self.name);
        }
        crate::mask::command_line(&arguments)
    }
}

/// Every process that is there now, in no order. Those that end while we look are left out.
pub fn all() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| Process::read(entry.file_name().to_str()?.parse().ok()?))
        .collect()
}

/// This process and everything above it up to the first.
pub fn ourselves_and_above() -> Vec<u32> {
    let mut chain = vec![std::process::id()];
    while let Some(process) = chain.last().and_then(|&pid| Process::read(pid)) {
        if process.parent == 0 || chain.contains(&process.parent) {
            break;
        }
        chain.push(process.parent);
    }
    chain
}

fn executable(pid: u32) -> Option<String> {
    let path = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    let path = path.to_string_lossy();
    // An upgrade replaces the file under a running program; the program stays the same.
    Some(path.strip_suffix(" (deleted)").unwrap_or(&path).to_owned())
}

fn boot_id() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_can_read_ourselves() {
        let us = Process::read(std::process::id()).expect("we exist");
        assert_eq!(us.thread_group, us.pid);
        assert_eq!(
            us.executable,
            std::env::current_exe()
                .ok()
                .map(|exe| exe.to_string_lossy().into_owned())
        );
        assert!(us.memory_bytes > 100_000 && !us.has_ended() && !us.is_kernel_thread);
        let age = Timestamp::now().as_second() - us.started_at().expect("a start time").as_second();
        assert!((-2..600).contains(&age), "{age}");
        assert!(ourselves_and_above().contains(&us.parent));
    }

    #[test]
    fn kernel_threads_odd_names_and_ignored_signals_are_told_apart() {
        let status =
            |ignored: &str| format!("Name:\tx\nTgid:\t7\nUid:\t104\t0\t0\t0\nVmRSS:\t  12 kB\nSigIgn:\t{ignored}\n");
        let stat =
            |name: &str, flags: u64| format!("7 ({name}) S 2 0 0 0 -1 {flags} 0 0 0 0 0 0 0 0 20 0 1 0 4242 0 0");
        for (name, flags, ignored, expected) in [
            (
                "kworker/0:1",
                2_129_984,
                "0000000000000000",
                ("kworker/0:1", true, false),
            ),
            ("a) R 1 (b", 4_194_560, "0000000000004001", ("a) R 1 (b", false, true)),
        ] {
            let read = Process::parse(7, &stat(name, flags), &status(ignored)).expect("it can be read");
            assert_eq!((&*read.name, read.is_kernel_thread, read.ignores_term), expected);
            assert_eq!(
                (read.parent, read.started_ticks, read.owner_uid, read.memory_bytes),
                (2, 4242, 104, 12_288)
            );
        }
        assert_eq!(Process::parse(7, "garbage", ""), None);
    }

    #[test]
    fn nobody_has_the_largest_pid() {
        assert_eq!(Process::read(u32::MAX), None);
    }
}
