//! One chunk at a time: the nonces, the associated data, and where a chunk lies.

use std::ops::Range;

use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use model::{Entropy, chance};
use zeroize::Zeroizing;

use super::{
    CHUNK_BYTES, CHUNK_BYTES_LOG2, DataKey, HEADER_BYTES, MAGIC, PREFIX_BYTES, SEALED_CHUNK_BYTES, SUITE, TAG_BYTES,
};
use crate::{
    key::SecretKey,
    layout::join,
    seal::{OpenError, SealError, cipher},
};

/// Opens the chunks of one object in any order, for reads from the middle.
pub struct Chunks {
    cipher: LessSafeKey,
    header: [u8; HEADER_BYTES],
    associated_data: [u8; HEADER_BYTES + 16],
}

impl Chunks {
    /// Prepares for the object `id` whose first [`HEADER_BYTES`] bytes are `header`.
    pub fn new(key: &DataKey, id: &[u8; 16], header: &[u8; HEADER_BYTES]) -> Result<Self, OpenError> {
        Self::under(&key.chunks(), id, header)
    }

    /// As [`Self::new`], where the key of the chunks was derived before.
    pub(super) fn under(key: &SecretKey, id: &[u8; 16], header: &[u8; HEADER_BYTES]) -> Result<Self, OpenError> {
        let [_, _, _, _, suite, chunk_bytes_log2, ..] = *header;
        if !header.starts_with(&MAGIC) {
            return Err(OpenError::Unexpected);
        }
        if suite != SUITE || chunk_bytes_log2 != CHUNK_BYTES_LOG2 {
            return Err(OpenError::UnknownSuite(suite));
        }
        Self::with(key, id, *header).ok_or(OpenError::Refused)
    }

    /// Draws the header of a fresh object.
    pub(super) fn fresh(key: &DataKey, id: &[u8; 16], entropy: &mut dyn Entropy) -> Result<Self, SealError> {
        let prefix: [u8; PREFIX_BYTES] = chance::draw(entropy);
        let header = join(&[&MAGIC, &[SUITE, CHUNK_BYTES_LOG2], &prefix]);
        Self::with(&key.chunks(), id, header).ok_or(SealError::Refused)
    }

    fn with(key: &SecretKey, id: &[u8; 16], header: [u8; HEADER_BYTES]) -> Option<Self> {
        let associated_data = join(&[&header, id]);
        Some(Self { cipher: cipher(key)?, header, associated_data })
    }

    /// Where in the object the chunk `number` lies, in bytes from its start. The last chunk may end earlier.
    pub const fn range(number: u32) -> Range<u64> {
        let start = HEADER_BYTES as u64 + (number as u64) * (SEALED_CHUNK_BYTES as u64);
        start..start + SEALED_CHUNK_BYTES as u64
    }

    pub(super) const fn header(&self) -> &[u8; HEADER_BYTES] {
        &self.header
    }

    /// Opens the chunk `number`. `last` says that the object ends with it; a wrong `last` is refused like a wrong number.
    pub fn open_chunk(&self, number: u32, last: bool, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let mut chunk = Zeroizing::new(sealed.to_vec());
        let opened = self.open_in_place(number, last, &mut chunk)?;
        chunk.truncate(opened);
        Ok(chunk)
    }

    /// Opens a chunk where it lies; the plaintext is the first bytes, and how many is returned.
    pub(super) fn open_in_place(&self, number: u32, last: bool, chunk: &mut [u8]) -> Result<usize, OpenError> {
        let plaintext = chunk.len().checked_sub(TAG_BYTES).ok_or(OpenError::Truncated)?;
        let empty = plaintext == 0 && number > 0;
        let length_fits = if last { plaintext <= CHUNK_BYTES && !empty } else { plaintext == CHUNK_BYTES };
        if !length_fits {
            return Err(OpenError::Truncated);
        }
        self.cipher
            .open_in_place(self.nonce(number, last), Aad::from(self.associated_data), chunk)
            .map(|opened| opened.len())
            .map_err(|_| OpenError::Refused)
    }

    /// Seals a chunk where it lies and appends the tag.
    pub(super) fn seal_in_place(&self, number: u32, last: bool, chunk: &mut Vec<u8>) -> Result<(), SealError> {
        self.cipher
            .seal_in_place_append_tag(self.nonce(number, last), Aad::from(self.associated_data), chunk)
            .map_err(|_| SealError::Refused)
    }

    fn nonce(&self, number: u32, last: bool) -> Nonce {
        let (_, prefix) = self.header.split_at(HEADER_BYTES - PREFIX_BYTES);
        Nonce::assume_unique_for_key(join(&[prefix, &number.to_be_bytes(), &[u8::from(last)]]))
    }
}
