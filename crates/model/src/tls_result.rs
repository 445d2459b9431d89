//! What a try at the mail servers of a domain is worth in a report about TLS (RFC 8460).
//!
//! A domain that asks for reports wants to know, for each policy that it publishes, how many sessions were protected as the policy wants it, and why
//! others were not. Each server that was tried for a mail is one session, if it came to TLS or should have: where nobody answered, nothing is known of TLS. A
//! mail over a connection that was open already is no session of its own.

use std::net::IpAddr;

use wire::tlsrpt::{Policy, PolicyType, ResultType, STRINGS_MAX};

use crate::assessment::{Assessment, Code, Fault, Host, MtaSts, Tlsa};

/// A session with a mail server, or why there was none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TlsResult {
    /// What it was held to.
    pub policy: Policy,
    /// The mail server; empty where it came to none.
    pub host: String,
    /// Its address, if it was connected to.
    pub address: Option<IpAddr>,
    /// From which address of ours, if it failed and others can know us by that address.
    pub from: Option<IpAddr>,
    /// Why it failed, in the words of reports and in our own; `None` if it was protected as the policy wants it.
    pub failure: Option<(ResultType, Code)>,
}

/// What a try at the servers of a domain is worth.
pub fn tls_results(found: &Assessment) -> Vec<TlsResult> {
    let domain_failures = found.faults.iter().filter_map(|fault| of_domain(found, fault));
    let policy_failure = match &found.mta_sts {
        MtaSts::Failed { fault } => sts_failure(found, fault.code),
        MtaSts::None | MtaSts::NotAsked | MtaSts::Policy { .. } => None,
    };
    let sessions = found.hosts.iter().filter_map(|host| of_host(found, host));
    domain_failures.chain(policy_failure).chain(sessions).collect()
}

/// Names of servers whose signatures do not hold keep mail from all of them.
fn of_domain(found: &Assessment, fault: &Fault) -> Option<TlsResult> {
    (fault.code == Code::MxBogus).then(|| TlsResult {
        policy: Policy { policy_type: PolicyType::Tlsa, ..none_found(found) },
        host: String::new(),
        address: None,
        from: None,
        failure: Some((ResultType::DnssecInvalid, fault.code)),
    })
}

/// A policy that is announced and cannot be had (RFC 8460 section 4.3.2.2).
fn sts_failure(found: &Assessment, code: Code) -> Option<TlsResult> {
    let result_type = match code {
        Code::StsFetchFailed => ResultType::StsPolicyFetchError,
        Code::StsWebpkiInvalid => ResultType::StsWebpkiInvalid,
        Code::StsAnnouncementInvalid | Code::StsPolicyInvalid => ResultType::StsPolicyInvalid,
        _ => return None,
    };
    let policy = Policy { policy_type: PolicyType::Sts, ..none_found(found) };
    Some(TlsResult { policy, host: String::new(), address: None, from: None, failure: Some((result_type, code)) })
}

/// `None` where it never came to TLS, for reasons that are none of TLS.
fn of_host(found: &Assessment, host: &Host) -> Option<TlsResult> {
    let policy = policy(found, host);
    let failure = host.faults.iter().find_map(|fault| {
        let result_type = failure(fault.code)?;
        counts(&policy, host, fault.code).then_some((result_type, fault.code))
    });
    let had_tls = host.connection.as_ref().is_some_and(|connection| connection.tls.is_some());
    if failure.is_none() && !had_tls {
        return None;
    }
    let connection = host.connection.as_ref();
    let address = connection.map(|connection| connection.address.ip());
    // Only failures are told one by one (RFC 8460 section 4.4).
    let from = connection.and_then(|connection| connection.from).filter(|_| failure.is_some());
    Some(TlsResult { policy, host: host.name.clone(), address, from, failure })
}

/// What a fault of a server is in the words of reports (RFC 8460 section 4.3); `None` if it is none of TLS.
const fn failure(code: Code) -> Option<ResultType> {
    Some(match code {
        Code::NoStartTls | Code::StartTlsRefused => ResultType::StartTlsNotSupported,
        Code::CertificateHostMismatch => ResultType::CertificateHostMismatch,
        Code::CertificateExpired => ResultType::CertificateExpired,
        Code::CertificateNotYetValid | Code::CertificateNotTrusted | Code::CertificateInvalid => {
            ResultType::CertificateNotTrusted
        }
        Code::TlsaMismatch | Code::TlsaUnusable => ResultType::TlsaInvalid,
        Code::TlsaUnavailable | Code::TlsaBogus | Code::AddressBogus => ResultType::DnssecInvalid,
        Code::TlsFailed | Code::CertificateKeyWeak | Code::StsNotCovered => ResultType::ValidationFailure,
        _ => return None,
    })
}

