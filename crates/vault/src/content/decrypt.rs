//! Content on its way out.

use zeroize::Zeroizing;

use super::{Chunks, DataKey, HEADER_BYTES, SEALED_CHUNK_BYTES, plaintext_bytes};
use crate::{key::SecretKey, seal::OpenError};

/// Decrypts one content object as its bytes arrive.
///
/// Every chunk is verified before a byte of it is released. That the object was not cut off between two chunks is known
/// only when [`Self::finish`] succeeds: until then, what was released is the true beginning of the content.
pub struct Decryptor {
    key: SecretKey,
    id: [u8; 16],
    chunks: Option<Chunks>,
    waiting: Zeroizing<Vec<u8>>,
    number: u32,
}

impl Decryptor {
    /// Begins the object `id`.
    pub fn new(key: &DataKey, id: &[u8; 16]) -> Self {
        Self {
            key: key.chunks(),
            id: *id,
            chunks: None,
            waiting: Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_BYTES)),
            number: 0,
        }
    }

    /// Takes the next bytes of the object, and appends what can be released of the content to `content`.
    ///
    /// After an error the object is worth nothing; the decryptor must not be used further.
    pub fn update(&mut self, mut object: &[u8], content: &mut Vec<u8>) -> Result<(), OpenError> {
        while !object.is_empty() {
            let whole = if self.chunks.is_some() { SEALED_CHUNK_BYTES } else { HEADER_BYTES };
            if self.chunks.is_some() && self.waiting.len() == whole {
                // More bytes follow, so that this chunk was not the last.
                self.release(false, content)?;
                self.number = self.number.checked_add(1).ok_or(OpenError::Unexpected)?;
            }
            let room = whole.saturating_sub(self.waiting.len());
            let (taken, left) = object.split_at_checked(room).unwrap_or((object, &[]));
            self.waiting.extend_from_slice(taken);
            object = left;
            if self.chunks.is_none()
                && let Ok(header) = self.waiting.as_slice().try_into()
            {
                self.chunks = Some(Chunks::under(&self.key, &self.id, header)?);
                self.waiting.clear();
            }
        }
        Ok(())
    }

    /// Ends the object and appends the rest of the content to `content`; fails if the object was cut off.
    pub fn finish(mut self, content: &mut Vec<u8>) -> Result<(), OpenError> {
        self.release(true, content)
    }

    fn release(&mut self, last: bool, content: &mut Vec<u8>) -> Result<(), OpenError> {
        let chunks = self.chunks.as_ref().ok_or(OpenError::Truncated)?;
        let opened = chunks.open_in_place(self.number, last, &mut self.waiting)?;
        content.extend_from_slice(self.waiting.get(..opened).ok_or(OpenError::Truncated)?);
        self.waiting.clear();
        Ok(())
    }
}

/// Decrypts an object that is there as a whole.
pub fn decrypt(key: &DataKey, id: &[u8; 16], object: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let length = plaintext_bytes(object.len() as u64).and_then(|bytes| usize::try_from(bytes).ok());
    let mut content = Zeroizing::new(Vec::with_capacity(length.ok_or(OpenError::Truncated)?));
    let mut decryptor = Decryptor::new(key, id);
    decryptor.update(object, &mut content)?;
    decryptor.finish(&mut content)?;
    Ok(content)
}
