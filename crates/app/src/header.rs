//! The header block: what a list shows of a message. Sealed to its mailbox like the content (P5).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::scan::Unscanned;

/// What a list shows of a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderBlock {
    /// The other side: who wrote, or in "Sent" whom the owner wrote to.
    pub name: String,
    /// Their address.
    pub address: String,
    /// The subject, without the organisation's class tags.
    pub subject: String,
    /// When it was written, as its header says.
    pub date: Option<Timestamp>,
    /// Whether it came in without being scanned though it should have been, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unscanned: Option<Unscanned>,
}

impl std::fmt::Debug for HeaderBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HeaderBlock(..)")
    }
}

/// The longest name or subject kept for lists, in characters; the message itself keeps all of it.
pub const SHOWN_CHARS_MAX: usize = 500;

impl HeaderBlock {
    /// The header block of a mail, read from its head.
    pub fn of(head: &mime::head::Head<'_>, subject_without_tags: &str) -> Self {
        let author = head.author();
        let name = author.and_then(|author| author.name.clone()).unwrap_or_default();
        let address = author.map(|author| author.address.clone()).unwrap_or_default();
        Self {
            name: shorten(&name),
            address: shorten(&address),
            subject: shorten(subject_without_tags),
            date: head.date.and_then(|date| date.timestamp()),
            unscanned: None,
        }
    }

    /// The name, or the address where there is none.
    pub fn shown_name(&self) -> &str {
        if self.name.trim().is_empty() { &self.address } else { &self.name }
    }
}

/// Cuts a text to what lists keep.
pub(crate) fn shorten(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}
