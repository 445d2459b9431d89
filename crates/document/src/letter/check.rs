//! What can be said of a letter before it is set.

use super::block::{Block, is_unmistakable};
use super::{Letter, LetterError, Letterhead, LogoFormat, Part};
use crate::limits::{
    ADDITIONS_MAX, ADDRESS_LINES_MAX, CODE_LETTERS_MAX, ENCLOSURES_MAX, FOOTER_COLUMNS_MAX, FOOTER_LINES_MAX,
    INFORMATION_LETTERS_MAX, INFORMATION_MAX, LABEL_LETTERS_MAX, LETTER_BLOCKS_MAX, LETTER_ITEMS_MAX,
    LETTER_LETTERS_MAX, LETTER_TEXT_LETTERS_MAX, LETTERHEAD_LETTERS_MAX, LETTERHEAD_LINES_MAX, LINE_LETTERS_MAX,
    LOGO_BYTES_MAX, QR_BYTES_MAX, SUBJECT_LETTERS_MAX, VALUE_LETTERS_MAX,
};
use crate::mail::Field;

type Checked = Result<(), LetterError>;

impl Letter {
    /// Holds every limit that needs no typesetter. [`Typesetter::letter`](crate::Typesetter::letter) does this first.
    pub fn check(&self) -> Checked {
        let language = self.language.as_bytes();
        if language.len() != 2 || !language.iter().all(u8::is_ascii_lowercase) {
            return Err(LetterError::Language(self.language.clone()));
        }
        self.check_field()?;
        all(Part::Information, &self.information, INFORMATION_MAX, |number, row| {
            field(Part::InformationField(number), row, INFORMATION_LETTERS_MAX)
        })?;
        field(Part::Date, &self.date, INFORMATION_LETTERS_MAX)?;
        filled(Part::Subject, &self.subject)?;
        text(Part::Subject, &self.subject, SUBJECT_LETTERS_MAX)?;
        text(Part::Salutation, &self.salutation, LINE_LETTERS_MAX)?;
        self.check_body()?;
        text(Part::Closing, &self.closing, LINE_LETTERS_MAX)?;
        text(Part::Signature, &self.signature, LINE_LETTERS_MAX)?;
        all(Part::Enclosures, &self.enclosures, ENCLOSURES_MAX, |number, line| line_of(Part::Enclosure(number), line))?;
        text(Part::Words, &self.words.page, LABEL_LETTERS_MAX)?;
        text(Part::Words, &self.words.enclosures, LABEL_LETTERS_MAX)?;
        self.letterhead.check()
    }

    /// Checks what stands in the address field.
    pub(super) fn check_field(&self) -> Checked {
        filled(Part::Address, self.address.first().map_or("", |line| line))?;
        all(Part::Address, &self.address, ADDRESS_LINES_MAX, |number, line| line_of(Part::AddressLine(number), line))?;
        line_of(Part::ReturnLine, &self.return_line)?;
        all(Part::Additions, &self.additions, ADDITIONS_MAX, |number, line| line_of(Part::Addition(number), line))
    }

    fn check_body(&self) -> Checked {
        all(Part::Body, &self.body, LETTER_BLOCKS_MAX, |number, block| block.check(Part::Block(number)))?;
        let letters = self.body.iter().flat_map(Block::texts).map(|text| text.chars().count()).sum();
        if letters > LETTER_LETTERS_MAX {
            return Err(LetterError::TooLong { part: Part::Body, letters, most: LETTER_LETTERS_MAX });
        }
        Ok(())
    }
}

