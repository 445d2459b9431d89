//! Room for whole messages: what cannot be done piece by piece, such as taking a mail apart, has all of it in memory.
//!
//! One message is bounded by the intake. Many at once are bounded here: whoever opens one takes a share of the room for all that is made of it, and keeps
//! what the answer needs until that is sent. When the room is used up, the next one waits for its turn; the edge bounds how long.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::trouble::Trouble;

/// Memory for whole messages and what is made of them, over all that are open, in bytes.
pub const ROOM_BYTES: u64 = 512 * 1024 * 1024;

/// A message is there as it came, taken apart, and as what is sent of it.
const COPIES: u64 = 3;
/// Room is given out in pieces of so many bytes.
const PIECE_BYTES: u64 = 64 * 1024;

/// The room there is.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    free: Arc<Semaphore>,
    pieces: u32,
}

/// A share of the room, until dropped.
#[derive(Debug)]
pub(crate) struct Share {
    permit: OwnedSemaphorePermit,
}

impl Room {
    pub(crate) fn new(bytes: u64) -> Self {
        let pieces = u32::try_from(bytes / PIECE_BYTES).unwrap_or(u32::MAX).max(1);
        Self { free: Arc::new(Semaphore::new(usize::try_from(pieces).unwrap_or(Semaphore::MAX_PERMITS))), pieces }
    }

    /// Waits for the share of a message. One that is larger than the whole room has it for itself.
    pub(crate) async fn share(&self, message_bytes: u64) -> Result<Share, Trouble> {
        let pieces = message_bytes.saturating_mul(COPIES).div_ceil(PIECE_BYTES);
        let pieces = u32::try_from(pieces).unwrap_or(u32::MAX).clamp(1, self.pieces);
        match Arc::clone(&self.free).acquire_many_owned(pieces).await {
            Ok(permit) => Ok(Share { permit }),
            Err(_) => Err(Trouble::Unavailable("no room for messages".into())),
        }
    }
}

impl Share {
    /// Bytes that keep their part of the share until the last of them is dropped; the rest is given back now.
    pub(crate) fn of(mut self, bytes: Vec<u8>) -> Bytes {
        let kept = usize::try_from((bytes.len() as u64).div_ceil(PIECE_BYTES)).unwrap_or(usize::MAX);
        drop(self.permit.split(self.permit.num_permits().saturating_sub(kept)));
        Bytes::from_owner(Kept { bytes, _share: self })
    }
}

struct Kept {
    bytes: Vec<u8>,
    _share: Share,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_comes_when_the_room_is_used_up_waits_until_the_bytes_are_gone() {
        let room = Room::new(4 * PIECE_BYTES);
        let first = room.share(PIECE_BYTES).await.unwrap();
        let second = room.share(1).await.unwrap();
        let bytes = first.of(vec![7; 10]);
        let third = room.share(1).await.unwrap();
        let fourth = room.share(1).await.unwrap();
        let wait = std::time::Duration::from_secs(1);
        assert!(
            tokio::time::timeout(wait, room.share(1)).await.is_err(),
            "two of three pieces were given back, and taken"
        );
        let part = bytes.slice(3..5);
        drop(bytes);
        assert!(tokio::time::timeout(wait, room.share(1)).await.is_err(), "a part of the bytes is still to be sent");
        drop(part);
        assert!(room.share(1).await.is_ok());
        drop((second, third, fourth));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_larger_than_the_room_has_it_for_itself() {
        let room = Room::new(4 * PIECE_BYTES);
        let all = room.share(u64::MAX).await.unwrap();
        assert!(tokio::time::timeout(std::time::Duration::from_secs(1), room.share(1)).await.is_err());
        drop(all);
        assert!(room.share(1).await.is_ok());
    }
}
