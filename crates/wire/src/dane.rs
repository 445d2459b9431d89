//! DANE for SMTP: what a domain says in signed DNS about the certificates of its mail servers.
//!
//! A TLSA record (RFC 6698 section 2.1) names a certificate or a key in four fields: *usage* says what is named, the server's own certificate
//! (3, DANE-EE) or an authority above it (2, DANE-TA); *selector* says which part, the whole certificate (0) or its public key (1); *matching type*
//! says how, in full (0), by SHA-256 (1) or by SHA-512 (2); and the *data* to compare with. SMTP uses no other usage (RFC 7672 section 3.1.3).
//!
//! ```text
//! _25._tcp.mx.example.  IN TLSA 3 1 1 8d02536c...   the server's public key has this SHA-256
//! ```
//!
//! Records that cannot be used are told apart from records that are not there: where a domain has published some, although none can be used, TLS is
//! still mandatory (RFC 7672 section 2.2). Which record of several counts is decided by the strongest digest (RFC 7671 section 9).
//!
//! This module compares. Whether records are secure is the resolver's to say, and whether a chain leads to a named authority is the verifier's.

use std::fmt;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;

/// The longest data of a TLSA record that is read, in bytes: more than a large certificate in full.
pub const TLSA_DATA_BYTES_MAX: usize = 16 * 1024;

/// A TLSA record as published, usable or not.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tlsa {
    /// Certificate usage.
    pub usage: u8,
    /// Selector.
    pub selector: u8,
    /// Matching type.
    pub matching: u8,
    /// Certificate association data.
    pub data: Vec<u8>,
}

impl Tlsa {
    /// The record for a server's key, given as `SubjectPublicKeyInfo` in DER: `3 1 1`. A certificate that is renewed with the same key needs no new record
    /// (RFC 7671 section 5.1).
    pub fn of_key(public_key: &[u8]) -> Self {
        Self { usage: 3, selector: 1, matching: 1, data: digest::digest(&digest::SHA256, public_key).as_ref().to_vec() }
    }

    /// Reads the record data of DNS; `None` where it is cut short or longer than [`TLSA_DATA_BYTES_MAX`] allows.
    pub fn from_rdata(rdata: &[u8]) -> Option<Self> {
        let ([usage, selector, matching], data) = rdata.split_first_chunk::<3>()?;
        (data.len() <= TLSA_DATA_BYTES_MAX).then(|| Self {
            usage: *usage,
            selector: *selector,
            matching: *matching,
            data: data.to_vec(),
        })
    }
}

/// As in a zone file: `3 1 1 8d02...`.
impl fmt::Display for Tlsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.usage, self.selector, self.matching, HEXLOWER.encode(&self.data))
    }
}

impl fmt::Debug for Tlsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tlsa({self})")
    }
}

/// What a usable record names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Usage {
    /// 2, DANE-TA: an authority in the chain that the server shows. Names and dates are checked as usual.
    TrustAnchor,
    /// 3, DANE-EE: the server's own certificate. Its names and dates say nothing (RFC 7671 section 5.1).
    EndEntity,
}

/// Which part of the certificate is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selector {
    /// 0: all of it.
    Certificate,
    /// 1: its `SubjectPublicKeyInfo`.
    PublicKey,
}

/// How the part is named, weakest digest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Matching {
    /// 0: in full.
    Full,
    /// 1: by its SHA-256.
    Sha256,
    /// 2: by its SHA-512.
    Sha512,
}

/// Why a record cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// A usage that SMTP does not know: 0 and 1 name public authorities (RFC 7672 section 3.1.3).
    #[error("usage {0} is none for mail servers: 2 and 3 are")]
    Usage(u8),
    /// A selector that is not known.
    #[error("selector {0} is not known: 0 and 1 are")]
    Selector(u8),
    /// A matching type that is not known.
    #[error("matching type {0} is not known: 0, 1 and 2 are")]
    Matching(u8),
    /// A digest of the wrong length.
    #[error("a digest has {0} bytes")]
    DigestLength(usize),
    /// No data.
    #[error("the data is missing")]
    Empty,
}

/// A record that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// What is named.
    pub usage: Usage,
    /// Which part of it.
    pub selector: Selector,
    /// How.
    pub matching: Matching,
    record: Tlsa,
}

/// A certificate, as far as records can name it.
#[derive(Debug, Clone, Copy)]
pub struct Certificate<'a> {
    /// The certificate in DER.
    pub der: &'a [u8],
    /// Its `SubjectPublicKeyInfo` in DER; `None` where it could not be read, and then no record names it.
    pub public_key: Option<&'a [u8]>,
}

