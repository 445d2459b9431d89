//! What the pages of a mail are made of.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A mail to be set. All words are given, in the language of the reader.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Names this mail and no other; it makes the identifier of the file.
    pub id: String,
    /// Language of the words around the mail (ISO 639-1).
    pub language: String,
    /// The subject, or words for its absence.
    pub title: String,
    /// Who wrote it, as metadata has it.
    pub author: String,
    /// When it was written, or else when it came: archives want a date.
    pub date: Stamp,
    /// Sender, recipients, date and the like, in order.
    pub fields: Vec<Field>,
    /// Attachments, which are embedded.
    pub files: Vec<File>,
    /// The body as harmless HTML, if it has one.
    pub html: Option<String>,
    /// The body as text.
    pub text: String,
    /// Whether the body is the beginning only.
    pub is_cut: bool,
    /// Words around the mail.
    pub words: Words,
}

/// A line of the header block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Like `Von`.
    pub label: String,
    /// Like `Musterkasse <service@musterkasse.example>`.
    pub value: String,
}

/// An attachment in the header block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its size in words.
    pub size: String,
}

/// A time in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 31.
    pub day: u8,
    /// Hour.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// Second.
    pub second: u8,
}

impl Default for Stamp {
    /// The beginning of 2000.
    fn default() -> Self {
        Self { year: 2000, month: 1, day: 1, hour: 0, minute: 0, second: 0 }
    }
}

/// Words around a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Before the attachments.
    pub files: String,
    /// The foot of a page, with `{page}` and `{pages}`.
    pub foot: String,
    /// Says that the mail is set more plainly than it was written.
    pub plain: String,
    /// Says that the mail is set as text.
    pub text: String,
    /// Says that images could not be shown.
    pub images: String,
    /// Says that the end is in the original only.
    pub cut: String,
}

/// How a mail was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Form {
    /// As the writer meant it.
    LaidOut,
    /// Its text with links, emphasis and images, one thing below the other.
    Plain,
    /// Its text.
    Text,
}

/// A mail as pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// How it was set.
    pub form: Form,
    /// How many pages it has.
    pub count: usize,
    /// Why it was not set as its writer meant it, if the typesetter refused that.
    pub refused: Option<Refused>,
}

/// Why nothing could be set.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum Refused {
    /// The typesetter or its validator says no; its words.
    #[error("the pages cannot be set: {0}")]
    Typesetter(String),
    /// Letters would be missing on the pages.
    #[error("letters would be missing on the pages: {0}")]
    Missing(String),
}
