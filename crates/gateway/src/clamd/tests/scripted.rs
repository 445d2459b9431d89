//! A clamd that does what a test says.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::clamd::Socket;
use crate::clamd::socket::Stream;

/// What it does with one connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Script {
    /// Reads all of the content, then says this and hangs up.
    Say(&'static [u8]),
    /// Reads so many bytes, says this, and hangs up on what still comes.
    SayEarly(usize, &'static [u8]),
    /// Reads so many bytes and says nothing more, as long as the other side stays.
    Hang(usize),
    /// Reads so many bytes and is gone.
    Die(usize),
    /// Reads all of the content, and says this after a while.
    SayLate(Duration, &'static [u8]),
    /// Reads all of the content, and then says something without end.
    Babble,
}

pub(super) const CLEAN: Script = Script::Say(b"stream: OK\0");
pub(super) const MALWARE: Script = Script::Say(b"stream: Own.Test.Signature FOUND\0");

/// What it saw.
#[derive(Default)]
struct Seen {
    /// The contents it read whole.
    contents: Vec<Vec<u8>>,
    /// Connections now, and the most there were at the same time.
    open: usize,
    open_most: usize,
}

impl Seen {
    fn enter(&mut self) {
        self.open += 1;
        self.open_most = self.open_most.max(self.open);
    }
}

enum Listener {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Listener {
    async fn accept(&self) -> Stream {
        match self {
            Self::Unix(listener) => Stream::Unix(listener.accept().await.unwrap().0),
            Self::Tcp(listener) => Stream::Tcp(listener.accept().await.unwrap().0),
        }
    }
}

/// It listens until it is dropped.
pub(super) struct Scripted {
    pub(super) socket: Socket,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
    _dir: Option<tempfile::TempDir>,
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Scripted {
    /// Behind a Unix socket. One script for each connection, the last one for all that follow.
    pub(super) fn on_unix(scripts: &[Script]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("clamd.ctl");
        let listener = Listener::Unix(UnixListener::bind(&path).unwrap());
        Self::serve(Socket::Unix(path), listener, scripts, Some(dir))
    }

    /// On loopback.
    pub(super) async fn on_tcp(scripts: &[Script]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = Socket::Tcp(listener.local_addr().unwrap());
        Self::serve(socket, Listener::Tcp(listener), scripts, None)
    }

    fn serve(socket: Socket, listener: Listener, scripts: &[Script], dir: Option<tempfile::TempDir>) -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let (noted, scripts) = (Arc::clone(&seen), scripts.to_vec());
        let tasks = TaskTracker::new();
        let task = tasks.clone().spawn(async move {
            for number in 0.. {
                let stream = listener.accept().await;
                let (script, noted) = (scripts[number.min(scripts.len() - 1)], Arc::clone(&noted));
                tasks.spawn(async move {
                    noted.lock().unwrap().enter();
                    act(script, stream, &noted).await;
                    noted.lock().unwrap().open -= 1;
                });
            }
        });
        Self { socket, seen, task, _dir: dir }
    }

    pub(super) fn contents(&self) -> Vec<Vec<u8>> {
        self.seen.lock().unwrap().contents.clone()
    }

    /// The most connections at the same time.
    pub(super) fn open_most(&self) -> usize {
        self.seen.lock().unwrap().open_most
    }
}

async fn act(script: Script, mut stream: Stream, seen: &Mutex<Seen>) {
    let few = match script {
        Script::SayEarly(bytes, _) | Script::Hang(bytes) | Script::Die(bytes) => Some(bytes),
        Script::Say(_) | Script::SayLate(..) | Script::Babble => None,
    };
    match few {
        Some(bytes) => drop(stream.read_exact(&mut vec![0; bytes]).await),
        None => match content(&mut stream).await {
            Ok(content) => seen.lock().unwrap().contents.push(content),
            Err(_) => return,
        },
    }
    match script {
        Script::Say(reply) | Script::SayEarly(_, reply) => drop(stream.write_all(reply).await),
        Script::Hang(_) => drop(tokio::io::copy(&mut stream, &mut tokio::io::sink()).await),
        Script::Die(_) => {}
        Script::SayLate(pause, reply) => {
            tokio::time::sleep(pause).await;
            drop(stream.write_all(reply).await);
        }
        Script::Babble => while stream.write_all(b"stream: OK stream: OK ").await.is_ok() {},
    }
}

/// A content as `INSTREAM` brings it.
async fn content(stream: &mut Stream) -> std::io::Result<Vec<u8>> {
    let mut command = [0; 10];
    stream.read_exact(&mut command).await?;
    assert_eq!(&command, b"zINSTREAM\0");
    let mut content = Vec::new();
    loop {
        let length = usize::try_from(stream.read_u32().await?).unwrap();
        if length == 0 {
            return Ok(content);
        }
        let start = content.len();
        content.resize(start + length, 0);
        stream.read_exact(&mut content[start..]).await?;
    }
}
