//! Which servers are asked.

use std::net::{IpAddr, SocketAddr};

use crate::limits::SERVERS_MAX;

/// The port of the DNS.
const DNS_PORT: u16 = 53;

/// Recursive servers, asked in this order until one answers, which is then asked first. They need not be trusted: their answers are validated here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Servers(Vec<SocketAddr>);

/// A list of servers that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServersError {
    /// Nobody to ask.
    #[error("no name server is given")]
    None,
    /// More than [`SERVERS_MAX`].
    #[error("more than {SERVERS_MAX} name servers are given")]
    TooMany,
    /// A believed server must be on this machine.
    #[error("{0} is not on loopback: what it says about DNSSEC could be changed on the way")]
    NotLoopback(SocketAddr),
}

impl Servers {
    /// These servers, one at least and [`SERVERS_MAX`] at most.
    pub fn new(addresses: Vec<SocketAddr>) -> Result<Self, ServersError> {
        match addresses.len() {
            0 => Err(ServersError::None),
            count if count > SERVERS_MAX => Err(ServersError::TooMany),
            _ => Ok(Self(addresses)),
        }
    }

    /// The servers that the text of a `resolv.conf` names; others than the first [`SERVERS_MAX`] are left out.
    pub fn from_resolv_conf(text: &str) -> Result<Self, ServersError> {
        let addresses = text.lines().filter_map(name_server).take(SERVERS_MAX);
        Self::new(addresses.map(|address| SocketAddr::new(address, DNS_PORT)).collect())
    }

    /// Their addresses.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.0
    }
}

/// The address of a `nameserver` line.
fn name_server(line: &str) -> Option<IpAddr> {
    let mut words = line.split_whitespace();
    if words.next() != Some("nameserver") {
        return None;
    }
    words.next()?.parse().ok()
}

/// A validating server on this machine, whose word about DNSSEC is taken. Off the machine the AD bit is one bit in a packet that anybody
/// may write (RFC 4035 section 4.9.3, RFC 7672 section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loopback(SocketAddr);

impl Loopback {
    /// The server at this address, which must be on loopback.
    pub fn new(address: SocketAddr) -> Result<Self, ServersError> {
        if address.ip().to_canonical().is_loopback() {
            Ok(Self(address))
        } else {
            Err(ServersError::NotLoopback(address))
        }
    }

    /// Its address.
    pub const fn address(self) -> SocketAddr {
        self.0
    }

    pub(crate) fn servers(self) -> Servers {
        Servers(vec![self.0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolv_conf_is_read() {
        let text = "# comment\nsearch example.org\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 # two\noptions edns0\nnameserver fe80::1%eth0\n";
        let servers = Servers::from_resolv_conf(text).unwrap();
        assert_eq!(servers.addresses(), ["192.0.2.1:53".parse().unwrap(), "[2001:db8::1]:53".parse().unwrap()]);
        assert_eq!(Servers::from_resolv_conf("search example.org"), Err(ServersError::None));
    }

    #[test]
    fn so_many_servers_and_no_more() {
        let address: SocketAddr = "192.0.2.1:53".parse().unwrap();
        assert!(Servers::new(vec![address; SERVERS_MAX]).is_ok());
        assert_eq!(Servers::new(vec![address; SERVERS_MAX + 1]), Err(ServersError::TooMany));
        assert_eq!(
            Servers::from_resolv_conf(&"nameserver 192.0.2.1\n".repeat(20)).unwrap().addresses().len(),
            SERVERS_MAX
        );
    }

    #[test]
    fn only_a_server_on_loopback_can_be_believed() {
        for good in ["127.0.0.1:53", "127.3.2.1:5353", "[::1]:53", "[::ffff:127.0.0.1]:53"] {
            assert!(Loopback::new(good.parse().unwrap()).is_ok(), "{good}");
        }
        for bad in ["192.0.2.1:53", "10.0.0.1:53", "0.0.0.0:53", "[::]:53", "[fe80::1]:53", "[::ffff:10.0.0.1]:53"] {
            let address = bad.parse().unwrap();
            assert_eq!(Loopback::new(address), Err(ServersError::NotLoopback(address)));
        }
    }
}
