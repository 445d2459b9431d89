//! Quoted-printable and base64 as outgoing mail needs them (RFC 2045 sections 6.7 and 6.8).

use std::io::{self, Read, Write};

use data_encoding::{BASE64, HEXUPPER};

/// Characters of an encoded line.
const LINE_CHARS_MAX: usize = 76;
/// Bytes that fill a base64 line.
const BASE64_LINE_BYTES: usize = 57;
/// Lines encoded at once.
const BASE64_LINES: usize = 512;

/// Encodes text with CRLF (from any line ends). Never contains `=_`, a line `.`, or a line beginning with `From `.
pub(crate) fn quoted_printable(text: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len() + text.len() / 8);
    let mut lines = text.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let is_last = lines.peek().is_none();
        push_line(&mut encoded, line.strip_suffix(b"\r").unwrap_or(line));
        if !is_last {
            encoded.push_str("\r\n");
        }
    }
    if !encoded.ends_with("\r\n") {
        encoded.push_str("\r\n");
    }
    encoded
}

fn push_line(encoded: &mut String, line: &[u8]) {
    let mut column = 0;
    for (at, byte) in line.iter().enumerate() {
        let is_last = at + 1 == line.len();
        let at_start = column == 0 && (*byte == b'.' || line.get(at..).is_some_and(|rest| rest.starts_with(b"From ")));
        let plain = match byte {
            b' ' | b'\t' => !is_last,
            b'=' => false,
            other => other.is_ascii_graphic() && !at_start,
        };
        let width = if plain { 1 } else { 3 };
        // The last character of a line that goes on is the soft line break.
        if column + width > LINE_CHARS_MAX - usize::from(!is_last) {
            encoded.push_str("=\r\n");
            column = 0;
        }
        if plain {
            encoded.push(char::from(*byte));
        } else {
            encoded.push('=');
            HEXUPPER.encode_append(&[*byte], encoded);
        }
        column += width;
    }
}

/// Encodes all of `input` in lines.
pub(crate) fn base64(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    let mut buffer = vec![0; BASE64_LINE_BYTES * BASE64_LINES];
    loop {
        let filled = fill(input, &mut buffer)?;
        let chunk = buffer.get(..filled).unwrap_or_default();
        for line in chunk.chunks(BASE64_LINE_BYTES) {
            output.write_all(BASE64.encode(line).as_bytes())?;
            output.write_all(b"\r\n")?;
        }
        if filled < buffer.len() {
            return Ok(());
        }
    }
}

/// Reads until the buffer is full or the input ends.
fn fill(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match input.read(room) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
