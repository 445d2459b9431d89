//! What the certificate of a mail server proves.
//!
//! The handshake itself takes any certificate whose key is not weak, and proves one thing: who answers has the private key that belongs to the certificate
//! shown. Everything else is judged afterwards, from the chain that was shown, before a byte of mail is written: whether it leads to a trusted authority and is for
//! the right name (RFC 5280, RFC 9525), and whether a TLSA record names it (RFC 7672). So the judgement knows all the reasons, not only the first one, and one
//! set of TLS settings serves every server.
//!
//! A judgement is not yet permission to send: that is [`model::assurance::Requirement::is_met_by`].

mod certificate;
mod handshake;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use model::{
    assessment::{Certificate, Code},
    assurance::{Assurance, Level},
};
use rustls::{
    CertificateError, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use wire::{
    address::Domain,
    dane::{self, Associations},
};

pub(crate) use certificate::Shown;
pub use handshake::TlsProfile;
pub(crate) use handshake::{WeakKey, client};

/// What is wrong with a certificate, in the terms of RFC 8460 section 4.3.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// It is for another name.
    #[error("the certificate is for another name")]
    HostMismatch,
    /// It has expired, or something above it has.
    #[error("the certificate has expired")]
    Expired,
    /// It is not valid yet.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// It leads to no authority that is trusted.
    #[error("the certificate leads to no trusted authority")]
    NotTrusted,
    /// It is malformed, or signed in a way that is not accepted.
    #[error("the certificate cannot be verified: {0}")]
    Invalid(String),
    /// No TLSA record names it.
    #[error("no TLSA record names the certificate")]
    NotNamed,
}

/// What a server showed, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// Its own certificate.
    pub(crate) certificate: Certificate,
    /// Whether the certificate leads to a trusted authority and is for the host's name.
    pub(crate) pkix: Result<(), Fault>,
    /// Whether a TLSA record names it, and which; `None` where there are none to be used.
    pub(crate) dane: Option<Result<dane::Tlsa, Fault>>,
}

impl Judgement {
    /// What the certificate proves at best. `covered` is whether an MTA-STS policy covers the host, `mx_secure` whether the list of mail servers is proved, and
    /// `name_secure` whether the host's addresses are, too.
    ///
    /// Where a usable TLSA record is published and none names the certificate, the server is not who the domain says, whatever an authority says of it.
    /// Where the list of servers is not proved, a record that does proves the host and not that it is the domain's: that is worth a verified name
    /// (RFC 7672 section 2.2.1).
    pub(crate) fn assurance(&self, covered: bool, mx_secure: bool, name_secure: bool) -> Assurance {
        let by_name = match &self.pkix {
            Ok(()) if covered => Level::MtaSts,
            Ok(()) => Level::Verified,
            Err(_) => Level::Encrypted,
        };
        let level = match &self.dane {
            Some(Ok(_)) if mx_secure => Level::Dane,
            Some(Ok(_)) => by_name.max(Level::Verified),
            Some(Err(_)) => Level::Encrypted,
            None => by_name,
        };
        Assurance { level, name_secure: mx_secure && name_secure }
    }
}

impl Fault {
    /// Its code.
    pub(crate) const fn code(&self) -> Code {
        match self {
            Self::HostMismatch => Code::CertificateHostMismatch,
            Self::Expired => Code::CertificateExpired,
            Self::NotYetValid => Code::CertificateNotYetValid,
            Self::NotTrusted => Code::CertificateNotTrusted,
            Self::Invalid(_) => Code::CertificateInvalid,
            Self::NotNamed => Code::TlsaMismatch,
        }
    }
}

/// The names a certificate may be for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    /// The host that was connected to.
    pub(crate) host: &'a Domain,
    /// Further names that count beside it for usage 2 of DANE, such as the domain of the recipient where DNS was secure (RFC 7672 section 3.2.2).
    pub(crate) also: &'a [Domain],
}

/// The authorities that are trusted beside what DNS names.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    authorities: Option<Arc<WebPkiServerVerifier>>,
}

impl Trust {
    /// Trusts these authorities; without any, no certificate is `Verified`.
    pub(crate) fn new(roots: RootCertStore) -> Self {
        Self { authorities: verifier(roots) }
    }

