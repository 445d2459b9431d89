//! How many connections one source has, so that a single machine that went wrong cannot take every place.
//!
//! A source is one IPv4 address, or the 64 bits in front of an IPv6 address: who has one address there mostly has all of them. Allowed networks are counted
//! like all others, since it is one of theirs that breaks; and so is this machine, whose programs share the places of 127.0.0.1.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts connections by source.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    sessions_max: usize,
    open: Arc<Mutex<HashMap<IpAddr, Open>>>,
}

/// The connections of one source.
#[derive(Debug, Default)]
struct Open {
    count: usize,
    /// Whether a connection was turned away since a place was free.
    is_full: bool,
}

/// There is no place: the source has as many connections as it may have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full {
    /// Whether this is the first to be turned away since a place was free.
    pub(super) is_news: bool,
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

    /// A place for a connection from this address.
    pub(super) fn enter(&self, address: IpAddr) -> Result<Place, Full> {
        let source = source_of(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let of_source = open.entry(source).or_default();
        if of_source.count >= self.sessions_max {
            return Err(Full { is_news: !std::mem::replace(&mut of_source.is_full, true) });
        }
        of_source.count += 1;
        Ok(Place { sources: self.clone(), source })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.sources.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_source) = open.get_mut(&self.source) {
            of_source.count -= 1;
            of_source.is_full = false;
            if of_source.count == 0 {
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
            assert_eq!(sources.enter(address(one)).unwrap_err(), Full { is_news: true });
            assert_eq!(sources.enter(address(same)).unwrap_err(), Full { is_news: false }, "said once for a source");
            assert!(sources.enter(address(other)).is_ok());
            drop(first);
            let _again = sources.enter(address(same)).unwrap();
            assert_eq!(sources.enter(address(one)).unwrap_err(), Full { is_news: true }, "a place was free in between");
        }
        assert!(sources.open.lock().unwrap().is_empty(), "nothing is remembered of who has gone");
    }
}
