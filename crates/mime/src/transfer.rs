//! Content transfer encodings (RFC 2045 section 6), decoded so that broken input still gives what can be read.

use std::borrow::Cow;
use std::io::{self, Write};

/// How the bytes of a body are written in the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `7bit`, `8bit`, `binary`, missing or unknown: the bytes themselves.
    Identity,
    /// RFC 2045 section 6.8.
    Base64,
    /// RFC 2045 section 6.7.
    QuotedPrintable,
}

impl Encoding {
    /// Reads a raw `Content-Transfer-Encoding` value; comments and junk behind the word are ignored.
    pub fn from_field(value: &[u8]) -> Self {
        let value = value.trim_ascii();
        let word = value.split(|byte| matches!(byte, b' ' | b'\t' | b';' | b'(' | b'\r')).next().unwrap_or_default();
        if word.eq_ignore_ascii_case(b"base64") {
            Self::Base64
        } else if word.eq_ignore_ascii_case(b"quoted-printable") {
            Self::QuotedPrintable
        } else {
            Self::Identity
        }
    }

    /// Decodes `body`; never fails, undecodable bytes are skipped (base64) or kept as they are (quoted-printable).
    pub fn decode(self, body: &[u8]) -> Cow<'_, [u8]> {
        if self == Self::Identity {
            return Cow::Borrowed(body);
        }
        let mut bytes = Vec::with_capacity(body.len());
        // Writing into memory does not fail.
        drop(self.decode_to(body, &mut bytes));
        Cow::Owned(bytes)
    }

    /// Decodes `body` piece by piece, so that nothing grows with it. Fails only if `out` does.
    pub fn decode_to(self, body: &[u8], out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Identity => out.write_all(body),
            Self::Base64 => base64(body, out),
            Self::QuotedPrintable => quoted_printable(body, out),
        }
    }

    /// Bytes that [`Encoding::decode`] would give, without keeping them.
    pub fn decoded_len(self, body: &[u8]) -> usize {
        match self {
            Self::Identity => body.len(),
            Self::Base64 => sextets(body).count() * 3 / 4,
            Self::QuotedPrintable => {
                let mut counted = Counted(0);
                drop(quoted_printable(body, &mut counted));
                counted.0
            }
        }
    }
}

/// Counts what is written to it.
struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes that are written at once.
const PIECE_BYTES: usize = 12 * 1024;

/// The six-bit values in `body` up to the padding.
fn sextets(body: &[u8]) -> impl Iterator<Item = u8> + '_ {
    body.iter().take_while(|byte| **byte != b'=').filter_map(|byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    })
}

fn base64(body: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut piece = Vec::with_capacity(PIECE_BYTES.min(body.len()) + 3);
    let mut word = 0_u32;
    let mut count = 0_u8;
    for value in sextets(body) {
        word = word << 6 | u32::from(value);
        count += 1;
        if count == 4 {
            piece.extend_from_slice(word.to_be_bytes().get(1..).unwrap_or_default());
            (word, count) = (0, 0);
            if piece.len() >= PIECE_BYTES {
                out.write_all(&piece)?;
                piece.clear();
            }
        }
    }
    match count {
        2 => piece.extend(word.checked_shr(4).and_then(|word| u8::try_from(word & 0xff).ok())),
        3 => {
            let tail = (word >> 2).to_be_bytes();
            piece.extend_from_slice(tail.get(2..).unwrap_or_default());
        }
        _ => {}
    }
    out.write_all(&piece)
}

fn quoted_printable(body: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut piece = Vec::with_capacity(PIECE_BYTES.min(body.len()));
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let (content, line_break) = split_line_break(line);
        let content = content.trim_ascii_end();
        let (content, line_break) = match content.strip_suffix(b"=") {
            Some(content) => (content, &b""[..]),
            None => (content, line_break),
        };
        let mut rest = content;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            match (byte, tail) {
                (b'=', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    piece.push(hex(*high) << 4 | hex(*low));
                    rest = after;
                }
                _ => piece.push(byte),
            }
            if piece.len() >= PIECE_BYTES {
                out.write_all(&piece)?;
                piece.clear();
            }
        }
        piece.extend_from_slice(line_break);
    }
    out.write_all(&piece)
}

fn split_line_break(line: &[u8]) -> (&[u8], &[u8]) {
    let content = line.strip_suffix(b"\n").unwrap_or(line);
    let content = content.strip_suffix(b"\r").unwrap_or(content);
    line.split_at_checked(content.len()).unwrap_or((line, b""))
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}
