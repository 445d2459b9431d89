//! Sending to peers that do what they should, and to peers that do not.

mod chunks;
mod exchanges;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use app::outgoing::{Destination, Outcome, Parcel, Protection, next_due};
use app::receive::ReportWish;
use store::testing::PostgresServer;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::address::Domain;
use wire::smtp::client::ClientTimeouts;
use wire::smtp::command::{Notify, OriginalRecipient};

use super::worker::Worker;
use super::{Login, NextHop, NextHopTls, Outbound, OutboundSettings, Way};
use crate::sink::{Keep, Received, Sink};
use crate::testing::{Authority, House, Issued, Peer, Step};
use Step::{Await, Babble, Handshake, Hang, Listen, Say, Take};

/// The long word is searched for in all that leaves (`cargo xtask test --only capture`).
const CONTENT: &[u8] =
    b"Subject: Diagnosis Verschlusssache-2718\r\n\r\nVerschlusssache-2718\r\n\r\nThe confidential words.\r\n.hidden\r\n";

/// Stands for a server of the organisation, on the same machine: mail goes there in clear.
const ORGANISATION: &str = "127.0.30.1";

const HELLO: Step = Await("EHLO gateway.insurer.example\r\n");
const OFFER_STARTTLS: Step = Say("250-mx\r\n250 STARTTLS\r\n");
const OFFER: Step = Say("250-mx\r\n250-PIPELINING\r\n250-DSN\r\n250-8BITMIME\r\n250 SIZE 1000000\r\n");

/// Everything up to a TLS connection on which the peer has made its offer.
fn secured(rest: &[Step]) -> Vec<Step> {
    let mut script = vec![
        Say("220 mx\r\n"),
        HELLO,
        OFFER_STARTTLS,
        Await("STARTTLS\r\n"),
        Say("220 go\r\n"),
        Handshake,
        HELLO,
        OFFER,
    ];
    script.extend_from_slice(rest);
    script
}

fn hop(address: SocketAddr, tls: NextHopTls, authority: &Authority) -> NextHop {
    NextHop {
        host: "localhost".into(),
        port: address.port(),
        tls,
        extra_roots: authority.roots(),
        login: None,
        connections_max: 2,
    }
}

/// A server of the organisation, and the way there.
async fn organisation(authority: &Authority) -> (Sink, NextHop) {
    let sink = Sink::bind(SocketAddr::new(ORGANISATION.parse().unwrap(), 0)).await.unwrap();
    let way = hop(sink.address().unwrap(), NextHopTls::Loopback, authority);
    (sink, NextHop { host: ORGANISATION.into(), ..way })
}

fn settings(next_hop: &NextHop) -> OutboundSettings {
    let second = Duration::from_secs(1);
    let timeouts = ClientTimeouts {
        greeting: second,
        command: second,
        data: second,
        content: second,
        chunk: second,
        content_end: second,
        quit: second,
    };
    let host_name = Domain::parse("gateway.insurer.example").unwrap();
    OutboundSettings {
        timeouts,
        connect_max: second,
        ..OutboundSettings::new(host_name, Way::NextHop(next_hop.clone()), next_hop.clone())
    }
}

fn worker_to(house: &House, next_hop: &NextHop) -> Worker {
    let settings = settings(next_hop);
    let hop = super::hop(&settings, next_hop).unwrap();
    Worker::to_hop(&house.app, &settings, Destination::World, hop)
}

/// What comes of a mail over this worker.
async fn outcome(worker: &Worker, parcel: &Parcel) -> Outcome {
    worker.attempt(parcel).await.0.outcome
}

/// One attempt at a peer that follows the script with this certificate.
async fn attempt(
    house: &House,
    parcel: &Parcel,
    authority: &Authority,
    issued: &Issued,
    script: Vec<Step>,
) -> (Outcome, Peer) {
    let peer = Peer::start(issued.acceptor(), script).await;
    let worker = worker_to(house, &hop(peer.address, NextHopTls::StartTls, authority));
    (outcome(&worker, parcel).await, peer)
}

fn deferred(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Deferred { reason } => reason,
        other => panic!("not deferred: {other:?}"),
    }
}

