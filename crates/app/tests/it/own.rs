//! The own domains against a bed of zones: good, absent, wrong and bogus, and what is proposed is published and tried.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use app::{
    own::{Finding, Grade, Own, examine},
    provider::{Prober, Probing},
};
use jiff::Timestamp;
use model::{
    assessment::{Assessment, Dnssec, MtaSts},
    assurance::{Assurance, Level},
};
use resolve::{
    Resolver,
    testing::{Algorithm, Bed, Denial, Fault, TestClock, Zone},
};
use wire::{
    address::{Domain, EmailAddress},
    dkim::{Signer, SigningKey},
    zone::Data,
};

use Grade::{Better, Good, Unknown, Wrong};

/// PKCS #8 version 1 of an Ed25519 key (RFC 8410 section 7), up to the 32 bytes of the key itself.
const ED25519: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// Says of every domain that it has one signed server without TLSA records, and no policy.
struct OneServer;

impl Prober for OneServer {
    fn probe<'a>(&'a self, domain: &'a Domain, now: Timestamp) -> Probing<'a> {
        let host = model::assessment::Host {
            name: format!("mx.{domain}"),
            preference: Some(10),
            addresses: Vec::new(),
            dnssec: Dnssec::Secure,
            tlsa: model::assessment::Tlsa::default(),
            connection: None,
            assurance: Assurance { level: Level::Verified, name_secure: true },
            faults: Vec::new(),
        };
        Box::pin(std::future::ready(Assessment {
            domain: domain.to_string(),
            at: now,
            mx_dnssec: Dnssec::Secure,
            hosts: vec![host],
            mta_sts: MtaSts::None,
            faults: Vec::new(),
        }))
    }
}

fn domain(name: &str) -> Domain {
    Domain::parse(name).unwrap()
}

fn signer(name: &str) -> Arc<Signer> {
    let key = SigningKey::from_pkcs8(&[&ED25519[..], &[7; 32]].concat()).unwrap();
    Arc::new(Signer::new(domain(name), "post1", key).unwrap())
}

/// A house that sends for one domain, from `mail.<domain>`.
fn own(name: &str) -> Own {
    Own {
        host_name: domain(&format!("mail.{name}")),
        addresses: Vec::new(),
        sender: EmailAddress::parse(&format!("post@{name}")).unwrap(),
        domains: vec![domain(name)],
        signers: vec![signer(name)],
        policies: BTreeMap::new(),
        portal: domain(&format!("portal.{name}")),
        intake: None,
    }
}

fn key_text() -> String {
    signer("x.test").key().dns_record().unwrap()
}

fn good() -> String {
    format!(
        "mail A 192.0.2.1\nmail TXT \"v=spf1 a -all\"\n@ MX 10 mx\nmx A 192.0.2.2\n@ TXT \"v=spf1 include:_spf mx -all\"\n\
         @ TXT \"other\"\npost1._domainkey TXT \"{}\"\n_dmarc TXT \"v=DMARC1; p=reject; adkim=s; rua=mailto:d@good.test\"\n\
         _smtp._tls TXT \"v=TLSRPTv1; rua=mailto:r@good.test\"\n",
        key_text()
    )
    .replace("include:_spf", "include:_spf.good.test")
        + "_spf TXT \"v=spf1 ip4:192.0.2.0/28 -all\"\n"
}

const WRONG: &str = "\
mail A 192.0.2.3
mail TXT \"v=spf1 -all\"
@ MX 10 mx
@ TXT \"v=spf1 ip4:192.0.2.99 ~all\"
post1._domainkey TXT \"v=DKIM1; k=ed25519; p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"
_dmarc TXT \"v=DMARC1; p=perhaps\"
_smtp._tls TXT \"v=TLSRPTv1; rua=ftp://x\"
";

/// What of it is open to criticism, and works.
fn loose() -> String {
    format!(
        "mail A 192.0.2.4\nmail TXT \"v=spf1 a ?all\"\n@ TXT \"v=spf1 a:mail.loose.test{}\"\n\
         post1._domainkey TXT \"{}; t=y\"\n_dmarc TXT \"v=DMARC1; p=none; rua=mailto:d@loose.test\"\n\
         _smtp._tls TXT \"v=TLSRPTv1; rua=https://r.loose.test/\"\nother A 192.0.2.4\n",
        " a:mail.loose.test".repeat(8) + " ~all",
        key_text()
    )
}

