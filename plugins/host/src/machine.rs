//! The machine as a whole: its name, and the names of things on it.

use crate::{mounts, process, settings::Settings};
use std::{collections::HashSet, fs, path::Path};
use steersman_toolkit::{Discovered, protocol::ResourceName};
use tokio::runtime::{Handle, RuntimeFlavor};

const MAX_RESOURCES: usize = 500;
const MAX_LOGS: usize = 300;
/// Folders below an allowed path that are searched for logs to name.
const MAX_LOG_FOLDERS: usize = 200;

/// Runs short synchronous work (tens of milliseconds) without holding up the other tasks of this thread.
pub fn briefly_blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        Ok(_) | Err(_) => work(),
    }
}

/// The machine as a target to offer. Always ready.
pub fn discovered() -> Discovered {
    let name = host_name();
    let system = sysinfo::System::long_os_version().unwrap_or_else(|_| "Linux".to_owned());
    Discovered {
        sentence: format!("This machine, {} ({system})", crate::show::short(&name, 64)),
        name: target_name(&name),
        settings: Settings::default().to_value(),
        is_ready: true,
    }
}

pub fn host_name() -> String {
    sysinfo::System::host_name().unwrap_or_else(|_| "localhost".to_owned())
}

/// The host's name where it is a name that people say, else `this-machine`: containers are called by hexadecimal digits.
fn target_name(host_name: &str) -> String {
    let first = host_name.split('.').next().unwrap_or_default().to_lowercase();
    let is_sayable = (2..=40).contains(&first.len())
        && first
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && first.starts_with(|c: char| c.is_ascii_lowercase())
        && !(first.len() >= 12 && first.bytes().all(|b| b.is_ascii_hexdigit()))
        && first != "localhost";
    if is_sayable { first } else { "this-machine".to_owned() }
}

/// Names that people say: mount points and logs (`path`), and programs by memory (`process`).
pub fn resources(settings: &Settings) -> Vec<ResourceName> {
    let named = |kind: &str, name: String| ResourceName {
        kind: kind.to_owned(),
        name,
    };
    let mounts = mounts::with_data()
        .into_iter()
        .filter_map(|mount| Some(mount.mount_point.to_str()?.to_owned()));
    let mut seen = HashSet::new();
    let mut processes = process::all();
    processes.sort_by_key(|process| std::cmp::Reverse(process.memory_bytes));
    mounts
        .map(|mount| named("path", mount))
        .chain(logs(&settings.log_paths).into_iter().map(|log| named("path", log)))
        .chain(
            processes
                .into_iter()
                .filter(|process| !process.is_kernel_thread && seen.insert(process.name.clone()))
                .map(|process| named("process", process.name)),
        )
        .filter(|resource| !resource.name.chars().any(char::is_control))
        .take(MAX_RESOURCES)
        .collect()
}

/// Plain files below the allowed paths, the largest first. Patterns are not expanded, links not followed.
fn logs(allowed: &[String]) -> Vec<String> {
    let mut folders: Vec<_> = allowed
        .iter()
        .filter(|entry| !entry.contains(['*', '?']))
        .map(Path::new)
        .map(Path::to_owned)
        .collect();
    let mut found = Vec::new();
    let mut visited = 0;
    while let Some(place) = folders.pop() {
        visited += 1;
        if visited > MAX_LOG_FOLDERS {
            break;
        }
        if place.is_file() {
            found.push((0, place.clone()));
        }
        for entry in fs::read_dir(&place).into_iter().flatten().flatten().take(1_000) {
            match entry.metadata() {
                Ok(meta) if meta.is_dir() => folders.push(entry.path()),
                Ok(meta) if meta.is_file() && meta.len() > 0 => found.push((meta.len(), entry.path())),
                Ok(_) | Err(_) => {}
            }
        }
    }
    found.sort_by(|a, b| b.cmp(a));
    found
        .into_iter()
        .filter_map(|(_, path)| Some(path.to_str()?.to_owned()))
        .filter(|path| {
            ![".gz", ".xz", ".zst", ".bz2", ".journal"]
                .iter()
                .any(|end| path.ends_with(end))
        })
        .take(MAX_LOGS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_machine_is_called_by_its_name_where_people_can_say_it() {
        for (given, expected) in [
            ("web-1.example.org", "web-1"),
            ("Berlin", "berlin"),
            ("3f2a9c0d1e4b", "this-machine"),
            ("af2a9c0d1e4b", "this-machine"),
            ("localhost", "this-machine"),
            ("", "this-machine"),
            ("müller", "this-machine"),
        ] {
            assert_eq!(target_name(given), expected);
        }
    }

    #[test]
    fn the_offered_settings_are_the_defaults() {
        assert_eq!(
            discovered().settings,
            json!({"log_paths": ["/var/log"], "search_roots": ["/"]})
        );
        assert!(discovered().is_ready);
    }
}