#[tokio::test]
async fn a_mail_goes_over_verified_tls_with_the_facts_kept() {
    let (house, authority) = (House::new().await, Authority::new());
    let parcel = house.parcel(CONTENT).await;
    let script = secured(&[
        Await("DATA\r\n"),
        Say("250 ok\r\n250 ok\r\n354 go\r\n"),
        Await("\r\n.\r\n"),
        Say("250 2.0.0 taken as 17\r\n"),
        Listen,
    ]);
    let (outcome, peer) = attempt(&house, &parcel, &authority, &authority.issue("localhost"), script).await;
    let Outcome::Sent { reply, protection: Protection::Verified { server, version, suite, group }, .. } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!((reply.as_str(), server.as_str()), ("250 2.0.0 taken as 17", "localhost"));
    assert_eq!(version, "TLSv1_3");
    assert!(suite.starts_with("TLS13_") && !group.is_empty(), "{suite} {group}");
    let seen = peer.seen_secured();
    let size = CONTENT.len();
    assert!(seen.contains(&format!("SIZE={size} BODY=8BITMIME RET=HDRS\r\n")), "{seen}");
    assert!(seen.contains("RCPT TO:<ada@customer.example>\r\n"), "nobody asked for reports: {seen}");
    assert!(seen.contains("\r\n\r\nThe confidential words.\r\n..hidden\r\n.\r\n"), "{seen}");
    assert!(!peer.seen_in_clear().contains("confidential"));
}

