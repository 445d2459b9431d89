//! Large content objects, in files and in an S3-compatible store.

use std::{net::TcpListener, ops::Range, path::Path, time::Duration};

use jiff::Timestamp;
use model::id::BlobId;
use store::{BlobSettings, DatabaseSettings, S3Settings, Store, StoreError, StoreSettings, testing::S3Server};

use crate::house::{House, id};

/// The sizes of parts that writers hold in memory.
const FILE_PART_BYTES: usize = 512 * 1024;
const S3_PART_BYTES: usize = 5 * 1024 * 1024;

fn bucket_at(endpoint: &str) -> S3Settings {
    S3Settings {
        endpoint: endpoint.into(),
        bucket: "blobs".into(),
        region: "eu-central-1".into(),
        access_key_id: "id".into(),
        secret_access_key: "secret".into(),
    }
}

async fn open(dir: &Path, blobs: BlobSettings) -> Result<Store, StoreError> {
    Store::open(StoreSettings { database: DatabaseSettings::Sqlite { path: dir.join("store.db") }, blobs }).await
}

fn content(size_bytes: usize) -> Vec<u8> {
    (0..=250).cycle().take(size_bytes).collect()
}

async fn write(store: &Store, id: BlobId, content: &[u8]) -> Result<u64, StoreError> {
    let mut writer = store.blob_writer(id);
    for piece in content.chunks(100_000) {
        writer.write(piece).await?;
    }
    writer.finish().await
}

async fn read(store: &Store, id: BlobId, range: Option<Range<u64>>) -> Option<Vec<u8>> {
    Some(store.blob_reader(id, range).await.unwrap()?.read_all(u64::MAX).await.unwrap())
}

/// What holds for every blob store; `part_bytes` is the size of its parts.
async fn check(store: &Store, part_bytes: usize) {
    store.ping().await.unwrap();
    for size_bytes in [0, 1, part_bytes - 1, part_bytes, part_bytes + 1, 2 * part_bytes, 2 * part_bytes + 7] {
        let (id, content) = (id(), content(size_bytes));
        assert_eq!(read(store, id, None).await, None);
        assert_eq!(write(store, id, &content).await, Ok(size_bytes as u64));
        assert!(read(store, id, None).await.unwrap() == content, "{size_bytes} bytes");
        let middle = (size_bytes / 2, (size_bytes / 2 + 100).min(size_bytes));
        assert_eq!(
            read(store, id, Some(middle.0 as u64..middle.1 as u64 + 50)).await.unwrap()[..middle.1 - middle.0],
            content[middle.0..middle.1]
        );
        assert_eq!(read(store, id, Some(size_bytes as u64..size_bytes as u64 + 9)).await.unwrap(), b"");
        assert_eq!(read(store, id, Some(0..0)).await.unwrap(), b"");
        store.delete_blob(id).await.unwrap();
        assert_eq!(read(store, id, None).await, None);
        store.delete_blob(id).await.unwrap();
    }

    let once = id();
    write(store, once, b"first").await.unwrap();
    assert!(write(store, once, b"second").await.is_err(), "an object is written once");
    assert_eq!(read(store, once, None).await.unwrap(), b"first");

    let dropped = id();
    let mut writer = store.blob_writer(dropped);
    writer.write(&content(3 * part_bytes)).await.unwrap();
    drop(writer);
    assert_eq!(read(store, dropped, None).await, None);

    let second = id();
    write(store, second, b"another").await.unwrap();
    let (past, future) = (Timestamp::MIN..Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH..Timestamp::MAX);
    assert_eq!(walked(store, past, 9).await, [Vec::new()]);
    assert_eq!(walked(store, future.clone(), 9).await.concat(), [once, second]);
    assert_eq!(walked(store, future, 1).await.len(), 3, "one at a time, then none");
}

/// The batches of a walk with the empty one at its end; their ids are in order where all come at once.
async fn walked(store: &Store, written: Range<Timestamp>, count: usize) -> Vec<Vec<BlobId>> {
    let mut walk = store.blobs_written(written);
    let mut batches = Vec::new();
    while batches.last().is_none_or(|last: &Vec<BlobId>| !last.is_empty()) {
        let mut batch: Vec<_> = walk.next(count).await.unwrap().into_iter().map(|(blob, _)| blob).collect();
        batch.sort();
        batches.push(batch);
    }
    batches
}

/// Begins to write an object and never ends it, as if the process had died.
async fn die_writing(store: &Store, part_bytes: usize) {
    let mut writer = store.blob_writer(id());
    writer.write(&content(2 * part_bytes)).await.unwrap();
    std::mem::forget(writer);
}

/// What was left of `store` by dead writers goes, if it is old.
async fn check_unfinished(store: &Store, part_bytes: usize, young: Timestamp, old: Timestamp) {
    let kept = id();
    write(store, kept, &content(2 * part_bytes)).await.unwrap();
    die_writing(store, part_bytes).await;
    die_writing(store, part_bytes).await;
    assert_eq!(store.abort_unfinished_blobs(young).await, Ok(0), "it may still be written");
    assert_eq!(store.abort_unfinished_blobs(old).await, Ok(2));
    assert_eq!(store.abort_unfinished_blobs(old).await, Ok(0));
    assert!(read(store, kept, None).await.unwrap() == content(2 * part_bytes));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files() {
    let house = House::sqlite().await;
    check(&house.store, FILE_PART_BYTES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_written_files_go_when_they_are_old() {
    let house = House::sqlite().await;
    check_unfinished(&house.store, FILE_PART_BYTES, Timestamp::UNIX_EPOCH, Timestamp::MAX).await;
    let other = house.dir.path().join("blobs/aa");
    std::fs::create_dir_all(&other).unwrap();
    std::fs::write(other.join("notes#1"), "of somebody else").unwrap();
    assert_eq!(house.store.abort_unfinished_blobs(Timestamp::MAX).await, Ok(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3() {
    let server = S3Server::start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), BlobSettings::S3(server.settings())).await.unwrap();
    check(&store, S3_PART_BYTES).await;
    // The writer that was dropped in the check has told the server so, or is about to.
    while server.open_uploads().unwrap() > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // This server dates every multipart upload to the year 2010.
    let year = |year: &str| format!("{year}-01-01T00:00:00Z").parse().unwrap();
    check_unfinished(&store, S3_PART_BYTES, year("2010"), year("2011")).await;
    assert_eq!(server.open_uploads().unwrap(), 0);
}

#[tokio::test]
async fn a_blob_store_that_is_gone_is_unavailable() {
    let dir = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let store = open(dir.path(), BlobSettings::S3(bucket_at(&format!("http://127.0.0.1:{port}")))).await.unwrap();
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(write(&store, id(), b"content").await, Err(StoreError::Unavailable(_))));
}

/// P1: content and access keys cross no wire in clear.
#[tokio::test]
async fn plain_http_is_for_loopback_only_p1() {
    let dir = tempfile::tempdir().unwrap();
    for (endpoint, accepted) in [
        ("http://127.0.0.1:9000", true),
        ("http://localhost", true),
        ("http://[::1]:9000", true),
        ("https://s3.example", true),
        ("http://s3.example", false),
        ("http://127.0.0.1.s3.example:80", false),
        ("http://localhost@s3.example", false),
        ("http://127.0.0.1:80@s3.example", false),
        ("HTTP://s3.example", false),
    ] {
        let opened = open(dir.path(), BlobSettings::S3(bucket_at(endpoint))).await;
        assert_eq!(opened.is_ok(), accepted, "{endpoint}");
    }
}
