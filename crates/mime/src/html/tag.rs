//! Single tags, read as the HTML standard's tokenizer reads them, and the addresses in their attributes.

use memchr::memmem;

use crate::limits::HTML_ATTRIBUTES_MAX;

/// A start tag as written; values still carry their character references.
pub(super) struct Tag<'x> {
    pub(super) name: &'x str,
    pub(super) attributes: Vec<(String, &'x str)>,
}

/// Reads a tag from its name on; answers it and what follows its `>`.
pub(super) fn read_tag(from: &str) -> (Tag<'_>, &str) {
    let name_end =
        from.find(|letter: char| letter.is_ascii_whitespace() || matches!(letter, '/' | '>')).unwrap_or(from.len());
    let (name, mut rest) = from.split_at(name_end);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_ascii_whitespace() || letter == '/');
        if rest.is_empty() {
            return (Tag { name, attributes }, rest);
        }
        if let Some(behind) = rest.strip_prefix('>') {
            return (Tag { name, attributes }, behind);
        }
        let (attribute, value, behind) = read_attribute(rest);
        rest = behind;
        if attributes.len() < HTML_ATTRIBUTES_MAX {
            attributes.push((attribute.to_ascii_lowercase(), value));
        }
    }
}

/// Reads `name`, `name=value`, `name="value"` or `name='value'`; `from` is not empty and begins with none of space, `/`, `>`.
fn read_attribute(from: &str) -> (&str, &str, &str) {
    let is_end = |(at, letter): &(usize, char)| {
        letter.is_ascii_whitespace() || matches!(letter, '/' | '>') || (*letter == '=' && *at > 0)
    };
    let name_end = from.char_indices().find(is_end).map_or(from.len(), |(at, _)| at);
    let (name, behind_name) = from.split_at(name_end);
    let Some(value) = behind_name.trim_ascii_start().strip_prefix('=').map(str::trim_ascii_start) else {
        return (name, "", behind_name);
    };
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            let (value, rest) = quoted.split_once(quote).unwrap_or((quoted, ""));
            return (name, value, rest);
        }
    }
    let end = value.find(|letter: char| letter.is_ascii_whitespace() || letter == '>').unwrap_or(value.len());
    let (value, rest) = value.split_at(end);
    (name, value, rest)
}

pub(super) fn strip_scheme<'a>(address: &'a str, scheme: &str) -> Option<&'a str> {
    let address = address.trim();
    let (start, rest) = address.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// Addresses within the mail: inline parts, literal data, nothing at all.
pub(super) fn is_local(address: &str) -> bool {
    address.trim().is_empty() || strip_scheme(address, "cid:").is_some() || strip_scheme(address, "data:").is_some()
}

/// How often a style names an address.
pub(super) fn count_addresses(style: &str) -> usize {
    let style = style.to_ascii_lowercase();
    memmem::find_iter(style.as_bytes(), b"url(").count() + memmem::find_iter(style.as_bytes(), b"@import \"").count()
}

/// Content ids in addresses are percent-encoded (RFC 2392 section 2); `&amp;` is the reference that occurs.
pub(super) fn content_id(address: &str) -> String {
    let address = address.replace("&amp;", "&");
    let mut bytes = Vec::with_capacity(address.len());
    let mut rest = address.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let digits = tail.get(..2).filter(|_| byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
