//! Reports to the sender: the part of a delivery status notification that people read (RFC 3464 section 2, first part).

use jiff::Timestamp;
use model::Language;

use crate::{Brand, mails::Mail};

/// Tells a sender what became of a mail.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The organisation.
    pub brand: &'a Brand,
    /// The sender's language.
    pub language: Language,
    /// What became of it.
    pub kind: ReportKind,
    /// The mail's subject; may be empty.
    pub subject: &'a str,
    /// When it was accepted.
    pub sent_at: Timestamp,
    /// Whom it concerns.
    pub recipients: &'a [ReportRecipient<'a>],
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// It could not be delivered and will not be tried again.
    Returned,
    /// It is on its way for longer than usual.
    Delayed {
        /// Until when it will be tried.
        tried_until: Timestamp,
    },
    /// It was handed to a server that sends no reports.
    Relayed,
    /// It was delivered.
    Delivered,
}

/// One recipient in a report.
#[derive(Debug, Clone, Copy)]
pub struct ReportRecipient<'a> {
    /// The address.
    pub address: &'a str,
    /// The reason in words, one or more sentences; may be empty.
    pub reason: &'a str,
    /// What the other server said; may be empty.
    pub reply: &'a str,
}

impl Report<'_> {
    /// The mail.
    pub fn mail(&self) -> Mail {
        super::notice::todo_mail()
    }
}
