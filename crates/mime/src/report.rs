//! Reports: mails that one machine writes to another about mail (RFC 6522).
//!
//! A report is a `multipart/report`: a text for people, a part for machines, and often something of the mail it is about. Here is found the part for
//! machines; what it says is another's business. A report that lies *in* a mail, because somebody forwarded it or because it is what a report
//! brings back, is not the mail's own and is not found.

use std::borrow::Cow;

use crate::structure::{Kind, Structure, TooComplex};

/// What the part for machines is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportType {
    /// What became of a mail: `message/delivery-status` (RFC 3464) or `message/global-delivery-status` (RFC 6533).
    DeliveryStatus,
    /// What its reader thinks of it: `message/feedback-report` (RFC 5965).
    Feedback,
    /// How TLS to our mail servers went, compressed: `application/tlsrpt+gzip` (RFC 8460 section 6.5).
    TlsGzip,
    /// The same, not compressed: `application/tlsrpt+json` (section 6.4).
    TlsJson,
}

impl ReportType {
    fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "message/delivery-status" | "message/global-delivery-status" => Some(Self::DeliveryStatus),
            "message/feedback-report" => Some(Self::Feedback),
            "application/tlsrpt+gzip" => Some(Self::TlsGzip),
            "application/tlsrpt+json" => Some(Self::TlsJson),
            _ => None,
        }
    }
}

/// The part for machines of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachinePart<'x> {
    /// What it is.
    pub report_type: ReportType,
    /// Its content, transfer encoding undone.
    pub content: Cow<'x, [u8]>,
}

/// Finds the part for machines in a mail that is a report; `None` if it is none.
///
/// Servers on the way wrap reports into other multiparts, to add a footer or a warning, so these are looked through. The type of the part counts and
/// not the `report-type` beside it, which some get wrong.
pub fn find(raw: &[u8]) -> Result<Option<MachinePart<'_>>, TooComplex> {
    let structure = Structure::scan(raw)?;
    let is_own = |index: usize| {
        let mut above = structure.part(index).and_then(|part| part.parent);
        while let Some(part) = above.and_then(|index| structure.part(index)) {
            if part.kind != Kind::Multipart {
                return false;
            }
            above = part.parent;
        }
        true
    };
    Ok(structure.parts.iter().find_map(|part| {
        let parent = part.parent?;
        let report_type = ReportType::of(&part.media_type)?;
        if structure.part(parent)?.media_type != "multipart/report" || !is_own(parent) {
            return None;
        }
        Some(MachinePart { report_type, content: part.encoding.decode(raw.get(part.body.clone())?) })
    }))
}
