//! Writes a notification (RFC 3464 section 2, RFC 6522 section 3).

use std::fmt::Write as _;

use jiff::Timestamp;

use super::{Action, DsnError};
use crate::address::{Domain, EmailAddress, TypedAddress};
use crate::smtp::command::OriginalRecipient;
use crate::smtp::reply::{EnhancedCode, Reply};
use crate::written::{Head, HeadError, date, encoded_words, field, text_part};

/// The most of the original header that is returned, in bytes.
pub const ORIGINAL_HEADER_BYTES_MAX: usize = 64 * 1024;

/// A notification to be written. Texts from outside are encoded, so that they cannot add fields.
#[derive(Clone)]
pub struct Notification<'a> {
    /// The host that reports, also the domain of the `Message-ID`.
    pub reporting_mta: &'a Domain,
    /// The name beside the author address, such as "Mail system of Example Insurance".
    pub from_name: &'a str,
    /// The author address. The reverse-path is always null.
    pub from: &'a EmailAddress,
    /// Who is told: the reverse-path of the mail.
    pub to: &'a EmailAddress,
    /// The subject.
    pub subject: &'a str,
    /// The text for people; lines end by LF.
    pub text: &'a str,
    /// Now.
    pub date: Timestamp,
    /// Letters and digits that no other mail has; for `Message-ID` and the boundary.
    pub token: &'a str,
    /// When the mail came in.
    pub arrival_date: Option<Timestamp>,
    /// The sender's own name for the envelope (`ENVID`).
    pub envelope_id: Option<&'a str>,
    /// What became of the mail, for each recipient.
    pub recipients: &'a [RecipientReport],
    /// The mail or its header; only the header is used.
    pub original: &'a [u8],
}

impl std::fmt::Debug for Notification<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Notification({} recipients, redacted)", self.recipients.len())
    }
}

/// What became of a mail for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientReport {
    /// The address that was tried.
    pub recipient: TypedAddress,
    /// The address the sender first wrote (`ORCPT`).
    pub original: Option<OriginalRecipient>,
    /// What happened.
    pub action: Action,
    /// Why.
    pub status: EnhancedCode,
    /// The host that answered last.
    pub remote_mta: Option<Domain>,
    /// What it answered.
    pub diagnostic: Option<Reply>,
    /// When it was tried last.
    pub last_attempt_at: Option<Timestamp>,
    /// Until when it will be tried, for `Delayed`.
    pub will_retry_until: Option<Timestamp>,
}

impl Notification<'_> {
    /// Writes the whole mail, to be sent from the null reverse-path. Lines end by CRLF, all bytes are ASCII.
    pub fn compose(&self) -> Result<Vec<u8>, DsnError> {
        if self.recipients.is_empty() {
            return Err(DsnError::NoRecipients);
        }
        let (mut out, boundary) = self.head()?;
        text_part(&mut out, &boundary, "text/plain; charset=utf-8", self.text.as_bytes());
        let _ = write!(out, "--{boundary}\r\nContent-Type: message/delivery-status\r\n\r\n");
        self.write_message_fields(&mut out)?;
        for recipient in self.recipients {
            out.push_str("\r\n");
            recipient.write_fields(&mut out)?;
        }
        out.push_str("\r\n");
        text_part(&mut out, &boundary, "text/rfc822-headers", header_only(self.original));
        let _ = write!(out, "--{boundary}--\r\n");
        Ok(out.into_bytes())
    }

    fn head(&self) -> Result<(String, String), HeadError> {
        let head = Head {
            date: self.date,
            from_name: self.from_name,
            from: self.from,
            to: self.to,
            fields: &format!("Subject: {}\r\n", encoded_words(self.subject)),
            token: self.token,
            host: self.reporting_mta,
            auto_submitted: "auto-replied",
            report_type: "delivery-status",
        };
        head.write()
    }

    /// RFC 3464 section 2.2
    fn write_message_fields(&self, out: &mut String) -> Result<(), HeadError> {
        if let Some(id) = self.envelope_id {
            field(out, "Original-Envelope-Id", id);
        }
        field(out, "Reporting-MTA", &format!("dns; {}", self.reporting_mta));
        if let Some(at) = self.arrival_date {
            field(out, "Arrival-Date", &date(at)?);
        }
        Ok(())
    }
}

impl RecipientReport {
    /// RFC 3464 section 2.3
    fn write_fields(&self, out: &mut String) -> Result<(), HeadError> {
        if let Some(original) = &self.original {
            field(out, "Original-Recipient", &recipient_value(original));
        }
        field(out, "Final-Recipient", &recipient_value(&OriginalRecipient::of(&self.recipient)));
        field(out, "Action", self.action.as_str());
        field(out, "Status", &self.status.to_string());
        if let Some(host) = &self.remote_mta {
            field(out, "Remote-MTA", &format!("dns; {host}"));
        }
        if let Some(reply) = &self.diagnostic {
            field(out, "Diagnostic-Code", &format!("smtp; {reply}"));
        }
        if let Some(at) = self.last_attempt_at {
            field(out, "Last-Attempt-Date", &date(at)?);
        }
        if let Some(at) = self.will_retry_until {
            field(out, "Will-Retry-Until", &date(at)?);
        }
        Ok(())
    }
}

/// `type; address`, the address in plain text if it is an `rfc822` one (RFC 3464 section 2.3.1).
fn recipient_value(recipient: &OriginalRecipient) -> String {
    format!("{}; {}", recipient.kind(), recipient.decoded().as_deref().unwrap_or(recipient.encoded()))
}

/// The header of a mail: everything before the first empty line, whatever its line ends, and no more than the limit.
fn header_only(message: &[u8]) -> &[u8] {
    let mut end = 0;
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() || end + line.len() > ORIGINAL_HEADER_BYTES_MAX {
            break;
        }
        end += line.len();
    }
    message.get(..end).unwrap_or_default()
}