    /// Judges the chain that a server showed, its own certificate first.
    pub(crate) fn judge(
        &self,
        chain: &[CertificateDer<'_>],
        names: Names<'_>,
        associations: Option<&Associations>,
        now: UnixTime,
    ) -> Option<Judgement> {
        let (leaf, rest) = chain.split_first()?;
        let own = Shown::read(leaf);
        let pkix = match &self.authorities {
            Some(authorities) => verify(authorities, leaf, rest, names.host, now),
            None => Err(Fault::NotTrusted),
        };
        let dane = associations.filter(|associations| associations.are_usable());
        let dane = dane.map(|associations| named(associations, &own, (leaf, rest), names, now));
        Some(Judgement { certificate: own.facts, pkix, dane })
    }
}

/// Looks for a record that names the certificate, or an authority above it.
fn named(
    associations: &Associations,
    own: &Shown,
    (leaf, rest): (&CertificateDer<'_>, &[CertificateDer<'_>]),
    names: Names<'_>,
    now: UnixTime,
) -> Result<dane::Tlsa, Fault> {
    let certificate = dane::Certificate { der: leaf, public_key: own.public_key.as_deref() };
    if let Some(association) = associations.end_entity(certificate) {
        return Ok(association.record().clone());
    }
    let keys: Vec<_> = rest.iter().map(|authority| Shown::read(authority).public_key).collect();
    let authorities: Vec<_> = rest
        .iter()
        .zip(&keys)
        .map(|(authority, key)| dane::Certificate { der: authority, public_key: key.as_deref() })
        .collect();
    let mut fault = Fault::NotNamed;
    for (place, association) in associations.trust_anchors(&authorities) {
        let Some(anchor) = rest.get(place) else { continue };
        match under_anchor(anchor, leaf, rest, names, now) {
            Ok(()) => return Ok(association.record().clone()),
            Err(why) => fault = why,
        }
    }
    Err(fault)
}

/// Whether the chain leads to this authority, which DNS named, and the certificate is for one of the names.
fn under_anchor(
    anchor: &CertificateDer<'_>,
    leaf: &CertificateDer<'_>,
    rest: &[CertificateDer<'_>],
    names: Names<'_>,
    now: UnixTime,
) -> Result<(), Fault> {
    let mut roots = RootCertStore::empty();
    roots.add(anchor.clone().into_owned()).map_err(|error| Fault::Invalid(error.to_string()))?;
    let anchored = verifier(roots).ok_or(Fault::NotTrusted)?;
    let mut verdict = verify(&anchored, leaf, rest, names.host, now);
    for name in names.also {
        if verdict != Err(Fault::HostMismatch) {
            break;
        }
        verdict = verify(&anchored, leaf, rest, name, now);
    }
    verdict
}

fn verifier(roots: RootCertStore) -> Option<Arc<WebPkiServerVerifier>> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), crate::tls::provider()).build().ok()
}

fn verify(
    verifier: &WebPkiServerVerifier,
    leaf: &CertificateDer<'_>,
    rest: &[CertificateDer<'_>],
    name: &Domain,
    now: UnixTime,
) -> Result<(), Fault> {
    let name = ServerName::try_from(name.as_str()).map_err(|error| Fault::Invalid(error.to_string()))?;
    verifier.verify_server_cert(leaf, rest, &name, &[], now).map(drop).map_err(|error| fault(&error, rest))
}

fn fault(error: &rustls::Error, rest: &[CertificateDer<'_>]) -> Fault {
    let rustls::Error::InvalidCertificate(error) = error else { return Fault::Invalid(error.to_string()) };
    match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Fault::HostMismatch,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Fault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Fault::NotYetValid,
        // What an authority signs with a weak key counts for as much as if it had not: nothing.
        CertificateError::BadSignature if let Some(weak) = weak_authority(rest) => {
            Fault::Invalid(format!("an authority above it has a weak key ({weak})"))
        }
        // An issuer of the right name with another key is another issuer.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Fault::NotTrusted,
        CertificateError::UnsupportedSignatureAlgorithmContext { .. } => {
            Fault::Invalid("it is signed with an algorithm that is not accepted, such as SHA-1".into())
        }
        other => Fault::Invalid(other.to_string()),
    }
}

fn weak_authority(rest: &[CertificateDer<'_>]) -> Option<String> {
    rest.iter().map(Shown::read).find(|authority| authority.is_weak).map(|authority| authority.facts.key)
}
