//! Reads the delivery status of other servers: tolerant of its form, bounded in all it can cost.

use jiff::Timestamp;

use super::Action;
use crate::address::{EmailAddress, TypedAddress};
use crate::fields::{self, Group};
use crate::smtp::reply::EnhancedCode;

/// The most recipients taken from one notification.
pub const REPORT_RECIPIENTS_MAX: usize = 100;

/// What a notification says; a claim of whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The host that reports, without its type.
    pub reporting_mta: Option<String>,
    /// What was given as `ENVID`.
    pub original_envelope_id: Option<String>,
    /// When the reporting host got the mail.
    pub arrival_date: Option<Timestamp>,
    /// One for each recipient it reports on.
    pub recipients: Vec<ReportedRecipient>,
}

/// What a notification says of one recipient. `Debug` shows no address.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ReportedRecipient {
    /// The address that was tried, without its type. Personal data: not for logs.
    pub final_recipient: Option<String>,
    /// The address first written, without its type. Personal data: not for logs.
    pub original_recipient: Option<String>,
    /// What happened; `None` if it was not said or not understood.
    pub action: Option<Action>,
    /// Why.
    pub status: Option<EnhancedCode>,
    /// The host that answered, without its type.
    pub remote_mta: Option<String>,
    /// What it answered, without its type; may name the address.
    pub diagnostic: Option<String>,
    /// Until when will be tried.
    pub will_retry_until: Option<Timestamp>,
}

impl std::fmt::Debug for ReportedRecipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReportedRecipient({:?}, {:?}, redacted)", self.action, self.status)
    }
}

/// What became of a mail, as far as a report says it clearly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What happened.
    pub action: Action,
    /// Why, if it was said.
    pub status: Option<EnhancedCode>,
}

/// Reads the content of a `message/delivery-status` (RFC 3464 section 2) or `message/global-delivery-status` (RFC 6533 section 4) part, its transfer
/// encoding undone.
pub fn read(content: &[u8]) -> Report {
    let mut groups = fields::groups(content, REPORT_RECIPIENTS_MAX + 1).into_iter().peekable();
    let mut report = Report::default();
    if let Some(about_mail) = groups.peek() {
        report.reporting_mta = text(about_mail, "reporting-mta");
        report.original_envelope_id = about_mail.value("original-envelope-id").map(str::to_owned);
        report.arrival_date = about_mail.date("arrival-date");
        // Some servers forget the empty line behind the fields about the mail, and some these fields.
        if about_mail.value("final-recipient").is_none() && about_mail.value("action").is_none() {
            groups.next();
        }
    }
    report.recipients = groups.take(REPORT_RECIPIENTS_MAX).map(|group| recipient(&group)).collect();
    report
}

fn recipient(group: &Group) -> ReportedRecipient {
    let diagnostic = text(group, "diagnostic-code");
    let status = group.word("status").and_then(EnhancedCode::parse);
    ReportedRecipient {
        final_recipient: address(group, "final-recipient"),
        original_recipient: address(group, "original-recipient"),
        action: group.word("action").and_then(Action::parse),
        status: status.or_else(|| status_in(diagnostic.as_deref()?)),
        remote_mta: text(group, "remote-mta"),
        will_retry_until: group.date("will-retry-until"),
        diagnostic,
    }
}

fn text(group: &Group, name: &str) -> Option<String> {
    group.typed(name).map(|(_, text)| text.to_owned())
}

/// An address, without angle brackets; one of the type `utf-8` may be written with escapes (RFC 6533 section 3).
fn address(group: &Group, name: &str) -> Option<String> {
    let (kind, text) = group.typed(name)?;
    let text = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    Some(if kind == "utf-8" { unescape(text) } else { text.to_owned() })
}

/// Undoes `\x{F6}`; what is no such escape stays as it is.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\\x{") {
        out.push_str(before);
        let escaped = behind.split_once('}').and_then(|(digits, rest)| {
            let valid = (2..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let c = u32::from_str_radix(digits, 16).ok().filter(|_| valid).and_then(char::from_u32)?;
            (!c.is_control()).then_some((c, rest))
        });
        rest = if let Some((c, rest)) = escaped {
            out.push(c);
            rest
        } else {
            out.push_str("\\x{");
            behind
        };
    }
    out.push_str(rest);
    out
}

/// The status in the answer of a server, such as `550 5.1.1 No such user`; of a bare `550` its class.
fn status_in(diagnostic: &str) -> Option<EnhancedCode> {
    let mut words = diagnostic.split([' ', '-', '#']).filter(|word| !word.is_empty());
    let code = words.next()?;
    let class = match code.as_bytes() {
        [class @ (b'2' | b'4' | b'5'), b'0'..=b'9', b'0'..=b'9'] => class - b'0',
        _ => return None,
    };
    let said = words.next().and_then(EnhancedCode::parse).filter(|said| said.class == class);
    Some(said.unwrap_or(EnhancedCode::new(class, 0, 0)))
}

impl Report {
    /// What became of a mail to `recipient`, the only one it had; `None` if the report does not say it.
    ///
    /// A group that names the recipient counts before others: those report on addresses that the mail was forwarded to. Where several groups count,
    /// the best counts: a mail that reached one member of a list did not come back.
    pub fn verdict(&self, recipient: &TypedAddress) -> Option<Verdict> {
        let verdicts = |named: bool| {
            let counts = move |group: &&ReportedRecipient| !named || group.names(recipient.address());
            self.recipients.iter().filter(counts).filter_map(ReportedRecipient::verdict).collect::<Vec<_>>()
        };
        let named = verdicts(true);
        let counting = if named.is_empty() { verdicts(false) } else { named };
        counting.into_iter().min_by_key(|verdict| verdict.action.severity())
    }
}

impl ReportedRecipient {
    fn names(&self, recipient: &EmailAddress) -> bool {
        let is = |said: &Option<String>| {
            said.as_deref().is_some_and(|said| EmailAddress::parse(said).is_ok_and(|said| said == *recipient))
        };
        is(&self.original_recipient) || is(&self.final_recipient)
    }

    /// The action, or where none is said what the status means. One that contradicts its status says nothing.
    fn verdict(&self) -> Option<Verdict> {
        let class = self.status.map(|status| status.class);
        let action = match (self.action, class) {
            (None, Some(2)) => Action::Delivered,
            (None, Some(4)) => Action::Delayed,
            (None, Some(5)) => Action::Failed,
            (None, _)
            | (Some(Action::Failed), Some(2))
            | (Some(Action::Delivered | Action::Relayed | Action::Expanded), Some(4 | 5)) => return None,
            (Some(action), _) => action,
        };
        Some(Verdict { action, status: self.status })
    }
}
