//! Delivery status notifications: the mail that says what became of a mail (RFC 3464, in the wrapper of RFC 6522).
//!
//! A notification is a `multipart/report` of three parts: a text for people, a `message/delivery-status` for machines,
//! and something of the mail it is about. The middle part is groups of fields: one group about the mail, then one per
//! recipient, each with an *action* (what happened) and a *status* (why, as an enhanced status code).
//!
//! [`Notification::compose`] writes one. It returns the header of the mail at most, never its content: what was confidential
//! on the way out must not come back in clear. [`read`] reads the middle part of what other servers send; finding that part in a mail is the business
//! of whoever takes mails apart. Anybody can send such a mail, so what it says counts only if it came to a
//! [genuine bounce address](crate::bounce).

mod compose;
mod read;
#[cfg(test)]
mod tests;

pub use compose::{Notification, ORIGINAL_HEADER_BYTES_MAX, RecipientReport};
pub use read::{REPORT_RECIPIENTS_MAX, Report, ReportedRecipient, Verdict, read};

pub use crate::{fields::REPORT_BYTES_READ_MAX, written::HeadError};

/// What happened to a mail for one recipient (RFC 3464 section 2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It could not be delivered, and nobody will try again.
    Failed,
    /// It was not delivered yet, and somebody goes on trying.
    Delayed,
    /// It was delivered to the recipient's mail store.
    Delivered,
    /// It went on to a server that sends no notifications: weaker evidence than `Delivered`.
    Relayed,
    /// It was delivered to a list, which sent it on.
    Expanded,
}

impl Action {
    const NAMES: [(Self, &'static str); 5] = [
        (Self::Failed, "failed"),
        (Self::Delayed, "delayed"),
        (Self::Delivered, "delivered"),
        (Self::Relayed, "relayed"),
        (Self::Expanded, "expanded"),
    ];

    /// The word in the field.
    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(action, _)| *action == self).map_or("failed", |(_, name)| name)
    }

    /// From the best news to the worst.
    const fn severity(self) -> u8 {
        match self {
            Self::Delivered => 0,
            Self::Relayed => 1,
            Self::Expanded => 2,
            Self::Delayed => 3,
            Self::Failed => 4,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(action, _)| *action)
    }
}

/// Why a notification cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DsnError {
    /// There is no recipient to report on.
    #[error("the notification reports on no recipient")]
    NoRecipients,
    /// Its token or a time cannot be written.
    #[error(transparent)]
    Head(#[from] HeadError),
}
