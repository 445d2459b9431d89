//! Chance that is none, for tests that compare bytes.

use model::Entropy;

/// Yields 0, 1, 2 and so on, wrapping.
pub(crate) struct Ramp(pub(crate) u8);

impl Entropy for Ramp {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }
}
