//! What every installation understands without a rule.

use super::{Facts, Reason, ReasonCode, tags};
use crate::route::ProtectionClass;

/// The reasons that need no rule.
pub(super) fn judge(subject_tags: &[String], facts: &Facts) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for value in facts.header("x-siegelpost-class") {
        let code = match ProtectionClass::from_word(&value.trim().to_ascii_lowercase()) {
            Some(ProtectionClass::Special) => ReasonCode::HeaderSpecial,
            Some(ProtectionClass::Ordinary) => ReasonCode::HeaderOrdinary,
            None => ReasonCode::HeaderUnknown,
        };
        add(&mut reasons, code);
    }
    // RFC 2156 section 5.3.4 (`Sensitivity`); Outlook writes it from the message's options.
    if facts.header("sensitivity").iter().any(|value| value.trim().eq_ignore_ascii_case("company-confidential")) {
        add(&mut reasons, ReasonCode::SensitivityConfidential);
    }
    if tags::carries(&facts.subject, subject_tags) {
        add(&mut reasons, ReasonCode::SubjectTag);
    }
    if facts.incomplete {
        add(&mut reasons, ReasonCode::TooMuchToJudge);
    }
    if facts.answers_confidential {
        add(&mut reasons, ReasonCode::Answer);
    }
    reasons
}

fn add(reasons: &mut Vec<Reason>, code: ReasonCode) {
    if reasons.iter().all(|reason| reason.code != code) {
        reasons.push(Reason::built_in(code));
    }
}
