//! MTA-STS (RFC 8461): how a domain without DNSSEC says that its mail servers have verifiable certificates.
//!
//! Two things belong to it. A TXT record at `_mta-sts.<domain>` *announces* that there is a policy, and changes its `id` with it. The *policy* itself is a
//! small text at `https://mta-sts.<domain>/.well-known/mta-sts.txt`; that it comes from there, over verified HTTPS, is what gives it its worth:
//!
//! ```text
//! version: STSv1
//! mode: enforce
//! mx: mail.example.org
//! mx: *.mx.example.org
//! max_age: 604800
//! ```
//!
//! A policy is kept for `max_age` seconds, whatever becomes of the announcement: who blocks DNS or HTTPS later does not get rid of it.

use std::{fmt, time::Duration};

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;

use crate::address::Domain;

/// The largest policy that is read, in bytes (RFC 8461 section 3.3 suggests 64 KiB).
pub const POLICY_BYTES_MAX: usize = 64 * 1024;

/// The longest that a policy may be kept: a year (section 3.2).
pub const MAX_AGE_MAX: Duration = Duration::from_hours(8766);

/// The most `mx` lines that are read: as many as fit, in practice; more than a domain has servers.
pub const PATTERNS_MAX: usize = 1000;

/// The longest `id` of an announcement (section 3.1).
const ID_CHARS_MAX: usize = 32;

/// The name at which a domain announces its policy.
pub fn announcement_name(domain: &Domain) -> String {
    format!("_mta-sts.{domain}")
}

/// The host from which a domain's policy is fetched.
pub fn policy_host(domain: &Domain) -> String {
    format!("mta-sts.{domain}")
}

/// The path at which a policy lies.
pub const POLICY_PATH: &str = "/.well-known/mta-sts.txt";

/// An announcement that breaks the rules: the domain then counts as having none (section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnnouncementError {
    /// More than one record.
    #[error("there are several records that begin with v=STSv1")]
    Several,
    /// The `id` is missing, too long, or not of letters and digits.
    #[error("the id has to be of 1 to {ID_CHARS_MAX} letters and digits")]
    Id,
    /// Something between semicolons is no `name=value`.
    #[error("a field is not of the form name=value")]
    Field,
}

/// The `id` in the announcement among the TXT records of [`announcement_name`], each with its strings joined. `None` where there is none.
pub fn announced_id<'a>(records: impl IntoIterator<Item = &'a str>) -> Result<Option<&'a str>, AnnouncementError> {
    let mut found = records.into_iter().filter_map(fields_of);
    let Some(fields) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(AnnouncementError::Several);
    }
    let mut id = None;
    for field in fields.split(';').map(|field| field.trim_matches([' ', '\t'])) {
        match field.split_once('=') {
            Some(("id", value)) if id.is_none() => id = Some(value),
            Some(_) => {}
            None if field.is_empty() => {}
            None => return Err(AnnouncementError::Field),
        }
    }
    let is_id =
        |id: &&str| (1..=ID_CHARS_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    id.filter(is_id).map(Some).ok_or(AnnouncementError::Id)
}

/// What stands behind `v=STSv1;`. Other records at the name are none of ours.
fn fields_of(record: &str) -> Option<&str> {
    record.strip_prefix("v=STSv1")?.trim_start_matches([' ', '\t']).strip_prefix(';')
}

/// What a policy asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Nothing is sent to a server that does not pass.
    Enforce,
    /// What does not pass is reported, and sent as if there were no policy.
    Testing,
    /// The domain has ended its policy.
    None,
}

impl Mode {
    /// The word in a policy.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Testing => "testing",
            Self::None => "none",
        }
    }

    /// The mode of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Enforce, Self::Testing, Self::None].into_iter().find(|mode| mode.word() == word)
    }
}

/// Names of mail servers: one, or all with one more label in front.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// This host.
    Host(Domain),
    /// Every host directly under this domain.
    Under(Domain),
}

