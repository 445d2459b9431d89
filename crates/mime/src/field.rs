//! Header fields: splitting a header block and decoding what a field says.
//!
//! A field is a name, a colon and a value that may continue on lines beginning with space or tab (RFC 5322 section 2.2). Values are decoded by the
//! grammar of their field: addresses, dates, message ids, parameters (RFC 2231), or text with encoded words (RFC 2047). Bytes outside of
//! ASCII are read as UTF-8 (RFC 6532) or, if they are not, as Windows-1252, which is what old mail programs meant.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use mail_parser::parsers::MessageStream;
use mail_parser::{Address, HeaderValue};
use memchr::memchr;

use crate::limits::{ADDRESSES_MAX, FIELD_BYTES_MAX, HEADER_FIELDS_MAX, REFERENCES_MAX};

/// Someone named in a mail: an address and the name shown beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Correspondent {
    /// Display name, decoded; may claim anything.
    pub name: Option<String>,
    /// Address as written; not validated, may be empty.
    pub address: String,
}

/// When a mail says it was written, with the offset of its writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailDate {
    /// Local time of the writer.
    pub local: DateTime,
    /// Offset of the writer from UTC.
    pub offset: Offset,
}

impl MailDate {
    /// The moment meant; `None` outside of what a timestamp can hold.
    pub fn timestamp(&self) -> Option<jiff::Timestamp> {
        self.offset.to_timestamp(self.local).ok()
    }
}

/// A value with parameters: `Content-Type` or `Content-Disposition`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType {
    /// Type in lower case, like `text/plain`; for a disposition the word alone.
    pub media_type: String,
    parameters: Vec<(String, String)>,
}

impl ContentType {
    /// Value of a parameter, by its lower-case name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What a line in a header block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Empty,
    Field,
    Continuation,
    /// `From ` line of a mailbox file.
    Envelope,
    Other,
}

pub(crate) fn line_kind(line: &[u8]) -> Line {
    match line.first() {
        None | Some(b'\n') => Line::Empty,
        Some(b'\r') if matches!(line, b"\r" | b"\r\n") => Line::Empty,
        Some(b' ' | b'\t') => Line::Continuation,
        _ if line.starts_with(b"From ") || line.starts_with(b">From ") => Line::Envelope,
        _ => match memchr(b':', line).and_then(|colon| line.get(..colon)) {
            Some(name) if is_field_name(name.trim_ascii_end()) => Line::Field,
            _ => Line::Other,
        },
    }
}

/// Field names are printable ASCII without space and colon (RFC 5322 section 3.6.8).
fn is_field_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

/// The fields of a header block, in order, undecoded; at most [`HEADER_FIELDS_MAX`].
#[derive(Debug, Clone, Default)]
pub struct Fields<'x> {
    fields: Vec<(&'x [u8], &'x [u8])>,
}

impl<'x> Fields<'x> {
    /// Splits a header block; lines that are no field are skipped.
    pub fn read(block: &'x [u8]) -> Self {
        let mut fields = Vec::new();
        let mut position = 0;
        while position < block.len() && fields.len() < HEADER_FIELDS_MAX {
            let rest = block.get(position..).unwrap_or_default();
            let mut end = next_line(rest, 0);
            let kind = line_kind(rest.get(..end).unwrap_or_default());
            while matches!(rest.get(end), Some(b' ' | b'\t')) {
                end = next_line(rest, end);
            }
            let field = rest.get(..end).unwrap_or_default();
            position += end;
            match (kind, memchr(b':', field).and_then(|colon| field.split_at_checked(colon))) {
                (Line::Empty, _) => break,
                (Line::Field, Some((name, value))) => {
                    fields.push((name.trim_ascii_end(), value.get(1..).unwrap_or_default()));
                }
                _ => {}
            }
        }
        Self { fields }
    }

    /// Raw value of the first field of that name (any case).
    pub fn first(&self, name: &str) -> Option<&'x [u8]> {
        self.all(name).next()
    }

    /// Raw values of all fields of that name (any case), in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'x [u8]> + 'a {
        let wanted = name.as_bytes();
        self.fields.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value)
    }

    /// Names and raw values of all fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'x [u8], &'x [u8])> + '_ {
        self.fields.iter().copied()
    }
}

fn next_line(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    memchr(b'\n', rest).map_or(bytes.len(), |offset| start + offset + 1)
}

