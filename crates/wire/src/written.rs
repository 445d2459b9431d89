//! What mails that are written here have in common: fields, addresses, texts and dates, safe whatever stands in them.

use std::fmt::Write as _;

use data_encoding::BASE64;
use jiff::{Timestamp, fmt::rfc2822};

use crate::address::{Domain, EmailAddress};

/// The longest token that makes a mail unique, in bytes.
pub(crate) const TOKEN_BYTES_MAX: usize = 60;

/// Why a mail cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// The unique token is empty, too long or not made of letters and digits.
    #[error("the unique token must be 1 to {TOKEN_BYTES_MAX} letters and digits")]
    Token,
    /// The time cannot be written as a date.
    #[error("the time cannot be written as a date")]
    Date,
}

/// The head of a report: all before its parts (RFC 6522 section 3).
pub(crate) struct Head<'a> {
    pub(crate) date: Timestamp,
    pub(crate) from_name: &'a str,
    pub(crate) from: &'a EmailAddress,
    pub(crate) to: &'a EmailAddress,
    /// The subject and what only this kind of report has: whole fields, written with [`field`] or [`encoded_words`].
    pub(crate) fields: &'a str,
    /// For `Message-ID` and the boundary.
    pub(crate) token: &'a str,
    /// The domain of the `Message-ID`.
    pub(crate) host: &'a Domain,
    /// `auto-replied` or `auto-generated`, so that no other machine answers (RFC 3834 section 5).
    pub(crate) auto_submitted: &'a str,
    pub(crate) report_type: &'a str,
}

impl Head<'_> {
    /// The head, and the boundary between the parts that follow.
    pub(crate) fn write(&self) -> Result<(String, String), HeadError> {
        let Self { from_name, from, to, fields, token, host, auto_submitted, report_type, .. } = self;
        if !(1..=TOKEN_BYTES_MAX).contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(HeadError::Token);
        }
        let boundary = format!("=_{token}");
        let mut out = String::new();
        let _ = write!(out, "Date: {}\r\n", date(self.date)?);
        let _ = write!(out, "From: {} <{}>\r\n", encoded_words(from_name), header_address(from));
        let _ = write!(out, "To: <{}>\r\n{fields}", header_address(to));
        let _ = write!(out, "Message-ID: <{token}@{host}>\r\nAuto-Submitted: {auto_submitted}\r\n");
        let _ = write!(out, "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={report_type};\r\n");
        let _ = write!(out, "\tboundary=\"{boundary}\"\r\n\r\n");
        Ok((out, boundary))
    }
}

/// Writes a part of text.
pub(crate) fn text_part(out: &mut String, boundary: &str, content_type: &str, text: &[u8]) {
    let _ = write!(out, "--{boundary}\r\nContent-Type: {content_type}\r\n");
    let _ = write!(out, "Content-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n", quoted_printable(text));
}

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

/// A moment as header fields write it; there is no way to write one before the year 0.
pub(crate) fn date(at: Timestamp) -> Result<String, HeadError> {
    rfc2822::DateTimePrinter::new().timestamp_to_string(&at).map_err(|_| HeadError::Date)
}

/// An address for a header field. One beyond ASCII cannot stand there without SMTPUTF8 and is described instead.
fn header_address(address: &EmailAddress) -> String {
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
fn quoted_printable(content: &[u8]) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn head(token: &str, date: Timestamp) -> Result<(String, String), HeadError> {
        let address = EmailAddress::parse("post@insurer.example").unwrap();
        let head = Head {
            date,
            from_name: "Insurer",
            from: &address,
            to: &address,
            fields: "Subject: x\r\n",
            token,
            host: &Domain::parse("insurer.example").unwrap(),
            auto_submitted: "auto-replied",
            report_type: "delivery-status",
        };
        head.write()
    }

    #[test]
    fn a_token_has_an_edge() {
        let boundary = |token: &str| head(token, Timestamp::UNIX_EPOCH).map(|(_, boundary)| boundary);
        let longest = "a".repeat(TOKEN_BYTES_MAX);
        assert_eq!(boundary(&longest), Ok(format!("=_{longest}")));
        for token in ["", "a-b", "a b", "a\r\nb", "\u{e4}", &"a".repeat(TOKEN_BYTES_MAX + 1)] {
            assert_eq!(boundary(token), Err(HeadError::Token), "{token}");
        }
    }

    #[test]
    fn there_is_no_date_before_the_year_0() {
        assert_eq!(head("a", Timestamp::MIN), Err(HeadError::Date));
    }
}
