//! The handle that everybody holds.

use crate::{
    db::{self, Connection, Row, Value, values},
    engine,
    error::{Result, StoreError},
    migrate::migrate,
    readers::{Reader, Readers},
    sealing::KeyRing,
    writer::{QUEUE, Tx, Write, Writer},
};
use futures::future::BoxFuture;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
};
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// Where the database is.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The SQLite file; made, with its tables, when it is not there. Its folder must exist.
    pub path: PathBuf,
    /// How many reads may go on at once; at least 1.
    pub readers: u32,
}

/// Cheap to clone; all clones are the same store.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    queue: mpsc::Sender<Box<dyn crate::writer::Job>>,
    readers: Arc<Readers>,
    keys: Arc<RwLock<Arc<KeyRing>>>,
    closing: Arc<Notify>,
    /// True, or its sender gone, when the writer has ended.
    ended: watch::Receiver<bool>,
    path: PathBuf,
}

impl Store {
    /// Opens and migrates the database. The caller spawns [`Writer::run`].
    ///
    /// Errors: `Newer` when a later program wrote it, `UnknownKey` when it was sealed under a key that is not in the
    /// ring, `Full`, `Busy`, `Broken`.
    pub async fn open(options: StoreOptions, ring: KeyRing) -> Result<(Store, Writer)> {
        let path = options.path;
        let connection = engine::at_once(prepare(&path, &ring)).map_err(|error| engine::told_apart(error, &path))?;
        let ring = Arc::new(ring);
        let keys = Arc::new(RwLock::new(Arc::clone(&ring)));
        let closing = Arc::new(Notify::new());
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (end, ended) = watch::channel(false);
        let writer = Writer {
            tx: Tx::new(connection, ring),
            queue: waiting,
            closing: Arc::clone(&closing),
            keys: Arc::clone(&keys),
            path: path.clone(),
            end,
            announce: Box::new(|_, _| {}),
            announce_audit: Box::new(|_, _| {}),
        };
        let shared = Shared {
            queue,
            readers: Readers::new(path.clone(), options.readers),
            keys,
            closing,
            ended,
            path,
        };
        Ok((
            Store {
                shared: Arc::new(shared),
            },
            writer,
        ))
    }

    /// No more reads and writes from now on. Returns when the writer has finished what was queued and has ended, or
    /// at once when it is gone already.
    pub async fn close(&self) {
        self.shared.closing.notify_one();
        self.shared.readers.close();
        let mut ended = self.shared.ended.clone();
        let _ = ended.wait_for(|ended| *ended).await;
    }

    /// `Ok` when a read and an (empty) durable write both work now.
    pub async fn health(&self) -> Result<()> {
        self.one("SELECT 1 AS one", values![]).await?;
        self.write(|_| Box::pin(async { Ok(()) })).await
    }

    /// Bytes on disk: the file and its write-ahead log.
    pub async fn size_bytes(&self) -> Result<u64> {
        let log = {
            let mut name = self.shared.path.clone().into_os_string();
            name.push("-wal");
            PathBuf::from(name)
        };
        let size = |path| std::fs::metadata(path).map_or(0, |found| found.len());
        Ok(size(&self.shared.path) + size(&log))
    }

    /// For tests of a full disk: no growth beyond so many pages of 4 KiB; 0 lifts the limit.
    #[doc(hidden)]
    pub async fn limit_pages(&self, pages: u32) -> Result<()> {
        self.outside(move |tx| Box::pin(engine::limit_pages(&mut tx.connection, pages)))
            .await
    }

    /// Queues a write and waits until it is on disk. Dropping the future does not stop what is queued.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        F: for<'c> FnOnce(&'c mut Tx) -> BoxFuture<'c, Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        self.queue(work, false).await
    }

    /// Queues something that must not be in a transaction.
    pub(crate) async fn outside<T, F>(&self, work: F) -> Result<T>
    where
        F: for<'c> FnOnce(&'c mut Tx) -> BoxFuture<'c, Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        self.queue(work, true).await
    }

    async fn queue<T, F>(&self, work: F, is_outside: bool) -> Result<T>
    where
        F: for<'c> FnOnce(&'c mut Tx) -> BoxFuture<'c, Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write {
            work: Some(work),
            done: None,
            is_outside,
            reply,
        });
        self.shared.queue.send(job).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    pub(crate) async fn reader(&self) -> Result<Reader> {
        self.shared.readers.reader().await
    }

    pub(crate) async fn many(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>> {
        self.reader().await?.rows(sql, values).await
    }

    pub(crate) async fn one(&self, sql: &'static str, values: Vec<Value>) -> Result<Option<Row>> {
        self.reader().await?.row(sql, values).await
    }

    pub(crate) fn keys(&self) -> Arc<KeyRing> {
        Arc::clone(
            &self
                .shared
                .keys
                .read()
                .expect("the key ring is never left half-written"),
        )
    }
}

async fn prepare(path: &Path, ring: &KeyRing) -> Result<Connection> {
    let mut connection = engine::open_writer(path)?;
    migrate(&mut connection).await?;
    let sealed_under = "SELECT key_id FROM credential UNION SELECT key_id FROM audit_head";
    for row in db::rows(&mut connection, sealed_under, values![]).await? {
        ring.find(&row.text("key_id")?)?;
    }
    Ok(connection)
}
