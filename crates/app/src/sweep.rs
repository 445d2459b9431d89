//! Removes content that nobody refers to (P2, P5).
//!
//! Large content goes to the blob store before the transaction that refers to it. If the process dies in between, or the transaction fails,
//! the content stays behind: sealed under a key that nobody has, and of no use but to fill the disk. Once a day one process walks over
//! the blob store and removes what no row needs, and uploads that never came to their end.
//!
//! What is on its way in looks the same as what was left behind, so age decides: content is left alone for [`GRACE`], which is much longer than the
//! longest SMTP connection, upload or transaction lives. Content older than the first thing this database remembers is left alone as well: it belongs
//! to another database, such as one whose backup is still to be restored.
//!
//! The database can also be the wrong one: an old backup, or a copy of it that was started beside the real one for a trial. Then nearly all content
//! from the hours that it lacks looks as if nobody needed it, whereas a crash leaves little of any hour. So a sweep looks at everything first,
//! and removes nothing if more is missing from the database than a crash explains ([`LOST_BLOBS_MAX`]).

use std::{collections::BTreeMap, ops::Range};

use jiff::{SignedDuration, Timestamp};
use model::id::{BlobId, JobId};
use store::{Job, NewJob, Tx};

use crate::{App, job, trouble::Trouble};

/// How old content has to be before it is looked at.
pub const GRACE: SignedDuration = SignedDuration::from_hours(24);
/// How often the blob store is swept.
pub const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Content objects looked at together, in one snapshot of the database.
pub const BATCH_BLOBS_MAX: usize = 500;
/// Objects removed by one sweep at most; the rest waits for the next.
pub const REMOVED_BLOBS_MAX: usize = 10_000;
/// An hour looks lost to the database if nobody needs more than this share of the content that was begun in it.
pub const LOST_HOUR_PERCENT: u64 = 10;
/// The most content without a row, from all hours that look lost, that a crash explains. With more, nothing is removed.
pub const LOST_BLOBS_MAX: u64 = 20;
/// How many objects may fail to be removed before the rest waits for another sweep.
pub const FAILURES_MAX: u64 = 10;
/// The kind of the job. It is no inner job ([`job::INNER`]): it may take long, and delays nobody.
const KIND: &str = "sweep";
/// How long the process that sweeps may be silent before another one does; prolonged with every batch.
const LEASE: SignedDuration = SignedDuration::from_mins(10);

/// What a sweep has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Content objects removed, since no row needed them.
    pub blobs: u64,
    /// Content objects that no row needs, but that could not be removed.
    pub failed: u64,
    /// Content objects that no row needs, but that were kept, since the database seems to be older than they are.
    pub withheld: u64,
    /// Uploads that never came to their end.
    pub uploads: u64,
}

/// Makes a sweep due now, as is done at every start. If one is under way already, in whatever process, that will do.
pub async fn schedule(app: &App) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    let known = tx.jobs().next_due(&[KIND]).await?.is_some();
    let fresh = enqueue(app, &mut tx, app.now()).await?;
    // A sweep that waits for its day would have been found by its name; so the one that is known is under way, or is soon tried again.
    if !(known && fresh) {
        tx.commit().await?;
    }
    Ok(())
}

/// Sweeps, if it is time and no other process does. Gives what was done; `None` also if another process took over on the way.
pub async fn work(app: &App) -> Result<Option<Swept>, Trouble> {
    let Some(job) = lease(app).await? else { return Ok(None) };
    let done = sweep(app, &job).await;
    let mut tx = app.store.begin().await?;
    match &done {
        Ok(Some(_)) if tx.jobs().complete(&job).await? => {
            enqueue(app, &mut tx, app.now() + EVERY).await?;
        }
        Ok(_) => return Ok(None),
        Err(trouble) => {
            tx.jobs().retry(&job, app.now() + job::backoff(job.attempts), &trouble.to_string()).await?;
        }
    }
    tx.commit().await?;
    done
}

async fn lease(app: &App) -> Result<Option<Job>, Trouble> {
    let now = app.now();
    if app.store.read().await?.jobs().next_due(&[KIND]).await?.is_none_or(|due_at| due_at > now) {
        return Ok(None);
    }
    let mut tx = app.store.begin().await?;
    let job = tx.jobs().lease(KIND, 1, now, now + LEASE).await?.pop();
    tx.commit().await?;
    Ok(job)
}

/// One waits at most: the name sees to that.
async fn enqueue(app: &App, tx: &mut Tx, due_at: Timestamp) -> Result<bool, Trouble> {
    let now = app.now();
    let id = JobId::new(now, &mut *app.entropy());
    let (kind, dedup) = (KIND.to_owned(), Some(KIND.to_owned()));
    Ok(tx
        .jobs()
        .enqueue(&NewJob { id, kind, subject: None, due_at, dedup, lane: store::NO_LANE.to_owned(), created_at: now })
        .await?)
}

