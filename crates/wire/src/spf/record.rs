//! The grammar of records (RFC 7208 sections 4.6.1, 5, 6 and 12).

use std::{
    fmt::Write as _,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::macros;

/// A record that breaks the grammar, with the term at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// It is not of printable ASCII.
    #[error("it holds characters other than printable ASCII")]
    Characters,
    /// No such mechanism.
    #[error("`{0}` is no mechanism")]
    Unknown(String),
    /// A mechanism whose value is missing or wrong.
    #[error("`{0}` has no valid value")]
    Value(String),
    /// A modifier that comes twice.
    #[error("`{0}` comes twice")]
    Twice(String),
}

/// What follows from a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qualifier {
    /// `+`, or nothing.
    Pass,
    /// `-`
    Fail,
    /// `~`
    SoftFail,
    /// `?`
    Neutral,
}

/// What is compared with the sending address. A missing domain is the one whose record this is; in domains, macros are not expanded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mechanism {
    /// Every address.
    All,
    /// Addresses that the record of another domain passes.
    Include(String),
    /// Addresses of a host, and those beside it as far as the lengths of the two prefixes say.
    A(Option<String>, u8, u8),
    /// Addresses of the mail servers of a domain, likewise.
    Mx(Option<String>, u8, u8),
    /// Addresses whose name, looked up both ways, lies within a domain.
    Ptr(Option<String>),
    /// An IPv4 network.
    Ip4(Ipv4Addr, u8),
    /// An IPv6 network.
    Ip6(Ipv6Addr, u8),
    /// Every address, if a name exists.
    Exists(String),
}

/// A mechanism with what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What follows from a match.
    pub qualifier: Qualifier,
    /// What is compared.
    pub mechanism: Mechanism,
    /// As it stands in the record.
    pub text: String,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What is tried, in order.
    pub terms: Vec<Term>,
    /// The domain whose record is taken instead where nothing matches.
    pub redirect: Option<String>,
}

impl Record {
    /// Reads the text of a record that begins with `v=spf1`.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(SyntaxError::Characters);
        }
        let (mut terms, mut redirect, mut has_explanation) = (Vec::new(), None, false);
        for word in text.split(' ').skip(1).filter(|word| !word.is_empty()) {
            let (is_again, name) = match modifier(word) {
                None => {
                    terms.push(term(word)?);
                    continue;
                }
                Some(("redirect", value)) => {
                    let value = domain(value).ok_or_else(|| SyntaxError::Value(word.to_owned()))?;
                    (redirect.replace(value).is_some(), "redirect")
                }
                Some(("exp", value)) => {
                    domain(value).ok_or_else(|| SyntaxError::Value(word.to_owned()))?;
                    (std::mem::replace(&mut has_explanation, true), "exp")
                }
                // Unknown modifiers are for the future (section 6).
                Some((_, value)) if macros::is_valid(value) => continue,
                Some(_) => return Err(SyntaxError::Value(word.to_owned())),
            };
            if is_again {
                return Err(SyntaxError::Twice(name.to_owned()));
            }
        }
        Ok(Self { terms, redirect })
    }
}

/// A word such as `redirect=_spf.example.org`: a name, an equals sign before any colon or slash, and a value.
fn modifier(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    let known = ["redirect", "exp"].into_iter().find(|known| known.eq_ignore_ascii_case(name));
    is_name.then_some((known.unwrap_or(name), value))
}

