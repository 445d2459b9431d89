//! Content on its way in.

use model::Entropy;
use zeroize::Zeroizing;

use super::{CHUNK_BYTES, Chunks, DataKey, HEADER_BYTES, SEALED_CHUNK_BYTES, TAG_BYTES, object_bytes};
use crate::seal::SealError;

/// The room that short content gets; what becomes longer moves into room for a whole chunk.
const SHORT_BYTES: usize = 16 * 1024;

/// Encrypts one content object as its content arrives.
///
/// Plaintext waits in one buffer, which never grows unseen, is sealed in place when a chunk is full, and erased wherever it is left unsealed.
pub struct Encryptor {
    chunks: Chunks,
    chunk: Zeroizing<Vec<u8>>,
    number: u32,
    header_written: bool,
}

impl Encryptor {
    /// Begins the object `id` under its fresh data key. A data key is used for one object only.
    pub fn new(key: &DataKey, id: &[u8; 16], entropy: &mut dyn Entropy) -> Result<Self, SealError> {
        let chunks = Chunks::fresh(key, id, entropy)?;
        let chunk = Zeroizing::new(Vec::with_capacity(SHORT_BYTES));
        Ok(Self { chunks, chunk, number: 0, header_written: false })
    }

    /// Takes the next bytes of the content, and appends what is ready of the object to `object`.
    pub fn update(&mut self, mut content: &[u8], object: &mut Vec<u8>) -> Result<(), SealError> {
        while !content.is_empty() {
            if self.chunk.len() == CHUNK_BYTES {
                self.flush(false, object)?;
                self.number = self.number.checked_add(1).ok_or(SealError::TooLong)?;
            }
            let room = CHUNK_BYTES.saturating_sub(self.chunk.len());
            let (taken, left) = content.split_at_checked(room).unwrap_or((content, &[]));
            self.make_room(taken.len());
            self.chunk.extend_from_slice(taken);
            content = left;
        }
        Ok(())
    }

    /// Moves what waits into room for a whole chunk before it would be too much. A `Vec` that grows by itself erases nothing of what it leaves.
    fn make_room(&mut self, bytes: usize) {
        let sealed = self.chunk.len().saturating_add(bytes).saturating_add(TAG_BYTES);
        if sealed > self.chunk.capacity() {
            let mut whole = Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_BYTES));
            whole.extend_from_slice(&self.chunk);
            self.chunk = whole;
        }
    }

    /// Ends the content and appends the rest of the object to `object`.
    pub fn finish(mut self, object: &mut Vec<u8>) -> Result<(), SealError> {
        self.flush(true, object)?;
        // What was sealed in place is no secret any more, and every byte of the buffer was.
        drop(std::mem::take(&mut *self.chunk));
        Ok(())
    }

    /// Seals what waits as the chunk with the present number.
    fn flush(&mut self, last: bool, object: &mut Vec<u8>) -> Result<(), SealError> {
        self.chunks.seal_in_place(self.number, last, &mut self.chunk)?;
        object.reserve(HEADER_BYTES.saturating_add(self.chunk.len()));
        if !self.header_written {
            object.extend_from_slice(self.chunks.header());
            self.header_written = true;
        }
        object.extend_from_slice(&self.chunk);
        self.chunk.clear();
        Ok(())
    }
}

/// Encrypts content that is there as a whole.
pub fn encrypt(key: &DataKey, id: &[u8; 16], content: &[u8], entropy: &mut dyn Entropy) -> Result<Vec<u8>, SealError> {
    let length = usize::try_from(object_bytes(content.len() as u64)).map_err(|_| SealError::TooLong)?;
    let mut object = Vec::with_capacity(length);
    let mut encryptor = Encryptor::new(key, id, entropy)?;
    encryptor.update(content, &mut object)?;
    encryptor.finish(&mut object)?;
    Ok(object)
}
