//! Removes content that nobody refers to (P2, P5).
//!
//! Large content goes to the blob store before the transaction that refers to it. If the process dies in between, or the transaction fails,
//! the content stays behind: sealed under a key that nobody has, and of no use but to fill the disk. Once a day one process walks over
//! the blob store and removes what no row needs, and uploads that never came to their end.
//!
//! What is on its way in looks the same as what was left behind, so age decides: content is left alone for [`GRACE`], which is much longer than the
//! longest SMTP connection, upload or transaction lives. Content older than the first thing this database remembers is left alone as well: it belongs
//! to another database, such as one whose backup is still to be restored.

use std::ops::Range;

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
/// The kind of the job. It is no inner job ([`job::INNER`]): it may take long, and delays nobody.
const KIND: &str = "sweep";
/// How long the process that sweeps may be silent before another one does; prolonged with every batch.
const LEASE: SignedDuration = SignedDuration::from_mins(10);

/// What a sweep has removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Content objects that no row needed.
    pub blobs: u64,
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

/// Sweeps, if it is time and no other process does. Gives what was removed.
pub async fn work(app: &App) -> Result<Option<Swept>, Trouble> {
    let Some(job) = lease(app).await? else { return Ok(None) };
    let done = sweep(app, &job).await;
    let mut tx = app.store.begin().await?;
    match &done {
        Ok(_) if tx.jobs().complete(&job).await? => {
            enqueue(app, &mut tx, app.now() + EVERY).await?;
        }
        Ok(_) => return done.map(Some),
        Err(trouble) => {
            tx.jobs().retry(&job, app.now() + job::backoff(job.attempts), &trouble.to_string()).await?;
        }
    }
    tx.commit().await?;
    done.map(Some)
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
    Ok(tx.jobs().enqueue(&NewJob { id, kind, subject: None, due_at, dedup, created_at: now }).await?)
}

async fn sweep(app: &App, job: &Job) -> Result<Swept, Trouble> {
    let before = app.now() - GRACE;
    let blobs = match beginning(app).await? {
        Some(beginning) => sweep_blobs(app, job, beginning..before).await?,
        None => 0,
    };
    let uploads = app.store.abort_unfinished_blobs(before).await.unwrap_or_else(|error| {
        // Not every bucket lets its uploads be listed. They hold room, and nothing else depends on them.
        tracing::warn!(%error, "uploads that never came to their end are left there");
        0
    });
    tracing::info!(blobs, uploads, "content that nobody refers to was removed");
    Ok(Swept { blobs, uploads })
}

/// Removes the content written in this span of time that no row needs. Gives how much; ends early if another process has taken over.
async fn sweep_blobs(app: &App, job: &Job, written: Range<Timestamp>) -> Result<u64, Trouble> {
    let mut walk = app.store.blobs_written(written);
    let mut removed = 0;
    loop {
        let batch = walk.next(BATCH_BLOBS_MAX).await?;
        if batch.is_empty() || !prolong(app, job).await? {
            return Ok(removed);
        }
        for blob in orphans(app, batch).await? {
            app.store.delete_blob(blob).await?;
            removed += 1;
        }
    }
}

/// When this database took its first note of anything.
async fn beginning(app: &App) -> Result<Option<Timestamp>, Trouble> {
    let first = app.store.read().await?.audit().list(0, 1).await?;
    Ok(first.first().map(|event| event.recorded.at))
}

/// The content that no row needs. No row comes to need it afterwards: it is older than whatever is under way.
async fn orphans(app: &App, batch: Vec<BlobId>) -> Result<Vec<BlobId>, Trouble> {
    let mut reader = app.store.read().await?;
    let mut orphans = Vec::new();
    for blob in batch {
        if !reader.blobs().is_needed(blob).await? {
            orphans.push(blob);
        }
    }
    Ok(orphans)
}

async fn prolong(app: &App, job: &Job) -> Result<bool, Trouble> {
    let mut tx = app.store.begin().await?;
    let held = tx.jobs().prolong(job, app.now() + LEASE).await?;
    tx.commit().await?;
    Ok(held)
}
