//! The report itself (section 4.4): JSON, compressed (section 5.2).

use std::{
    io::{Read, Write as _},
    net::IpAddr,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    list,
    word::{PolicyType, ResultType},
};

/// The media type of a compressed report (section 6.5).
pub const MEDIA_TYPE_GZIP: &str = "application/tlsrpt+gzip";

/// The largest report that is read, in bytes, compressed.
pub const COMPRESSED_BYTES_MAX: usize = 1024 * 1024;
/// The largest report that is read, in bytes, inflated.
pub const INFLATED_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// The most policies of a report.
pub const POLICIES_MAX: usize = 1000;
/// The most kinds of failures of one policy.
pub const DETAILS_MAX: usize = 1000;
/// The most strings in a list: lines of a policy, patterns of mail servers.
pub const STRINGS_MAX: usize = 64;

/// What one sender found at the mail servers of a domain, on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// Who reports.
    pub organization_name: String,
    /// The time that it is about.
    pub date_range: DateRange,
    /// Whom to ask.
    #[serde(default)]
    pub contact_info: String,
    /// A text that no other report of this sender has.
    pub report_id: String,
    /// What was found, by policy.
    #[serde(deserialize_with = "list::bounded::<_, _, POLICIES_MAX>")]
    pub policies: Vec<PolicyReport>,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DateRange {
    /// Its first second.
    pub start_datetime: Timestamp,
    /// Its last second.
    pub end_datetime: Timestamp,
}

/// What was found under one policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PolicyReport {
    /// The policy.
    pub policy: Policy,
    /// How many sessions.
    pub summary: Summary,
    /// Why sessions failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list::bounded::<_, _, DETAILS_MAX>")]
    pub failure_details: Vec<FailureDetail>,
}

/// A policy as it was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Policy {
    /// Its kind.
    pub policy_type: PolicyType,
    /// Its text: the lines of an MTA-STS policy, or the TLSA records as in a zone file.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list::strings::<_, STRINGS_MAX>")]
    pub policy_string: Vec<String>,
    /// The domain that publishes it; for TLSA records the server at which they stand.
    pub policy_domain: String,
    /// The mail servers that an MTA-STS policy covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list::strings::<_, STRINGS_MAX>")]
    pub mx_host: Vec<String>,
}

/// How many sessions went well and how many did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// They were protected as the policy wants it.
    pub total_successful_session_count: u64,
    /// They were not.
    pub total_failure_session_count: u64,
}

/// Sessions that failed alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FailureDetail {
    /// Why.
    pub result_type: ResultType,
    /// From which address.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "list::address")]
    pub sending_mta_ip: Option<IpAddr>,
    /// At which mail server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiving_mx_hostname: Option<String>,
    /// At which address.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "list::address")]
    pub receiving_ip: Option<IpAddr>,
    /// How many.
    pub failed_session_count: u64,
    /// Why, in the sender's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason_code: Option<String>,
}

/// Why a report is not read, or cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// It is larger than [`COMPRESSED_BYTES_MAX`] or [`INFLATED_BYTES_MAX`].
    #[error("the report is larger than {COMPRESSED_BYTES_MAX} bytes, or {INFLATED_BYTES_MAX} inflated")]
    TooLarge,
    /// It is no report.
    #[error("it is no report: {0}")]
    Form(String),
}

impl Report {
    /// Reads a compressed report. It is read as it is inflated, and never whole in memory.
    pub fn read_gzip(compressed: &[u8]) -> Result<Self, ReportError> {
        if compressed.len() > COMPRESSED_BYTES_MAX {
            return Err(ReportError::TooLarge);
        }
        Self::read(GzDecoder::new(compressed))
    }

    /// Reads a report that is not compressed.
    pub fn read_json(json: &[u8]) -> Result<Self, ReportError> {
        Self::read(json)
    }

    fn read(source: impl Read) -> Result<Self, ReportError> {
        let mut bounded = source.take(INFLATED_BYTES_MAX + 1);
        let read = serde_json::from_reader(std::io::BufReader::new(&mut bounded));
        if bounded.limit() == 0 {
            return Err(ReportError::TooLarge);
        }
        read.map_err(|error| ReportError::Form(error.to_string()))
    }

