//! A PostgreSQL of our own: the distribution's programs, a data directory in the temporary folder, gone with the demo.

use crate::data_dir::DataDir;
use anyhow::{Context, Result, bail};
use nix::unistd::{Gid, Uid, User};
use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{PermissionsExt, chown},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};
use steersman_server::login_link_token;

pub const USER: &str = "shop";
const READY_WITHIN: Duration = Duration::from_secs(30);
const MISSING: &str = "no PostgreSQL server programs were found; install them (Debian and Ubuntu: sudo apt-get install postgresql postgresql-contrib)";

/// A running server; [`ThrowAway::stop`] or the end of this process ends it.
pub struct ThrowAway {
    pub port: u16,
    pub password: String,
    folder: PathBuf,
    keeper: std::process::Child,
}

impl ThrowAway {
    pub async fn start(data_dir: &DataDir) -> Result<Self> {
        let programs = programs()?;
        let account = account()?;
        let password = login_link_token();
        let folder = folder(data_dir, account)?;
        let data = folder.join("data");
        let secret = folder.join("password");
        fs::write(&secret, &password)?;
        hand_over(&secret, account, 0o600)?;
        let mut initdb = as_user(&programs.join("initdb"), account);
        initdb
            .arg("-D")
            .arg(&data)
            .args([
                "-U",
                USER,
                "-A",
                "scram-sha-256",
                "-E",
                "UTF8",
                "--locale=C",
                "-N",
                "--pwfile",
            ])
            .arg(&secret);
        checked(initdb, "initdb").await?;
        fs::remove_file(&secret)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let keeper = keep(&programs, &data, &folder, port, account)?;
        let mut this = Self {
            port,
            password,
            folder,
            keeper,
        };
        if let Err(error) = this.fill(&programs).await {
            let log = fs::read_to_string(this.folder.join("log")).unwrap_or_default();
            this.end();
            return Err(error.context(format!(
                "PostgreSQL said: {}",
                log.lines().rev().take(3).collect::<Vec<_>>().join(" | ")
            )));
        }
        Ok(this)
    }

    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // The keeper ends the server when its input closes.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }

    async fn fill(&self, programs: &Path) -> Result<()> {
        let began = Instant::now();
        while let Err(error) = self.psql(programs, "postgres", "SELECT 1").await {
            if began.elapsed() > READY_WITHIN {
                return Err(error.context("it did not accept connections in time"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.psql(programs, "postgres", "CREATE DATABASE shop").await?;
        self.psql(programs, "shop", steersman_plugin_postgres::sample::SAMPLE_SQL)
            .await?;
        // Filling the shop is not what its people wait for.
        self.psql(programs, "shop", "SELECT pg_stat_statements_reset()").await?;
        self.psql(programs, "shop", steersman_plugin_postgres::sample::SLOW_WORKLOAD_SQL)
            .await
    }

    async fn psql(&self, programs: &Path, database: &str, sql: &str) -> Result<()> {
        let file = self.folder.join("input.sql");
        fs::write(&file, sql)?;
        let mut psql = Command::new(programs.join("psql"));
        psql.args([
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            &self.port.to_string(),
            "-U",
            USER,
            "-d",
            database,
            "-f",
        ])
        .arg(&file)
        .env("PGPASSWORD", &self.password)
        .env("PGCONNECT_TIMEOUT", "5");
        checked(psql, "psql").await
    }
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts the server under a shell that ends it when this process goes, however it goes.
fn keep(
    programs: &Path,
    data: &Path,
    folder: &Path,
    port: u16,
    account: Option<(Uid, Gid)>,
) -> Result<std::process::Child> {
    const KEEPER: &str = r#""$@" >"$LOG" 2>&1 </dev/null & pid=$!; cat >/dev/null; kill -QUIT "$pid"; wait "$pid""#;
    let mut shell = as_user(Path::new("/bin/sh"), account);
    shell
        .args(["-c", KEEPER, "keeper"])
        .arg(programs.join("postgres"))
        .arg("-D")
        .arg(data)
        .arg("-k")
        .arg(folder)
        .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
        .args([
            "-c",
            "shared_preload_libraries=pg_stat_statements",
            "-c",
            "fsync=off",
            "-c",
            "max_connections=50",
        ])
        .env("LOG", folder.join("log"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl+C is for us; the database goes after the server.
        .process_group(0);
    shell.spawn().context("could not start postgres")
}

/// The folder of the server programs: the newest installed.
fn programs() -> Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    found.sort();
    if let Some((_, bin)) = found.pop() {
        return Ok(bin);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
        .context(MISSING)
}

/// PostgreSQL refuses to run as root, so root runs it as somebody without rights.
fn account() -> Result<Option<(Uid, Gid)>> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let Some(user) = User::from_name(name)? {
            return Ok(Some((user.uid, user.gid)));
        }
    }
    bail!("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as");
}

fn folder(data_dir: &DataDir, account: Option<(Uid, Gid)>) -> Result<PathBuf> {
    // Not inside the data directory, which nobody else may enter; named after it, so that a second start clears up.
    let name = format!(
        "steersman-demo-{}",
        &steersman_protocol::sha256_hex(data_dir.path().as_os_str().as_encoded_bytes())[..12]
    );
    let folder = std::env::temp_dir().join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).context("could not remove what an earlier demo left")?;
    }
    fs::create_dir(&folder)?;
    hand_over(&folder, account, 0o700)?;
    Ok(folder)
}

fn hand_over(path: &Path, account: Option<(Uid, Gid)>, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    if let Some((uid, gid)) = account {
        chown(path, Some(uid.as_raw()), Some(gid.as_raw()))?;
    }
    Ok(())
}

fn as_user(program: &Path, account: Option<(Uid, Gid)>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if let Some((uid, gid)) = account {
        command.uid(uid.as_raw()).gid(gid.as_raw());
    }
    command
}

async fn checked(command: Command, name: &str) -> Result<()> {
    let output: Output = tokio::process::Command::from(command)
        .stdin(Stdio::null())
        .output()
        .await
        .with_context(|| format!("could not run {name}"))?;
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "{name} failed: {}",
        String::from_utf8_lossy(&output.stderr)
            .lines()
            .last()
            .unwrap_or_default()
    );
}
