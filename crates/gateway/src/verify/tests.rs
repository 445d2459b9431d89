//! Certificates of every kind, judged by name, by authority and by TLSA record (RFC 7672 section 3).

use aws_lc_rs::digest;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use wire::dane::Tlsa;

use super::*;

/// 2026-11-01
const NOW: UnixTime = UnixTime::since_unix_epoch(std::time::Duration::from_hours(498_192));

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = authority_params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn below(&self, name: &str) -> Self {
        let params = authority_params(name);
        Self(CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &self.0).unwrap())
    }

    fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    fn issue(&self, names: &[&str], years: (i32, i32)) -> CertificateDer<'static> {
        leaf_params(names, years).signed_by(&KeyPair::generate().unwrap(), &self.0).unwrap().der().clone()
    }
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params
}

fn leaf_params(names: &[&str], (from, until): (i32, i32)) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn self_signed(params: &CertificateParams) -> Certificate {
    params.self_signed(&KeyPair::generate().unwrap()).unwrap()
}

fn domain(name: &str) -> Domain {
    Domain::parse(name).unwrap()
}

fn trust(authority: &Authority) -> Trust {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der()).unwrap();
    Trust::new(roots)
}

fn judge(trust: &Trust, chain: &[CertificateDer<'static>], records: &[Tlsa]) -> Judgement {
    judge_for(trust, chain, records, &[])
}

fn judge_for(trust: &Trust, chain: &[CertificateDer<'static>], records: &[Tlsa], also: &[Domain]) -> Judgement {
    let host = domain("mx.customer.example");
    let associations = Associations::of(records);
    trust.judge(chain, Names { host: &host, also }, Some(&associations), NOW).unwrap()
}

fn sha256(part: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, part).as_ref().to_vec()
}

/// A record with the SHA-256 of the whole certificate.
fn names_certificate(usage: u8, certificate: &CertificateDer<'_>) -> Tlsa {
    Tlsa { usage, selector: 0, matching: 1, data: sha256(certificate) }
}

/// A record with the SHA-256 of its key.
fn names_key(usage: u8, certificate: &CertificateDer<'_>) -> Tlsa {
    let key = Shown::read(certificate).public_key.unwrap();
    Tlsa { usage, selector: 1, matching: 1, data: sha256(&key) }
}

#[test]
fn without_records_authority_name_and_dates_decide() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let between = ours.below("between");
    let trust = trust(&ours);
    for (what, chain, pkix) in [
        ("good", vec![ours.issue(&["mx.customer.example"], (2025, 2030))], Ok(())),
        ("wildcard", vec![ours.issue(&["*.customer.example"], (2025, 2030))], Ok(())),
        ("through another", vec![between.issue(&["mx.customer.example"], (2025, 2030)), between.der()], Ok(())),
        ("one is missing", vec![between.issue(&["mx.customer.example"], (2025, 2030))], Err(Fault::NotTrusted)),
        ("other name", vec![ours.issue(&["mx.customer.example.org"], (2025, 2030))], Err(Fault::HostMismatch)),
        ("deeper wildcard", vec![ours.issue(&["*.mx.customer.example"], (2025, 2030))], Err(Fault::HostMismatch)),
        ("expired", vec![ours.issue(&["mx.customer.example"], (2020, 2026))], Err(Fault::Expired)),
        ("too early", vec![ours.issue(&["mx.customer.example"], (2030, 2035))], Err(Fault::NotYetValid)),
        (
            "other authority",
            vec![theirs.issue(&["mx.customer.example"], (2025, 2030)), theirs.der()],
            Err(Fault::NotTrusted),
        ),
        (
            "itself",
            vec![self_signed(&leaf_params(&["mx.customer.example"], (2025, 2030))).der().clone()],
            Err(Fault::NotTrusted),
        ),
    ] {
        let judgement = judge(&trust, &chain, &[]);
        assert_eq!(judgement.pkix, pkix, "{what}");
        assert_eq!(judgement.dane, None, "{what}");
        let level = if pkix.is_ok() { Level::Verified } else { Level::Encrypted };
        assert_eq!(judgement.assurance(false, true, true).level, level, "{what}");
        assert_eq!(
            judgement.assurance(true, true, true).level,
            if pkix.is_ok() { Level::MtaSts } else { Level::Encrypted },
            "{what}"
        );
    }
}

