//! Domains and address literals: what stands behind the `@`.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use super::AddressError;

/// The longest domain, in bytes of its A-label form (RFC 5321 section 4.5.3.1.2).
pub const DOMAIN_BYTES_MAX: usize = 255;

/// The longest label of a domain name, in bytes (RFC 1035 section 2.3.4).
const LABEL_BYTES_MAX: usize = 63;

/// A domain name in A-labels and lower case, without a trailing dot.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(String);

impl Domain {
    /// Reads a domain as typed, in Unicode or in A-labels, of one or more labels.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.len() > 4 * DOMAIN_BYTES_MAX {
            return Err(AddressError::TooLong);
        }
        let ascii = if text.is_ascii() && !text.to_ascii_lowercase().contains("xn--") {
            text.to_ascii_lowercase()
        } else {
            Uts46::new()
                .to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
                .map_err(|_| AddressError::Domain)?
                .into_owned()
        };
        if ascii.len() > DOMAIN_BYTES_MAX {
            return Err(AddressError::TooLong);
        }
        if !ascii.split('.').all(is_label) {
            return Err(AddressError::Domain);
        }
        Ok(Self(ascii))
    }

    pub(super) fn from_normalised(ascii: &str) -> Self {
        Self(ascii.to_owned())
    }

    /// The domain in A-labels and lower case, as DNS and certificates know it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain as a person reads it, with A-labels decoded where they are valid.
    pub fn to_unicode(&self) -> String {
        idna::domain_to_unicode(&self.0).0
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Domain({})", self.0)
    }
}

/// `sub-domain = Let-dig [Ldh-str]` (RFC 5321 section 4.1.2)
fn is_label(label: &str) -> bool {
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Normalises what stands between `[` and `]` (RFC 5321 section 4.1.3); general literals are not in use and refused.
pub(super) fn normalise_literal(inner: &str) -> Result<String, AddressError> {
    match inner.split_at_checked(5) {
        Some((tag, number)) if tag.eq_ignore_ascii_case("IPv6:") => {
            number.parse::<Ipv6Addr>().map(|ip| format!("[ipv6:{ip}]")).map_err(|_| AddressError::Literal)
        }
        _ => inner.parse::<Ipv4Addr>().map(|ip| format!("[{ip}]")).map_err(|_| AddressError::Literal),
    }
}
