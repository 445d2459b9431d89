//! Sends the reports that are due.
//!
//! A report goes out by mail like all mail of our own: encrypted, whoever the server is, or not at all. RFC 8460 section 5.3 would have it sent even where TLS fails;
//! P1 stands above that. What we remember of a domain or have configured for it does not keep reports away.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use model::{
    chance,
    id::{OutgoingId, TlsReportId},
};
use render::mails::TlsReportText;
use store::{Job, OutgoingKind, TlsReport, TlsSessions, Tx};
use wire::{
    address::{Domain, EmailAddress},
    tlsrpt::{self, DateRange, FailureDetail, Policy, PolicyReport, Record, Report, ReportMail, ResultType, Summary},
};

use super::{Reporter, SUCCESS, plan::begins};
use crate::{
    App, content, job, letterhead,
    outgoing::{Destination, New, Options},
    trouble::Trouble,
};

/// The longest time after its day's end at which a report is first tried (RFC 8460 section 4.1).
pub const RANDOM_DELAY_MAX: SignedDuration = SignedDuration::from_hours(4);
/// How long after the end of its day a report is tried.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// How long to wait before a report is tried again.
const TRIED_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(30);
/// The most destinations of one domain that are served: whoever writes a record decides whom we write to.
const SERVED_DESTINATIONS_MAX: usize = 3;
/// The kind of the jobs. They are no inner jobs ([`job::INNER`]): asking the world takes long.
pub(super) const KIND: &str = "tls-report";
/// Jobs taken at once.
const BATCH_JOBS_MAX: u32 = 4;
/// How long a process that sends reports may be silent: as long as some questions and requests take, each with its own end.
const LEASE: SignedDuration = SignedDuration::from_mins(30);

/// Sends the reports that are due, one batch. Gives how many jobs there were.
pub async fn work(app: &App, reporter: &dyn Reporter) -> Result<usize, Trouble> {
    let now = app.now();
    if app.store.read().await?.jobs().next_due(&[KIND]).await?.is_none_or(|due_at| due_at > now) {
        return Ok(0);
    }
    let mut tx = app.store.begin().await?;
    let jobs = tx.jobs().lease(KIND, BATCH_JOBS_MAX, now, now + LEASE).await?;
    tx.commit().await?;
    for job in &jobs {
        if let Err(trouble) = perform(app, reporter, job).await {
            tracing::warn!(job = %job.id, attempts = job.attempts, %trouble, "a TLS report waits");
            job::give_back(app, job, &trouble).await?;
        }
    }
    Ok(jobs.len())
}

/// Who cannot be reached is tried again after a while.
async fn again(app: &App, job: &Job, why: &str) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    tx.jobs().retry(job, app.now() + TRIED_AGAIN_AFTER, why).await?;
    tx.commit().await?;
    Ok(())
}

/// What becomes of a report now.
enum Turn {
    /// These mails are queued, and that is all.
    Ends { outcome: &'static str, mails: Vec<EmailAddress> },
    /// It is tried again.
    Waits(String),
}

async fn perform(app: &App, reporter: &dyn Reporter, job: &Job) -> Result<(), Trouble> {
    let id: TlsReportId = job::id(job.subject.as_deref().unwrap_or_default())?;
    let mut reader = app.store.read().await?;
    let planned = reader.tls_reports().find(id).await?.filter(|planned| planned.outcome.is_none());
    let Some(planned) = planned else { return finish(app, job, None, &[]).await };
    let results = reader.tls_reports().results(planned.day, &planned.domain).await?;
    drop(reader);
    let domain = Domain::parse(&planned.domain).map_err(|error| Trouble::broken(error.to_string()))?;
    let report = compose(app, &planned, results)?;
    let compressed = report.to_gzip().map_err(|error| Trouble::broken(error.to_string()))?;
    match turn(app, reporter, (&planned, &domain), &compressed).await? {
        Turn::Waits(why) => again(app, job, &why).await,
        Turn::Ends { outcome, mails } => {
            let mut stored = Vec::new();
            for to in mails {
                let mail = mail(app, &to, (&domain, &report, &compressed))?;
                let id = OutgoingId::new(app.now(), &mut *app.entropy());
                stored.push((id, to, content::store(app, *id.as_bytes(), &mail).await?));
            }
            finish(app, job, Some((planned.id, outcome)), &stored).await
        }
    }
}

async fn turn(
    app: &App,
    reporter: &dyn Reporter,
    (planned, domain): (&TlsReport, &Domain),
    compressed: &[u8],
) -> Result<Turn, Trouble> {
    let is_late = app.now() > begins(planned.day + 1)? + GIVEN_UP_AFTER;
    let waits = |why| if is_late { Turn::Ends { outcome: "failed", mails: Vec::new() } } else { Turn::Waits(why) };
    let Record { destinations } = match reporter.wanted(domain).await {
        Ok(Some(record)) => record,
        Ok(None) => return Ok(Turn::Ends { outcome: "unasked", mails: Vec::new() }),
        Err(why) => return Ok(waits(why)),
    };
    let (mut mails, mut is_posted, mut refused) = (Vec::new(), false, String::new());
    for destination in destinations.into_iter().take(SERVED_DESTINATIONS_MAX) {
        match destination {
            tlsrpt::Destination::Mail(address) => mails.push(address),
            tlsrpt::Destination::Https(url) => match reporter.post(&url, compressed.to_vec()).await {
                Ok(()) => is_posted = true,
                Err(why) => refused = why,
            },
        }
    }
    // Who has the report in one way can do without the other.
    Ok(if mails.is_empty() && !is_posted { waits(refused) } else { Turn::Ends { outcome: "sent", mails } })
}

type StoredMail = (OutgoingId, EmailAddress, content::Stored);

async fn finish(app: &App, job: &Job, ended: Option<(TlsReportId, &str)>, mails: &[StoredMail]) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    if let Some((id, outcome)) = ended
        && tx.tls_reports().end(id, outcome).await?
    {
        for mail in mails {
            queue(app, &mut tx, mail).await?;
        }
    }
    // Whoever has lost the job has lost the report as well.
    if tx.jobs().complete(job).await? {
        tx.commit().await?;
    }
    Ok(())
}

