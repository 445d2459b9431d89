//! How the world's mail servers are reached.

use std::{net::IpAddr, time::Duration};

use wire::{address::Domain, smtp::client::ClientTimeouts};

use crate::{tls::Roots, verify::TlsProfile};

/// The port of mail servers (RFC 5321 section 4.5.4.2).
pub const SMTP_PORT: u16 = 25;

/// What can be set about reaching the world's mail servers.
#[derive(Debug, Clone)]
pub struct WorldSettings {
    /// Our own name in `EHLO`.
    pub host_name: Domain,
    /// Further names of this server: where one is a domain's mail server, mail would come back.
    pub own_names: Vec<Domain>,
    /// Which algorithms are offered.
    pub profile: TlsProfile,
    /// How long to wait in each phase of SMTP.
    pub timeouts: ClientTimeouts,
    /// How long a TCP connection, a TLS handshake and the fetch of a policy may take, each.
    pub connect_max: Duration,
    /// For test beds: what is otherwise the same everywhere.
    pub bed: Bed,
}

impl WorldSettings {
    /// Sound settings for a server of this name.
    pub fn new(host_name: Domain) -> Self {
        Self {
            own_names: vec![host_name.clone()],
            host_name,
            profile: TlsProfile::default(),
            timeouts: ClientTimeouts::default(),
            connect_max: Duration::from_secs(30),
            bed: Bed::default(),
        }
    }
}

/// What differs in test beds and split networks only; `check` and the log tell loudly of it.
#[derive(Debug, Clone)]
pub struct Bed {
    /// The port of mail servers.
    pub smtp_port: u16,
    /// The port of hosts of MTA-STS policies.
    pub policy_port: u16,
    /// Authorities that are trusted beside those of this machine.
    pub extra_roots: Roots,
    /// Whether servers may have addresses of private networks and of this machine.
    pub private_addresses: bool,
}

impl Default for Bed {
    fn default() -> Self {
        Self { smtp_port: SMTP_PORT, policy_port: 443, extra_roots: Roots::default(), private_addresses: false }
    }
}

impl Bed {
    /// Whether a server may be connected to at this address: what a stranger writes into DNS must not lead into the inner network.
    pub(crate) fn allows(&self, address: IpAddr) -> bool {
        self.private_addresses || is_public(address)
    }
}

/// Whether an address can belong to a server on the Internet (IANA's registries of special-purpose addresses, RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let is_special = v4.is_unspecified()
                || v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_multicast()
                || v4.is_documentation()
                || a == 0
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b))
                || a >= 240;
            !is_special
        }
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            // 2000::/3 is what is given out; documentation, benchmarks and tunnels that hide an IPv4 address lie in it.
            let is_global = first & 0xe000 == 0x2000;
            let is_special =
                (first == 0x2001 && (second < 0x0200 || second == 0x0db8)) || first == 0x2002 || first == 0x3fff;
            is_global && !is_special
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_networks_are_not_the_world() {
        for (address, public) in [
            ("192.0.1.1", true),
            ("8.8.8.8", true),
            ("172.32.0.1", true),
            ("100.128.0.1", true),
            ("2a01:4f8::1", true),
            ("2620:fe::fe", true),
            ("2001:200::1", true),
            ("0.1.2.3", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("192.168.1.1", false),
            ("198.18.0.1", false),
            ("198.19.255.255", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:10.0.0.1", false),
            ("::7f00:1", false),
            ("64:ff9b::a00:1", false),
            ("fc00::1", false),
            ("fd12::1", false),
            ("fe80::1", false),
            ("ff02::1", false),
            ("2001:db8::1", false),
            ("2001:0:1::1", false),
            ("2002:a00:1::1", false),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(Bed::default().allows(address), public, "{address}");
            assert!(Bed { private_addresses: true, ..Bed::default() }.allows(address));
        }
    }
}
