//! Mails that tell an owner that something about the mailbox's security changed.

use jiff::Timestamp;
use model::Language;

use crate::{Brand, mails::Mail};

/// Tells the owner what changed, and what to do if it was somebody else.
#[derive(Debug, Clone, Copy)]
pub struct SecurityNotice<'a> {
    /// The organisation.
    pub brand: &'a Brand,
    /// The reader's language.
    pub language: Language,
    /// The mailbox's address.
    pub recipient: &'a str,
    /// What happened.
    pub event: SecurityEvent,
    /// When.
    pub at: Timestamp,
}

/// What happened to a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityEvent {
    /// It was activated.
    Activated,
    /// The password was changed.
    PasswordChanged,
    /// The security question was changed.
    QuestionChanged,
    /// It was deleted with all messages.
    MailboxDeleted,
}

impl SecurityNotice<'_> {
    /// The mail.
    pub fn mail(&self) -> Mail {
        super::notice::todo_mail()
    }
}
