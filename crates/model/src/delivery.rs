//! Where a delivery stands: one message on its way to one recipient, from acceptance to exactly one end (P3).
//!
//! ```text
//! accepted ──> deposited ──> deleted
//!     │  │         └───────> accepted (next channel of the route) or returned, if its recipient cannot be told of it
//!     │  └───> sending ────> delivered
//!     │            └───────> accepted (next channel of the route)
//!     └────────────────────> returned
//! ```
//! What nobody can be told of does not wait in a mailbox: as long as it was not read, it is taken out again and goes on.
//! What a recipient writes is a delivery too: `sending` until the organisation's server took it, then `delivered`; its copy lies in "Sent".

use std::{fmt, str::FromStr};

/// The state of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Responsibility is taken; no channel has begun.
    Accepted,
    /// On its way over SMTP.
    Sending,
    /// Sealed in the recipient's mailbox.
    Deposited,
    /// Taken by the next server.
    Delivered,
    /// Given back to its sender, with a reason.
    Returned,
    /// Deleted by the mailbox's owner; its keys are destroyed.
    Deleted,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Accepted, Self::Sending, Self::Deposited, Self::Delivered, Self::Returned, Self::Deleted];

    /// The stored word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sending => "sending",
            Self::Deposited => "deposited",
            Self::Delivered => "delivered",
            Self::Returned => "returned",
            Self::Deleted => "deleted",
        }
    }

    /// Whether the sender's part is over: nothing more is tried, unless the recipient turns out not to be told.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Deposited | Self::Delivered | Self::Returned | Self::Deleted)
    }

    /// Whether a delivery may go from here to `next`.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Accepted => matches!(next, Self::Sending | Self::Deposited | Self::Returned),
            Self::Sending => matches!(next, Self::Accepted | Self::Deposited | Self::Delivered | Self::Returned),
            Self::Deposited => matches!(next, Self::Accepted | Self::Returned | Self::Deleted),
            Self::Delivered | Self::Returned => matches!(next, Self::Deleted),
            Self::Deleted => false,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a delivery state")]
pub struct UnknownState;

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(word: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.word() == word).ok_or(UnknownState)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p3_words_read_back_and_ends_stay_ends() {
        for state in State::ALL {
            assert_eq!(state.word().parse(), Ok(state));
            assert!(!State::Deleted.may_become(state));
            assert!(!state.may_become(state), "{state} must not become itself");
        }
        assert!("gone".parse::<State>().is_err());
    }

    #[test]
    fn p3_nothing_goes_back_from_an_end_to_the_way() {
        for end in [State::Delivered, State::Returned] {
            assert!(end.is_settled());
            assert!(!end.may_become(State::Sending) && !end.may_become(State::Accepted));
        }
    }

    #[test]
    fn p3_what_nobody_can_be_told_of_goes_on_and_never_straight_to_a_server() {
        assert!(State::Deposited.is_settled());
        assert!(State::Deposited.may_become(State::Accepted) && State::Deposited.may_become(State::Returned));
        assert!(!State::Deposited.may_become(State::Sending) && !State::Deposited.may_become(State::Delivered));
    }
}
