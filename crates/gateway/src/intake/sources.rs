//! How many connections one source has, so that a single machine that went wrong cannot take every place.
//!
//! A source is one IPv4 address, or the 64 bits in front of an IPv6 address: who has one address there mostly has all of them. Allowed networks are counted
//! like all others, since it is one of theirs that breaks.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts connections by source.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    sessions_max: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// The place of one connection; free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    sources: Sources,
    source: IpAddr,
}

impl Sources {
    pub(super) fn new(sessions_max: usize) -> Self {
        Self { sessions_max, open: Arc::default() }
    }

    /// A place for a connection from this address; `None` if its source has as many as it may have.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        let source = source_of(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(source).or_default();
        if *count >= self.sessions_max {
            return None;
        }
        *count += 1;
        Some(Place { sources: self.clone(), source })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.sources.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.source);
            }
        }
    }
}

/// What counts as one source.
pub(super) fn source_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_so_many_places_and_no_more() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let sources = Sources::new(2);
        for (one, same, other) in [
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"),
        ] {
            let first = sources.enter(address(one)).unwrap();
            let _second = sources.enter(address(same)).unwrap();
            assert!(sources.enter(address(one)).is_none() && sources.enter(address(same)).is_none());
            assert!(sources.enter(address(other)).is_some());
            drop(first);
            let _again = sources.enter(address(same)).unwrap();
            assert!(sources.enter(address(one)).is_none());
        }
        assert!(sources.open.lock().unwrap().is_empty(), "nothing is remembered of who has gone");
    }
}