#[test]
fn no_certificate_is_no_judgement_and_garbage_proves_nothing() {
    let ours = Authority::new("ours");
    let host = domain("mx.customer.example");
    let names = Names { host: &host, also: &[] };
    assert!(trust(&ours).judge(&[], names, None, NOW).is_none());
    let garbage = CertificateDer::from(b"no certificate".to_vec());
    let judgement = judge(&trust(&ours), std::slice::from_ref(&garbage), &[names_certificate(2, &garbage)]);
    assert!(matches!(judgement.pkix, Err(Fault::Invalid(_))));
    assert_eq!(judgement.assurance(true, true, true).level, Level::Encrypted);
    let alone = Trust::new(RootCertStore::empty());
    let good = ours.issue(&["mx.customer.example"], (2025, 2030));
    assert_eq!(judge(&alone, &[good], &[]).pkix, Err(Fault::NotTrusted));
}

/// RFC 7671 section 5.1
#[test]
fn usage_3_asks_neither_name_nor_date_nor_authority() {
    let ours = Authority::new("ours");
    for params in
        [leaf_params(&["elsewhere.example"], (2025, 2030)), leaf_params(&["mx.customer.example"], (2010, 2012))]
    {
        let leaf = self_signed(&params).der().clone();
        for record in [names_certificate(3, &leaf), names_key(3, &leaf)] {
            let judgement = judge(&trust(&ours), std::slice::from_ref(&leaf), std::slice::from_ref(&record));
            assert_eq!(judgement.dane, Some(Ok(record)));
            assert_eq!(judgement.assurance(false, true, true).level, Level::Dane);
        }
    }
}

#[test]
fn a_certificate_that_no_record_names_is_nobodys_whatever_an_authority_says() {
    let ours = Authority::new("ours");
    let good = ours.issue(&["mx.customer.example"], (2025, 2030));
    let other = ours.issue(&["mx.customer.example"], (2025, 2030));
    let judgement =
        judge(&trust(&ours), &[good, ours.der()], &[names_certificate(3, &other), names_key(3, &ours.der())]);
    assert_eq!(judgement.pkix, Ok(()));
    assert_eq!(judgement.dane, Some(Err(Fault::NotNamed)));
    assert_eq!(judgement.assurance(true, true, true).level, Level::Encrypted);
}

/// RFC 7672 section 3.1.2
#[test]
fn usage_2_asks_for_the_chain_the_name_and_the_dates() {
    let (ours, named) = (Authority::new("ours"), Authority::new("named"));
    let between = named.below("between");
    let good = |names: &[&str]| between.issue(names, (2025, 2030));
    let old = between.issue(&["mx.customer.example"], (2020, 2026));
    let whole = [between.der(), named.der()];
    for (what, leaf, rest, verdict) in [
        ("root", good(&["mx.customer.example"]), &whole[..], Ok(())),
        ("the authority is not shown", good(&["mx.customer.example"]), &whole[..1], Err(Fault::NotNamed)),
        ("name", good(&["other.example"]), &whole, Err(Fault::HostMismatch)),
        ("date", old, &whole, Err(Fault::Expired)),
        ("between is missing", good(&["mx.customer.example"]), &whole[1..], Err(Fault::NotTrusted)),
        ("shown, not in the chain", ours.issue(&["mx.customer.example"], (2025, 2030)), &whole, Err(Fault::NotTrusted)),
    ] {
        for record in [names_certificate(2, &named.der()), names_key(2, &named.der())] {
            let chain: Vec<_> = std::iter::once(leaf.clone()).chain(rest.iter().cloned()).collect();
            let judgement = judge(&trust(&ours), &chain, std::slice::from_ref(&record));
            assert_eq!(judgement.dane, Some(verdict.clone().map(|()| record)), "{what}");
        }
    }
    let chain = [good(&["mx.customer.example"]), between.der()];
    let judgement = judge(&trust(&ours), &chain, &[names_key(2, &between.der())]);
    assert_eq!(judgement.assurance(false, true, true).level, Level::Dane, "an authority in the middle will do");
}

/// RFC 7672 section 3.2.2
#[test]
fn usage_2_takes_the_domain_of_the_recipient_where_dns_was_secure() {
    let (ours, named) = (Authority::new("ours"), Authority::new("named"));
    let chain = [named.issue(&["example.org"], (2025, 2030)), named.der()];
    let record = names_certificate(2, &named.der());
    let judged = |also: &[Domain]| judge_for(&trust(&ours), &chain, std::slice::from_ref(&record), also).dane.unwrap();
    assert_eq!(judged(&[]), Err(Fault::HostMismatch));
    assert_eq!(judged(&[domain("example.net"), domain("example.org")]), Ok(record.clone()));
}

