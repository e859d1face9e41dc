//! Which paths a tool may open.

use std::path::{Component, Path, PathBuf};

/// Paths a person allowed: files, folders with all below, or patterns.
///
/// Judges real paths, with symlinks and `..` resolved, so that a link inside an allowed folder opens nothing outside.
pub struct AllowList {
    /// As written.
    written: Vec<String>,
    /// With the part before the first wild card resolved, as the allowed folder may itself be behind a link.
    real: Vec<String>,
}

impl AllowList {
    pub fn new(entries: &[String]) -> Self {
        Self {
            written: entries.to_vec(),
            real: entries.iter().map(|entry| resolve(entry)).collect(),
        }
    }

    /// Whether a path as a person wrote it is worth looking at. Touches no file: says nothing about what exists.
    pub fn covers_as_written(&self, path: &Path) -> bool {
        let plain = without_dots(path);
        [&self.written, &self.real]
            .into_iter()
            .flatten()
            .any(|entry| covers(entry, &plain))
    }

    /// Whether a real path (of an open file, or canonicalised) is allowed.
    pub fn covers_real(&self, path: &Path) -> bool {
        self.real.iter().any(|entry| covers(entry, path))
    }

    /// The entries as written, for messages.
    pub fn to_sentence(&self) -> String {
        match self.written.len() {
            0 => "no path at all".to_owned(),
            _ => self.written.join(", "),
        }
    }
}

/// The entry covers the path itself or one of the folders above it.
fn covers(entry: &str, path: &Path) -> bool {
    path.ancestors()
        .filter_map(Path::to_str)
        .any(|ancestor| matches(entry.as_bytes(), ancestor.as_bytes()))
}

/// `**` matches anything, `*` anything but `/`, `?` one character but `/`.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|skip| matches(rest, &text[skip..])),
        [b'*', rest @ ..] => {
            let stop = text.iter().position(|&b| b == b'/').unwrap_or(text.len());
            (0..=stop).any(|skip| matches(rest, &text[skip..]))
        }
        [b'?', rest @ ..] => text.first().is_some_and(|&b| b != b'/') && matches(rest, &text[1..]),
        [first, rest @ ..] => text.first() == Some(first) && matches(rest, &text[1..]),
    }
}

fn resolve(entry: &str) -> String {
    let plain_end = match entry.find(['*', '?']) {
        Some(wild) => entry[..wild].rfind('/').unwrap_or(0),
        None => entry.len(),
    };
    let (plain, pattern) = entry.split_at(plain_end);
    match std::fs::canonicalize(plain) {
        Ok(real) => format!("{}{pattern}", real.to_string_lossy()),
        Err(_) => entry.to_owned(),
    }
}

/// The path with `.` and `..` taken out by their letters alone.
fn without_dots(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            Component::RootDir | Component::Normal(_) | Component::Prefix(_) => plain.push(part),
        }
        plain
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_covers_itself_and_what_is_below_and_nothing_beside() {
        for (entry, path, expected) in [
            ("/var/log", "/var/log", true),
            ("/var/log", "/var/log/nginx/access.log", true),
            ("/var/log", "/var/logs/x", false),
            ("/var/log", "/var", false),
            ("/var/log", "/var/log/../../etc/shadow", false),
            ("/var/log", "/var/./log/x", true),
            ("/srv/*/logs", "/srv/shop/logs/a/b.log", true),
            ("/srv/*/logs", "/srv/shop/data/x", false),
            ("/srv/*/logs", "/srv/a/b/logs/x", false),
            ("/srv/**/logs", "/srv/a/b/logs/x", true),
            ("/srv/app?.log", "/srv/app1.log", true),
            ("/srv/app?.log", "/srv/app/.log", false),
            ("/srv/*.log", "/srv/a.log.d/x", false),
            ("/", "/etc/hosts", true),
        ] {
            let list = AllowList {
                written: vec![entry.to_owned()],
                real: Vec::new(),
            };
            assert_eq!(list.covers_as_written(Path::new(path)), expected, "{entry} on {path}");
        }
    }

    #[test]
    fn an_allowed_folder_behind_a_link_allows_what_it_leads_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let real = folder.path().canonicalize().expect("real").join("data");
        std::fs::create_dir(&real).expect("data");
        let link = folder.path().join("logs");
        std::os::unix::fs::symlink(&real, &link).expect("link");
        let list = AllowList::new(&[link.to_string_lossy().into_owned()]);
        assert!(list.covers_as_written(&link.join("x.log")));
        assert!(list.covers_real(&real.join("x.log")));
        assert!(!list.covers_real(Path::new("/etc/passwd")));
    }
}
