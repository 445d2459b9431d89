//! Peer, zone and policy: each row of the table gives a level, a channel and the reasons.

use app::tls_report::Reporter;
use model::{
    assessment::{Assessment, Code, Dnssec, MtaSts},
    assurance::{Level, Minimum},
    route::{Channel, ProtectionClass},
};

use wire::address::Domain;

use crate::testing::Step;
use crate::testing::small_world::{Row, Shows, Signed, Small, Sts, Tlsa, polite, row};

/// What is expected of a row: the level at its server, the channel of an ordinary message, and codes at domain and server.
type Expected = (Level, Channel, &'static [Code]);

const DIRECT: Channel = Channel::Direct;
const DEPOSIT: Channel = Channel::Deposit;

/// Begins as a server should, up to `250 STARTTLS`.
fn up_to_hello(then: Vec<Step>) -> Vec<Step> {
    let begin = vec![Step::Say("220 mx\r\n"), Step::Await("EHLO"), Step::Say("250-mx\r\n250 STARTTLS\r\n")];
    begin.into_iter().chain(then).collect()
}

/// Certificates and TLSA records.
fn certificates() -> Vec<(Row, Expected)> {
    use Code::{
        CertificateExpired, CertificateHostMismatch, CertificateKeyWeak, CertificateNotTrusted, CertificateNotYetValid,
        MxInsecure, TlsaMismatch, TlsaUnusable,
    };
    use Level::{Dane, Encrypted, Verified};
    let shows = |name, shows| Row { shows, ..row(name) };
    let tlsa = |name, shows, tlsa| Row { shows, tlsa, ..row(name) };
    let unsigned = |name, shows, tlsa| Row { shows, tlsa, signed: Signed::No, ..row(name) };
    vec![
        (row("good"), (Verified, DIRECT, &[])),
        (shows("other-name", Shows::OtherName), (Encrypted, DIRECT, &[CertificateHostMismatch])),
        (shows("expired", Shows::Expired), (Encrypted, DIRECT, &[CertificateExpired])),
        (shows("early", Shows::TooEarly), (Encrypted, DIRECT, &[CertificateNotYetValid])),
        (shows("other-ca", Shows::OtherAuthority), (Encrypted, DIRECT, &[CertificateNotTrusted])),
        (shows("itself", Shows::Itself), (Encrypted, DIRECT, &[CertificateNotTrusted])),
        (shows("rsa", Shows::Rsa), (Verified, DIRECT, &[])),
        (shows("weak", Shows::Weak), (Level::None, DEPOSIT, &[CertificateKeyWeak])),
        (shows("weak-untrusted", Shows::WeakUntrusted), (Level::None, DEPOSIT, &[CertificateKeyWeak])),
        (tlsa("weak-dane", Shows::Weak, Tlsa::Matches), (Level::None, DEPOSIT, &[CertificateKeyWeak])),
        (tlsa("weak-dane-ta", Shows::Weak, Tlsa::Authority), (Level::None, DEPOSIT, &[CertificateKeyWeak])),
        (tlsa("dane-rsa", Shows::Rsa, Tlsa::Matches), (Dane, DIRECT, &[])),
        (tlsa("dane", Shows::Good, Tlsa::Matches), (Dane, DIRECT, &[])),
        (tlsa("dane-itself", Shows::Itself, Tlsa::Matches), (Dane, DIRECT, &[])),
        (tlsa("dane-expired", Shows::Expired, Tlsa::Matches), (Dane, DIRECT, &[])),
        (tlsa("dane-several", Shows::Itself, Tlsa::Several), (Dane, DIRECT, &[])),
        (tlsa("dane-other", Shows::Good, Tlsa::Other), (Encrypted, DEPOSIT, &[TlsaMismatch])),
        (tlsa("dane-unusable", Shows::Good, Tlsa::Unusable), (Verified, DIRECT, &[TlsaUnusable])),
        (unsigned("plain", Shows::Good, Tlsa::None), (Verified, DIRECT, &[MxInsecure])),
        (
            unsigned("plain-itself", Shows::Itself, Tlsa::None),
            (Encrypted, DIRECT, &[MxInsecure, CertificateNotTrusted]),
        ),
        (unsigned("plain-tlsa", Shows::Good, Tlsa::Other), (Verified, DIRECT, &[MxInsecure])),
        (
            Row { signed: Signed::Expired, ..row("bogus") },
            (Level::None, DEPOSIT, &[Code::MxBogus, Code::StsFetchFailed]),
        ),
        (
            Row { signed: Signed::Expired, tlsa: Tlsa::Matches, ..row("bogus-dane") },
            (Level::None, DEPOSIT, &[Code::MxBogus, Code::StsFetchFailed]),
        ),
    ]
}

/// MTA-STS, alone and beside DANE.
fn policies() -> Vec<(Row, Expected)> {
    use Code::{StsAnnouncementInvalid, StsFetchFailed, StsNotCovered, StsPolicyInvalid, StsWebpkiInvalid};
    use Level::{Dane, Encrypted, Verified};
    let sts = |name, sts| Row { sts, ..row(name) };
    let with = |name, shows, tlsa, sts| Row { shows, tlsa, sts, ..row(name) };
    vec![
        (sts("sts", Sts::Covers("enforce")), (Level::MtaSts, DIRECT, &[])),
        (sts("sts-testing", Sts::Covers("testing")), (Level::MtaSts, DIRECT, &[])),
        (sts("sts-ended", Sts::Covers("none")), (Verified, DIRECT, &[])),
        (sts("sts-other", Sts::LeavesOut("enforce")), (Verified, DEPOSIT, &[StsNotCovered])),
        (sts("sts-other-testing", Sts::LeavesOut("testing")), (Verified, DIRECT, &[StsNotCovered])),
        (
            with("sts-itself", Shows::Itself, Tlsa::None, Sts::Covers("enforce")),
            (Encrypted, DEPOSIT, &[Code::CertificateNotTrusted]),
        ),
        (
            with("sts-expired", Shows::Expired, Tlsa::None, Sts::Covers("enforce")),
            (Encrypted, DEPOSIT, &[Code::CertificateExpired]),
        ),
        (with("both", Shows::Itself, Tlsa::Matches, Sts::Covers("enforce")), (Dane, DIRECT, &[])),
        (
            with("both-other", Shows::Good, Tlsa::Other, Sts::Covers("enforce")),
            (Encrypted, DEPOSIT, &[Code::TlsaMismatch]),
        ),
        (sts("sts-nobody", Sts::Nobody), (Verified, DIRECT, &[StsFetchFailed])),
        (sts("sts-redirect", Sts::Redirect), (Verified, DIRECT, &[StsFetchFailed])),
        (sts("sts-huge", Sts::Huge), (Verified, DIRECT, &[StsFetchFailed])),
        (sts("sts-slow", Sts::Slow), (Verified, DIRECT, &[StsFetchFailed])),
        (sts("sts-html", Sts::Html), (Verified, DIRECT, &[StsPolicyInvalid])),
        (sts("sts-broken", Sts::Broken), (Verified, DIRECT, &[StsPolicyInvalid])),
        (sts("sts-untrusted", Sts::Untrusted), (Verified, DIRECT, &[StsWebpkiInvalid])),
        (sts("sts-twice", Sts::Twice), (Verified, DIRECT, &[StsAnnouncementInvalid])),
    ]
}

/// Servers that misbehave before TLS, or in it. Whatever they do, nothing is sent in clear (P1).
fn misbehaviour() -> Vec<(Row, Expected)> {
    use Code::{ConnectFailed, NoStartTls, Protocol, Refused, StartTlsRefused, TlsFailed};
    let peer = |name, script| Row { script, ..row(name) };
    let hello = |name, then| peer(name, up_to_hello(then));
    let nothing = |code: &'static [Code]| (Level::None, DEPOSIT, code);
    let await_tls = || Step::Await("STARTTLS\r\n");
    vec![
        (
            peer("stripped", vec![Step::Say("220 mx\r\n"), Step::Await("EHLO"), Step::Say("250 mx\r\n"), Step::Listen]),
            nothing(&[NoStartTls]),
        ),
        (hello("refuses", vec![await_tls(), Step::Say("454 not now\r\n"), Step::Listen]), nothing(&[StartTlsRefused])),
        (hello("refuses-hard", vec![await_tls(), Step::Say("502 no\r\n"), Step::Listen]), nothing(&[StartTlsRefused])),
        (hello("injects", vec![await_tls(), Step::Say("220 go\r\n250 more\r\n"), Step::Listen]), nothing(&[Protocol])),
        (
            hello("garbage", vec![await_tls(), Step::Say("220 go\r\n"), Step::Await("\u{1}"), Step::Say("xxxxxxxx")]),
            nothing(&[TlsFailed]),
        ),
        (hello("hangs-up", vec![await_tls()]), nothing(&[ConnectFailed])),
        (hello("hangs-up-in-tls", vec![await_tls(), Step::Say("220 go\r\n")]), nothing(&[TlsFailed])),
        (hello("silent-in-tls", vec![await_tls(), Step::Say("220 go\r\n"), Step::Hang]), nothing(&[TlsFailed])),
        (peer("unwelcome", vec![Step::Say("554 go away\r\n"), Step::Listen]), nothing(&[Refused])),
        (peer("not-now", vec![Step::Say("421 busy\r\n"), Step::Listen]), nothing(&[Refused])),
        (peer("no-smtp", vec![Step::Say("HTTP/1.1 400 Bad Request\r\n\r\n"), Step::Listen]), nothing(&[Protocol])),
        (peer("floods", vec![Step::Babble("220-welcome welcome welcome\r\n")]), nothing(&[Protocol])),
        (peer("silent", vec![Step::Hang]), nothing(&[ConnectFailed])),
        (peer("gone", vec![]), nothing(&[ConnectFailed])),
        (
            Row {
                tlsa: Tlsa::Matches,
                ..peer(
                    "dane-stripped",
                    vec![Step::Say("220 mx\r\n"), Step::Await("EHLO"), Step::Say("250 mx\r\n"), Step::Listen],
                )
            },
            nothing(&[NoStartTls]),
        ),
    ]
}

fn codes(assessment: &Assessment) -> Vec<Code> {
    let sts = match &assessment.mta_sts {
        MtaSts::Failed { fault } => Some(fault.code),
        _ => None,
    };
    let domain = assessment.faults.iter().map(|fault| fault.code);
    let hosts = assessment.hosts.iter().flat_map(|host| host.faults.iter().map(|fault| fault.code));
    domain.chain(hosts).chain(sts).collect()
}

async fn hold(rows: Vec<(Row, Expected)>) -> Small {
    let only_rows: Vec<Row> = rows.iter().map(|(row, _)| row.clone()).collect();
    let small = Small::start(&only_rows, "").await;
    let mut wrong = Vec::new();
    for (row, (level, channel, reasons)) in &rows {
        let assessment = small.assess_row(row).await;
        let fate = assessment.fate(ProtectionClass::Ordinary, Minimum::Encrypted);
        let found_level = assessment.hosts.first().map_or(Level::None, |host| host.assurance.level);
        let found = (found_level, fate.channel, codes(&assessment));
        if found != (*level, Some(*channel), reasons.to_vec()) {
            wrong.push(format!("{}: {found:?} instead of {:?}\n{assessment:#?}", row.name, (level, channel, reasons)));
        }
        let special = assessment.fate(ProtectionClass::Special, Minimum::Encrypted);
        assert_eq!(special.channel, Some(DEPOSIT), "C2: {}", row.name);
        let is_signed = row.signed == Signed::Yes;
        let assurance = assessment.assurance();
        assert_eq!(assurance.is_qualified(), is_signed && assurance.level >= Level::Verified, "{}", row.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    small
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_and_tlsa_records_decide_the_level_c6() {
    hold(certificates()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_are_fetched_and_kept_to_and_never_overrule_dane_c6() {
    hold(policies()).await;
}

/// P1: in clear, servers hear `EHLO`, `STARTTLS` and `QUIT`, whatever they do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_misbehave_get_nothing_in_clear_p1() {
    let small = hold(misbehaviour()).await;
    for seen in small.seen_in_clear() {
        // What a handshake begins with is no text.
        let text = seen.split('\u{16}').next().unwrap_or_default();
        for line in text.lines() {
            assert!(["EHLO gateway.test", "STARTTLS", "QUIT"].contains(&line), "{line:?} was said in clear");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn domains_without_a_server_say_why() {
    let many: Vec<String> = (0..1000).map(|number| format!("many MX {number} mx{number}.many")).collect();
    let extra = format!(
        "null MX 0 .\nback MX 10 gateway.test.\nback MX 20 mx.null\nempty TXT \"x\"\nnowhere MX 10 gone.nowhere\n\
         inner MX 10 mx.inner\nmx.inner A 10.0.0.1\n{}\n",
        many.join("\n")
    );
    let small = Small::start(&[row("good")], &extra).await;
    for (name, code, dnssec) in [
        ("null", Code::NullMx, Dnssec::Secure),
        ("back", Code::LeadsBack, Dnssec::Secure),
        ("missing", Code::NoSuchDomain, Dnssec::Secure),
        ("empty", Code::NoAddress, Dnssec::Secure),
        ("nowhere", Code::NoAddress, Dnssec::Secure),
    ] {
        let assessment = small.assess(&format!("{name}.signed.test")).await;
        assert_eq!((codes(&assessment), assessment.mx_dnssec), (vec![code], dnssec), "{name}");
        assert_eq!(assessment.assurance().level, Level::None);
    }
    let many = small.assess("many.signed.test").await;
    assert!(many.hosts.len() <= resolve::MX_MAX, "{} servers", many.hosts.len());
    let world = small.world_with(|settings| settings.bed.private_addresses = false);
    for domain in ["inner.signed.test", "good.signed.test"] {
        let assessment = world.assess(&Domain::parse(domain).unwrap(), small.now()).await;
        assert_eq!(codes(&assessment), [Code::AddressNotPublic], "{domain}");
        assert_eq!(assessment.hosts[0].addresses.len(), 1, "the address is told, and not connected to");
        assert!(assessment.hosts[0].connection.is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_are_told_for_the_record_p6() {
    let rows = [Row { tlsa: Tlsa::Several, sts: Sts::Covers("enforce"), script: polite(), ..row("facts") }];
    let small = Small::start(&rows, "").await;
    let assessment = small.assess_row(&rows[0]).await;
    let host = &assessment.hosts[0];
    assert_eq!((host.name.as_str(), host.preference), ("mx.facts.signed.test", Some(10)));
    assert_eq!(host.tlsa.records.iter().filter(|record| record.matches).count(), 1);
    assert_eq!(host.tlsa.records.len(), 2);
    let tls = host.connection.as_ref().unwrap().tls.as_ref().unwrap();
    assert_eq!((tls.version.as_str(), tls.certificate.key.as_str()), ("TLSv1_3", "EC 256"));
    assert_eq!(tls.certificate.names, ["mx.facts.signed.test"]);
    assert_eq!(tls.group, "X25519MLKEM768");
    assert!(matches!(&assessment.mta_sts, MtaSts::Policy { mode, max_age: 86_400, .. } if mode == "enforce"));
    let text = serde_json::to_string(&assessment).unwrap();
    assert_eq!(serde_json::from_str::<Assessment>(&text).unwrap(), assessment);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_about_tls_go_to_verified_public_web_servers_that_take_them() {
    let row_with = |name, sts| Row { sts, ..row(name) };
    let rows = [
        row_with("takes", Sts::Covers("enforce")),
        row_with("elsewhere", Sts::Redirect),
        row_with("untrusted", Sts::Untrusted),
        row_with("slow", Sts::Slow),
        row_with("inner", Sts::Covers("enforce")),
    ];
    let extra = "_smtp._tls.takes TXT \"v=TLSRPTv1; rua=mailto:r@takes.test\"\n\
                 _smtp._tls.broken TXT \"v=TLSRPTv1; rua=ftp:r\"\n";
    let small = Small::start(&rows, extra).await;
    let asked = async |name: &str| {
        let domain = Domain::parse(&format!("{name}.signed.test")).unwrap();
        small.world.wanted(&domain).await.map(|record| record.map_or(0, |record| record.destinations.len()))
    };
    assert_eq!((asked("takes").await, asked("slow").await, asked("broken").await), (Ok(1), Ok(0), Ok(0)));
    let bogus = Domain::parse("takes.expired.test").unwrap();
    assert!(small.world.wanted(&bogus).await.is_err(), "no answer is not \"none\"");
    let port = small.world.settings.bed.policy_port;
    let url = |name: &str| format!("https://mta-sts.{name}.signed.test:{port}/tls?a=b");
    let tell = async |url: &str| small.world.post(url, vec![1, 2, 3]).await;
    assert_eq!(tell(&url("takes")).await, Ok(()));
    let posted = small.peers[1].seen_secured();
    assert!(posted.starts_with("POST /tls?a=b HTTP/1.1\r\n"), "{posted}");
    assert!(posted.contains("content-type: application/tlsrpt+gzip\r\n"), "{posted}");
    for (url, why) in [
        (url("elsewhere"), "301"),
        (url("untrusted"), "certificate"),
        (url("slow"), "in time"),
        (url("nobody"), "no address"),
        (url("takes").replace(&port.to_string(), "25"), "port 443 only"),
        (url("takes").replace("https", "http"), "https alone"),
    ] {
        let error = tell(&url).await.unwrap_err();
        assert!(error.contains(why), "{url}: {error}");
    }
    let world = small.world_with(|settings| settings.bed.private_addresses = false);
    let error = world.post(&url("inner"), Vec::new()).await.unwrap_err();
    assert!(error.contains("no public address"), "{error}");
}
