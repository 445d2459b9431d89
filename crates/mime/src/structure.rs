//! The structure of a mail: which bytes are which part, found in one linear pass.
//!
//! A mail is a tree of *entities* (RFC 2045 section 2.4): a header block, an empty line, a body. A body can be a multipart,
//! whose children stand between boundary lines (RFC 2046 section 5.1), or a whole message again (RFC 2046 section 5.2.1).
//! Tree-building mail parsers recurse on these, so a mail of some megabytes can exhaust their stack. This pass keeps an explicit,
//! bounded stack instead, copies nothing but boundaries, and gives up with [`TooComplex`] as soon as a limit is passed.
//!
//! Real mail is often malformed. An unterminated multipart ends where its parent ends; a boundary of an outer multipart closes the inner
//! ones; a part without an empty line has an empty body; a multipart without a boundary is a leaf.

use std::ops::Range;

use memchr::{memchr, memmem};

use crate::field::{self, Fields};
use crate::limits::{BOUNDARY_BYTES_MAX, HEADER_BYTES_MAX, HEADER_FIELDS_MAX, PART_DEPTH_MAX, PARTS_MAX};
use crate::transfer::Encoding;

/// Why a mail is not shown. It is kept and can be downloaded as a file all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooComplex {
    /// More than [`PARTS_MAX`] parts.
    #[error("more than {PARTS_MAX} parts")]
    Parts,
    /// Nested deeper than [`PART_DEPTH_MAX`].
    #[error("nested deeper than {PART_DEPTH_MAX} levels")]
    Depth,
    /// A header block of more than [`HEADER_BYTES_MAX`] bytes or [`HEADER_FIELDS_MAX`] fields.
    #[error("a header block of more than {HEADER_BYTES_MAX} bytes or {HEADER_FIELDS_MAX} fields")]
    Header,
}

/// What an entity is to its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Has content of its own.
    Leaf,
    /// Has children between boundaries.
    Multipart,
    /// Has one child: a whole message.
    Message,
}

/// One entity: where its header and body are, and how to read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Index of the enclosing entity; `None` for the mail itself.
    pub parent: Option<usize>,
    /// Byte range of the header block, empty line excluded.
    pub header: Range<usize>,
    /// Byte range of the body, still encoded.
    pub body: Range<usize>,
    /// What it is to its children.
    pub kind: Kind,
    /// Declared or implied type, in lower case, like `text/plain`.
    pub media_type: String,
    /// Content transfer encoding (RFC 2045 section 6).
    pub encoding: Encoding,
    /// Indices of the children, in order.
    pub children: Vec<usize>,
}

/// All entities of a mail, the mail itself first, each parent before its children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    /// The entities.
    pub parts: Vec<Part>,
}

/// An entity that still waits for its end.
struct Open {
    part: usize,
    /// Set for multiparts; messages end with what encloses them.
    boundary: Option<Vec<u8>>,
}

struct Scan<'x> {
    raw: &'x [u8],
    parts: Vec<Part>,
    open: Vec<Open>,
}

/// What a line beginning with `--` means.
#[derive(Clone, Copy)]
struct Delimiter {
    level: usize,
    closes: bool,
}

impl Structure {
    /// Finds the parts of `raw`. Costs time linear in its length.
    pub fn scan(raw: &[u8]) -> Result<Self, TooComplex> {
        let mut scan = Scan { raw, parts: Vec::new(), open: Vec::new() };
        scan.run()?;
        Ok(Self { parts: scan.parts })
    }

    /// The part at `index`.
    pub fn part(&self, index: usize) -> Option<&Part> {
        self.parts.get(index)
    }
}

