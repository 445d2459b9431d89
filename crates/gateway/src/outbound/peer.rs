//! The proof that content may be written to a connection (P1).
//!
//! A [`VerifiedPeer`] owns its connection and cannot be made but by the functions here: a TLS handshake that ended with the peer's
//! certificate verified for its name, a mail server of the recipient's domain whose TLS connection has what is required of it, or the connected socket
//! itself saying that its other end is on this machine. What sends content takes a `VerifiedPeer` and nothing else, so there is no path on which
//! content meets a connection that proved nothing.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use app::outgoing::{ExchangeProtection, Protection};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use wire::smtp::client::Session;

use super::connection::ConnectError;
use crate::stream::Stream;
use crate::tls::Agreed;
use crate::world::Reached;

/// A connection has less than is required of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection has less than is required of it")]
pub(super) struct BelowRequirement;

/// A connection that proved itself.
#[derive(Debug)]
pub struct VerifiedPeer {
    stream: Stream,
    protection: Protection,
}

impl VerifiedPeer {
    /// Does the handshake and verifies the certificate for `host`, all the way to a trusted root.
    pub(super) async fn by_tls(
        tcp: TcpStream,
        config: Arc<ClientConfig>,
        host: &str,
        limit: Duration,
    ) -> Result<Self, ConnectError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| ConnectError::Name)?;
        let handshake = TlsConnector::from(config).connect(name, tcp);
        let tls = match timeout(limit, handshake).await {
            Ok(done) => done.map_err(|error| ConnectError::Tls(error.to_string()))?,
            Err(_) => return Err(ConnectError::Tls("the handshake took too long".into())),
        };
        let protection = Agreed::read(tls.get_ref().1).verified(host);
        Ok(Self { stream: Stream::Tls(Box::new(tls.into())), protection })
    }

    /// Takes over a connection to a mail server of the recipient's domain, if it has what is required of it. Also gives the dialogue so far.
    pub(super) fn by_requirement(reached: Reached) -> Result<(Self, Session), BelowRequirement> {
        let Reached { met, server, assurance, requirement, .. } = reached;
        if !requirement.is_met_by(assurance) {
            return Err(BelowRequirement);
        }
        let protection = Protection::Exchange(Box::new(ExchangeProtection {
            server,
            address: met.address,
            assurance,
            requirement,
            version: met.tls.version,
            suite: met.tls.suite,
            group: met.tls.group,
            certificate_sha256: met.tls.certificate.sha256,
        }));
        Ok((Self { stream: Stream::Tls(Box::new(met.stream.into())), protection }, met.session))
    }

    /// Asks the connected socket who is at its other end; a name or a setting proves nothing.
    pub(super) fn by_loopback(tcp: TcpStream) -> Result<Self, ConnectError> {
        if !is_loopback(&tcp)? {
            return Err(ConnectError::NotLoopback);
        }
        Ok(Self { stream: Stream::Clear(tcp), protection: Protection::Loopback })
    }

    /// How the connection is protected, for the record (P6).
    pub fn protection(&self) -> &Protection {
        &self.protection
    }

    pub(super) fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }
}

fn is_loopback(tcp: &TcpStream) -> io::Result<bool> {
    Ok(tcp.peer_addr()?.ip().to_canonical().is_loopback())
}
