//! PDFs that others made, sent as letters: behind a cover page, or with the address set onto their first page.
//!
//! The given file stays as it is, byte for byte. What is added stands behind it as an incremental update (ISO 32000-1, 7.5.6): pages of
//! ours before its own, or a drawing over its first page. Its content streams are neither read nor written again.
//!
//! What cannot be printed and sent as it is, is refused with the reason ([`GivenError`]): encrypted and broken files, pages that are not
//! upright A4, files that act (scripts, programs to start) or keep their pages in forms of XFA.
//!
//! A given PDF does not become an archive by this. Whatever it says of itself ([`Given::claim`]) holds for what was given and not for what is
//! made of it; the result says nothing ([`Conformance::Unclaimed`](crate::letter::Conformance)), has no tags for what was added, and is for
//! the printer.

mod compose;
mod file;
mod inspect;
mod marks;
mod object;
mod plane;
mod update;

use thiserror::Error;

use crate::limits::{GIVEN_A4_MILLIMETRES, GIVEN_BYTES_MAX, GIVEN_PAGES_MAX};
use file::File;
use inspect::Sheet;

/// A PDF that others made, looked through and fit to be printed.
pub struct Given<'x> {
    file: File<'x>,
    /// Number and place of its catalog.
    root: u32,
    /// Number of the root of its pages.
    tree: u32,
    sheets: Vec<Sheet>,
    claim: Option<String>,
}

impl std::fmt::Debug for Given<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Given").field("pages", &self.sheets.len()).finish_non_exhaustive()
    }
}

impl<'x> Given<'x> {
    /// Looks through a PDF.
    pub fn read(bytes: &'x [u8]) -> Result<Self, GivenError> {
        if bytes.len() > GIVEN_BYTES_MAX {
            return Err(GivenError::TooLarge(bytes.len()));
        }
        inspect::read(File::read(bytes)?)
    }

    /// How many pages it has.
    pub fn pages(&self) -> usize {
        self.sheets.len()
    }

    /// The archive or accessibility standards that it says it follows, like `PDF/A-2b`. Nobody has checked that.
    pub fn claim(&self) -> Option<&str> {
        self.claim.as_deref()
    }
}

/// Why a given PDF is not sent as a letter, and what to do about it.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum GivenError {
    /// It is none.
    #[error("this is no PDF file")]
    NoPdf,
    /// It has too many bytes.
    #[error("the PDF has {0} bytes, more than {GIVEN_BYTES_MAX}: make its pictures smaller")]
    TooLarge(usize),
    /// It needs a password, or forbids something.
    #[error("the PDF is encrypted: save it without a password and without restrictions")]
    Encrypted,
    /// It is damaged.
    #[error("the PDF is broken ({0}): make it again, or print it to a new PDF")]
    Broken(&'static str),
    /// It is built so that looking through it takes more than it may.
    #[error("the PDF is larger inside than it may be: print it to a new PDF")]
    TooMuch,
    /// It has no pages.
    #[error("the PDF has no pages")]
    NoPages,
    /// It has too many pages.
    #[error("the PDF has more than {GIVEN_PAGES_MAX} pages: send it in parts")]
    Pages,
    /// A page lies on its side.
    #[error("page {0} of the PDF lies on its side: make it upright")]
    Landscape(usize),
    /// A page is turned when it is shown.
    #[error("page {page} of the PDF is turned by {degrees} degrees: save it as it is to be read")]
    Turned {
        /// The page, from 1.
        page: usize,
        /// How far.
        degrees: i64,
    },
    /// A page has another size.
    #[error(
        "page {page} of the PDF has {width:.0} by {height:.0} mm, and only A4 (210 by 297 mm, {GIVEN_A4_MILLIMETRES} mm more or less) is printed: make it A4"
    )]
    Size {
        /// The page, from 1.
        page: usize,
        /// Its width in millimetres.
        width: f64,
        /// Its height in millimetres.
        height: f64,
    },
    /// It holds scripts, or starts programs.
    #[error("the PDF acts by itself ({0}): print it to a new PDF")]
    Active(&'static str),
    /// Its pages are made by a program when it is opened.
    #[error("the PDF is a form of XFA, which printers cannot read: print it to a new PDF")]
    Xfa,
    /// Something stands where the address is to be seen.
    #[error(
        "{what} of the PDF stands {x:.0} mm from the left and {y:.0} mm from above, where the address is to be seen: leave that free, or send it with a cover page"
    )]
    Covered {
        /// What stands there.
        what: &'static str,
        /// Millimetres from the left.
        x: f64,
        /// Millimetres from above.
        y: f64,
    },
    /// What is to be added is none of this crate's own.
    #[error("the pages to be added are not as the typesetter writes them")]
    Added,
}
