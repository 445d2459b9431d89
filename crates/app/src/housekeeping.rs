//! What is tidied from time to time: the audit chain, ended sessions, forgotten failures, policies that have ended, what was counted of bounces
//! and of TLS to mail servers, and the reports about that.

use jiff::SignedDuration;

use crate::{App, bounce, throttle::FORGET_AFTER, tls_report, trouble::Trouble};

/// How often the house is tidied.
pub const EVERY: SignedDuration = SignedDuration::from_secs(30);

/// How often events are chained in a row; what is left waits for the next time, so that nobody who records events waits for long.
const CHAININGS_MAX: u32 = 50;

/// Tidies once. Running it on several nodes at once does no harm.
pub async fn tidy(app: &App) -> Result<(), Trouble> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    tx.sessions().delete_expired(now).await?;
    tx.throttles().sweep(now - FORGET_AFTER).await?;
    tx.sts_policies().sweep(now).await?;
    tx.commit().await?;
    write_counts(app).await?;
    tls_report::plan(app).await?;
    for _ in 0..CHAININGS_MAX {
        if chain(app).await? < store::CHAINED_EVENTS_MAX {
            break;
        }
    }
    Ok(())
}

/// Writes down what is counted in memory. To be done last of all as well: what is counted after that is lost with the process.
pub async fn write_counts(app: &App) -> Result<(), Trouble> {
    bounce::write_tallies(app).await?;
    tls_report::write_results(app).await
}

/// Chains some audit events, in a transaction of its own, so that nobody waits for the writer for long. Gives how many.
async fn chain(app: &App) -> Result<u32, Trouble> {
    let mut tx = app.store.begin().await?;
    let chained = tx.audit().chain(store::CHAINED_EVENTS_MAX).await?;
    tx.commit().await?;
    Ok(chained)
}