impl Association {
    /// Reads a record.
    pub fn of(record: &Tlsa) -> Result<Self, Unusable> {
        let usage = match record.usage {
            2 => Usage::TrustAnchor,
            3 => Usage::EndEntity,
            other => return Err(Unusable::Usage(other)),
        };
        let selector = match record.selector {
            0 => Selector::Certificate,
            1 => Selector::PublicKey,
            other => return Err(Unusable::Selector(other)),
        };
        let (matching, bytes) = match record.matching {
            0 => (Matching::Full, None),
            1 => (Matching::Sha256, Some(digest::SHA256_OUTPUT_LEN)),
            2 => (Matching::Sha512, Some(digest::SHA512_OUTPUT_LEN)),
            other => return Err(Unusable::Matching(other)),
        };
        match (record.data.len(), bytes) {
            (0, _) => Err(Unusable::Empty),
            (length, Some(bytes)) if length != bytes => Err(Unusable::DigestLength(length)),
            _ => Ok(Self { usage, selector, matching, record: record.clone() }),
        }
    }

    /// The record it was read from.
    pub const fn record(&self) -> &Tlsa {
        &self.record
    }

    /// Whether it names this certificate.
    pub fn names(&self, certificate: Certificate<'_>) -> bool {
        let part = match self.selector {
            Selector::Certificate => Some(certificate.der),
            Selector::PublicKey => certificate.public_key,
        };
        part.is_some_and(|part| match self.matching {
            Matching::Full => part == self.record.data,
            Matching::Sha256 => digest::digest(&digest::SHA256, part).as_ref() == self.record.data,
            Matching::Sha512 => digest::digest(&digest::SHA512, part).as_ref() == self.record.data,
        })
    }
}

/// All that a host has published.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Associations {
    usable: Vec<Association>,
    unusable: Vec<(Tlsa, Unusable)>,
}

impl Associations {
    /// Sorts what was published. Of several digests of the same part only the strongest counts, so that a weak one cannot be
    /// what an attacker forges (RFC 7671 section 9); what is named in full counts beside it.
    pub fn of(records: &[Tlsa]) -> Self {
        let (mut usable, mut unusable) = (Vec::new(), Vec::new());
        for record in records {
            match Association::of(record) {
                Ok(association) => usable.push(association),
                Err(reason) => unusable.push((record.clone(), reason)),
            }
        }
        let strongest = |one: &Association| {
            let same = usable.iter().filter(|other| (other.usage, other.selector) == (one.usage, one.selector));
            same.map(|other| other.matching).max()
        };
        let counts: Vec<bool> =
            usable.iter().map(|one| one.matching == Matching::Full || Some(one.matching) == strongest(one)).collect();
        let mut counts = counts.into_iter();
        usable.retain(|_| counts.next().unwrap_or(true));
        Self { usable, unusable }
    }

    /// Whether any can be used: then the server has to match one, or nothing is sent.
    pub const fn are_usable(&self) -> bool {
        !self.usable.is_empty()
    }

    /// Those that count.
    pub fn usable(&self) -> &[Association] {
        &self.usable
    }

    /// Those that cannot be used, and why.
    pub fn unusable(&self) -> &[(Tlsa, Unusable)] {
        &self.unusable
    }

    /// The record that names the server's own certificate, if one does. Nothing else about the certificate is asked then.
    pub fn end_entity(&self, leaf: Certificate<'_>) -> Option<&Association> {
        self.usable.iter().find(|one| one.usage == Usage::EndEntity && one.names(leaf))
    }