fn signed(name: &str, records: &str) -> Zone {
    Zone::signed(name, records, Algorithm::EcdsaP256Sha256, Denial::Nsec)
}

/// The reverse tree comes last but for the zones above it.
fn bed(zones: Vec<Zone>, pointers: &str) -> (Bed, Resolver) {
    let above = [signed("test", ""), signed("2.0.192.in-addr.arpa", pointers), signed("", "")];
    let zones: Vec<Zone> = zones.into_iter().chain(above).collect();
    let bed = Bed::with_zones(&zones).unwrap();
    let resolver = bed.resolver(bed.recursive(), Arc::new(TestClock::new())).unwrap();
    (bed, resolver)
}

async fn look(resolver: &Resolver, own: &Own) -> Vec<Finding> {
    examine(resolver, &OneServer, own, Timestamp::UNIX_EPOCH).await
}

/// The finding whose subject ends so.
fn find<'a>(findings: &'a [Finding], end: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.what.ends_with(end)).unwrap_or_else(|| panic!("{end} in {findings:#?}"))
}

/// Two of everything.
const TWICE: &str = "\
mail A 192.0.2.1
@ TXT \"v=spf1 -all\"
@ TXT \"v=spf1 +all\"
_dmarc TXT \"v=DMARC1; p=none\"
_dmarc TXT \"v=DMARC1; p=reject\"
post1._domainkey TXT \"p=\"
post1._domainkey TXT \"p=YQ==\"
_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:a@b.test\"
_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:c@d.test\"
";

/// What nobody can read.
const BROKEN: &str = "\
mail A 192.0.2.1
mail TXT \"v=spf1 redirect=gone.test\"
@ TXT \"v=spf1 ipv4:192.0.2.1 -all\"
_dmarc TXT \"v=DMARC1\"
post1._domainkey TXT \"v=DKIM1; p=%\"
_smtp._tls TXT \"v=TLSRPTv1;\"
";

/// Names of addresses; 6 and 2 have none.
const POINTERS: &str = "\
1 PTR mail.good.test.
3 PTR elsewhere.wrong.test.
4 PTR other.loose.test.
5 PTR mail.bogus.test.
";

