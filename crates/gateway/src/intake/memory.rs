//! One byte budget for the content of all sessions, so that many large messages at once end in `452` and not in a lack of memory.
//!
//! Content is never held whole: it is read in pieces, encrypted, and what is large goes on to the blob store. So what a session needs
//! grows with the content only up to [`SHARE_BYTES_MAX`]. It takes a share before the content begins, by the size the client
//! declared, and adds to it if the client sends more than that.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The budget is counted in pieces of so many bytes.
const UNIT_BYTES: usize = 1024;

/// What a session takes for the shortest content, in bytes: the buffer it reads into and one piece being encrypted.
pub(super) const SHARE_BYTES_MIN: usize = 192 * 1024;

/// What a session takes for the largest content, in bytes: beside the above, the object while it can still be a small one, and a part of it
/// on its way to the blob store.
pub(super) const SHARE_BYTES_MAX: usize = 1536 * 1024;

/// The budget of all sessions.
#[derive(Debug, Clone)]
pub(super) struct Memory(Arc<Semaphore>);

/// The budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UsedUp;

/// What one session has taken; given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    memory: Memory,
    permit: OwnedSemaphorePermit,
}

/// What content of this size needs.
fn share_bytes(content_bytes: u64) -> usize {
    let content_bytes = usize::try_from(content_bytes).unwrap_or(usize::MAX);
    SHARE_BYTES_MIN.saturating_add(content_bytes.saturating_mul(2)).min(SHARE_BYTES_MAX)
}

impl Memory {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self(Arc::new(Semaphore::new((bytes_max / UNIT_BYTES).min(Semaphore::MAX_PERMITS))))
    }

    /// Takes what content of this size needs.
    pub(super) fn share(&self, content_bytes: u64) -> Result<Share, UsedUp> {
        Ok(Share { memory: self.clone(), permit: self.take(share_bytes(content_bytes))? })
    }

    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, UsedUp> {
        let units = u32::try_from(bytes.div_ceil(UNIT_BYTES)).map_err(|_| UsedUp)?;
        Arc::clone(&self.0).try_acquire_many_owned(units).map_err(|_| UsedUp)
    }
}

impl Share {
    /// Makes the share large enough for content of this size.
    pub(super) fn cover(&mut self, content_bytes: u64) -> Result<(), UsedUp> {
        let held_bytes = self.permit.num_permits() * UNIT_BYTES;
        let needed_bytes = share_bytes(content_bytes);
        if needed_bytes > held_bytes {
            // At least a quarter more each time, so that this happens seldom.
            let more_bytes = (needed_bytes - held_bytes).max(held_bytes / 4).min(SHARE_BYTES_MAX - held_bytes);
            self.permit.merge(self.memory.take(more_bytes)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_grows_with_the_content_up_to_its_limit() {
        let memory = Memory::new(2 * SHARE_BYTES_MAX);
        let mut share = memory.share(0).unwrap();
        for content_bytes in [1_000, 100_000, 1_000_000, 100_000_000, u64::MAX] {
            share.cover(content_bytes).unwrap();
            assert!(share.permit.num_permits() * UNIT_BYTES >= share_bytes(content_bytes));
        }
        assert_eq!(share.permit.num_permits() * UNIT_BYTES, SHARE_BYTES_MAX);
    }

    #[test]
    fn what_is_used_up_is_refused_until_it_is_given_back() {
        let memory = Memory::new(SHARE_BYTES_MAX);
        let mut small = memory.share(0).unwrap();
        let other = memory.share(0).unwrap();
        assert_eq!(small.cover(u64::MAX), Err(UsedUp));
        assert!(memory.share(u64::MAX).is_err());
        drop(other);
        assert_eq!(small.cover(u64::MAX), Ok(()));
        drop(small);
        assert!(memory.share(u64::MAX).is_ok());
    }
}
