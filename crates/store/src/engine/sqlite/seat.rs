//! The seat of the one writer: the connection, and the group that is open on it.

use std::sync::mpsc;

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::execute;
use crate::StoreError;

/// The connection with its groups: one that is open, and one that is committed and not yet known to be on disk.
pub(super) struct Seat {
    pub(super) connection: Connection,
    /// Members that were released and wait for the commit; empty while the outer transaction has nothing to commit.
    open: Group,
    /// Members whose commit is to be followed by the disk.
    committed: Group,
    /// Tells the thread that commits of the first member of a group.
    first_members: mpsc::Sender<()>,
    /// Why nothing more may be written.
    lost: watch::Sender<Option<StoreError>>,
}

/// Transactions that become durable together.
#[derive(Default)]
pub(super) struct Group {
    members: Vec<oneshot::Sender<Result<(), StoreError>>>,
    /// Whether a member changed when jobs are due.
    pub(super) has_jobs: bool,
}

impl Group {
    pub(super) const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn tell(&mut self, ended: &Result<(), StoreError>) {
        self.has_jobs = false;
        for member in self.members.drain(..) {
            let _cancelled_meanwhile = member.send(ended.clone());
        }
    }

    fn join(&mut self, other: &mut Self) {
        self.members.append(&mut other.members);
        self.has_jobs |= std::mem::take(&mut other.has_jobs);
    }
}

impl Seat {
    /// `first_members` hears of the first member of each group, `lost` when nothing can be committed any more.
    pub(super) fn new(
        connection: Connection,
        first_members: mpsc::Sender<()>,
        lost: watch::Sender<Option<StoreError>>,
    ) -> Self {
        Self { connection, open: Group::default(), committed: Group::default(), first_members, lost }
    }

    /// Opens the outer transaction if there is none, and a savepoint in it.
    pub(super) fn open(&mut self) -> Result<(), StoreError> {
        if let Some(error) = self.lost.borrow().as_ref() {
            return Err(error.clone());
        }
        if self.connection.is_autocommit() {
            execute(&self.connection, "BEGIN IMMEDIATE", &[])?;
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
        } else if self.open.is_empty() {
            self.roll_back();
        }
    }

    /// The member that has the seat joins the group. What is answered hears how the group ends.
    pub(super) fn join_group(
        &mut self,
        has_jobs: bool,
    ) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        execute(&self.connection, "RELEASE member", &[])?;
        if self.open.is_empty() {
            self.first_members
                .send(())
                .map_err(|_| StoreError::Unavailable("the thread that commits has ended".into()))?;
        }
        let (member, kept) = oneshot::channel();
        self.open.members.push(member);
        self.open.has_jobs |= has_jobs;
        Ok(kept)
    }

    /// Commits the outer transaction, if one is open. Its group waits for the disk from now on.
    pub(super) fn commit(&mut self) {
        if self.connection.is_autocommit() {
            return;
        }
        match execute(&self.connection, "COMMIT", &[]) {
            Ok(_) => self.committed.join(&mut self.open),
            Err(error) => self.fail(&error),
        }
    }

    /// Those who wait for the disk.
    pub(super) fn take_committed(&mut self) -> Group {
        std::mem::take(&mut self.committed)
    }

    /// Ends all writing: what SQLite takes for committed may not be on disk.
    pub(super) fn lose(&mut self, error: &StoreError) {
        self.lost.send_replace(Some(error.clone()));
        self.fail(error);
        self.committed.tell(&Err(error.clone()));
    }

    /// Rolls the outer transaction back and tells the group why.
    fn fail(&mut self, error: &StoreError) {
        self.roll_back();
        self.open.tell(&Err(error.clone()));
    }

    fn roll_back(&mut self) {
        if !self.connection.is_autocommit()
            && let Err(error) = execute(&self.connection, "ROLLBACK", &[])
        {
            tracing::error!(%error, "SQLite could not roll back");
        }
    }
}
