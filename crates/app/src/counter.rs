//! Counts in memory what is written down from time to time, all that is alike at once.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// The most different things that are counted until they are written down.
pub(crate) const KINDS_MAX: usize = 10_000;

/// How often each thing came since the counts were last taken.
#[derive(Debug)]
pub(crate) struct Counter<K>(Mutex<BTreeMap<K, u64>>);

impl<K> Default for Counter<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord> Counter<K> {
    /// Counts. Where [`KINDS_MAX`] wait, what is new is forgotten, and what is known counts on.
    pub(crate) fn add(&self, kind: K, number: u64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&kind) {
            *count = count.saturating_add(number);
        } else if counts.len() < KINDS_MAX {
            counts.insert(kind, number);
        }
    }

    /// Hands over what was counted, and begins anew. What cannot be written is to be [added](Self::add) again.
    pub(crate) fn take(&self) -> Vec<(K, u64)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_has_an_end_and_what_is_known_counts_on() {
        let counter = Counter::default();
        (0..=KINDS_MAX).for_each(|kind| counter.add(kind, 1));
        counter.add(0, 2);
        let counts = counter.take();
        assert_eq!(
            (counts.len(), counts.first(), counts.last()),
            (KINDS_MAX, Some(&(0, 3)), Some(&(KINDS_MAX - 1, 1)))
        );
        assert_eq!(counter.take(), []);
        counter.add(7, u64::MAX);
        counter.add(7, 1);
        assert_eq!(counter.take(), [(7, u64::MAX)]);
    }
}