async fn queue(app: &App, tx: &mut Tx, (id, to, stored): &StoredMail) -> Result<(), Trouble> {
    let new = New {
        id: *id,
        kind: OutgoingKind::TlsReport,
        delivery: None,
        mailbox: None,
        reverse_path: String::new(),
        recipient: to.as_str(),
        destination: Destination::World,
        options: Options::default(),
    };
    new.queue(app, tx, stored).await
}

fn mail(
    app: &App,
    to: &EmailAddress,
    (domain, report, compressed): (&Domain, &Report, &[u8]),
) -> Result<Vec<u8>, Trouble> {
    let now = app.now();
    let from = &app.settings.notices.sender;
    let submitter = &submitter(app)?;
    let token = data_encoding::BASE32_NOPAD.encode(&chance::draw::<16>(&mut *app.entropy()));
    let language = app.settings.language;
    let text = TlsReportText { language, domain: domain.as_str(), submitter: submitter.as_str() }.text();
    let (from_name, text) = (&app.settings.brand.organisation, text.as_str());
    let mail =
        ReportMail { from_name, from, to, submitter, domain, report, compressed, text, date: now, token: &token };
    let bytes = mail.compose().map_err(|error| Trouble::broken(format!("composing a TLS report: {error}")))?;
    letterhead::sign(app, &bytes, now)
}

fn submitter(app: &App) -> Result<Domain, Trouble> {
    app.settings.notices.sender.domain().ok_or_else(|| Trouble::broken("the sender has no domain"))
}

/// The report of a domain and day, from what was counted.
fn compose(app: &App, planned: &TlsReport, results: Vec<(TlsSessions, u64)>) -> Result<Report, Trouble> {
    let end = begins(planned.day + 1)? - SignedDuration::from_secs(1);
    let mut policies: BTreeMap<String, Vec<(TlsSessions, u64)>> = BTreeMap::new();
    for (sessions, number) in results {
        policies.entry(sessions.policy.clone()).or_default().push((sessions, number));
    }
    let policies = policies.into_iter().map(|(policy, sessions)| about(&policy, sessions));
    Ok(Report {
        organization_name: app.settings.brand.organisation.clone(),
        date_range: DateRange { start_datetime: begins(planned.day)?, end_datetime: end },
        contact_info: app.settings.notices.sender.as_str().to_owned(),
        report_id: format!("{}@{}", planned.id, submitter(app)?),
        policies: policies.collect::<Result<_, Trouble>>()?,
    })
}

/// What was found under one policy.
fn about(policy: &str, sessions: Vec<(TlsSessions, u64)>) -> Result<PolicyReport, Trouble> {
    let policy: Policy = serde_json::from_str(policy)?;
    let (mut summary, mut failure_details) = (Summary::default(), Vec::new());
    for (sessions, number) in sessions {
        if sessions.result == SUCCESS {
            summary.total_successful_session_count += number;
            continue;
        }
        summary.total_failure_session_count += number;
        failure_details.push(FailureDetail {
            result_type: ResultType::from(sessions.result),
            sending_mta_ip: sessions.from.parse().ok(),
            receiving_mx_hostname: (!sessions.host.is_empty()).then_some(sessions.host),
            receiving_ip: sessions.address.parse().ok(),
            failed_session_count: number,
            failure_reason_code: Some(sessions.reason),
        });
    }
    Ok(PolicyReport { policy, summary, failure_details })
}
