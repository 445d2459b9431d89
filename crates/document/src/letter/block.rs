//! What the body of a letter is made of.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::mail::Field;

/// A piece of the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Block {
    /// Text.
    Paragraph(String),
    /// A heading below the subject.
    Heading(String),
    /// Items in any order.
    List(Vec<String>),
    /// Items to be done one after the other, with numbers.
    Steps(Vec<String>),
    /// Labels and values.
    Table(Vec<Field>),
    /// What the reader types.
    Code(Code),
    /// A QR code. Directly behind a [`Block::Code`] it stands beside it, if both fit.
    Qr(Qr),
}

/// A code that the reader types: set large, in groups of four, with letters of equal width.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// What it is.
    pub label: String,
    /// Capital letters and digits without those that are taken for others: no `I`, `L`, `O` and `U` (as in Crockford's Base32).
    pub code: String,
}

/// A QR code (ISO/IEC 18004) of error level M with its quiet zone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qr {
    /// What it says, like an address of the web: up to [`QR_BYTES_MAX`](crate::limits::QR_BYTES_MAX) bytes.
    pub text: String,
    /// What it is for, for those who cannot see it.
    pub alt: String,
}

// What opens a mailbox is in no log.
impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Code").finish_non_exhaustive()
    }
}

impl fmt::Debug for Qr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Qr").finish_non_exhaustive()
    }
}

/// Whether a letter of a code is taken for no other.
pub(crate) fn is_unmistakable(letter: char) -> bool {
    (letter.is_ascii_digit() || letter.is_ascii_uppercase()) && !"ILOU".contains(letter)
}
