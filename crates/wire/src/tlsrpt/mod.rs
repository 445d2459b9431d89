//! TLSRPT (RFC 8460): a domain asks for daily reports of how well TLS to its mail servers went.
//!
//! Without them nobody learns of a certificate that ran out or a policy that leaves a server out, except by missing mail. A TXT record at
//! `_smtp._tls.<domain>` says where reports go:
//!
//! ```text
//! v=TLSRPTv1; rua=mailto:tls-reports@example.org
//! ```
//!
//! A [`Report`] is JSON about one day (UTC): for each policy that was found, how many sessions went well, and how many failed and why. It names no mail and
//! no recipient. It travels compressed, as the body of an HTTPS request or in a [mail](ReportMail).

mod list;
mod mail;
mod record;
mod report;
mod word;

pub use mail::{ReportMail, file_name};
pub use record::{DESTINATIONS_MAX, Destination, Record, RecordError, find, record_name};
pub use report::{
    COMPRESSED_BYTES_MAX, DETAILS_MAX, DateRange, FailureDetail, INFLATED_BYTES_MAX, MEDIA_TYPE_GZIP, POLICIES_MAX,
    Policy, PolicyReport, Report, ReportError, STRINGS_MAX, Summary,
};
pub use word::{PolicyType, ResultType};

pub use crate::written::HeadError;
