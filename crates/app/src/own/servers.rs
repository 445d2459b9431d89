//! How the mail servers of a domain are known: TLSA records (RFC 7672) and the MTA-STS policy (RFC 8461).
//!
//! Pure: the facts come in an [`Assessment`], as of any other domain.

use model::assessment::{Assessment, Code, Dnssec, Fault, Host, MtaSts};
use wire::{
    address::Domain,
    mta_sts::{self, Mode, Pattern, Policy},
    zone::Record,
};

use super::{Finding, Own, listed};

/// Whether the domain has servers, or should have.
pub(super) fn takes_mail(assessment: &Assessment) -> bool {
    !assessment.faults.iter().any(|fault| fault.code == Code::NullMx)
}

/// Looks at the servers and at the policy.
pub(super) fn examine(own: &Own, domain: &Domain, assessment: &Assessment) -> Vec<Finding> {
    let what = format!("{domain}: mail servers");
    if !takes_mail(assessment) {
        return vec![Finding::good(what, "it takes no mail and says so")];
    }
    let mut findings = Vec::new();
    match assessment.faults.iter().find(|fault| fault.code != Code::MxInsecure) {
        Some(fault) if is_passing(fault.code) => findings.push(Finding::unknown(what, words(fault))),
        Some(fault) => findings.push(Finding::wrong(what, words(fault))),
        None if assessment.mx_dnssec == Dnssec::Secure => {
            findings.push(Finding::good(what, listed(assessment.hosts.iter().map(|host| &host.name))));
        }
        None => {
            let found = "the zone is not signed: whoever can forge DNS can name others; sign it (DNSSEC)";
            findings.push(Finding::better(what, found));
        }
    }
    findings.extend(assessment.hosts.iter().map(|host| tlsa(own, domain, host)));
    findings.push(policy(own, domain, assessment));
    findings
}

/// Whether a fault may be gone the next time.
const fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::MxUnavailable | Code::AddressUnavailable | Code::TlsaUnavailable | Code::ConnectFailed | Code::Refused
    )
}

fn words(fault: &Fault) -> String {
    if fault.detail.is_empty() {
        fault.code.meaning().to_owned()
    } else {
        format!("{} ({})", fault.code.meaning(), fault.detail)
    }
}

/// What signed DNS says of a server's certificate, and whether it is true.
fn tlsa(own: &Own, domain: &Domain, host: &Host) -> Finding {
    let what = format!("{domain}: TLSA of {}", host.name);
    let propose = |finding: Finding| match &own.intake {
        Some((name, tlsa)) if name.as_str() == host.name => finding.publish(Record::tlsa(name, tlsa.clone())),
        _ => finding,
    };
    let has = |code| host.faults.iter().find(|fault| fault.code == code);
    if let Some(fault) = has(Code::TlsaMismatch) {
        return propose(Finding::wrong(what, format!("{} Servers that look refuse to send.", words(fault))));
    }
    if let Some(fault) = has(Code::TlsaUnusable) {
        return propose(Finding::wrong(what, words(fault)));
    }
    if host.tlsa.records.iter().any(|record| record.matches) {
        return Finding::good(what, "it names the certificate that the server shows");
    }
    if let Some(fault) = host.faults.iter().find(|fault| is_passing(fault.code)) {
        return Finding::unknown(what, words(fault));
    }
    if let Some(fault) = host.faults.iter().find(|fault| !is_about_names(fault.code)) {
        return Finding::wrong(what, words(fault));
    }
    if host.dnssec != Dnssec::Secure {
        return Finding::better(what, "its zone is not signed, so no record would count; sign it (DNSSEC)");
    }
    propose(Finding::better(what, "there is none; with one, servers know this one for certain"))
}

