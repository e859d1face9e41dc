//! The data directory: database, master key, the lock of the running server, and where to reach it.

use anyhow::{Context, Result, bail};
use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use steersman_runtime::store::{KeyRing, MasterKey};

/// A directory that only its owner can read.
#[derive(Clone, Debug)]
pub struct DataDir(PathBuf);

/// Held by the process that writes the database; a second one would not see the first one's runs.
pub struct Lock(#[expect(dead_code, reason = "held, never read")] Flock<File>);

/// How commands on this machine reach the running server. Readable by the owner only.
#[derive(Debug, Serialize, Deserialize)]
pub struct Address {
    pub url: String,
    pub token: String,
}

impl DataDir {
    /// The given directory, or the platform's; made with mode 0700 when it is not there.
    pub fn open(given: Option<&Path>) -> Result<Self> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => choose_app_strategy(AppStrategyArgs {
                top_level_domain: "dev".into(),
                author: "steersman".into(),
                app_name: "steersman".into(),
            })
            .context("could not find your home directory; give --data-dir")?
            .data_dir(),
        };
        if !path.is_dir() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&path)
                .with_context(|| format!("could not create the data directory {}", path.display()))?;
        }
        Ok(Self(path))
    }

    /// An empty directory in the temporary folder; what an earlier demo left there is gone.
    pub fn fresh_for_a_demo() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("steersman-demo-data-{}", nix::unistd::getuid()));
        let this = Self::open(Some(&path))?;
        let Some(lock) = this.lock()? else {
            bail!("a demo is running already; stop it first, or give --data-dir for a second one");
        };
        fs::remove_dir_all(&path).with_context(|| format!("could not remove {}", path.display()))?;
        drop(lock);
        Self::open(Some(&path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
    pub fn database(&self) -> PathBuf {
        self.0.join("steersman.db")
    }
    pub fn key_file(&self) -> PathBuf {
        self.0.join("master.key")
    }

    /// Takes the directory for this process; `None` when a server is running on it.
    pub fn lock(&self) -> Result<Option<Lock>> {
        let path = self.0.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("could not open {}", path.display()))?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => Ok(Some(Lock(lock))),
            Err((_, nix::errno::Errno::EWOULDBLOCK)) => Ok(None),
            Err((_, error)) => Err(error).with_context(|| format!("could not lock {}", path.display())),
        }
    }

    /// The master key: `STEERSMAN_KEY`, else the key file, which the first start makes.
    pub fn keys(&self) -> Result<KeyRing> {
        let current = match std::env::var("STEERSMAN_KEY") {
            Ok(text) => MasterKey::from_env_text(&text).context("STEERSMAN_KEY is not usable")?,
            Err(std::env::VarError::NotPresent) => {
                MasterKey::load_or_create(&self.key_file()).context("the master key file is not usable")?
            }
            Err(std::env::VarError::NotUnicode(_)) => bail!("STEERSMAN_KEY is not text"),
        };
        Ok(KeyRing {
            current,
            older: Vec::new(),
        })
    }

    pub fn write_address(&self, address: &Address) -> Result<()> {
        let path = self.0.join("server.json");
        let fresh = self.0.join("server.json.new");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(serde_json::to_string_pretty(address)?.as_bytes())?;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        fs::rename(&fresh, &path).with_context(|| format!("could not write {}", path.display()))
    }

    pub fn remove_address(&self) {
        let _ = fs::remove_file(self.0.join("server.json"));
    }

    /// Where the running server is; `None` when it did not say.
    pub fn address(&self) -> Option<Address> {
        serde_json::from_str(&fs::read_to_string(self.0.join("server.json")).ok()?).ok()
    }

    /// The session that `steersman ask` continues.
    pub fn last_session(&self) -> Option<String> {
        fs::read_to_string(self.0.join("last-session"))
            .ok()
            .map(|text| text.trim().to_owned())
    }

    pub fn remember_session(&self, id: &str) {
        // Only a convenience; without it the next ask begins a new session.
        let _ = fs::write(self.0.join("last-session"), id);
    }
}
