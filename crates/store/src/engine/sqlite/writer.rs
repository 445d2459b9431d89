//! The writer of SQLite, and group commit.
//!
//! A commit waits for the disk, milliseconds during which the one writer could have done dozens of transactions. So transactions commit in
//! groups, and nobody holds the writer while the disk is waited for. The first member opens an outer transaction; each is a savepoint in it. Who
//! commits releases the savepoint, hands the writer on and waits. The thread that commits ([`super::committer`]) takes its turn for the writer like
//! everybody else, commits the outer transaction, and with it all who joined the group meanwhile, hands the writer on, waits for the disk, and
//! tells the group. While it waits, the next group gathers. Nobody is told `Ok` before the disk has answered, so a group that fails takes
//! nothing with it that was promised. A transaction that rolls back rolls back to its savepoint and concerns nobody else.

use std::{
    path::Path,
    sync::{Arc, mpsc},
};

use rusqlite::Connection;
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use super::{
    committer::{Committer, Disk},
    execute, failure,
    log::{Limits, Log},
    query,
    seat::Seat,
};
use crate::{
    CommitCounts, StoreError,
    value::{Param, Row},
};

/// The one writer.
pub(crate) struct Writer {
    seat: Arc<Mutex<Seat>>,
    counts: watch::Receiver<CommitCounts>,
    lost: watch::Receiver<Option<StoreError>>,
}

impl Writer {
    /// Starts the thread that commits and the one that keeps the log short; they end with the writer.
    pub(super) fn start(
        connection: Connection,
        path: &Path,
        disk: Disk,
        jobs_changed: Arc<watch::Sender<u64>>,
        limits: Limits,
    ) -> Result<Self, StoreError> {
        let (first_members, groups) = mpsc::channel();
        let refusal = watch::Sender::new(None);
        let lost = refusal.subscribe();
        let seat = Arc::new(Mutex::new(Seat::new(connection, first_members, refusal)));
        let (to_log, commits) = mpsc::channel();
        let log = Log::open(path, Arc::downgrade(&seat), limits)?;
        start_thread("sqlite-log", move || log.keep_short(&commits))?;
        let (committer, counts) = Committer::new(Arc::downgrade(&seat), disk, jobs_changed, to_log);
        start_thread("sqlite-commit", move || committer.commit_groups(&groups))?;
        Ok(Self { seat, counts, lost })
    }

    pub(super) fn commit_counts(&self) -> CommitCounts {
        *self.counts.borrow()
    }

    /// Answers once the disk has failed to keep what was committed; usually never.
    pub(super) async fn lost(&self) -> StoreError {
        let mut lost = self.lost.clone();
        match lost.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(error)) => error.clone(),
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

fn start_thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    let started = std::thread::Builder::new().name(name.into()).spawn(work);
    started.map(drop).map_err(|error| StoreError::Unavailable(error.to_string()))
}

/// A member of a group that has the seat.
pub(crate) struct WriteTransaction {
    /// There until the transaction has ended.
    seat: Option<OwnedMutexGuard<Seat>>,
    has_jobs: bool,
}

impl WriteTransaction {
    pub(super) async fn begin(writer: &Writer) -> Result<Self, StoreError> {
        let mut seat = Arc::clone(&writer.seat).lock_owned().await;
        seat.open()?;
        Ok(Self { seat: Some(seat), has_jobs: false })
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
        let kept = self.seat()?.join_group(has_jobs)?;
        // From here on the transaction belongs to the group, whatever becomes of this future.
        drop(self.seat.take());
        kept.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the writer has ended".into())))
    }
}

