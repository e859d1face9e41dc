//! One server for all tests of a process, with a fresh database for each.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;
use tokio::sync::OnceCell;
use tokio_postgres::Client;

use super::Postgres;

static SHARED: OnceCell<Shared> = OnceCell::const_new();

/// The server of this process. It ends with the process, by the pipe of its keeper: a
/// static is never dropped.
#[derive(Debug)]
pub struct Shared {
    server: Postgres,
    databases: AtomicU32,
}

/// A database that no other test uses.
#[derive(Clone, Debug)]
pub struct Database {
    pub name: String,
    /// As the superuser.
    pub url: String,
}

pub(super) async fn get() -> Result<&'static Shared> {
    let make = || async {
        Ok(Shared {
            server: Postgres::start().await?,
            databases: AtomicU32::new(0),
        })
    };
    SHARED.get_or_try_init(make).await
}

impl Shared {
    /// Creates an empty database whose name begins with `prefix` (a plain identifier).
    pub async fn database(&self, prefix: &str) -> Result<Database> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("{prefix}_{number}");
        // The file copy is quicker than the write-ahead log for a database this small,
        // but it forces a checkpoint, which other tests of this server would feel.
        self.server.sql(&format!("CREATE DATABASE \"{name}\"")).await?;
        let url = self.server.url_for(&name);
        Ok(Database { name, url })
    }

    pub fn server(&self) -> &Postgres {
        &self.server
    }
}

impl Database {
    /// A connection as the superuser; it ends when the client is dropped.
    pub async fn connect(&self) -> Result<Client> {
        super::connect(&self.url).await
    }

    /// Runs SQL (several statements if need be) and returns the rows of all as text.
    pub async fn sql(&self, text: &str) -> Result<Vec<Vec<Option<String>>>> {
        super::sql(&self.url, text).await
    }

    /// The same database as another user.
    pub fn url_as(&self, user: &str, password: &str) -> String {
        let place = self.url.rsplit_once('@').map_or(self.url.as_str(), |(_, place)| place);
        format!("postgres://{user}:{password}@{place}")
    }
}
