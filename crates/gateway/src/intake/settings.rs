//! What can be set about the intake.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use wire::address::Domain;
use wire::smtp::server::ServerTimeouts;

use crate::tls::{Roots, ServerCertificate};

/// What can be set about the intake; [`Intake::bind`](super::Intake::bind) checks it.
#[derive(Debug, Clone)]
pub struct IntakeSettings {
    /// Where to listen for connections that begin in clear and can be secured by `STARTTLS`.
    pub listen: SocketAddr,
    /// Where to listen for connections that are TLS from the first byte.
    pub listen_tls: Option<SocketAddr>,
    /// The own name, in the greeting.
    pub host_name: Domain,
    /// The own certificate. Without one, the intake listens on loopback only.
    pub certificate: Option<ServerCertificate>,
    /// A client whose certificate leads here may hand mail in.
    pub client_roots: Option<Roots>,
    /// Clients from these networks may hand mail in. Loopback always may.
    pub networks: Vec<Network>,
    /// Clients that know the secret of one of these may hand mail in.
    pub users: Vec<User>,
    /// The largest message, in bytes; 64 KiB to 1 GiB.
    pub message_bytes_max: u64,
    /// The most recipients of one message; 100 to 10000.
    pub recipients_max: usize,
    /// The most connections at a time; at least 1.
    pub sessions_max: usize,
    /// The most connections of one source at a time: of an IPv4 address, or of the 64 bits in front of an IPv6 address; at least 1.
    pub sessions_per_source_max: usize,
    /// The memory that all connections together may take for content, in bytes; at least 2 MiB.
    pub memory_bytes_max: usize,
    /// How long to wait for a client (RFC 5321 section 4.5.3.2.7).
    pub timeouts: ServerTimeouts,
    /// The longest a connection lasts.
    pub session_max: Duration,
    /// How long running transactions may take when the intake is shut down.
    pub drain_max: Duration,
}

impl IntakeSettings {
    /// Sound settings for an intake that only this machine can reach.
    pub fn new(listen: SocketAddr, host_name: Domain) -> Self {
        Self {
            listen,
            listen_tls: None,
            host_name,
            certificate: None,
            client_roots: None,
            networks: Vec::new(),
            users: Vec::new(),
            message_bytes_max: 50 << 20,
            recipients_max: 1000,
            sessions_max: 500,
            sessions_per_source_max: 50,
            memory_bytes_max: 64 << 20,
            timeouts: ServerTimeouts::default(),
            session_max: Duration::from_hours(2),
            drain_max: Duration::from_secs(30),
        }
    }
}

/// Somebody who may hand mail in with a secret.
#[derive(Clone)]
pub struct User {
    /// The name, as the client gives it.
    pub name: String,
    /// The secret. It is compared as it is, so let it be long and random.
    pub secret: String,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("User(redacted)")
    }
}

/// A network: the addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

/// A text that names no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no network; write it like 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7")]
pub struct NetworkError(String);

impl std::str::FromStr for Network {
    type Err = NetworkError;

    /// Reads `address/prefix` (RFC 4632 section 3.1) or a single address. Bits behind the prefix must be zero.
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let wrong = || NetworkError(text.to_owned());
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits_max = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match prefix {
            None => bits_max,
            Some(digits) => digits.parse().ok().filter(|bits| *bits <= bits_max).ok_or_else(wrong)?,
        };
        let network = Self { address, prefix_bits };
        if network.first_bits(address) == number(address) { Ok(network) } else { Err(wrong()) }
    }
}

/// The bits of an address, the first one on the left of 128.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Network {
    fn first_bits(&self, address: IpAddr) -> u128 {
        let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix_bits)).unwrap_or(0);
        number(address) & mask
    }

    /// Whether `address` belongs to it. An IPv4 address inside of IPv6 counts as what it is.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && self.first_bits(address) == number(self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_what_begins_alike() {
        let holds =
            |network: &str, address: &str| network.parse::<Network>().unwrap().contains(address.parse().unwrap());
        assert!(holds("192.0.2.0/24", "192.0.2.255"));
        assert!(holds("192.0.2.0/24", "::ffff:192.0.2.1"));
        assert!(!holds("192.0.2.0/24", "192.0.3.0"));
        assert!(holds("192.0.2.7", "192.0.2.7"));
        assert!(!holds("192.0.2.7", "192.0.2.6"));
        assert!(holds("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!holds("2001:db8::/32", "2001:db9::1"));
        assert!(holds("0.0.0.0/0", "203.0.113.1"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for wrong in ["", "192.0.2", "192.0.2.0/33", "192.0.2.1/24", "2001:db8::/129", "192.0.2.0/", "192.0.2.0/x"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong:?}");
        }
    }
}
