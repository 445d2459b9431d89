//! The writer of SQLite, and group commit.
//!
//! A commit waits for the disk, milliseconds during which the one writer could have done dozens of transactions. So transactions commit in
//! groups. The first opens an outer transaction; each is a savepoint in it. Who commits while others already wait for the writer releases
//! the savepoint, hands the writer on and waits. Who commits while nobody waits, or completes a group of [`GROUP_COMMITS_MAX`], has the outer
//! transaction committed, and with it the whole group. Nobody is told `Ok` before that, so a group that fails takes nothing with it that
//! was promised. A transaction that rolls back rolls back to its savepoint and concerns nobody else.
//!
//! # Nobody is left waiting
//!
//! A group that is handed on trusts that those who wait for the writer come. They may be cancelled instead. The rule that cures it: *whoever
//! lets go of the writer, or of waiting for it, looks whether nobody waits, the writer is free and a group is open; then the group is
//! committed* ([`Writer::settle`]). Either the one who lets go of the writer sees that nobody waits any more, or the one who stops waiting finds
//! the writer free, whatever the order; so one of them commits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot, watch};

use super::{execute, failure, query};
use crate::{
    CommitCounts, StoreError,
    value::{Param, Row},
};

/// The most transactions that one commit makes durable.
pub(super) const GROUP_COMMITS_MAX: usize = 256;

/// How long a group may stay open before the next member closes it, so that a row of slow transactions delays nobody for long.
const GROUP_OPEN_MAX: Duration = Duration::from_millis(20);

/// The connection with its open group.
struct Seat {
    connection: Connection,
    /// Members that were released and wait for the commit; empty while no outer transaction has anything to commit.
    group: Vec<oneshot::Sender<Result<(), StoreError>>>,
    group_opened: Option<Instant>,
    /// Whether a member changed when jobs are due.
    group_has_jobs: bool,
}

/// The one writer.
pub(crate) struct Writer {
    seat: Arc<Mutex<Seat>>,
    /// How many transactions wait for the seat.
    waiting: AtomicUsize,
    /// To the thread that commits.
    committer: mpsc::Sender<OwnedMutexGuard<Seat>>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    transactions: AtomicU64,
    commits: AtomicU64,
}

impl Writer {
    /// Starts the thread that commits; it ends with the writer.
    pub(super) fn start(connection: Connection, jobs_changed: Arc<watch::Sender<u64>>) -> Result<Self, StoreError> {
        let seat = Seat { connection, group: Vec::new(), group_opened: None, group_has_jobs: false };
        let counts = Arc::new(Counts::default());
        let (committer, seats) = mpsc::channel::<OwnedMutexGuard<Seat>>();
        let thread_counts = Arc::clone(&counts);
        std::thread::Builder::new()
            .name("sqlite-commit".into())
            .spawn(move || {
                for mut seat in seats {
                    seat.commit(&thread_counts, &jobs_changed);
                }
            })
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { seat: Arc::new(Mutex::new(seat)), waiting: AtomicUsize::new(0), committer, counts })
    }

    pub(super) fn commit_counts(&self) -> CommitCounts {
        CommitCounts {
            transactions: self.counts.transactions.load(Ordering::Relaxed),
            commits: self.counts.commits.load(Ordering::Relaxed),
        }
    }

    /// Commits a group that nobody else is going to commit.
    fn settle(&self) {
        if self.waiting.load(Ordering::SeqCst) == 0
            && let Ok(seat) = Arc::clone(&self.seat).try_lock_owned()
            && !seat.group.is_empty()
        {
            self.send_to_committer(seat);
        }
    }

    fn send_to_committer(&self, seat: OwnedMutexGuard<Seat>) {
        if let Err(mpsc::SendError(mut seat)) = self.committer.send(seat) {
            seat.fail(&StoreError::Unavailable("the thread that commits has ended".into()));
        }
    }
}

impl Seat {
    /// Opens the outer transaction if there is none, and a savepoint in it.
    fn open(&mut self) -> Result<(), StoreError> {
        if self.connection.is_autocommit() {
            execute(&self.connection, "BEGIN IMMEDIATE", &[])?;
            self.group_opened = Some(Instant::now());
        }
        execute(&self.connection, "SAVEPOINT member", &[]).map(drop)
    }

