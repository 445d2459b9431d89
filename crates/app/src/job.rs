//! Jobs: work that follows a change and is enqueued in the same transaction.
//!
//! A job holds an id and never content. It may run twice; every handler finds out from the rows what is left to do.

use jiff::{SignedDuration, Timestamp};
use model::id::{BlobId, DeliveryId, JobId};
use store::{Job, NO_LANE, NewJob, Tx};

use crate::{App, deliver, trouble::Trouble};

/// Moves a delivery along its route.
pub const DELIVER: &str = "deliver";
/// Removes content nobody needs any more.
pub const REMOVE_BLOB: &str = "remove-blob";

/// The jobs worked inside the house.
pub const INNER: [&str; 2] = [DELIVER, REMOVE_BLOB];

/// How long a worker may be silent before another takes its job.
pub const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// Jobs taken at once.
pub const BATCH_JOBS_MAX: u32 = 32;
/// A job that failed this often is dead: an administrator has to look.
pub const ATTEMPTS_MAX: u32 = 30;
/// The longest wait between two tries of a job.
const BACKOFF_MAX: SignedDuration = SignedDuration::from_mins(15);

/// How long work that is due gives way to mail that is coming in. After this it is done side by side, however busy the intake is.
pub const GIVES_WAY_MAX: SignedDuration = SignedDuration::from_secs(10);

/// Enqueues a job about `subject`, once.
pub(crate) async fn enqueue(
    app: &App,
    tx: &mut Tx,
    kind: &str,
    subject: &[u8; 16],
    due_at: Timestamp,
) -> Result<(), Trouble> {
    enqueue_in_lane(app, tx, (kind, NO_LANE), subject, due_at).await
}

/// The same, in a lane.
pub(crate) async fn enqueue_in_lane(
    app: &App,
    tx: &mut Tx,
    (kind, lane): (&str, &str),
    subject: &[u8; 16],
    due_at: Timestamp,
) -> Result<(), Trouble> {
    let now = app.now();
    tx.jobs()
        .enqueue(&NewJob {
            id: JobId::new(now, &mut *app.entropy()),
            kind: kind.to_owned(),
            subject: Some(subject.to_vec()),
            due_at,
            dedup: None,
            lane: lane.to_owned(),
            created_at: now,
        })
        .await?;
    Ok(())
}

/// Works the inner jobs that are due, one batch. Gives how many there were.
pub async fn work(app: &App) -> Result<usize, Trouble> {
    let now = app.now();
    let mut jobs = Vec::new();
    let mut tx = app.store.begin().await?;
    for kind in INNER {
        jobs.extend(tx.jobs().lease(kind, BATCH_JOBS_MAX, now, now + LEASE).await?);
    }
    tx.commit().await?;
    for job in &jobs {
        if let Err(trouble) = perform(app, job).await {
            tracing::warn!(job = %job.id, kind = job.kind, attempts = job.attempts, %trouble, "job failed");
            give_back(app, job, &trouble).await?;
        }
    }
    Ok(jobs.len())
}

/// Whether the inner jobs give way just now: mail is coming in fast, and none of them has been due for long.
pub async fn gives_way(app: &App) -> Result<bool, Trouble> {
    let now = app.now();
    if !app.load.is_high(now) {
        return Ok(false);
    }
    Ok(next_due(app).await?.is_none_or(|due_at| now.duration_since(due_at) < GIVES_WAY_MAX))
}

/// When the next inner job is due, if one waits.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>, Trouble> {
    Ok(app.store.read().await?.jobs().next_due(&INNER).await?)
}

async fn perform(app: &App, job: &Job) -> Result<(), Trouble> {
    let subject = job.subject.as_deref().unwrap_or_default();
    match job.kind.as_str() {
        DELIVER => deliver::run(app, job, id(subject)?).await,
        REMOVE_BLOB => remove_blob(app, job, id(subject)?).await,
        other => Err(Trouble::broken(format!("no such job: {other}"))),
    }
}

pub(crate) fn id<K>(bytes: &[u8]) -> Result<model::Id<K>, Trouble> {
    bytes.try_into().map_err(|_| Trouble::broken("a job without id"))
}

/// Prolongs the lease of a job that takes long, to `lease` from now. `false` if it was lost: another worker has the job.
pub(crate) async fn prolong(app: &App, job: &Job, lease: SignedDuration) -> Result<bool, Trouble> {
    let mut tx = app.store.begin().await?;
    let held = tx.jobs().prolong(job, app.now() + lease).await?;
    tx.commit().await?;
    Ok(held)
}

/// Makes a job that failed due again later, or gives it up.
pub(crate) async fn give_back(app: &App, job: &Job, trouble: &Trouble) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    if job.attempts >= ATTEMPTS_MAX {
        tracing::error!(job = %job.id, kind = job.kind, attempts = job.attempts, %trouble, "job given up, somebody has to look");
        tx.jobs().bury(job, &trouble.to_string()).await?;
    } else {
        tx.jobs().retry(job, app.now() + backoff(job.attempts), &trouble.to_string()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// One second, doubled with every failure, up to [`BACKOFF_MAX`].
pub fn backoff(attempts: u32) -> SignedDuration {
    SignedDuration::from_secs(1_i64 << attempts.min(20)).min(BACKOFF_MAX)
}

async fn remove_blob(app: &App, job: &Job, blob: BlobId) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    if tx.blobs().is_needed(blob).await? {
        tx.jobs().complete(job).await?;
        tx.commit().await?;
        return Ok(());
    }
    tx.blobs().delete(blob).await?;
    tx.jobs().complete(job).await?;
    tx.commit().await?;
    app.store.delete_blob(blob).await?;
    Ok(())
}

/// Removes content that nobody needs any more. What lies in the database is gone with this transaction; what lies elsewhere, or is still needed just now, is
/// looked at again by a job.
pub(crate) async fn remove_content(app: &App, tx: &mut Tx, blob: BlobId) -> Result<(), Trouble> {
    if !tx.blobs().is_needed(blob).await? && tx.blobs().delete(blob).await? {
        return Ok(());
    }
    enqueue(app, tx, REMOVE_BLOB, blob.as_bytes(), app.now()).await
}

/// Enqueues the next step of a delivery.
pub(crate) async fn deliver_now(app: &App, tx: &mut Tx, delivery: DeliveryId) -> Result<(), Trouble> {
    enqueue(app, tx, DELIVER, delivery.as_bytes(), app.now()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        assert_eq!(backoff(0), SignedDuration::from_secs(1));
        assert_eq!(backoff(3), SignedDuration::from_secs(8));
        assert_eq!(backoff(60), BACKOFF_MAX);
    }
}
