//! Reports about TLS to mail servers (RFC 8460): collected for every domain that mail goes to, sent once a day to those that ask, and taken in about our own.
//!
//! | module | what it does |
//! | --- | --- |
//! | `results` | counts sessions with the servers of each domain, by day (UTC) |
//! | `plan` | when a day has ended: one report for each domain, due at a moment of its own |
//! | `send` | asks whether the domain wants it, writes it, and hands it on by mail or HTTPS |
//! | `receive` | reads what others report of our own domains, and adds it up |
//!
//! A report names servers and numbers; it names no mail and no recipient.

mod plan;
mod receive;
mod results;
mod send;

use std::{future::Future, pin::Pin};

pub use store::ReceivedTotal;
use wire::{address::Domain, tlsrpt::Record};

use crate::{App, bounce::day, trouble::Trouble};

pub(crate) use plan::{Planned, plan};
pub use receive::{Incoming, LOCAL_PART, NotTaken, REPORT_MAIL_BYTES_MAX, Reading, Taken, is_for_reports};
pub(crate) use results::{Key, note, write_results};
pub use send::{RANDOM_DELAY_MAX, work};

/// How long results and sent reports are kept, in days.
pub const RESULT_DAYS_MAX: i64 = 32;
/// How long is kept what others report of our domains, in days.
pub const RECEIVED_DAYS_MAX: i64 = 400;

/// The word of sessions that went well.
pub const SUCCESS: &str = "success";

/// The way to those that ask for reports. The seam to DNS and the web.
pub trait Reporter: Send + Sync {
    /// Where a domain wants reports; `None` if it wants none, or if what it publishes counts as none.
    fn wanted<'a>(&'a self, domain: &'a Domain) -> Asking<'a, Option<Record>>;

    /// Hands a compressed report to a web server, over verified TLS.
    fn post<'a>(&'a self, url: &'a str, compressed: Vec<u8>) -> Asking<'a, ()>;
}

/// A question under way; the error says what went wrong, for administrators. It may go well later.
pub type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// What is known of TLS to mail servers, others' and our own.
#[derive(Debug)]
pub struct Picture {
    /// Day, sessions that went well, and those that did not: what was found at others' servers.
    pub collected: Vec<(i64, u64, u64)>,
    /// Day, outcome and number of reports to others; without outcome they are still to be sent.
    pub reports: Vec<(i64, Option<String>, u64)>,
    /// What others found at ours, in their words.
    pub received: Vec<ReceivedTotal>,
}

/// What is known of the last `days` days and today.
pub async fn picture(app: &App, days: u16) -> Result<Picture, Trouble> {
    let since = day(app.now()) - i64::from(days);
    let mut reader = app.store.read().await?;
    Ok(Picture {
        collected: reader.tls_reports().collected(since).await?,
        reports: reader.tls_reports().outcomes(since).await?,
        received: reader.tls_reports().received(since).await?,
    })
}
