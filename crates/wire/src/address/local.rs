//! The part before the `@` (RFC 5321 section 4.1.2, `Local-part`; RFC 6531 section 3.3).

use unicode_normalization::UnicodeNormalization as _;

use super::AddressError;

/// The longest local part, in bytes (RFC 5321 section 4.5.3.1.1).
pub const LOCAL_PART_BYTES_MAX: usize = 64;

/// Splits a text behind its local part, which may be quoted and then may contain `@`, spaces and brackets.
pub(super) fn split(text: &str) -> Result<(&str, &str), AddressError> {
    let end = if text.starts_with('"') { quoted_end(text)? } else { text.find('@').ok_or(AddressError::MissingAt)? };
    let (local, rest) = text.split_at_checked(end).ok_or(AddressError::LocalPart)?;
    if local.len() > LOCAL_PART_BYTES_MAX {
        return Err(AddressError::TooLong);
    }
    if !text.starts_with('"') && !is_dot_string(local) {
        return Err(AddressError::LocalPart);
    }
    Ok((local, rest))
}

/// The form in which local parts are compared: lower case, NFC, quoted only where a dot-string would not do.
pub(super) fn normalise(local: &str) -> String {
    let plain = if local.starts_with('"') { unquote(local) } else { local.to_owned() };
    let plain = if plain.is_ascii() {
        plain.to_ascii_lowercase()
    } else {
        plain.nfc().collect::<String>().to_lowercase().nfc().collect()
    };
    if is_dot_string(&plain) { plain } else { quote(&plain) }
}

/// `Dot-string = Atom *("." Atom)`
fn is_dot_string(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

/// `atext` of RFC 5322 section 3.2.3, widened by RFC 6531 to what is not ASCII.
fn is_atext(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) } else { is_visible(c) }
}

/// Refuses what no keyboard types and no eye sees: controls, odd spaces and the marks that reorder text on screen.
fn is_visible(c: char) -> bool {
    let reorders =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !(c.is_control() || c.is_whitespace() || reorders)
}

/// The length of a `Quoted-string` at the start of `text`, quotes included.
fn quoted_end(text: &str) -> Result<usize, AddressError> {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Ok(at + 1),
            '\\' => match characters.next() {
                Some((_, ' '..='~')) => {}
                _ => return Err(AddressError::LocalPart),
            },
            ' '..='~' => {}
            c if !c.is_ascii() && is_visible(c) => {}
            _ => return Err(AddressError::LocalPart),
        }
    }
    Err(AddressError::LocalPart)
}

fn unquote(quoted: &str) -> String {
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(quoted);
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        plain.extend(if c == '\\' { characters.next() } else { Some(c) });
    }
    plain
}

fn quote(plain: &str) -> String {
    let mut quoted = String::with_capacity(plain.len() + 2);
    quoted.push('"');
    for c in plain.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}
