//! Why a letter cannot be set, and what to do about it.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits::{CODE_LETTERS_MAX, LETTER_PAGES_MAX, QR_BYTES_MAX};

/// A part of a letter. Numbers begin with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// All lines of the address.
    Address,
    /// One of them.
    AddressLine(usize),
    /// The return line.
    ReturnLine,
    /// All additions.
    Additions,
    /// One of them.
    Addition(usize),
    /// The information block.
    Information,
    /// A field of it.
    InformationField(usize),
    /// The date.
    Date,
    /// The subject.
    Subject,
    /// The salutation.
    Salutation,
    /// All blocks of the body.
    Body,
    /// One of them.
    Block(usize),
    /// The closing.
    Closing,
    /// Who signs.
    Signature,
    /// All enclosures.
    Enclosures,
    /// One of them.
    Enclosure(usize),
    /// Words around the letter.
    Words,
    /// The name of the brand.
    LetterheadName,
    /// All lines below it.
    Letterhead,
    /// One of them.
    LetterheadLine(usize),
    /// The logo.
    Logo,
    /// All columns at the foot.
    Footer,
    /// One of them.
    FooterColumn(usize),
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Address => "the address",
            Self::AddressLine(number) => return write!(out, "line {number} of the address"),
            Self::ReturnLine => "the return line",
            Self::Additions => "the additions",
            Self::Addition(number) => return write!(out, "line {number} of the additions"),
            Self::Information => "the information block",
            Self::InformationField(number) => return write!(out, "field {number} of the information block"),
            Self::Date => "the date",
            Self::Subject => "the subject",
            Self::Salutation => "the salutation",
            Self::Body => "the body",
            Self::Block(number) => return write!(out, "block {number} of the body"),
            Self::Closing => "the closing",
            Self::Signature => "the signature",
            Self::Enclosures => "the enclosures",
            Self::Enclosure(number) => return write!(out, "enclosure {number}"),
            Self::Words => "the words around the letter",
            Self::LetterheadName => "the name in the letterhead",
            Self::Letterhead => "the letterhead",
            Self::LetterheadLine(number) => return write!(out, "line {number} of the letterhead"),
            Self::Logo => "the logo",
            Self::Footer => "the footer",
            Self::FooterColumn(number) => return write!(out, "column {number} of the footer"),
        };
        out.write_str(name)
    }
}

/// What stands on a finished page where it must not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// The page, from 1.
    pub page: usize,
    /// Its left edge, in millimetres from the left edge of the page.
    pub x: f64,
    /// Its upper edge, in millimetres from the upper edge of the page.
    pub y: f64,
    /// What it is, and what is wrong with it.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "page {}, {:.1} mm from the left and {:.1} mm from above: {}", self.page, self.x, self.y, self.what)
    }
}

/// Why a letter cannot be set.
#[derive(Debug, Clone, PartialEq, Error, Serialize, Deserialize)]
pub enum LetterError {
    /// Something is missing.
    #[error("{0} is empty and must not be")]
    Empty(Part),
    /// There are more than may be.
    #[error("{part} has {count} entries, more than {most}: leave some out")]
    TooMany {
        /// What has too many.
        part: Part,
        /// How many it has.
        count: usize,
        /// How many it may have.
        most: usize,
    },
    /// A text has more letters than it may have.
    #[error("{part} has {letters} letters, more than {most}: shorten it")]
    TooLong {
        /// Which text.
        part: Part,
        /// How many letters it has.
        letters: usize,
        /// How many it may have.
        most: usize,
    },
    /// A file is larger than it may be.
    #[error("{part} has {bytes} bytes, more than {most}: make it smaller")]
    TooLarge {
        /// Which file.
        part: Part,
        /// How many bytes it has.
        bytes: usize,
        /// How many it may have.
        most: usize,
    },
    /// The language is no code of two small letters.
    #[error("the language is {0:?}, no code of two small letters like \"de\"")]
    Language(String),
    /// A line does not fit where it belongs, even in the smallest letters that are allowed there.
    #[error(
        "{part} is {width:.1} mm wide even in letters of {points} points, and {most:.1} mm is the widest that fits: shorten it or break it in two"
    )]
    TooWide {
        /// Which line.
        part: Part,
        /// How wide it is, in millimetres.
        width: f64,
        /// How wide it may be, in millimetres.
        most: f64,
        /// In letters of which size.
        points: f64,
    },
    /// A text has a letter that cannot stand there: a control character, or in an address one that its font does not have.
    #[error("{part} has the letter {letter:?}, which cannot be printed there: replace it")]
    Letter {
        /// Which text.
        part: Part,
        /// Which letter.
        letter: char,
    },
    /// A code has letters that people confuse, or too many.
    #[error(
        "{0} is a code of letters other than 0-9, A-H, J, K, M, N, P-T and V-Z, or of none or more than {CODE_LETTERS_MAX}: choose another"
    )]
    Code(Part),
    /// A QR code says nothing, or more than fits.
    #[error("{0} is a QR code of no or more than {QR_BYTES_MAX} bytes: say less")]
    Qr(Part),
    /// The logo is no picture of its form.
    #[error("the logo is not the {0} it says it is: save it again")]
    Logo(String),
    /// The template of the brand does not work.
    #[error("the template is wrong{}: {words}", place(*line, *column))]
    Template {
        /// The line, from 1; 0 if the error is nowhere in particular.
        line: usize,
        /// The column, from 1; 0 if the error is nowhere in particular.
        column: usize,
        /// What the typesetter says.
        words: String,
    },
    /// A font or an image of the template is none, or they are too large.
    #[error("the template's {0}")]
    TemplateFile(String),
    /// The typesetter or its validator says no; its words.
    #[error("the pages cannot be set: {0}")]
    Typesetter(String),
    /// Not all of the letter is on the pages.
    #[error("not on the pages in full: {}", list(.0))]
    Missing(Vec<Part>),
    /// There are more pages than fit an envelope.
    #[error("the letter has {0} pages, more than {LETTER_PAGES_MAX}: shorten it")]
    Pages(usize),
    /// Something stands where it must not.
    #[error("{}", list(.0))]
    Window(Vec<Violation>),
}

fn place(line: usize, column: usize) -> String {
    if line == 0 { String::new() } else { format!(" at line {line}, column {column}") }
}

fn list(entries: &[impl ToString]) -> String {
    entries.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
