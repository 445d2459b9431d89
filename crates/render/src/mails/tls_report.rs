//! What people read in a mail that carries a report about TLS (RFC 8460 section 5.3). The report itself is for machines.

use model::Language;

use crate::mails::layout::{say, wrap};

/// Says what the attached file is.
#[derive(Debug, Clone, Copy)]
pub struct TlsReportText<'a> {
    /// The organisation's language.
    pub language: Language,
    /// The domain whose mail servers the report is about.
    pub domain: &'a str,
    /// The domain that reports.
    pub submitter: &'a str,
}

impl TlsReportText<'_> {
    /// The text, lines ended by `\n`.
    pub fn text(&self) -> String {
        let about = say(self.language, "tls-report").with("domain", self.domain).with("submitter", self.submitter);
        let mut text = String::new();
        wrap(&mut text, &about.to_string(), "", "");
        wrap(&mut text, &say(self.language, "tls-report-machines").to_string(), "", "");
        text
    }
}
