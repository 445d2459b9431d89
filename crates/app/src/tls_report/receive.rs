//! Takes in what others report of our own domains.
//!
//! Reports come by mail, from anybody, to one address. Nothing proves who sends them, so they are for people who watch, and nothing follows from them. What is no
//! report, or is about other domains, is counted and forgotten; and what was added up before is not added up again.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use mime::report::{self, ReportType};
use store::{ReceivedReport, ReceivedTotal};
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
pub(super) const AGE_DAYS_MAX: i64 = 14;

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
    /// It came before, and was added up then.
    Repeated,
    /// It says nothing of our domains, or is no report.
    Dropped,
}

impl Taken {
    const fn tally(self) -> Tally {
        match self {
            Self::Counted => Tally::TlsReport,
            Self::Repeated => Tally::RepeatedTlsReport,
            Self::Dropped => Tally::NoTlsReport,
        }
    }
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
        let taken = match read.filter(|report| is_recent(app, report)) {
            Some(report) => keep(app, &report).await?,
            None => Taken::Dropped,
        };
        bounce::count(app, taken.tally());
        Ok(taken)
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

/// Whether a report is of a day that may still be told of.
fn is_recent(app: &App, report: &Report) -> bool {
    let today = day(app.now());
    (today - AGE_DAYS_MAX..=today + 1).contains(&day(report.date_range.start_datetime))
}

/// What a report says under one policy of ours.
struct AboutUs<'a> {
    /// The domain of the policy.
    named: Domain,
    /// Ours, of which that is part.
    own: &'a Domain,
    found: &'a PolicyReport,
}

fn about_us<'a>(app: &'a App, found: &'a PolicyReport) -> Option<AboutUs<'a>> {
    let named = Domain::parse(found.policy.policy_domain.trim_end_matches('.')).ok()?;
    let own = own_domain(app, &named)?;
    Some(AboutUs { named, own, found })
}

/// Adds up what a report says of us, unless it did so before.
///
/// Mail comes twice where an acknowledgement is lost, and some senders report by several ways. RFC 8460 section 4.4 has an id for that, which may be the same in
/// the reports to several domains.
async fn keep(app: &App, report: &Report) -> Result<Taken, Trouble> {
    let mut about_us: Vec<_> = report.policies.iter().filter_map(|found| about_us(app, found)).collect();
    if about_us.is_empty() {
        return Ok(Taken::Dropped);
    }
    let day = day(report.date_range.start_datetime);
    let mut tx = app.store.begin().await?;
    let mut repeated = BTreeSet::new();
    for domain in about_us.iter().map(|about| &about.named).collect::<BTreeSet<_>>() {
        let (reporter, id) = (report.organization_name.as_str(), report.report_id.as_str());
        if !tx.tls_reports().remember(day, &ReceivedReport { reporter, id, domain: domain.as_str() }).await? {
            repeated.insert(domain.clone());
        }
    }
    about_us.retain(|about| !repeated.contains(&about.named));
    if about_us.is_empty() {
        return Ok(Taken::Repeated);
    }
    for total in totals(report, &about_us) {
        tx.tls_reports().receive(&total).await?;
    }
    tx.commit().await?;
    Ok(Taken::Counted)
}

/// The sums of what a report says of us.
fn totals(report: &Report, about_us: &[AboutUs<'_>]) -> Vec<ReceivedTotal> {
    let mut sums: BTreeMap<(&Domain, &str, &str), u64> = BTreeMap::new();
    for AboutUs { own, found, .. } in about_us {
        let failures = found.failure_details.iter().map(|one| (one.result_type.word(), one.failed_session_count));
        let successes = (SUCCESS, found.summary.total_successful_session_count);
        for (result, number) in failures.chain([successes]) {
            let sum = sums.entry((own, found.policy.policy_type.word(), result)).or_default();
            *sum = sum.saturating_add(number).min(SESSIONS_MAX);
        }
    }
    let reporter = reporter(report);
    let sums = sums.into_iter().filter(|(_, number)| *number > 0);
    sums.map(|((domain, policy, result), number)| ReceivedTotal {
        day: day(report.date_range.start_datetime),
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
fn own_domain<'a>(app: &'a App, named: &Domain) -> Option<&'a Domain> {
    app.settings
        .domains
        .iter()
        .find(|own| named == *own || named.as_str().strip_suffix(own.as_str()).is_some_and(|rest| rest.ends_with('.')))
}