    /// Undoes the member that has the seat.
    ///
    /// Some errors (disk full, I/O) make SQLite roll back the outer transaction by itself: then the group has failed.
    fn undo(&mut self) {
        let undone = execute(&self.connection, "ROLLBACK TO member", &[])
            .and_then(|_| execute(&self.connection, "RELEASE member", &[]));
        if let Err(error) = undone {
            self.fail(&error);
        } else if self.group.is_empty() {
            self.roll_back();
        }
    }

    /// Commits the outer transaction and tells the group.
    fn commit(&mut self, counts: &Counts, jobs_changed: &watch::Sender<u64>) {
        if let Err(error) = execute(&self.connection, "COMMIT", &[]) {
            self.fail(&error);
            return;
        }
        counts.commits.fetch_add(1, Ordering::Relaxed);
        counts.transactions.fetch_add(self.group.len() as u64, Ordering::Relaxed);
        if std::mem::take(&mut self.group_has_jobs) {
            jobs_changed.send_modify(|changes| *changes = changes.wrapping_add(1));
        }
        for member in self.group.drain(..) {
            let _cancelled_meanwhile = member.send(Ok(()));
        }
    }

    /// Rolls the outer transaction back and tells the group why.
    fn fail(&mut self, error: &StoreError) {
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

    fn group_is_complete(&self) -> bool {
        self.group.len() >= GROUP_COMMITS_MAX
            || self.group_opened.is_some_and(|opened| opened.elapsed() > GROUP_OPEN_MAX)
    }
}

/// Counts as waiting until dropped.
struct Waiting<'a>(&'a Writer);

impl<'a> Waiting<'a> {
    fn new(writer: &'a Writer) -> Self {
        writer.waiting.fetch_add(1, Ordering::SeqCst);
        Self(writer)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
        self.0.settle();
    }
}

/// A member of a group that has the seat.
pub(crate) struct WriteTransaction {
    /// There until the transaction has ended.
    seat: Option<OwnedMutexGuard<Seat>>,
    writer: Arc<Writer>,
    has_jobs: bool,
}

impl WriteTransaction {
    pub(super) async fn begin(writer: &Arc<Writer>) -> Result<Self, StoreError> {
        // Cancelled while waiting, the place in the queue is given up first (declared last, dropped first), then `Waiting` looks around.
        let waiting = Waiting::new(writer);
        let seat = Arc::clone(&writer.seat).lock_owned().await;
        let mut transaction = Self { seat: Some(seat), writer: Arc::clone(writer), has_jobs: false };
        drop(waiting);
        transaction.seat()?.open()?;
        Ok(transaction)
    }

    fn seat(&mut self) -> Result<&mut Seat, StoreError> {
        self.seat.as_deref_mut().ok_or_else(|| StoreError::Unavailable("the transaction has ended".into()))
    }

    pub(crate) const fn note_jobs(&mut self) {
        self.has_jobs = true;
    }

    pub(crate) fn query(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        query(&self.seat()?.connection, sql, params)
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        execute(&self.seat()?.connection, sql, params)
    }

    pub(crate) fn execute_batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.seat()?.connection.execute_batch(sql).map_err(failure)
    }

    /// Joins the group and waits until it is on disk.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let has_jobs = self.has_jobs;
        let seat = self.seat()?;
        execute(&seat.connection, "RELEASE member", &[])?;
        let (member, committed) = oneshot::channel();
        seat.group.push(member);
        seat.group_has_jobs |= has_jobs;
        // From here on the transaction belongs to the group, whatever becomes of this future.
        if let Some(seat) = self.seat.take() {
            self.writer.let_go(seat);
        }
        drop(self);
        committed.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the writer has ended".into())))
    }
}

impl Writer {
    /// Hands the seat on, to the next in turn or to the thread that commits.
    fn let_go(&self, seat: OwnedMutexGuard<Seat>) {
        let others_wait = self.waiting.load(Ordering::SeqCst) > 0;
        if !seat.group.is_empty() && (!others_wait || seat.group_is_complete()) {
            self.send_to_committer(seat);
        } else {
            drop(seat);
            self.settle();
        }
    }
}

