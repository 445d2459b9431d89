//! Counts sessions with mail servers.
//!
//! Failures are what a report is for, and they are few: they are written in the transaction that records the try. Sessions that went well are many, and
//! alike: they are counted in memory and written down every [`housekeeping::EVERY`](crate::housekeeping::EVERY), so that no mail waits for a row that
//! many mails change.
//!
//! So this is what can be lost: when the process is killed, successes since they were last written down. When it is stopped in good order, nothing; no
//! failure whose try is on record. And what is beyond a limit: in memory [`KINDS_MAX`](crate::counter::KINDS_MAX) different results,
//! in the store [`store::RESULTS_OF_DOMAIN_MAX`] and [`store::RESULT_ROWS_MAX`]. A report may tell of fewer sessions than there were, and of no more.

use std::{collections::BTreeMap, net::IpAddr};

use model::{
    attempt::Attempt,
    tls_result::{TlsResult, tls_results},
};
use store::{OutgoingKind, TlsSessions, Tx};
use wire::address::Domain;

use super::SUCCESS;
use crate::{App, bounce::day, trouble::Trouble};

/// Results written down in one transaction.
const BATCH_RESULTS_MAX: usize = 200;

/// Day, domain and how the session ended.
pub(crate) type Key = (i64, String, TlsSessions);

/// Takes note of what a mail met at the servers of a domain: of failures with the record of the try, of the rest in memory. Reports themselves are not
/// counted: two houses would report each other's reports for ever.
pub(crate) async fn note(
    app: &App,
    tx: &mut Tx,
    kind: OutgoingKind,
    domain: &Domain,
    attempt: &Attempt,
) -> Result<(), Trouble> {
    let Some(found) = attempt.found.as_deref().filter(|_| app.settings.transport.tls_reports) else { return Ok(()) };
    if kind == OutgoingKind::TlsReport {
        return Ok(());
    }
    let today = day(app.now());
    let mut failures = BTreeMap::new();
    for result in tls_results(found) {
        let has_failed = result.failure.is_some();
        match sessions(result) {
            Ok(sessions) if has_failed => *failures.entry(sessions).or_default() += 1,
            Ok(sessions) => app.tls_results.add((today, domain.to_string(), sessions), 1),
            Err(error) => tracing::error!(%domain, %error, "a TLS result cannot be kept"),
        }
    }
    // One order for all: tries that wait for each other's rows never wait in a circle.
    for (sessions, number) in failures {
        tx.tls_reports().count((today, domain.as_str()), &sessions, number).await?;
    }
    Ok(())
}

fn sessions(result: TlsResult) -> Result<TlsSessions, serde_json::Error> {
    let (word, reason) = result.failure.map_or((SUCCESS, ""), |(word, code)| (word.word(), code.word()));
    Ok(TlsSessions {
        policy: serde_json::to_string(&result.policy)?,
        host: result.host,
        address: address(result.address),
        from: address(result.from),
        result: word.to_owned(),
        reason: reason.to_owned(),
    })
}

fn address(address: Option<IpAddr>) -> String {
    address.map(|address| address.to_string()).unwrap_or_default()
}

/// Writes down what was counted since the last time. What cannot be written now is kept for the next time.
pub(crate) async fn write_results(app: &App) -> Result<(), Trouble> {
    let counts = app.tls_results.take();
    let mut batches = counts.chunks(BATCH_RESULTS_MAX);
    while let Some(batch) = batches.next() {
        if let Err(trouble) = write(app, batch).await {
            for (key, number) in batch.iter().chain(batches.flatten()) {
                app.tls_results.add(key.clone(), *number);
            }
            return Err(trouble);
        }
    }
    Ok(())
}

async fn write(app: &App, counts: &[(Key, u64)]) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    for ((day, domain, sessions), number) in counts {
        tx.tls_reports().count((*day, domain), sessions, *number).await?;
    }
    tx.commit().await?;
    Ok(())
}
