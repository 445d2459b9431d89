//! Drives one connection: reads and writes for the protocol machine, keeps its time limits, and answers its questions.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use wire::smtp::Transport;
use wire::smtp::reply::Reply;
use wire::smtp::server::{CloseReason, Credentials, Event, Mail, Session};

use super::gate::Permission;
use super::transaction::{Accepted, Transaction, queued};
use super::{Door, Shared, replies};
use crate::stream;

/// After a reply that ends the session, what the client still sends is read and dropped for so long, and so much of it, so that the reply
/// reaches it before the connection is reset.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES_MAX: u64 = 1024 * 1024;

/// Serves a connection to its end. When `stop` is cancelled, it ends with the transaction that runs.
pub(super) async fn serve(shared: &Shared, tcp: TcpStream, from: IpAddr, door: Door, stop: &CancellationToken) {
    let transport = if door == Door::Tls { Transport::Tls } else { Transport::Clear };
    let mut dialogue = Dialogue {
        shared,
        from,
        session: shared.server(from).session(transport),
        permission: shared.gate.by_address(from),
        transaction: None,
        ends_at: Instant::now() + shared.settings.session_max,
        stop,
    };
    let outcome = dialogue.run(tcp, door).await;
    tracing::debug!(client = %from, outcome = ?outcome.map_err(|error| error.kind()), "connection ended");
}

struct Dialogue<'a> {
    shared: &'a Shared,
    from: IpAddr,
    session: Session,
    permission: Option<Permission>,
    transaction: Option<Transaction<'a>>,
    /// When the connection has to end.
    ends_at: Instant,
    stop: &'a CancellationToken,
}

/// Why the machine was left.
enum Left {
    StartTls,
    Closed(CloseReason),
}

