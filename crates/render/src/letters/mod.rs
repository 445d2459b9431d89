//! Letters: what is printed and goes by post, or is handed to somebody as proof [L3, T7, D6, R4].
//!
//! One struct a letter; fill its fields and call `text()`. What comes out has no look yet: the crate that sets letters gives it one.

mod activation;
mod deletion;
mod delivery;
mod lock;
mod withdrawal;

pub use activation::Activation;
pub use deletion::DeletionReceipt;
pub use delivery::{DeliveryRecord, Step};
use jiff::Timestamp;
pub use lock::{LockNotice, LockReason};
use model::Language;
pub use withdrawal::WithdrawalConfirmation;

use crate::{
    Brand,
    dates::Dates,
    words::{Phrase, Words},
};

/// What every letter stands on.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// Who writes.
    pub brand: &'a Brand,
    /// The reader's language.
    pub language: Language,
    /// The date of the letter.
    pub at: Timestamp,
    /// What the organisation finds the matter by; may be empty.
    pub reference: &'a str,
}

/// What a letter says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterText {
    /// The reader's language.
    pub language: Language,
    /// Labels and values beside the address.
    pub information: Vec<Line>,
    /// The date, with its label.
    pub date: Line,
    /// What it is about.
    pub subject: String,
    /// The greeting.
    pub salutation: String,
    /// What follows.
    pub body: Vec<Part>,
    /// The words before the signature.
    pub closing: String,
    /// Who signs.
    pub signature: String,
    /// Counts the pages, with `{page}` and `{pages}` for numbers to come.
    pub page: String,
    /// Before what comes with it.
    pub enclosures: String,
}

/// A label and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub label: String,
    /// What it says.
    pub value: String,
}

impl Line {
    fn new(label: &impl ToString, value: &impl ToString) -> Self {
        Self { label: label.to_string(), value: value.to_string() }
    }
}

/// A part of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A paragraph.
    Paragraph(String),
    /// A heading.
    Heading(String),
    /// Things that belong together.
    List(Vec<String>),
    /// Things to do, in this order.
    Steps(Vec<String>),
    /// Labels and values.
    Table(Vec<Line>),
    /// What a person types.
    Code {
        /// What it is.
        label: String,
        /// The code.
        code: String,
    },
    /// What a telephone reads.
    Qr {
        /// What it reads.
        text: String,
        /// What it is for, in words.
        alt: String,
    },
}

impl<'a> Ground<'a> {
    fn say(&self, key: &'static str) -> Phrase<'a> {
        Words::of(self.language).say(key)
    }

    fn organisation(&self, key: &'static str) -> Phrase<'a> {
        self.say(key).with("organisation", &self.brand.organisation)
    }

    fn dates(&self) -> Dates<'a> {
        Dates::new(self.language, &self.brand.zone)
    }

    fn paragraph(&self, key: &'static str) -> Part {
        Part::Paragraph(self.organisation(key).to_string())
    }

    /// How somebody can be asked, as a sentence; nothing where nobody can.
    fn whom_to_ask(&self) -> Option<Part> {
        let contact = &self.brand.contact;
        let phrase = match (&contact.phone, &contact.email) {
            (Some(phone), Some(email)) => self.say("letter-ask-both").with("phone", phone).with("email", email),
            (Some(phone), None) => self.say("letter-ask-phone").with("phone", phone),
            (None, Some(email)) => self.say("letter-ask-email").with("email", email),
            (None, None) => return None,
        };
        let hours = contact.hours(self.language).map(|hours| format!(" ({hours})")).unwrap_or_default();
        Some(Part::Paragraph(phrase.with("hours", hours).to_string()))
    }

    /// The letter around `body`.
    fn letter(&self, subject: &impl ToString, body: Vec<Part>) -> LetterText {
        let contact = &self.brand.contact;
        let lines = [
            ("letter-reference", Some(self.reference).filter(|reference| !reference.is_empty())),
            ("letter-phone", contact.phone.as_deref()),
            ("letter-email", contact.email.as_deref()),
        ];
        let lines = lines.into_iter().filter_map(|(key, value)| Some(Line::new(&self.say(key), &value?)));
        LetterText {
            language: self.language,
            information: lines.collect(),
            date: Line::new(&self.say("letter-date"), &self.dates().day(&self.at)),
            subject: subject.to_string(),
            salutation: self.say("letter-salutation").to_string(),
            body,
            closing: self.say("letter-closing").to_string(),
            signature: self.brand.organisation.clone(),
            page: self.say("paper-foot").with("page", "{page}").with("pages", "{pages}").to_string(),
            enclosures: self.say("letter-enclosures").to_string(),
        }
    }
}