#[tokio::test(flavor = "multi_thread")]
async fn every_record_is_graded_as_it_is_published() {
    let good = good();
    let plain = good.replace("good.test", "plain.test").replace("192.0.2.1\n", "192.0.2.6\n");
    let bogus = good.replace("good.test", "bogus.test").replace("192.0.2.1\n", "192.0.2.5\n");
    let zones = vec![
        signed("good.test", &good),
        Zone::unsigned("plain.test", &plain),
        signed("absent.test", "mail A 192.0.2.2\n@ MX 10 mx\n"),
        signed("wrong.test", WRONG),
        signed("loose.test", &loose()),
        signed("bogus.test", &bogus).with(Fault::Expired),
        signed("twice.test", TWICE),
        signed("broken.test", BROKEN),
        signed("inner.test", "mail A 10.1.2.3\n"),
        signed("shared.test", "mail A 100.64.1.2\n"),
        signed("wide.test", "mail A 192.0.2.7\n@ TXT \"v=spf1 ip4:0.0.0.0/0 -all\"\n"),
        signed("open.test", "mail A 192.0.2.7\n@ TXT \"v=spf1 +all\"\n"),
    ];
    let (_bed, resolver) = bed(zones, POINTERS);
    let mut differing = Vec::new();
    for (zone, grades) in [
        ("good.test", [Good, Good, Good, Good, Good, Good, Good]),
        ("plain.test", [Good, Wrong, Good, Good, Good, Good, Good]),
        ("absent.test", [Good, Wrong, Wrong, Wrong, Wrong, Wrong, Better]),
        ("wrong.test", [Good, Wrong, Wrong, Wrong, Wrong, Wrong, Wrong]),
        ("loose.test", [Good, Better, Better, Better, Better, Better, Better]),
        ("bogus.test", [Wrong, Wrong, Wrong, Wrong, Wrong, Wrong, Wrong]),
        ("twice.test", [Good, Better, Wrong, Wrong, Wrong, Wrong, Wrong]),
        ("broken.test", [Good, Better, Wrong, Wrong, Wrong, Wrong, Wrong]),
    ] {
        let mut own = own(zone);
        if zone == "bogus.test" {
            own.addresses = vec!["192.0.2.5".parse().unwrap()];
        }
        let findings = look(&resolver, &own).await;
        let subjects = [
            format!("mail.{zone}: name in EHLO"),
            "(PTR)".to_owned(),
            format!("mail.{zone}: SPF"),
            format!("{zone}: SPF"),
            format!("post1._domainkey.{zone}: DKIM key"),
            format!("{zone}: DMARC"),
            format!("{zone}: TLS reports"),
        ];
        for (subject, grade) in subjects.iter().zip(grades) {
            let is_it = |finding: &&Finding| {
                finding.what == *subject || (subject == "(PTR)" && finding.what.ends_with(subject))
            };
            let found = findings.iter().find(is_it);
            if found.map(|finding| finding.grade) != Some(grade) {
                differing.push(format!("{subject}: {grade:?} expected: {found:?}"));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    for zone in ["inner.test", "shared.test"] {
        let inner = look(&resolver, &own(zone)).await;
        assert!(find(&inner, "EHLO").found.contains("transport.public_addresses"));
        let grades = (find(&inner, "EHLO").grade, find(&inner, &format!("mail.{zone}: SPF")).grade);
        assert_eq!(grades, (Wrong, Unknown), "{zone}");
    }
    for (subject, cures) in [("wide.test", 0), ("open.test", 1)] {
        let findings = look(&resolver, &own(subject)).await;
        let open = findings.iter().find(|finding| finding.what == format!("{subject}: SPF")).unwrap();
        assert_eq!(
            (open.grade, open.publish.len()),
            (Wrong, cures),
            "nothing is proposed that cures nothing: {open:?}"
        );
    }
}

/// Whatever is proposed makes it good, or at least work.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_proposed_is_what_was_missing() {
    for records in ["mail A 192.0.2.1\n@ MX 10 mx\nmx A 192.0.2.2\n", WRONG] {
        let (_before, resolver) = bed(vec![signed("one.test", records)], "");
        let findings = look(&resolver, &own("one.test")).await;
        let (mut lines, mut pointers) = (String::new(), String::new());
        for record in findings.iter().flat_map(|finding| &finding.publish) {
            let place = if matches!(record.data, Data::Ptr(_)) { &mut pointers } else { &mut lines };
            writeln!(place, "{record}").unwrap();
        }
        assert_eq!((lines.lines().count(), pointers.lines().count()), (5, 1), "{lines}{pointers}");
        // Each proposal takes the place of a text; what is no text stays.
        let kept =
            records.lines().filter(|line| !line.contains(" TXT ")).fold(lines.clone(), |all, line| all + line + "\n");
        let (_after, resolver) = bed(vec![signed("one.test", &kept)], &pointers);
        let findings = look(&resolver, &own("one.test")).await;
        assert!(!findings.iter().any(|finding| matches!(finding.grade, Wrong | Unknown)), "{findings:#?}\n{lines}");
        for end in ["(PTR)", "mail.one.test: SPF", "DKIM key", "TLS reports"] {
            assert_eq!(find(&findings, end).grade, Good, "{end}");
        }
        assert_eq!(find(&findings, "DMARC").grade, Better, "p=none is where to begin");
    }
}

/// Names that could not be looked up are told apart from names that are not there. (The clock jumps to whatever is waited for.)
#[tokio::test(start_paused = true)]
async fn without_answers_nothing_is_called_wrong() {
    let bed = Bed::with_zones(&[signed("", "")]).unwrap();
    let resolver = bed.resolver("127.0.0.1:9".parse().unwrap(), Arc::new(TestClock::new())).unwrap();
    let own = Own { addresses: vec!["192.0.2.1".parse().unwrap()], ..own("one.test") };
    let findings = look(&resolver, &own).await;
    for end in ["EHLO", "(PTR)", "mail.one.test: SPF", "DKIM key", "DMARC", "TLS reports"] {
        assert_eq!(find(&findings, end).grade, Unknown, "{end}");
    }
}
