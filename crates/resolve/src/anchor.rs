//! The trust anchor: the keys of the root that are known beforehand, where every chain of signatures ends (RFC 4033 section 2).

use domain::{
    base::name::ToName as _,
    dnssec::validator::anchor::TrustAnchors,
    rdata::ZoneRecordData,
    zonefile::inplace::{Entry, Zonefile},
};

/// The keys that sign the root, by their digests: that of 2017 (20326) and that of 2024 (38696), as published by IANA.
const ROOT: &str = "\
. 172800 IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
. 172800 IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16
";

/// The most text an anchor file may have, in bytes.
pub const ANCHOR_BYTES_MAX: usize = 64 * 1024;

/// The keys of the root, as zone file text that was found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustAnchor {
    text: String,
}

/// A trust anchor that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// More than [`ANCHOR_BYTES_MAX`].
    #[error("the trust anchor is longer than {ANCHOR_BYTES_MAX} bytes")]
    TooLong,
    /// Not the form of a zone file.
    #[error("the trust anchor is not in the form of a zone file: {why}")]
    Form {
        /// What the reader says.
        why: String,
    },
    /// A record of another type, or of another zone than the root.
    #[error("a trust anchor has DS and DNSKEY records of the root and nothing else")]
    Foreign,
    /// No record at all.
    #[error("the trust anchor has no record")]
    Empty,
}

impl TrustAnchor {
    /// The root of the Internet.
    pub fn built_in() -> Self {
        Self { text: ROOT.to_owned() }
    }

    /// Reads DS or DNSKEY records of the root from text in the form of a zone file.
    pub fn parse(text: &str) -> Result<Self, AnchorError> {
        if text.len() > ANCHOR_BYTES_MAX {
            return Err(AnchorError::TooLong);
        }
        let mut zone = Zonefile::new();
        zone.set_default_class(domain::base::iana::Class::IN);
        zone.extend_from_slice(text.as_bytes());
        zone.extend_from_slice(b"\n");
        let mut count = 0;
        for entry in zone {
            let Entry::Record(record) = entry.map_err(|error| AnchorError::Form { why: error.to_string() })? else {
                return Err(AnchorError::Foreign);
            };
            let is_key = matches!(record.data(), ZoneRecordData::Ds(_) | ZoneRecordData::Dnskey(_));
            if !is_key || !record.owner().to_vec().is_root() {
                return Err(AnchorError::Foreign);
            }
            count += 1;
        }
        if count == 0 { Err(AnchorError::Empty) } else { Ok(Self { text: text.to_owned() }) }
    }

    /// The anchor as the validator wants it.
    pub(crate) fn to_validator(&self) -> Result<TrustAnchors, AnchorError> {
        TrustAnchors::from_u8(self.text.as_bytes()).map_err(|error| AnchorError::Form { why: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_anchor_is_one() {
        let built_in = TrustAnchor::built_in();
        assert_eq!(TrustAnchor::parse(&built_in.text), Ok(built_in.clone()));
        assert!(built_in.to_validator().is_ok());
    }

    #[test]
    fn files_as_tools_write_them_are_read() {
        let ds =
            "; comment\n.\tIN\tDS\t20326 8 2 (\n e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d )\n";
        assert!(TrustAnchor::parse(ds).unwrap().to_validator().is_ok());
        let key = ". 3600 IN DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ== ;{id = 1}";
        assert!(TrustAnchor::parse(key).unwrap().to_validator().is_ok());
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(TrustAnchor::parse("; nothing\n"), Err(AnchorError::Empty));
        assert_eq!(TrustAnchor::parse(". IN NS a.example.\n"), Err(AnchorError::Foreign));
        assert_eq!(TrustAnchor::parse("$INCLUDE /etc/passwd\n"), Err(AnchorError::Foreign));
        assert_eq!(TrustAnchor::parse("org. IN DS 1 8 2 E06D44B8\n"), Err(AnchorError::Foreign));
        assert!(matches!(TrustAnchor::parse(". IN DS 1 8 2 nonsense\n"), Err(AnchorError::Form { .. })));
        assert_eq!(TrustAnchor::parse(&";".repeat(ANCHOR_BYTES_MAX + 1)), Err(AnchorError::TooLong));
        assert_eq!(TrustAnchor::parse(&";".repeat(ANCHOR_BYTES_MAX)), Err(AnchorError::Empty));
    }
}
