//! Where a request comes from, for counting failures: the client's network, not its single address.
//!
//! A home gets a `/56` of IPv6 and counts as one; neighbours in an IPv4 `/24` share a counter, which is generous enough for them and too small
//! for a guesser. `X-Forwarded-For` is believed only from proxies the administrator named, read from the right: the last
//! address that is no such proxy is the client, whatever the client wrote in front of it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;

/// The other end of the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The network a request comes from.
pub fn network(peer: IpAddr, headers: &HeaderMap, trusted_proxies: &[IpAddr]) -> String {
    prefix(client(peer, headers, trusted_proxies))
}

fn client(peer: IpAddr, headers: &HeaderMap, trusted_proxies: &[IpAddr]) -> IpAddr {
    let trusted = |address: IpAddr| trusted_proxies.contains(&address.to_canonical());
    if !trusted(peer) {
        return peer;
    }
    let named: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .collect();
    let mut client = peer;
    for name in named.iter().rev() {
        let Ok(address) = name.trim().parse() else { break };
        client = address;
        if !trusted(client) {
            break;
        }
    }
    client
}

fn prefix(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("{}/24", Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8))),
        IpAddr::V6(address) => format!("{}/56", Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 72))),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(peer: &str, forwarded: Option<&'static str>) -> String {
        let mut headers = HeaderMap::new();
        if let Some(forwarded) = forwarded {
            headers.insert("x-forwarded-for", HeaderValue::from_static(forwarded));
        }
        network(peer.parse().unwrap(), &headers, &["127.0.0.1".parse().unwrap(), "10.0.0.7".parse().unwrap()])
    }

    #[test]
    fn a_network_counts_as_one() {
        assert_eq!(of("203.0.113.77", None), "203.0.113.0/24");
        assert_eq!(of("::ffff:203.0.113.77", None), "203.0.113.0/24");
        assert_eq!(of("2001:db8:1:23ff::1", None), "2001:db8:1:2300::/56");
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(of("203.0.113.77", Some("198.51.100.1")), "203.0.113.0/24");
        assert_eq!(of("127.0.0.1", Some("198.51.100.1")), "198.51.100.0/24");
        assert_eq!(of("127.0.0.1", Some("1.2.3.4, 198.51.100.1, 10.0.0.7")), "198.51.100.0/24");
        assert_eq!(of("127.0.0.1", Some("198.51.100.1, nonsense")), "127.0.0.0/24");
        assert_eq!(of("127.0.0.1", None), "127.0.0.0/24");
    }
}
