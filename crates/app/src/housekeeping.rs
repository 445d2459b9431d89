//! What is tidied from time to time: the audit chain, ended sessions, forgotten failures.

use jiff::SignedDuration;

use crate::{App, throttle::FORGET_AFTER, trouble::Trouble};

/// How often the house is tidied.
pub const EVERY: SignedDuration = SignedDuration::from_secs(30);

/// Tidies once. Running it on several nodes at once does no harm.
pub async fn tidy(app: &App) -> Result<(), Trouble> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    tx.audit().chain(store::CHAINED_EVENTS_MAX).await?;
    tx.sessions().delete_expired(now).await?;
    tx.throttles().sweep(now - FORGET_AFTER).await?;
    tx.commit().await?;
    Ok(())
}
