//! A streaming standby of a test's server: a copy by `pg_basebackup` that follows through a slot of its own.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Postgres;

/// Whom a standby follows, and what it calls itself there.
#[derive(Clone, Debug)]
pub(super) struct Following {
    conninfo: String,
    name: String,
}

impl Postgres {
    /// Starts a standby that streams from this server, on a free port, with this server's options. `name` (a plain
    /// identifier, once for each primary) is its slot and its `application_name` there.
    ///
    /// It answers when this returns, and has replayed what the copy held. It is a server of its own: it outlives a
    /// stopped primary, and ends when it is dropped. For a real lag call `pg_wal_replay_pause()` on it, or
    /// give the primary `recovery_min_apply_delay` before: a primary does not mind, and its standbys inherit it.
    pub async fn standby(&self, name: &str) -> Result<Postgres> {
        let mut standby = Self::prepare(self.options.clone())?;
        self.copy_into(&standby, name)?;
        standby.following = Some(Following {
            conninfo: format!(
                "host={} port={} user={} password='{}' application_name={name}",
                self.host(),
                self.port,
                self.user(),
                self.password()
            ),
            name: name.to_owned(),
        });
        standby.launch_on_a_free_port().await?;
        Ok(standby)
    }

    /// Makes a standby a primary. It takes writes when this returns.
    pub async fn promote(&self) -> Result<()> {
        let promoted = self.sql("SELECT pg_promote(true, 60)").await?;
        if promoted != [[Some("t".to_owned())]] {
            bail!("The standby was not promoted within 60 s. Its log: {}", self.log());
        }
        Ok(())
    }

    fn copy_into(&self, standby: &Postgres, name: &str) -> Result<()> {
        let program = self.binaries.program("pg_basebackup");
        let mut copy = Command::new(&program);
        copy.args([
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--no-sync",
            "--create-slot",
        ])
        .args(["--slot", name, "--host", self.host(), "--username", self.user()])
        .arg(format!("--port={}", self.port))
        .arg("--pgdata")
        .arg(standby.folder.path().join("data"))
        .env("PGPASSWORD", self.password())
        .current_dir("/");
        self.account.apply(&mut copy);
        let output = copy.output().with_context(|| {
            format!(
                "Could not run {}. It comes with PostgreSQL's client programs: `sudo apt-get install postgresql-client`",
                program.display()
            )
        })?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            bail!("Could not copy the server for a standby: {why}");
        }
        Ok(())
    }
}

impl Following {
    /// Given on the command line, where it wins over what `pg_basebackup` wrote: one of a newer version writes
    /// connection options that an older server does not know.
    pub(super) fn settings(&self) -> [(&str, &str); 5] {
        [
            ("primary_conninfo", &self.conninfo),
            ("primary_slot_name", &self.name),
            ("cluster_name", &self.name),
            ("wal_receiver_status_interval", "1s"),
            ("wal_retrieve_retry_interval", "200ms"),
        ]
    }
}