impl Block {
    fn check(&self, part: Part) -> Checked {
        match self {
            Self::Paragraph(paragraph) => {
                filled(part, paragraph)?;
                text(part, paragraph, LETTER_TEXT_LETTERS_MAX)
            }
            Self::Heading(heading) => line_of(part, heading),
            Self::List(items) | Self::Steps(items) => {
                filled(part, items.first().map_or("", |item| item))?;
                all(part, items, LETTER_ITEMS_MAX, |_, item| text(part, item, LETTER_TEXT_LETTERS_MAX))
            }
            Self::Table(rows) => {
                filled(part, rows.first().map_or("", |row| &row.label))?;
                all(part, rows, LETTER_ITEMS_MAX, |_, row| field(part, row, VALUE_LETTERS_MAX))
            }
            Self::Code(code) => {
                line_of(part, &code.label)?;
                let is_short = (1..=CODE_LETTERS_MAX).contains(&code.code.chars().count());
                let is_plain = code.code.chars().all(is_unmistakable);
                if is_short && is_plain { Ok(()) } else { Err(LetterError::Code(part)) }
            }
            Self::Qr(qr) => {
                line_of(part, &qr.alt)?;
                let is_sayable = (1..=QR_BYTES_MAX).contains(&qr.text.len());
                if is_sayable { Ok(()) } else { Err(LetterError::Qr(part)) }
            }
        }
    }

    fn texts(&self) -> Vec<&str> {
        match self {
            Self::Paragraph(text) | Self::Heading(text) => vec![text],
            Self::List(items) | Self::Steps(items) => items.iter().map(String::as_str).collect(),
            Self::Table(rows) => rows.iter().flat_map(|row| [row.label.as_str(), &row.value]).collect(),
            Self::Code(code) => vec![&code.label, &code.code],
            Self::Qr(_) => Vec::new(),
        }
    }
}

impl Letterhead {
    fn check(&self) -> Checked {
        let short = |part, line: &String| {
            filled(part, line)?;
            text(part, line, LETTERHEAD_LETTERS_MAX)
        };
        short(Part::LetterheadName, &self.name)?;
        all(Part::Letterhead, &self.lines, LETTERHEAD_LINES_MAX, |number, line| {
            short(Part::LetterheadLine(number), line)
        })?;
        all(Part::Footer, &self.footer, FOOTER_COLUMNS_MAX, |number, column| {
            let part = Part::FooterColumn(number);
            all(part, column, FOOTER_LINES_MAX, |_, line| short(part, line))
        })?;
        let Some(logo) = &self.logo else { return Ok(()) };
        line_of(Part::Logo, &logo.alt)?;
        let bytes = logo.bytes.len();
        if bytes > LOGO_BYTES_MAX {
            return Err(LetterError::TooLarge { part: Part::Logo, bytes, most: LOGO_BYTES_MAX });
        }
        if logo.format.fits(&logo.bytes) { Ok(()) } else { Err(LetterError::Logo(logo.format.name().to_owned())) }
    }
}

impl LogoFormat {
    /// Its name in the typesetter.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    /// Whether `bytes` begin as such a file does.
    fn fits(self, bytes: &[u8]) -> bool {
        match self {
            Self::Svg => memchr::memmem::find(bytes, b"<svg").is_some_and(|at| at <= SVG_HEAD_BYTES_MAX),
            Self::Png => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        }
    }
}

/// Bytes of declarations and comments before an SVG begins.
const SVG_HEAD_BYTES_MAX: usize = 4096;

/// Checks how many there are, and each with its number.
fn all<T>(part: Part, entries: &[T], most: usize, check: impl Fn(usize, &T) -> Checked) -> Checked {
    let count = entries.len();
    if count > most {
        return Err(LetterError::TooMany { part, count, most });
    }
    entries.iter().enumerate().try_for_each(|(index, entry)| check(index + 1, entry))
}

fn filled(part: Part, text: &str) -> Checked {
    if text.trim().is_empty() { Err(LetterError::Empty(part)) } else { Ok(()) }
}

/// A line that says something.
fn line_of(part: Part, line: &str) -> Checked {
    filled(part, line)?;
    text(part, line, LINE_LETTERS_MAX)
}

fn field(part: Part, field: &Field, most: usize) -> Checked {
    filled(part, &field.label)?;
    filled(part, &field.value)?;
    text(part, &field.label, LABEL_LETTERS_MAX)?;
    text(part, &field.value, most)
}

fn text(part: Part, text: &str, most: usize) -> Checked {
    let letters = text.chars().count();
    if letters > most {
        return Err(LetterError::TooLong { part, letters, most });
    }
    match text.chars().find(|letter| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')) {
        Some(letter) => Err(LetterError::Letter { part, letter }),
        None => Ok(()),
    }
}
