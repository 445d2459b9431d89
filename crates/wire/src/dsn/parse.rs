//! Reads notifications of other servers: tolerant of their form, bounded in all they can cost.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::Action;
use crate::smtp::reply::EnhancedCode;

/// How much of a mail is looked at, in bytes.
pub const REPORT_BYTES_READ_MAX: usize = 1024 * 1024;

/// The most recipients taken from one notification.
pub const REPORT_RECIPIENTS_MAX: usize = 100;

/// The longest value of a field that is kept, in bytes.
const FIELD_BYTES_MAX: usize = 2000;

/// The most fields of one group.
const FIELDS_MAX: usize = 100;

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
    /// The `Message-ID` of the returned header, without angle brackets.
    pub original_message_id: Option<String>,
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

/// Reads a mail as a notification; `None` if it has no delivery status in it.
pub fn parse(message: &[u8]) -> Option<Report> {
    let message = message.get(..REPORT_BYTES_READ_MAX).unwrap_or(message);
    let text = String::from_utf8_lossy(message).replace("\r\n", "\n");
    let (header, body) = split_entity(&text);
    let content_type = value(&fields(header), "content-type")?;
    if !starts_with_word(&content_type, "multipart/report") {
        return None;
    }
    let delimiter = format!("--{}", parameter(&content_type, "boundary")?);
    let mut report = None;
    let mut original_message_id = None;
    for part in parts(body, &delimiter) {
        let (header, body) = split_entity(part);
        let kind = value(&fields(header), "content-type").unwrap_or_default();
        if starts_with_word(&kind, "message/delivery-status")
            || starts_with_word(&kind, "message/global-delivery-status")
        {
            report = report.or_else(|| Some(read_status(body)));
        } else if ["text/rfc822-headers", "message/rfc822", "message/global"].iter().any(|k| starts_with_word(&kind, k))
        {
            let id = value(&fields(split_entity(body.trim_start_matches('\n')).0), "message-id");
            original_message_id = id.map(|id| id.trim_matches(['<', '>', ' ']).to_owned());
        }
    }
    Some(Report { original_message_id, ..report? })
}

fn read_status(body: &str) -> Report {
    let mut groups =
        body.split("\n\n").map(|group| fields(group.trim_start_matches('\n'))).filter(|group| !group.is_empty());
    let about_mail = groups.next().unwrap_or_default();
    let mut report = Report {
        reporting_mta: typed(&about_mail, "reporting-mta"),
        original_envelope_id: value(&about_mail, "original-envelope-id"),
        arrival_date: value(&about_mail, "arrival-date").and_then(|text| date(&text)),
        ..Report::default()
    };
    // Some servers forget the empty line behind the fields about the mail.
    let joined = value(&about_mail, "final-recipient").is_some().then(|| about_mail.clone());
    report.recipients =
        joined.into_iter().chain(groups).take(REPORT_RECIPIENTS_MAX).map(|group| recipient(&group)).collect();
    report
}

fn recipient(group: &[Field]) -> ReportedRecipient {
    let status = value(group, "status");
    ReportedRecipient {
        final_recipient: typed(group, "final-recipient"),
        original_recipient: typed(group, "original-recipient"),
        action: value(group, "action").and_then(|text| Action::parse(first_word(&text))),
        // Some servers put a comment behind the code.
        status: status.and_then(|text| EnhancedCode::parse(first_word(&text))),
        remote_mta: typed(group, "remote-mta"),
        diagnostic: typed(group, "diagnostic-code"),
        will_retry_until: value(group, "will-retry-until").and_then(|text| date(&text)),
    }
}

/// A field: its name in lower case and its unfolded value.
type Field = (String, String);

fn fields(block: &str) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for line in block.split('\n') {
        if let Some(more) = line.strip_prefix([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                push_limited(value, " ");
                push_limited(value, more.trim());
            }
        } else if let Some((name, text)) = line.split_once(':') {
            if fields.len() == FIELDS_MAX {
                break;
            }
            let mut value = String::new();
            push_limited(&mut value, text.trim());
            fields.push((name.trim_end().to_ascii_lowercase(), value));
        }
    }
    fields
}

fn push_limited(value: &mut String, text: &str) {
    let room = FIELD_BYTES_MAX.saturating_sub(value.len());
    let end = text.floor_char_boundary(room);
    value.extend(text.get(..end).unwrap_or_default().chars().map(|c| if c.is_control() { ' ' } else { c }));
}

fn value(fields: &[Field], name: &str) -> Option<String> {
    fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
}

/// The value behind `type;`, such as the address in `rfc822; jane@example.org`.
fn typed(fields: &[Field], name: &str) -> Option<String> {
    let value = value(fields, name)?;
    let text = value.split_once(';').map_or(value.as_str(), |(_, text)| text).trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()
}

fn first_word(text: &str) -> &str {
    text.split([' ', '\t', '(']).next().unwrap_or("")
}

fn starts_with_word(value: &str, word: &str) -> bool {
    value.split([';', ' ', '\t']).next().is_some_and(|first| first.eq_ignore_ascii_case(word))
}

/// A parameter of a `Content-Type`, quoted or not.
fn parameter(content_type: &str, name: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (key.trim().eq_ignore_ascii_case(name) && !value.is_empty()).then(|| value.to_owned())
    })
}

/// Splits behind the first empty line.
fn split_entity(entity: &str) -> (&str, &str) {
    if let Some(body) = entity.strip_prefix('\n') {
        return ("", body);
    }
    entity.split_once("\n\n").unwrap_or((entity, ""))
}

/// The parts between delimiter lines; the last one may lack its end.
fn parts<'a>(body: &'a str, delimiter: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut start = None;
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        if line.trim_end().strip_prefix(delimiter).is_some_and(|rest| rest.is_empty() || rest == "--") {
            parts.extend(start.and_then(|start| body.get(start..at)));
            start = (!line.trim_end().ends_with("--") || line.trim_end() == delimiter).then_some(at + line.len());
        }
        at += line.len();
    }
    parts.extend(start.and_then(|start| body.get(start..)));
    parts
}
