//! A small SMTP receiver that takes everything: the outbox of the demo, and the other side in tests.
//!
//! It listens on loopback only, without TLS, and holds each mail in memory. It is no mail server: it exists so that what leaves
//! Siegelpost can be looked at. It says `250` only after whoever runs it has kept the mail.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::address::{Domain, ForwardPath};
use wire::smtp::Transport;
use wire::smtp::reply::Reply;
use wire::smtp::server::{Event, Server, ServerSettings, Session};

use crate::stream;

/// The most connections at a time; more wait.
const SESSIONS_MAX: usize = 32;

const NOT_KEPT: Reply = Reply::fixed(451, (4, 3, 0), "The mail could not be kept");

/// Why the sink cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// It takes mail in clear, so nobody else may reach it.
    #[error("{0} can be reached from other machines; the outbox listens on loopback only")]
    NotLoopback(SocketAddr),
    /// The system refuses to listen there.
    #[error("cannot listen: {0}")]
    Listen(#[from] io::Error),
    /// The own name or a limit is wrong.
    #[error("cannot begin: {0}")]
    Settings(String),
}

/// A mail that was taken.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Received {
    /// The reverse-path; empty when it is null.
    pub mail_from: String,
    /// The recipients, in their order.
    pub rcpt_to: Vec<String>,
    /// The exact content.
    pub content: Vec<u8>,
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Received({} recipients, {} bytes)", self.rcpt_to.len(), self.content.len())
    }
}

/// Keeps what was received; an error makes the client keep the mail.
pub trait Keep: Send + Sync + 'static {
    /// Keeps one mail.
    fn keep(&self, received: Received) -> impl Future<Output = io::Result<()>> + Send;
}

/// The receiver, listening.
pub struct Sink {
    listener: TcpListener,
    server: Server,
}

impl Sink {
    /// Listens on a loopback address.
    pub async fn bind(address: SocketAddr) -> Result<Self, SinkError> {
        if !address.ip().to_canonical().is_loopback() {
            return Err(SinkError::NotLoopback(address));
        }
        let host_name = Domain::parse("localhost").map_err(|error| SinkError::Settings(error.to_string()))?;
        let server =
            Server::new(ServerSettings::new(host_name)).map_err(|error| SinkError::Settings(error.to_string()))?;
        Ok(Self { listener: TcpListener::bind(address).await?, server })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Hands every mail to `keep` until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken, keep: impl Keep) {
        let (tasks, keep, slots) = (TaskTracker::new(), Arc::new(keep), Arc::new(Semaphore::new(SESSIONS_MAX)));
        while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
            let tcp = tokio::select! {
                () = stop.cancelled() => break,
                Ok((tcp, _)) = self.listener.accept() => tcp,
            };
            let (session, keep, stop) = (self.server.session(Transport::Clear), Arc::clone(&keep), stop.clone());
            tasks.spawn(async move {
                let outcome = tokio::select! {
                    outcome = serve(tcp, session, &*keep) => outcome,
                    () = stop.cancelled() => Ok(()),
                };
                if let Err(error) = outcome {
                    tracing::debug!(%error, "a connection to the outbox broke");
                }
                drop(slot);
            });
        }
        tasks.close();
        tasks.wait().await;
    }
}

async fn serve(mut tcp: TcpStream, mut session: Session, keep: &impl Keep) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let mut received = Received::default();
    loop {
        match session.next_event() {
            Event::Read => {
                flush(&mut tcp, &mut session).await?;
                let limit = session.read_timeout();
                stream::read(&mut tcp, session.input_buffer(), limit).await?;
            }
            Event::Write => flush(&mut tcp, &mut session).await?,
            Event::StartTls => return Err(io::ErrorKind::Unsupported.into()),
            Event::Authenticate(_) | Event::ContentStart => session.accept(),
            Event::Mail(mail) => {
                received = Received { mail_from: mail.reverse_path.to_wire(), ..Received::default() };
                session.accept();
            }
            Event::Recipient(recipient) => {
                received.rcpt_to.push(match recipient.path {
                    ForwardPath::Postmaster => "postmaster".to_owned(),
                    ForwardPath::Address(address) => address.to_wire(),
                });
                session.accept();
            }
            Event::Content(bytes) => received.content.extend_from_slice(bytes),
            Event::ContentEnd => match keep.keep(std::mem::take(&mut received)).await {
                Ok(()) => session.accept(),
                Err(error) => {
                    tracing::error!(%error, "the outbox could not keep a mail");
                    session.answer(NOT_KEPT);
                }
            },
            Event::Reset => received = Received::default(),
            Event::Close(_) => {
                flush(&mut tcp, &mut session).await?;
                return tcp.shutdown().await;
            }
        }
    }
}

async fn flush(tcp: &mut TcpStream, session: &mut Session) -> io::Result<()> {
    stream::write(tcp, session.output(), session.read_timeout()).await?;
    session.clear_output();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_loopback_can_reach_it() {
        let outside = "0.0.0.0:0".parse().unwrap();
        assert!(matches!(Sink::bind(outside).await, Err(SinkError::NotLoopback(_))));
    }
}
