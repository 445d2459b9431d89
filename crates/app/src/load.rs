//! How much mail is coming in just now.
//!
//! A client that waits for its `250` waits for the processors; a notice that is written a few seconds later is missed by nobody. So the work behind
//! an accepted message gives way while messages come in fast ([`crate::job::gives_way`]). The measure is messages a second and not open
//! sessions: one client on a slow line holds nothing up.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// From so many messages a second on, other work gives way.
pub(crate) const BUSY_MESSAGES_PER_SECOND: u64 = 50;

const SECOND_MICROSECONDS: u64 = 1_000_000;

/// Counts messages as they begin to come in.
#[derive(Debug, Default)]
pub(crate) struct Load(Mutex<Seconds>);

/// The present second, and the one before it.
#[derive(Debug, Default, Clone, Copy)]
struct Seconds {
    /// Seconds since 1970.
    present: u64,
    count: u64,
    count_before: u64,
}

impl Load {
    /// A message begins to come in.
    pub(crate) fn count(&self, now: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = kept.at(now);
        *kept = Seconds { count: seconds.count.saturating_add(1), ..seconds };
    }

    /// Whether messages have come in fast during the last second.
    pub(crate) fn is_high(&self, now: Timestamp) -> bool {
        let seconds = self.0.lock().unwrap_or_else(PoisonError::into_inner).at(now);
        // Of the second before, as much counts as lies within one second from now.
        let left = SECOND_MICROSECONDS - microseconds(now) % SECOND_MICROSECONDS;
        let before = seconds.count_before.saturating_mul(left) / SECOND_MICROSECONDS;
        seconds.count.saturating_add(before) >= BUSY_MESSAGES_PER_SECOND
    }
}

impl Seconds {
    /// The counts as they are at `now`.
    fn at(self, now: Timestamp) -> Self {
        let present = microseconds(now) / SECOND_MICROSECONDS;
        match present.checked_sub(self.present) {
            Some(0) => self,
            Some(1) => Self { present, count: 0, count_before: self.count },
            // Also when the clock was set back.
            _ => Self { present, count: 0, count_before: 0 },
        }
    }
}

fn microseconds(now: Timestamp) -> u64 {
    u64::try_from(now.as_microsecond()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUSY: i64 = BUSY_MESSAGES_PER_SECOND.cast_signed();

    fn at(microsecond: i64) -> Timestamp {
        Timestamp::from_microsecond(microsecond).unwrap()
    }

    #[test]
    fn is_high_from_the_limit_on() {
        let load = Load::default();
        (1..BUSY).for_each(|message| load.count(at(7_000_000 + message)));
        assert!(!load.is_high(at(7_500_000)));
        load.count(at(7_500_000));
        assert!(load.is_high(at(7_500_000)));
    }

    #[test]
    fn is_forgotten_within_two_seconds() {
        let load = Load::default();
        (0..2 * BUSY).for_each(|message| load.count(at(7_000_000 + message)));
        assert!(load.is_high(at(8_500_000)));
        assert!(!load.is_high(at(8_600_000)));
        assert!(!load.is_high(at(9_000_000)));
    }

    #[test]
    fn a_clock_that_is_set_back_leaves_nothing_behind() {
        let load = Load::default();
        (0..2 * BUSY).for_each(|message| load.count(at(7_000_000 + message)));
        assert!(!load.is_high(at(5_000_000)));
        load.count(at(5_000_000));
        assert!(!load.is_high(at(5_000_001)));
    }
}
