//! Answers kept for their time, within a bound of bytes; equal questions at the same time are asked once.

use std::{future::Future, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use moka::{future::Cache as Kept, policy::EvictionPolicy};

use crate::{
    answer::{Answer, Question},
    limits::{FAILURE_TTL, FOUND_TTL_MAX, NOTHING_TTL_MAX},
    lookup::{Failure, Lookup},
};

/// What the map needs for one entry beside key and value, in bytes: a generous guess.
const ENTRY_BYTES: usize = 256;

pub(crate) struct Cache {
    entries: Kept<Question, Arc<Entry>>,
}

struct Entry {
    lookup: Lookup<Answer>,
    expires_at: Timestamp,
}

impl Cache {
    pub(crate) fn new(bytes_max: u64) -> Self {
        let entries = Kept::builder()
            .max_capacity(bytes_max)
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|question: &Question, entry: &Arc<Entry>| {
                u32::try_from(weight(question, entry)).unwrap_or(u32::MAX)
            })
            .build();
        Self { entries }
    }

    /// The answer kept, if it still holds `now`; else what `ask` comes to. TTLs are what is left of them.
    pub(crate) async fn get(
        &self,
        question: Question,
        now: Timestamp,
        ask: impl Future<Output = Lookup<Answer>>,
    ) -> Lookup<Answer> {
        let fresh = async {
            let lookup = ask.await;
            Arc::new(Entry { expires_at: now.checked_add(lifetime(&lookup)).unwrap_or(now), lookup })
        };
        let entry = self.entries.entry(question).or_insert_with_if(fresh, |entry| entry.expires_at <= now).await;
        let left = entry.value().expires_at.duration_since(now);
        // Whoever asked later than the one he waited with may come when its time is over: then nothing is left, and not so much as he is late.
        with_ttl(entry.value().lookup.clone(), Duration::try_from(left).unwrap_or_default())
    }
}

/// How long an end is kept: its TTL, capped by what it is.
fn lifetime(lookup: &Lookup<Answer>) -> SignedDuration {
    let lifetime = match lookup {
        Lookup::Found { ttl, .. } => (*ttl).min(FOUND_TTL_MAX),
        Lookup::Nothing { ttl, .. } => (*ttl).min(NOTHING_TTL_MAX),
        Lookup::Failed(_) => FAILURE_TTL,
    };
    SignedDuration::try_from(lifetime).unwrap_or(SignedDuration::ZERO)
}

fn with_ttl(lookup: Lookup<Answer>, left: Duration) -> Lookup<Answer> {
    match lookup {
        Lookup::Found { records, security, .. } => Lookup::Found { records, security, ttl: left },
        Lookup::Nothing { kind, security, .. } => Lookup::Nothing { kind, security, ttl: left },
        Lookup::Failed(failure) => Lookup::Failed(failure),
    }
}

fn weight(question: &Question, entry: &Entry) -> usize {
    let content = match &entry.lookup {
        Lookup::Found { records, .. } => records.size_bytes(),
        Lookup::Nothing { .. } => 0,
        Lookup::Failed(Failure::Bogus { why } | Failure::Unavailable { why }) => why.len(),
    };
    ENTRY_BYTES + size_of::<Question>() + question.name.size_bytes() + size_of::<Entry>() + content
}

#[cfg(test)]
mod tests;
