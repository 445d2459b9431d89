//! An S3-compatible server for tests: `moto_server`, with one bucket.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::S3Settings;

/// How often, and with what pause, a starting server is asked whether it is ready.
const READY_TRIES: u32 = 600;
const READY_PAUSE: Duration = Duration::from_millis(100);

/// An S3-compatible server; it ends with this value.
pub struct S3Server {
    process: Child,
    port: u16,
}

impl S3Server {
    /// Starts a server with an empty bucket. Takes a few seconds.
    pub fn start() -> io::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = Command::new("moto_server")
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| {
                io::Error::other("tests need `moto_server`: the test command (`cargo xtask test`) installs it")
            })?;
        let server = Self { process, port };
        for _ in 0..READY_TRIES {
            if server.make_bucket().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return Ok(server);
            }
            thread::sleep(READY_PAUSE);
        }
        Err(io::Error::other("the S3 server did not become ready"))
    }

    fn make_bucket(&self) -> io::Result<String> {
        self.ask("PUT /blobs")
    }

    /// Multipart uploads that were begun and neither completed nor aborted.
    pub fn open_uploads(&self) -> io::Result<usize> {
        Ok(self.ask("GET /blobs?uploads")?.matches("<UploadId>").count())
    }

    fn ask(&self, request: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(stream, "{request} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// How to reach the bucket.
    pub fn settings(&self) -> S3Settings {
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
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            tracing::warn!(%error, "the S3 server for tests did not stop");
        }
    }
}
