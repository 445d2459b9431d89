//! What is known of a domain from the mails that went there, and what follows for the next one (C6).
//!
//! A domain that took [`HELD_AFTER_MAILS`] mails in a row over connections to servers that proved themselves is *held* to that: mail for it that finds nobody who can is not
//! sent. An attacker who takes away signatures or certificates gets no mail. A domain is held until an administrator decides otherwise, for a time, by an
//! [exception](crate::assurance::Exception).
//!
//! It is held to [`Minimum::Verified`] and not to more. That DANE has ended is proved by signed DNS, and a policy ends when it says so itself; what looks
//! otherwise is dealt with there. To hold a domain to what its owner has rightly taken back would keep mail away for nothing.

use jiff::Timestamp;

use crate::assurance::{Assurance, Level, Minimum};

/// How many mails in a row have to be taken over verified connections before a domain is held to it.
pub const HELD_AFTER_MAILS: u32 = 3;

/// What is known of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// What its servers had when they were met last.
    pub assurance: Assurance,
    /// How many mails were taken over verified connections since the last that was not; counts up to [`HELD_AFTER_MAILS`].
    pub good_in_a_row: u32,
    /// Whether it is held to a verified connection.
    pub is_held: bool,
    /// When its servers were met last, or a while later: it is not worth writing down each time.
    pub seen_at: Timestamp,
}

/// The servers of a domain had something else than the time before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What they had.
    pub before: Assurance,
    /// What they have.
    pub after: Assurance,
}

/// What became of a mail at a domain's servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// It was taken.
    Taken,
    /// It was held, for want of protection.
    Held,
}

impl Known {
    /// What is known after a mail met the servers of a domain, and what has changed.
    pub fn after(before: Option<Self>, met: Met, assurance: Assurance, now: Timestamp) -> (Self, Option<Change>) {
        let so_far = before.map_or(0, |before| before.good_in_a_row);
        let good_in_a_row = match met {
            Met::Taken if assurance.level >= Level::Verified => so_far.saturating_add(1).min(HELD_AFTER_MAILS),
            Met::Taken => 0,
            Met::Held => so_far,
        };
        let was_held = before.is_some_and(|before| before.is_held);
        let is_held = was_held || good_in_a_row >= HELD_AFTER_MAILS;
        let changed = before.filter(|before| before.assurance != assurance);
        let change = changed.map(|before| Change { before: before.assurance, after: assurance });
        (Self { assurance, good_in_a_row, is_held, seen_at: now }, change)
    }

    /// The least that is asked for because of what was seen.
    pub fn memory(&self) -> Option<Minimum> {
        self.is_held.then_some(Minimum::Verified)
    }

    /// Whether anything but the time differs.
    pub fn differs(&self, other: &Self) -> bool {
        Self { seen_at: other.seen_at, ..*self } != *other
    }
}

impl Change {
    /// Whether less is proved than before.
    pub fn is_loss(&self) -> bool {
        self.after.level < self.before.level || (self.before.name_secure && !self.after.name_secure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn had(level: Level) -> Assurance {
        Assurance { level, name_secure: true }
    }

    fn after(mails: &[(Met, Level)]) -> Option<Known> {
        mails.iter().fold(None, |known, (met, level)| Some(Known::after(known, *met, had(*level), NOW).0))
    }

    #[test]
    fn c6_a_domain_is_held_to_what_it_had_three_times_in_a_row() {
        use Met::{Held, Taken};
        for (mails, is_held) in [
            (vec![(Taken, Level::Dane), (Taken, Level::Verified)], false),
            (vec![(Taken, Level::Dane), (Taken, Level::MtaSts), (Taken, Level::Verified)], true),
            (vec![(Taken, Level::Dane), (Taken, Level::Encrypted), (Taken, Level::Dane), (Taken, Level::Dane)], false),
            (vec![(Taken, Level::Dane), (Held, Level::Encrypted), (Taken, Level::Dane), (Taken, Level::Dane)], true),
            (vec![(Held, Level::Dane); 5], false),
        ] {
            let known = after(&mails).unwrap();
            assert_eq!(known.is_held, is_held, "{mails:?}");
            assert_eq!(known.memory(), is_held.then_some(Minimum::Verified));
        }
    }

    #[test]
    fn c6_nothing_that_comes_later_ends_it() {
        let held = after(&[(Met::Taken, Level::Verified); 3]);
        for met in [Met::Taken, Met::Held] {
            let (known, change) = Known::after(held, met, had(Level::Encrypted), NOW);
            assert!(known.is_held);
            assert!(change.unwrap().is_loss());
        }
    }

    #[test]
    fn changes_are_told_and_sameness_is_not() {
        let (first, change) = Known::after(None, Met::Taken, had(Level::Verified), NOW);
        assert_eq!(change, None);
        let (second, change) = Known::after(Some(first), Met::Taken, had(Level::Verified), NOW);
        assert_eq!(change, None);
        assert!(second.differs(&first) && !first.differs(&first));
        let unproved = Assurance { level: Level::Verified, name_secure: false };
        let change = Known::after(Some(second), Met::Taken, unproved, NOW).1.unwrap();
        assert!(change.is_loss());
        assert!(!Change { before: change.after, after: change.before }.is_loss());
    }
}