impl Drop for WriteTransaction {
    fn drop(&mut self) {
        if let Some(mut seat) = self.seat.take() {
            seat.undo();
            self.writer.let_go(seat);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::*;
    use crate::value::params;

    fn writer(setting: &str) -> (tempfile::TempDir, Arc<Writer>, Arc<watch::Sender<u64>>) {
        let dir = tempfile::tempdir().unwrap();
        let connection = super::super::open_writer(&dir.path().join("store.db")).unwrap();
        connection.execute_batch(setting).unwrap();
        let jobs_changed = Arc::new(watch::Sender::new(0));
        (dir, Arc::new(Writer::start(connection, Arc::clone(&jobs_changed)).unwrap()), jobs_changed)
    }

    async fn insert(writer: &Arc<Writer>, number: i64, bytes: usize) -> Result<(), StoreError> {
        let mut transaction = WriteTransaction::begin(writer).await?;
        transaction.execute("INSERT INTO things VALUES ($1, $2)", params![number, vec![1_u8; bytes]])?;
        transaction.commit().await
    }

    async fn numbers(writer: &Arc<Writer>) -> Vec<i64> {
        let mut transaction = WriteTransaction::begin(writer).await.unwrap();
        let rows = transaction.query("SELECT number FROM things ORDER BY number", &[]).unwrap();
        rows.into_iter().map(|mut row| row.take().unwrap()).collect()
    }

    /// SQLite may roll the outer transaction back by itself when the disk is full; then nobody in the group may be told `Ok`.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_full_disk_loses_nothing_that_was_acknowledged_p2() {
        let (_dir, writer, _jobs) = writer("CREATE TABLE things (number, bytes); PRAGMA max_page_count = 150;");
        let mut tasks = JoinSet::new();
        for number in 0..60 {
            let writer = Arc::clone(&writer);
            tasks.spawn(async move { (number, insert(&writer, number, 20_000).await.is_ok()) });
        }
        let mut acknowledged: Vec<i64> =
            tasks.join_all().await.into_iter().filter_map(|(number, is_ok)| is_ok.then_some(number)).collect();
        acknowledged.sort_unstable();
        assert!((1..60).contains(&acknowledged.len()));
        assert_eq!(numbers(&writer).await, acknowledged);
        insert(&writer, 99, 10).await.unwrap();
    }

    /// A commit that fails fails its whole group; what comes later is not harmed.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_commit_that_fails_fails_its_group() {
        let (_dir, writer, jobs) = writer(
            "CREATE TABLE things (number PRIMARY KEY, bytes); \
             CREATE TABLE parts (thing REFERENCES things (number) DEFERRABLE INITIALLY DEFERRED);",
        );
        let mut bad = WriteTransaction::begin(&writer).await.unwrap();
        let mut tasks = JoinSet::new();
        for number in 0..20 {
            let writer = Arc::clone(&writer);
            tasks.spawn(async move { insert(&writer, number, 10).await });
        }
        while writer.waiting.load(Ordering::SeqCst) < 20 {
            tokio::task::yield_now().await;
        }
        bad.execute("INSERT INTO parts VALUES (77)", &[]).unwrap();
        bad.note_jobs();
        assert!(matches!(bad.commit().await, Err(StoreError::Constraint(_))));
        let ended = tasks.join_all().await;
        assert!(ended.iter().any(Result::is_err), "they were in one group");
        let committed = ended.iter().filter(|ended| ended.is_ok()).count();
        assert_eq!(numbers(&writer).await.len(), committed);
        assert_eq!(*jobs.borrow(), 0, "jobs that were not committed are not announced");
        insert(&writer, 99, 10).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_group_has_an_edge() {
        let (_dir, writer, _jobs) = writer("CREATE TABLE things (number, bytes);");
        let first = WriteTransaction::begin(&writer).await.unwrap();
        let mut tasks = JoinSet::new();
        for number in 0..2 * GROUP_COMMITS_MAX {
            let writer = Arc::clone(&writer);
            tasks.spawn(async move { insert(&writer, i64::try_from(number).unwrap(), 10).await });
        }
        while writer.waiting.load(Ordering::SeqCst) < 2 * GROUP_COMMITS_MAX {
            tokio::task::yield_now().await;
        }
        first.commit().await.unwrap();
        assert!(tasks.join_all().await.iter().all(Result::is_ok));
        let counts = writer.commit_counts();
        assert_eq!(counts.transactions, 2 * GROUP_COMMITS_MAX as u64 + 1);
        assert!(counts.commits >= 3, "513 transactions are more than two groups: {counts:?}");
    }
}
