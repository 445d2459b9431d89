//! What `MAIL FROM:` and `RCPT TO:` carry between angle brackets (RFC 5321 section 4.1.2).

use super::{AddressError, Domain, EmailAddress, TypedAddress};

/// The longest path, in bytes, angle brackets included (RFC 5321 section 4.5.3.1.3).
pub const PATH_BYTES_MAX: usize = 256;

/// Where failures are reported: the address given by `MAIL FROM`, or nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ReversePath {
    /// `<>`: the mail is itself a notification and must never cause another one (RFC 5321 section 4.5.5).
    Null,
    /// An ordinary sender.
    Address(TypedAddress),
}

impl ReversePath {
    /// Reads the text between the angle brackets; the empty text is the null reverse-path.
    pub fn parse(inner: &str) -> Result<Self, AddressError> {
        if inner.is_empty() { Ok(Self::Null) } else { parse_address(inner).map(Self::Address) }
    }

    /// The normalised address, unless the path is null.
    pub fn address(&self) -> Option<&EmailAddress> {
        match self {
            Self::Null => None,
            Self::Address(typed) => Some(typed.address()),
        }
    }

    /// The text for between the angle brackets: empty for the null path, else the [wire form](TypedAddress::to_wire).
    pub fn to_wire(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Address(typed) => typed.to_wire(),
        }
    }
}

/// For whom a mail is: the address given by `RCPT TO`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ForwardPath {
    /// `<Postmaster>` without a domain, which every server must know (RFC 5321 section 4.5.1).
    Postmaster,
    /// An ordinary recipient.
    Address(TypedAddress),
}

impl ForwardPath {
    /// Reads the text between the angle brackets.
    pub fn parse(inner: &str) -> Result<Self, AddressError> {
        if inner.eq_ignore_ascii_case("postmaster") {
            return Ok(Self::Postmaster);
        }
        parse_address(inner).map(Self::Address)
    }

    /// The normalised address, unless it is the bare `Postmaster`.
    pub fn address(&self) -> Option<&EmailAddress> {
        match self {
            Self::Postmaster => None,
            Self::Address(typed) => Some(typed.address()),
        }
    }
}

/// Splits `<path>rest` into the path without brackets and the rest, minding quoted local parts that contain `>`.
pub(crate) fn split_path(text: &str) -> Result<(&str, &str), AddressError> {
    let inner = text.strip_prefix('<').ok_or(AddressError::Brackets)?;
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'>' if !quoted => {
                let (path, rest) = inner.split_at_checked(at).ok_or(AddressError::Brackets)?;
                return if path.len() + 2 > PATH_BYTES_MAX {
                    Err(AddressError::TooLong)
                } else {
                    Ok((path, rest.strip_prefix('>').unwrap_or(rest)))
                };
            }
            _ => {}
        }
    }
    Err(AddressError::Brackets)
}

/// Reads an address and ignores a source route in front of it, as RFC 5321 section 4.1.2 (`A-d-l`) asks.
fn parse_address(inner: &str) -> Result<TypedAddress, AddressError> {
    if !inner.starts_with('@') {
        return TypedAddress::parse(inner);
    }
    let (route, address) = inner.split_once(':').ok_or(AddressError::Domain)?;
    for hop in route.split(',') {
        Domain::parse(hop.strip_prefix('@').ok_or(AddressError::Domain)?)?;
    }
    TypedAddress::parse(address)
}