/// Without a policy any certificate will do, unless we asked for a better one ourselves and the mail was kept from the server for it.
fn counts(policy: &Policy, host: &Host, code: Code) -> bool {
    let is_of_certificate = matches!(
        code,
        Code::CertificateHostMismatch
            | Code::CertificateExpired
            | Code::CertificateNotYetValid
            | Code::CertificateNotTrusted
            | Code::CertificateInvalid
    );
    policy.policy_type != PolicyType::NoPolicyFound
        || !is_of_certificate
        || host.faults.iter().any(|fault| fault.code == Code::BelowRequirement)
}

/// What a session with a server was held to: TLSA records take the place of MTA-STS (RFC 8461 section 2).
fn policy(found: &Assessment, host: &Host) -> Policy {
    let is_dane = !host.tlsa.records.is_empty()
        || host.faults.iter().any(|fault| matches!(fault.code, Code::TlsaUnavailable | Code::TlsaBogus));
    match &found.mta_sts {
        _ if is_dane => tlsa(&host.name, &host.tlsa),
        MtaSts::Policy { mode, mx, max_age, .. } if mode != "none" => {
            let first = ["version: STSv1".to_owned(), format!("mode: {mode}"), format!("max_age: {max_age}")];
            let lines = first.into_iter().chain(mx.iter().map(|pattern| format!("mx: {pattern}")));
            Policy {
                policy_type: PolicyType::Sts,
                policy_string: lines.take(STRINGS_MAX).collect(),
                policy_domain: found.domain.clone(),
                mx_host: mx.iter().take(STRINGS_MAX).cloned().collect(),
            }
        }
        _ => none_found(found),
    }
}

/// The domain of TLSA records is the name at which they stand (RFC 8460 section 1.1, RFC 7672 section 2.2.3).
fn tlsa(host: &str, tlsa: &Tlsa) -> Policy {
    Policy {
        policy_type: PolicyType::Tlsa,
        policy_string: tlsa.records.iter().take(STRINGS_MAX).map(|one| one.record.clone()).collect(),
        policy_domain: tlsa.base.clone().unwrap_or_else(|| host.to_owned()),
        mx_host: Vec::new(),
    }
}

