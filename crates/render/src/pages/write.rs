//! Writing: the form for answers and new messages, and what happens after sending [J10].

use askama::Template;
use jiff::Timestamp;

use crate::{form::Problems, page::Page, paths, words::Phrase};

/// The form. `POST` as multipart to [`paths::draft`] (to [`paths::WRITE`] while there is no draft yet) with `recipient`,
/// `typed`, `subject`, `text`, `file` (several) and the button `do`: `send`, `save`, `attach` or `remove-ID`, ID being the id
/// of an attachment. Every one of them saves what is typed.
#[derive(Debug, Template)]
#[template(path = "write.html")]
pub struct Write<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The shown form of the draft's id, once there is one.
    pub draft: Option<String>,
    /// The message that is answered.
    pub answering: Option<Answering<'a>>,
    /// To whom.
    pub recipient: Recipient<'a>,
    /// The subject typed so far.
    pub subject: &'a str,
    /// The text typed so far.
    pub text: &'a str,
    /// The files attached so far.
    pub attachments: &'a [DraftAttachment<'a>],
    /// When the draft was last saved.
    pub saved_at: Option<Timestamp>,
    /// How much can be attached.
    pub limits: AttachmentLimits,
    /// What was wrong with the last try.
    pub problems: Problems<'a>,
}

impl Write<'_> {
    fn title(&self) -> Phrase<'_> {
        if self.answering.is_some() { self.page.say("write-title-reply") } else { self.page.say("write-title") }
    }

    fn action(&self) -> String {
        self.draft.as_ref().map_or_else(|| paths::WRITE.to_owned(), paths::draft)
    }

    /// How much is attached.
    fn attached(&self) -> String {
        self.page.size(&self.attachments.iter().map(|file| file.bytes).fold(0, u64::saturating_add))
    }
}

/// The message that is answered.
#[derive(Debug, Clone)]
pub struct Answering<'a> {
    /// The shown form of its id, for the link.
    pub id: String,
    /// Its subject; may be empty.
    pub subject: &'a str,
    /// When it was sent.
    pub at: Timestamp,
}

/// To whom a message goes.
#[derive(Debug, Clone, Copy)]
pub enum Recipient<'a> {
    /// It is given, because a message is answered.
    Given {
        /// The name; may be empty.
        name: &'a str,
        /// The e-mail address.
        address: &'a str,
    },
    /// It is chosen from a list (field `recipient`) or typed (value `typed` and field `typed`).
    Chosen {
        /// The groups of the list, such as departments and persons who wrote before.
        groups: &'a [RecipientGroup<'a>],
        /// The chosen value; empty while nothing is chosen.
        chosen: &'a str,
        /// What was typed as address; `None` where only the list can be used.
        typed: Option<&'a str>,
    },
}

/// Recipients under one heading.
#[derive(Debug, Clone, Copy)]
pub struct RecipientGroup<'a> {
    /// The heading.
    pub kind: RecipientGroupKind,
    /// Who can be chosen.
    pub choices: &'a [RecipientChoice<'a>],
}

/// What the recipients of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipientGroupKind {
    /// Departments, from the configuration.
    Departments,
    /// Persons who have written to this mailbox.
    Persons,
}

impl RecipientGroupKind {
    fn text<'a>(self, page: &Page<'a>) -> Phrase<'a> {
        match self {
            Self::Departments => page.say("write-departments"),
            Self::Persons => page.say("write-persons"),
        }
    }
}

/// One recipient in the list.
#[derive(Debug, Clone, Copy)]
pub struct RecipientChoice<'a> {
    /// The value sent with the form.
    pub value: &'a str,
    /// What the person reads.
    pub label: &'a str,
}

/// A file attached to a draft.
#[derive(Debug, Clone)]
pub struct DraftAttachment<'a> {
    /// The shown form of its id, for the button that removes it.
    pub id: String,
    /// The file name.
    pub name: &'a str,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether it was taken without being scanned though it should have been.
    pub unscanned: bool,
}

/// How much can be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachmentLimits {
    /// How many files.
    pub count_max: usize,
    /// How many bytes together.
    pub bytes_max: u64,
}

/// What happens now, after sending.
#[derive(Debug, Template)]
#[template(path = "sent.html")]
pub struct Sent<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The shown form of the sent message's id.
    pub id: String,
    /// To whom: a name or an address.
    pub recipient: &'a str,
    /// The subject; may be empty.
    pub subject: &'a str,
    /// How many files went with it.
    pub attachments: usize,
    /// When it was accepted.
    pub at: Timestamp,
}

super::pages! { Write Sent }