impl Scan<'_> {
    fn run(&mut self) -> Result<(), TooComplex> {
        let mut position = self.enter(0)?;
        while let Some((start, delimiter)) = self.next_delimiter(position) {
            let line_end = line_end(self.raw, start);
            self.close(delimiter.level + 1, before_line_break(self.raw, start));
            position = line_end;
            if delimiter.closes {
                self.close(delimiter.level, line_end);
            } else {
                position = self.enter(line_end)?;
            }
        }
        self.close(0, self.raw.len());
        Ok(())
    }

    /// Opens the entity at `start`, and the messages directly inside it; answers where to look for the next delimiter.
    fn enter(&mut self, mut start: usize) -> Result<usize, TooComplex> {
        loop {
            if self.parts.len() >= PARTS_MAX {
                return Err(TooComplex::Parts);
            }
            if self.open.len() > PART_DEPTH_MAX {
                return Err(TooComplex::Depth);
            }
            let (header, body_start) = self.header(start)?;
            let parent = self.open.last().map(|open| open.part);
            let index = self.parts.len();
            let part = self.part(parent, header, body_start);
            let kind = part.kind;
            let boundary = if kind == Kind::Multipart { self.boundary(&part) } else { None };
            self.parts.push(part);
            if let Some(siblings) = parent.and_then(|parent| self.parts.get_mut(parent)) {
                siblings.children.push(index);
            }
            self.open.push(Open { part: index, boundary });
            if kind != Kind::Message {
                return Ok(body_start);
            }
            start = body_start;
        }
    }

    fn part(&self, parent: Option<usize>, header: Range<usize>, body_start: usize) -> Part {
        let parent = parent.and_then(|parent| self.parts.get(parent));
        let in_digest = parent.is_some_and(|parent| parent.media_type == "multipart/digest");
        let fields = Fields::read(self.raw.get(header.clone()).unwrap_or_default());
        let encoding = fields.first("content-transfer-encoding").map_or(Encoding::Identity, Encoding::from_field);
        let content_type = fields.first("content-type").and_then(field::content_type);
        let default = if in_digest { "message/rfc822" } else { "text/plain" };
        let media_type = content_type.as_ref().map_or_else(|| default.to_owned(), |found| found.media_type.clone());
        let kind = match media_type.as_str() {
            "message/rfc822" | "message/global" if encoding == Encoding::Identity => Kind::Message,
            multipart if multipart.starts_with("multipart/") => {
                let bounded = content_type.and_then(|found| found.parameter("boundary").map(str::len));
                if bounded.is_some_and(|length| (1..=BOUNDARY_BYTES_MAX).contains(&length)) {
                    Kind::Multipart
                } else {
                    Kind::Leaf
                }
            }
            _ => Kind::Leaf,
        };
        let body = body_start..self.raw.len();
        let parent = self.open.last().map(|open| open.part);
        Part { parent, header, body, kind, media_type, encoding, children: Vec::new() }
    }

    fn boundary(&self, part: &Part) -> Option<Vec<u8>> {
        let fields = Fields::read(self.raw.get(part.header.clone())?);
        let content_type = fields.first("content-type").and_then(field::content_type)?;
        Some(content_type.parameter("boundary")?.trim_end().as_bytes().to_vec())
    }

    /// The header block at `start` and where the body behind it begins.
    fn header(&self, start: usize) -> Result<(Range<usize>, usize), TooComplex> {
        let mut position = start;
        let mut fields = 0;
        loop {
            let line = self.raw.get(position..).unwrap_or_default();
            if line.is_empty() || self.delimiter(position).is_some() {
                return Ok((start..position, position));
            }
            let end = line_end(self.raw, position);
            match field::line_kind(self.raw.get(position..end).unwrap_or_default()) {
                field::Line::Empty => return Ok((start..position, end)),
                field::Line::Other if fields == 0 => return Ok((start..position, position)),
                field::Line::Field => fields += 1,
                field::Line::Continuation | field::Line::Envelope | field::Line::Other => {}
            }
            if fields > HEADER_FIELDS_MAX || end - start > HEADER_BYTES_MAX {
                return Err(TooComplex::Header);
            }
            position = end;
        }
    }

    /// The first boundary line at or behind `position` (the start of a line).
    fn next_delimiter(&self, position: usize) -> Option<(usize, Delimiter)> {
        if !self.open.iter().any(|open| open.boundary.is_some()) {
            return None;
        }
        if let Some(found) = self.delimiter(position) {
            return Some((position, found));
        }
        let rest = self.raw.get(position..)?;
        memmem::find_iter(rest, b"\n--")
            .map(|offset| position + offset + 1)
            .find_map(|start| self.delimiter(start).map(|found| (start, found)))
    }

    /// Reads the line at `start` as a boundary of an open multipart, innermost first (RFC 2046 section 5.1.2).
    fn delimiter(&self, start: usize) -> Option<Delimiter> {
        let line = self.raw.get(start..)?.strip_prefix(b"--")?;
        let window = line.get(..BOUNDARY_BYTES_MAX + 8).unwrap_or(line);
        let line = memchr(b'\n', window).and_then(|end| window.get(..end)).unwrap_or(window).trim_ascii_end();
        self.open.iter().enumerate().rev().find_map(|(level, open)| {
            let rest = line.strip_prefix(open.boundary.as_deref()?)?;
            match rest {
                b"" => Some(Delimiter { level, closes: false }),
                b"--" => Some(Delimiter { level, closes: true }),
                _ => None,
            }
        })
    }

    /// Ends all open entities from `level` up at `end`.
    fn close(&mut self, level: usize, end: usize) {
        for open in self.open.drain(level.min(self.open.len())..) {
            if let Some(part) = self.parts.get_mut(open.part) {
                part.body.end = end.max(part.body.start);
            }
        }
    }
}

/// Where the line that begins at `start` ends, line break included.
fn line_end(raw: &[u8], start: usize) -> usize {
    let rest = raw.get(start..).unwrap_or_default();
    memchr(b'\n', rest).map_or(raw.len(), |offset| start + offset + 1)
}

/// The line break before a boundary belongs to the boundary (RFC 2046 section 5.1.1).
fn before_line_break(raw: &[u8], start: usize) -> usize {
    let before = raw.get(..start).unwrap_or_default();
    let before = before.strip_suffix(b"\n").unwrap_or(before);
    before.strip_suffix(b"\r").unwrap_or(before).len()
}
