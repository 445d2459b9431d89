//! The world outside: the wall clock and the operating system's randomness, handed to everything that needs them.

use app::Chance;
use jiff::Timestamp;
use model::{Entropy, chance::Clock};

/// The wall clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the wall clock is read")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemChance;

impl Chance for SystemChance {
    fn entropy(&self) -> Box<dyn Entropy> {
        Box::new(Self)
    }
}

impl Entropy for SystemChance {
    #[expect(clippy::disallowed_methods, reason = "the one place where randomness is drawn")]
    fn fill(&mut self, bytes: &mut [u8]) {
        if aws_lc_rs::rand::fill(bytes).is_err() {
            // Going on with predictable keys would be worse than any outage.
            std::process::abort();
        }
    }
}
