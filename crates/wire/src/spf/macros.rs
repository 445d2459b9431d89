//! Macros in the names of a record (RFC 7208 section 7): `%{i}._spf.%{d2}` asks about the sending address itself.

use std::net::IpAddr;

use super::Subject;

/// The longest name that is asked for, in characters (section 7.3).
const NAME_CHARS_MAX: usize = 253;

/// Characters at which a value is taken apart.
const DELIMITERS: [char; 7] = ['.', '-', '+', ',', '/', '_', '='];

/// A macro: letter, how many parts are kept, whether they are turned around, where the value is taken apart.
struct Macro<'a> {
    letter: char,
    kept: Option<usize>,
    is_reversed: bool,
    delimiters: &'a str,
}

impl<'a> Macro<'a> {
    /// Reads what stands between the braces.
    fn parse(text: &'a str) -> Option<Self> {
        let mut characters = text.chars();
        let letter = characters.next().filter(|letter| "slodiphvSLODIPHV".contains(*letter))?;
        let rest = characters.as_str();
        let after_digits = rest.trim_start_matches(|character: char| character.is_ascii_digit());
        let digits = rest.strip_suffix(after_digits)?;
        let kept = if digits.is_empty() { None } else { Some(digits.parse().ok().filter(|kept| *kept > 0)?) };
        let delimiters = after_digits.strip_prefix(['r', 'R']);
        let (is_reversed, delimiters) = (delimiters.is_some(), delimiters.unwrap_or(after_digits));
        delimiters.chars().all(|one| DELIMITERS.contains(&one)).then_some(Self {
            letter,
            kept,
            is_reversed,
            delimiters,
        })
    }

    fn value(&self, subject: &Subject<'_>, domain: &str) -> String {
        let value = match self.letter.to_ascii_lowercase() {
            's' => format!("{}@{}", subject.local_part, subject.domain),
            'l' => subject.local_part.to_owned(),
            'o' => subject.domain.to_string(),
            'd' => domain.to_owned(),
            'i' => dotted(subject.address),
            'h' => subject.hello.to_string(),
            'v' => if subject.address.to_canonical().is_ipv4() { "in-addr" } else { "ip6" }.to_owned(),
            // `p` is costly, and need not be known (section 7.3).
            _ => "unknown".to_owned(),
        };
        let delimiters = if self.delimiters.is_empty() { "." } else { self.delimiters };
        let mut parts: Vec<&str> = value.split(|one| delimiters.contains(one)).collect();
        if self.is_reversed {
            parts.reverse();
        }
        let left_out = self.kept.map_or(0, |kept| parts.len().saturating_sub(kept));
        let value = parts.get(left_out..).unwrap_or_default().join(".");
        if self.letter.is_ascii_uppercase() { escaped(&value) } else { value }
    }
}

/// A piece of a name with macros.
enum Piece<'a> {
    Text(&'a str),
    Blank,
    Escaped,
    Macro(Macro<'a>),
}

/// Takes a name apart; `None` where a `%` begins nothing.
fn pieces(mut text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    while let Some((before, after)) = text.split_once('%') {
        pieces.push(Piece::Text(before));
        text = match after.as_bytes().first()? {
            b'%' => {
                pieces.push(Piece::Text("%"));
                after.get(1..)?
            }
            b'_' => {
                pieces.push(Piece::Blank);
                after.get(1..)?
            }
            b'-' => {
                pieces.push(Piece::Escaped);
                after.get(1..)?
            }
            b'{' => {
                let (inside, rest) = after.get(1..)?.split_once('}')?;
                pieces.push(Piece::Macro(Macro::parse(inside)?));
                rest
            }
            _ => return None,
        };
    }
    pieces.push(Piece::Text(text));
    Some(pieces)
}

/// Whether every macro is one.
pub(super) fn is_valid(text: &str) -> bool {
    pieces(text).is_some()
}

/// The name that is asked for while the record of `domain` is followed. Too long a name loses labels at its front (section 7.3).
pub(super) fn expand(text: &str, subject: &Subject<'_>, domain: &str) -> String {
    let pieces = pieces(text).unwrap_or_default().into_iter().map(|piece| match piece {
        Piece::Text(text) => text.to_owned(),
        Piece::Blank => " ".to_owned(),
        Piece::Escaped => "%20".to_owned(),
        Piece::Macro(one) => one.value(subject, domain),
    });
    let name: String = pieces.collect();
    let mut name = name.trim_end_matches('.');
    while name.len() > NAME_CHARS_MAX {
        name = name.split_once('.').map_or("", |(_, rest)| rest);
    }
    name.to_ascii_lowercase()
}

/// IPv4 as usual; of IPv6 every digit is a label.
fn dotted(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let digits: Vec<String> = format!("{:032x}", address.to_bits()).chars().map(String::from).collect();
            digits.join(".")
        }
    }
}

/// All but unreserved characters in `%XX` (RFC 3986 section 2.3).
fn escaped(value: &str) -> String {
    value.bytes().fold(String::new(), |text, byte| match byte {
        b'-' | b'.' | b'_' | b'~' => text + &char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => text + &char::from(byte).to_string(),
        _ => format!("{text}%{byte:02X}"),
    })
}
