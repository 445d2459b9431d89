//! Signing keys, read from PKCS #8 in PEM, as `openssl genpkey` writes it.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use aws_lc_rs::{digest, rsa};
use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::DkimError;

/// The shortest RSA key that signs (RFC 8301 section 3.2 recommends it).
pub const RSA_BITS_MIN: usize = 2048;

/// The longest RSA key that signs (RFC 8301 section 3.2: verifiers need not know longer ones).
pub const RSA_BITS_MAX: usize = 4096;

/// A private key of either kind.
pub struct SigningKey(Kind);

enum Kind {
    Rsa(rsa::KeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// Reads an unencrypted PKCS #8 key in PEM.
    pub fn from_pem(pem: &str) -> Result<Self, DkimError> {
        let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----").ok_or(DkimError::Pem)?;
        let (body, _) = rest.split_once("-----END PRIVATE KEY-----").ok_or(DkimError::Pem)?;
        let base64: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
        let der = Zeroizing::new(BASE64.decode(base64.as_bytes()).map_err(|_| DkimError::Pem)?);
        Self::from_pkcs8(&der)
    }

    /// Reads an unencrypted PKCS #8 key in DER.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, DkimError> {
        if let Ok(key) = Ed25519KeyPair::from_pkcs8(der) {
            return Ok(Self(Kind::Ed25519(key)));
        }
        let key = rsa::KeyPair::from_pkcs8(der).map_err(|_| DkimError::KeyType)?;
        if !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&(key.public_modulus_len() * 8)) {
            return Err(DkimError::KeySize);
        }
        Ok(Self(Kind::Rsa(key)))
    }

    /// The name of the algorithm, as in `a=`.
    pub fn algorithm(&self) -> &'static str {
        match self.0 {
            Kind::Rsa(_) => "rsa-sha256",
            Kind::Ed25519(_) => "ed25519-sha256",
        }
    }

    /// The type of the key, as in `k=`.
    pub(super) const fn key_type(&self) -> &'static str {
        match self.0 {
            Kind::Rsa(_) => "rsa",
            Kind::Ed25519(_) => "ed25519",
        }
    }

    /// The text for the DNS TXT record at `selector._domainkey.domain` (RFC 6376 section 3.6.1, RFC 8463 section 4).
    pub fn dns_record(&self) -> Result<String, DkimError> {
        Ok(format!("v=DKIM1; k={}; p={}", self.key_type(), BASE64.encode(&self.public_key()?)))
    }

    /// The public half, as it is published: RSA keys as `SubjectPublicKeyInfo`.
    fn public_key(&self) -> Result<Vec<u8>, DkimError> {
        use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
        match &self.0 {
            Kind::Rsa(key) => {
                let der: PublicKeyX509Der<'_> = key.public_key().as_der().map_err(|_| DkimError::Signing)?;
                Ok(der.as_ref().to_vec())
            }
            Kind::Ed25519(key) => Ok(key.public_key().as_ref().to_vec()),
        }
    }

    /// Whether this is the public half. RFC 6376 says literally that RSA keys are published bare, and some are.
    pub(super) fn has_public_key(&self, published: &[u8]) -> bool {
        let is_bare = matches!(&self.0, Kind::Rsa(key) if key.public_key().as_ref() == published);
        is_bare || self.public_key().is_ok_and(|own| own == published)
    }

    /// Signs what the `b=` tag covers. RSA signs the data, Ed25519 its SHA-256 (RFC 8463 section 3).
    pub(super) fn sign(&self, data: &[u8]) -> Result<Vec<u8>, DkimError> {
        match &self.0 {
            Kind::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                // PKCS #1 v1.5 draws no chance: the argument is there for other paddings.
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature)
                    .map_err(|_| DkimError::Signing)?;
                Ok(signature)
            }
            Kind::Ed25519(key) => {
                let hash = digest::digest(&digest::SHA256, data);
                Ok(key.try_sign(hash.as_ref()).map_err(|_| DkimError::Signing)?.as_ref().to_vec())
            }
        }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({}, redacted)", self.algorithm())
    }
}
