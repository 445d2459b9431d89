//! Jobs: work to be done after a change, as rows that are written with the change.
//!
//! A job is *due* at a time. A worker *leases* due jobs for a while, does the work and completes them, in the same transaction as the work
//! where it can. If the worker dies, the lease runs out and the job is due again: work happens at least once and must bear repetition. A job
//! that fails is due again later; one that fails for good is buried as `dead`, where it is seen and can be revived.
//!
//! `due_at` of a leased job is the end of its lease, so one index (`jobs_due`) finds the next job, ready or abandoned, however long the
//! queue is. Of one lease only its holder can complete, retry or bury: the number of attempts tells the leases of a job apart.
//!
//! Jobs of a kind can wait in *lanes*, by which a worker is fair: it asks which lanes have due jobs ([`Jobs::due_lanes`]) and leases from each. An index
//! (`jobs_by_lane`) finds the next lane and its next job, so what that costs grows neither with the queue nor with one lane of it.

use jiff::Timestamp;
use model::id::JobId;

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, debug_shows, params, words},
};

/// The most jobs of one lease.
pub const LEASED_JOBS_MAX: u32 = 1000;
/// The most lanes that are looked at with one question.
pub const LANES_MAX: u32 = 500;
/// The lane of jobs that have none.
pub const NO_LANE: &str = "-";

words! {
    /// Where a job stands.
    JobState {
        /// Waits until it is due.
        Ready = "ready",
        /// A worker has it.
        Leased = "leased",
        /// Given up; somebody has to look.
        Dead = "dead",
    }
}

/// A job to be enqueued.
#[derive(Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// What is to be done, as a word.
    pub kind: String,
    /// The id of what it is to be done with.
    pub subject: Option<Vec<u8>>,
    /// When it is due.
    pub due_at: Timestamp,
    /// A text that only one waiting job may have. Once a worker has leased the job, the text is free again, for then a change made now may
    /// come too late for that worker.
    pub dedup: Option<String>,
    /// In which lane it waits: [`NO_LANE`] or a name, never empty.
    pub lane: String,
    /// When it is enqueued.
    pub created_at: Timestamp,
}

debug_shows!(NewJob: id, kind, due_at);

/// A job.
#[derive(Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What is to be done, as a word.
    pub kind: String,
    /// The id of what it is to be done with.
    pub subject: Option<Vec<u8>>,
    /// Where it stands.
    pub state: JobState,
    /// When it is due; of a leased job the end of the lease.
    pub due_at: Timestamp,
    /// The end of the lease.
    pub lease_until: Option<Timestamp>,
    /// How often it was leased, this time included.
    pub attempts: u32,
    /// Why it failed the last time.
    pub last_error: Option<String>,
    /// When it was enqueued.
    pub created_at: Timestamp,
}

debug_shows!(Job: id, kind, state, due_at, attempts);

macro_rules! columns {
    () => {
        "id, kind, subject, state, due_at, lease_until, attempts, last_error, created_at"
    };
}

pub(crate) const LEASE: [&str; 2] = [
    concat!(
        "UPDATE jobs SET state = 'leased', due_at = $3, lease_until = $3, attempts = attempts + 1, dedup = NULL WHERE id IN \
         (SELECT id FROM jobs WHERE kind = $1 AND state <> 'dead' AND due_at <= $2 ORDER BY due_at, id LIMIT $4) RETURNING ",
        columns!()
    ),
    concat!(
        "WITH due AS MATERIALIZED (SELECT id FROM jobs WHERE kind = $1 AND state <> 'dead' AND due_at <= $2 ORDER BY due_at, id LIMIT $4 \
         FOR UPDATE SKIP LOCKED) UPDATE jobs SET state = 'leased', due_at = $3, lease_until = $3, attempts = attempts + 1, dedup = NULL \
         WHERE id IN (SELECT id FROM due) RETURNING ",
        columns!()
    ),
];

