//! A few read-only connections, opened when first needed.

use crate::{
    db::{self, Connection, Row, Value},
    engine,
    error::{Result, StoreError},
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub fn new(path: PathBuf, count: u32) -> Arc<Self> {
        Arc::new(Self {
            path,
            idle: Mutex::new(Vec::new()),
            permits: Arc::new(Semaphore::new(count.max(1) as usize)),
        })
    }

    /// Waits for a free connection.
    pub async fn reader(self: &Arc<Self>) -> Result<Reader> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Closed)?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => engine::at_once(async { engine::open_reader(&self.path) })?,
        };
        Ok(Reader {
            connection: Some(connection),
            is_clean: true,
            readers: Arc::clone(self),
            _permit: permit,
        })
    }

    /// No more reads; connections close as they come back.
    pub fn close(&self) {
        self.permits.close();
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle
            .lock()
            .expect("no code panics while it holds the list of idle readers")
    }
}

/// A borrowed connection. It goes back when dropped, unless dropped in mid-statement: then it is closed.
pub(crate) struct Reader {
    connection: Option<Connection>,
    is_clean: bool,
    readers: Arc<Readers>,
    _permit: OwnedSemaphorePermit,
}

impl Reader {
    pub async fn rows(&mut self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>> {
        self.is_clean = false;
        let rows = engine::at_once(db::rows(self.connection(), sql, values))?;
        self.is_clean = true;
        Ok(rows)
    }

    pub async fn row(&mut self, sql: &'static str, values: Vec<Value>) -> Result<Option<Row>> {
        self.is_clean = false;
        let row = engine::at_once(db::row(self.connection(), sql, values))?;
        self.is_clean = true;
        Ok(row)
    }

    /// From here to [`Reader::end`] all statements see the same state. Dropping ends it too.
    pub async fn begin(&mut self) -> Result<()> {
        self.is_clean = false;
        engine::at_once(db::execute(self.connection(), "BEGIN", vec![]))?;
        Ok(())
    }

    /// One of the statements between [`Reader::begin`] and [`Reader::end`].
    pub async fn rows_inside(&mut self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>> {
        engine::at_once(db::rows(self.connection(), sql, values))
    }

    pub async fn end(&mut self) -> Result<()> {
        engine::at_once(db::execute(self.connection(), "COMMIT", vec![]))?;
        self.is_clean = true;
        Ok(())
    }

    fn connection(&mut self) -> &mut Connection {
        self.connection
            .as_mut()
            .expect("a reader has its connection until it is dropped")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if self.is_clean
            && !self.readers.permits.is_closed()
            && let Some(connection) = self.connection.take()
        {
            self.readers.idle().push(connection);
        }
    }
}
