//! Letters after DIN 5008, form A and B.
//!
//! A [`Letter`] is typed: lines of an address, fields, blocks; never markup. It goes three steps:
//!
//! 1. [`Letter::check`] holds every limit that needs no typesetter (how many, how long, which letters), and says which part breaks it;
//! 2. a template (`templates/letter.typ`, or the brand's own, [`Template`]) places it on pages of A4. The template gets values, so nothing
//!    in a text can become an instruction;
//! 3. the finished pages are checked, whatever the template did: the window of an envelope shows the address and nothing else,
//!    all of the address stands in its field, and every text is there in full ([`Violation`], [`LetterError`]).
//!
//! What comes out is PDF/A-2a and PDF/UA-1 at once, the same bytes for the same letter.
//!
//! The numbers of DIN 5008 are in [`geometry`], in millimetres from the upper left corner of the page.

mod block;
mod check;
mod error;
pub mod geometry;
#[cfg(feature = "typeset")]
mod measure;
#[cfg(feature = "typeset")]
mod origin;
#[cfg(feature = "typeset")]
mod pages;
#[cfg(feature = "typeset")]
mod qr;
#[cfg(feature = "typeset")]
mod template;
#[cfg(feature = "typeset")]
mod texts;
#[cfg(feature = "typeset")]
mod value;
#[cfg(feature = "typeset")]
pub(crate) mod window;

use serde::{Deserialize, Serialize};

pub use block::{Block, Code, Qr};
pub use error::{LetterError, Part, Violation};
pub use geometry::LetterForm;
#[cfg(feature = "typeset")]
pub(crate) use pages::LetterTools;
#[cfg(feature = "typeset")]
pub use template::Template;

use crate::mail::{Field, Stamp};

/// A letter to be set. All words are given, in the language of the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Names this letter and no other; it makes the identifier of the file.
    pub id: String,
    /// Language (ISO 639-1), like `de`.
    pub language: String,
    /// Where everything stands.
    pub form: LetterForm,
    /// Lines of the address, from the name to the town: 1 to [`ADDRESS_LINES_MAX`](crate::limits::ADDRESS_LINES_MAX).
    pub address: Vec<String>,
    /// Where the letter goes back to if it cannot be delivered, in one line.
    pub return_line: String,
    /// Lines for the post ("Zusätze und Vermerke"), like `Einschreiben`: up to [`ADDITIONS_MAX`](crate::limits::ADDITIONS_MAX).
    pub additions: Vec<String>,
    /// The information block without the date.
    pub information: Vec<Field>,
    /// The date, with its label and in words.
    pub date: Field,
    /// The same moment for the metadata of the file.
    pub stamp: Stamp,
    /// What it is about; the title of the file.
    pub subject: String,
    /// Like `Sehr geehrte Frau Beispiel,`. May be empty.
    pub salutation: String,
    /// What it says.
    pub body: Vec<Block>,
    /// Like `Mit freundlichen Grüßen`. May be empty.
    pub closing: String,
    /// Who signs. May be empty.
    pub signature: String,
    /// What comes with it.
    pub enclosures: Vec<String>,
    /// Words around the letter.
    pub words: LetterWords,
    /// Who writes.
    pub letterhead: Letterhead,
}

/// Words around a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterWords {
    /// Counts the pages, with `{page}` and `{pages}`.
    pub page: String,
    /// Before the enclosures.
    pub enclosures: String,
}

/// What a brand has on its paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letterhead {
    /// Its name.
    pub name: String,
    /// Below its name, like street and telephone.
    pub lines: Vec<String>,
    /// Its logo.
    pub logo: Option<Logo>,
    /// Columns of lines at the foot of the first page: bank, register, board.
    pub footer: Vec<Vec<String>>,
    /// Its colour.
    pub color: Rgb,
}

/// A picture of a brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// What `bytes` are.
    pub format: LogoFormat,
    /// The file.
    pub bytes: Vec<u8>,
    /// What it shows, for those who cannot see it.
    pub alt: String,
}

/// A form of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogoFormat {
    /// Vectors.
    Svg,
    /// Pixels.
    Png,
}

/// A colour of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rgb {
    /// 0 to 255.
    pub red: u8,
    /// 0 to 255.
    pub green: u8,
    /// 0 to 255.
    pub blue: u8,
}

/// A letter as pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterPages {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// How many pages it has.
    pub count: usize,
    /// What the PDF can be taken for.
    pub conformance: Conformance,
}

/// What the PDF of a letter can be taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conformance {
    /// PDF/A-2a and PDF/UA-1: all of it was set here, and held to both as it was written.
    Archive,
    /// None: a part of it was made by others, and is what it was.
    Unclaimed,
}

/// What stands in the address field, to be set onto the first page of a PDF that others made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressBlock {
    /// Where it stands.
    pub form: LetterForm,
    /// Lines of the address, as in [`Letter`].
    pub address: Vec<String>,
    /// The return line.
    pub return_line: String,
    /// Lines for the post.
    pub additions: Vec<String>,
}

/// An [`AddressBlock`], set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressPage {
    /// Where it stands.
    pub form: LetterForm,
    /// A PDF of one page with nothing else on it.
    pub pdf: Vec<u8>,
}

impl AddressBlock {
    /// A letter of nothing else.
    #[cfg(feature = "typeset")]
    fn letter(&self) -> Letter {
        let nothing = || Field { label: String::new(), value: String::new() };
        Letter {
            id: String::new(),
            language: "de".into(),
            form: self.form,
            address: self.address.clone(),
            return_line: self.return_line.clone(),
            additions: self.additions.clone(),
            information: Vec::new(),
            date: nothing(),
            stamp: Stamp::default(),
            subject: String::new(),
            salutation: String::new(),
            body: Vec::new(),
            closing: String::new(),
            signature: String::new(),
            enclosures: Vec::new(),
            words: LetterWords { page: String::new(), enclosures: String::new() },
            letterhead: Letterhead {
                name: String::new(),
                lines: Vec::new(),
                logo: None,
                footer: Vec::new(),
                color: Rgb { red: 0, green: 0, blue: 0 },
            },
        }
    }
}