fn none_found(found: &Assessment) -> Policy {
    Policy {
        policy_type: PolicyType::NoPolicyFound,
        policy_string: Vec::new(),
        policy_domain: found.domain.clone(),
        mx_host: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        assessment::{Certificate, Connection, Dnssec, Tls, TlsaRecord},
        assurance::{Assurance, Level},
    };

    const NONE: PolicyType = PolicyType::NoPolicyFound;
    const STS: PolicyType = PolicyType::Sts;
    const TLSA: PolicyType = PolicyType::Tlsa;

    fn policy(mode: &str) -> MtaSts {
        MtaSts::Policy { id: "1".into(), mode: mode.into(), mx: vec!["*.kunde.example".into()], max_age: 86_400 }
    }

    fn record() -> TlsaRecord {
        TlsaRecord { record: "3 1 1 00".into(), unusable: None, matches: true }
    }

    fn met(has_tls: bool, records: Vec<TlsaRecord>, faults: &[Code]) -> Host {
        let tls = has_tls.then(|| Tls {
            version: "TLSv1_3".into(),
            suite: String::new(),
            group: String::new(),
            certificate: Certificate::default(),
        });
        Host {
            name: "mx.kunde.example".into(),
            preference: Some(10),
            addresses: Vec::new(),
            dnssec: Dnssec::Secure,
            tlsa: Tlsa { base: None, records },
            connection: Some(Connection {
                address: "192.0.2.1:25".parse().unwrap(),
                from: Some("2001:db8::25".parse().unwrap()),
                tls,
            }),
            assurance: Assurance { level: Level::Encrypted, name_secure: false },
            faults: faults.iter().map(|code| Fault::from(*code)).collect(),
        }
    }

    fn assessment(mta_sts: MtaSts, hosts: Vec<Host>) -> Assessment {
        Assessment {
            domain: "kunde.example".into(),
            at: Timestamp::UNIX_EPOCH,
            mx_dnssec: Dnssec::Insecure,
            hosts,
            mta_sts,
            faults: Vec::new(),
        }
    }

    #[test]
    fn every_fault_of_a_server_is_worth_its_word() {
        use Code::{
            AddressBogus, BelowRequirement, CertificateExpired, CertificateHostMismatch, CertificateInvalid,
            CertificateKeyWeak, CertificateNotTrusted, CertificateNotYetValid, ConnectFailed, NoStartTls, Protocol,
            Refused, StartTlsRefused, StsNotCovered, TlsFailed, TlsaBogus, TlsaMismatch, TlsaUnavailable, TlsaUnusable,
        };
        let (none, sts, dane) = (|| MtaSts::None, || policy("testing"), || vec![record()]);
        for (mta_sts, records, has_tls, faults, expected) in [
            (none(), vec![], true, &[][..], Some((NONE, None))),
            (none(), vec![], true, &[CertificateNotTrusted], Some((NONE, None))),
            (none(), vec![], true, &[BelowRequirement], Some((NONE, None))),
            (
                none(),
                vec![],
                true,
                &[CertificateExpired, BelowRequirement],
                Some((NONE, Some(ResultType::CertificateExpired))),
            ),
            (none(), vec![], false, &[NoStartTls], Some((NONE, Some(ResultType::StartTlsNotSupported)))),
            (none(), vec![], false, &[StartTlsRefused], Some((NONE, Some(ResultType::StartTlsNotSupported)))),
            (none(), vec![], false, &[TlsFailed], Some((NONE, Some(ResultType::ValidationFailure)))),
            (none(), vec![], false, &[CertificateKeyWeak], Some((NONE, Some(ResultType::ValidationFailure)))),
            (none(), vec![], false, &[ConnectFailed], None),
            (none(), vec![], false, &[Refused], None),
            (none(), vec![], true, &[Protocol], Some((NONE, None))),
            (policy("none"), vec![], true, &[CertificateExpired], Some((NONE, None))),
            (sts(), vec![], true, &[], Some((STS, None))),
            (sts(), vec![], true, &[CertificateHostMismatch], Some((STS, Some(ResultType::CertificateHostMismatch)))),
            (sts(), vec![], true, &[CertificateExpired], Some((STS, Some(ResultType::CertificateExpired)))),
            (sts(), vec![], true, &[CertificateNotYetValid], Some((STS, Some(ResultType::CertificateNotTrusted)))),
            (sts(), vec![], true, &[CertificateNotTrusted], Some((STS, Some(ResultType::CertificateNotTrusted)))),
            (sts(), vec![], true, &[CertificateInvalid], Some((STS, Some(ResultType::CertificateNotTrusted)))),
            (sts(), vec![], true, &[StsNotCovered], Some((STS, Some(ResultType::ValidationFailure)))),
            (policy("enforce"), dane(), true, &[], Some((TLSA, None))),
            (none(), dane(), true, &[TlsaMismatch], Some((TLSA, Some(ResultType::TlsaInvalid)))),
            (none(), dane(), true, &[TlsaUnusable], Some((TLSA, Some(ResultType::TlsaInvalid)))),
            (none(), dane(), false, &[NoStartTls], Some((TLSA, Some(ResultType::StartTlsNotSupported)))),
            (none(), vec![], false, &[TlsaUnavailable], Some((TLSA, Some(ResultType::DnssecInvalid)))),
            (none(), vec![], false, &[TlsaBogus], Some((TLSA, Some(ResultType::DnssecInvalid)))),
            (none(), vec![], false, &[AddressBogus], Some((NONE, Some(ResultType::DnssecInvalid)))),
        ] {
            let results = tls_results(&assessment(mta_sts, vec![met(has_tls, records, faults)]));
            let told = results.first().map(|one| (one.policy.policy_type, one.failure.map(|(word, _)| word)));
            assert_eq!(told, expected, "{faults:?}");
            assert!(results.len() <= 1);
            for one in results {
                assert_eq!(one.address, Some("192.0.2.1".parse().unwrap()));
                assert_eq!(one.from, one.failure.map(|_| "2001:db8::25".parse().unwrap()), "told of failures only");
            }
        }
    }

    #[test]
    fn policies_that_cannot_be_had_are_told_beside_the_sessions() {
        for (code, expected) in [
            (Code::StsFetchFailed, ResultType::StsPolicyFetchError),
            (Code::StsWebpkiInvalid, ResultType::StsWebpkiInvalid),
            (Code::StsPolicyInvalid, ResultType::StsPolicyInvalid),
            (Code::StsAnnouncementInvalid, ResultType::StsPolicyInvalid),
        ] {
            let found = assessment(MtaSts::Failed { fault: code.into() }, vec![met(true, vec![], &[])]);
            let results = tls_results(&found);
            let told: Vec<_> = results.iter().map(|one| (one.policy.policy_type, one.failure)).collect();
            assert_eq!(told, [(STS, Some((expected, code))), (NONE, None)]);
        }
        let mut bogus = assessment(MtaSts::None, vec![]);
        bogus.faults.push(Code::MxBogus.into());
        assert_eq!(tls_results(&bogus)[0].failure, Some((ResultType::DnssecInvalid, Code::MxBogus)));
        bogus.faults = vec![Code::NoSuchDomain.into(), Code::MxUnavailable.into()];
        assert_eq!(tls_results(&bogus), []);
    }

    #[test]
    fn policies_are_told_as_they_were_found() {
        let mut host = met(true, vec![record()], &[]);
        host.tlsa.base = Some("mx.provider.example".into());
        let results = tls_results(&assessment(policy("enforce"), vec![host, met(true, vec![], &[])]));
        let dane = &results[0].policy;
        assert_eq!(
            (dane.policy_domain.as_str(), &dane.policy_string[..]),
            ("mx.provider.example", &["3 1 1 00".into()][..])
        );
        let sts = &results[1].policy;
        assert_eq!((sts.policy_domain.as_str(), &sts.mx_host[..]), ("kunde.example", &["*.kunde.example".into()][..]));
        let lines = ["version: STSv1", "mode: enforce", "max_age: 86400", "mx: *.kunde.example"];
        assert_eq!(sts.policy_string, lines);
    }
}
