//! When a day has ended: plans its reports, one for each domain, whichever process thinks of it first, and forgets what is old.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use model::id::{JobId, TlsReportId};
use store::{NO_LANE, NewJob, TLS_PAGE_MAX, TlsReport, Tx};

use super::{
    RECEIVED_DAYS_MAX, RESULT_DAYS_MAX,
    receive::AGE_DAYS_MAX,
    send::{KIND, RANDOM_DELAY_MAX},
};
use crate::{App, bounce::day, trouble::Trouble};

/// How long after the end of a day every process has written down what it counted.
const GRACE: SignedDuration = SignedDuration::from_mins(10);
/// How many days are looked back on, where nobody was there to plan.
const DAYS_BACK: i64 = 2;

/// The last day whose end this process has seen to.
#[derive(Debug)]
pub(crate) struct Planned(AtomicI64);

impl Default for Planned {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

/// Sees to the days that have ended; costs nothing if none has. What is old is forgotten even where nothing is reported any more.
pub(crate) async fn plan(app: &App) -> Result<(), Trouble> {
    let last = day(app.now() - GRACE) - 1;
    if app.tls_planned.0.load(Ordering::Relaxed) >= last {
        return Ok(());
    }
    if app.settings.transport.tls_reports {
        for ended in (last - DAYS_BACK + 1)..=last {
            plan_day(app, ended).await?;
        }
    }
    forget(app).await?;
    app.tls_planned.0.store(last, Ordering::Relaxed);
    Ok(())
}

async fn plan_day(app: &App, ended: i64) -> Result<(), Trouble> {
    let mut after = String::new();
    loop {
        let mut tx = app.store.begin().await?;
        let domains = tx.tls_reports().domains(ended, &after).await?;
        for domain in &domains {
            plan_one(app, &mut tx, ended, domain).await?;
        }
        tx.commit().await?;
        match domains.last() {
            Some(last) if domains.len() == TLS_PAGE_MAX as usize => last.clone_into(&mut after),
            _ => return Ok(()),
        }
    }
}

/// Due at a moment of its own, so that not all of the world's senders report at midnight (RFC 8460 section 4.1).
async fn plan_one(app: &App, tx: &mut Tx, ended: i64, domain: &str) -> Result<(), Trouble> {
    let now = app.now();
    let report = TlsReport {
        id: TlsReportId::new(now, &mut *app.entropy()),
        day: ended,
        domain: domain.to_owned(),
        outcome: None,
    };
    if !tx.tls_reports().plan(&report).await? {
        return Ok(());
    }
    tx.jobs()
        .enqueue(&NewJob {
            id: JobId::new(now, &mut *app.entropy()),
            kind: KIND.to_owned(),
            subject: Some(report.id.as_bytes().to_vec()),
            due_at: now + delay(app),
            dedup: None,
            lane: NO_LANE.to_owned(),
            created_at: now,
        })
        .await?;
    Ok(())
}

fn delay(app: &App) -> SignedDuration {
    let drawn = u32::from_be_bytes(model::chance::draw(&mut *app.entropy()));
    SignedDuration::from_secs(i64::from(drawn) % RANDOM_DELAY_MAX.as_secs())
}

async fn forget(app: &App) -> Result<(), Trouble> {
    let today = day(app.now());
    let mut tx = app.store.begin().await?;
    tx.tls_reports().forget(today - RESULT_DAYS_MAX).await?;
    // A report that is not taken any more need not be recognised.
    tx.tls_reports().forget_received(today - RECEIVED_DAYS_MAX, today - AGE_DAYS_MAX).await?;
    tx.commit().await?;
    Ok(())
}

/// The first moment of a day.
pub(super) fn begins(day: i64) -> Result<Timestamp, Trouble> {
    Timestamp::from_second(day.saturating_mul(24 * 60 * 60)).map_err(|_| Trouble::broken("a day beyond the calendar"))
}