    /// The authorities that records name among those that the server shows above its own certificate, nearest first: each by its place, and the
    /// record. They have to be shown (RFC 7672 section 3.1.3); the verifier then checks the chain up to one of them.
    pub fn trust_anchors<'a>(
        &'a self,
        authorities: &'a [Certificate<'a>],
    ) -> impl Iterator<Item = (usize, &'a Association)> {
        let anchors = || self.usable.iter().filter(|one| one.usage == Usage::TrustAnchor);
        let named = move |certificate: &Certificate<'_>| anchors().find(|one| one.names(*certificate));
        authorities.iter().enumerate().filter_map(move |(place, authority)| named(authority).map(|one| (place, one)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAF: Certificate<'static> = Certificate { der: b"leaf certificate", public_key: Some(b"leaf key") };
    const AUTHORITY: Certificate<'static> = Certificate { der: b"authority", public_key: Some(b"authority key") };
    const UNREADABLE: Certificate<'static> = Certificate { der: b"unreadable", public_key: None };

    fn tlsa(usage: u8, selector: u8, matching: u8, data: &[u8]) -> Tlsa {
        Tlsa { usage, selector, matching, data: data.to_vec() }
    }

    fn sha256(part: &[u8]) -> Vec<u8> {
        digest::digest(&digest::SHA256, part).as_ref().to_vec()
    }

    fn sha512(part: &[u8]) -> Vec<u8> {
        digest::digest(&digest::SHA512, part).as_ref().to_vec()
    }

    #[test]
    fn each_usable_form_names_its_certificate_and_no_other() {
        let key = LEAF.public_key.unwrap();
        assert!(Associations::of(&[Tlsa::of_key(key)]).end_entity(LEAF).is_some());
        for (selector, part) in [(0, LEAF.der), (1, key)] {
            for (matching, data) in [(0, part.to_vec()), (1, sha256(part)), (2, sha512(part))] {
                let records = Associations::of(&[tlsa(3, selector, matching, &data)]);
                assert!(records.are_usable());
                assert!(records.end_entity(LEAF).is_some(), "3 {selector} {matching}");
                assert!(records.end_entity(AUTHORITY).is_none());
                assert!(records.end_entity(UNREADABLE).is_none());
                assert!(records.trust_anchors(&[LEAF, AUTHORITY]).next().is_none(), "usage 3 names no authority");
            }
        }
    }

    #[test]
    fn an_authority_has_to_be_in_the_chain() {
        let records = Associations::of(&[tlsa(2, 0, 1, &sha256(AUTHORITY.der))]);
        let places =
            |chain: &[Certificate<'_>]| records.trust_anchors(chain).map(|(place, _)| place).collect::<Vec<_>>();
        assert_eq!(places(&[LEAF, UNREADABLE, AUTHORITY]), [2]);
        assert_eq!(places(&[AUTHORITY, AUTHORITY]), [0, 1]);
        assert_eq!(places(&[LEAF]), [0_usize; 0]);
        assert!(records.end_entity(AUTHORITY).is_none(), "usage 2 names no leaf");
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let digest = sha256(LEAF.der);
        for (record, reason) in [
            (tlsa(0, 0, 1, &digest), Unusable::Usage(0)),
            (tlsa(1, 0, 1, &digest), Unusable::Usage(1)),
            (tlsa(4, 0, 1, &digest), Unusable::Usage(4)),
            (tlsa(3, 2, 1, &digest), Unusable::Selector(2)),
            (tlsa(3, 0, 3, &digest), Unusable::Matching(3)),
            (tlsa(3, 0, 1, &digest[1..]), Unusable::DigestLength(31)),
            (tlsa(3, 0, 2, &digest), Unusable::DigestLength(32)),
            (tlsa(3, 0, 0, b""), Unusable::Empty),
            (tlsa(3, 0, 1, b""), Unusable::Empty),
        ] {
            let records = Associations::of(std::slice::from_ref(&record));
            assert!(!records.are_usable());
            assert_eq!(records.unusable(), [(record, reason)]);
        }
    }

    /// RFC 7671 section 9
    #[test]
    fn the_strongest_digest_counts_alone() {
        let forged = tlsa(3, 0, 1, &sha256(LEAF.der));
        let genuine = tlsa(3, 0, 2, &sha512(AUTHORITY.der));
        let records = Associations::of(&[forged.clone(), genuine.clone()]);
        assert!(records.end_entity(LEAF).is_none(), "the SHA-256 does not count beside a SHA-512");
        assert_eq!(records.end_entity(AUTHORITY).map(Association::record), Some(&genuine));
        // Another selector, another usage and the full form are other questions.
        for other in [tlsa(3, 1, 2, &sha512(b"x")), tlsa(2, 0, 2, &sha512(b"x")), tlsa(3, 0, 0, b"x")] {
            assert!(Associations::of(&[forged.clone(), other]).end_entity(LEAF).is_some());
        }
        let with_full = Associations::of(&[tlsa(3, 0, 0, LEAF.der), genuine]);
        assert!(with_full.end_entity(LEAF).is_some() && with_full.end_entity(AUTHORITY).is_some());
        let unusable = tlsa(3, 0, 2, b"short");
        assert!(
            Associations::of(&[forged, unusable]).end_entity(LEAF).is_some(),
            "what is unusable pushes nothing out"
        );
    }

    #[test]
    fn record_data_is_read_up_to_its_limit() {
        let record = tlsa(3, 1, 1, &[0xab; 32]);
        let rdata = [&[3, 1, 1][..], &[0xab; 32]].concat();
        assert_eq!(Tlsa::from_rdata(&rdata), Some(record.clone()));
        assert_eq!(record.to_string(), format!("3 1 1 {}", "ab".repeat(32)));
        assert_eq!(Tlsa::from_rdata(&[3, 1]), None);
        assert!(Tlsa::from_rdata(&[3, 1, 1]).is_some(), "empty data is for `Associations` to judge");
        assert!(Tlsa::from_rdata(&vec![0; 3 + TLSA_DATA_BYTES_MAX]).is_some());
        assert_eq!(Tlsa::from_rdata(&vec![0; 4 + TLSA_DATA_BYTES_MAX]), None);
    }
}
