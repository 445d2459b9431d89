//! MTA-STS policies (RFC 8461) of the domains that mail goes to. They outlive the process: who starts it anew does not forget what is enforced.

use jiff::Timestamp;

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, params},
};

/// The most policies of one page.
pub const POLICIES_PAGE_MAX: u32 = 100;

/// A policy as it was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StsPolicy {
    /// The `id` of its announcement.
    pub policy_id: String,
    /// The policy, in its own form.
    pub policy: String,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Timestamp,
}

pub(crate) const FIND: &str =
    "SELECT policy_id, policy, fetched_at, expires_at FROM sts_policies WHERE domain = $1 AND expires_at > $2";

fn read(mut row: Row) -> Result<StsPolicy, StoreError> {
    Ok(StsPolicy { policy_id: row.take()?, policy: row.take()?, fetched_at: row.take()?, expires_at: row.take()? })
}

/// Access to the policies.
pub struct StsPolicies<'a, A>(pub(crate) Access<'a, A>);

impl<A> StsPolicies<'_, A> {
    /// The policy of a domain, if it still holds.
    pub async fn find(&mut self, domain: &str, now: Timestamp) -> Result<Option<StsPolicy>, StoreError> {
        self.0.query_one(FIND, params![domain, now]).await?.map(read).transpose()
    }

    /// Domains whose policies hold now and end before `before`, the first to end first, at most [`POLICIES_PAGE_MAX`].
    pub async fn ending(&mut self, now: Timestamp, before: Timestamp) -> Result<Vec<String>, StoreError> {
        let sql =
            "SELECT domain FROM sts_policies WHERE expires_at > $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
        let rows = self.0.query(sql, params![now, before, POLICIES_PAGE_MAX]).await?;
        rows.into_iter().map(|mut row| row.take()).collect()
    }
}

impl StsPolicies<'_, Write> {
    /// Keeps the policy of a domain, in place of an older one.
    pub async fn put(&mut self, domain: &str, policy: &StsPolicy) -> Result<(), StoreError> {
        let sql = "INSERT INTO sts_policies (domain, policy_id, policy, fetched_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (domain) DO UPDATE SET policy_id = excluded.policy_id, policy = excluded.policy, \
                   fetched_at = excluded.fetched_at, expires_at = excluded.expires_at";
        let params = params![domain, policy.policy_id, policy.policy, policy.fetched_at, policy.expires_at];
        self.0.execute(sql, params).await?;
        Ok(())
    }

    /// Forgets policies that ended before `before`. Answers how many.
    pub async fn sweep(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.0.execute("DELETE FROM sts_policies WHERE expires_at < $1", params![before]).await
    }
}
