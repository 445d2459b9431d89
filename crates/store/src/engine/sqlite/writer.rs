//! The writer of SQLite, and group commit.
//!
//! A commit waits for the disk, milliseconds during which the one writer could have done dozens of transactions. So transactions commit in
//! groups. The first opens an outer transaction; each is a savepoint in it. Who commits while others already wait for the writer releases
//! the savepoint, hands the writer on and waits. Who commits while nobody waits, or completes a group of [`super::seat::GROUP_COMMITS_MAX`], has the outer
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
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
};

use rusqlite::Connection;
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use super::{
    execute, failure,
    log::{Limits, Log},
    query,
    seat::{Counts, Seat},
};
use crate::{
    CommitCounts, StoreError,
    value::{Param, Row},
};

/// The one writer.
pub(crate) struct Writer {
    seat: Arc<Mutex<Seat>>,
    /// How many transactions wait for the seat.
    waiting: AtomicUsize,
    /// To the thread that commits.
    committer: mpsc::Sender<OwnedMutexGuard<Seat>>,
    counts: Arc<Counts>,
}

impl Writer {
    /// Starts the thread that commits and the one that keeps the log short; they end with the writer.
    pub(super) fn start(
        connection: Connection,
        path: &Path,
        jobs_changed: Arc<watch::Sender<u64>>,
        limits: Limits,
    ) -> Result<Self, StoreError> {
        let counts = Arc::new(Counts::default());
        let (log, commits) = mpsc::channel();
        let seat = Arc::new(Mutex::new(Seat::new(connection, Arc::clone(&counts), jobs_changed, log)));
        let keeper = Log::open(path, Arc::downgrade(&seat), limits)?;
        start_thread("sqlite-log", move || keeper.keep_short(&commits))?;
        let (committer, seats) = mpsc::channel::<OwnedMutexGuard<Seat>>();
        start_thread("sqlite-commit", move || seats.into_iter().for_each(|mut seat| seat.close_group()))?;
        Ok(Self { seat, waiting: AtomicUsize::new(0), committer, counts })
    }

    pub(super) fn commit_counts(&self) -> CommitCounts {
        self.counts.get()
    }

    /// Commits a group that nobody else is going to commit.
    fn settle(&self) {
        if self.waiting.load(Ordering::SeqCst) == 0
            && let Ok(seat) = Arc::clone(&self.seat).try_lock_owned()
            && seat.has_group()
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

fn start_thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    let started = std::thread::Builder::new().name(name.into()).spawn(work);
    started.map(drop).map_err(|error| StoreError::Unavailable(error.to_string()))
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
        let committed = self.seat()?.join_group(has_jobs)?;
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
        if seat.has_group() && (!others_wait || seat.group_is_complete()) {
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
    use std::time::Duration;

    use tokio::task::JoinSet;

    use super::{super::seat::GROUP_COMMITS_MAX, *};
    use crate::value::params;

    /// A log this short is emptied and begun anew while the tests run.
    const LIMITS: Limits = Limits { commits: 4, pages: 32, pause: Duration::from_millis(20) };

    fn writer(setting: &str) -> (tempfile::TempDir, Arc<Writer>, Arc<watch::Sender<u64>>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        let connection = super::super::open_writer(&path).unwrap();
        connection.execute_batch(setting).unwrap();
        let jobs_changed = Arc::new(watch::Sender::new(0));
        (dir, Arc::new(Writer::start(connection, &path, Arc::clone(&jobs_changed), LIMITS).unwrap()), jobs_changed)
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
        insert(&writer, 0, 20_000).await.unwrap();
        let mut tasks = JoinSet::new();
        for number in 1..60 {
            let writer = Arc::clone(&writer);
            tasks.spawn(async move { (number, insert(&writer, number, 20_000).await.is_ok()) });
        }
        let mut acknowledged = vec![0];
        acknowledged.extend(tasks.join_all().await.into_iter().filter_map(|(number, is_ok)| is_ok.then_some(number)));
        acknowledged.sort_unstable();
        assert!(acknowledged.len() < 60, "150 pages do not hold them all");
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

    fn log_bytes(dir: &Path) -> u64 {
        std::fs::metadata(dir.join("store.db-wal")).map_or(0, |log| log.len())
    }

    fn lies_in(dir: &Path, what: &[u8]) -> bool {
        ["store.db", "store.db-wal"]
            .into_iter()
            .any(|file| std::fs::read(dir.join(file)).unwrap().windows(what.len()).any(|part| part == what))
    }

    /// The log begins anew although transactions never stop coming: 500 of them would be some 3,000 pages.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_log_stays_short_under_load() {
        let (dir, writer, _jobs) = writer("CREATE TABLE things (number, bytes);");
        let mut tasks = JoinSet::new();
        for task in 0..4 {
            let writer = Arc::clone(&writer);
            tasks.spawn(async move {
                for number in 0..125 {
                    insert(&writer, task * 1000 + number, 20_000).await.unwrap();
                }
            });
        }
        tasks.join_all().await;
        assert_eq!(numbers(&writer).await.len(), 500);
        let pages = log_bytes(dir.path()) / 4096;
        assert!(pages < 1500, "{pages} pages");
    }

    /// A reader that still needs the log is waited for, without another commit.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_log_is_emptied_once_its_last_reader_has_gone() {
        let (dir, writer, _jobs) = writer("CREATE TABLE things (number, bytes);");
        insert(&writer, 1, 10).await.unwrap();
        let reader = Connection::open(dir.path().join("store.db")).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM things;").unwrap();
        insert(&writer, 2, 10).await.unwrap();
        tokio::time::sleep(10 * LIMITS.pause).await;
        assert!(log_bytes(dir.path()) > 0, "the reader's snapshot lies in it");
        reader.execute_batch("ROLLBACK").unwrap();
        for _ in 0..500 {
            if log_bytes(dir.path()) == 0 {
                return;
            }
            tokio::time::sleep(LIMITS.pause).await;
        }
        panic!("the log was not emptied");
    }

    /// P5, R4: what was deleted lies in neither file any more once there was a pause.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_was_deleted_is_gone_from_the_files_p5() {
        let (dir, writer, _jobs) = writer("CREATE TABLE things (number, bytes);");
        let secret = b"the key of a deleted mailbox";
        let mut transaction = WriteTransaction::begin(&writer).await.unwrap();
        transaction.execute("INSERT INTO things VALUES ($1, $2)", params![1_i64, secret.to_vec()]).unwrap();
        transaction.commit().await.unwrap();
        assert!(lies_in(dir.path(), secret));
        let mut transaction = WriteTransaction::begin(&writer).await.unwrap();
        transaction.execute("DELETE FROM things", &[]).unwrap();
        transaction.commit().await.unwrap();
        for _ in 0..500 {
            if log_bytes(dir.path()) == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(!lies_in(dir.path(), secret));
    }
}