/// Whether a fault is of the certificate as authorities see it, or of the policy: neither is what TLSA records are about.
const fn is_about_names(code: Code) -> bool {
    matches!(
        code,
        Code::StsNotCovered
            | Code::CertificateHostMismatch
            | Code::CertificateExpired
            | Code::CertificateNotYetValid
            | Code::CertificateNotTrusted
            | Code::CertificateInvalid
    )
}

fn policy(own: &Own, domain: &Domain, assessment: &Assessment) -> Finding {
    let what = format!("{domain}: MTA-STS");
    match (own.policies.get(domain), &assessment.mta_sts) {
        (Some(served), seen) => hosted(own, domain, served, seen, assessment, what),
        (None, MtaSts::None) => {
            let found = "there is no policy; [[mta_sts]] in the configuration lets the portal serve one";
            Finding::better(what, found)
        }
        (None, MtaSts::Failed { fault }) => Finding::wrong(what, words(fault)),
        (None, MtaSts::Policy { mode, mx, .. }) => {
            let patterns: Vec<Pattern> = mx.iter().filter_map(|pattern| Pattern::parse(pattern)).collect();
            let mode = Mode::from_word(mode).unwrap_or(Mode::None);
            covering(what, mode, &left_out(assessment, &patterns))
        }
    }
}

/// A policy that the portal serves: announced, reached, equal, and covering every server.
fn hosted(
    own: &Own,
    domain: &Domain,
    served: &Policy,
    seen: &MtaSts,
    assessment: &Assessment,
    what: String,
) -> Finding {
    let announcement = || Record::txt(mta_sts::announcement_name(domain), served.announcement());
    let host = mta_sts::policy_host(domain);
    let alias = || Record::alias(host.clone(), &own.portal);
    match seen {
        MtaSts::None => {
            let found = "the portal serves a policy that is not announced; publish both records";
            Finding::wrong(what, found).publish(alias()).publish(announcement())
        }
        MtaSts::Failed { fault } if fault.code == Code::StsAnnouncementInvalid => {
            Finding::wrong(what, words(fault)).publish(announcement())
        }
        MtaSts::Failed { fault } => {
            let cure = format!("{host} has to lead to the portal, and its certificate has to be for that name");
            Finding::wrong(what, format!("{}: {cure}", words(fault))).publish(alias())
        }
        MtaSts::Policy { mode, mx, max_age, id } => {
            let patterns: Vec<String> = served.patterns.iter().map(ToString::to_string).collect();
            if *mode != served.mode.word() || *mx != patterns || *max_age != served.max_age.as_secs() {
                let found = format!("what {host} answers is not what this portal serves: it leads elsewhere");
                return Finding::wrong(what, format!("{found}, or the server was not started anew")).publish(alias());
            }
            if *id != served.id() {
                let found = "the id of the announcement is not that of the policy, so servers keep the old one";
                return Finding::wrong(what, found).publish(announcement());
            }
            covering(what, served.mode, &left_out(assessment, &served.patterns))
        }
    }
}

/// The servers that a policy does not cover.
fn left_out(assessment: &Assessment, patterns: &[Pattern]) -> Vec<String> {
    let hosts = assessment.hosts.iter().map(|host| &host.name);
    let covered =
        |name: &str| Domain::parse(name).is_ok_and(|host| patterns.iter().any(|pattern| pattern.covers(&host)));
    hosts.filter(|name| !covered(name)).cloned().collect()
}

fn covering(what: String, mode: Mode, left_out: &[String]) -> Finding {
    match mode {
        Mode::Enforce if left_out.is_empty() => Finding::good(what, "mode enforce, every server is covered"),
        Mode::Enforce => {
            Finding::wrong(what, format!("mode enforce, and no mail comes to {}: not covered", listed(left_out)))
        }
        Mode::Testing if left_out.is_empty() => {
            Finding::better(what, "mode testing, every server is covered: raise it to enforce")
        }
        Mode::Testing => Finding::better(what, format!("mode testing, and {} is not covered", listed(left_out))),
        Mode::None => Finding::better(what, "mode none: the policy has ended"),
    }
}
