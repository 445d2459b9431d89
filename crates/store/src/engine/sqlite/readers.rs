//! Readers: a few connections that read while the writer writes, each from a snapshot.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{BUSY_WAIT, execute, failure, keep_statements, query};
use crate::{
    StoreError,
    value::{Param, Row},
};

/// The most reads at a time; more wait.
const READERS_MAX: usize = 16;

/// The connections for reading.
pub(crate) struct Readers {
    path: PathBuf,
    free: Mutex<Vec<Connection>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, free: Mutex::new(Vec::new()), turns: Arc::new(Semaphore::new(READERS_MAX)) }
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(failure)?;
        connection.busy_timeout(BUSY_WAIT).map_err(failure)?;
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -4096;").map_err(failure)?;
        keep_statements(&connection)?;
        Ok(connection)
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One snapshot.
pub(crate) struct ReadTransaction {
    /// Always there until dropped.
    connection: Option<Connection>,
    readers: Arc<Readers>,
    _turn: OwnedSemaphorePermit,
}

impl ReadTransaction {
    pub(super) async fn begin(readers: &Arc<Readers>) -> Result<Self, StoreError> {
        let closed = |_| StoreError::Unavailable("readers are closed".into());
        let turn = Arc::clone(&readers.turns).acquire_owned().await.map_err(closed)?;
        let free = readers.free().pop();
        let connection = match free {
            Some(connection) => connection,
            None => readers.connect()?,
        };
        execute(&connection, "BEGIN", &[])?;
        Ok(Self { connection: Some(connection), readers: Arc::clone(readers), _turn: turn })
    }

    pub(crate) fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        query(self.connection()?, sql, params)
    }

    pub(crate) fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        execute(self.connection()?, sql, params)
    }

    pub(crate) fn execute_batch(&self, sql: &str) -> Result<(), StoreError> {
        self.connection()?.execute_batch(sql).map_err(failure)
    }

    fn connection(&self) -> Result<&Connection, StoreError> {
        self.connection.as_ref().ok_or_else(|| StoreError::Unavailable("the snapshot has ended".into()))
    }
}

impl Drop for ReadTransaction {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && execute(&connection, "ROLLBACK", &[]).is_ok()
        {
            self.readers.free().push(connection);
        }
    }
}
