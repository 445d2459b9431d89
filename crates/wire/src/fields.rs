//! The fields of machine-readable reports: `Name: value` lines that may be folded, in groups parted by empty lines (RFC 3464 section 2.1).
//!
//! Shared by delivery reports and feedback reports. Read as it comes: either line end, any case, any charset (what is no UTF-8 is shown by
//! replacement characters), and bounded in all it can cost.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// How much of a report is looked at, in bytes.
pub const REPORT_BYTES_READ_MAX: usize = 256 * 1024;

/// The longest value of a field that is kept, in bytes.
pub(crate) const FIELD_BYTES_MAX: usize = 2000;

/// The most fields of one group.
pub(crate) const FIELDS_MAX: usize = 100;

/// One group: names in lower case, unfolded values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Group(Vec<(String, String)>);

/// The groups of a report that have fields at all, at most `groups_max`.
pub(crate) fn groups(report: &[u8], groups_max: usize) -> Vec<Group> {
    let text = String::from_utf8_lossy(report.get(..REPORT_BYTES_READ_MAX).unwrap_or(report));
    let mut groups = Vec::new();
    let mut group = Group::default();
    for line in text.lines().chain([""]) {
        if !line.trim().is_empty() {
            group.take(line);
        } else if !group.0.is_empty() {
            groups.push(std::mem::take(&mut group));
            if groups.len() == groups_max {
                break;
            }
        }
    }
    groups
}

impl Group {
    fn take(&mut self, line: &str) {
        if let Some(more) = line.strip_prefix([' ', '\t']) {
            if let Some((_, value)) = self.0.last_mut() {
                if !value.is_empty() {
                    push_limited(value, " ");
                }
                push_limited(value, more.trim());
            }
        } else if let Some((name, text)) = line.split_once(':')
            && self.0.len() < FIELDS_MAX
        {
            let mut value = String::new();
            push_limited(&mut value, text.trim());
            self.0.push((name.trim().to_ascii_lowercase(), value));
        }
    }

    /// The value of the first field of this name (in lower case) that has one.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, value)| field == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// How many fields have this name.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|(field, _)| field == name).count()
    }

    /// The first word of a value: what stands before a blank or a comment.
    pub(crate) fn word(&self, name: &str) -> Option<&str> {
        self.value(name)?.split([' ', '\t', '(', ';']).next().filter(|word| !word.is_empty())
    }

    /// Type in lower case and text of a value such as `rfc822; jane@example.org`; the type is empty where there is none.
    pub(crate) fn typed(&self, name: &str) -> Option<(String, &str)> {
        let value = self.value(name)?;
        let (kind, text) = value.split_once(';').unwrap_or(("", value));
        let text = text.trim();
        (!text.is_empty()).then(|| (kind.trim().to_ascii_lowercase(), text))
    }

    /// A date.
    pub(crate) fn date(&self, name: &str) -> Option<Timestamp> {
        rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(self.value(name)?).ok()
    }
}

fn push_limited(value: &mut String, text: &str) {
    let room = FIELD_BYTES_MAX.saturating_sub(value.len());
    let end = text.floor_char_boundary(room);
    value.extend(text.get(..end).unwrap_or_default().chars().map(|c| if c.is_control() { ' ' } else { c }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_parted_by_empty_lines_of_any_kind() {
        for end in ["\n", "\r\n"] {
            let text = ["", "A: 1", " 2", "", "", "no field", " \t", "b : (x)", "B: y z", ""].join(end);
            let groups = groups(text.as_bytes(), 9);
            assert_eq!(groups.len(), 2, "{text:?}");
            assert_eq!((groups[0].value("a"), groups[0].value("b")), (Some("1 2"), None));
            assert_eq!((groups[1].word("b"), groups[1].value("b"), groups[1].count("b")), (None, Some("(x)"), 2));
        }
    }

    #[test]
    fn limits_hold_at_their_edges() {
        let last = |fields: usize| format!("{}Last: x\n", "F: x\n".repeat(fields - 1));
        assert!(groups(last(FIELDS_MAX).as_bytes(), 1)[0].value("last").is_some());
        assert!(groups(last(FIELDS_MAX + 1).as_bytes(), 1)[0].value("last").is_none());
        for (bytes, kept) in [(FIELD_BYTES_MAX, FIELD_BYTES_MAX), (FIELD_BYTES_MAX + 1, FIELD_BYTES_MAX)] {
            assert_eq!(groups(format!("A: {}", "x".repeat(bytes)).as_bytes(), 1)[0].value("a").unwrap().len(), kept);
        }
        let far = |bytes: usize| format!("{}\nA: 1", "x".repeat(bytes - "\nA: 1".len()));
        assert_eq!(groups(far(REPORT_BYTES_READ_MAX).as_bytes(), 1)[0].value("a"), Some("1"));
        assert!(groups(far(REPORT_BYTES_READ_MAX + 1).as_bytes(), 1).first().is_none_or(|g| g.value("a").is_none()));
    }
}
