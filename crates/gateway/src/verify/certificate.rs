//! What a certificate says about itself, for the record; read leniently, for nothing here is a judgement.

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use model::assessment::Certificate;
use rustls::pki_types::CertificateDer;
use x509_parser::{
    prelude::{FromDer as _, GeneralName, X509Certificate},
    public_key::PublicKey,
};

/// Shorter keys of RSA can be found out: servers must have longer ones (RFC 9325 section 4.5).
const RSA_BITS_MIN: usize = 2048;
/// TLS 1.3 has no smaller curve (RFC 8446 section 4.2.7), RFC 9325 section 4.5 nothing below 224 bits.
const EC_BITS_MIN: usize = 256;

/// The most names that are kept.
const NAMES_MAX: usize = 20;

/// A certificate that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// What it says.
    pub(crate) facts: Certificate,
    /// Its `SubjectPublicKeyInfo` in DER.
    pub(crate) public_key: Option<Vec<u8>>,
    /// Whether its key proves nothing, for others can find it out.
    pub(crate) is_weak: bool,
}

impl Shown {
    /// Reads a certificate of whatever version; of one that is no certificate at all, only the digest is known.
    pub(crate) fn read(certificate: &CertificateDer<'_>) -> Self {
        let sha256 = HEXLOWER.encode(digest::digest(&digest::SHA256, certificate).as_ref());
        let Ok((_, read)) = X509Certificate::from_der(certificate) else {
            return Self { facts: Certificate { sha256, ..Certificate::default() }, public_key: None, is_weak: false };
        };
        let key = read.public_key().parsed();
        let is_weak = key.as_ref().is_ok_and(is_weak);
        let time = |time: x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp()).ok();
        let facts = Certificate {
            sha256,
            issuer: read.issuer().to_string(),
            names: names(&read),
            not_before: time(read.validity().not_before),
            not_after: time(read.validity().not_after),
            key: key.map_or_else(|_| String::new(), |key| key_words(&key)),
        };
        Self { facts, public_key: Some(read.public_key().raw.to_vec()), is_weak }
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let names = extension.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    });
    names.take(NAMES_MAX).collect()
}

fn is_weak(key: &PublicKey<'_>) -> bool {
    match key {
        PublicKey::RSA(_) => key.key_size() < RSA_BITS_MIN,
        PublicKey::EC(_) => key.key_size() < EC_BITS_MIN,
        // TLS has given it up (RFC 8446 section 4.2.3).
        PublicKey::DSA(_) => true,
        _ => false,
    }
}

fn key_words(key: &PublicKey<'_>) -> String {
    let kind = match key {
        PublicKey::RSA(_) => "RSA",
        PublicKey::EC(_) => "EC",
        PublicKey::DSA(_) => "DSA",
        _ => return "other".to_owned(),
    };
    format!("{kind} {}", key.key_size())
}
