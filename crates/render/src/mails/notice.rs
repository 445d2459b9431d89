//! Notices: the mails that say a message is waiting [J2, J4].

use jiff::Timestamp;
use model::Language;

use crate::{Brand, mails::Mail, pages::message::Correspondent};

/// The notice of the first message: what this is, who wrote, and how to activate the mailbox [J2].
#[derive(Debug, Clone, Copy)]
pub struct NoticeFirst<'a> {
    /// The organisation.
    pub brand: &'a Brand,
    /// The reader's language.
    pub language: Language,
    /// The address the mailbox is for.
    pub recipient: &'a str,
    /// Who wrote.
    pub sender: Correspondent<'a>,
    /// The message's subject; `None` hides it.
    pub subject: Option<&'a str>,
    /// When the message was sent.
    pub sent_at: Timestamp,
    /// Why it does not come as an ordinary mail.
    pub why: Why,
    /// The activation link, whole.
    pub link: &'a str,
    /// By when to activate.
    pub activate_by: Timestamp,
}

/// Why a message is confidential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The sender marked it so.
    Marked,
    /// A rule of the organisation, for what such messages usually hold.
    Rule,
    /// It answers a confidential message.
    Answer,
}

/// The notice of every later message, with a link straight to it [J4].
#[derive(Debug, Clone, Copy)]
pub struct NoticeLater<'a> {
    /// The organisation.
    pub brand: &'a Brand,
    /// The reader's language.
    pub language: Language,
    /// The mailbox's address.
    pub recipient: &'a str,
    /// Who wrote.
    pub sender: Correspondent<'a>,
    /// The message's subject; `None` hides it.
    pub subject: Option<&'a str>,
    /// When the message was sent.
    pub sent_at: Timestamp,
    /// The link to the message, whole.
    pub link: &'a str,
    /// Until when the message is kept, where an end is set.
    pub kept_until: Option<Timestamp>,
}

impl NoticeFirst<'_> {
    /// The mail.
    pub fn mail(&self) -> Mail {
        todo_mail()
    }
}

impl NoticeLater<'_> {
    /// The mail.
    pub fn mail(&self) -> Mail {
        todo_mail()
    }
}

pub(crate) fn todo_mail() -> Mail {
    Mail { subject: String::new(), text: String::new(), html: String::new() }
}