impl Dialogue<'_> {
    async fn run(&mut self, mut tcp: TcpStream, door: Door) -> io::Result<CloseReason> {
        tcp.set_nodelay(true)?;
        if door == Door::Clear {
            match self.converse(&mut tcp).await? {
                Left::Closed(reason) => return self.close(&mut tcp, reason).await,
                Left::StartTls => {}
            }
        }
        let mut tls = self.handshake(tcp).await?;
        match self.converse(tls.as_mut()).await? {
            Left::Closed(reason) => self.close(tls.as_mut(), reason).await,
            // The machine does not offer it twice.
            Left::StartTls => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// Boxed: most connections never need the room.
    async fn handshake(&mut self, tcp: TcpStream) -> io::Result<Box<TlsStream<TcpStream>>> {
        let acceptor = self.shared.acceptor.as_ref().ok_or(io::ErrorKind::Unsupported)?;
        let limit = self.shared.settings.timeouts.handshake.min(self.left());
        let tls = timeout(limit, Box::pin(acceptor.accept(tcp))).await.map_err(|_| io::ErrorKind::TimedOut)??;
        let certificate = tls.get_ref().1.peer_certificates().and_then(<[_]>::first);
        if let Some(certificate) = certificate {
            self.permission = Some(Permission::of_certificate(certificate));
        }
        self.session.tls_established();
        Ok(Box::new(tls))
    }

    /// Does what the machine says until the connection ends or changes.
    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: &mut S) -> io::Result<Left> {
        // The last time something was complete. Single bytes of a line or of a skipped content buy no time.
        let mut moved_at = Instant::now();
        loop {
            match self.session.next_event() {
                Event::Read => {
                    if !self.session.output().is_empty() {
                        moved_at = Instant::now();
                    }
                    self.flush(stream).await?;
                    self.read(stream, moved_at).await?;
                    continue;
                }
                Event::Write => self.flush(stream).await?,
                Event::StartTls => {
                    self.flush(stream).await?;
                    return Ok(Left::StartTls);
                }
                Event::Close(reason) => {
                    self.flush(stream).await?;
                    return Ok(Left::Closed(reason));
                }
                Event::Content(bytes) => {
                    let kept = match &mut self.transaction {
                        Some(transaction) => transaction.content(bytes).await,
                        None => Err(replies::INNER_TROUBLE),
                    };
                    if let Err(reply) = kept {
                        self.transaction = None;
                        self.session.fail_content(reply);
                    }
                }
                Event::Reset => self.transaction = None,
                Event::Authenticate(credentials) => self.authenticate(&credentials).await,
                Event::Mail(mail) => self.mail(mail),
                Event::Recipient(recipient) => {
                    let judged = match &mut self.transaction {
                        Some(transaction) => transaction.recipient(recipient).await,
                        None => Err(replies::INNER_TROUBLE),
                    };
                    self.answer(judged);
                }
                Event::ContentStart => {
                    let begun = match &mut self.transaction {
                        Some(transaction) => transaction.begin_content(&self.shared.memory),
                        None => Err(replies::INNER_TROUBLE),
                    };
                    if begun.is_err() {
                        self.transaction = None;
                    }
                    self.answer(begun);
                }
                Event::ContentEnd => self.content_end().await,
            }
            moved_at = Instant::now();
        }
    }

    fn answer(&mut self, decided: Result<(), Reply>) {
        match decided {
            Ok(()) => self.session.accept(),
            Err(reply) => self.session.answer(reply),
        }
    }

    async fn authenticate(&mut self, credentials: &Credentials) {
        let permission = self.shared.gate.by_credentials(self.from, credentials).await;
        if permission.is_none() {
            tracing::warn!(client = %self.from, "authentication failed");
            return self.session.answer(replies::BAD_CREDENTIALS);
        }
        self.permission = permission;
        self.session.accept();
    }

    fn mail(&mut self, mail: Mail) {
        if self.stop.is_cancelled() {
            return self.session.answer(replies::SHUTTING_DOWN);
        }
        // Whoever may not hand mail in may report what became of ours: that is decided at each recipient.
        self.transaction = Some(Transaction::new(&self.shared.app, mail, self.permission.as_ref(), self.from));
        self.session.accept();
    }

    async fn content_end(&mut self) {
        let accepted = match self.transaction.take() {
            Some(transaction) => transaction.accept().await,
            None => Err(replies::INNER_TROUBLE),
        };
        match accepted {
            Ok(Accepted::Message(id)) => {
                tracing::info!(message = %id, client = %self.from, transport = ?self.session.transport(), "message accepted");
                self.session.answer(queued(id));
            }
            Ok(Accepted::Bounce(id, tally)) => {
                // Anybody can repeat himself or send rubbish: only what something follows from is worth a line.
                if tally.has_effect() {
                    tracing::info!(outgoing = %id, client = %self.from, meant = tally.word(), "report taken note of");
                } else {
                    tracing::debug!(outgoing = %id, client = %self.from, meant = tally.word(), "report taken note of");
                }
                self.session.answer(replies::BOUNCE_TAKEN);
            }
            Ok(Accepted::TlsReport(taken)) => {
                tracing::debug!(client = %self.from, ?taken, "TLS report taken note of");
                self.session.answer(replies::BOUNCE_TAKEN);
            }
            Err(reply) => self.session.answer(reply),
        }
    }

    async fn flush<S: AsyncWrite + Unpin>(&mut self, stream: &mut S) -> io::Result<()> {
        let limit = self.session.read_timeout().min(self.left().max(LINGER));
        stream::write(stream, self.session.output(), limit).await?;
        self.session.clear_output();
        Ok(())
    }

    /// Reads once. What takes too long, and a shutdown while nothing runs, ends the session with a reply.
    async fn read<S: AsyncRead + Unpin>(&mut self, stream: &mut S, moved_at: Instant) -> io::Result<()> {
        let limit = self.session.read_timeout().saturating_sub(moved_at.elapsed()).min(self.left());
        let idle = self.transaction.is_none();
        let outcome = tokio::select! {
            biased;
            outcome = stream::read(stream, self.session.input_buffer(), limit) => outcome,
            () = self.stop.cancelled(), if idle => {
                self.session.close(&replies::SHUTTING_DOWN);
                return Ok(());
            }
        };
        match outcome {
            Err(error) if error.kind() == io::ErrorKind::TimedOut => self.session.close(&replies::TIMED_OUT),
            outcome => return outcome,
        }
        Ok(())
    }

    /// How long the connection may still last.
    fn left(&self) -> Duration {
        self.ends_at.saturating_duration_since(Instant::now())
    }

    async fn close<S>(&mut self, stream: &mut S, reason: CloseReason) -> io::Result<CloseReason>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let ended = async {
            stream.shutdown().await?;
            if reason != CloseReason::Quit {
                tokio::io::copy(&mut stream.take(LINGER_BYTES_MAX), &mut tokio::io::sink()).await?;
            }
            io::Result::Ok(())
        };
        // Nothing depends on how the client takes leave.
        drop(timeout(LINGER, ended).await);
        Ok(reason)
    }
}
