//! Commits groups and waits for the disk, beside the writer.
//!
//! SQLite writes a commit to its log and does not wait (`synchronous=NORMAL`); this thread does, without the writer, so that the next group gathers
//! meanwhile. What others read may therefore be some milliseconds ahead of the disk, but nobody is told `Ok` ahead of it, and what anybody does
//! because of what was read is written behind it: the log is one file and its order is kept.
//!
//! # When the disk refuses
//!
//! After `fdatasync` has failed, the kernel may have dropped the pages and calls the next attempt a success. What is on disk is then unknown, and
//! trying again proves nothing. So the writer ends: the group is told, every later transaction is refused, and the process is to be started
//! anew ([`crate::Store::lost`]). SQLite then recovers what the checksums of its log prove.

use std::{
    fs::File,
    io,
    path::Path,
    sync::{
        Arc, Weak,
        mpsc::{Receiver, Sender},
    },
};

use tokio::sync::{Mutex, watch};

use super::seat::Seat;
use crate::{CommitCounts, StoreError};

/// Waits until all that was written to the log is on disk.
pub(super) type Disk = Box<dyn Fn() -> io::Result<()> + Send>;

/// The disk under the log of the database at `path`, which has to be there already.
pub(super) fn disk(path: &Path) -> Result<Disk, StoreError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = File::open(&log).map_err(|error| StoreError::Unavailable(format!("{}: {error}", log.display())))?;
    Ok(Box::new(move || log.sync_data()))
}

/// The thread's belongings.
pub(super) struct Committer {
    seat: Weak<Mutex<Seat>>,
    disk: Disk,
    counts: watch::Sender<CommitCounts>,
    jobs_changed: Arc<watch::Sender<u64>>,
    /// Hears of every commit.
    log: Sender<()>,
}

impl Committer {
    pub(super) fn new(
        seat: Weak<Mutex<Seat>>,
        disk: Disk,
        jobs_changed: Arc<watch::Sender<u64>>,
        log: Sender<()>,
    ) -> (Self, watch::Receiver<CommitCounts>) {
        let (counts, counted) = watch::channel(CommitCounts::default());
        (Self { seat, disk, counts, jobs_changed, log }, counted)
    }

    /// Works until the writer has ended. `groups` tells of the first member of each.
    pub(super) fn commit_groups(self, groups: &Receiver<()>) {
        while groups.recv().is_ok() {
            let Some(seat) = self.seat.upgrade() else { return };
            self.commit_group(&seat);
        }
    }

    fn commit_group(&self, seat: &Mutex<Seat>) {
        let mut group = {
            let mut seat = seat.blocking_lock();
            seat.commit();
            seat.take_committed()
        };
        if group.is_empty() {
            return;
        }
        if let Err(error) = (self.disk)() {
            let error = StoreError::Unavailable(format!("the disk did not keep what was committed: {error}"));
            tracing::error!(%error, "nothing more is written; start the process anew");
            group.tell(&Err(error.clone()));
            seat.blocking_lock().lose(&error);
            return;
        }
        self.counts.send_modify(|counts| {
            counts.commits += 1;
            counts.transactions += group.len() as u64;
        });
        if group.has_jobs {
            self.jobs_changed.send_modify(|changes| *changes = changes.wrapping_add(1));
        }
        group.tell(&Ok(()));
        let _the_log_has_no_keeper = self.log.send(());
    }
}
