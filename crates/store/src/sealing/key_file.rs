//! A file of master keys: the current one on the first line, older ones below.

use super::key::{KeyError, KeyRing, MasterKey};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

impl MasterKey {
    /// The current key of the file, which is made (mode 0600) when it is not there.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        KeyRing::load_or_create(path).map(|ring| ring.current)
    }
}

impl KeyRing {
    /// Reads the file, or makes one with a new key (mode 0600). Of two processes that start at once, one makes it and
    /// both use it. A file that others can read is refused.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        match load(path) {
            Err(KeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                create(path, &KeyRing::new(MasterKey::generate()?))?;
                load(path)
            }
            done => done,
        }
    }

    /// Replaces the file in one step; a crash leaves the old or the new one, whole.
    ///
    /// To rotate: save a ring with the new key in front, call `Store::rotate_key`, save a ring with the new key alone.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        let draft = write_draft(path, self)?;
        fs::rename(&draft, path)
            .and_then(|()| sync_folder(path))
            .map_err(|source| failed(path, source))
    }
}

fn load(path: &Path) -> Result<KeyRing, KeyError> {
    let mut file = File::open(path).map_err(|source| failed(path, source))?;
    let mode = file
        .metadata()
        .map_err(|source| failed(path, source))?
        .permissions()
        .mode()
        & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(|source| failed(path, source))?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<KeyRing, KeyError> {
    let malformed = |line| KeyError::MalformedFile {
        path: path.to_owned(),
        line,
    };
    let mut keys = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(i, line)| MasterKey::from_env_text(line).map_err(|_| malformed(i + 1)));
    let current = keys.next().unwrap_or_else(|| Err(malformed(1)))?;
    Ok(KeyRing {
        current,
        older: keys.collect::<Result<_, _>>()?,
    })
}

/// Never shows a half-written file under its name: written aside, then linked, which fails if the name is taken.
fn create(path: &Path, ring: &KeyRing) -> Result<(), KeyError> {
    let draft = write_draft(path, ring)?;
    let linked = match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    };
    let _ = fs::remove_file(&draft);
    linked
        .and_then(|()| sync_folder(path))
        .map_err(|source| failed(path, source))
}

fn write_draft(path: &Path, ring: &KeyRing) -> Result<PathBuf, KeyError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", uuid::Uuid::from_bytes(random()?)));
    let draft = path.with_file_name(name);
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        for key in std::iter::once(&ring.current).chain(&ring.older) {
            file.write_all(key.to_hex().as_bytes())?;
            file.write_all(b"\n")?;
        }
        file.sync_all()
    };
    write().map(|()| draft.clone()).map_err(|source| {
        let _ = fs::remove_file(&draft);
        failed(path, source)
    })
}

fn random() -> Result<[u8; 16], KeyError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
    Ok(bytes)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

fn failed(path: &Path, source: io::Error) -> KeyError {
    KeyError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = MasterKey::load_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(MasterKey::load_or_create(&path).unwrap().id(), made.id());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::load_or_create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let problem = MasterKey::load_or_create(&path)
            .unwrap_err()
            .to_problem("Could not start");
        assert_eq!(problem.code, "store.key_exposed");
        assert!(problem.why.contains("640"), "{problem}");
    }

    #[test]
    fn a_malformed_key_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        for text in ["", "nonsense\n"] {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let problem = MasterKey::load_or_create(&path)
                .unwrap_err()
                .to_problem("Could not start");
            assert_eq!(problem.code, "store.key_malformed");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_saved_ring_is_read_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let old = KeyRing::load_or_create(&path).unwrap();
        let ring = old.with_current(MasterKey::generate().unwrap());
        ring.save(&path).unwrap();
        let read = KeyRing::load_or_create(&path).unwrap();
        assert_eq!(read.current.id(), ring.current.id());
        assert_eq!(read.older[0].id(), old.current.id());
    }

    #[test]
    fn processes_that_start_at_once_agree_on_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let ids: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| MasterKey::load_or_create(&path).unwrap().id().to_owned()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
}
