//! What mails that are written here have in common: fields, addresses, texts and dates, safe whatever stands in them.

use std::fmt::Write as _;

use data_encoding::BASE64;
use jiff::{Timestamp, fmt::rfc2822};

use crate::address::EmailAddress;

/// Writes a field, folded at blanks; what is not printable ASCII becomes `?`.
pub(crate) fn field(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push(':');
    let mut line_bytes = name.len() + 1;
    for word in value.split_ascii_whitespace() {
        if line_bytes + word.len() + 1 > 78 && line_bytes > 1 {
            out.push_str("\r\n\t");
            line_bytes = 1;
        } else {
            out.push(' ');
            line_bytes += 1;
        }
        out.extend(word.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }));
        line_bytes += word.len();
    }
    out.push_str("\r\n");
}

/// A moment as header fields write it; `None` before the year 0.
pub(crate) fn date(at: Timestamp) -> Option<String> {
    rfc2822::DateTimePrinter::new().timestamp_to_string(&at).ok()
}

/// An address for a header field. One beyond ASCII cannot stand there without SMTPUTF8 and is described instead.
pub(crate) fn header_address(address: &EmailAddress) -> String {
    if address.needs_smtputf8() {
        format!("undisclosed@{}", address.domain_text())
    } else {
        address.as_str().to_owned()
    }
}

/// Text for a header field: as it is if it is plain, else as encoded words (RFC 2047 section 2).
pub(crate) fn encoded_words(text: &str) -> String {
    const WORD_TEXT_BYTES_MAX: usize = 42;
    let plain = text.len() <= 60
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " -'!/".contains(c))
        && text.trim() == text;
    if plain {
        return text.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    for c in text.chars() {
        match words.last_mut() {
            Some(word) if word.len() + c.len_utf8() <= WORD_TEXT_BYTES_MAX => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    let words: Vec<String> =
        words.iter().map(|word| format!("=?utf-8?B?{}?=", BASE64.encode(word.as_bytes()))).collect();
    words.join("\r\n ")
}

/// Quoted-printable (RFC 2045 section 6.7), lines ended by CRLF.
pub(crate) fn quoted_printable(content: &[u8]) -> String {
    let mut out = String::with_capacity(content.len() + content.len() / 8);
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let (text, ended) = match line.strip_suffix(b"\n") {
            Some(text) => (text.strip_suffix(b"\r").unwrap_or(text), true),
            None => (line, false),
        };
        let mut line_bytes = 0;
        for (index, byte) in text.iter().enumerate() {
            let last = index + 1 == text.len();
            let plain = matches!(byte, b'!'..=b'~') && *byte != b'=' || (*byte == b' ' && !last);
            // A dot or "From " at the start of a line is changed by some servers.
            let plain = plain && !(line_bytes == 0 && matches!(byte, b'.' | b'F' | b'-'));
            if line_bytes + if plain { 1 } else { 3 } > 75 {
                out.push_str("=\r\n");
                line_bytes = 0;
            }
            if plain {
                out.push(char::from(*byte));
                line_bytes += 1;
            } else {
                let _ = write!(out, "={byte:02X}");
                line_bytes += 3;
            }
        }
        if ended {
            out.push_str("\r\n");
        }
    }
    out
}
