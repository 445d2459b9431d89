//! A private Internet of names on loopback, for tests (feature `testing`): a root of its own, signed and broken zones below it, served by programs
//! that nobody here wrote.
//!
//! ```text
//!   our resolver ──> recursive (unbound, believes everything) ──┐
//!        └─────────> Middle (changes what it likes) ──┘         ├──> authority (nsd, zones signed by ldns-signzone)
//!   second opinion: validating (unbound, the root's anchor) ────┘
//! ```
//!
//! [`Bed::start`] serves the zones of [`standard_zones`]; [`Bed::with_zones`] those of a test. Everything stops, and its folder goes, when the bed is dropped
//! or the test process ends in any way.

mod bed;
mod middle;
mod process;
mod rows;
mod zone;

pub use bed::Bed;
pub use middle::{AnyRecord, Asked, Middle, Reply, Seat};
pub use rows::standard_zones;
pub use zone::{Algorithm, Denial, Fault, Zone};

use jiff::Timestamp;
use model::chance::Clock;
use std::sync::Mutex;

/// A clock that a test sets. It begins with the true time, for signatures are held against that as well.
#[derive(Debug)]
pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    /// A clock that shows the present moment until it is set.
    #[expect(
        clippy::disallowed_methods,
        reason = "the signatures of the bed are valid now, by the clock of its servers"
    )]
    pub fn new() -> Self {
        Self(Mutex::new(Timestamp::now()))
    }

    /// Puts the clock forward.
    pub fn advance(&self, by: jiff::SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = now.checked_add(by).unwrap_or(*now);
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
