//! Files embedded in a PDF: as many and as large as a mail has, without holding them.
//!
//! The pages are a whole PDF already. Files are added behind them as an incremental update (ISO 32000-1, 7.5.6): the bytes of the
//! pages stay as they are, then follow the files, one after the other and uncompressed, then a new catalog that names them.
//! All sizes are known before the first byte, so the result is written from front to back to wherever it goes.

use std::fmt::Write as _;
use std::io::{self, Write};

use msg::Source;
use thiserror::Error;

use crate::limits::FILE_BYTES_MAX;
use crate::mail::Stamp;

/// What a file is to the pages (ISO 19005-3, 6.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// What the pages were made from.
    Source,
    /// What belongs to them.
    Supplement,
}

impl Relation {
    fn name(self) -> &'static str {
        match self {
            Self::Source => "Source",
            Self::Supplement => "Supplement",
        }
    }
}

/// A file to be embedded.
pub struct Embedded<'x> {
    /// Its name, which may hold any letters.
    pub name: String,
    /// Media type; one that is none becomes `application/octet-stream`.
    pub media_type: String,
    /// What it is to the pages.
    pub relation: Relation,
    /// Its bytes.
    pub content: Box<dyn Source + 'x>,
}

impl std::fmt::Debug for Embedded<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Embedded").field("relation", &self.relation).finish_non_exhaustive()
    }
}

/// Why files cannot be embedded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EmbedError {
    /// A file is larger than [`FILE_BYTES_MAX`].
    #[error("a file is larger than a PDF can hold ({FILE_BYTES_MAX} bytes)")]
    TooLarge,
    /// The pages do not end as this crate's typesetter ends them.
    #[error("the pages are not as the typesetter writes them")]
    Pages,
}

/// A PDF with files, ready to be written.
#[derive(Debug)]
pub struct Embedding<'x> {
    pages: &'x [u8],
    /// Between the pages and what follows.
    gap: &'static [u8],
    files: Vec<(Vec<u8>, Embedded<'x>)>,
    tail: Vec<u8>,
    size: u64,
}

/// Ends the object of a file.
const END: &[u8] = b"\nendstream\nendobj\n";

impl<'x> Embedding<'x> {
    /// Plans `pages`, a PDF of this crate, with `files`, which carry `date`.
    pub fn plan(pages: &'x [u8], files: Vec<Embedded<'x>>, date: Stamp) -> Result<Self, EmbedError> {
        let trailer = Trailer::read(pages).ok_or(EmbedError::Pages)?;
        let date = format!(
            "D:{:04}{:02}{:02}{:02}{:02}{:02}Z",
            date.year, date.month, date.day, date.hour, date.minute, date.second
        );
        let gap: &'static [u8] = if pages.ends_with(b"\n") { b"" } else { b"\n" };
        let mut at = (pages.len() + gap.len()) as u64;
        let mut number = trailer.size;
        let mut offsets = Vec::new();
        let (mut specs, mut names, mut list) = (String::new(), String::new(), String::new());
        let mut spec_offsets = Vec::new();
        let mut planned = Vec::new();
        for (index, file) in files.into_iter().enumerate() {
            let bytes = file.content.size();
            if bytes > FILE_BYTES_MAX {
                return Err(EmbedError::TooLarge);
            }
            let (stream, spec) = (number, number + 1);
            number += 2;
            let head = format!(
                "{stream} 0 obj\n<</Type/EmbeddedFile/Subtype/{}/Length {bytes}/Params<</Size {bytes}/ModDate({date})>>>>\nstream\n",
                subtype(&file.media_type)
            );
            let ascii = ascii(&file.name);
            spec_offsets.push(specs.len() as u64);
            let _ = write!(
                specs,
                "{spec} 0 obj\n<</Type/Filespec/F({ascii})/UF<{}>/AFRelationship/{}/EF<</F {stream} 0 R/UF {stream} 0 R>>/Desc<{}>>>\nendobj\n",
                utf16(&file.name),
                file.relation.name(),
                utf16(&file.name),
            );
            let _ = write!(names, "({index:04}-{ascii}){spec} 0 R ");
            let _ = write!(list, "{spec} 0 R ");
            offsets.push(at);
            at += head.len() as u64 + bytes + END.len() as u64;
            planned.push((head.into_bytes(), file));
        }
        let catalog_at = at + specs.len() as u64;
        let catalog = format!(
            "{} 0 obj\n<<{}/Names<</EmbeddedFiles<</Names[{}]>>>>/AF[{}]>>\nendobj\n",
            trailer.root,
            trailer.catalog,
            names.trim_end(),
            list.trim_end()
        );
        let xref_at = catalog_at + catalog.len() as u64;
        let mut tail = specs;
        tail.push_str(&catalog);
        let _ = write!(
            tail,
            "xref\n{} 1\n{catalog_at:010} 00000 n\r\n{} {}\n",
            trailer.root,
            trailer.size,
            offsets.len() * 2
        );
        for (stream_at, spec_at) in offsets.iter().zip(&spec_offsets) {
            let _ = write!(tail, "{stream_at:010} 00000 n\r\n{:010} 00000 n\r\n", at + spec_at);
        }
        let Trailer { rest, previous, .. } = &trailer;
        let _ = write!(tail, "trailer\n<</Size {number}/Prev {previous}{rest}>>\nstartxref\n{xref_at}\n%%EOF\n");
        let size = xref_at + (tail.len() as u64 - (xref_at - at));
        Ok(Self { pages, gap, files: planned, tail: tail.into_bytes(), size })
    }

