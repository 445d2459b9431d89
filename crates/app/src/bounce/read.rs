//! Finds out what a mail to a bounce address says.

use mime::report::{self, ReportType};
use store::OutgoingMail;
use wire::{
    address::TypedAddress,
    arf,
    dsn::{self, Verdict},
};

use super::Tally;
use crate::trouble::Trouble;

/// What a mail to a bounce address says.
pub(super) enum Said {
    /// This became of the mail.
    Became(Verdict),
    /// Its recipient does not want such mail.
    Complains,
    /// Nothing that anything follows from.
    Nothing(Tally),
}

/// Reads what came to the bounce address of `mail`.
pub(super) fn read(bytes: &[u8], mail: &OutgoingMail) -> Result<Said, Trouble> {
    let recipient = TypedAddress::parse(&mail.recipient).map_err(|error| Trouble::broken(error.to_string()))?;
    Ok(match report::find(bytes) {
        Err(_) => Said::Nothing(Tally::TooComplex),
        Ok(None) => Said::Nothing(no_report(bytes)),
        Ok(Some(part)) => match part.report_type {
            ReportType::DeliveryStatus => {
                dsn::read(&part.content).verdict(&recipient).map_or(Said::Nothing(Tally::Unclear), Said::Became)
            }
            ReportType::Feedback => match arf::read(&part.content) {
                Some(kind) if kind.is_complaint() => Said::Complains,
                Some(_) => Said::Nothing(Tally::Feedback),
                None => Said::Nothing(Tally::Unclear),
            },
            ReportType::TlsGzip | ReportType::TlsJson => Said::Nothing(Tally::Unclear),
        },
    })
}

/// A mail for people: from a machine that says so (RFC 3834 section 5), or from whomever.
fn no_report(bytes: &[u8]) -> Tally {
    match mime::head::Head::read(bytes).auto_submitted.as_deref() {
        Some(word) if !word.is_empty() && word != "no" => Tally::AutoReply,
        _ => Tally::NoReport,
    }
}
