use super::*;
use crate::lookup::Reason;

struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

const UNSIGNED: Security = Security::Insecure { reason: Reason::Unsigned };

fn found(security: Security, ttl_secs: u64) -> Lookup<Addresses> {
    let canonical = Name::parse("mx.example.org").unwrap();
    let records = Addresses { ipv4: Vec::new(), ipv6: Vec::new(), canonical, tlsa_bases: Vec::new() };
    Lookup::Found { records, security, ttl: Duration::from_secs(ttl_secs) }
}

fn nothing(kind: Absence, security: Security, ttl_secs: u64) -> Lookup<Addresses> {
    Lookup::Nothing { kind, security, ttl: Duration::from_secs(ttl_secs) }
}

fn failed() -> Lookup<Addresses> {
    Lookup::Failed(Failure::unavailable("silence"))
}

/// Whichever family comes first.
#[track_caller]
fn check(one: &Lookup<Addresses>, other: &Lookup<Addresses>, merged: &Lookup<Addresses>) {
    assert_eq!(merge(one.clone(), other.clone()), *merged);
    assert_eq!(merge(other.clone(), one.clone()), *merged);
}

#[test]
fn two_families_become_one_answer() {
    use Absence::{NoData, NoName};
    let secure = Security::Secure;
    check(&found(secure, 60), &found(UNSIGNED, 30), &found(UNSIGNED, 30));
    check(&found(secure, 60), &nothing(NoData, secure, 30), &found(secure, 60));
    check(&found(secure, 60), &failed(), &found(secure, 60));
    check(&nothing(NoData, secure, 60), &failed(), &failed());
    check(&nothing(NoData, secure, 60), &nothing(NoData, UNSIGNED, 30), &nothing(NoData, UNSIGNED, 30));
    check(&nothing(NoName, secure, 60), &nothing(NoName, secure, 60), &nothing(NoName, secure, 60));
    check(&nothing(NoName, secure, 60), &nothing(NoData, secure, 60), &nothing(NoData, secure, 60));
}

#[test]
fn a_lookup_is_a_small_future() {
    let nobody = Servers::new(vec!["127.0.0.1:9".parse().unwrap()]).unwrap();
    let resolver = Resolver::validating(&nobody, &TrustAnchor::built_in(), Arc::new(NoClock)).unwrap();
    let host = Name::parse("mx.example.org").unwrap();
    for size_bytes in [size_of_val(&resolver.mx(&host)), size_of_val(&resolver.addresses(&host))] {
        assert!(size_bytes < 16 * 1024, "{size_bytes} bytes");
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_has_its_time_and_no_more() {
    let silence = within(QUESTION_MAX, std::future::pending());
    assert!(matches!(silence.await, Lookup::Failed(Failure::Unavailable { .. })));
}

#[tokio::test]
async fn a_name_too_long_for_tlsa_records_fails_closed() {
    let resolver = Resolver::trusting(Loopback::new("127.0.0.1:9".parse().unwrap()).unwrap(), Arc::new(NoClock));
    let long = Name::parse(&format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61))).unwrap();
    assert!(matches!(resolver.tlsa(25, &long).await, Lookup::Failed(_)));
}