#[test]
fn one_of_several_records_is_enough() {
    let ours = Authority::new("ours");
    let leaf = self_signed(&leaf_params(&["x.example"], (2025, 2030))).der().clone();
    let records = [names_key(3, &ours.der()), names_certificate(2, &ours.der()), names_key(3, &leaf)];
    assert_eq!(judge(&trust(&ours), &[leaf], &records).dane, Some(Ok(records[2].clone())));
}

#[test]
fn records_that_cannot_be_used_are_no_records() {
    let ours = Authority::new("ours");
    let leaf = ours.issue(&["mx.customer.example"], (2025, 2030));
    let unusable = Tlsa { usage: 1, selector: 0, matching: 1, data: sha256(&leaf) };
    assert_eq!(judge(&trust(&ours), &[leaf], &[unusable]).dane, None);
}

#[test]
fn facts_are_those_of_the_certificate() {
    let ours = Authority::new("ours");
    let facts = Shown::read(&ours.issue(&["mx.customer.example", "*.mail.example"], (2025, 2030))).facts;
    assert_eq!(facts.names, ["mx.customer.example", "*.mail.example"]);
    assert_eq!(facts.key, "EC 256");
    assert!(facts.issuer.contains("ours"));
    assert_eq!(facts.not_after.map(|at| at.to_string()).as_deref(), Some("2030-01-01T00:00:00Z"));
    assert_eq!(facts.sha256.len(), 64);
}

/// RFC 7672 section 2.2.1
#[test]
fn dane_is_worth_less_where_the_list_of_servers_is_not_proved() {
    let ours = Authority::new("ours");
    let leaf = self_signed(&leaf_params(&["elsewhere.example"], (2025, 2030))).der().clone();
    let judgement = judge(&trust(&ours), std::slice::from_ref(&leaf), &[names_key(3, &leaf)]);
    let proved = judgement.assurance(true, true, true);
    assert_eq!(proved, Assurance { level: Level::Dane, name_secure: true });
    let not_proved = judgement.assurance(true, false, true);
    assert_eq!(not_proved, Assurance { level: Level::Verified, name_secure: false });
    assert!(proved.is_qualified() && !not_proved.is_qualified());
}

/// What weak keys and digests made: an authority, what it signed; a good authority, what it signed with SHA-1 and with SHA-256; two with weak keys of their own.
fn weak() -> [CertificateDer<'static>; 7] {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(include_bytes!("weak.pem")).collect();
    read.unwrap().try_into().unwrap()
}

#[test]
fn what_was_signed_with_a_weak_key_or_digest_is_not_signed() {
    let [weak, by_weak, strong, by_sha1, by_sha256, ..] = weak();
    for (leaf, authority, fault) in
        [(by_weak, &weak, Some("weak key (RSA 1024)")), (by_sha1, &strong, Some("SHA-1")), (by_sha256, &strong, None)]
    {
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone()).unwrap();
        let chain = [leaf.clone(), authority.clone()];
        let record = names_certificate(2, authority);
        let judgement = judge(&Trust::new(roots), &chain, std::slice::from_ref(&record));
        for verdict in [judgement.pkix.clone(), judgement.dane.clone().unwrap().map(drop)] {
            match (&verdict, fault) {
                (Ok(()), None) => {}
                (Err(Fault::Invalid(why)), Some(word)) => assert!(why.contains(word), "{why}"),
                _ => panic!("{verdict:?} instead of {fault:?}"),
            }
        }
        let level = if fault.is_none() { Level::Dane } else { Level::Encrypted };
        assert_eq!(judgement.assurance(true, true, true).level, level);
        // Where DNS names the server's own key, nobody needs to have signed it (RFC 7671 section 5.1).
        let named = judge(&trust(&Authority::new("ours")), &chain, &[names_key(3, &leaf)]);
        assert_eq!(named.assurance(false, true, true).level, Level::Dane);
    }
}

/// RFC 9325 section 4.5
#[test]
fn keys_are_weak_below_an_edge() {
    let [rsa_1024, ec_256, rsa_2048, .., rsa_2047, ec_192] =
        weak().map(|certificate| Shown::read(&certificate).is_weak);
    assert_eq!([rsa_1024, rsa_2047, rsa_2048], [true, true, false]);
    assert_eq!([ec_192, ec_256], [true, false]);
}
