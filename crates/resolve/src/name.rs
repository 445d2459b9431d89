//! Names as the DNS knows them.

use std::fmt;

use bytes::Bytes;
use domain::base::name::{Name as WireName, ToName};

/// A domain name: absolute, in A-labels, lower case. Holds any name the DNS can (RFC 2181 section 11), as `_25._tcp.mx.example.org` is one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(WireName<Bytes>);

/// The text is no domain name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a domain name: {why}")]
pub struct NameError {
    why: String,
}

impl Name {
    /// Reads a name as written in a zone file, with or without the dot at the end. Unicode must be in A-labels already.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name = WireName::vec_from_str(text).map_err(|error| NameError { why: error.to_string() })?;
        Ok(Self::from_wire(&name))
    }

    /// A name below this one; `None` where it would be longer than a name can be.
    pub(crate) fn below(&self, labels: &str) -> Option<Self> {
        Self::parse(&format!("{labels}.{self}")).ok()
    }

    /// The name one label up; `None` above the root.
    pub(crate) fn parent(&self) -> Option<Self> {
        self.0.parent().map(|parent| Self(parent.to_name()))
    }

    /// Whether this is the root, which stands for "none" in a null MX (RFC 7505 section 3).
    pub fn is_root(&self) -> bool {
        self.0.is_root()
    }

    /// Whether this name is `other` or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.ends_with(&other.0)
    }

    /// This name with `from`, which it ends with, replaced by `to`; `None` where that is longer than a name can be.
    pub(crate) fn moved(&self, from: &Self, to: &Self) -> Option<Self> {
        let kept = self.size_bytes().checked_sub(from.size_bytes())?;
        let bytes = [self.0.as_slice().get(..kept)?, to.0.as_slice()].concat();
        WireName::from_octets(Bytes::from(bytes)).ok().map(Self)
    }

    pub(crate) fn from_wire(name: &impl ToName) -> Self {
        let mut name: WireName<Vec<u8>> = name.to_name();
        name.make_canonical();
        Self(name.to_name())
    }

    pub(crate) const fn wire(&self) -> &WireName<Bytes> {
        &self.0
    }

    pub(crate) fn size_bytes(&self) -> usize {
        self.0.len()
    }
}

/// Without the dot at the end, as mail writes it; the root is `.`.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() { f.write_str(".") } else { self.0.fmt(f) }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn case_and_final_dot_make_no_difference() {
        assert_eq!(name("MX.Example.ORG."), name("mx.example.org"));
        assert_eq!(name("MX.Example.ORG.").to_string(), "mx.example.org");
        assert_eq!(name(".").to_string(), ".");
        assert!(name(".").is_root());
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "a..b", &"a".repeat(64), &format!("{0}.{0}.{0}.{0}", "a".repeat(63)), "mx.exämple.org"] {
            assert!(Name::parse(text).is_err(), "{text}");
        }
        assert!(name(&format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61))).below("_25._tcp").is_none());
    }

    #[test]
    fn a_name_moves_to_another_tree() {
        let (from, to) = (name("old.example"), name("new.example.org"));
        assert_eq!(name("a.b.old.example").moved(&from, &to), Some(name("a.b.new.example.org")));
        assert_eq!(name("a.old.example").moved(&from, &name(".")), Some(name("a")));
        let long = name(&format!("{0}.{0}.{0}.old.example", "a".repeat(63)));
        assert_eq!(long.moved(&from, &name(&"b".repeat(61))).map(|name| name.size_bytes()), Some(255));
        assert_eq!(long.moved(&from, &name(&"b".repeat(62))), None);
    }

    #[test]
    fn within_goes_by_labels() {
        assert!(name("mx.example.org").is_within(&name("example.org")));
        assert!(name("example.org").is_within(&name("example.org")));
        assert!(!name("mx.badexample.org").is_within(&name("example.org")));
        assert!(name("org").is_within(&name(".")));
    }
}