/// `None` if another process has taken over.
async fn sweep(app: &App, job: &Job) -> Result<Option<Swept>, Trouble> {
    let before = app.now() - GRACE;
    let mut swept = Swept::default();
    if let Some(beginning) = beginning(app).await? {
        let Some(look) = look(app, job, beginning..before).await? else { return Ok(None) };
        if look.lost() > LOST_BLOBS_MAX {
            withhold(&look);
            swept.withheld = look.orphaned();
        } else if !remove(app, job, &look.orphans, &mut swept).await? {
            return Ok(None);
        }
    }
    swept.uploads = app.store.abort_unfinished_blobs(before).await.unwrap_or_else(|error| {
        // Not every bucket lets its uploads be listed. They hold room, and nothing else depends on them.
        tracing::warn!(%error, "uploads that never came to their end are left there");
        0
    });
    let Swept { blobs, failed, withheld, uploads } = swept;
    tracing::info!(blobs, failed, withheld, uploads, "content that nobody refers to was swept");
    Ok(Some(swept))
}

/// What was found when everything was looked at.
#[derive(Default)]
struct Look {
    /// By the hour in which the content was begun.
    hours: BTreeMap<i64, Hour>,
    /// What no row needs, as far as one sweep may remove it.
    orphans: Vec<BlobId>,
}

/// Content that was begun in one hour.
#[derive(Default)]
struct Hour {
    looked_at: u64,
    orphaned: u64,
}

impl Hour {
    const fn looks_lost(&self) -> bool {
        self.orphaned * 100 > self.looked_at * LOST_HOUR_PERCENT
    }
}

impl Look {
    fn note(&mut self, blob: BlobId, created_at: Timestamp, is_needed: bool) {
        let hour = self.hours.entry(created_at.as_second() / 3600).or_default();
        hour.looked_at += 1;
        if is_needed {
            return;
        }
        hour.orphaned += 1;
        if self.orphans.len() < REMOVED_BLOBS_MAX {
            self.orphans.push(blob);
        }
    }

    fn looked_at(&self) -> u64 {
        self.hours.values().map(|hour| hour.looked_at).sum()
    }

    fn orphaned(&self) -> u64 {
        self.hours.values().map(|hour| hour.orphaned).sum()
    }

    /// The content without a row from hours that look lost to the database.
    fn lost(&self) -> u64 {
        self.hours.values().filter(|hour| hour.looks_lost()).map(|hour| hour.orphaned).sum()
    }
}

fn withhold(look: &Look) {
    tracing::error!(
        looked_at = look.looked_at(),
        orphaned = look.orphaned(),
        lost = look.lost(),
        "the database knows nothing of much content that is younger than itself, so nothing was removed: it seems to be an old backup or a copy. \
         Give a copy a folder or bucket of its own; after a loss, restore the newest backup. If there is none, this content only takes up room."
    );
}

/// Looks at the content written in this span of time. `None` if another process has taken over.
async fn look(app: &App, job: &Job, written: Range<Timestamp>) -> Result<Option<Look>, Trouble> {
    let mut walk = app.store.blobs_written(written);
    let mut look = Look::default();
    loop {
        let batch = walk.next(BATCH_BLOBS_MAX).await?;
        if !job::prolong(app, job, LEASE).await? {
            return Ok(None);
        }
        if batch.is_empty() {
            return Ok(Some(look));
        }
        let mut reader = app.store.read().await?;
        for (blob, created_at) in batch {
            look.note(blob, created_at, reader.blobs().is_needed(blob).await?);
        }
    }
}

/// Removes content that no row needs. No row has come to need it meanwhile: it is older than whatever is under way.
/// `false` if another process has taken over.
async fn remove(app: &App, job: &Job, orphans: &[BlobId], swept: &mut Swept) -> Result<bool, Trouble> {
    for batch in orphans.chunks(BATCH_BLOBS_MAX) {
        if !job::prolong(app, job, LEASE).await? {
            return Ok(false);
        }
        for blob in batch {
            match app.store.delete_blob(*blob).await {
                Ok(()) => swept.blobs += 1,
                Err(error) if swept.failed < FAILURES_MAX => {
                    swept.failed += 1;
                    tracing::warn!(%blob, %error, "content that nobody refers to could not be removed");
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(true)
}

/// When this database took its first note of anything.
async fn beginning(app: &App) -> Result<Option<Timestamp>, Trouble> {
    let first = app.store.read().await?.audit().list(0, 1).await?;
    Ok(first.first().map(|event| event.recorded.at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(look: &mut Look, hour: i64, needed: u64, orphaned: u64) {
        let at = Timestamp::from_second(hour * 3600 + 1).unwrap();
        for number in 0..needed + orphaned {
            look.note(BlobId::from_bytes([7; 16]), at, number < needed);
        }
    }

    #[test]
    fn hours_that_are_mostly_there_are_not_lost_p2() {
        let mut look = Look::default();
        note(&mut look, 1, 900, 100);
        note(&mut look, 2, 3, 0);
        assert_eq!((look.looked_at(), look.orphaned(), look.lost()), (1003, 100, 0), "a tenth of a busy hour");
        note(&mut look, 3, 899, 101);
        assert_eq!(look.lost(), 101, "more than a tenth");
        note(&mut look, 4, 0, 1);
        assert_eq!((look.orphaned(), look.lost()), (202, 102));
    }

    #[test]
    fn what_one_sweep_removes_is_limited() {
        let mut look = Look::default();
        note(&mut look, 1, 0, REMOVED_BLOBS_MAX as u64 + 1);
        assert_eq!((look.orphaned(), look.orphans.len()), (REMOVED_BLOBS_MAX as u64 + 1, REMOVED_BLOBS_MAX));
    }
}
