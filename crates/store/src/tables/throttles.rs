//! Throttles: how often something failed for a key (a hash of an account or a source), and until when it has to wait.

use jiff::Timestamp;

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, params},
};

/// The failures of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// How often it failed since the last success.
    pub failures: u32,
    /// Until when the next try has to wait.
    pub blocked_until: Option<Timestamp>,
    /// The last failure.
    pub updated_at: Timestamp,
}

pub(crate) const FIND: &str = "SELECT failures, blocked_until, updated_at FROM throttles WHERE key = $1";

fn read(mut row: Row) -> Result<Throttle, StoreError> {
    Ok(Throttle { failures: row.take()?, blocked_until: row.take()?, updated_at: row.take()? })
}

/// Access to the throttles.
pub struct Throttles<'a, A>(pub(crate) Access<'a, A>);

impl<A> Throttles<'_, A> {
    /// The failures of this key.
    pub async fn find(&mut self, key: &[u8]) -> Result<Option<Throttle>, StoreError> {
        self.0.query_one(FIND, params![key]).await?.map(read).transpose()
    }
}

impl Throttles<'_, Write> {
    /// The failures of this key; no other transaction counts, or looks this way, before this one has ended.
    pub async fn lock(&mut self, key: &[u8], now: Timestamp) -> Result<Throttle, StoreError> {
        let sql = "INSERT INTO throttles (key, failures, updated_at) VALUES ($1, 0, $2) ON CONFLICT (key) DO UPDATE \
                   SET failures = throttles.failures RETURNING failures, blocked_until, updated_at";
        let row = self.0.query_one(sql, params![key, now]).await?;
        row.map_or_else(|| Err(StoreError::Corrupt("an upsert answered nothing".into())), read)
    }

    /// One failure more. Answers how many there are now; the row stays locked until the end of the transaction.
    pub async fn bump(&mut self, key: &[u8], now: Timestamp) -> Result<u32, StoreError> {
        let sql = "INSERT INTO throttles (key, failures, updated_at) VALUES ($1, 1, $2) ON CONFLICT (key) DO UPDATE \
                   SET failures = throttles.failures + 1, updated_at = excluded.updated_at RETURNING failures";
        match self.0.query_one(sql, params![key, now]).await? {
            Some(mut row) => row.take(),
            None => Err(StoreError::Corrupt("an upsert answered nothing".into())),
        }
    }

    /// Lets the key wait.
    pub async fn block(&mut self, key: &[u8], until: Timestamp) -> Result<(), StoreError> {
        self.0.execute("UPDATE throttles SET blocked_until = $2 WHERE key = $1", params![key, until]).await?;
        Ok(())
    }

    /// Forgets the failures of the key, after a success.
    pub async fn clear(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.0.execute("DELETE FROM throttles WHERE key = $1", params![key]).await?;
        Ok(())
    }

    /// Forgets keys whose last failure is older than `before` and that need not wait at `before`. Answers how many.
    pub async fn sweep(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let sql = "DELETE FROM throttles WHERE updated_at < $1 AND (blocked_until IS NULL OR blocked_until < $1)";
        self.0.execute(sql, params![before]).await
    }
}
