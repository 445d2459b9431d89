//! The list in the archive of a mailbox: a page of its own, without anything from elsewhere, that leads to the files beside it [J12].

use std::io;

use askama::Template;
use jiff::{Timestamp, civil, tz::TimeZone};
use model::Language;

use crate::{
    dates::Dates,
    pages::mailbox::Folder,
    sizes::Size,
    words::{Phrase, Words},
};

/// Whose mailbox was saved, when, and how that is told.
#[derive(Debug, Clone)]
pub struct Dress {
    /// The language of the list.
    pub language: Language,
    /// The organisation's name.
    pub organisation: String,
    /// The portal's name.
    pub portal: String,
    /// The clocks dates are told by.
    pub zone: TimeZone,
    /// The address of the mailbox.
    pub address: String,
    /// When it was saved.
    pub at: Timestamp,
}

/// What is in the archive of a mailbox.
#[derive(Debug, Clone)]
pub struct Contents {
    dress: Dress,
    /// The messages, the oldest first.
    pub entries: Vec<Entry>,
}

/// A message in an archive.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where it lay.
    pub folder: Folder,
    /// The other person: a name or an address.
    pub correspondent: String,
    /// Its subject; may be empty.
    pub subject: String,
    /// When it came or was sent.
    pub at: Timestamp,
    /// Its size, in bytes.
    pub size_bytes: u64,
    /// Whether it has attachments.
    pub attached: bool,
    /// The path of its pages in the archive, if it has them.
    pub pages: Option<String>,
    /// The path of the original, if it could be read.
    pub original: Option<String>,
}

impl Contents {
    /// An archive with nothing in it.
    pub const fn new(dress: Dress) -> Self {
        Self { dress, entries: Vec::new() }
    }

    /// Takes what is in it so far.
    #[must_use]
    pub fn take(&mut self) -> Self {
        Self { dress: self.dress.clone(), entries: std::mem::take(&mut self.entries) }
    }

    /// When it was saved, by the organisation's clocks.
    pub fn local(&self) -> civil::DateTime {
        self.dress.at.to_zoned(self.dress.zone.clone()).datetime()
    }

    /// The name of the folder for what lay in `folder`.
    pub fn folder_name(&self, folder: Folder) -> String {
        self.words().say(folder.key()).to_string()
    }

    /// Writes the list.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_to(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let parts = [Folder::Inbox, Folder::Sent].map(|folder| self.part(folder));
        let parts = parts.into_iter().filter(|part| part.count > 0).collect();
        Index { contents: self, parts }.write_into(&mut Plain(out))
    }

    fn words(&self) -> &'static Words {
        Words::of(self.dress.language)
    }

    /// What lay in `folder`, by years, the newest first.
    fn part(&self, folder: Folder) -> Part<'_> {
        let mut years: Vec<Year<'_>> = Vec::new();
        let mut count = 0;
        for entry in self.entries.iter().rev().filter(|entry| entry.folder == folder) {
            let year = entry.at.to_zoned(self.dress.zone.clone()).year();
            count += 1;
            match years.last_mut().filter(|last| last.year == year) {
                Some(last) => last.entries.push(entry),
                None => years.push(Year { year, entries: vec![entry] }),
            }
        }
        Part { folder, years, count }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "archive_index.html")]
struct Index<'a> {
    contents: &'a Contents,
    parts: Vec<Part<'a>>,
}

struct Part<'a> {
    folder: Folder,
    years: Vec<Year<'a>>,
    count: usize,
}

impl Part<'_> {
    const fn anchor(&self) -> &'static str {
        self.folder.key()
    }
}

struct Year<'a> {
    year: i16,
    entries: Vec<&'a Entry>,
}

impl<'a> Index<'a> {
    fn dress(&self) -> &'a Dress {
        &self.contents.dress
    }

    fn say(&self, key: &'static str) -> Phrase<'a> {
        self.contents.words().say(key)
    }

    fn dates(&self) -> Dates<'a> {
        Dates::new(self.dress().language, &self.dress().zone)
    }

    fn size(&self, entry: &Entry) -> String {
        Size(entry.size_bytes).text(self.dress().language)
    }

    fn subject(&self, entry: &'a Entry) -> String {
        if entry.subject.trim().is_empty() { self.say("subject-none").to_string() } else { entry.subject.clone() }
    }

    fn missing(&self) -> usize {
        self.contents.entries.iter().filter(|entry| entry.original.is_none()).count()
    }
}

impl Entry {
    /// What opens when somebody follows its subject.
    fn best(&self) -> Option<String> {
        self.pages.as_deref().or(self.original.as_deref()).map(reference)
    }
}

/// A path as a reference from the list (RFC 3986 section 4.2).
fn reference(path: &str) -> String {
    let mut reference = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            reference.push(char::from(byte));
        } else {
            reference.push('%');
            reference.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    reference
}

/// A writer behind a pointer.
struct Plain<'a>(&'a mut dyn io::Write);

impl io::Write for Plain<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_to_the_file_and_nowhere_else() {
        assert_eq!(
            reference("Eingang/0001 2026-11-23 Für 100 %? #1.pdf"),
            "Eingang/0001%202026-11-23%20F%C3%BCr%20100%20%25%3F%20%231.pdf"
        );
        assert_eq!(reference("javascript:alert(1)//"), "javascript%3Aalert%281%29//");
    }
}