pub(crate) const LEASE_FROM_LANE: [&str; 2] = [
    concat!(
        "UPDATE jobs SET state = 'leased', due_at = $3, lease_until = $3, attempts = attempts + 1, dedup = NULL WHERE id IN \
         (SELECT id FROM jobs WHERE kind = $1 AND lane = $5 AND state <> 'dead' AND due_at <= $2 ORDER BY due_at, id LIMIT $4) RETURNING ",
        columns!()
    ),
    concat!(
        "WITH due AS MATERIALIZED (SELECT id FROM jobs WHERE kind = $1 AND lane = $5 AND state <> 'dead' AND due_at <= $2 \
         ORDER BY due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED) UPDATE jobs SET state = 'leased', due_at = $3, lease_until = $3, \
         attempts = attempts + 1, dedup = NULL WHERE id IN (SELECT id FROM due) RETURNING ",
        columns!()
    ),
];

/// From lane to lane, by the index, with the time at which each lane's next job is due.
pub(crate) const LANES: &str = "WITH RECURSIVE lanes (lane, seen) AS (\
     SELECT (SELECT lane FROM jobs WHERE kind = $1 AND state <> 'dead' AND lane > $2 ORDER BY lane LIMIT 1), CAST(1 AS BIGINT) \
     UNION ALL \
     SELECT (SELECT jobs.lane FROM jobs WHERE kind = $1 AND state <> 'dead' AND jobs.lane > lanes.lane ORDER BY jobs.lane LIMIT 1), seen + 1 \
     FROM lanes WHERE lanes.lane IS NOT NULL AND seen < $3) \
     SELECT lane, (SELECT due_at FROM jobs WHERE kind = $1 AND state <> 'dead' AND jobs.lane = lanes.lane ORDER BY due_at, id LIMIT 1) \
     FROM lanes WHERE lane IS NOT NULL";

pub(crate) const NEXT_DUE: &str =
    "SELECT due_at FROM jobs WHERE kind = $1 AND state <> 'dead' ORDER BY due_at, id LIMIT 1";

fn read(mut row: Row) -> Result<Job, StoreError> {
    Ok(Job {
        id: row.take()?,
        kind: row.take()?,
        subject: row.take()?,
        state: row.take()?,
        due_at: row.take()?,
        lease_until: row.take()?,
        attempts: row.take()?,
        last_error: row.take()?,
        created_at: row.take()?,
    })
}

fn leased(rows: Vec<Row>) -> Result<Vec<Job>, StoreError> {
    let mut jobs = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    jobs.sort_by_key(|job| job.id);
    Ok(jobs)
}

/// Lanes that were looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lanes {
    /// Those with a job that is due, in the order of their names.
    pub due: Vec<String>,
    /// The last one, if there may be more behind it.
    pub last: Option<String>,
}

/// Access to the jobs.
pub struct Jobs<'a, A>(pub(crate) Access<'a, A>);

impl<A> Jobs<'_, A> {
    /// The job with this id.
    pub async fn find(&mut self, id: JobId) -> Result<Option<Job>, StoreError> {
        let sql = concat!("SELECT ", columns!(), " FROM jobs WHERE id = $1");
        self.0.query_one(sql, params![id]).await?.map(read).transpose()
    }

    /// When the next job of these kinds is due, or the next lease runs out.
    pub async fn next_due(&mut self, kinds: &[&str]) -> Result<Option<Timestamp>, StoreError> {
        let mut next: Option<Timestamp> = None;
        for kind in kinds {
            if let Some(mut row) = self.0.query_one(NEXT_DUE, params![kind]).await? {
                let due_at = row.take()?;
                next = Some(next.map_or(due_at, |next| next.min(due_at)));
            }
        }
        Ok(next)
    }

    /// Looks at the next lanes of a kind, behind the lane `after` in the order of their names, at most `count` (and [`LANES_MAX`]). All names are behind an
    /// empty one.
    pub async fn due_lanes(
        &mut self,
        (kind, after): (&str, &str),
        count: u32,
        now: Timestamp,
    ) -> Result<Lanes, StoreError> {
        let count = count.clamp(1, LANES_MAX);
        let rows = self.0.query(LANES, params![kind, after, count]).await?;
        let is_full = rows.len() >= usize::try_from(count).unwrap_or(usize::MAX);
        let mut lanes = Lanes { due: Vec::new(), last: None };
        for mut row in rows {
            let lane: String = row.take()?;
            let due_at: Option<Timestamp> = row.take()?;
            if is_full {
                lanes.last = Some(lane.clone());
            }
            if due_at.is_some_and(|due_at| due_at <= now) {
                lanes.due.push(lane);
            }
        }
        Ok(lanes)
    }

    /// Jobs that were given up, oldest first, at most `limit`.
    pub async fn list_dead(&mut self, limit: u32) -> Result<Vec<Job>, StoreError> {
        let sql = concat!("SELECT ", columns!(), " FROM jobs WHERE state = 'dead' ORDER BY id LIMIT $1");
        self.0.query(sql, params![limit]).await?.into_iter().map(read).collect()
    }
}

