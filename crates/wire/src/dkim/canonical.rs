//! The canonical forms `relaxed` for header and body (RFC 6376 sections 3.4.2 and 3.4.4).

use aws_lc_rs::digest;
use memchr::{memchr, memchr3};

/// One header field, name and raw value, folded lines included, without the CRLF that ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) name: &'a [u8],
    value: &'a [u8],
}

/// Splits a message behind its header: the header ends with the CRLF of its last field, the body begins behind the empty line.
pub(super) fn split_message(message: &[u8]) -> (&[u8], &[u8]) {
    if let Some(body) = message.strip_prefix(b"\r\n") {
        return (&[], body);
    }
    match memchr::memmem::find(message, b"\r\n\r\n") {
        Some(end) => (message.get(..end + 2).unwrap_or_default(), message.get(end + 4..).unwrap_or_default()),
        None => (message, &[]),
    }
}

/// Cuts a header into its fields; `None` if a line is neither a field nor the continuation of one.
pub(super) fn fields(header: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut fields = Vec::new();
    let mut rest = header;
    while !rest.is_empty() {
        let end = field_end(rest);
        let (field, after) = rest.split_at_checked(end)?;
        let colon = memchr(b':', field)?;
        let name = field.get(..colon)?.trim_ascii_end();
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        fields.push(Field { name, value: field.get(colon + 1..)? });
        rest = after.strip_prefix(b"\r\n").unwrap_or(after);
    }
    Some(fields)
}

/// The end of the first field: a CRLF that no folded line follows.
fn field_end(header: &[u8]) -> usize {
    memchr::memmem::find_iter(header, b"\r\n")
        .find(|end| !matches!(header.get(end + 2), Some(b' ' | b'\t')))
        .unwrap_or(header.len())
}

impl Field<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Appends `name:value`: the name in lower case, the value unfolded, blanks reduced, none at its ends.
    pub(super) fn write_relaxed(&self, out: &mut Vec<u8>) {
        out.extend(self.name.iter().map(u8::to_ascii_lowercase));
        out.push(b':');
        write_relaxed_value(self.value, out);
    }
}

pub(super) fn write_relaxed_value(value: &[u8], out: &mut Vec<u8>) {
    let words = value.split(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

/// The hash of a body, computed over pieces of any size, so that no body has to be in memory.
///
/// The body must have [normalised](crate::smtp::stuffing::normalise_line_endings) line endings, as it will be sent.
#[derive(Clone)]
pub struct BodyHash {
    digest: digest::Context,
    /// Blanks that count as one if text follows on their line.
    blank: bool,
    /// Line ends that count only if text follows.
    line_ends: usize,
    any: bool,
}

impl Default for BodyHash {
    fn default() -> Self {
        Self { digest: digest::Context::new(&digest::SHA256), blank: false, line_ends: 0, any: false }
    }
}

impl BodyHash {
    /// Hashes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some(&first) = rest.first() {
            match first {
                b' ' | b'\t' => self.blank = true,
                // Blanks at the end of a line are ignored; so are CR here, which come only before LF.
                b'\r' => {}
                b'\n' => {
                    self.blank = false;
                    self.line_ends += 1;
                }
                _ => {
                    let end = text_end(rest);
                    let (text, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
                    self.text(text);
                    rest = after;
                    continue;
                }
            }
            rest = rest.get(1..).unwrap_or_default();
        }
    }

    fn text(&mut self, text: &[u8]) {
        const LINE_ENDS: &[u8] = b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
        while self.line_ends > 0 {
            let now = self.line_ends.min(LINE_ENDS.len() / 2);
            self.digest.update(LINE_ENDS.get(..2 * now).unwrap_or_default());
            self.line_ends -= now;
        }
        if std::mem::take(&mut self.blank) {
            self.digest.update(b" ");
        }
        self.digest.update(text);
        self.any = true;
    }

    /// The SHA-256 of the canonical body. A body that is not empty ends with one CRLF.
    pub(super) fn finish(mut self) -> digest::Digest {
        if self.any {
            self.digest.update(b"\r\n");
        }
        self.digest.finish()
    }
}

/// How far text reads without a tab, a line end, or a blank that would not stay as it is.
fn text_end(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = memchr3(b' ', b'\t', b'\r', text.get(at..).unwrap_or_default()) {
        let here = at + found;
        let single_blank = text.get(here) == Some(&b' ')
            && text.get(here + 1).is_some_and(|next| !matches!(next, b' ' | b'\t' | b'\r' | b'\n'));
        if !single_blank {
            return memchr(b'\n', text.get(..here).unwrap_or_default()).unwrap_or(here);
        }
        at = here + 1;
    }
    memchr(b'\n', text).unwrap_or(text.len())
}

impl std::fmt::Debug for BodyHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BodyHash")
    }
}
