//! A clock and dice for tests.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use app::Chance;
use jiff::{SignedDuration, Timestamp};
use model::{Entropy, chance::Clock};

/// A clock that stands still until it is moved.
pub(crate) struct Hand(AtomicI64);

impl Hand {
    pub(crate) fn at(moment: Timestamp) -> Self {
        Self(AtomicI64::new(moment.as_microsecond()))
    }

    pub(crate) fn advance(&self, time: SignedDuration) {
        self.0.fetch_add(i64::try_from(time.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// Chance that is the same in every run: each source continues where the house's count stands (`SplitMix64`).
#[derive(Default)]
pub(crate) struct Dice(AtomicU64);

pub(crate) struct Rolls(pub(crate) u64);

impl Chance for Dice {
    fn entropy(&self) -> Box<dyn Entropy> {
        Box::new(Rolls(self.0.fetch_add(1 << 32, Ordering::SeqCst)))
    }
}

impl Entropy for Rolls {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(1);
            let mut z = self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}
