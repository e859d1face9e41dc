//! A real MongoDB for a test: always a replica set, of one node or of several, on free
//! loopback ports, under an account of its own, gone when the test is.
//!
//! Tests of one machine share a server ([`MongoDb::shared`]): starting one takes seconds,
//! and nextest runs each test in a process of its own. Tests that break theirs start one
//! for themselves ([`MongoDb::start_with`]).

mod address;
mod process;
mod program;
mod shared;

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bson::doc;
use tempfile::TempDir;

use crate::postgres::account::Account;
pub use address::{Address, PASSWORD, USER};
use process::Process;
use program::Program;
pub use shared::Shared;

/// How long a server may take to accept its first connection, on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// How long a set may take to find its primary.
const ELECTED_WITHIN: Duration = Duration::from_secs(60);
/// Members of a set know each other by this. Not a secret: it lives on loopback, for a test.
const KEY: &str = "c3RlZXJzbWFuIHRlc3RzIG9ubHksIG5vdCBhIHNlY3JldA==";

/// A running replica set. Dropping it ends its servers and removes their data.
pub struct MongoDb {
    // Before the lock and the folder: the servers must be gone when the folder is removed.
    nodes: Vec<Node>,
    address: Address,
    program: Program,
    account: Account,
    lock: File,
    folder: TempDir,
}

struct Node {
    port: u16,
    process: Option<Process>,
}

/// What a test may want different from the usual.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Servers of the set.
    pub nodes: usize,
    /// Whether users must give a password. Then there is [`USER`], who may do everything.
    pub has_auth: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            nodes: 1,
            has_auth: true,
        }
    }
}

impl MongoDb {
    /// One node with passwords, elected when it returns.
    pub async fn start() -> Result<Self> {
        Self::start_with(Options::default()).await
    }

    pub async fn start_with(options: Options) -> Result<Self> {
        let account = Account::choose()?;
        let program = Program::find(&account)?;
        let folder = tempfile::Builder::new()
            .prefix("steersman-mongo-")
            .tempdir()
            .context("Could not create a folder for MongoDB")?;
        account.own_folder(folder.path())?;
        let lock = process::hold(&folder.path().join("users.lock"), &account)?;
        let ports = free_ports(options.nodes)?;
        let mut set = Self {
            nodes: ports
                .iter()
                .map(|port| Node {
                    port: *port,
                    process: None,
                })
                .collect(),
            address: Address::new(&ports, options.has_auth),
            program,
            account,
            lock,
            folder,
        };
        for at in 0..set.nodes.len() {
            set.launch(at)?;
        }
        for at in 0..set.nodes.len() {
            set.answers(at).await?;
        }
        set.address.initiate().await?;
        Ok(set)
    }

    /// The one server that all tests of this machine share, started by the first to ask. It
    /// ends some seconds after the last of them.
    pub async fn shared() -> Result<Shared> {
        shared::get().await
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Ends one server as a crash would. [`MongoDb::restart`] brings it back with its data.
    pub fn kill(&mut self, node: usize) {
        if let Some(mut process) = self.nodes[node].process.take() {
            process.kill();
        }
    }

    /// Starts a killed server again: same port, same data.
    pub async fn restart(&mut self, node: usize) -> Result<()> {
        self.kill(node);
        self.launch(node)?;
        self.answers(node).await
    }

    fn launch(&mut self, at: usize) -> Result<()> {
        let folder = self.folder.path().join(format!("node{at}"));
        let port = self.nodes[at].port;
        let server = Launch {
            folder: &folder,
            port,
            has_auth: self.address.has_auth(),
        };
        let process = server.go(
            &self.program,
            &self.account,
            &self.folder.path().join("users.lock"),
            None,
        )?;
        self.nodes[at].process = Some(process);
        Ok(())
    }

    async fn answers(&self, at: usize) -> Result<()> {
        let node = &self.nodes[at];
        let process = node.process.as_ref().context("that server was not started")?;
        wait_for(node.port, process).await
    }
}

impl std::fmt::Debug for MongoDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MongoDb at {} ({:?})", self.address.hosts().join(","), self.lock)
    }
}

/// One server to start.
struct Launch<'a> {
    folder: &'a Path,
    port: u16,
    has_auth: bool,
}

impl Launch<'_> {
    /// Starts it; it ends when nobody holds the lock any more. `announced` is a file that is removed with it.
    fn go(&self, program: &Program, account: &Account, lock: &Path, announced: Option<&Path>) -> Result<Process> {
        let data = self.folder.join("data");
        if !data.is_dir() {
            std::fs::create_dir_all(&data).with_context(|| format!("Could not create {}", data.display()))?;
            std::fs::write(self.folder.join("key"), KEY).context("Could not write the key file")?;
            account.own_folder(self.folder)?;
            account.own_folder(&data)?;
            account.own_file(&self.folder.join("key"))?;
        }
        let mut line = program.begin();
        line.extend(["--dbpath".to_owned(), program.path(&data)]);
        let port = self.port.to_string();
        line.extend(
            [
                "--port",
                &port,
                "--bind_ip",
                "127.0.0.1",
                "--replSet",
                address::SET,
                // Its collector does not survive the emulated server, and nobody reads it here.
                "--setParameter",
                "diagnosticDataCollectionEnabled=false",
                "--wiredTigerCacheSizeGB",
                "0.25",
                "--oplogSize",
                "64",
            ]
            .map(str::to_owned),
        );
        if self.has_auth {
            line.extend(["--keyFile".to_owned(), program.path(&self.folder.join("key"))]);
        }
        Process::start(self.folder, account, lock, announced, &line, &program.environment())
    }
}

async fn wait_for(port: u16, process: &Process) -> Result<()> {
    let deadline = Instant::now() + READY_WITHIN;
    let client = address::direct(port, None)?;
    loop {
        let reason = match client.database("admin").run_command(doc! { "hello": 1 }).await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        if process.has_ended() {
            bail!("The MongoDB for the tests did not start. Its log: {}", process.log());
        }
        if Instant::now() > deadline {
            bail!(
                "The MongoDB for the tests was not ready within {} s ({reason}). Its log: {}",
                READY_WITHIN.as_secs(),
                process.log()
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Held open together, so that they are different.
fn free_ports(number: usize) -> Result<Vec<u16>> {
    let listeners: Vec<TcpListener> = (0..number)
        .map(|_| TcpListener::bind(("127.0.0.1", 0)).context("Could not find a free loopback port"))
        .collect::<Result<_>>()?;
    listeners
        .iter()
        .map(|listener| Ok(listener.local_addr()?.port()))
        .collect()
}
