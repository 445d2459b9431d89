//! Calendar invitations (RFC 5545, RFC 5546) as a few readable lines.
//!
//! The invitation is shown as text, and the file stays attached for whoever wants it in a calendar. Only the first event
//! of a part is read; recurrence rules and alarms are left to calendar programs.

use crate::limits::CALENDAR_BYTES_MAX;

/// Content lines of one calendar that are read.
const LINES_MAX: usize = 5_000;
/// Characters kept of one value.
const VALUE_CHARS_MAX: usize = 500;

/// An invitation, answer or cancellation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invitation {
    /// What is asked, in upper case: `REQUEST`, `CANCEL`, `REPLY`, `PUBLISH` (RFC 5546 section 1.4).
    pub method: String,
    /// Title of the event.
    pub summary: String,
    /// Where it takes place.
    pub location: String,
    /// Who invites: name, or address.
    pub organizer: String,
    /// When it begins.
    pub starts: Option<EventTime>,
    /// When it ends.
    pub ends: Option<EventTime>,
}

/// A time in a calendar, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTime {
    /// Date and, unless `all_day`, time of day.
    pub local: jiff::civil::DateTime,
    /// Name of the time zone: `UTC`, what `TZID` says, or empty for "wherever the reader is".
    pub zone: String,
    /// Whether only the date counts.
    pub all_day: bool,
}

/// Reads the first event of a calendar; `None` if there is none.
pub fn read(text: &str) -> Option<Invitation> {
    let unfolded = unfold(crate::charset::cut(text, CALENDAR_BYTES_MAX));
    let mut invitation = Invitation::default();
    let mut components: Vec<&str> = Vec::new();
    let mut found = false;
    for line in unfolded.lines().take(LINES_MAX) {
        let Some((name, parameters, value)) = content_line(line) else { continue };
        match name.to_ascii_uppercase().as_str() {
            "BEGIN" if components.len() < 10 => components.push(value),
            "END" => {
                let ended = components.pop();
                if ended.is_some_and(|component| component.eq_ignore_ascii_case("VEVENT")) {
                    break;
                }
            }
            "METHOD" if components.len() <= 1 => invitation.method = plain(value).to_ascii_uppercase(),
            property if components.last().is_some_and(|last| last.eq_ignore_ascii_case("VEVENT")) => {
                found = true;
                set(&mut invitation, property, parameters, value);
            }
            _ => {}
        }
    }
    found.then_some(invitation)
}

fn set(invitation: &mut Invitation, property: &str, parameters: &str, value: &str) {
    match property {
        "SUMMARY" => invitation.summary = plain(value),
        "LOCATION" => invitation.location = plain(value),
        "ORGANIZER" => {
            let name = parameter(parameters, "CN").map(plain).filter(|name| !name.is_empty());
            let address =
                value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).and_then(|_| value.get(7..));
            invitation.organizer = name.unwrap_or_else(|| plain(address.unwrap_or(value)));
        }
        "DTSTART" => invitation.starts = event_time(parameters, value),
        "DTEND" => invitation.ends = event_time(parameters, value),
        _ => {}
    }
}

/// Joins folded lines (RFC 5545 section 3.1).
fn unfold(text: &str) -> String {
    text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
}

/// Splits `NAME;PARAM=x:value`; a colon inside quotes does not count.
fn content_line(line: &str) -> Option<(&str, &str, &str)> {
    let mut quoted = false;
    let colon = line.char_indices().find_map(|(at, letter)| {
        quoted ^= letter == '"';
        (letter == ':' && !quoted).then_some(at)
    })?;
    let (head, value) = line.split_at_checked(colon)?;
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some((name, parameters, value.strip_prefix(':')?))
}

fn parameter<'a>(parameters: &'a str, wanted: &str) -> Option<&'a str> {
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.eq_ignore_ascii_case(wanted).then(|| value.trim_matches('"'))
    })
}

/// Undoes escapes (RFC 5545 section 3.3.11) and makes one line of it.
fn plain(value: &str) -> String {
    let value =
        value.replace("\\n", " ").replace("\\N", " ").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\");
    crate::field::one_line(&value).chars().take(VALUE_CHARS_MAX).collect()
}

/// `20261122T140000Z` or `20261122` (RFC 5545 sections 3.3.4 and 3.3.5).
fn event_time(parameters: &str, value: &str) -> Option<EventTime> {
    let value = value.trim();
    let (value, utc) = value.strip_suffix('Z').map_or((value, false), |value| (value, true));
    let zone = if utc { "UTC".to_owned() } else { parameter(parameters, "TZID").map(plain).unwrap_or_default() };
    let (date, time) = value.split_once('T').map_or((value, None), |(date, time)| (date, Some(time)));
    let number = |text: &str, from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let small = |text: &str, from: usize| i8::try_from(number(text, from, from + 2)?).ok();
    let date_parts = (number(date, 0, 4)?, small(date, 4)?, small(date, 6)?);
    let (hour, minute, second) = match time {
        Some(time) => (small(time, 0)?, small(time, 2)?, small(time, 4)?),
        None => (0, 0, 0),
    };
    let (year, month, day) = date_parts;
    let local = jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    Some(EventTime { local, zone, all_day: time.is_none() })
}
