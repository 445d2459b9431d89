//! The mails Siegelpost writes itself.
//!
//! The plain text is the real mail: lines of at most [`LINE_CHARACTERS_MAX`] characters, links on lines of their own. The HTML
//! says the same in the brand's dress, in a form that mail programs of all ages show: tables, inline styles, no picture.
//! Others put both into MIME.

mod footer;
mod layout;
mod notice;
mod report;
mod security;
mod tls_report;

pub use footer::{Footer, ReplyFooter};
pub use notice::{NoticeFirst, NoticeLater, Why};
pub use report::{Report, ReportKind, ReportRecipient, Untold};
pub use security::{SecurityEvent, SecurityNotice};
pub use tls_report::TlsReportText;

/// The longest line of plain text, in characters, where a line can be broken at all (RFC 5322 section 2.1.1 advises 78).
pub const LINE_CHARACTERS_MAX: usize = 72;

/// A mail, ready to be put into MIME.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The subject: one line, not encoded.
    pub subject: String,
    /// The plain text, lines ended by `\n`.
    pub text: String,
    /// The HTML document.
    pub html: String,
}
