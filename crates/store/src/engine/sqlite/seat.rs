//! The seat of the one writer: the connection, the group that is open on it, and what its commit brings about.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::execute;
use crate::{CommitCounts, StoreError};

/// The most transactions that one commit makes durable.
pub(super) const GROUP_COMMITS_MAX: usize = 256;

/// How long a group may stay open before the next member closes it, so that a row of slow transactions delays nobody for long.
const GROUP_OPEN_MAX: Duration = Duration::from_millis(20);

/// The connection with its open group, and all that its commit needs.
pub(super) struct Seat {
    pub(super) connection: Connection,
    /// Members that were released and wait for the commit; empty while no outer transaction has anything to commit.
    group: Vec<oneshot::Sender<Result<(), StoreError>>>,
    group_opened: Option<Instant>,
    /// Whether a member changed when jobs are due.
    group_has_jobs: bool,
    counts: Arc<Counts>,
    jobs_changed: Arc<watch::Sender<u64>>,
    log: mpsc::Sender<()>,
}

/// How well commits are grouped.
#[derive(Default)]
pub(super) struct Counts {
    transactions: AtomicU64,
    commits: AtomicU64,
}

impl Counts {
    pub(super) fn get(&self) -> CommitCounts {
        CommitCounts {
            transactions: self.transactions.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
        }
    }
}

impl Seat {
    /// `log` hears of every commit.
    pub(super) const fn new(
        connection: Connection,
        counts: Arc<Counts>,
        jobs_changed: Arc<watch::Sender<u64>>,
        log: mpsc::Sender<()>,
    ) -> Self {
        Self { connection, group: Vec::new(), group_opened: None, group_has_jobs: false, counts, jobs_changed, log }
    }

    /// Opens the outer transaction if there is none, and a savepoint in it.
    pub(super) fn open(&mut self) -> Result<(), StoreError> {
        if self.connection.is_autocommit() {
            execute(&self.connection, "BEGIN IMMEDIATE", &[])?;
            self.group_opened = Some(Instant::now());
        }
        execute(&self.connection, "SAVEPOINT member", &[]).map(drop)
    }

    /// Undoes the member that has the seat.
    ///
    /// Some errors (disk full, I/O) make SQLite roll back the outer transaction by itself: then the group has failed.
    pub(super) fn undo(&mut self) {
        let undone = execute(&self.connection, "ROLLBACK TO member", &[])
            .and_then(|_| execute(&self.connection, "RELEASE member", &[]));
        if let Err(error) = undone {
            self.fail(&error);
        } else if self.group.is_empty() {
            self.roll_back();
        }
    }

    /// The member that has the seat joins the group. What is answered hears how the group ends.
    pub(super) fn join_group(
        &mut self,
        has_jobs: bool,
    ) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        execute(&self.connection, "RELEASE member", &[])?;
        let (member, committed) = oneshot::channel();
        self.group.push(member);
        self.group_has_jobs |= has_jobs;
        Ok(committed)
    }

    /// Commits the outer transaction, if one is open, and tells the group.
    pub(super) fn close_group(&mut self) {
        if self.connection.is_autocommit() && self.group.is_empty() {
            return;
        }
        if let Err(error) = execute(&self.connection, "COMMIT", &[]) {
            self.fail(&error);
            return;
        }
        self.counts.commits.fetch_add(1, Ordering::Relaxed);
        self.counts.transactions.fetch_add(self.group.len() as u64, Ordering::Relaxed);
        if std::mem::take(&mut self.group_has_jobs) {
            self.jobs_changed.send_modify(|changes| *changes = changes.wrapping_add(1));
        }
        for member in self.group.drain(..) {
            let _cancelled_meanwhile = member.send(Ok(()));
        }
        let _the_log_has_no_keeper = self.log.send(());
    }

    /// Rolls the outer transaction back and tells the group why.
    pub(super) fn fail(&mut self, error: &StoreError) {
        self.roll_back();
        self.group_has_jobs = false;
        for member in self.group.drain(..) {
            let _cancelled_meanwhile = member.send(Err(error.clone()));
        }
    }

    fn roll_back(&mut self) {
        if !self.connection.is_autocommit()
            && let Err(error) = execute(&self.connection, "ROLLBACK", &[])
        {
            tracing::error!(%error, "SQLite could not roll back");
        }
    }

    /// Whether somebody waits for the commit.
    pub(super) const fn has_group(&self) -> bool {
        !self.group.is_empty()
    }

    pub(super) fn group_is_complete(&self) -> bool {
        self.group.len() >= GROUP_COMMITS_MAX
            || self.group_opened.is_some_and(|opened| opened.elapsed() > GROUP_OPEN_MAX)
    }
}
