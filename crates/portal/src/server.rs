//! Connections: accepted up to a limit, served over HTTP/1.1, closed gently when the process ends.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use app::App;
use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

use crate::{house::House, impatient::Impatient, routes, settings::PortalSettings, source::Peer, tls, tls::TlsError};

/// How long a client may take for the head of a request, and how long a connection may idle between two.
const HEAD_TIME_MAX: Duration = Duration::from_secs(20);
/// How long a TLS handshake may take.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);
/// The most headers of a request.
const HEADERS_MAX: usize = 100;
/// The buffer of a connection, and so the longest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// How long a client may stop reading an answer.
const READER_PAUSE_MAX: Duration = Duration::from_mins(1);
/// How long requests under way may take to end when the process ends.
const FAREWELL_TIME_MAX: Duration = Duration::from_secs(10);
/// The pause after a failure to accept, which mostly means that the process has too many files open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The portal with its door open: connections queue up until [`Portal::run`] serves them.
pub struct Portal {
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    settings: PortalSettings,
}

/// Why the portal cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Portal {
    /// Opens the door. The use cases come later, so that the port is known before anything that names it is made.
    pub async fn bind(settings: PortalSettings) -> Result<Self, BindError> {
        let acceptor = settings.tls.as_ref().map(tls::acceptor).transpose()?;
        let address = settings.listen;
        let listener = TcpListener::bind(address).await.map_err(|error| BindError::Listen { address, error })?;
        Ok(Self { listener, acceptor, settings })
    }

    /// Where it listens; tells the port where 0 was asked for.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop`, then lets requests under way end, for some seconds at most.
    pub async fn run(self, app: Arc<App>, stop: CancellationToken) {
        let connections = Arc::new(Semaphore::new(self.settings.connections_max.max(1)));
        let house = Arc::new(House::new(self.settings, app));
        let router = routes::router(house);
        let tasks = TaskTracker::new();
        while let Some(permit) = stop.run_until_cancelled(Arc::clone(&connections).acquire_owned()).await {
            let Ok(permit) = permit else { break };
            let Some(accepted) = stop.run_until_cancelled(self.listener.accept()).await else { break };
            match accepted {
                Ok((stream, peer)) => {
                    let serving = serve(stream, peer, self.acceptor.clone(), router.clone(), stop.clone());
                    tasks.spawn(async move {
                        serving.await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        tasks.close();
        if timeout(FAREWELL_TIME_MAX, tasks.wait()).await.is_err() {
            tracing::warn!("requests were cut off");
        }
    }
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    stop: CancellationToken,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no-delay refused");
    }
    let stream = Impatient::new(stream, READER_PAUSE_MAX);
    let Some(acceptor) = acceptor else { return speak(stream, peer, router, stop).await };
    match timeout(HANDSHAKE_TIME_MAX, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => speak(stream, peer, router, stop).await,
        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => tracing::debug!("TLS handshake took too long"),
    }
}

async fn speak<S>(stream: S, peer: SocketAddr, router: Router, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}
