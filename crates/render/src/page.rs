//! What every page stands on: whose house it is, who looks at it, in which language, and what just happened.

use askama::Template;
use jiff::Timestamp;
use model::Language;

use crate::{
    Brand,
    brand::{Block, Prose},
    dates::Dates,
    sizes::Size,
    words::{self, Phrase, Words},
};

/// The ground of a page. Cheap to copy; every page struct holds a reference to one.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The organisation and its look.
    pub brand: &'a Brand,
    /// The reader's language.
    pub language: Language,
    /// The present moment; dates near it are shown shorter.
    pub now: Timestamp,
    /// Path and query of this page; the language switch comes back to it.
    pub path: &'a str,
    /// The token that every form carries in its field `csrf`.
    pub csrf: &'a str,
    /// Who looks.
    pub visitor: Visitor<'a>,
    /// What just happened, said above the page's content.
    pub flash: Option<Flash>,
}

/// Who looks at a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visitor<'a> {
    /// Somebody who is not signed in: the page shows no mailbox.
    Stranger,
    /// The owner of a mailbox.
    SignedIn {
        /// The mailbox's e-mail address.
        address: &'a str,
        /// Messages in the inbox not yet read.
        unread: u32,
    },
}

/// What just happened, in one sentence at the top of the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flash {
    /// The mailbox was activated; this is its first page.
    Activated,
    /// The password was changed.
    PasswordChanged,
    /// The security question was changed.
    QuestionChanged,
    /// The language was changed.
    LanguageChanged,
    /// One other session was ended.
    SessionEnded,
    /// A message was deleted.
    MessageDeleted,
    /// A draft was stored.
    DraftSaved,
    /// A draft was deleted.
    DraftDeleted,
    /// A form was too old to be accepted; what was typed is still in it.
    FormOutdated,
}

impl Flash {
    /// Every sentence.
    pub const ALL: [Self; 9] = [
        Self::Activated,
        Self::PasswordChanged,
        Self::QuestionChanged,
        Self::LanguageChanged,
        Self::SessionEnded,
        Self::MessageDeleted,
        Self::DraftSaved,
        Self::DraftDeleted,
        Self::FormOutdated,
    ];

    /// The key of its sentence; also a stable word to carry it in a cookie.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Activated => "flash-activated",
            Self::PasswordChanged => "flash-password-changed",
            Self::QuestionChanged => "flash-question-changed",
            Self::LanguageChanged => "flash-language-changed",
            Self::SessionEnded => "flash-session-ended",
            Self::MessageDeleted => "flash-message-deleted",
            Self::DraftSaved => "flash-draft-saved",
            Self::DraftDeleted => "flash-draft-deleted",
            Self::FormOutdated => "flash-form-outdated",
        }
    }

    /// The flash of this [`Flash::key`].
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flash| flash.key() == key)
    }
}

impl<'a> Page<'a> {
    /// The texts of the reader's language.
    pub fn words(&self) -> &'static Words {
        Words::of(self.language)
    }

    /// The text of `key`, to be shown or to be given values by [`Phrase::with`].
    pub fn say(&self, key: &'static str) -> Phrase<'a> {
        self.words().say(key)
    }

    /// The address of the mailbox whose owner looks.
    pub const fn address(&self) -> Option<&'a str> {
        match self.visitor {
            Visitor::Stranger => None,
            Visitor::SignedIn { address, .. } => Some(address),
        }
    }

    /// Messages not yet read; 0 for strangers.
    pub const fn unread(&self) -> u32 {
        match self.visitor {
            Visitor::Stranger => 0,
            Visitor::SignedIn { unread, .. } => unread,
        }
    }

    /// The language the reader can switch to.
    pub const fn other_language(&self) -> Language {
        words::other_language(self.language)
    }

    /// When the organisation can be asked.
    pub fn hours(&self) -> Option<&'a str> {
        self.brand.contact.hours(self.language)
    }

    /// Whom people can turn to who are not satisfied with an answer about accessibility.
    pub fn accessibility_authority(&self) -> Option<&'a str> {
        self.brand.accessibility_authority(self.language)
    }

    /// A text of the organisation's own, and the language it is in.
    pub fn own<'p>(&self, text: &'p Prose) -> (&'p [Block], Language) {
        text.of(self.language)
    }

    /// A size in the reader's language.
    pub fn size(&self, bytes: &u64) -> String {
        Size(*bytes).text(self.language)
    }

    /// Dates in the reader's language and the organisation's time zone.
    pub fn dates(&self) -> Dates<'a> {
        Dates::new(self.language, &self.brand.zone)
    }
}

/// Draws a template.
///
/// Writing into a `String` cannot fail and neither can our formatters, so there is no error to hand on.
pub(crate) fn draw(template: &impl Template) -> String {
    template.render().unwrap_or_default()
}