    /// Writes it, compressed.
    pub fn to_gzip(&self) -> Result<Vec<u8>, ReportError> {
        let form = |error: std::io::Error| ReportError::Form(error.to_string());
        let json = serde_json::to_vec(self).map_err(|error| ReportError::Form(error.to_string()))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&json).map_err(form)?;
        encoder.finish().map_err(form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields as the standard names them, with what real senders get wrong.
    const SOME: &str = r#"{
        "organization-name": "Company-X",
        "date-range": {"start-datetime": "2016-04-01T00:00:00Z", "end-datetime": "2016-04-01T23:59:59Z"},
        "contact-info": "sts-reporting@company-x.example",
        "report-id": "5065427c-23d3",
        "policies": [{
            "policy": {"policy-type": "sts", "policy-string": ["version: STSv1", "mode: testing"],
                "policy-domain": "company-y.example", "mx-host": "*.mail.company-y.example"},
            "summary": {"total-successful-session-count": 5326, "total-failure-session-count": 303},
            "failure-details": [
                {"result-type": "certificate-expired", "sending-mta-ip": "2001:db8:abcd:0012::1",
                    "receiving-mx-hostname": "mx1.mail.company-y.example", "failed-session-count": 100},
                {"result-type": "what-is-new", "receiving-ip": "", "failed-session-count": 203,
                    "additional-information": "https://reports.company-x.example"}]
        }]
    }"#;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_report_is_read_and_written() {
        let report = Report::read_json(SOME.as_bytes()).unwrap();
        let [about] = &report.policies[..] else { panic!("one policy") };
        assert_eq!(about.policy.policy_type, PolicyType::Sts);
        assert_eq!(about.policy.mx_host, ["*.mail.company-y.example"]);
        assert_eq!(about.summary.total_failure_session_count, 303);
        let types: Vec<_> = about.failure_details.iter().map(|detail| detail.result_type).collect();
        assert_eq!(types, [ResultType::CertificateExpired, ResultType::ValidationFailure]);
        assert_eq!(about.failure_details[1].receiving_ip, None);
        assert_eq!(Report::read_gzip(&report.to_gzip().unwrap()), Ok(report));
    }

    #[test]
    fn what_is_no_report_is_refused() {
        for text in ["", "{", "[]", "null", "{}", &SOME.replace("5326", "-1"), &SOME.replace("policies", "policy")] {
            assert!(matches!(Report::read_json(text.as_bytes()), Err(ReportError::Form(_))), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(matches!(Report::read_json(deep.as_bytes()), Err(ReportError::Form(_))));
        assert!(matches!(Report::read_gzip(SOME.as_bytes()), Err(ReportError::Form(_))));
        let cut = gzip(SOME.as_bytes());
        assert!(matches!(Report::read_gzip(&cut[..cut.len() / 2]), Err(ReportError::Form(_))));
    }

    #[test]
    fn sizes_have_an_edge() {
        let padded = |bytes: u64| {
            let blanks = usize::try_from(bytes).unwrap() - SOME.len();
            gzip(&[SOME.as_bytes(), &vec![b' '; blanks]].concat())
        };
        assert!(Report::read_gzip(&padded(INFLATED_BYTES_MAX)).is_ok());
        assert_eq!(Report::read_gzip(&padded(INFLATED_BYTES_MAX + 1)), Err(ReportError::TooLarge));
        let compressed = |bytes: usize| {
            let mut report = gzip(SOME.as_bytes());
            report.resize(bytes, 0);
            Report::read_gzip(&report)
        };
        assert!(compressed(COMPRESSED_BYTES_MAX).is_ok());
        assert_eq!(compressed(COMPRESSED_BYTES_MAX + 1), Err(ReportError::TooLarge));
    }

    #[test]
    fn lists_have_an_edge() {
        let report = Report::read_json(SOME.as_bytes()).unwrap();
        let [about] = &report.policies[..] else { panic!("one policy") };
        let reads = |report: &Report| Report::read_gzip(&report.to_gzip().unwrap()).is_ok();
        let policies = |count| Report { policies: vec![about.clone(); count], ..report.clone() };
        assert!(reads(&policies(POLICIES_MAX)) && !reads(&policies(POLICIES_MAX + 1)));
        let details = |count| {
            let failure_details = vec![about.failure_details[0].clone(); count];
            Report { policies: vec![PolicyReport { failure_details, ..about.clone() }], ..report.clone() }
        };
        assert!(reads(&details(DETAILS_MAX)) && !reads(&details(DETAILS_MAX + 1)));
        let strings = |count| {
            let policy = Policy { policy_string: vec![String::new(); count], ..about.policy.clone() };
            Report { policies: vec![PolicyReport { policy, ..about.clone() }], ..report.clone() }
        };
        assert!(reads(&strings(STRINGS_MAX)) && !reads(&strings(STRINGS_MAX + 1)));
    }

    /// A megabyte of compressed blanks inflates to a gigabyte: it is given up after its first ten megabytes.
    #[test]
    fn a_bomb_does_not_go_off() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let blanks = vec![b' '; 1 << 20];
        (0..100).for_each(|_| encoder.write_all(&blanks).unwrap());
        let bomb = encoder.finish().unwrap();
        assert!(bomb.len() < COMPRESSED_BYTES_MAX / 5);
        assert_eq!(Report::read_gzip(&bomb), Err(ReportError::TooLarge));
    }
}