impl Drop for WriteTransaction {
    fn drop(&mut self) {
        if let Some(mut seat) = self.seat.take() {
            seat.undo();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::atomic::{AtomicBool, Ordering},
        time::Duration,
    };

    use tokio::task::JoinSet;

    use super::{super::committer, *};
    use crate::value::params;

    /// A log this short is emptied and begun anew while the tests run.
    const LIMITS: Limits = Limits { commits: 4, pages: 32, pause: Duration::from_millis(20) };

    struct House {
        writer: Arc<Writer>,
        jobs_changed: Arc<watch::Sender<u64>>,
        dir: tempfile::TempDir,
    }

    /// A writer with a table of its own on this machine's disk.
    fn house(setting: &str) -> House {
        house_on(setting, committer::disk)
    }

    fn house_on(setting: &str, disk: impl FnOnce(&Path) -> Result<Disk, StoreError>) -> House {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        let connection = super::super::open_writer(&path).unwrap();
        connection.execute_batch(setting).unwrap();
        let jobs_changed = Arc::new(watch::Sender::new(0));
        let disk = disk(&path).unwrap();
        let writer = Writer::start(connection, &path, disk, Arc::clone(&jobs_changed), LIMITS).unwrap();
        House { writer: Arc::new(writer), jobs_changed, dir }
    }

    /// A disk that waits to be told each answer, and tells of each question.
    fn slow_disk() -> (Disk, mpsc::Sender<()>, tokio::sync::mpsc::UnboundedReceiver<()>) {
        let (answer, answers) = mpsc::channel::<()>();
        let (ask, questions) = tokio::sync::mpsc::unbounded_channel();
        let disk = move || {
            ask.send(()).map_err(io::Error::other)?;
            answers.recv().map_err(io::Error::other)
        };
        (Box::new(disk), answer, questions)
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
        let House { writer, dir: _dir, .. } =
            house("CREATE TABLE things (number, bytes); PRAGMA max_page_count = 150;");
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
        let (disk, answer, mut questions) = slow_disk();
        let tables = "CREATE TABLE things (number PRIMARY KEY, bytes); \
                      CREATE TABLE parts (thing REFERENCES things (number) DEFERRABLE INITIALLY DEFERRED);";
        let House { writer, jobs_changed, dir: _dir } = house_on(tables, |_| Ok(disk));
        let mut tasks = JoinSet::new();
        let spawn = |tasks: &mut JoinSet<_>, number| {
            let writer = Arc::clone(&writer);
            tasks.spawn(async move { (number, insert(&writer, number, 10).await) });
        };
        spawn(&mut tasks, 0);
        questions.recv().await.unwrap();
        (1..20).for_each(|number| spawn(&mut tasks, number));
        while numbers(&writer).await.len() < 20 {
            tokio::task::yield_now().await;
        }
        let mut bad = WriteTransaction::begin(&writer).await.unwrap();
        bad.execute("INSERT INTO parts VALUES (77)", &[]).unwrap();
        bad.note_jobs();
        (0..3).for_each(|_| answer.send(()).unwrap());
        assert!(matches!(bad.commit().await, Err(StoreError::Constraint(_))));
        let ended = tasks.join_all().await;
        assert!(ended.iter().all(|(number, ended)| ended.is_ok() == (*number == 0)), "the rest were in one group");
        assert_eq!(numbers(&writer).await, [0]);
        assert_eq!(*jobs_changed.borrow(), 0, "jobs that were not committed are not announced");
        insert(&writer, 99, 10).await.unwrap();
    }

    /// P2: nobody is told `Ok` before the disk has answered, and meanwhile the writer is free: the next group gathers.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nobody_is_told_ahead_of_the_disk_p2() {
        let (disk, answer, mut questions) = slow_disk();
        let House { writer, dir: _dir, .. } = house_on("CREATE TABLE things (number, bytes);", |_| Ok(disk));
        let mut first = JoinSet::new();
        first.spawn({
            let writer = Arc::clone(&writer);
            async move { insert(&writer, 1, 10).await }
        });
        questions.recv().await.unwrap();
        let mut tasks = JoinSet::new();
        for number in 2..=30 {
            let writer = Arc::clone(&writer);
            tasks.spawn(async move { insert(&writer, number, 10).await });
        }
        while numbers(&writer).await.len() < 30 {
            tokio::task::yield_now().await;
        }
        assert!(first.try_join_next().is_none());
        assert!(tasks.try_join_next().is_none());
        answer.send(()).unwrap();
        assert!(first.join_all().await.iter().all(Result::is_ok));
        questions.recv().await.unwrap();
        assert!(tasks.try_join_next().is_none());
        answer.send(()).unwrap();
        assert!(tasks.join_all().await.iter().all(Result::is_ok));
        assert_eq!(writer.commit_counts(), CommitCounts { transactions: 30, commits: 2 });
    }

    /// P2: after the disk has refused once, nobody is promised anything, although the next attempt may be called a success.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_disk_that_refuses_ends_the_writer_p2() {
        let is_sound = Arc::new(AtomicBool::new(true));
        let disk: Disk = Box::new({
            let is_sound = Arc::clone(&is_sound);
            move || if is_sound.swap(true, Ordering::SeqCst) { Ok(()) } else { Err(io::Error::from_raw_os_error(5)) }
        });
        let House { writer, dir: _dir, .. } = house_on("CREATE TABLE things (number, bytes);", |_| Ok(disk));
        insert(&writer, 1, 10).await.unwrap();
        is_sound.store(false, Ordering::SeqCst);
        let refused = insert(&writer, 2, 10).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Unavailable(why) if why.contains("disk")), "{refused}");
        assert_eq!(writer.lost().await, refused);
        assert_eq!(insert(&writer, 3, 10).await, Err(refused));
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
        let House { writer, dir, .. } = house("CREATE TABLE things (number, bytes);");
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
        let House { writer, dir, .. } = house("CREATE TABLE things (number, bytes);");
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
        let House { writer, dir, .. } = house("CREATE TABLE things (number, bytes);");
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
