//! E-mail addresses as SMTP writes them and as the house compares them.
//!
//! A person writes `Jörg.Meier@Bücher.example` today and `jörg.meier@xn--bcher-kva.example` tomorrow and means the same
//! place. Two types keep the two needs apart:
//!
//! - [`EmailAddress`] is the *normalised* form: the local part in lower case and NFC, quotes only where they are needed,
//!   the domain in IDNA A-labels and lower case. It is what addresses are compared, stored and looked up by (J1).
//! - [`TypedAddress`] remembers the local part *as typed*, because the receiving server alone may say whether case
//!   matters (RFC 5321 section 2.4); it is what goes back onto the wire.
//!
//! [`ReversePath`] and [`ForwardPath`] are what `MAIL FROM:<...>` and `RCPT TO:<...>` carry. The null reverse-path `<>`
//! and the bare `<Postmaster>` are values of their own, never an empty string.
//!
//! ```
//! use wire::address::EmailAddress;
//!
//! let address = EmailAddress::parse("Jane.Doe@Bücher.Example")?;
//! assert_eq!(address.as_str(), "jane.doe@xn--bcher-kva.example");
//! assert_eq!(format!("{address:?}"), "EmailAddress(redacted)");
//! # Ok::<(), wire::address::AddressError>(())
//! ```

mod domain;
mod local;
mod path;
#[cfg(test)]
mod tests;

use std::fmt;

pub use domain::{DOMAIN_BYTES_MAX, Domain};
pub use local::LOCAL_PART_BYTES_MAX;
pub(crate) use path::split_path;
pub use path::{ForwardPath, PATH_BYTES_MAX, ReversePath};

/// Why a text is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no `@` between a local part and a domain.
    #[error("the address has no @ between local part and domain")]
    MissingAt,
    /// The local part is empty, badly quoted or holds forbidden characters.
    #[error("the part before the @ is not valid")]
    LocalPart,
    /// The domain is empty, not a host name, or not valid under IDNA.
    #[error("the part after the @ is not a valid domain")]
    Domain,
    /// The address literal between `[` and `]` is neither IPv4 nor `IPv6:`.
    #[error("the address literal is not valid")]
    Literal,
    /// The local part, the domain or the whole path exceeds its limit (RFC 5321 section 4.5.3.1).
    #[error("the address is too long")]
    TooLong,
    /// The angle brackets around a path are missing or unbalanced.
    #[error("the path is not enclosed in angle brackets")]
    Brackets,
}

/// An address in the form in which addresses are compared, see the [module documentation](self).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress {
    text: String,
    local_bytes: usize,
}

impl EmailAddress {
    /// Reads and normalises an address without angle brackets, such as `"a b"@example.org` or `ute@[192.0.2.1]`.
    ///
    /// Display names and comments are refused: this is SMTP's `Mailbox` (RFC 5321 section 4.1.2, with the non-ASCII
    /// extension of RFC 6531 section 3.3), not a header field.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        TypedAddress::parse(text).map(|typed| typed.address)
    }

    /// Joins a local part and a domain that are known apart.
    pub fn from_parts(local_part: &str, domain: &Domain) -> Result<Self, AddressError> {
        Self::parse(&format!("{local_part}@{}", domain.as_str()))
    }

    fn join(local_part: &str, domain: &str) -> Result<Self, AddressError> {
        if local_part.len() > LOCAL_PART_BYTES_MAX || local_part.len() + 1 + domain.len() + 2 > PATH_BYTES_MAX {
            return Err(AddressError::TooLong);
        }
        Ok(Self { text: format!("{local_part}@{domain}"), local_bytes: local_part.len() })
    }

    /// The whole address in its normalised form. Personal data: not for logs.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The normalised part before the `@`, with quotes where they are needed.
    pub fn local_part(&self) -> &str {
        self.text.split_at_checked(self.local_bytes).map_or("", |(local, _)| local)
    }

    /// The normalised text behind the `@`: A-labels in lower case, or an address literal in brackets.
    pub fn domain_text(&self) -> &str {
        self.text.get(self.local_bytes + 1..).unwrap_or("")
    }

    /// The domain, or `None` for an address literal such as `ute@[192.0.2.1]`.
    pub fn domain(&self) -> Option<Domain> {
        (!self.is_literal()).then(|| Domain::from_normalised(self.domain_text()))
    }

    /// Whether the address names a machine by number (RFC 5321 section 4.1.3) and not a domain.
    pub fn is_literal(&self) -> bool {
        self.domain_text().starts_with('[')
    }

    /// Whether the address can travel only where SMTPUTF8 is offered (RFC 6531): its local part is not ASCII.
    pub fn needs_smtputf8(&self) -> bool {
        !self.text.is_ascii()
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(redacted)")
    }
}

/// An address whose local part is kept as it was typed, beside its normalised form.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TypedAddress {
    typed: String,
    local_bytes: usize,
    address: EmailAddress,
}

impl TypedAddress {
    /// Reads an address without angle brackets and keeps what was typed; see [`EmailAddress::parse`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (local, rest) = local::split(text)?;
        let domain = rest.strip_prefix('@').ok_or(AddressError::MissingAt)?;
        let domain = match domain.strip_prefix('[') {
            Some(literal) => domain::normalise_literal(literal.strip_suffix(']').ok_or(AddressError::Literal)?)?,
            None => Domain::parse(domain)?.into_string(),
        };
        let address = EmailAddress::join(&local::normalise(local), &domain)?;
        Ok(Self { typed: text.to_owned(), local_bytes: local.len(), address })
    }

    /// The normalised form, by which addresses are compared.
    pub fn address(&self) -> &EmailAddress {
        &self.address
    }

    /// Exactly what was typed. Personal data: not for logs.
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// Whether every character that was typed is ASCII.
    pub fn is_ascii(&self) -> bool {
        self.typed.is_ascii()
    }

    /// The form to hand to the next server: the local part as typed, the domain in A-labels (RFC 6531 section 3.2).
    pub fn to_wire(&self) -> String {
        let local = self.typed.get(..self.local_bytes).unwrap_or("");
        format!("{local}@{}", self.address.domain_text())
    }
}

impl From<EmailAddress> for TypedAddress {
    /// Takes the normalised form as the typed one.
    fn from(address: EmailAddress) -> Self {
        Self { typed: address.text.clone(), local_bytes: address.local_bytes, address }
    }
}

impl fmt::Debug for TypedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedAddress(redacted)")
    }
}
