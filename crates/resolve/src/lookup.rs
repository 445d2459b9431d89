//! What a question comes to: found, nothing, or failed; and how far that can be believed.

use std::time::Duration;

/// The end of a question.
///
/// `Failed` means *not now* and never *there is none* (RFC 7672 section 2.1): so there is no way to turn a lookup into an `Option`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Lookup<T> {
    /// There are records.
    Found {
        /// The records.
        records: T,
        /// How far they can be believed.
        security: Security,
        /// How long they may still be used.
        ttl: Duration,
    },
    /// There are none, and the DNS says so.
    Nothing {
        /// Which nothing.
        kind: Absence,
        /// How far the denial can be believed.
        security: Security,
        /// How long it may still be used.
        ttl: Duration,
    },
    /// Nobody can tell now.
    Failed(Failure),
}

impl<T> Lookup<T> {
    /// The same end with other records.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Lookup<U> {
        self.and_then(|records, security, ttl| Lookup::Found { records: change(records), security, ttl })
    }

    /// The same end, where records may turn out to be something else.
    pub fn and_then<U>(self, change: impl FnOnce(T, Security, Duration) -> Lookup<U>) -> Lookup<U> {
        match self {
            Self::Found { records, security, ttl } => change(records, security, ttl),
            Self::Nothing { kind, security, ttl } => Lookup::Nothing { kind, security, ttl },
            Self::Failed(failure) => Lookup::Failed(failure),
        }
    }

    /// The same end, for this time at most.
    pub(crate) fn no_longer_than(self, most: Duration) -> Self {
        match self {
            Self::Found { records, security, ttl } => Self::Found { records, security, ttl: ttl.min(most) },
            Self::Nothing { kind, security, ttl } => Self::Nothing { kind, security, ttl: ttl.min(most) },
            Self::Failed(failure) => Self::Failed(failure),
        }
    }

    /// Whether the answer, or the denial, is proved.
    pub const fn is_secure(&self) -> bool {
        matches!(
            self,
            Self::Found { security: Security::Secure, .. } | Self::Nothing { security: Security::Secure, .. }
        )
    }
}

/// How there can be nothing (RFC 2308 section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// The name exists, without records of this type.
    NoData,
    /// The name does not exist, and nothing below it.
    NoName,
}

/// Whether an answer is proved by signatures up to the trust anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// It is proved (RFC 4033 section 5, "secure").
    Secure,
    /// It is proved that it cannot be proved (RFC 4033 section 5, "insecure").
    Insecure {
        /// Why, as far as it can be told.
        reason: Reason,
    },
}

impl Security {
    /// The security of what rests on both.
    #[must_use]
    pub const fn weaker(self, other: Self) -> Self {
        match self {
            Self::Secure => other,
            Self::Insecure { .. } => self,
        }
    }
}

/// Why an answer is insecure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A zone on the way is not signed.
    Unsigned,
    /// A zone on the way is signed with algorithms that are not known here, so it counts as unsigned (RFC 4035 section 5.2).
    UnknownAlgorithm,
    /// It lies in a stretch of names that its zone leaves unproved (RFC 5155 section 6).
    OptOut,
    /// The maker does not say.
    Unknown,
}

/// Why nobody can tell now. Both mean: later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The answer should be proved, and the proof does not hold.
    #[error("the DNS answer failed validation: {why}")]
    Bogus {
        /// What was wrong, for people.
        why: String,
    },
    /// No useful answer came in time.
    #[error("the DNS gave no answer: {why}")]
    Unavailable {
        /// What was wrong, for people.
        why: String,
    },
}

impl Failure {
    pub(crate) fn bogus(why: impl Into<String>) -> Self {
        Self::Bogus { why: why.into() }
    }

    pub(crate) fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable { why: why.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rests_on_two_is_as_weak_as_the_weaker() {
        let insecure = Security::Insecure { reason: Reason::Unsigned };
        assert_eq!(Security::Secure.weaker(Security::Secure), Security::Secure);
        assert_eq!(Security::Secure.weaker(insecure), insecure);
        assert_eq!(insecure.weaker(Security::Secure), insecure);
    }

    #[test]
    fn a_failure_stays_a_failure_whatever_is_done_with_it() {
        let failed: Lookup<u8> = Lookup::Failed(Failure::bogus("no signature"));
        assert_eq!(failed.clone().map(u16::from), Lookup::Failed(Failure::bogus("no signature")));
        assert!(!failed.is_secure());
    }

    #[test]
    fn a_time_is_cut_and_never_prolonged() {
        let (minute, hour) = (Duration::from_mins(1), Duration::from_hours(1));
        let found = |ttl| Lookup::Found { records: 7, security: Security::Secure, ttl };
        assert_eq!(found(hour).no_longer_than(minute), found(minute));
        assert_eq!(found(minute).no_longer_than(hour), found(minute));
        let nothing = |ttl| Lookup::<u8>::Nothing { kind: Absence::NoName, security: Security::Secure, ttl };
        assert_eq!(nothing(hour).no_longer_than(minute), nothing(minute));
    }
}