impl Jobs<'_, Write> {
    /// Enqueues a job. `false` if one with the same `dedup` waits already; that one is then due no later than this would have been, and it
    /// is not leased before this transaction has ended.
    pub async fn enqueue(&mut self, job: &NewJob) -> Result<bool, StoreError> {
        let sql = "INSERT INTO jobs (id, kind, subject, state, due_at, attempts, dedup, created_at, lane) \
                   VALUES ($1, $2, $3, 'ready', $4, 0, $5, $6, $7) ON CONFLICT (dedup) DO UPDATE \
                   SET due_at = CASE WHEN excluded.due_at < jobs.due_at THEN excluded.due_at ELSE jobs.due_at END RETURNING id";
        let params = params![job.id, job.kind, job.subject, job.due_at, job.dedup, job.created_at, job.lane];
        let Some(mut row) = self.0.query_one(sql, params).await? else {
            return Err(StoreError::Corrupt("an upsert answered nothing".into()));
        };
        self.0.note_jobs();
        Ok(row.take::<JobId>()? == job.id)
    }

    /// Leases due jobs of this kind until `until`, at most `count` (and [`LEASED_JOBS_MAX`]), in the order in which they were enqueued.
    ///
    /// No other worker, on this or another node, gets them before. Commit before the work begins.
    pub async fn lease(
        &mut self,
        kind: &str,
        count: u32,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Job>, StoreError> {
        let sql = self.0.dialect().pick(LEASE);
        leased(self.0.query(sql, params![kind, now, until, count.min(LEASED_JOBS_MAX)]).await?)
    }

    /// The same, from one lane.
    pub async fn lease_from_lane(
        &mut self,
        (kind, lane): (&str, &str),
        count: u32,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Job>, StoreError> {
        let sql = self.0.dialect().pick(LEASE_FROM_LANE);
        leased(self.0.query(sql, params![kind, now, until, count.min(LEASED_JOBS_MAX), lane]).await?)
    }

    /// Prolongs a lease. `false` if it is lost.
    pub async fn prolong(&mut self, job: &Job, until: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE jobs SET due_at = $3, lease_until = $3 WHERE id = $1 AND attempts = $2 AND state = 'leased'";
        Ok(self.0.execute(sql, params![job.id, job.attempts, until]).await? == 1)
    }

    /// The work is done. `false` if the lease was lost: somebody else has the job, so roll back what was done.
    pub async fn complete(&mut self, job: &Job) -> Result<bool, StoreError> {
        let sql = "DELETE FROM jobs WHERE id = $1 AND attempts = $2 AND state = 'leased'";
        Ok(self.0.execute(sql, params![job.id, job.attempts]).await? == 1)
    }

    /// The work failed and is due again at `due_at`. `false` if the lease was lost.
    pub async fn retry(&mut self, job: &Job, due_at: Timestamp, error: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE jobs SET state = 'ready', due_at = $3, lease_until = NULL, last_error = $4 \
                   WHERE id = $1 AND attempts = $2 AND state = 'leased'";
        let changed = self.0.execute(sql, params![job.id, job.attempts, due_at, error]).await?;
        self.0.note_jobs();
        Ok(changed == 1)
    }

    /// The work failed for good. `false` if the lease was lost.
    pub async fn bury(&mut self, job: &Job, error: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE jobs SET state = 'dead', lease_until = NULL, last_error = $3 \
                   WHERE id = $1 AND attempts = $2 AND state = 'leased'";
        Ok(self.0.execute(sql, params![job.id, job.attempts, error]).await? == 1)
    }

    /// Gives a dead job another chance, now. `false` if there is no such dead job.
    pub async fn revive(&mut self, id: JobId, now: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE jobs SET state = 'ready', due_at = $2 WHERE id = $1 AND state = 'dead'";
        let changed = self.0.execute(sql, params![id, now]).await?;
        self.0.note_jobs();
        Ok(changed == 1)
    }
}
