//! Sealed values: small secrets at rest.
//!
//! The first byte of a sealed value names the suite that made it:
//!
//! ```text
//! 1  AES-256-GCM       01 | nonce (12) | ciphertext | tag (16)
//! 2  HPKE with X-Wing  02 | encapsulated key (1120) | ciphertext | tag (16)
//! ```
//!
//! Suite 2 is HPKE (RFC 9180) in base mode with X-Wing, HKDF-SHA-256 and AES-256-GCM. Associated data of both is the suite
//! byte, the label of the [`Purpose`], a zero byte, and the 16 bytes of the id of what the value belongs to.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use hpke::{
    Deserializable as _, OpModeR, OpModeS, Serializable as _, aead::AesGcm256, kdf::HkdfSha256, kem::XWing,
    single_shot_open, single_shot_seal_with_rng,
};
use model::{Entropy, chance};
use zeroize::Zeroizing;

use crate::{
    key::SecretKey,
    pair::{Draw, PrivateKey, PublicKey},
    purpose::Purpose,
};

/// The longest plaintext of a sealed value, in bytes. What can be longer is a content object.
pub const PLAINTEXT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// By how many bytes a value sealed under a symmetric key is longer than its plaintext.
pub const OVERHEAD_BYTES: usize = 1 + NONCE_LEN + TAG_BYTES;
/// By how many bytes a value sealed to a public key is longer than its plaintext.
pub const OVERHEAD_TO_BYTES: usize = 1 + ENCAPSULATED_BYTES + TAG_BYTES;

const SYMMETRIC: u8 = 1;
const HYBRID: u8 = 2;
const TAG_BYTES: usize = 16;
const ENCAPSULATED_BYTES: usize = 1120;

/// The `info` of HPKE (RFC 9180 section 5.1): separates our use of the scheme from others.
const HPKE_INFO: &[u8] = b"siegelpost/1/sealed value";

/// A sealed value, as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// A value read from where it was stored. Whether it opens is for [`open`] or [`open_with`] to say.
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes to store.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Whether this was sealed to a public key and not under a symmetric key.
    pub fn is_to_public_key(&self) -> bool {
        self.0.first() == Some(&HYBRID)
    }

    /// What follows the suite byte, if that byte is `suite`.
    fn body(&self, suite: u8) -> Result<&[u8], OpenError> {
        match self.0.split_first() {
            None => Err(OpenError::Truncated),
            Some((&found, body)) if found == suite => Ok(body),
            Some((&SYMMETRIC, _)) => Err(OpenError::NeedsSymmetricKey),
            Some((&HYBRID, _)) => Err(OpenError::NeedsPrivateKey),
            Some((&found, _)) => Err(OpenError::UnknownSuite(found)),
        }
    }

    /// What stands in front of the ciphertext, `FRONT` bytes of it, and the ciphertext with its tag, of a value of this suite.
    fn parts<const FRONT: usize>(&self, suite: u8) -> Result<(&[u8; FRONT], &[u8]), OpenError> {
        let (front, ciphertext) = self.body(suite)?.split_first_chunk().ok_or(OpenError::Truncated)?;
        if ciphertext.len() < TAG_BYTES {
            return Err(OpenError::Truncated);
        }
        Ok((front, ciphertext))
    }
}

impl From<Vec<u8>> for Sealed {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Sealed {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes, suite {})", self.0.len(), self.0.first().copied().unwrap_or_default())
    }
}

/// Why something was not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The plaintext is longer than the limit of its kind.
    #[error("too long to be sealed")]
    TooLong,
    /// The cryptographic library refused; with keys of the right length it never does.
    #[error("the cryptographic library refused to seal")]
    Refused,
}

/// Why something did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// There are fewer bytes than any value of this kind has.
    #[error("the sealed value is truncated")]
    Truncated,
    /// The value, or the content object, says it was made by a suite this version does not know.
    #[error("sealed by an unknown suite ({0})")]
    UnknownSuite(u8),
    /// The value was sealed under a symmetric key, and a private key was offered.
    #[error("sealed under a symmetric key, not to a public key")]
    NeedsSymmetricKey,
    /// The value was sealed to a public key, and a symmetric key was offered.
    #[error("sealed to a public key, not under a symmetric key")]
    NeedsPrivateKey,
    /// Another key, another purpose, another id, or altered bytes: which of them cannot be told.
    #[error("the sealed value does not open with this key, purpose and id")]
    Refused,
    /// It opened, and what was inside is not what its purpose promises.
    #[error("what was sealed is not what its purpose promises")]
    Unexpected,
}

