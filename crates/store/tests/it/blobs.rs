//! Large content objects, in files and in an S3-compatible store.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use jiff::Timestamp;
use model::id::BlobId;
use store::{BlobSettings, DatabaseSettings, S3Settings, Store, StoreError, StoreSettings};

use crate::house::{House, id};

/// An S3-compatible server that nobody here wrote, with one bucket; it ends with this value.
struct S3Server {
    process: Child,
    port: u16,
}

impl S3Server {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new("moto_server")
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs `moto_server`: the test command (`cargo xtask test`) installs it");
        let server = Self { process, port };
        for _ in 0..600 {
            if server.make_bucket().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return server;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the S3 server did not become ready");
    }

    fn make_bucket(&self) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(stream, "PUT /blobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    fn settings(&self) -> S3Settings {
        S3Settings {
            endpoint: format!("http://127.0.0.1:{}", self.port),
            bucket: "blobs".into(),
            region: "eu-central-1".into(),
            access_key_id: "test".into(),
            secret_access_key: "test".into(),
        }
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
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

async fn read(store: &Store, id: BlobId, range: Option<std::ops::Range<u64>>) -> Option<Vec<u8>> {
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
    let (past, future) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    assert_eq!(store.blobs_older_than(past, 9).await.unwrap(), []);
    let mut listed = store.blobs_older_than(future, 9).await.unwrap();
    listed.sort();
    assert_eq!(listed, [once, second]);
    assert_eq!(store.blobs_older_than(future, 1).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files() {
    let house = House::sqlite().await;
    check(&house.store, 512 * 1024).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3() {
    let server = S3Server::start();
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), BlobSettings::S3(server.settings())).await.unwrap();
    check(&store, 5 * 1024 * 1024).await;
}

#[tokio::test]
async fn a_blob_store_that_is_gone_is_unavailable() {
    let dir = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let gone = S3Server { process: Command::new("true").spawn().unwrap(), port };
    let store = open(dir.path(), BlobSettings::S3(gone.settings())).await.unwrap();
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
        let settings = S3Settings {
            endpoint: endpoint.into(),
            bucket: "blobs".into(),
            region: "eu-central-1".into(),
            access_key_id: "id".into(),
            secret_access_key: "secret".into(),
        };
        let opened = open(dir.path(), BlobSettings::S3(settings)).await;
        assert_eq!(opened.is_ok(), accepted, "{endpoint}");
    }
}