fn term(word: &str) -> Result<Term, SyntaxError> {
    let signs = [('+', Qualifier::Pass), ('-', Qualifier::Fail), ('~', Qualifier::SoftFail), ('?', Qualifier::Neutral)];
    let signed = signs.into_iter().find_map(|(sign, qualifier)| Some((qualifier, word.strip_prefix(sign)?)));
    let (qualifier, rest) = signed.unwrap_or((Qualifier::Pass, word));
    let end = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, value) = rest.split_at(end);
    let mechanism = match name.to_ascii_lowercase().as_str() {
        "all" => value.is_empty().then_some(Mechanism::All),
        "include" => value.strip_prefix(':').and_then(domain).map(Mechanism::Include),
        "a" => host(value).map(|(host, v4, v6)| Mechanism::A(host, v4, v6)),
        "mx" => host(value).map(|(host, v4, v6)| Mechanism::Mx(host, v4, v6)),
        "ptr" if value.is_empty() => Some(Mechanism::Ptr(None)),
        "ptr" => value.strip_prefix(':').and_then(domain).map(|name| Mechanism::Ptr(Some(name))),
        "ip4" => network(value, 32).map(|(address, length)| Mechanism::Ip4(address, length)),
        "ip6" => network(value, 128).map(|(address, length)| Mechanism::Ip6(address, length)),
        "exists" => value.strip_prefix(':').and_then(domain).map(Mechanism::Exists),
        _ => return Err(SyntaxError::Unknown(word.to_owned())),
    };
    let mechanism = mechanism.ok_or_else(|| SyntaxError::Value(word.to_owned()))?;
    Ok(Term { qualifier, mechanism, text: word.to_owned() })
}

/// `domain-spec`: it ends in a label or in a macro (section 7.1).
fn domain(value: &str) -> Option<String> {
    let end = value.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_label = !end.is_empty() && !end.bytes().all(|byte| byte.is_ascii_digit());
    (macros::is_valid(value) && is_label).then(|| value.to_owned())
}

/// `[ ":" domain-spec ] [ "/" ip4-length ] [ "//" ip6-length ]`
fn host(value: &str) -> Option<(Option<String>, u8, u8)> {
    // A slash within a macro is a delimiter and no prefix (section 7.1).
    let begin = value.rfind('}').map_or(0, |end| end + 1);
    let (head, tail) = value.split_at(begin);
    let cut = tail.find('/').unwrap_or(tail.len());
    let (rest, lengths) = tail.split_at(cut);
    let name = format!("{head}{rest}");
    let name = match name.strip_prefix(':') {
        Some(name) => Some(domain(name)?),
        None if name.is_empty() => None,
        None => return None,
    };
    let (v4, v6) = match lengths.split_once("//") {
        Some((v4, v6)) => (v4, Some(v6)),
        None => (lengths, None),
    };
    let v4 = if v4.is_empty() { 32 } else { length(v4.strip_prefix('/')?, 32)? };
    Some((name, v4, v6.map_or(Some(128), |v6| length(v6, 128))?))
}

fn network<T: std::str::FromStr>(value: &str, bits: u8) -> Option<(T, u8)> {
    let value = value.strip_prefix(':')?;
    let (address, length) = match value.split_once('/') {
        Some((address, text)) => (address, self::length(text, bits)?),
        None => (value, bits),
    };
    Some((address.parse().ok()?, length))
}

/// Without leading zeros (section 12).
fn length(text: &str, most: u8) -> Option<u8> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|length| is_number && *length <= most)
}

/// The same record with these addresses let in, before all that may refuse them; without a record, a new one with `end` as its last term.
pub fn with_addresses(record: Option<&str>, addresses: &[IpAddr], end: &str) -> String {
    let mut text = String::from("v=spf1");
    for address in addresses {
        // Writing to a string cannot fail.
        let _ = match address.to_canonical() {
            IpAddr::V4(address) => write!(text, " ip4:{address}"),
            IpAddr::V6(address) => write!(text, " ip6:{address}"),
        };
    }
    let rest = record.map_or(end, |record| record.split_once(' ').map_or("", |(_, rest)| rest)).trim();
    if !rest.is_empty() {
        let _ = write!(text, " {rest}");
    }
    text
}

/// The same record with `end` as what becomes of every other address. `None` where it cannot be read, or leaves that to another domain.
pub fn with_end(record: &str, end: &str) -> Option<String> {
    let read = Record::parse(record).ok().filter(|read| read.redirect.is_none())?;
    let ends: Vec<&str> =
        read.terms.iter().filter(|term| term.mechanism == Mechanism::All).map(|term| term.text.as_str()).collect();
    let kept: Vec<&str> = record.split_whitespace().filter(|word| !ends.contains(word)).collect();
    Some(format!("{} {end}", kept.join(" ")))
}
