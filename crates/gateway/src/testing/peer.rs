//! A server that follows a script and remembers every byte it saw in clear.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

/// What the peer does next.
#[derive(Clone)]
pub(crate) enum Step {
    /// Writes these bytes.
    Say(&'static str),
    /// Reads until these bytes have come.
    Await(&'static str),
    /// Reads so many bytes.
    Take(usize),
    /// Does its part of a TLS handshake.
    Handshake,
    /// Writes without an end.
    Babble(&'static str),
    /// Reads to the end of the connection.
    Listen,
    /// Says nothing any more, and keeps the connection.
    Hang,
}

/// A scripted server; when the script ends, so does the connection.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    clear: Arc<Mutex<Vec<u8>>>,
    secured: Arc<Mutex<Vec<u8>>>,
    ended: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Peer {
    pub(crate) async fn start(acceptor: TlsAcceptor, script: Vec<Step>) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), acceptor, script).await
    }

    pub(crate) async fn start_at(address: SocketAddr, acceptor: TlsAcceptor, script: Vec<Step>) -> Self {
        Self::start_each(address, acceptor, vec![script]).await
    }

    /// With a script for each connection; the last one is for all that follow.
    pub(crate) async fn start_each(address: SocketAddr, acceptor: TlsAcceptor, scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (clear, secured) = (Arc::<Mutex<Vec<u8>>>::default(), Arc::<Mutex<Vec<u8>>>::default());
        let (in_clear, in_tls) = (Arc::clone(&clear), Arc::clone(&secured));
        let ended = Arc::<AtomicUsize>::default();
        let at_end = Arc::clone(&ended);
        let task = TaskTracker::new().spawn(async move {
            let (mut connections, mut scripts) = (JoinSet::new(), scripts.into_iter().map(Arc::new));
            let mut script = Arc::default();
            while let Ok((tcp, _)) = listener.accept().await {
                script = scripts.next().unwrap_or(script);
                let serving = serve(tcp, acceptor.clone(), Arc::clone(&script), [in_clear.clone(), in_tls.clone()]);
                let at_end = Arc::clone(&at_end);
                connections.spawn(async move {
                    serving.await;
                    at_end.fetch_add(1, Ordering::Relaxed);
                });
            }
        });
        Self { address, clear, secured, ended, task }
    }

    /// How many connections came to their end.
    pub(crate) fn ended(&self) -> usize {
        self.ended.load(Ordering::Relaxed)
    }

    /// Every byte that came in clear.
    pub(crate) fn seen_in_clear(&self) -> String {
        String::from_utf8_lossy(&self.clear.lock().unwrap()).into_owned()
    }

    /// Every byte that came over TLS.
    pub(crate) fn seen_secured(&self) -> String {
        String::from_utf8_lossy(&self.secured.lock().unwrap()).into_owned()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Plays the script with whoever has connected.
async fn serve(
    mut tcp: TcpStream,
    acceptor: TlsAcceptor,
    script: Arc<Vec<Step>>,
    [in_clear, in_tls]: [Arc<Mutex<Vec<u8>>>; 2],
) {
    let (before, after) = match script.iter().position(|step| matches!(step, Step::Handshake)) {
        None => (script.as_slice(), None),
        Some(at) => (&script[..at], Some(&script[at + 1..])),
    };
    if play(&mut tcp, before, &in_clear).await.is_err() {
        return;
    }
    if let Some(after) = after
        && let Ok(mut tls) = acceptor.accept(tcp).await
    {
        drop(play(&mut tls, after, &in_tls).await);
        drop(tls.shutdown().await);
    }
}

async fn play<S>(stream: &mut S, script: &[Step], seen: &Mutex<Vec<u8>>) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut waiting: Vec<u8> = Vec::new();
    for step in script {
        match step {
            Step::Say(text) => stream.write_all(text.as_bytes()).await?,
            Step::Await(text) => {
                let wanted = text.as_bytes();
                loop {
                    if let Some(at) = waiting.windows(wanted.len()).position(|window| window == wanted) {
                        waiting.drain(..at + wanted.len());
                        break;
                    }
                    read_more(stream, &mut waiting, seen).await?;
                }
            }
            Step::Take(bytes) => {
                while waiting.len() < *bytes {
                    read_more(stream, &mut waiting, seen).await?;
                }
                waiting.drain(..bytes);
            }
            Step::Babble(text) => loop {
                stream.write_all(text.as_bytes()).await?;
            },
            Step::Listen => {
                let mut rest = Vec::new();
                drop(stream.read_to_end(&mut rest).await);
                seen.lock().unwrap().extend_from_slice(&rest);
            }
            Step::Hang => tokio::time::sleep(Duration::from_hours(1)).await,
            Step::Handshake => {}
        }
        stream.flush().await?;
    }
    Ok(())
}

async fn read_more<S: AsyncRead + Unpin>(
    stream: &mut S,
    waiting: &mut Vec<u8>,
    seen: &Mutex<Vec<u8>>,
) -> std::io::Result<()> {
    let mut read = [0; 4096];
    let count = stream.read(&mut read).await?;
    if count == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    seen.lock().unwrap().extend_from_slice(&read[..count]);
    waiting.extend_from_slice(&read[..count]);
    Ok(())
}