/// The beginning of a sealed value, with room for the rest; refuses what is too long.
fn begin(suite: u8, plaintext: &[u8], overhead_bytes: usize) -> Result<Vec<u8>, SealError> {
    if plaintext.len() > PLAINTEXT_BYTES_MAX {
        return Err(SealError::TooLong);
    }
    let mut sealed = Vec::with_capacity(plaintext.len().saturating_add(overhead_bytes));
    sealed.push(suite);
    Ok(sealed)
}

/// Seals `plaintext` under a symmetric key, for one purpose and one thing.
///
/// The nonce is random: up to 2^32 values may be sealed under one key (NIST SP 800-38D section 8.3).
pub fn seal(
    key: &SecretKey,
    purpose: Purpose,
    id: &[u8; 16],
    plaintext: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Sealed, SealError> {
    let mut sealed = begin(SYMMETRIC, plaintext, OVERHEAD_BYTES)?;
    let nonce: [u8; NONCE_LEN] = chance::draw(entropy);
    sealed.extend_from_slice(&nonce);
    let front = sealed.len();
    sealed.extend_from_slice(plaintext);
    let body = sealed.get_mut(front..).ok_or(SealError::Refused)?;
    let tag = cipher(key)
        .and_then(|cipher| {
            let aad = Aad::from(associated_data(SYMMETRIC, purpose, id));
            cipher.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad, body).ok()
        })
        .ok_or(SealError::Refused)?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(Sealed(sealed))
}

/// Opens what [`seal`] sealed under the same key, for the same purpose and thing.
pub fn open(
    key: &SecretKey,
    purpose: Purpose,
    id: &[u8; 16],
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (nonce, ciphertext) = sealed.parts::<NONCE_LEN>(SYMMETRIC)?;
    let mut plaintext = Zeroizing::new(ciphertext.to_vec());
    let aad = Aad::from(associated_data(SYMMETRIC, purpose, id));
    let opened = cipher(key)
        .and_then(|cipher| cipher.open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut plaintext).ok())
        .ok_or(OpenError::Refused)?
        .len();
    plaintext.truncate(opened);
    Ok(plaintext)
}

/// Seals `plaintext` to a public key, for one purpose and one thing. Only the private key opens it.
pub fn seal_to(
    key: &PublicKey,
    purpose: Purpose,
    id: &[u8; 16],
    plaintext: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Sealed, SealError> {
    let mut sealed = begin(HYBRID, plaintext, OVERHEAD_TO_BYTES)?;
    let (encapsulated, ciphertext) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, XWing>(
        &OpModeS::Base,
        key.as_hpke(),
        HPKE_INFO,
        plaintext,
        &associated_data(HYBRID, purpose, id),
        &mut Draw(entropy),
    )
    .map_err(|_| SealError::Refused)?;
    sealed.extend_from_slice(&encapsulated.to_bytes());
    sealed.extend_from_slice(&ciphertext);
    Ok(Sealed(sealed))
}

/// Opens what [`seal_to`] sealed to this private key's public half, for the same purpose and thing.
pub fn open_with(
    key: &PrivateKey,
    purpose: Purpose,
    id: &[u8; 16],
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (encapsulated, ciphertext) = sealed.parts::<ENCAPSULATED_BYTES>(HYBRID)?;
    let encapsulated = <XWing as hpke::Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| OpenError::Refused)?;
    single_shot_open::<AesGcm256, HkdfSha256, XWing>(
        &OpModeR::Base,
        key.as_hpke(),
        &encapsulated,
        HPKE_INFO,
        ciphertext,
        &associated_data(HYBRID, purpose, id),
    )
    .map(Zeroizing::new)
    .map_err(|_| OpenError::Refused)
}

/// What a value is bound to: suite, purpose and the id of what it belongs to.
fn associated_data(suite: u8, purpose: Purpose, id: &[u8; 16]) -> Vec<u8> {
    [&[suite], purpose.label().as_bytes(), &[0], id].concat()
}

/// The AES-256-GCM cipher under `key`; `None` never happens, because the length of the key is right.
pub(crate) fn cipher(key: &SecretKey) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key.expose()).ok().map(LessSafeKey::new)
}

/// Opens a sealed key of 32 bytes.
pub(crate) fn secret_key(bytes: &Zeroizing<Vec<u8>>) -> Result<SecretKey, OpenError> {
    SecretKey::from_slice(bytes).ok_or(OpenError::Unexpected)
}