impl Pattern {
    /// Reads a name as it stands in a policy; `None` where it names no mail server.
    pub fn parse(text: &str) -> Option<Self> {
        let is_host = |name: &Domain| name.as_str().contains('.');
        match text.strip_prefix("*.") {
            Some(parent) => Domain::parse(parent).ok().map(Self::Under),
            None => Domain::parse(text).ok().filter(is_host).map(Self::Host),
        }
    }

    /// Whether a host is among them. `*` stands for exactly one label (section 4.1).
    pub fn covers(&self, host: &Domain) -> bool {
        match self {
            Self::Host(name) => name == host,
            Self::Under(parent) => host.as_str().split_once('.').is_some_and(|(_, rest)| rest == parent.as_str()),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(name) => write!(f, "{name}"),
            Self::Under(parent) => write!(f, "*.{parent}"),
        }
    }
}

/// A policy that breaks the rules: it is as if it could not be fetched (section 3.3).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is longer than [`POLICY_BYTES_MAX`].
    #[error("the policy is longer than {POLICY_BYTES_MAX} bytes")]
    TooLarge,
    /// It is not of ASCII text (names of servers are A-labels).
    #[error("the policy is no ASCII text")]
    NotText,
    /// A line is no `key: value`.
    #[error("line {0} is not of the form key: value")]
    Line(usize),
    /// A key is missing or has no valid value.
    #[error("{0} is missing or has no valid value")]
    Field(&'static str),
    /// An `mx` line is no host name.
    #[error("line {0} names no mail server")]
    Pattern(usize),
    /// There are more than [`PATTERNS_MAX`].
    #[error("the policy names more than {PATTERNS_MAX} mail servers")]
    TooManyPatterns,
    /// A mode other than `none` without any server.
    #[error("the policy names no mail server")]
    NoPatterns,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What it asks for.
    pub mode: Mode,
    /// How long it may be kept, at most [`MAX_AGE_MAX`].
    pub max_age: Duration,
    /// The servers it covers.
    pub patterns: Vec<Pattern>,
}

impl Policy {
    /// Reads a policy (section 3.2). Of a key that comes twice the first counts; unknown keys are passed over.
    pub fn parse(text: &[u8]) -> Result<Self, PolicyError> {
        if text.len() > POLICY_BYTES_MAX {
            return Err(PolicyError::TooLarge);
        }
        let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii()).ok_or(PolicyError::NotText)?;
        let (mut version, mut mode, mut max_age, mut patterns) = (None, None, None, Vec::new());
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim_matches([' ', '\t']);
            if line.is_empty() {
                continue;
            }
            let (key, value) = line.split_once(':').ok_or(PolicyError::Line(number))?;
            let value = value.trim_matches([' ', '\t']);
            match key.trim_end_matches([' ', '\t']) {
                "version" => _ = version.get_or_insert(value),
                "mode" => _ = mode.get_or_insert(value),
                "max_age" => _ = max_age.get_or_insert(value),
                "mx" if patterns.len() == PATTERNS_MAX => return Err(PolicyError::TooManyPatterns),
                "mx" => patterns.push(Pattern::parse(value).ok_or(PolicyError::Pattern(number))?),
                _ => {}
            }
        }
        version.filter(|version| *version == "STSv1").ok_or(PolicyError::Field("version"))?;
        let mode = mode.and_then(Mode::from_word).ok_or(PolicyError::Field("mode"))?;
        let max_age = max_age.and_then(seconds).ok_or(PolicyError::Field("max_age"))?;
        if patterns.is_empty() && mode != Mode::None {
            return Err(PolicyError::NoPatterns);
        }
        Ok(Self { mode, max_age, patterns })
    }

    /// An `id` for the announcement that changes exactly when the policy does: the first half of a digest of its text.
    pub fn id(&self) -> String {
        let digest = digest::digest(&digest::SHA256, self.to_string().as_bytes());
        HEXLOWER.encode(digest.as_ref()).chars().take(ID_CHARS_MAX).collect()
    }

    /// The announcement to publish at [`announcement_name`].
    pub fn announcement(&self) -> String {
        format!("v=STSv1; id={};", self.id())
    }

    /// Whether the policy covers a mail server.
    pub fn covers(&self, host: &Domain) -> bool {
        self.patterns.iter().any(|pattern| pattern.covers(host))
    }
}

