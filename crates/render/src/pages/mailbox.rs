//! The lists: inbox, sent, drafts [J9, J11, J14].

use askama::Template;
use jiff::Timestamp;

use crate::{page::Page, paths, words::Phrase};

/// Rows on one page of a list.
pub const ROWS_MAX: usize = 25;

/// Inbox or sent. Searching is `GET` of the same path with `q`.
#[derive(Debug, Template)]
#[template(path = "mailbox.html")]
pub struct Mailbox<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// Which list.
    pub folder: Folder,
    /// What is searched for; empty for everything.
    pub search: &'a str,
    /// The messages, newest first, at most [`ROWS_MAX`].
    pub rows: &'a [Row<'a>],
    /// Link to newer messages, if there are any.
    pub newer: Option<&'a str>,
    /// Link to older messages, if there are any.
    pub older: Option<&'a str>,
}

/// A list of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folder {
    /// What was received.
    Inbox,
    /// What the person wrote.
    Sent,
}

impl Folder {
    /// Where the list is.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Inbox => paths::INBOX,
            Self::Sent => paths::SENT,
        }
    }

    /// The key of its name.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Inbox => "nav-inbox",
            Self::Sent => "nav-sent",
        }
    }

    pub(crate) fn title<'a>(self, page: &Page<'a>) -> Phrase<'a> {
        page.say(self.key())
    }

    pub(crate) const fn is_inbox(self) -> bool {
        matches!(self, Self::Inbox)
    }
}

/// One message in a list.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// The shown form of its id, for the link.
    pub id: String,
    /// The other person: sender in the inbox, recipient in sent. A name, or the address where no name is known.
    pub correspondent: &'a str,
    /// The subject; may be empty.
    pub subject: &'a str,
    /// When it was sent.
    pub at: Timestamp,
    /// Whether it has attachments.
    pub attached: bool,
    /// Whether it was not yet read. Always false in sent.
    pub unread: bool,
    /// Until when it is kept; `None` where no end is set.
    pub kept_until: Option<Timestamp>,
    /// Sent only: how far it has come.
    pub progress: Option<SentProgress>,
}

/// How far a sent message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentProgress {
    /// Accepted, on its way to the organisation.
    OnItsWay,
    /// Handed over to the organisation's mail system.
    Delivered,
    /// It could not be handed over.
    Returned,
}

impl SentProgress {
    /// The progress in words.
    pub fn text<'a>(self, page: &Page<'a>) -> Phrase<'a> {
        match self {
            Self::OnItsWay => page.say("sent-on-its-way"),
            Self::Delivered => page.say("sent-delivered"),
            Self::Returned => page.say("sent-returned"),
        }
    }

    const fn is_returned(self) -> bool {
        matches!(self, Self::Returned)
    }
}

/// The drafts.
#[derive(Debug, Template)]
#[template(path = "drafts.html")]
pub struct Drafts<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The drafts, newest first.
    pub rows: &'a [DraftRow<'a>],
}

/// One draft in the list.
#[derive(Debug, Clone)]
pub struct DraftRow<'a> {
    /// The shown form of its id, for the link.
    pub id: String,
    /// To whom; `None` while nobody is chosen.
    pub recipient: Option<&'a str>,
    /// The subject; may be empty.
    pub subject: &'a str,
    /// When it was last saved.
    pub saved_at: Timestamp,
    /// How many files are attached.
    pub attachments: usize,
}

/// Asks before a draft is deleted. `POST` to [`paths::draft_delete`].
#[derive(Debug, Template)]
#[template(path = "draft_delete.html")]
pub struct DraftDelete<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The shown form of the draft's id.
    pub id: String,
    /// Its subject; may be empty.
    pub subject: &'a str,
}

super::pages! { Mailbox Drafts DraftDelete }
