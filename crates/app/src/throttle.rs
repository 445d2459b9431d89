//! Slows guessing down without letting a stranger lock anybody out.
//!
//! Failures are counted in three buckets: this source for this account (strict), this source for all accounts, and, for browsers
//! that never signed in to the account, the account for all sources. The owner's own browser carries a *device cookie*
//! and has a bucket of its own, so that whatever strangers do, the owner gets in. What the table holds are keyed hashes: it names no address and no source.

use jiff::{SignedDuration, Timestamp};
use store::{Reader, Tx};
use vault::SecretKey;

use crate::{App, trouble::Trouble};

/// Failures one source may have at one account before it has to wait.
pub const FAILURES_PAIR_MAX: u32 = 5;
/// Failures one source may have over all accounts before it has to wait.
pub const FAILURES_SOURCE_MAX: u32 = 50;
/// Failures strangers may have at one account before strangers have to wait: NIST SP 800-63B-4 allows 100.
pub const FAILURES_ACCOUNT_MAX: u32 = 60;
/// The first wait; each further failure doubles it …
const WAIT_FIRST: SignedDuration = SignedDuration::from_secs(30);
/// … up to this.
const WAIT_MAX: SignedDuration = SignedDuration::from_mins(15);
/// Failures are forgotten when nothing failed for this long.
pub const FORGET_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Who tries, and what: the buckets a failure goes into.
#[derive(Debug)]
pub(crate) struct Attempt {
    buckets: Vec<(Vec<u8>, u32)>,
}

/// Somebody has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Until when.
    pub until: Timestamp,
}

impl Attempt {
    /// An attempt at `account` from `source`, with the owner's device cookie or without.
    pub(crate) fn new(app: &App, purpose: &str, account: &str, source: &str, device: Option<&str>) -> Self {
        let key = app.keys.server.signing().derive("throttle");
        let bucket = |parts: &[&str], most| (hash(&key, purpose, parts), most);
        let buckets = match device {
            Some(device) => vec![bucket(&["device", account, device], FAILURES_PAIR_MAX)],
            None => vec![
                bucket(&["pair", account, source], FAILURES_PAIR_MAX),
                bucket(&["source", source], FAILURES_SOURCE_MAX),
                bucket(&["account", account], FAILURES_ACCOUNT_MAX),
            ],
        };
        Self { buckets }
    }

    /// Whether the attempt has to wait.
    pub(crate) async fn check(&self, reader: &mut Reader, now: Timestamp) -> Result<Option<Wait>, Trouble> {
        let mut latest = None;
        for (key, _) in &self.buckets {
            let row = reader.throttles().find(key).await?;
            latest = latest.max(row.and_then(|row| row.blocked_until));
        }
        Ok(wait_until(latest, now))
    }

    /// Asks again, in the transaction that takes note of how the attempt went. Attempts at the same time take turns here, so that of many only
    /// as many are looked at as would be one after the other.
    pub(crate) async fn check_again(&self, tx: &mut Tx, now: Timestamp) -> Result<Option<Wait>, Trouble> {
        let mut latest = None;
        for (key, _) in &self.buckets {
            latest = latest.max(tx.throttles().lock(key, now).await?.blocked_until);
        }
        Ok(wait_until(latest, now))
    }

    /// Counts a failure.
    pub(crate) async fn failed(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Trouble> {
        for (key, most) in &self.buckets {
            let failures = tx.throttles().bump(key, now).await?;
            if let Some(wait) = wait_after(failures, *most) {
                tx.throttles().block(key, now + wait).await?;
            }
        }
        Ok(())
    }

    /// Forgets the failures of whoever proved to be the owner; what strangers did at the account stays counted.
    pub(crate) async fn succeeded(&self, tx: &mut Tx) -> Result<(), Trouble> {
        if let Some((key, _)) = self.buckets.first() {
            tx.throttles().clear(key).await?;
        }
        Ok(())
    }
}

/// So much of something for one source in a stretch of time, whether or not anything fails. The count stands under a key of its own for each stretch, so that
/// it begins anew by itself.
#[derive(Debug)]
pub(crate) struct Allowance {
    key: Vec<u8>,
    most: u32,
    ends_at: Timestamp,
}

impl Allowance {
    /// What `source` may do of `purpose` in the stretch of time that holds `now`.
    pub(crate) fn new(
        app: &App,
        purpose: &str,
        source: &str,
        (most, every): (u32, SignedDuration),
        now: Timestamp,
    ) -> Self {
        let key = app.keys.server.signing().derive("throttle");
        let ends_at = end_of_stretch(now, every);
        Self { key: hash(&key, purpose, &["allowance", source, &ends_at.to_string()]), most, ends_at }
    }

    /// Whether it is used up.
    pub(crate) async fn check(&self, reader: &mut Reader) -> Result<Option<Wait>, Trouble> {
        let row = reader.throttles().find(&self.key).await?;
        Ok(self.wait(row.map_or(0, |row| row.failures) >= self.most))
    }

    /// Takes one, unless it is used up. Those who take at the same time take turns here.
    pub(crate) async fn take(&self, tx: &mut Tx, now: Timestamp) -> Result<Option<Wait>, Trouble> {
        Ok(self.wait(tx.throttles().bump(&self.key, now).await? > self.most))
    }

    fn wait(&self, is_used_up: bool) -> Option<Wait> {
        is_used_up.then_some(Wait { until: self.ends_at })
    }
}

/// Stretches begin with the epoch.
fn end_of_stretch(now: Timestamp, every: SignedDuration) -> Timestamp {
    let gone = now.as_second().rem_euclid(every.as_secs().max(1));
    now - SignedDuration::from_secs(gone) - SignedDuration::from_nanos(now.subsec_nanosecond().into()) + every
}

fn wait_until(latest: Option<Timestamp>, now: Timestamp) -> Option<Wait> {
    latest.filter(|until| *until > now).map(|until| Wait { until })
}

fn wait_after(failures: u32, most: u32) -> Option<SignedDuration> {
    let beyond = failures.checked_sub(most)?;
    let doubled = WAIT_FIRST.checked_mul(1_i32.checked_shl(beyond.min(10))?)?;
    Some(doubled.min(WAIT_MAX))
}

fn hash(key: &SecretKey, purpose: &str, parts: &[&str]) -> Vec<u8> {
    let mut text = purpose.to_owned();
    for part in parts {
        text.push('\0');
        text.push_str(part);
    }
    key.keyed_hash(text.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_of_time_follow_one_another() {
        let every = SignedDuration::from_mins(10);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (now, end) in [
            ("2026-11-22T08:00:00Z", "2026-11-22T08:10:00Z"),
            ("2026-11-22T08:09:59.999Z", "2026-11-22T08:10:00Z"),
            ("2026-11-22T08:10:00Z", "2026-11-22T08:20:00Z"),
            ("1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(end_of_stretch(at(now), every), at(end), "{now}");
        }
    }

    #[test]
    fn waits_begin_at_the_limit_and_end_at_the_longest() {
        assert_eq!(wait_after(4, 5), None);
        assert_eq!(wait_after(5, 5), Some(WAIT_FIRST));
        assert_eq!(wait_after(6, 5), Some(WAIT_FIRST * 2));
        assert_eq!(wait_after(1_000, 5), Some(WAIT_MAX));
    }
}
