//! Servers that offer CHUNKING and do not know `BDAT`: what is in front of them passes the offer on, or masks the command.
//!
//! They get mail by `DATA`. Without this memory each mail would meet the same server twice, and that server would take its content for commands each time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// How long a server is believed no more. It may have been mended meanwhile.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// The most servers that this is remembered of.
const SERVERS_MAX: usize = 10_000;

/// Names of servers, each with the end of its time.
#[derive(Debug, Default)]
pub(super) struct FalseOffers(Mutex<HashMap<String, Timestamp>>);

impl FalseOffers {
    /// Remembers a server.
    pub(super) fn remember(&self, server: &str, now: Timestamp) {
        let mut servers = self.servers();
        if servers.len() >= SERVERS_MAX {
            servers.retain(|_, until| *until > now);
        }
        if servers.len() < SERVERS_MAX || servers.contains_key(server) {
            servers.insert(server.to_owned(), now + KEPT);
        }
    }

    /// Whether the server's offer is known to be false.
    pub(super) fn knows(&self, server: &str, now: Timestamp) -> bool {
        self.servers().get(server).is_some_and(|until| *until > now)
    }

    fn servers(&self) -> MutexGuard<'_, HashMap<String, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_mend_itself_in_a_day() {
        let (offers, begin) = (FalseOffers::default(), Timestamp::UNIX_EPOCH);
        offers.remember("mx.example", begin);
        assert!(offers.knows("mx.example", begin + KEPT - SignedDuration::from_nanos(1)));
        assert!(!offers.knows("mx.example", begin + KEPT));
        assert!(!offers.knows("other.example", begin));
    }

    #[test]
    fn so_many_servers_are_remembered_and_no_more() {
        let (offers, begin) = (FalseOffers::default(), Timestamp::UNIX_EPOCH);
        for number in 0..=SERVERS_MAX {
            offers.remember(&number.to_string(), begin);
        }
        assert!(offers.knows(&(SERVERS_MAX - 1).to_string(), begin));
        assert!(!offers.knows(&SERVERS_MAX.to_string(), begin));
        offers.remember("later", begin + KEPT);
        assert!(offers.knows("later", begin + KEPT), "those whose time is over make room");
    }
}
