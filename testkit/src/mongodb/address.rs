//! How to reach a set, and what makes a set of its servers.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bson::{Document, doc};
use mongodb::Client;
use mongodb::options::{ClientOptions, Credential, ServerAddress};

use super::ELECTED_WITHIN;

/// Name of every set.
pub const SET: &str = "rs0";
/// Who may do everything, where there are passwords.
pub const USER: &str = "steersman_root";
/// Its password. Not a secret: the server listens on loopback and lives as long as a test.
pub const PASSWORD: &str = "a password for tests";

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Where a set is, and whether it wants passwords.
#[derive(Clone, Debug)]
pub struct Address {
    ports: Vec<u16>,
    has_auth: bool,
}

impl Address {
    pub(super) fn new(ports: &[u16], has_auth: bool) -> Self {
        Self {
            ports: ports.to_vec(),
            has_auth,
        }
    }

    pub fn has_auth(&self) -> bool {
        self.has_auth
    }

    pub fn replica_set(&self) -> &'static str {
        SET
    }

    /// `127.0.0.1:27017` of each server.
    pub fn hosts(&self) -> Vec<String> {
        self.ports.iter().map(|port| format!("127.0.0.1:{port}")).collect()
    }

    /// A client of the whole set, as the user who may do everything.
    pub fn client(&self) -> Result<Client> {
        let mut options = options(&self.ports, self.credential());
        options.repl_set_name = Some(SET.to_owned());
        Ok(Client::with_options(options)?)
    }

    /// A client of one server, whatever its role.
    pub fn node(&self, node: usize) -> Result<Client> {
        direct(self.ports[node], self.credential())
    }

    /// A database name that no other test uses, beginning with `prefix`.
    pub fn fresh_database(&self, prefix: &str) -> String {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        format!("{prefix}_{}_{number}", std::process::id())
    }

    /// Runs a command as the user who may do everything.
    pub async fn run(&self, database: &str, command: Document) -> Result<Document> {
        let shown = command.to_string();
        self.client()?
            .database(database)
            .run_command(command)
            .await
            .with_context(|| format!("Could not run {shown}"))
    }

    fn credential(&self) -> Option<Credential> {
        self.has_auth.then(|| {
            let mut credential = Credential::default();
            credential.username = Some(USER.to_owned());
            credential.password = Some(PASSWORD.to_owned());
            credential.source = Some("admin".to_owned());
            credential
        })
    }

    /// Makes one set of the servers, waits for its primary, and creates the user.
    pub(super) async fn initiate(&self) -> Result<()> {
        let members: Vec<Document> = self
            .hosts()
            .iter()
            .zip(0i32..)
            // The first is preferred, so that tests know who is primary.
            .map(|(host, id)| doc! { "_id": id, "host": host, "priority": if id == 0 { 2 } else { 1 } })
            .collect();
        let config = doc! {
            "_id": SET,
            "members": members,
            "settings": { "electionTimeoutMillis": 2_000, "heartbeatIntervalMillis": 500 },
        };
        let first = direct(self.ports[0], None)?;
        let admin = first.database("admin");
        admin
            .run_command(doc! { "replSetInitiate": config })
            .await
            .context("Could not make a replica set of the test servers")?;
        let deadline = Instant::now() + ELECTED_WITHIN;
        loop {
            let hello = admin.run_command(doc! { "hello": 1 }).await?;
            if hello.get_bool("isWritablePrimary").unwrap_or(false) {
                break;
            }
            if Instant::now() > deadline {
                bail!(
                    "The test servers have no primary after {} s: {hello}",
                    ELECTED_WITHIN.as_secs()
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        if self.has_auth {
            // The first user of a server may be created from the same machine without being one.
            let create = doc! { "createUser": USER, "pwd": PASSWORD, "roles": ["root"] };
            admin
                .run_command(create)
                .await
                .context("Could not create the user of the tests")?;
        }
        Ok(())
    }
}

/// A client of the server on this port alone.
pub(super) fn direct(port: u16, credential: Option<Credential>) -> Result<Client> {
    let mut options = options(&[port], credential);
    options.direct_connection = Some(true);
    Ok(Client::with_options(options)?)
}

fn options(ports: &[u16], credential: Option<Credential>) -> ClientOptions {
    let mut options = ClientOptions::default();
    options.hosts = ports
        .iter()
        .map(|port| ServerAddress::Tcp {
            host: "127.0.0.1".to_owned(),
            port: Some(*port),
        })
        .collect();
    options.credential = credential;
    options.app_name = Some("tests".to_owned());
    options.server_selection_timeout = Some(Duration::from_secs(20));
    options.heartbeat_freq = Some(Duration::from_millis(500));
    options
}
