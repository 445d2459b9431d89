//! MTA-STS policies of the domains that mail goes to (RFC 8461), kept beyond the end of the process.

use jiff::Timestamp;
pub use store::StsPolicy;
use wire::address::Domain;

use crate::{App, trouble::Trouble};

/// The policy of a domain, if one is kept that still holds.
pub async fn find(app: &App, domain: &Domain) -> Result<Option<StsPolicy>, Trouble> {
    Ok(app.store.read().await?.sts_policies().find(domain.as_str(), app.now()).await?)
}

/// Keeps the policy of a domain.
pub async fn keep(app: &App, domain: &Domain, policy: &StsPolicy) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    tx.sts_policies().put(domain.as_str(), policy).await?;
    Ok(tx.commit().await?)
}

/// Domains whose policies end before `before`: time to look whether they are still the present ones.
pub async fn ending(app: &App, before: Timestamp) -> Result<Vec<String>, Trouble> {
    Ok(app.store.read().await?.sts_policies().ending(app.now(), before).await?)
}
