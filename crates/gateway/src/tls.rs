//! Certificates, and the TLS settings of both directions.
//!
//! TLS 1.2 and 1.3 only, by `rustls` with `aws-lc-rs` as its provider, which is named explicitly everywhere: nothing here depends
//! on a default of the process. The certificate of the intake sits in a [`ServerCertificate`], where it can be replaced while
//! connections run; each handshake takes the one that lies there.

use std::fmt;
use std::sync::{Arc, LazyLock};

use app::outgoing::Protection;
use arc_swap::ArcSwap;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, CommonState, RootCertStore, ServerConfig};
use wire::dane::Tlsa;

use crate::verify::Shown;

/// Why TLS cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// A file holds no certificate or no key, or the key does not belong to the certificate.
    #[error("the certificate or key cannot be used: {0}")]
    Certificate(String),
    /// The certificates that others are checked against cannot be used.
    #[error("the trusted certificates cannot be used: {0}")]
    Roots(String),
    /// The provider and the settings do not fit.
    #[error("TLS cannot be set up: {0}")]
    Settings(String),
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// A certificate with its chain and private key, from PEM.
#[derive(Clone)]
pub struct Certificate(Arc<CertifiedKey>);

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate(redacted)")
    }
}

impl Certificate {
    /// Reads a chain, own certificate first, and its private key (PKCS#8, PKCS#1 or SEC1), and checks that they belong together.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let wrong = |error: &dyn fmt::Display| TlsError::Certificate(error.to_string());
        let chain = certificates(chain).map_err(|error| wrong(&error))?;
        if chain.is_empty() {
            return Err(TlsError::Certificate("no certificate found".into()));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| wrong(&error))?;
        let certified = CertifiedKey::from_der(chain, key, &provider()).map_err(|error| wrong(&error))?;
        Ok(Self(Arc::new(certified)))
    }
}

impl Certificate {
    /// The TLSA record for its key. `None` where the certificate cannot be read.
    pub fn tlsa(&self) -> Option<Tlsa> {
        let key = Shown::read(self.0.cert.first()?).public_key?;
        Some(Tlsa::of_key(&key))
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_slice_iter(pem).collect()
}

/// Certificates that others must lead to, from PEM.
#[derive(Debug, Clone, Default)]
pub struct Roots(Vec<CertificateDer<'static>>);

impl Roots {
    /// Reads one or more certificates.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TlsError> {
        let roots = certificates(pem).map_err(|error| TlsError::Roots(error.to_string()))?;
        if roots.is_empty() {
            return Err(TlsError::Roots("no certificate found".into()));
        }
        Ok(Self(roots))
    }

    fn add_to(&self, store: &mut RootCertStore) -> Result<(), TlsError> {
        for root in &self.0 {
            store.add(root.clone()).map_err(|error| TlsError::Roots(error.to_string()))?;
        }
        Ok(())
    }
}

/// The certificate that a server shows; it can be replaced while the server runs.
#[derive(Debug, Clone)]
pub struct ServerCertificate(Arc<Slot>);

#[derive(Debug)]
struct Slot(ArcSwap<Certificate>);

impl ServerCertificate {
    /// Begins with this certificate.
    pub fn new(certificate: Certificate) -> Self {
        Self(Arc::new(Slot(ArcSwap::from_pointee(certificate))))
    }

    /// The TLSA record for the one that is shown now.
    pub fn tlsa(&self) -> Option<Tlsa> {
        self.0.0.load().tlsa()
    }

    /// Shows this one from the next handshake on.
    pub fn replace(&self, certificate: Certificate) {
        self.0.0.store(Arc::new(certificate));
    }
}

impl ResolvesServerCert for Slot {
    fn resolve(&self, _client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.load().0))
    }
}

/// The settings of the intake. With `client_roots`, clients can show a certificate; one that does not lead there ends the handshake.
pub(crate) fn server(
    certificate: &ServerCertificate,
    client_roots: Option<&Roots>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let settings = |error: &dyn fmt::Display| TlsError::Settings(error.to_string());
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| settings(&error))?;
    let builder = match client_roots {
        None => builder.with_no_client_auth(),
        Some(roots) => {
            let mut store = RootCertStore::empty();
            roots.add_to(&mut store)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(store), provider())
                .allow_unauthenticated()
                .build()
                .map_err(|error| TlsError::Roots(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(&certificate.0) as Arc<dyn ResolvesServerCert>;
    Ok(Arc::new(builder.with_cert_resolver(resolver)))
}

/// What this machine trusts, and the `extra` roots.
pub(crate) fn with_extra(native: &RootCertStore, extra: &Roots) -> Result<RootCertStore, TlsError> {
    let mut roots = native.clone();
    extra.add_to(&mut roots)?;
    Ok(roots)
}

/// The settings towards a next server: full verification (RFC 5280) against what this machine trusts and the `extra` roots.
pub(crate) fn client(native: &RootCertStore, extra: &Roots) -> Result<Arc<ClientConfig>, TlsError> {
    let roots = with_extra(native, extra)?;
    let settings = |error: &dyn fmt::Display| TlsError::Settings(error.to_string());
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| settings(&error))?;
    if roots.is_empty() {
        return Err(TlsError::Roots("neither this machine nor the configuration trusts any certificate".into()));
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|error| TlsError::Roots(error.to_string()))?;
    let mut config = builder.with_webpki_verifier(verifier).with_no_client_auth();
    // A resumed session would not show its certificate again, and it may have expired meanwhile.
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// The certificates that this machine trusts, as they were when they were first asked for. Those that cannot be read are left out and logged.
pub(crate) fn native_roots() -> &'static RootCertStore {
    static NATIVE: LazyLock<RootCertStore> = LazyLock::new(|| {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "a trusted certificate of this machine cannot be read");
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs);
        roots
    });
    &NATIVE
}

/// What the handshake agreed on, in the words of the standards.
pub(crate) struct Agreed {
    pub(crate) version: String,
    pub(crate) suite: String,
    pub(crate) group: String,
}

impl Agreed {
    pub(crate) fn read(connection: &CommonState) -> Self {
        let shown = |value: Option<&dyn fmt::Debug>| value.map_or_else(String::new, |value| format!("{value:?}"));
        let version = connection.protocol_version();
        let suite = connection.negotiated_cipher_suite().map(|suite| suite.suite());
        let group = connection.negotiated_key_exchange_group().map(SupportedKxGroup::name);
        Self {
            version: shown(version.as_ref().map(|value| value as &dyn fmt::Debug)),
            suite: shown(suite.as_ref().map(|value| value as &dyn fmt::Debug)),
            group: shown(group.as_ref().map(|value| value as &dyn fmt::Debug)),
        }
    }

    /// As it is kept with the attempt (P6).
    pub(crate) fn verified(self, server: &str) -> Protection {
        Protection::Verified { server: server.to_owned(), version: self.version, suite: self.suite, group: self.group }
    }
}
