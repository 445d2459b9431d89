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

/// The most names that are kept.
const NAMES_MAX: usize = 20;

/// A certificate that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// What it says.
    pub(crate) facts: Certificate,
    /// Its `SubjectPublicKeyInfo` in DER.
    pub(crate) public_key: Option<Vec<u8>>,
}

impl Shown {
    /// Reads a certificate of whatever version; of one that is no certificate at all, only the digest is known.
    pub(crate) fn read(certificate: &CertificateDer<'_>) -> Self {
        let sha256 = HEXLOWER.encode(digest::digest(&digest::SHA256, certificate).as_ref());
        let Ok((_, read)) = X509Certificate::from_der(certificate) else {
            return Self { facts: Certificate { sha256, ..Certificate::default() }, public_key: None };
        };
        let time = |time: x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp()).ok();
        let facts = Certificate {
            sha256,
            issuer: read.issuer().to_string(),
            names: names(&read),
            not_before: time(read.validity().not_before),
            not_after: time(read.validity().not_after),
            key: read.public_key().parsed().map_or_else(|_| String::new(), |key| key_words(&key)),
        };
        Self { facts, public_key: Some(read.public_key().raw.to_vec()) }
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

fn key_words(key: &PublicKey<'_>) -> String {
    let kind = match key {
        PublicKey::RSA(_) => "RSA",
        PublicKey::EC(_) => "EC",
        PublicKey::DSA(_) => "DSA",
        _ => return "other".to_owned(),
    };
    format!("{kind} {}", key.key_size())
}
