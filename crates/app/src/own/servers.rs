//! How the mail servers of a domain are known: TLSA records (RFC 7672) and the MTA-STS policy (RFC 8461).
//!
//! Pure: the facts come in an [`Assessment`], as of any other domain.

use model::{
    Language,
    assessment::{Assessment, Code, Dnssec, Fault, Host, MtaSts, Weight},
};
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

/// Whether a fault may be gone the next time. A server of our own that speaks no SMTP has to be looked at.
fn is_passing(code: Code) -> bool {
    code.weight() == Weight::Passing && code != Code::Protocol
}

fn words(fault: &Fault) -> String {
    let meaning = fault.code.meaning(Language::En);
    if fault.detail.is_empty() { meaning.to_owned() } else { format!("{meaning} ({})", fault.detail) }
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
        // An assessment always asks.
        (None, MtaSts::None | MtaSts::NotAsked) => {
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
        MtaSts::None | MtaSts::NotAsked => {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use model::{
        assessment::{Tlsa, TlsaRecord},
        assurance::{Assurance, Level},
    };
    use wire::address::EmailAddress;

    use super::*;
    use crate::own::Grade::{self, Better, Good, Unknown, Wrong};

    fn domain(name: &str) -> Domain {
        Domain::parse(name).unwrap()
    }

    fn policy(mode: &str, mx: &str) -> Policy {
        Policy::parse(format!("version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: 604800").as_bytes()).unwrap()
    }

    fn own(policy: Option<Policy>) -> Own {
        Own {
            host_name: domain("mail.own.test"),
            addresses: Vec::new(),
            sender: EmailAddress::parse("post@own.test").unwrap(),
            domains: vec![domain("own.test")],
            signers: Vec::new(),
            policies: policy.map(|policy| (domain("own.test"), policy)).into_iter().collect::<BTreeMap<_, _>>(),
            portal: domain("portal.own.test"),
            intake: Some((domain("mx.own.test"), wire::dane::Tlsa::of_key(b"key"))),
        }
    }

    fn assessment(dnssec: Dnssec, matches: Option<bool>, codes: &[Code], mta_sts: MtaSts) -> Assessment {
        let record = |matches| TlsaRecord { record: "3 1 1 00".into(), unusable: None, matches };
        let host = Host {
            name: "mx.own.test".into(),
            preference: Some(10),
            addresses: Vec::new(),
            dnssec,
            tlsa: Tlsa { base: None, records: matches.map(record).into_iter().collect() },
            connection: None,
            assurance: Assurance { level: Level::Verified, name_secure: true },
            faults: codes.iter().map(|code| Fault::from(*code)).collect(),
        };
        Assessment {
            domain: "own.test".into(),
            at: Timestamp::UNIX_EPOCH,
            mx_dnssec: dnssec,
            hosts: vec![host],
            mta_sts,
            faults: Vec::new(),
        }
    }

    fn one(findings: &[Finding], what: &str) -> (Grade, usize) {
        let finding = findings.iter().find(|finding| finding.what == what).unwrap();
        (finding.grade, finding.publish.len())
    }

    #[test]
    fn tlsa_records_are_graded_by_what_the_server_shows() {
        use Code::{CertificateNotTrusted, ConnectFailed, NoStartTls, Protocol, TlsaBogus, TlsaMismatch, TlsaUnusable};
        use Dnssec::{Insecure, Secure};
        for (dnssec, matches, codes, expected) in [
            (Secure, Some(true), &[][..], (Good, 0)),
            (Secure, Some(true), &[Code::StsNotCovered], (Good, 0)),
            (Secure, Some(false), &[TlsaMismatch], (Wrong, 1)),
            (Secure, None, &[TlsaUnusable], (Wrong, 1)),
            (Secure, None, &[], (Better, 1)),
            (Secure, None, &[CertificateNotTrusted], (Better, 1)),
            (Insecure, None, &[], (Better, 0)),
            (Secure, None, &[NoStartTls], (Wrong, 0)),
            (Secure, None, &[TlsaBogus], (Wrong, 0)),
            (Secure, Some(false), &[ConnectFailed], (Unknown, 0)),
            (Secure, None, &[Protocol], (Wrong, 0)),
        ] {
            let seen = assessment(dnssec, matches, codes, MtaSts::None);
            let findings = examine(&own(None), &domain("own.test"), &seen);
            assert_eq!(one(&findings, "own.test: TLSA of mx.own.test"), expected, "{dnssec:?} {matches:?} {codes:?}");
        }
    }

    #[test]
    fn policies_are_graded_by_what_others_fetch() {
        let served = policy("enforce", "mx.own.test");
        let seen = |policy: &Policy, id: &str| MtaSts::Policy {
            id: id.into(),
            mode: policy.mode.word().into(),
            mx: policy.patterns.iter().map(ToString::to_string).collect(),
            max_age: policy.max_age.as_secs(),
        };
        let good = |policy: &Policy| seen(policy, &policy.id());
        let failed = |code: Code| MtaSts::Failed { fault: code.into() };
        let (testing, narrow) = (policy("testing", "mx.own.test"), policy("enforce", "x.own.test"));
        for (ours, theirs, expected) in [
            (Some(&served), good(&served), (Good, 0)),
            (Some(&served), MtaSts::None, (Wrong, 2)),
            (Some(&served), seen(&served, "old"), (Wrong, 1)),
            (Some(&served), good(&testing), (Wrong, 1)),
            (Some(&served), failed(Code::StsAnnouncementInvalid), (Wrong, 1)),
            (Some(&served), failed(Code::StsWebpkiInvalid), (Wrong, 1)),
            (Some(&testing), good(&testing), (Better, 0)),
            (Some(&narrow), good(&narrow), (Wrong, 0)),
            (None, MtaSts::None, (Better, 0)),
            (None, good(&served), (Good, 0)),
            (None, good(&narrow), (Wrong, 0)),
            (None, failed(Code::StsFetchFailed), (Wrong, 0)),
        ] {
            let found = assessment(Dnssec::Secure, Some(true), &[], theirs.clone());
            let findings = examine(&own(ours.cloned()), &domain("own.test"), &found);
            assert_eq!(one(&findings, "own.test: MTA-STS"), expected, "{ours:?} {theirs:?}");
        }
    }

    #[test]
    fn the_list_of_servers_is_graded_too() {
        let with = |code: Option<Code>, dnssec| {
            let mut seen = assessment(dnssec, None, &[], MtaSts::None);
            seen.faults = code.map(Fault::from).into_iter().collect();
            examine(&own(None), &domain("own.test"), &seen)
        };
        for (code, dnssec, grade) in [
            (None, Dnssec::Secure, Good),
            (Some(Code::MxInsecure), Dnssec::Insecure, Better),
            (Some(Code::NoSuchDomain), Dnssec::Secure, Wrong),
            (Some(Code::MxBogus), Dnssec::Bogus, Wrong),
            (Some(Code::MxUnavailable), Dnssec::Unavailable, Unknown),
        ] {
            assert_eq!(one(&with(code, dnssec), "own.test: mail servers").0, grade, "{code:?}");
        }
        assert_eq!(with(Some(Code::NullMx), Dnssec::Secure).len(), 1, "who takes no mail needs nothing more");
    }
}
