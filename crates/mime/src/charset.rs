//! Character sets of forty years, decoded to UTF-8.
//!
//! Everything in this crate works on the decoded text only, and pages are always sent as UTF-8. So a charset that hides markup
//! (UTF-7: `+ADw-script+AD4-`) is harmless here: it is decoded first and cleaned afterwards, and what is shown is decoded never again.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

/// Decodes `bytes` declared to be in the charset `label`.
///
/// A byte order mark wins over the label (many programs mislabel UTF-16). Without a known label the text is UTF-8 if it is
/// valid UTF-8 and else Windows-1252. What cannot be decoded becomes U+FFFD.
pub fn decode<'x>(bytes: &'x [u8], label: Option<&str>) -> Cow<'x, str> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(length..).unwrap_or_default()).0;
    }
    // `us-ascii` says nothing about the bytes above it, which are then UTF-8 more often than Windows-1252.
    let label = label.map(str::trim).filter(|label| !label.eq_ignore_ascii_case("us-ascii") && !label.is_empty());
    let known = label.and_then(|label| Encoding::for_label(label.as_bytes()));
    if let Some(encoding) = known.filter(|encoding| encoding.name() != "replacement") {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    if let Some(decoder) = label.and_then(|label| charset_decoder(label.as_bytes())) {
        return Cow::Owned(decoder(bytes));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// The charset that HTML names in a `<meta>` element, looked for in the first kilobyte (for parts that declare none).
pub(crate) fn of_html(bytes: &[u8]) -> Option<String> {
    let start = bytes.get(..1024).unwrap_or(bytes).to_ascii_lowercase();
    let behind = memchr::memmem::find(&start, b"charset=")? + b"charset=".len();
    let label = start.get(behind..)?.strip_prefix(b"\"").or_else(|| start.get(behind..))?;
    let label: Vec<u8> =
        label.iter().copied().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte)).collect();
    String::from_utf8(label).ok()
}

/// Cuts `text` to at most `bytes_max` bytes, at a character.
pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let end = (0..=bytes_max).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}