/// RFC 3461 section 5.2: a server that sends reports takes the sender's wishes over, one that does not hears nothing of them.
#[tokio::test]
async fn what_the_sender_asked_to_be_told_goes_along_where_it_is_understood() {
    let (house, authority) = (House::new().await, Authority::new());
    let original = OriginalRecipient::parse("rfc822;Ada+2Bpost@customer.example").unwrap();
    let to_the_end =
        [Await("DATA\r\n"), Say("250 ok\r\n250 ok\r\n354 go\r\n"), Await("\r\n.\r\n"), Say("250 2.0.0 ok\r\n")];
    let knowing = secured(&to_the_end);
    let ignorant: Vec<Step> = knowing
        .iter()
        .map(|step| match step {
            Say(offer) if offer.contains("DSN") => Say("250-mx\r\n250-PIPELINING\r\n250 8BITMIME\r\n"),
            step => step.clone(),
        })
        .collect();
    for (script, reports_expected) in [(knowing, true), (ignorant, false)] {
        let wish = ReportWish::new(Notify::parse("SUCCESS,DELAY"), Some(&original));
        house.queue_with(CONTENT, wish, Some("QQ 314159".into())).await;
        let parcel = house.lease().await;
        let (outcome, peer) = attempt(&house, &parcel, &authority, &authority.issue("localhost"), script).await;
        let Outcome::Sent { reports, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(reports, reports_expected);
        let seen = peer.seen_secured();
        let asked = seen.contains("RET=HDRS ENVID=QQ+20314159\r\n")
            && seen.contains(
                "RCPT TO:<ada@customer.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Ada+2Bpost@customer.example\r\n",
            );
        assert_eq!(asked, reports_expected, "{seen}");
        assert_eq!(
            seen.contains("ENVID") || seen.contains("NOTIFY") || seen.contains("ORCPT"),
            reports_expected,
            "{seen}"
        );
    }
}

/// Peers that do not lead to a verified connection, and a word of the reason that is kept.
fn without_proof() -> Vec<(&'static str, &'static str, Vec<Step>)> {
    let to_starttls = |rest: &[Step]| {
        let mut script = vec![Say("220 mx\r\n"), HELLO, OFFER_STARTTLS, Await("STARTTLS\r\n")];
        script.extend_from_slice(rest);
        script
    };
    vec![
        ("no greeting", "timed out", vec![Hang]),
        ("refusing greeting", "554", vec![Say("554 5.7.1 go away\r\n"), Listen]),
        ("busy greeting", "421", vec![Say("421 4.3.2 busy\r\n"), Listen]),
        ("greeting of another protocol", "repl", vec![Say("SSH-2.0-OpenSSH\r\n"), Listen]),
        ("greeting without end", "repl", vec![Babble("220-mx mx mx mx mx mx mx mx mx mx mx mx mx mx\r\n")]),
        ("line without end", "repl", vec![Babble("220-mx mx mx mx mx mx mx mx mx mx mx mx mx mx")]),
        ("goodbye after EHLO", "broke", vec![Say("220 mx\r\n"), HELLO]),
        ("no STARTTLS", "STARTTLS", vec![Say("220 mx\r\n"), HELLO, Say("250-mx\r\n250 SIZE\r\n"), Listen]),
        ("STARTTLS refused", "554", to_starttls(&[Say("554 5.7.0 no\r\n"), Listen])),
        ("STARTTLS not now", "454", to_starttls(&[Say("454 4.7.0 not now\r\n"), Listen])),
        ("STARTTLS unanswered", "timed out", to_starttls(&[Hang])),
        ("goodbye at STARTTLS", "broke", to_starttls(&[])),
        ("reply behind 220", "behind", to_starttls(&[Say("220 go\r\n250 injected\r\n"), Listen])),
        (
            "no handshake but garbage",
            "TLS",
            to_starttls(&[Say("220 go\r\n"), Await("\u{3}"), Say("garbage, no TLS\r\n"), Listen]),
        ),
        ("no handshake but silence", "TLS", to_starttls(&[Say("220 go\r\n"), Hang])),
        ("goodbye at the handshake", "TLS", to_starttls(&[Say("220 go\r\n")])),
    ]
}

#[tokio::test]
async fn p1_without_a_verified_peer_nothing_of_a_mail_leaves() {
    let (house, authority) = (House::new().await, Authority::new());
    let parcel = house.parcel(CONTENT).await;
    let issued = authority.issue("localhost");
    for (case, word, script) in without_proof() {
        let (outcome, peer) = attempt(&house, &parcel, &authority, &issued, script).await;
        assert!(deferred(&outcome).contains(word), "{case}: {outcome:?}");
        let seen = peer.seen_in_clear();
        for kept in ["confidential", "Diagnosis", "MAIL FROM", "RCPT", "customer", "DATA"] {
            assert!(!seen.contains(kept), "{case}: {seen}");
        }
    }
}

#[tokio::test]
async fn p1_a_certificate_that_proves_nothing_defers_the_mail() {
    let (house, authority, stranger) = (House::new().await, Authority::new(), Authority::new());
    let parcel = house.parcel(CONTENT).await;
    let script = secured(&[Listen]);
    for (case, word, issued) in [
        ("signed by itself", "certificate", Issued::by_itself("localhost")),
        ("signed by a stranger", "certificate", stranger.issue("localhost")),
        ("for another name", "not valid for name", authority.issue("mx.example.net")),
        ("expired", "expired", authority.issue_expired("localhost")),
    ] {
        let (outcome, peer) = attempt(&house, &parcel, &authority, &issued, script.clone()).await;
        assert!(deferred(&outcome).contains(word), "{case}: {outcome:?}");
        assert!(!peer.seen_in_clear().contains("MAIL"), "{case}");
        assert_eq!(peer.seen_secured(), "", "{case}");
    }
}

#[tokio::test]
async fn p1_a_server_set_to_implicit_tls_gets_nothing_in_clear() {
    let (house, authority) = (House::new().await, Authority::new());
    let parcel = house.parcel(CONTENT).await;
    let issued = authority.issue("localhost");
    let peer = Peer::start(issued.acceptor(), vec![Say("220 mx\r\n"), Listen]).await;
    let worker = worker_to(&house, &hop(peer.address, NextHopTls::Implicit, &authority));
    assert!(deferred(&outcome(&worker, &parcel).await).contains("TLS"));
    assert!(!peer.seen_in_clear().contains("EHLO"));
    let script = vec![
        Handshake,
        Say("220 mx\r\n"),
        HELLO,
        OFFER,
        Await("DATA\r\n"),
        Say("250 ok\r\n550 5.1.1 unknown\r\n554 none\r\n"),
        Listen,
    ];
    let peer = Peer::start(issued.acceptor(), script).await;
    let worker = worker_to(&house, &hop(peer.address, NextHopTls::Implicit, &authority));
    let refused = outcome(&worker, &parcel).await;
    assert!(matches!(&refused, Outcome::Refused { status, .. } if status == "5.1.1"), "{refused:?}");
}

#[tokio::test]
async fn every_later_step_can_fail_and_says_why() {
    let (house, authority) = (House::new().await, Authority::new());
    let parcel = house.parcel(CONTENT).await;
    let issued = authority.issue("localhost");
    let to_content = |rest: &[Step]| {
        let mut script = secured(&[Await("DATA\r\n"), Say("250 ok\r\n250 ok\r\n354 go\r\n"), Await("\r\n.\r\n")]);
        script.extend_from_slice(rest);
        script
    };
    let at_envelope = |reply: &'static str| secured(&[Await("DATA\r\n"), Say(reply), Listen]);
    for (case, refused, word, script) in [
        ("MAIL 5xx", true, "5.7.1", at_envelope("550 5.7.1 no\r\n503 no\r\n503 no\r\n")),
        ("MAIL 4xx", false, "451", at_envelope("451 4.7.1 later\r\n503 no\r\n503 no\r\n")),
        ("RCPT 5xx", true, "5.1.1", at_envelope("250 ok\r\n550 5.1.1 unknown\r\n554 none\r\n")),
        ("RCPT 4xx", false, "450", at_envelope("250 ok\r\n450 4.2.2 full\r\n554 none\r\n")),
        ("DATA 5xx", true, "5.0.0", at_envelope("250 ok\r\n250 ok\r\n554 no\r\n")),
        ("DATA 4xx", false, "452", at_envelope("250 ok\r\n250 ok\r\n452 4.3.1 full\r\n")),
        ("goodbye before DATA", false, "broke", secured(&[Await("MAIL")])),
        ("silence before DATA", false, "timed out", secured(&[Await("MAIL"), Hang])),
        ("more replies than commands", false, "answers nothing", at_envelope("250 a\r\n250 b\r\n250 c\r\n250 d\r\n")),
        ("content 5xx", true, "5.6.0", to_content(&[Say("554 5.6.0 no\r\n"), Listen])),
        ("content 4xx", false, "451", to_content(&[Say("451 4.3.0 later\r\n"), Listen])),
        ("421 after content", false, "421", to_content(&[Say("421 4.3.2 bye\r\n")])),
        ("goodbye after content", false, "broke", to_content(&[])),
        ("silence after content", false, "timed out", to_content(&[Hang])),
        (
            "endless reply after content",
            false,
            "repl",
            to_content(&[Babble("250-and on and on and on and on and on\r\n")]),
        ),
    ] {
        let (outcome, peer) = attempt(&house, &parcel, &authority, &issued, script).await;
        match &outcome {
            Outcome::Refused { status, .. } => assert!(refused && status == word, "{case}: {outcome:?}"),
            Outcome::Deferred { reason } => assert!(!refused && reason.contains(word), "{case}: {outcome:?}"),
            Outcome::Sent { .. } | Outcome::Unprotected { .. } => panic!("{case}: {outcome:?}"),
        }
        assert!(!peer.seen_in_clear().contains("confidential"), "{case}");
    }
}

#[tokio::test]
async fn what_the_server_cannot_take_is_refused_before_anything_is_sent() {
    let (house, authority) = (House::new().await, Authority::new());
    let parcel = house.parcel("Subject: Hello\r\n\r\nGr\u{fc}\u{df}e\r\n".as_bytes()).await;
    let issued = authority.issue("localhost");
    for (offer, expected) in
        [(Say("250-mx\r\n250 DSN\r\n"), "5.6.1"), (Say("250-mx\r\n250-8BITMIME\r\n250 SIZE 5\r\n"), "5.3.4")]
    {
        let mut script = secured(&[Listen]);
        script[7] = offer;
        let (outcome, peer) = attempt(&house, &parcel, &authority, &issued, script).await;
        assert!(matches!(&outcome, Outcome::Refused { status, .. } if status == expected), "{outcome:?}");
        assert!(!peer.seen_secured().contains("MAIL"));
    }
}

#[tokio::test]
async fn passwords_go_over_tls_only() {
    let (house, authority) = (House::new().await, Authority::new());
    let parcel = house.parcel(CONTENT).await;
    let login = Some(Login { user: "gateway".into(), password: "secret".into() });
    let issued = authority.issue("localhost");
    let mut script = secured(&[Await("AUTH PLAIN AGdhdGV3YXkAc2VjcmV0\r\n"), Say("535 5.7.8 no\r\n"), Listen]);
    script[7] = Say("250-mx\r\n250 AUTH PLAIN LOGIN\r\n");
    let peer = Peer::start(issued.acceptor(), script).await;
    let worker =
        worker_to(&house, &NextHop { login: login.clone(), ..hop(peer.address, NextHopTls::StartTls, &authority) });
    assert!(deferred(&outcome(&worker, &parcel).await).contains("535"));
    let script = vec![Say("220 mx\r\n"), HELLO, Say("250-mx\r\n250 AUTH PLAIN\r\n"), Listen];
    let peer = Peer::start(issued.acceptor(), script).await;
    let worker = worker_to(&house, &NextHop { login, ..hop(peer.address, NextHopTls::Loopback, &authority) });
    assert!(deferred(&outcome(&worker, &parcel).await).contains("TLS"));
    assert!(!peer.seen_in_clear().contains("AUTH"));
}

#[tokio::test]
async fn a_probe_tells_how_mail_would_be_protected_and_sends_none() {
    let (house, authority) = (House::new().await, Authority::new());
    let script = secured(&[Await("QUIT\r\n"), Say("221 bye\r\n")]);
    let peer = Peer::start(authority.issue("localhost").acceptor(), script).await;
    let next_hop = hop(peer.address, NextHopTls::StartTls, &authority);
    let outbound = Outbound::new(settings(&next_hop), &house.app).unwrap();
    let protection = outbound.probe(Destination::World).await.unwrap().unwrap();
    assert!(matches!(protection, Protection::Verified { server, .. } if server == "localhost"));
    assert_eq!(peer.seen_secured(), "EHLO gateway.insurer.example\r\nQUIT\r\n");
}

/// Hands what was received to the test.
struct ToTest(mpsc::UnboundedSender<Received>);

impl Keep for ToTest {
    async fn keep(&self, received: Received) -> io::Result<()> {
        self.0.send(received).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

#[tokio::test]
async fn the_worker_sends_what_is_queued_and_what_becomes_due_again() {
    let (house, authority) = (House::new().await, Authority::new());
    let (sink, next_hop) = organisation(&authority).await;
    let tasks = TaskTracker::new();
    let stop = CancellationToken::new();
    let outbound = Outbound::new(settings(&next_hop), &house.app).unwrap();
    tasks.spawn(outbound.run(stop.clone()));
    // Nobody takes connections off the queue yet: the first attempt waits for a greeting in vain, and the mail is deferred.
    house.queue(CONTENT).await;
    let retry = jiff::SignedDuration::from_mins(5);
    while next_due(&house.app, Destination::World).await.unwrap() != Some(house.app.now() + retry) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (sender, mut received) = mpsc::unbounded_channel();
    tasks.spawn(sink.run(stop.clone(), ToTest(sender)));
    house.advance(retry);
    let first = received.recv().await.unwrap();
    assert_eq!(first.rcpt_to, ["ada@customer.example"]);
    assert_eq!(first.mail_from, "claims@insurer.example");
    assert_eq!(first.content, CONTENT);
    // Large content streams, and an open connection is used again.
    let large = [b"Subject: Large\r\n\r\n".to_vec(), b"A line of some length.\r\n".repeat(50_000)].concat();
    house.queue(&large).await;
    assert!(received.recv().await.unwrap().content == large);
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

/// P3: two nodes on one store, each with workers of its own, send every mail, and none twice.
async fn two_nodes_send_each_mail_once(house: House) {
    const MAILS: usize = 60;
    let authority = Authority::new();
    let (sink, next_hop) = organisation(&authority).await;
    for number in 0..MAILS {
        house.queue(format!("Subject: {number}\r\n\r\nText\r\n").as_bytes()).await;
    }
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let (sender, mut received) = mpsc::unbounded_channel();
    tasks.spawn(sink.run(stop.clone(), ToTest(sender)));
    for _ in 0..2 {
        tasks.spawn(Outbound::new(settings(&next_hop), &house.app).unwrap().run(stop.clone()));
    }
    let mut subjects = std::collections::BTreeMap::<Vec<u8>, usize>::new();
    for _ in 0..MAILS {
        let mail = received.recv().await.unwrap();
        *subjects.entry(mail.content).or_default() += 1;
    }
    while next_due(&house.app, Destination::World).await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    assert!(received.try_recv().is_err(), "a mail came twice");
    assert_eq!((subjects.len(), subjects.values().max()), (MAILS, Some(&1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p3_two_nodes_send_each_mail_once_on_sqlite() {
    two_nodes_send_each_mail_once(House::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p3_two_nodes_send_each_mail_once_on_postgres() {
    let server = PostgresServer::start().unwrap();
    let database = store::DatabaseSettings::Postgres(server.create_database().await.unwrap());
    two_nodes_send_each_mail_once(House::on(tempfile::tempdir().unwrap(), database).await).await;
}