/// `1*10(DIGIT)`. More than a year is taken as a year: a policy that asks for too much is better than none.
fn seconds(text: &str) -> Option<Duration> {
    let is_number = (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = is_number.then(|| text.parse().ok()).flatten();
    seconds.map(|seconds| Duration::from_secs(seconds).min(MAX_AGE_MAX))
}

/// The text to publish.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version: STSv1\r\nmode: {}\r\n", self.mode.word())?;
        self.patterns.iter().try_for_each(|pattern| write!(f, "mx: {pattern}\r\n"))?;
        write!(f, "max_age: {}\r\n", self.max_age.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn domain(name: &str) -> Domain {
        Domain::parse(name).unwrap()
    }

    #[test]
    fn announcements_are_read_as_the_grammar_says() {
        for (records, id) in [
            (&["v=STSv1; id=20160831085700Z;"][..], Ok(Some("20160831085700Z"))),
            (&["v=STSv1;id=a"], Ok(Some("a"))),
            (&["v=STSv1 ; id=a ; x=y ; "], Ok(Some("a"))),
            (&["v=STSv1; id=a; id=b;"], Ok(Some("a"))),
            (&["v=spf1 -all", "v=STSv1; id=a;"], Ok(Some("a"))),
            (&[], Ok(None)),
            (&["v=STSv2; id=a;", "v=STSv10; id=a;", "V=STSv1; id=a;", " v=STSv1; id=a;"], Ok(None)),
            (&["v=STSv1"], Ok(None)),
            (&["v=STSv1; id=a;", "v=STSv1; id=a;"], Err(AnnouncementError::Several)),
            (&["v=STSv1;"], Err(AnnouncementError::Id)),
            (&["v=STSv1; id=;"], Err(AnnouncementError::Id)),
            (&["v=STSv1; id=a-b;"], Err(AnnouncementError::Id)),
            (&["v=STSv1; id=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;"], Ok(Some("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))),
            (&["v=STSv1; id=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;"], Err(AnnouncementError::Id)),
            (&["v=STSv1; id=a; b"], Err(AnnouncementError::Field)),
        ] {
            assert_eq!(announced_id(records.iter().copied()), id, "{records:?}");
        }
    }

    #[test]
    fn a_policy_is_read_and_written() {
        let text =
            "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n";
        let policy = Policy::parse(text.as_bytes()).unwrap();
        assert_eq!(policy.mode, Mode::Enforce);
        assert_eq!(policy.max_age, Duration::from_hours(168));
        assert_eq!(policy.to_string(), text);
        let loose = "mode:enforce\nmode: none\n\nmax_age : 604800 \nfuture: x: y\nmx: Mail.Example.COM\nmx:*.example.net\nversion:STSv1";
        assert_eq!(Policy::parse(loose.as_bytes()), Ok(policy));
    }

    #[test]
    fn the_id_changes_exactly_when_the_policy_does() {
        let parse = |text: &str| Policy::parse(text.as_bytes()).unwrap();
        let policy = parse("version: STSv1\nmode: enforce\nmx: a.example.com\nmx: b.example.com\nmax_age: 604800");
        let again = parse("mode: enforce\nmx:A.example.com\nmx:b.example.com\nmax_age:604800\nversion: STSv1\nx: y");
        assert_eq!(policy.id(), again.id());
        assert_eq!(announced_id([policy.announcement().as_str()]), Ok(Some(policy.id().as_str())));
        for other in [
            Policy { mode: Mode::Testing, ..policy.clone() },
            Policy { max_age: Duration::from_secs(604_801), ..policy.clone() },
            Policy { patterns: policy.patterns[..1].to_vec(), ..policy.clone() },
        ] {
            assert_ne!(other.id(), policy.id(), "{other}");
        }
    }

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let policy =
            Policy::parse(b"version: STSv1\nmode: testing\nmx: mail.example.com\nmx: *.example.net\nmax_age: 0")
                .unwrap();
        for (host, covered) in [
            ("mail.example.com", true),
            ("example.com", false),
            ("a.mail.example.com", false),
            ("a.example.net", true),
            ("example.net", false),
            ("a.b.example.net", false),
            ("aexample.net", false),
        ] {
            assert_eq!(policy.covers(&domain(host)), covered, "{host}");
        }
    }

    #[test]
    fn broken_policies_say_what_is_wrong() {
        let with = |lines: &str| Policy::parse(format!("version: STSv1\n{lines}").as_bytes());
        for (lines, error) in [
            ("mode: enforce\nmax_age: 1", PolicyError::NoPatterns),
            ("mode: strict\nmax_age: 1\nmx: a.example", PolicyError::Field("mode")),
            ("max_age: 1\nmx: a.example", PolicyError::Field("mode")),
            ("mode: enforce\nmx: a.example", PolicyError::Field("max_age")),
            ("mode: enforce\nmax_age: -1\nmx: a.example", PolicyError::Field("max_age")),
            ("mode: enforce\nmax_age: 99999999999999999999\nmx: a.example", PolicyError::Field("max_age")),
            ("mode: enforce\nmax_age: 1\nmx: a.*.example", PolicyError::Pattern(4)),
            ("mode: enforce\nmax_age: 1\nmx: *", PolicyError::Pattern(4)),
            ("mode: enforce\nmax_age: 1\nmx: ", PolicyError::Pattern(4)),
            ("mode: enforce\n<html>\n", PolicyError::Line(3)),
        ] {
            assert_eq!(with(lines), Err(error), "{lines}");
        }
        for seconds in [31_557_600_u64, 31_557_601, 9_999_999_999] {
            assert_eq!(with(&format!("mode: none\nmax_age: {seconds}")).map(|policy| policy.max_age), Ok(MAX_AGE_MAX));
        }
        assert_eq!(Policy::parse(b"mode: none\nmax_age: 1"), Err(PolicyError::Field("version")));
        assert_eq!(Policy::parse(b"version: STSv2\nmode: none\nmax_age: 1"), Err(PolicyError::Field("version")));
        assert_eq!(Policy::parse("version: STSv1\nmx: müller.example".as_bytes()), Err(PolicyError::NotText));
    }

    #[test]
    fn sizes_have_an_edge() {
        let policy =
            |lines: usize| format!("version: STSv1\nmode: enforce\nmax_age: 1\n{}", "mx: a.example\n".repeat(lines));
        assert!(Policy::parse(policy(PATTERNS_MAX).as_bytes()).is_ok());
        assert_eq!(Policy::parse(policy(PATTERNS_MAX + 1).as_bytes()), Err(PolicyError::TooManyPatterns));
        let padded = |bytes: usize| policy(1) + &"\n".repeat(bytes - policy(1).len());
        assert!(Policy::parse(padded(POLICY_BYTES_MAX).as_bytes()).is_ok());
        assert_eq!(Policy::parse(padded(POLICY_BYTES_MAX + 1).as_bytes()), Err(PolicyError::TooLarge));
    }

    proptest! {
        #[test]
        fn reading_never_fails_badly_and_what_is_read_is_written_alike(text in "[a-zSTv1:*. \\r\\n_-]{0,200}") {
            let _any = announced_id([text.as_str()]);
            if let Ok(policy) = Policy::parse(text.as_bytes()) {
                prop_assert_eq!(Policy::parse(policy.to_string().as_bytes()), Ok(policy));
            }
        }
    }
}
