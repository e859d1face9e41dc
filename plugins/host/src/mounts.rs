//! Mounted file systems that hold somebody's data.

use nix::sys::statvfs::statvfs;
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::process::Command;

/// How long a file server may take to say how full it is.
const REMOTE_PATIENCE: Duration = Duration::from_secs(2);

/// One line of `/proc/self/mountinfo` (proc(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub mount_point: PathBuf,
    pub device: String,
    pub kind: String,
    device_id: String,
}

/// How full one file system is. Bytes, and counts of inodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    pub size: u64,
    pub used: u64,
    /// For ordinary users; what is reserved for root is neither used nor available.
    pub available: u64,
    /// `None` where the file system counts no inodes (btrfs, some file servers).
    pub inodes: Option<u64>,
    pub inodes_free: u64,
}

impl Usage {
    /// As `df` says it: used of what ordinary users could use.
    pub fn used_percent(&self) -> f64 {
        crate::show::percent(self.used, self.used + self.available)
    }

    pub fn inodes_percent(&self) -> Option<f64> {
        self.inodes
            .map(|all| crate::show::percent(all.saturating_sub(self.inodes_free), all))
    }
}

impl Mount {
    pub fn is_remote(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "nfs" | "nfs4" | "cifs" | "smb3" | "smbfs" | "ceph" | "glusterfs" | "9p" | "afs" | "lustre"
        ) || self.kind.starts_with("fuse.")
    }

    /// Kernel tables and memory, read-only images, and layers of containers are not where data fills up.
    fn holds_data(&self) -> bool {
        const NEVER: [&str; 8] = [
            "squashfs",
            "iso9660",
            "tmpfs",
            "ramfs",
            "devtmpfs",
            "autofs",
            "efivarfs",
            "fuse.lxcfs",
        ];
        let is_root = self.mount_point == Path::new("/");
        let has_backing =
            self.device.starts_with('/') || self.is_remote() || matches!(self.kind.as_str(), "zfs" | "bcachefs");
        is_root || (has_backing && self.kind != "overlay" && !NEVER.contains(&self.kind.as_str()))
    }

    /// `None` when the file system does not answer; a file server gets two seconds.
    pub async fn usage(&self) -> Option<Usage> {
        if !self.is_remote() {
            return local_usage(&self.mount_point);
        }
        // A dead file server blocks whoever asks, in the kernel, without end: let a process of its own ask.
        remote_usage(&self.mount_point).await
    }
}

/// All mounts now, in the order of mounting.
pub fn all() -> Vec<Mount> {
    parse(&std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default())
}

/// Mounts that hold data, one for each file system: the shortest mount point where there are several.
pub fn with_data() -> Vec<Mount> {
    let mut mounts: Vec<Mount> = all().into_iter().filter(Mount::holds_data).collect();
    mounts.sort_by_key(|mount| mount.mount_point.as_os_str().len());
    let mut seen = HashSet::new();
    mounts.retain(|mount| seen.insert(mount.device_id.clone()));
    mounts
}

/// The mount that holds a real path: the longest mount point above it, the last one mounted there.
pub fn holding(path: &Path) -> Option<Mount> {
    all()
        .into_iter()
        .filter(|mount| path.starts_with(&mount.mount_point))
        .max_by_key(|mount| mount.mount_point.as_os_str().len())
}

pub fn local_usage(mount_point: &Path) -> Option<Usage> {
    let stat = statvfs(mount_point).ok()?;
    Some(usage(
        stat.fragment_size() as u64,
        [
            stat.blocks() as u64,
            stat.blocks_free() as u64,
            stat.blocks_available() as u64,
        ],
        [stat.files() as u64, stat.files_free() as u64],
    ))
}

async fn remote_usage(mount_point: &Path) -> Option<Usage> {
    let asking = Command::new("stat")
        .args(["-f", "-c", "%S %b %f %a %c %d", "--"])
        .arg(mount_point)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let answer = tokio::time::timeout(REMOTE_PATIENCE, asking).await.ok()?.ok()?;
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    let numbers: Vec<u64> = text.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    match numbers[..] {
        [block, all, free, available, inodes, inodes_free] => {
            Some(usage(block, [all, free, available], [inodes, inodes_free]))
        }
        _ => None,
    }
}

fn usage(block: u64, [all, free, available]: [u64; 3], [inodes, inodes_free]: [u64; 2]) -> Usage {
    Usage {
        size: block.saturating_mul(all),
        used: block.saturating_mul(all.saturating_sub(free)),
        available: block.saturating_mul(available),
        inodes: (inodes > 0).then_some(inodes),
        inodes_free,
    }
}

fn parse(mountinfo: &str) -> Vec<Mount> {
    mountinfo
        .lines()
        .filter_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            let before: Vec<&str> = before.split(' ').collect();
            let mut after = after.split(' ');
            Some(Mount {
                device_id: (*before.get(2)?).to_owned(),
                mount_point: PathBuf::from(unescape(before.get(4)?)),
                kind: after.next()?.to_owned(),
                device: unescape(after.next()?),
            })
        })
        .collect()
}

/// The kernel writes blanks and backslashes in names as three octal digits.
fn unescape(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (code, character)| text.replace(code, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTINFO: &str = "\
22 27 0:21 / /proc rw - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
28 27 254:0 /srv /srv/bound rw - ext4 /dev/vda rw
29 27 254:16 / /mnt/with\\040blank rw shared:1 - xfs /dev/vdb rw
30 27 0:25 / /run rw - tmpfs tmpfs rw
31 27 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro
32 27 0:40 / /home rw - nfs4 files:/home rw
33 27 0:41 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw
";

    #[test]
    fn only_file_systems_with_data_count_and_bound_folders_count_once() {
        let mounts = parse(MOUNTINFO);
        let kept: Vec<String> = mounts
            .iter()
            .filter(|mount| mount.holds_data())
            .map(|mount| format!("{} {}", mount.mount_point.display(), mount.is_remote()))
            .collect();
        assert_eq!(
            kept,
            ["/ false", "/srv/bound false", "/mnt/with blank false", "/home true"]
        );
        assert_eq!(mounts.iter().filter(|m| m.device_id == "254:0").count(), 2);
    }

    #[test]
    fn the_root_of_a_container_counts_although_it_is_an_overlay() {
        assert!(parse("1 0 0:50 / / rw - overlay overlay rw")[0].holds_data());
    }

    #[test]
    fn percent_used_ignores_what_is_reserved() {
        let usage = usage(1, [100, 20, 10], [0, 0]);
        assert_eq!((usage.used, usage.available, usage.inodes), (80, 10, None));
        assert_eq!(usage.used_percent(), 88.9);
    }

    #[tokio::test]
    async fn the_careful_way_of_asking_agrees_with_the_direct_one() {
        let direct = local_usage(Path::new("/proc")).expect("proc answers");
        let careful = remote_usage(Path::new("/proc")).await.expect("stat answers");
        assert_eq!((direct.size, direct.used), (careful.size, careful.used));
        let root = local_usage(Path::new("/")).expect("root answers");
        let careful = remote_usage(Path::new("/")).await.expect("stat answers");
        assert_eq!((root.size, root.inodes), (careful.size, careful.inodes));
    }
}
