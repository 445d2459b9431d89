//! Moves what was committed from the log (the WAL file) to the database file, beside the writer.
//!
//! Left to itself, SQLite does that within the commit that makes the log too long, and everybody waits for thousands of pages. Here a thread with
//! a connection of its own does it:
//!
//! - After every so many commits, what no reader needs any more is copied while commits go on.
//! - A log cannot begin anew while transactions keep coming. When it is too long, the thread takes the writer for the rest, which is short by then.
//! - When nothing was committed for a moment, the log is emptied. What was deleted, such as keys, is then in neither file (`secure_delete`).
//!
//! Nothing depends on it being done: what is in the log is as durable as the rest.

use std::{
    path::Path,
    sync::{
        Weak,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use rusqlite::{Connection, Row};
use tokio::sync::Mutex;

use super::{BUSY_WAIT, failure, seat::Seat};
use crate::StoreError;

/// How long the log may become.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Pages are copied after so many commits.
    pub(super) commits: usize,
    /// With more pages than this, the log begins anew.
    pub(super) pages: i64,
    /// After such a pause the log is emptied.
    pub(super) pause: Duration,
}

impl Limits {
    /// For every day. 16,000 pages are 64 MB.
    pub(super) const USUAL: Self = Self { commits: 64, pages: 16_000, pause: Duration::from_secs(1) };
}

/// The log and who writes to it.
pub(super) struct Log {
    /// Not the writer's connection: copying does not hold it up.
    connection: Connection,
    seat: Weak<Mutex<Seat>>,
    limits: Limits,
}

impl Log {
    pub(super) fn open(path: &Path, seat: Weak<Mutex<Seat>>, limits: Limits) -> Result<Self, StoreError> {
        let connection = Connection::open(path).map_err(failure)?;
        connection.busy_timeout(BUSY_WAIT).map_err(failure)?;
        connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;").map_err(failure)?;
        // From now on, what is in the way is tried again after the next commits.
        connection.busy_timeout(Duration::ZERO).map_err(failure)?;
        Ok(Self { connection, seat, limits })
    }

    /// Works until the writer has ended.
    pub(super) fn keep_short(self, commits: &Receiver<()>) {
        let mut emptied = true;
        loop {
            // With something left in the log, a pause is reason enough to look again.
            if emptied && commits.recv().is_err() {
                return;
            }
            let moved = match self.wait_for_more(commits) {
                More::Many => self.copy().map(|()| false),
                More::Pause => self.empty(),
                More::Never => return,
            };
            emptied = moved.unwrap_or_else(|error| {
                tracing::warn!(%error, "SQLite's log could not be shortened");
                false
            });
        }
    }

    fn wait_for_more(&self, commits: &Receiver<()>) -> More {
        for _ in 1..self.limits.commits {
            match commits.recv_timeout(self.limits.pause) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => return More::Pause,
                Err(RecvTimeoutError::Disconnected) => return More::Never,
            }
        }
        More::Many
    }

    fn copy(&self) -> Result<(), StoreError> {
        if self.checkpoint("PRAGMA wal_checkpoint(PASSIVE)")?.pages > self.limits.pages {
            self.with_seat("PRAGMA wal_checkpoint(RESTART)")?;
        }
        Ok(())
    }

    /// Empties the log; `false` where a reader still needs it. Most is copied before anybody has to wait.
    fn empty(&self) -> Result<bool, StoreError> {
        self.checkpoint("PRAGMA wal_checkpoint(PASSIVE)")?;
        self.with_seat("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    /// Runs a checkpoint that nobody may write beside; `false` where a reader was in the way.
    fn with_seat(&self, sql: &str) -> Result<bool, StoreError> {
        let Some(seat) = self.seat.upgrade() else { return Ok(true) };
        let mut seat = seat.blocking_lock();
        seat.commit();
        Ok(!self.checkpoint(sql)?.busy)
    }

    fn checkpoint(&self, sql: &str) -> Result<Checkpoint, StoreError> {
        let read = |row: &Row<'_>| Ok(Checkpoint { busy: row.get(0)?, pages: row.get(1)? });
        self.connection.query_row(sql, [], read).map_err(failure)
    }
}

/// What SQLite says of a checkpoint.
struct Checkpoint {
    /// Whether something was in the way.
    busy: bool,
    /// How many pages the log has.
    pages: i64,
}

/// What came after a commit.
enum More {
    /// As many commits as make copying worth it.
    Many,
    /// None for a while.
    Pause,
    /// The writer has ended.
    Never,
}
