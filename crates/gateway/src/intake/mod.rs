//! The intake: where mail programs and mail servers of the organisation hand mail in.
//!
//! Two doors lead in: one where a connection begins in clear and is secured by `STARTTLS` (RFC 3207), one that is TLS from the first byte (RFC
//! 8314 section 3.3). Each connection is a task that drives a machine of [`wire::smtp::server`].
//!
//! - **Who may**: this machine, allowed networks, clients with a certificate, users with a secret (`gate`). Whoever comes from another
//!   machine has to secure the connection before `MAIL`; without a certificate of its own, the intake listens on loopback only (P1).
//! - **Who else**: anybody, to report what became of a mail of ours, at the bounce address of that mail ([`app::bounce`]), or how
//!   TLS to our servers went, at the address for that ([`app::tls_report`]), and nowhere else.
//! - **How much**: connections, those of one source (`sources`), recipients, message bytes, time, and one byte budget for the content of all sessions (`memory`). Beyond
//!   a limit the answer is `421` or `452`, which makes the client come again.
//! - **What is promised**: `250` after the message is on disk (P2). Whatever goes wrong inside is `451`, and the client keeps the mail.
//!
//! The mail is kept byte for byte, so no `Received` field is added; its facts go to the log.

mod gate;
mod memory;
mod replies;
mod session;
mod settings;
mod sources;
#[cfg(test)]
pub(crate) mod tests;
mod transaction;

use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use app::App;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::smtp::reply::Reply;
use wire::smtp::server::{Authentication, Server, ServerSettings, SettingError, StartTls};

pub use settings::{IntakeSettings, Network, NetworkError, User};

use crate::tls::{self, TlsError};
use gate::Gate;
use memory::Memory;
use sources::{Full, Place, Sources};

/// The least that `memory_bytes_max` can be.
pub const MEMORY_BYTES_MIN: usize = 2 * 1024 * 1024;

/// How long to wait after the system refused a connection, such as for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why the intake cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// P1
    #[error("{0} can be reached from other machines, and there is no certificate: name one, or listen on 127.0.0.1")]
    CertificateNeeded(SocketAddr),
    /// There is a door for TLS, users or client certificates, and no certificate of the intake's own.
    #[error("listen_tls and client certificates need a certificate of the intake's own")]
    CertificateMissing,
    /// A limit is out of its bounds.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system refuses to listen there.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
}

/// The intake, listening.
pub struct Intake {
    shared: Arc<Shared>,
    clear: TcpListener,
    tls: Option<TcpListener>,
}

/// What all connections have in common.
struct Shared {
    app: Arc<App>,
    settings: IntakeSettings,
    /// For clients on this machine.
    near: Server,
    /// For clients on other machines.
    far: Server,
    acceptor: Option<TlsAcceptor>,
    gate: Gate,
    sources: Sources,
    /// Whether a connection was turned away since there was a place among all.
    is_full: AtomicBool,
    memory: Memory,
}

/// Where a connection came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Clear,
    Tls,
}

impl Shared {
    fn new(settings: IntakeSettings, app: Arc<App>) -> Result<Self, BindError> {
        check_bound("sessions_max", settings.sessions_max, 1)?;
        check_bound("sessions_per_source_max", settings.sessions_per_source_max, 1)?;
        check_bound("memory_bytes_max", settings.memory_bytes_max, MEMORY_BYTES_MIN)?;
        let acceptor = match &settings.certificate {
            None if settings.listen_tls.is_some() || settings.client_roots.is_some() => {
                return Err(BindError::CertificateMissing);
            }
            None => None,
            Some(certificate) => Some(tls::server(certificate, settings.client_roots.as_ref())?.into()),
        };
        Ok(Self {
            near: Server::new(server_settings(&settings, StartTls::Offered))?,
            far: Server::new(server_settings(&settings, StartTls::Required))?,
            acceptor,
            gate: Gate::new(settings.networks.clone(), settings.users.clone()),
            sources: Sources::new(settings.sessions_per_source_max),
            is_full: AtomicBool::new(false),
            memory: Memory::new(settings.memory_bytes_max),
            app,
            settings,
        })
    }

    fn server(&self, from: IpAddr) -> &Server {
        if from.is_loopback() { &self.near } else { &self.far }
    }
}

fn check_bound(name: &'static str, value: usize, min: usize) -> Result<(), SettingError> {
    let number = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
    let max = number(Semaphore::MAX_PERMITS);
    if (number(min)..=max).contains(&number(value)) {
        return Ok(());
    }
    Err(SettingError { name, min: number(min), max })
}

/// A secret goes over TLS. Only where there is no certificate, and so nobody but this machine, it goes without.
fn server_settings(settings: &IntakeSettings, starttls: StartTls) -> ServerSettings {
    let (starttls, authentication) = match (&settings.certificate, settings.users.is_empty()) {
        (None, true) => (StartTls::Off, Authentication::Off),
        (None, false) => (StartTls::Off, Authentication::OverLoopback),
        (Some(_), true) => (starttls, Authentication::Off),
        (Some(_), false) => (starttls, Authentication::OverTls),
    };
    ServerSettings {
        starttls,
        authentication,
        message_bytes_max: settings.message_bytes_max,
        recipients_max: settings.recipients_max,
        timeouts: settings.timeouts,
        ..ServerSettings::new(settings.host_name.clone())
    }
}

