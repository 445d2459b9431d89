//! Counts what comes to bounce addresses, by day and word.
//!
//! Counting happens in memory and is written down from time to time, so that nobody makes this server write by sending rubbish. What was counted
//! since is lost when the process dies: these numbers are for people who watch, and prove nothing.

use jiff::Timestamp;
use store::BounceWord;

use crate::{App, trouble::Trouble};

/// How long counts are kept, in days.
pub const TALLY_DAYS_MAX: i64 = 400;

const DAY_SECONDS: i64 = 24 * 60 * 60;

macro_rules! tallies {
    ($($(#[$doc:meta])* $tally:ident = $word:literal,)*) => {
        /// What a mail to a bounce address came to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Tally {
            /// Something new was said about a mail.
            Said(BounceWord),
            $($(#[$doc])* $tally,)*
        }

        impl Tally {
            /// The stored word.
            pub const fn word(self) -> &'static str {
                match self {
                    Self::Said(word) => word.word(),
                    $(Self::$tally => $word,)*
                }
            }
        }
    };
}

tallies! {
    /// Feedback that is no complaint.
    Feedback = "feedback",
    /// Nothing new: the same was said about the same mail before.
    Repeated = "repeated",
    /// An answer of a machine, such as a note of absence.
    AutoReply = "auto-reply",
    /// A mail without anything for machines.
    NoReport = "no-report",
    /// A report that says nothing clearly.
    Unclear = "unclear",
    /// A mail that is nested too deep or in too many parts.
    TooComplex = "too-complex",
    /// A mail above the limit, refused.
    TooLarge = "too-large",
    /// About a mail that never left.
    Unsent = "unsent",
    /// About a mail that is not known any more.
    Unknown = "unknown",
    /// To an address that was not made here, refused.
    Forged = "forged",
    /// To an address whose time is over, refused.
    Expired = "expired",
    /// To the address of TLS reports: a report about our domains.
    TlsReport = "tls-report",
    /// To the address of TLS reports: a report that was counted before.
    RepeatedTlsReport = "repeated-tls-report",
    /// To the address of TLS reports: nothing about our domains.
    NoTlsReport = "no-tls-report",
}

impl Tally {
    /// Whether anything follows from it but that it is counted.
    pub const fn has_effect(self) -> bool {
        matches!(self, Self::Said(BounceWord::Failed | BounceWord::Complaint))
    }
}

/// The day of a moment, in days since 1970 (UTC).
pub fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(DAY_SECONDS)
}

/// Counts what a mail came to.
pub(crate) fn count(app: &App, tally: Tally) {
    app.tallies.add((day(app.now()), tally), 1);
}

/// Writes down what was counted since the last time. What cannot be written now is kept for the next time.
pub async fn write_tallies(app: &App) -> Result<(), Trouble> {
    let counts = app.tallies.take();
    if counts.is_empty() {
        return Ok(());
    }
    let written = write(app, &counts).await;
    if written.is_err() {
        for (key, number) in counts {
            app.tallies.add(key, number);
        }
    }
    written
}

async fn write(app: &App, counts: &[((i64, Tally), u64)]) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    for ((day, tally), number) in counts {
        tx.bounces().count(*day, tally.word(), *number).await?;
    }
    tx.bounces().forget_tallies(day(app.now()) - TALLY_DAYS_MAX).await?;
    tx.commit().await?;
    Ok(())
}
