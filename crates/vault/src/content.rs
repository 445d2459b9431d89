//! Content objects: mails, attachments and whatever else is too long for a sealed value.
//!
//! ```text
//! header  "SPCO" | suite 01 | log2 of chunk size 10 | nonce prefix (7)          13 bytes
//! chunk   ciphertext of 65536 bytes | tag (16)                                  every chunk but the last
//! chunk   ciphertext of 1 to 65536 bytes | tag (16)                             the last; 0 only if the content is empty
//! ```
//!
//! Each chunk is AES-256-GCM with the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: "Online
//! Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015): its nonce is the random prefix, the number of the
//! chunk in four bytes, and a byte that is 1 for the last chunk only. A chunk that was moved, repeated, left out, cut off or
//! appended therefore does not open, and any chunk can be opened alone. Associated data of every chunk is the header and the
//! id of the object, so that objects cannot be swapped either.
//!
//! [`Encryptor`] and [`Decryptor`] take content as it arrives, in pieces of any size; [`Chunks`] opens single chunks for
//! reads from the middle.

mod chunks;
mod decrypt;
mod encrypt;

pub use chunks::Chunks;
pub use decrypt::{Decryptor, decrypt};
pub use encrypt::{Encryptor, encrypt};

use model::Entropy;

use crate::{
    key::SecretKey,
    pair::{PrivateKey, PublicKey},
    purpose::Purpose,
    seal::{OpenError, SealError, Sealed, open, open_with, seal, seal_to, secret_key},
};

/// Length of the header, in bytes.
pub const HEADER_BYTES: usize = 13;
/// Length of the plaintext of every chunk but the last, in bytes.
pub const CHUNK_BYTES: usize = 1 << CHUNK_BYTES_LOG2;
/// Length of a sealed chunk, the last excepted, in bytes.
pub const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;
/// The most chunks of an object: the counter has four bytes.
pub const CHUNKS_MAX: u64 = 1 << 32;

const MAGIC: [u8; 4] = *b"SPCO";
const SUITE: u8 = 1;
const CHUNK_BYTES_LOG2: u8 = 16;
const PREFIX_BYTES: usize = 7;
const TAG_BYTES: usize = 16;

/// The key of one content object and of what is derived from its content. Fresh for every object.
#[derive(Debug, PartialEq, Eq)]
pub struct DataKey(SecretKey);

/// Whoever reads the content and whoever keeps its row may hold the key at the same time; each erases its own.
impl Clone for DataKey {
    fn clone(&self) -> Self {
        Self(SecretKey::from_bytes(*self.0.expose()))
    }
}

impl DataKey {
    /// Draws a fresh data key.
    pub fn generate(entropy: &mut dyn Entropy) -> Self {
        Self(SecretKey::generate(entropy))
    }

    /// Seals the data key under a symmetric key.
    pub fn seal(
        &self,
        key: &SecretKey,
        purpose: Purpose,
        id: &[u8; 16],
        entropy: &mut dyn Entropy,
    ) -> Result<Sealed, SealError> {
        seal(key, purpose, id, self.0.expose(), entropy)
    }

    /// Seals the data key to a public key.
    pub fn seal_to(
        &self,
        key: &PublicKey,
        purpose: Purpose,
        id: &[u8; 16],
        entropy: &mut dyn Entropy,
    ) -> Result<Sealed, SealError> {
        seal_to(key, purpose, id, self.0.expose(), entropy)
    }

    /// Opens what [`Self::seal`] sealed.
    pub fn open(key: &SecretKey, purpose: Purpose, id: &[u8; 16], sealed: &Sealed) -> Result<Self, OpenError> {
        secret_key(&open(key, purpose, id, sealed)?).map(Self)
    }

    /// Opens what [`Self::seal_to`] sealed.
    pub fn open_with(key: &PrivateKey, purpose: Purpose, id: &[u8; 16], sealed: &Sealed) -> Result<Self, OpenError> {
        secret_key(&open_with(key, purpose, id, sealed)?).map(Self)
    }

    /// The key for sealed values that were made from the content, such as kept views.
    pub fn kept_views(&self) -> SecretKey {
        self.0.derive("kept views")
    }

    /// The key of the chunks.
    fn chunks(&self) -> SecretKey {
        self.0.derive("chunks")
    }
}

/// The length of the object with `plaintext_bytes` of content, in bytes.
pub const fn object_bytes(plaintext_bytes: u64) -> u64 {
    let chunks = plaintext_bytes.div_ceil(CHUNK_BYTES as u64);
    let chunks = if chunks == 0 { 1 } else { chunks };
    plaintext_bytes.saturating_add(chunks.saturating_mul(TAG_BYTES as u64)).saturating_add(HEADER_BYTES as u64)
}

/// The length of the content of an object with `object_bytes`, in bytes; `None` if no object has that length.
pub const fn plaintext_bytes(object_bytes: u64) -> Option<u64> {
    let Some(body) = object_bytes.checked_sub(HEADER_BYTES as u64) else { return None };
    let chunks = body.div_ceil(SEALED_CHUNK_BYTES as u64);
    let Some(plaintext) = body.checked_sub(chunks.saturating_mul(TAG_BYTES as u64)) else { return None };
    if chunks == 0 || chunks > CHUNKS_MAX || self::object_bytes(plaintext) != object_bytes {
        None
    } else {
        Some(plaintext)
    }
}
