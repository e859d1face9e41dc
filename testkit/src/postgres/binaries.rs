//! Where PostgreSQL's server programs are on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The folder with `initdb` and `postgres`, and the version they report.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
    version: String,
}

impl Binaries {
    /// Looks in `STEERSMAN_TEST_PG_BIN`, then where `pg_config` points, then in
    /// `/usr/lib/postgresql/*/bin` (the highest major version wins).
    ///
    /// Fails with the package to install when there is none.
    pub fn find() -> Result<Self> {
        if let Some(folder) = std::env::var_os("STEERSMAN_TEST_PG_BIN") {
            let folder = PathBuf::from(folder);
            if !is_complete(&folder) {
                bail!(
                    "STEERSMAN_TEST_PG_BIN names {}, but initdb and postgres are not in it. \
                     Point it at the folder that holds PostgreSQL's server programs.",
                    folder.display()
                );
            }
            return Self::of(folder);
        }
        let candidates = from_pg_config().into_iter().chain(from_distribution());
        match candidates.into_iter().find(|folder| is_complete(folder)) {
            Some(folder) => Self::of(folder),
            None => bail!(
                "Could not start a PostgreSQL for the tests: initdb and postgres were not found. \
                 Install them with `sudo apt-get install postgresql postgresql-contrib`, or set \
                 STEERSMAN_TEST_PG_BIN to the folder that holds them."
            ),
        }
    }

    fn of(folder: PathBuf) -> Result<Self> {
        let output = Command::new(folder.join("postgres"))
            .arg("--version")
            .output()
            .with_context(|| format!("Could not ask {}/postgres for its version", folder.display()))?;
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(Self { folder, version })
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// `15`, or nothing where the server reports no number.
    pub fn major(&self) -> &str {
        let number = self
            .version
            .split_whitespace()
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        number.and_then(|number| number.split('.').next()).unwrap_or_default()
    }

    /// Whether `CREATE EXTENSION name` would find its files.
    pub fn has_extension(&self, name: &str) -> bool {
        let output = Command::new(self.folder.join("pg_config")).arg("--sharedir").output();
        let asked = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
        let shared = [
            asked.map(|text| PathBuf::from(text.trim())),
            // Debian keeps pg_config in a package for developers, and the shared files of each major version apart.
            Some(PathBuf::from(format!("/usr/share/postgresql/{}", self.major()))),
        ];
        let mut folders = shared.into_iter().flatten();
        folders.any(|folder| folder.join("extension").join(format!("{name}.control")).is_file())
    }

    /// As the server says it: `postgres (PostgreSQL) 15.20 …`.
    pub fn version(&self) -> &str {
        &self.version
    }
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file())
}

fn from_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(text.trim()))
}

/// Debian and Ubuntu keep each major version apart and off the PATH.
fn from_distribution() -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir("/usr/lib/postgresql") else {
        return Vec::new();
    };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let major = entry.file_name().to_str()?.parse().ok()?;
            Some((major, entry.path().join("bin")))
        })
        .collect();
    versions.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    versions.into_iter().map(|(_, folder)| folder).collect()
}