/// Bounds a raw value, makes it valid UTF-8 and ends it with a line break, as the value parsers want it.
fn prepared(value: &[u8]) -> Cow<'_, [u8]> {
    let value = value.get(..FIELD_BYTES_MAX).unwrap_or(value);
    if value.ends_with(b"\n") && std::str::from_utf8(value).is_ok() {
        return Cow::Borrowed(value);
    }
    let mut text = match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(value).into_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(value).0.into_owned(),
    };
    text.push('\n');
    Cow::Owned(text.into_bytes())
}

/// Makes decoded text fit for one line on a screen: control characters and bidirectional overrides become spaces or vanish.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if is_bidi_control(character) || character == '\u{feff}' {
            continue;
        }
        if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
            if !line.ends_with(' ') {
                line.push(' ');
            }
        } else {
            line.push(character);
        }
    }
    line.trim().to_owned()
}

/// Characters that change the reading direction of what follows (Unicode UAX 9 section 2).
pub(crate) fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Decodes an unstructured field (RFC 2047), on one line.
pub fn text(value: &[u8]) -> String {
    match MessageStream::new(&prepared(value)).parse_unstructured() {
        HeaderValue::Text(text) => one_line(&text),
        HeaderValue::TextList(list) => one_line(&list.join(" ")),
        _ => String::new(),
    }
}

/// Decodes an address field (RFC 5322 section 3.4); groups are flattened.
pub fn addresses(value: &[u8]) -> Vec<Correspondent> {
    let value = prepared(value);
    let HeaderValue::Address(address) = MessageStream::new(&value).parse_address() else {
        return Vec::new();
    };
    let correspondent = |found: &mail_parser::Addr<'_>| Correspondent {
        name: found.name.as_deref().map(one_line).filter(|name| !name.is_empty()),
        address: found.address.as_deref().map(one_line).unwrap_or_default(),
    };
    match &address {
        Address::List(list) => list.iter().take(ADDRESSES_MAX).map(correspondent).collect(),
        Address::Group(groups) => {
            groups.iter().flat_map(|group| &group.addresses).take(ADDRESSES_MAX).map(correspondent).collect()
        }
    }
}

/// Decodes a date (RFC 5322 section 3.3); a year of three digits counts from 1900 (section 4.3).
pub fn date(value: &[u8]) -> Option<MailDate> {
    let value = prepared(value);
    let HeaderValue::DateTime(date) = MessageStream::new(&value).parse_date() else {
        return None;
    };
    let small = |number: u8| i8::try_from(number).ok();
    let local = DateTime::new(
        i16::try_from(if date.year < 1000 { date.year + 1900 } else { date.year }).ok()?,
        small(date.month)?,
        small(date.day)?,
        small(date.hour)?,
        small(date.minute)?,
        small(date.second)?.min(59),
        0,
    )
    .ok()?;
    let seconds = i32::from(date.tz_hour) * 3_600 + i32::from(date.tz_minute) * 60;
    let offset = Offset::from_seconds(if date.tz_before_gmt { -seconds } else { seconds }).ok()?;
    Some(MailDate { local, offset })
}

/// Message ids of `Message-ID`, `In-Reply-To` or `References`, without angle brackets; the last [`REFERENCES_MAX`].
pub fn message_ids(value: &[u8]) -> Vec<String> {
    let value = prepared(value);
    let mut ids = match MessageStream::new(&value).parse_id() {
        HeaderValue::Text(id) => vec![one_line(&id)],
        HeaderValue::TextList(ids) => ids.iter().map(|id| one_line(id)).collect(),
        _ => Vec::new(),
    };
    ids.retain(|id| !id.is_empty());
    ids.split_off(ids.len().saturating_sub(REFERENCES_MAX))
}

/// Decodes `Content-Type` or `Content-Disposition` with parameters (RFC 2045 section 5.1, RFC 2183, RFC 2231).
pub fn content_type(value: &[u8]) -> Option<ContentType> {
    let value = prepared(value);
    let HeaderValue::ContentType(found) = MessageStream::new(&value).parse_content_type() else {
        return None;
    };
    // A type has no blanks; behind one stands a parameter whose semicolon was forgotten.
    let word = |text: &str| one_line(text).split(' ').next().unwrap_or_default().to_ascii_lowercase();
    let main = word(&found.c_type);
    let media_type = match found.subtype() {
        Some(subtype) => format!("{main}/{}", word(subtype)),
        None => main,
    };
    let parameters = found
        .attributes()
        .unwrap_or_default()
        .iter()
        .map(|attribute| (attribute.name.to_string(), attribute.value.to_string()))
        .collect();
    Some(ContentType { media_type, parameters })
}
