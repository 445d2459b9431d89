//! Takes in what others report of our own domains.
//!
//! Reports come by mail, from anybody, to one address. Nothing proves who sends them, so they are for people who watch, and nothing follows from them. What is no
//! report, or is about other domains, is counted and forgotten.

use std::{collections::BTreeMap, fmt};

use mime::report::{self, ReportType};
use store::ReceivedTotal;
use tokio::task::spawn_blocking;
use wire::{
    address::{Domain, EmailAddress},
    tlsrpt::{PolicyReport, Report, ReportError},
};

use super::{RECEIVED_DAYS_MAX, SUCCESS};
use crate::{
    App,
    bounce::{self, Tally, day},
    trouble::{Trouble, carries_trouble},
};

/// The part before the `@` of the address that takes reports, in the domain of the address that notices come from.
pub const LOCAL_PART: &str = "tlsrpt";
/// The largest mail with a report, in bytes: a report of [`wire::tlsrpt::COMPRESSED_BYTES_MAX`], written as text, and what stands around it.
pub const REPORT_MAIL_BYTES_MAX: usize = 1536 * 1024;
/// The longest name of a reporter that is kept, in characters.
const REPORTER_CHARS_MAX: usize = 80;
/// The most sessions that one number in a report can stand for. Nobody has more, and sums stay numbers.
const SESSIONS_MAX: u64 = 1_000_000_000;
/// How far the day of a report may lie back.
const AGE_DAYS_MAX: i64 = 14;

const _: () = assert!(AGE_DAYS_MAX < RECEIVED_DAYS_MAX);

/// Why a report is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// It is larger than [`REPORT_MAIL_BYTES_MAX`]. TLR-001
    #[error("the report is too large")]
    TooLarge,
    /// Inner failure.
    #[error(transparent)]
    Trouble(Trouble),
}

carries_trouble!(NotTaken);

impl NotTaken {
    /// The code under which `docs/errors.md` explains it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "TLR-001",
            Self::Trouble(trouble) => trouble.code(),
        }
    }
}

/// One report is read at a time: inflating costs more than sending.
#[derive(Debug, Default)]
pub struct Reading(tokio::sync::Mutex<()>);

/// What a mail to the address of reports came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was added up.
    Counted,
    /// It says nothing of our domains, or is no report.
    Dropped,
}

/// Whether an address is the one that takes reports.
pub fn is_for_reports(app: &App, address: &EmailAddress) -> bool {
    address.local_part().eq_ignore_ascii_case(LOCAL_PART) && address.domain() == app.settings.notices.sender.domain()
}

/// A mail to the address of reports on its way in. It is in memory only.
#[derive(Default)]
pub struct Incoming(Vec<u8>);

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Incoming({} bytes, redacted)", self.0.len())
    }
}

impl Incoming {
    /// Takes the next bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), NotTaken> {
        if bytes.len() > REPORT_MAIL_BYTES_MAX - self.0.len() {
            return Err(NotTaken::TooLarge);
        }
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    /// Adds up what it says. When this answers `Ok`, that is on disk, or it said nothing.
    pub async fn accept(self, app: &App) -> Result<Taken, NotTaken> {
        let reading = app.tls_reading.0.lock().await;
        let read = spawn_blocking(move || read(&self.0)).await;
        drop(reading);
        let read = read.map_err(|error| Trouble::broken(format!("reading a TLS report: {error}")))?;
        let totals = read.map(|report| totals(app, &report)).unwrap_or_default();
        if totals.is_empty() {
            bounce::count(app, Tally::NoTlsReport);
            return Ok(Taken::Dropped);
        }
        keep(app, &totals).await?;
        bounce::count(app, Tally::TlsReport);
        Ok(Taken::Counted)
    }
}

/// The report in a mail.
fn read(mail: &[u8]) -> Option<Report> {
    let part = report::find(mail).ok()??;
    let read: Result<Report, ReportError> = match part.report_type {
        ReportType::TlsGzip => Report::read_gzip(&part.content),
        ReportType::TlsJson => Report::read_json(&part.content),
        ReportType::DeliveryStatus | ReportType::Feedback => return None,
    };
    read.ok()
}

/// What a report says of our own domains, of a day that may still be told of.
fn totals(app: &App, report: &Report) -> Vec<ReceivedTotal> {
    let (about, today) = (day(report.date_range.start_datetime), day(app.now()));
    if !(today - AGE_DAYS_MAX..=today + 1).contains(&about) {
        return Vec::new();
    }
    let mut sums: BTreeMap<(&Domain, &str, &str), u64> = BTreeMap::new();
    for found in &report.policies {
        let Some(domain) = own_domain(app, found) else { continue };
        let failures = found.failure_details.iter().map(|one| (one.result_type.word(), one.failed_session_count));
        let successes = (SUCCESS, found.summary.total_successful_session_count);
        for (result, number) in failures.chain([successes]) {
            let sum = sums.entry((domain, found.policy.policy_type.word(), result)).or_default();
            *sum = sum.saturating_add(number).min(SESSIONS_MAX);
        }
    }
    let reporter = reporter(report);
    let sums = sums.into_iter().filter(|(_, number)| *number > 0);
    sums.map(|((domain, policy, result), number)| ReceivedTotal {
        day: about,
        reporter: reporter.clone(),
        domain: domain.to_string(),
        policy: policy.to_owned(),
        result: result.to_owned(),
        number,
    })
    .collect()
}

/// What the reporter calls himself, fit to be shown on one line.
fn reporter(report: &Report) -> String {
    report.organization_name.chars().filter(|char| !char.is_control()).take(REPORTER_CHARS_MAX).collect()
}

/// Ours, or the domain of which one of our servers' names is part: TLSA records stand at servers.
fn own_domain<'a>(app: &'a App, found: &PolicyReport) -> Option<&'a Domain> {
    let named = Domain::parse(found.policy.policy_domain.trim_end_matches('.')).ok()?;
    app.settings
        .domains
        .iter()
        .find(|own| named == **own || named.as_str().strip_suffix(own.as_str()).is_some_and(|rest| rest.ends_with('.')))
}

async fn keep(app: &App, totals: &[ReceivedTotal]) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    for total in totals {
        tx.tls_reports().receive(total).await?;
    }
    tx.commit().await?;
    Ok(())
}
