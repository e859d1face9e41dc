//! A real PostgreSQL server for a test: the distribution's programs, a data directory of
//! its own, a free loopback port, password authentication, gone when the test is.

pub(crate) mod account;
mod binaries;
mod process;
mod shared;
mod standby;
mod template;

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use account::Account;
use binaries::Binaries;
use process::Process;
pub use shared::{Database, Shared};
use standby::Following;

/// How long a server may take to accept its first connection, on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Between choosing a free port and listening on it, another process may take it.
const PORT_ATTEMPTS: usize = 5;

/// A running server. Dropping it ends the server and removes its data.
#[derive(Debug)]
pub struct Postgres {
    // Before the folder: the server must be gone when the folder is removed.
    process: Option<Process>,
    folder: TempDir,
    binaries: Binaries,
    account: Account,
    port: u16,
    options: Options,
    following: Option<Following>,
}

/// What a test may want different from the usual.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Survive a crash of the machine too (`fsync=on`). Off by default: it is slow, and a
    /// killed server loses nothing without it.
    pub is_durable: bool,
    /// More settings, as in `postgresql.conf`: `("max_connections", "20")`.
    pub settings: Vec<(String, String)>,
}

impl Postgres {
    /// Starts a server with the usual settings: pg_stat_statements loaded,
    /// `wal_level=logical`, no fsync. Ready for connections when it returns.
    pub async fn start() -> Result<Self> {
        Self::start_with(Options::default()).await
    }

    pub async fn start_with(options: Options) -> Result<Self> {
        let mut server = Self::prepare(options)?;
        template::copy_to(&server.folder.path().join("data"), &server.binaries, &server.account)?;
        server.launch_on_a_free_port().await?;
        Ok(server)
    }

    /// Everything but the data: programs, account, and a folder of its own.
    fn prepare(options: Options) -> Result<Self> {
        let binaries = Binaries::find()?;
        let account = Account::choose()?;
        let folder = tempfile::Builder::new()
            .prefix("steersman-pg-")
            .tempdir()
            .context("Could not create a folder for the PostgreSQL server")?;
        account.own_folder(folder.path())?;
        Ok(Self {
            process: None,
            folder,
            binaries,
            account,
            port: 0,
            options,
            following: None,
        })
    }

    /// One server for all tests of this process, made by the first to ask.
    pub async fn shared() -> Result<&'static Shared> {
        shared::get().await
    }

    pub fn host(&self) -> &str {
        "127.0.0.1"
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// A superuser, as the first user of a cluster is.
    pub fn user(&self) -> &str {
        template::USER
    }

    pub fn password(&self) -> &str {
        template::PASSWORD
    }

    /// The folder with the server's socket, data and log.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The address of the database `postgres`.
    pub fn url(&self) -> String {
        self.url_for("postgres")
    }

    /// The address of `database` (a plain name) as the superuser.
    pub fn url_for(&self, database: &str) -> String {
        let password = self.password().replace(' ', "%20");
        format!(
            "postgres://{}:{password}@{}:{}/{database}",
            self.user(),
            self.host(),
            self.port
        )
    }

    /// A connection to `database` as the superuser; it ends when the client is dropped.
    pub async fn connect(&self, database: &str) -> Result<Client> {
        connect(&self.url_for(database)).await
    }

    /// Runs SQL (several statements if need be) in the database `postgres` and returns the
    /// rows of all of them as text.
    pub async fn sql(&self, text: &str) -> Result<Vec<Vec<Option<String>>>> {
        sql(&self.url(), text).await
    }

    /// Cuts every connection and ends the server as a crash would. [`Postgres::restart`]
    /// brings it back on the same port with the same data.
    pub fn stop_immediately(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop();
        }
    }

    /// Ends the server as a crash would, if it runs, and starts it again: same port, same data.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop_immediately();
        self.launch().await
    }

    async fn launch_on_a_free_port(&mut self) -> Result<()> {
        for attempt in 1..=PORT_ATTEMPTS {
            self.port = free_port()?;
            match self.launch().await {
                Ok(()) => return Ok(()),
                Err(_) if self.log().contains("Address already in use") && attempt < PORT_ATTEMPTS => {
                    self.stop_immediately();
                }
                Err(error) => return Err(error),
            }
        }
        unreachable!("the last attempt returns")
    }

    async fn launch(&mut self) -> Result<()> {
        self.process = Some(Process::start(self.folder.path(), &self.account, &self.command_line())?);
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let reason = match connect(&self.url()).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            if self.process.as_ref().is_none_or(Process::has_ended) {
                bail!(
                    "The PostgreSQL server for the tests did not start. Its log: {}",
                    self.log()
                );
            }
            if Instant::now() > deadline {
                bail!(
                    "The PostgreSQL server for the tests was not ready within {} s ({reason:#}). Its log: {}",
                    READY_WITHIN.as_secs(),
                    self.log()
                );
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn log(&self) -> String {
        let text = std::fs::read(self.folder.path().join("server.log")).unwrap_or_default();
        String::from_utf8_lossy(&text[text.len().saturating_sub(4000)..]).into_owned()
    }

    fn command_line(&self) -> Vec<String> {
        let durable = if self.options.is_durable { "on" } else { "off" };
        let socket = self.folder.path().display().to_string();
        let usual = [
            ("listen_addresses", "127.0.0.1"),
            ("unix_socket_directories", socket.as_str()),
            ("shared_preload_libraries", "pg_stat_statements"),
            ("pg_stat_statements.track", "all"),
            ("wal_level", "logical"),
            ("fsync", durable),
            ("full_page_writes", durable),
            ("max_connections", "60"),
            ("track_io_timing", "on"),
            ("autovacuum_naptime", "3600"),
        ];
        let mut line = vec![
            self.binaries.program("postgres").display().to_string(),
            "-D".to_owned(),
            self.folder.path().join("data").display().to_string(),
            "-p".to_owned(),
            self.port.to_string(),
        ];
        let own = self
            .options
            .settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let following = self.following.iter().flat_map(Following::settings);
        for (name, value) in usual.into_iter().chain(own).chain(following) {
            line.push("-c".to_owned());
            line.push(format!("{name}={value}"));
        }
        line
    }
}

/// Fails where the server for tests has no such extension to create, and says which package brings it.
pub fn needs_extension(name: &str) -> Result<()> {
    let binaries = Binaries::find()?;
    if binaries.has_extension(name) {
        return Ok(());
    }
    let major = binaries.major();
    bail!(
        "The tests need the PostgreSQL extension {name}, which is not installed. Install it with \
         `sudo apt-get install postgresql-{major}-{name}`."
    )
}

/// Opens a connection by address and drives it on the current runtime.
pub async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("Could not connect to the test PostgreSQL")?;
    tokio::spawn(connection);
    Ok(client)
}

/// Runs SQL at an address and returns the rows of all its statements as text.
pub async fn sql(url: &str, text: &str) -> Result<Vec<Vec<Option<String>>>> {
    let client = connect(url).await?;
    let messages = client
        .simple_query(text)
        .await
        .with_context(|| format!("Could not run: {text}"))?;
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect()),
        _ => None,
    });
    Ok(rows.collect())
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("Could not find a free loopback port")?;
    Ok(listener.local_addr()?.port())
}