    /// Bytes of the whole PDF.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Writes the PDF.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.pages)?;
        out.write_all(self.gap)?;
        for (head, file) in &self.files {
            out.write_all(head)?;
            msg::write_exactly(file.content.as_ref(), out)?;
            out.write_all(END)?;
        }
        out.write_all(&self.tail)
    }
}

/// What the end of the pages says.
struct Trailer<'x> {
    /// The number of the next object.
    size: u64,
    /// The number of the catalog.
    root: u64,
    /// Entries of the catalog.
    catalog: &'x str,
    /// Entries of the trailer that stay.
    rest: String,
    /// Where the cross-reference table begins.
    previous: u64,
}

/// Bytes at the end in which the trailer is found.
const TRAILER_BYTES_MAX: usize = 4096;

impl<'x> Trailer<'x> {
    fn read(pages: &'x [u8]) -> Option<Self> {
        let end = pages.get(pages.len().saturating_sub(TRAILER_BYTES_MAX)..)?;
        let end = end.get(memchr::memmem::rfind(end, b"trailer")?..)?;
        let end = std::str::from_utf8(end).ok()?;
        let (entries, behind) = end.strip_prefix("trailer\n<<")?.split_once(">>\nstartxref\n")?;
        let previous = behind.strip_suffix("%%EOF").or_else(|| behind.strip_suffix("%%EOF\n"))?.trim().parse().ok()?;
        let (size, rest) = take(entries, "/Size ")?;
        let root = take(entries, "/Root ")?.0;
        // The catalog is found where the cross-reference table says.
        let table = std::str::from_utf8(pages.get(usize::try_from(previous).ok()?..)?).ok()?;
        let mut lines = table.strip_prefix("xref\n0 ")?.lines();
        let line = lines.nth(usize::try_from(root).ok()? + 1)?;
        let at: usize = line.get(..10)?.parse().ok()?;
        let object = pages.get(at..)?;
        let object = object.get(..memchr::memmem::find(object, b"endobj")?)?;
        let object = std::str::from_utf8(object).ok()?.trim_end();
        let catalog = object.strip_prefix(&format!("{root} 0 obj\n<<"))?.strip_suffix(">>")?;
        let is_ours = catalog.contains("/Type/Catalog") && !catalog.contains("/Names") && !catalog.contains("/AF");
        is_ours.then_some(Self { size, root, catalog, rest, previous })
    }
}

/// The number behind `name`, and the entries without both.
fn take(entries: &str, name: &str) -> Option<(u64, String)> {
    let (before, behind) = entries.split_once(name)?;
    let end = behind.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(behind.len());
    let (number, after) = behind.split_at(end);
    Some((number.parse().ok()?, format!("{before}{after}")))
}

/// A media type as a name (ISO 32000-1, 7.3.5).
fn subtype(media_type: &str) -> String {
    let is_token = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+._".contains(&byte))
    };
    let is_type = media_type.split_once('/').is_some_and(|(main, sub)| is_token(main) && is_token(sub));
    let media_type = if is_type { media_type } else { "application/octet-stream" };
    media_type.replace('/', "#2F")
}

/// A name in letters that every reader knows and that need no escape.
fn ascii(name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || " -_.,".contains(letter) { letter } else { '_' };
    name.chars().map(plain).collect()
}

/// A text as hexadecimal digits (ISO 32000-1, 7.9.2.2).
fn utf16(text: &str) -> String {
    let mut digits = String::from("FEFF");
    for unit in text.encode_utf16() {
        let _ = write!(digits, "{unit:04X}");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_become_names() {
        assert_eq!(subtype("application/pdf"), "application#2Fpdf");
        for strange in ["", "pdf", "a/b/c", "text/pl ain", "text/<x>"] {
            assert_eq!(subtype(strange), "application#2Foctet-stream");
        }
    }

    #[test]
    fn names_need_no_escape() {
        assert_eq!(ascii("Größe (1)\\.pdf"), "Gr__e _1__.pdf");
        assert_eq!(utf16("ö😀"), "FEFF00F6D83DDE00");
    }

    #[test]
    fn pages_of_others_are_refused() {
        for strange in [&b""[..], b"%PDF-1.7\n", b"trailer\n<</Size 1/Root 0 0 R>>\nstartxref\n0\n%%EOF"] {
            let date = Stamp { year: 2026, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
            assert_eq!(Embedding::plan(strange, Vec::new(), date).err(), Some(EmbedError::Pages));
        }
    }
}
