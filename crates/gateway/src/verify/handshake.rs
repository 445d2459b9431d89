//! The TLS settings towards other mail servers, and a handshake that takes any certificate.

use std::{io, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{
        CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
        verify_tls13_signature_with_raw_key,
    },
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
};

use super::Shown;
use crate::tls::TlsError;

/// Which algorithms are offered. Both begin at TLS 1.2 with forward secrecy; TLS compression and renegotiation do not exist here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsProfile {
    /// What BSI TR-02102-2 (2026-01) recommends, as far as it is there: AES-GCM on the NIST curves, hybrid with ML-KEM first.
    Bsi,
    /// The same, and X25519 and ChaCha20-Poly1305 behind it, for servers that have nothing else.
    #[default]
    Compat,
}

impl TlsProfile {
    fn provider(self) -> CryptoProvider {
        use aws_lc_rs::{cipher_suite as suite, kx_group as group};
        let mut provider = aws_lc_rs::default_provider();
        provider.cipher_suites = vec![
            suite::TLS13_AES_256_GCM_SHA384,
            suite::TLS13_AES_128_GCM_SHA256,
            suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ];
        provider.kx_groups = vec![group::SECP256R1MLKEM768, group::SECP256R1, group::SECP384R1];
        if self == Self::Compat {
            provider.cipher_suites.extend([
                suite::TLS13_CHACHA20_POLY1305_SHA256,
                suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
                suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            ]);
            provider.kx_groups = vec![
                group::X25519MLKEM768,
                group::SECP256R1MLKEM768,
                group::X25519,
                group::SECP256R1,
                group::SECP384R1,
            ];
        }
        provider
    }
}

/// Settings that take any certificate, to be judged afterwards.
///
/// Sessions are not resumed: a resumed session shows no certificate, and what was right then may be wrong now.
pub(crate) fn client(profile: TlsProfile) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(profile.provider());
    let verifier = AnyCertificate(provider.signature_verification_algorithms);
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Settings(error.to_string()))?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// The key of a certificate is weak: that somebody has it proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the certificate's key is weak: {0}")]
pub(crate) struct WeakKey(String);

impl WeakKey {
    /// Whether a handshake ended for this.
    pub(crate) fn ended(handshake: &io::Error) -> Option<&Self> {
        match handshake.get_ref()?.downcast_ref()? {
            Error::InvalidCertificate(CertificateError::Other(OtherError(why))) => why.downcast_ref(),
            _ => None,
        }
    }
}

/// Takes any certificate, and asks only for the proof that the server has its key; so the key must be worth something, whatever vouches for it.
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = Shown::read(end_entity);
        if shown.is_weak {
            let weak = Arc::new(WeakKey(shown.facts.key));
            return Err(Error::InvalidCertificate(CertificateError::Other(OtherError(weak))));
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0)
    }

    /// A certificate that is too old or too strange to be verified still has a key, and DANE may name just that (RFC 7671 section 5.1).
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match verify_tls13_signature(message, certificate, signed, &self.0) {
            Err(Error::InvalidCertificate(why)) => match Shown::read(certificate).public_key {
                Some(key) => {
                    let key = SubjectPublicKeyInfoDer::from(key);
                    verify_tls13_signature_with_raw_key(message, &key, signed, &self.0)
                }
                None => Err(Error::InvalidCertificate(why)),
            },
            verdict => verdict,
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
