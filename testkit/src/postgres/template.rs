//! One data directory made by `initdb`, copied for every server.
//!
//! `initdb` costs half a second and more on a busy machine; nextest starts a process a
//! test. The copy takes a tenth of that.

use std::fs::{File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::account::Account;
use super::binaries::Binaries;

/// The superuser of every test server.
pub const USER: &str = "steersman";
/// Its password. Not a secret: the server listens on loopback and lives as long as a test.
pub const PASSWORD: &str = "a password for tests";

/// Copies the template to `data` (which must not exist), making the template first if
/// this machine has none for this version and account.
pub fn copy_to(data: &Path, binaries: &Binaries, account: &Account) -> Result<()> {
    let template = obtain(binaries, account)?;
    let mut copy = Command::new("cp");
    copy.args(["-a", "--reflink=auto"]).arg(&template).arg(data);
    account.apply(&mut copy);
    run(&mut copy, "copy the prepared data directory")
}

fn obtain(binaries: &Binaries, account: &Account) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(name(binaries, account));
    let template = folder.join("data");
    if is_ours(&folder, account)? && template.is_dir() {
        return Ok(template);
    }
    let _lock = lock(&folder)?;
    if template.is_dir() {
        return Ok(template);
    }
    if !folder.is_dir() {
        std::fs::create_dir(&folder).with_context(|| format!("Could not create {}", folder.display()))?;
        account.own_folder(&folder)?;
    }
    initdb(&folder, &template, binaries, account)?;
    Ok(template)
}

/// Another account could have put a folder of that name there before us.
fn is_ours(folder: &Path, account: &Account) -> Result<bool> {
    let Ok(metadata) = folder.symlink_metadata() else {
        return Ok(false);
    };
    if metadata.is_dir() && metadata.uid() == account.uid() {
        return Ok(true);
    }
    // Root creates the folder and then gives it away: between the two it is root's.
    if metadata.is_dir() && metadata.uid() == nix::unistd::Uid::current().as_raw() {
        return Ok(false);
    }
    bail!(
        "Could not use {}: it belongs to uid {}, not to uid {}. Remove it and run the tests again.",
        folder.display(),
        metadata.uid(),
        account.uid()
    )
}

fn name(binaries: &Binaries, account: &Account) -> String {
    let mut hasher = DefaultHasher::new();
    (binaries.version(), USER, PASSWORD).hash(&mut hasher);
    format!("steersman-testkit-pg-{}-{:016x}", account.uid(), hasher.finish())
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.with_extension("lock");
    let why = || format!("Could not lock {}", path.display());
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .with_context(why)?;
    file.lock().with_context(why)?;
    Ok(file)
}

fn initdb(folder: &Path, template: &Path, binaries: &Binaries, account: &Account) -> Result<()> {
    let unfinished = folder.join("unfinished");
    let _ = std::fs::remove_dir_all(&unfinished);
    let password = folder.join("password");
    std::fs::write(&password, PASSWORD).context("Could not write the password file for initdb")?;
    if nix::unistd::Uid::current().is_root() {
        std::os::unix::fs::chown(&password, Some(account.uid()), None)
            .context("Could not hand the password file to the server's account")?;
    }
    let mut initdb = Command::new(binaries.program("initdb"));
    initdb
        .args(["--no-sync", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"])
        .args(["-U", USER])
        .arg("--pwfile")
        .arg(&password)
        .arg("-D")
        .arg(&unfinished);
    account.apply(&mut initdb);
    run(&mut initdb, "create a data directory with initdb")?;
    // Whoever sees the template sees it whole.
    std::fs::rename(&unfinished, template).context("Could not put the data directory in place")
}

fn run(command: &mut Command, what: &str) -> Result<()> {
    // The account may not be allowed into the folder that the tests were started from.
    let output = command
        .current_dir("/")
        .output()
        .with_context(|| format!("Could not {what}"))?;
    if !output.status.success() {
        bail!("Could not {what}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
