//! SQLite alone: kill -9, disk trouble, settings.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use model::id::BlobId;
use store::{BlobSettings, DatabaseSettings, Store, StoreError, StoreSettings};
use tokio::task::JoinSet;

use crate::house::{House, at, id, message};

fn settings(dir: &std::path::Path) -> StoreSettings {
    let database = DatabaseSettings::Sqlite { path: dir.join("store.db") };
    StoreSettings { database, blobs: BlobSettings::Files { dir: dir.join("blobs") } }
}

/// P2: what was acknowledged is there after `kill -9` at any moment.
#[tokio::test]
async fn what_was_acknowledged_survives_kill_p2() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<BlobId> = Vec::new();
    for round in 1..=5_usize {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sqlite::commits_until_killed", "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{} {round}", dir.path().display()).unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut ids = lines.map_while(Result::ok).filter_map(|line| line.parse::<BlobId>().ok());
        acknowledged.extend(ids.by_ref().take(round * 37));
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged.extend(ids);
    }
    assert!(acknowledged.len() > 500);
    let store = Store::open(settings(dir.path())).await.unwrap();
    let mut reader = store.read().await.unwrap();
    for id in acknowledged {
        assert_eq!(reader.blobs().find(id).await.unwrap().as_deref(), Some(&id.as_bytes()[..]));
    }
}

/// The other side of the test above: commits from many tasks, and prints the id of each that was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs until it is killed, by the test above"]
async fn commits_until_killed() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let (dir, round) = line.trim().split_once(' ').unwrap();
    let round: u8 = round.parse().unwrap();
    let store = Store::open(settings(dir.as_ref())).await.unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            loop {
                let mut bytes = *id::<()>().as_bytes();
                bytes[0] = round;
                let id = BlobId::from_bytes(bytes);
                let mut tx = store.begin().await.unwrap();
                tx.blobs().insert(id, &bytes, at(0)).await.unwrap();
                tx.commit().await.unwrap();
                let mut out = std::io::stdout().lock();
                writeln!(out, "{id}").unwrap();
                out.flush().unwrap();
            }
        });
    }
    tasks.join_all().await;
}

/// Another process that holds the database too long is in the way, and nothing more; afterwards all goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_held_by_another_process_is_waited_for() {
    let house = House::sqlite().await;
    let other = rusqlite::Connection::open(house.dir.path().join("store.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = house.store.clone();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut tx = store.begin().await?;
        tx.messages().insert(&message()).await?;
        tx.commit().await
    });
    assert_eq!(house.store.ping().await, Ok(()), "reading goes on");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(tasks.join_all().await, [Ok(())]);
}

#[tokio::test]
async fn a_changed_migration_is_refused() {
    let House { store, settings, dir } = House::sqlite().await;
    drop(store);
    let connection = rusqlite::Connection::open(dir.path().join("store.db")).unwrap();
    connection.execute("UPDATE schema_migrations SET checksum = x'00' WHERE version = 1", []).unwrap();
    assert!(matches!(Store::open(settings).await, Err(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("store.db"), [b'x'; 5000]).unwrap();
    assert!(matches!(Store::open(settings(dir.path())).await, Err(StoreError::Corrupt(_))));
    let path = dir.path().join("missing/store.db");
    let missing = StoreSettings { database: DatabaseSettings::Sqlite { path }, ..settings(dir.path()) };
    assert!(matches!(Store::open(missing).await, Err(StoreError::Unavailable(_))));
}
