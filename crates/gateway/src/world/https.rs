//! One request to a web server that a stranger's DNS names: over verified TLS, to public addresses only, with an end to what it answers, and without
//! following where that leads.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response,
    body::Incoming,
    header::{self, HeaderValue},
};
use hyper_util::rt::TokioIo;
use resolve::{Lookup, Resolver};
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::{plan, policy::Way, settings::WorldSettings};
use crate::stream;

/// The port of web servers.
pub(super) const HTTPS_PORT: u16 = 443;

/// Where a web server is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// The server's certificate proves nothing.
    Certificate(String),
    /// Anything else.
    Other(String),
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
fn other(error: impl ToString) -> NoAnswer {
    NoAnswer::Other(error.to_string())
}

/// Asks once. The answer's body is at most `bytes_max` long.
pub(super) async fn ask(
    Way { resolver, settings, https }: Way<'_>,
    place: Place<'_>,
    mut request: Request<Full<Bytes>>,
    bytes_max: usize,
) -> Result<Response<Bytes>, NoAnswer> {
    let addresses = addresses(resolver, settings, place).await?;
    let (tcp, _) = stream::connect(addresses, settings.connect_max).await.map_err(other)?;
    let server = ServerName::try_from(place.host.to_owned()).map_err(other)?;
    let tls = TlsConnector::from(Arc::clone(https)).connect(server, tcp).await.map_err(|error| {
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match tls {
            Some(rustls::Error::InvalidCertificate(_)) => NoAnswer::Certificate(error.to_string()),
            _ => other(error),
        }
    })?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tls)).await.map_err(other)?;
    let headers = request.headers_mut();
    headers.insert(header::HOST, HeaderValue::from_str(&authority(place)).map_err(other)?);
    headers.insert(header::USER_AGENT, HeaderValue::from_static("Siegelpost"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    let answer = async { read(sender.send_request(request).await.map_err(other)?, bytes_max).await };
    // The connection has to be driven beside what is read from it; its end is no failure of its own.
    tokio::pin!(answer);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        response = &mut answer => response,
        _ended = &mut connection => answer.await,
    }
}

fn authority(Place { host, port }: Place<'_>) -> String {
    if port == HTTPS_PORT { host.to_owned() } else { format!("{host}:{port}") }
}

async fn read(response: Response<Incoming>, bytes_max: usize) -> Result<Response<Bytes>, NoAnswer> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, bytes_max).collect().await.map_err(other)?;
    Ok(Response::from_parts(head, body.to_bytes()))
}

async fn addresses(
    resolver: &Resolver,
    settings: &WorldSettings,
    Place { host, port }: Place<'_>,
) -> Result<Vec<SocketAddr>, NoAnswer> {
    let name = resolve::Name::parse(host).map_err(other)?;
    match resolver.addresses(&name).await {
        Lookup::Found { records, .. } => {
            let allowed = plan::alternating(&records).into_iter().filter(|address| settings.bed.allows(*address));
            let addresses: Vec<_> = allowed.map(|address| SocketAddr::new(address, port)).collect();
            if addresses.is_empty() { Err(other("the web server has no public address")) } else { Ok(addresses) }
        }
        Lookup::Nothing { .. } => Err(other("the web server has no address")),
        Lookup::Failed(failure) => Err(other(failure)),
    }
}