impl Intake {
    /// Checks the settings and listens. Nothing is accepted before [`run`](Self::run).
    pub async fn bind(settings: IntakeSettings, app: Arc<App>) -> Result<Self, BindError> {
        let shared = Shared::new(settings, app)?;
        let clear = listen(&shared, shared.settings.listen).await?;
        let tls = match shared.settings.listen_tls {
            None => None,
            Some(address) => Some(listen(&shared, address).await?),
        };
        Ok(Self { shared: Arc::new(shared), clear, tls })
    }

    /// Where it listens for connections that begin in clear.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.clear.local_addr()
    }

    /// Where it listens for TLS, if it does.
    pub fn address_tls(&self) -> io::Result<Option<SocketAddr>> {
        self.tls.as_ref().map(TcpListener::local_addr).transpose()
    }

    /// Serves until `stop` is cancelled; then idle connections are told `421`, and running transactions may finish for a while.
    pub async fn run(self, stop: CancellationToken) {
        let life = Life { tasks: TaskTracker::new(), stop, abandon: CancellationToken::new() };
        let sessions = Arc::new(Semaphore::new(self.shared.settings.sessions_max));
        while let Some((door, accepted)) = self.next(&life.stop).await {
            match accepted {
                Ok((tcp, from)) => {
                    let from = from.ip().to_canonical();
                    match self.admit(&sessions, from) {
                        Ok(admission) => life.begin(&self.shared, (tcp, from), door, admission),
                        Err(refusal) => turn_away((tcp, from), door, &refusal),
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        let Self { shared, clear, tls } = self;
        drop((clear, tls));
        life.end(shared.settings.drain_max).await;
    }

    /// A place among all connections and among those of the source.
    fn admit(&self, sessions: &Arc<Semaphore>, from: IpAddr) -> Result<Admission, Refusal> {
        let Shared { sources, is_full, .. } = &*self.shared;
        let place = sources
            .enter(from)
            .map_err(|Full { is_news }| Refusal { reply: replies::TOO_MANY_FROM_SOURCE, is_news })?;
        let permit = Arc::clone(sessions).try_acquire_owned().map_err(|_| Refusal {
            reply: replies::TOO_MANY_SESSIONS,
            is_news: !is_full.swap(true, Ordering::Relaxed),
        })?;
        is_full.store(false, Ordering::Relaxed);
        Ok(Admission { _place: place, _permit: permit })
    }

    /// The next connection; `None` when it is time to stop.
    async fn next(&self, stop: &CancellationToken) -> Option<(Door, io::Result<(TcpStream, SocketAddr)>)> {
        let tls = async {
            match &self.tls {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => None,
            accepted = self.clear.accept() => Some((Door::Clear, accepted)),
            accepted = tls => Some((Door::Tls, accepted)),
        }
    }
}

/// Holds the places of a connection while it lasts.
struct Admission {
    _place: Place,
    _permit: OwnedSemaphorePermit,
}

/// Why a connection has no place.
struct Refusal {
    reply: Reply,
    /// Whether it is the first that meets this limit since a place was free.
    is_news: bool,
}

/// The connections that run, and how they end.
struct Life {
    tasks: TaskTracker,
    /// No new transactions.
    stop: CancellationToken,
    /// No time left.
    abandon: CancellationToken,
}

impl Life {
    fn begin(&self, shared: &Arc<Shared>, (tcp, from): (TcpStream, IpAddr), door: Door, admission: Admission) {
        let (shared, stop, abandon) = (Arc::clone(shared), self.stop.clone(), self.abandon.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = session::serve(&shared, tcp, from, door, &stop) => {}
                () = abandon.cancelled() => {}
            }
            drop(admission);
        });
    }

    /// Waits for running transactions, but not for ever.
    async fn end(self, drain_max: Duration) {
        self.tasks.close();
        if timeout(drain_max, self.tasks.wait()).await.is_err() {
            tracing::warn!(connections = self.tasks.len(), "connections were cut off by the shutdown");
            self.abandon.cancel();
            self.tasks.wait().await;
        }
    }
}

async fn listen(shared: &Shared, address: SocketAddr) -> Result<TcpListener, BindError> {
    if shared.acceptor.is_none() && !address.ip().to_canonical().is_loopback() {
        return Err(BindError::CertificateNeeded(address));
    }
    TcpListener::bind(address).await.map_err(|error| BindError::Listen { address, error })
}

/// Says why there is no place for the connection, if that can be said at once, and closes.
///
/// A client that comes again and again does not fill the log: only the first refusal at a limit is a warning.
fn turn_away((tcp, from): (TcpStream, IpAddr), door: Door, Refusal { reply, is_news }: &Refusal) {
    if *is_news {
        tracing::warn!(client = %from, %reply, "a connection was turned away");
    } else {
        tracing::debug!(client = %from, %reply, "a connection was turned away");
    }
    if door == Door::Clear
        && let Ok(mut tcp) = tcp.into_std()
    {
        let mut line = Vec::new();
        reply.write_to(&mut line);
        // The socket is fresh, so its buffer has room. Whoever does not read this is closed on all the same.
        drop(tcp.write_all(&line));
    }
}
