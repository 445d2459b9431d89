//! How long a connection stays with its lane.
//!
//! A connection that has just taken a mail is the cheapest way for the next one: it is open, proved, and answers. While connections are left for other
//! lanes, it stays. When none is left, it stays for [`MAILS_MAX`] mails and [`TIME_MAX`], whichever ends first; then the next lane in turn has it.

use std::time::Duration;

use tokio::time::Instant;

/// Mails that go over a connection before another lane that waits may have it.
const MAILS_MAX: u32 = 20;
/// How long a connection may be kept from a lane that waits, once the mail on its way is done.
const TIME_MAX: Duration = Duration::from_secs(2);

/// A lane's hold on a connection.
#[derive(Debug)]
pub(super) struct Hold {
    since: Instant,
    mails: u32,
}

impl Hold {
    pub(super) const fn since(now: Instant) -> Self {
        Self { since: now, mails: 0 }
    }

    /// A mail has been taken. Answers whether the next one of the lane may follow, when other lanes wait for a connection or none does.
    pub(super) fn goes_on(&mut self, now: Instant, others_wait: bool) -> bool {
        self.mails = self.mails.saturating_add(1);
        !others_wait || (self.mails < MAILS_MAX && now.duration_since(self.since) < TIME_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_given_up_when_others_wait() {
        let begun = Instant::now();
        let mut hold = Hold::since(begun);
        for _ in 1..MAILS_MAX {
            assert!(hold.goes_on(begun, true));
        }
        assert!(!hold.goes_on(begun, true), "so many mails");
        assert!(hold.goes_on(begun, false), "nobody waits");
        let mut slow = Hold::since(begun);
        assert!(slow.goes_on(begun + TIME_MAX - Duration::from_millis(1), true));
        assert!(!slow.goes_on(begun + TIME_MAX, true), "so long");
        assert!(slow.goes_on(begun + TIME_MAX, false));
    }
}
