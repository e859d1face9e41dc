//! How SQLite is opened and asked about itself: the statements that only SQLite understands.

use crate::{
    db::{self, Connection, values},
    error::{Result, Source, StoreError},
};
use futures::FutureExt;
use rusqlite::OpenFlags;
use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};
use tokio::runtime::{Handle, RuntimeFlavor};

pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";
const STATEMENTS_KEPT: usize = 256;
/// Under this many free bytes a failed write counts as a full disk.
const FULL_BELOW_BYTES: u64 = 1 << 20;

/// Runs work on the database where other tasks of this thread can move away meanwhile: SQLite blocks until the disk
/// has answered. The work itself never waits for anything else.
pub(crate) fn at_once<F: Future>(work: F) -> F::Output {
    let work = || work.now_or_never().expect("SQLite answers at once");
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// The one connection that writes. Makes the file, readable by its owner only, when it is not there.
///
/// What is erased is overwritten, not only unlinked (`secure_delete`).
pub(crate) fn open_writer(path: &Path) -> Result<Connection> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| StoreError::Broken(Source::of(error)))?;
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")?;
    Ok(connection)
}

pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn open(path: &Path, mode: OpenFlags) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.execute_batch("PRAGMA foreign_keys = ON")?;
    Ok(connection)
}

pub(crate) fn close(connection: Connection) -> Result<()> {
    connection.close().map_err(|(_, error)| error.into())
}

/// Several statements without parameters: a migration.
pub(crate) fn execute_all(connection: &mut Connection, statements: &str) -> Result<()> {
    Ok(connection.execute_batch(statements)?)
}

/// Copies the write-ahead log into the file and empties it, so that nothing erased lingers there.
pub(crate) async fn empty_log(connection: &mut Connection) -> Result<()> {
    db::rows(connection, "PRAGMA wal_checkpoint(TRUNCATE)", values![]).await?;
    Ok(())
}

/// For tests of a full disk: the database may not grow beyond so many pages of 4 KiB; 0 lifts the limit.
pub(crate) async fn limit_pages(connection: &mut Connection, pages: u32) -> Result<()> {
    // SQLite never goes below the present size.
    let limit = if pages == 0 { 4_294_967_294_i64 } else { pages.into() };
    Ok(connection.pragma_update(None, "max_page_count", limit)?)
}

/// A failed write on a disk without space is `Full`, whatever name SQLite gave it: the shared-memory file and syncs
/// report plain input/output errors.
pub(crate) fn told_apart(error: StoreError, path: &Path) -> StoreError {
    match error {
        StoreError::Broken(source) if source.is_input_output() && free_bytes(path) < FULL_BELOW_BYTES => {
            StoreError::Full(source)
        }
        other => other,
    }
}

fn free_bytes(path: &Path) -> u64 {
    nix::sys::statvfs::statvfs(path.parent().unwrap_or(path)).map_or(u64::MAX, |disk| {
        disk.blocks_available().saturating_mul(disk.fragment_size())
    })
}
