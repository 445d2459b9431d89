//! Where mail goes, and how long to wait for whom.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wire::address::Domain;
use wire::smtp::client::ClientTimeouts;

use crate::tls::Roots;
use crate::world::World;

/// What can be set about mail that leaves.
#[derive(Debug, Clone)]
pub struct OutboundSettings {
    /// The own name in `EHLO`.
    pub host_name: Domain,
    /// How mail gets to customers.
    pub world: Way,
    /// The organisation's own mail server.
    pub organisation: NextHop,
    /// How long to wait in each phase (RFC 5321 section 4.5.3.2).
    pub timeouts: ClientTimeouts,
    /// How long a TCP connection and a TLS handshake may take, each.
    pub connect_max: Duration,
    /// How long one attempt may take in all.
    pub attempt_max: Duration,
    /// How long a connection is kept open for the next mail.
    pub idle_max: Duration,
    /// How long running attempts may take when the worker is shut down.
    pub drain_max: Duration,
}

impl OutboundSettings {
    /// Sound times for this way to customers and the organisation's server.
    pub fn new(host_name: Domain, world: Way, organisation: NextHop) -> Self {
        Self {
            host_name,
            world,
            organisation,
            timeouts: ClientTimeouts::default(),
            connect_max: Duration::from_secs(30),
            attempt_max: Duration::from_hours(1),
            idle_max: Duration::from_secs(10),
            drain_max: Duration::from_secs(30),
        }
    }
}

/// How mail gets to customers.
#[derive(Debug, Clone)]
pub enum Way {
    /// All by one server, which sees to the rest.
    NextHop(NextHop),
    /// By the mail servers of each recipient's domain.
    Exchanges(Exchanges),
}

/// The way to the mail servers of the recipients' domains.
#[derive(Debug, Clone)]
pub struct Exchanges {
    /// Finds and judges them.
    pub world: Arc<World>,
    /// The most connections at a time; at least 1.
    pub connections_max: usize,
    /// The most connections to the servers of one domain at a time; at least 1.
    pub domain_connections_max: usize,
}

/// A server that mail is handed to.
#[derive(Debug, Clone)]
pub struct NextHop {
    /// Its name or address; its certificate has to be for exactly this.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: NextHopTls,
    /// Certificates that its certificate may lead to, beside those that this machine trusts.
    pub extra_roots: Roots,
    /// With what to authenticate there.
    pub login: Option<Login>,
    /// The most connections at a time; at least 1.
    pub connections_max: usize,
}

/// How a connection is protected. There is no way to send in clear to another machine (P1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextHopTls {
    /// It begins in clear and has to be secured by `STARTTLS` before anything is said about a mail.
    StartTls,
    /// It is TLS from the first byte.
    Implicit,
    /// It does not leave this machine.
    Loopback,
}

/// User and password at a next server. Sent over TLS only.
#[derive(Clone)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(redacted)")
    }
}
