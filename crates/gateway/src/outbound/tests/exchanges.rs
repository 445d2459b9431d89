//! To the mail servers of the world: peer, zone and policy decide whether a mail leaves, and nothing of it leaves in clear.

use std::sync::Arc;
use std::time::Duration;

use app::outgoing::{self, Attempt, Destination, Outcome, Parcel, Protection, Share};
use model::assessment::Code;
use model::assurance::{Level, Minimum, Requirement, Source};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::super::worker::Worker;
use super::super::{Exchanges, NextHop, Outbound, OutboundSettings, Way};
use super::{CONTENT, settings};
use crate::testing::small_world::{Row, Shows, Signed, Small, Sts, Tlsa, polite, row, taking};
use crate::testing::{Authority, House, Step};
use crate::world::World;
use Step::{Await, Babble, Hang, Listen, Say};

/// What is expected of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// The mail is taken, over a connection of this level.
    Sent(Level),
    /// It is tried again: the server is in trouble.
    Later,
    /// It is held, for want of protection.
    Held,
    /// It is refused with this status.
    Refused(&'static str),
}
use Expected::{Held, Later, Refused, Sent};

fn exchanges(world: Arc<World>) -> Exchanges {
    Exchanges { world, connections_max: 8, domain_connections_max: 2 }
}

fn settings_to(world: Arc<World>) -> OutboundSettings {
    let organisation = NextHop {
        connections_max: 1,
        ..super::hop("127.0.0.1:9".parse().unwrap(), super::NextHopTls::Loopback, &Authority::new())
    };
    OutboundSettings { world: Way::Exchanges(exchanges(world)), ..settings(&organisation) }
}

fn worker(house: &House, world: &Arc<World>) -> Worker {
    Worker::to_exchanges(&house.app, &settings_to(Arc::clone(world)), &exchanges(Arc::clone(world))).unwrap()
}

async fn parcel_to(house: &House, address: &str) -> Parcel {
    house.queue_to(address, CONTENT).await;
    house.lease().await
}

fn of(attempt: &Attempt) -> Expected {
    match &attempt.outcome {
        Outcome::Sent { protection: Protection::Exchange(protection), .. } => Sent(protection.assurance.level),
        Outcome::Sent { protection, .. } => panic!("{protection:?}"),
        Outcome::Deferred { .. } => Later,
        Outcome::Unprotected { .. } => Held,
        Outcome::Refused { status, .. } => Refused(Box::leak(status.clone().into_boxed_str())),
    }
}

/// The rows of each table, with a server that takes mail where it comes to that.
async fn hold(rows: Vec<(Row, Expected)>) -> Small {
    let house = House::new().await;
    let only_rows: Vec<Row> = rows.iter().map(|(row, _)| row.clone()).collect();
    let small = Small::start(&only_rows, "").await;
    let worker = worker(&house, &small.world);
    let mut wrong = Vec::new();
    for (row, expected) in &rows {
        let parcel = parcel_to(&house, &format!("ada@{}", row.domain())).await;
        let (attempt, _) = worker.attempt(&parcel).await;
        if of(&attempt) != *expected {
            wrong.push(format!("{}: {attempt:#?} instead of {expected:?}", row.name));
        }
        let found = attempt.found.as_ref().expect("P6: what was found is told");
        assert_eq!(found.domain, row.domain());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    nothing_in_clear(&small);
    small
}

/// P1: before TLS, every server of every row heard `EHLO`, `STARTTLS` and `QUIT` and nothing else.
fn nothing_in_clear(small: &Small) {
    for seen in small.seen_in_clear() {
        // What a handshake begins with is no text.
        let text = seen.split('\u{16}').next().unwrap_or_default();
        for line in text.lines() {
            assert!(["EHLO gateway.test", "STARTTLS", "QUIT"].contains(&line), "{line:?} was said in clear");
        }
    }
}

fn takes(mut row: Row) -> Row {
    row.script = taking();
    row
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_certificate_zone_and_policy_decide_whether_a_mail_leaves() {
    let shows = |name, shows| takes(Row { shows, ..row(name) });
    let tlsa = |name, shows, tlsa| takes(Row { shows, tlsa, ..row(name) });
    let sts = |name, shows, sts| takes(Row { shows, sts, ..row(name) });
    let small = hold(vec![
        (takes(row("good")), Sent(Level::Verified)),
        (shows("itself", Shows::Itself), Sent(Level::Encrypted)),
        (shows("other-name", Shows::OtherName), Sent(Level::Encrypted)),
        (shows("rsa", Shows::Rsa), Sent(Level::Verified)),
        (shows("weak", Shows::Weak), Held),
        (shows("weak-untrusted", Shows::WeakUntrusted), Held),
        (tlsa("weak-dane", Shows::Weak, Tlsa::Matches), Held),
        (tlsa("weak-dane-ta", Shows::Weak, Tlsa::Authority), Held),
        (sts("weak-sts", Shows::Weak, Sts::Covers("enforce")), Held),
        (tlsa("dane", Shows::Itself, Tlsa::Matches), Sent(Level::Dane)),
        (tlsa("dane-other", Shows::Good, Tlsa::Other), Held),
        (tlsa("dane-unusable", Shows::Itself, Tlsa::Unusable), Sent(Level::Encrypted)),
        (sts("sts", Shows::Good, Sts::Covers("enforce")), Sent(Level::MtaSts)),
        (sts("sts-itself", Shows::Itself, Sts::Covers("enforce")), Held),
        (sts("sts-expired", Shows::Expired, Sts::Covers("enforce")), Held),
        (sts("sts-testing", Shows::Itself, Sts::Covers("testing")), Sent(Level::Encrypted)),
        (sts("sts-other", Shows::Good, Sts::LeavesOut("enforce")), Held),
        (sts("sts-nobody", Shows::Good, Sts::Nobody), Sent(Level::Verified)),
        (takes(Row { signed: Signed::No, ..row("unsigned") }), Sent(Level::Verified)),
        (takes(Row { signed: Signed::Expired, ..row("bogus") }), Held),
    ])
    .await;
    let bodies = small.peers.iter().filter(|peer| peer.seen_secured().contains("The confidential words.")).count();
    assert_eq!(bodies, 10, "only those that are good enough got the content");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_servers_that_misbehave_get_nothing() {
    let peer = |name, script| Row { script, ..row(name) };
    let hello = |name, then: &[Step]| {
        let begin = [Say("220 mx\r\n"), Await("EHLO"), Say("250-mx\r\n250 STARTTLS\r\n"), Await("STARTTLS\r\n")];
        Row { script: [&begin, then].concat(), ..row(name) }
    };
    let in_tls = |name, then: &[Step]| {
        let mut script = polite();
        script.truncate(7);
        script.extend_from_slice(then);
        Row { script, ..row(name) }
    };
    let stripped = vec![Say("220 mx\r\n"), Await("EHLO"), Say("250 mx\r\n"), Listen];
    hold(vec![
        (peer("stripped", stripped.clone()), Held),
        (Row { tlsa: Tlsa::Matches, ..peer("dane-stripped", stripped) }, Held),
        (hello("refuses", &[Say("454 not now\r\n"), Listen]), Held),
        (hello("refuses-hard", &[Say("502 no\r\n"), Listen]), Held),
        (hello("injects", &[Say("220 go\r\n250 more\r\n"), Listen]), Later),
        (hello("garbage", &[Say("220 go\r\n"), Await("\u{1}"), Say("xxxxxxxx")]), Held),
        (hello("hangs-up", &[]), Later),
        (hello("hangs-up-in-tls", &[Say("220 go\r\n")]), Held),
        (peer("unwelcome", vec![Say("554 go away\r\n"), Listen]), Later),
        (peer("not-now", vec![Say("421 busy\r\n"), Listen]), Later),
        (peer("strange", vec![Say("220 \u{fc}\u{df} \u{7f}\r\n"), Listen]), Later),
        (peer("floods", vec![Babble("220-welcome welcome welcome\r\n")]), Later),
        (peer("silent", vec![Hang]), Later),
        (in_tls("tls-and-gone", &[]), Later),
        (in_tls("tls-and-silent", &[Hang]), Later),
        (in_tls("tls-and-unwelcome", &[Say("554 go away\r\n")]), Later),
        (in_tls("gone-at-mail", &[Say("250 mx\r\n"), Await("MAIL")]), Later),
        (in_tls("later-at-mail", &[Say("250 mx\r\n"), Await("MAIL"), Say("451 4.7.1 later\r\n"), Listen]), Later),
        (in_tls("no-at-mail", &[Say("250 mx\r\n"), Await("MAIL"), Say("550 5.7.1 no\r\n"), Listen]), Refused("5.7.1")),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c3_the_next_server_gets_what_the_first_must_not() {
    let house = House::new().await;
    let rows = [
        Row { script: vec![Say("220 mx\r\n"), Await("EHLO"), Say("250 mx\r\n"), Listen], ..row("stripped") },
        takes(Row { shows: Shows::Itself, ..row("itself") }),
        takes(row("good")),
    ];
    let extra = "two MX 10 mx.stripped\ntwo MX 20 mx.nowhere\ntwo MX 30 mx.itself\ntwo MX 40 mx.good\n\
                 null MX 0 .\nback MX 10 gateway.test.\nempty TXT \"x\"\n";
    let small = Small::start(&rows, extra).await;
    let worker = worker(&house, &small.world);
    let parcel = parcel_to(&house, "ada@two.signed.test").await;
    let attempt = worker.attempt(&parcel).await.0;
    let Outcome::Sent { protection: Protection::Exchange(protection), reply, .. } = &attempt.outcome else {
        panic!("{attempt:#?}");
    };
    assert_eq!((protection.server.as_str(), reply.as_str()), ("mx.itself.signed.test", "250 2.0.0 taken"));
    assert_eq!(protection.requirement, Requirement { minimum: Minimum::Encrypted, source: Source::Class });
    assert_eq!((protection.version.as_str(), protection.certificate_sha256.len()), ("TLSv1_3", 64));
    let tried: Vec<&str> = attempt.found.as_ref().unwrap().hosts.iter().map(|host| host.name.as_str()).collect();
    assert_eq!(tried, ["mx.stripped.signed.test", "mx.nowhere.signed.test", "mx.itself.signed.test"], "P6");
    for (address, status, word) in [
        ("ada@null.signed.test", "5.1.10", "nimmt keine E-Mails an"),
        ("ada@missing.signed.test", "5.1.2", "gibt es nicht"),
        ("ada@back.signed.test", "5.4.6", "Unser eigener Server"),
        ("ada@empty.signed.test", "5.4.4", "keine Adresse"),
    ] {
        let parcel = parcel_to(&house, address).await;
        let outcome = worker.attempt(&parcel).await.0.outcome;
        let Outcome::Refused { reason, status: found } = &outcome else { panic!("{address}: {outcome:?}") };
        assert!(found == status && reason.contains(word), "{address}: {outcome:?}");
    }
    let public = Arc::new(small.world_with(|settings| settings.bed.private_addresses = false));
    let parcel = parcel_to(&house, "ada@good.signed.test").await;
    let worker = super::exchanges::worker(&house, &public);
    assert_eq!(of(&worker.attempt(&parcel).await.0), Refused("5.4.4"), "what DNS says leads into no inner network");
    nothing_in_clear(&small);
}

/// C6: what is asked for by the configuration is asked for, and a connection that is open already is not good enough for everybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c6_what_is_configured_for_a_domain_is_required_there() {
    let house = House::new().await;
    let rows = [takes(Row { shows: Shows::Itself, ..row("itself") })];
    let small = Small::start(&rows, "").await;
    let worker = worker(&house, &small.world);
    let easy = parcel_to(&house, "ada@itself.signed.test").await;
    assert_eq!(of(&worker.attempt(&easy).await.0), Sent(Level::Encrypted));
    let mut strict = parcel_to(&house, "ada@itself.signed.test").await;
    strict.wishes.configured = Some(Minimum::Verified);
    let attempt = worker.attempt(&strict).await.0;
    let Outcome::Unprotected { because, reason } = &attempt.outcome else { panic!("{attempt:?}") };
    assert_eq!(*because, [Code::CertificateNotTrusted, Code::BelowRequirement], "{reason}");
    assert!(reason.contains("mx.itself.signed.test") && reason.contains("keiner anerkannten Stelle"), "{reason}");
    // Those who need the same hear so at once; those who do not, not at all.
    let knocks = || small.peers[0].seen_in_clear().matches("EHLO").count();
    let so_far = knocks();
    assert!(!attempt.is_remembered);
    let again = worker.attempt(&strict).await.0;
    assert_eq!((of(&again), again.is_remembered), (Held, true));
    assert_eq!(knocks(), so_far, "nobody knocked again");
}

/// Mail of one lane waits for no other's: each has its share.
#[tokio::test]
async fn lanes_are_leased_from_in_turn() {
    let house = House::new().await;
    for address in ["ada@a.example", "eve@a.example", "ida@b.example"] {
        house.queue_to(address, CONTENT).await;
    }
    let lanes = outgoing::due_lanes(&house.app, Destination::World, "", 10).await.unwrap();
    assert_eq!((lanes.due, lanes.last), (vec!["a.example".into(), "b.example".into()], None));
    let share = |lane: &str| Share { lane: lane.into(), count: 1 };
    let shares = [share("b.example"), share("a.example")];
    let parcels = outgoing::lease_shares(&house.app, Destination::World, &shares).await.unwrap();
    let lanes: Vec<String> = parcels.iter().map(Parcel::lane).collect();
    assert_eq!(lanes, ["b.example", "a.example"]);
}

/// A server that hangs, another that is gone and a third that knows no TLS delay nobody else, and what is held is tried again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p3_servers_in_trouble_delay_no_other() {
    let house = House::new().await;
    let rows = [
        Row { script: vec![Hang], ..row("hangs") },
        Row { script: vec![], ..row("gone") },
        Row { script: vec![Say("220 mx\r\n"), Await("EHLO"), Say("250 mx\r\n"), Listen], ..row("stripped") },
        takes(row("good")),
        takes(Row { shows: Shows::Itself, ..row("itself") }),
    ];
    let small = Small::start(&rows, "").await;
    for row in &rows {
        for number in 0..6 {
            house.queue_to(&format!("u{number}@{}", row.domain()), CONTENT).await;
        }
    }
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    tasks.spawn(Outbound::new(settings_to(Arc::clone(&small.world)), &house.app).unwrap().run(stop.clone()));
    let bodies = |peer: usize| small.peers[peer].seen_secured().matches("The confidential words.").count();
    while bodies(3) < 6
        || bodies(4) < 6
        || outgoing::next_due(&house.app, Destination::World).await.unwrap() <= Some(house.app.now())
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!([bodies(0), bodies(1), bodies(2)], [0; 3]);
    nothing_in_clear(&small);
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

/// RFC 8461 section 5.1: whoever blocks the policy's host, or starts the process anew, does not get rid of the policy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c6_a_policy_outlives_its_host_and_the_process() {
    let house = House::new().await;
    let rows = [
        takes(Row { sts: Sts::Covers("enforce"), ..row("good") }),
        takes(Row { sts: Sts::Covers("enforce"), ..row("other") }),
    ];
    let small = Small::start(&rows, "").await;
    let parcel = parcel_to(&house, "ada@good.signed.test").await;
    assert_eq!(of(&worker(&house, &small.world).attempt(&parcel).await.0), Sent(Level::MtaSts));
    let blocked = Arc::new(small.world_with(|settings| settings.bed.policy_port = 1));
    let parcel = parcel_to(&house, "ada@good.signed.test").await;
    assert_eq!(of(&worker(&house, &blocked).attempt(&parcel).await.0), Sent(Level::MtaSts));
    let never_seen = parcel_to(&house, "ada@other.signed.test").await;
    assert_eq!(of(&worker(&house, &blocked).attempt(&never_seen).await.0), Sent(Level::Verified));
    // At its end it is gone, and with it what it asked for.
    house.advance(jiff::SignedDuration::from_hours(24));
    let parcel = parcel_to(&house, "ada@good.signed.test").await;
    assert_eq!(of(&worker(&house, &blocked).attempt(&parcel).await.0), Sent(Level::Verified));
}

/// A connection stays with the domain that it leads to, but not while another domain waits for its turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_with_much_mail_lets_others_have_their_turn() {
    let house = House::new().await;
    let one_more =
        [Await("DATA\r\n"), Say("250 ok\r\n250 ok\r\n354 go\r\n"), Await("\r\n.\r\n"), Say("250 2.0.0 taken\r\n")];
    // It takes 20 mails over a connection, and would keep the connection for ever with the next.
    let twenty = [taking(), vec![one_more; 19].concat(), vec![Hang]].concat();
    let rows = [Row { script: twenty, ..row("big") }, takes(row("small"))];
    let small = Small::start(&rows, "").await;
    for number in 0..21 {
        house.queue_to(&format!("u{number}@{}", rows[0].domain()), CONTENT).await;
    }
    house.queue_to(&format!("ada@{}", rows[1].domain()), CONTENT).await;
    let only_one = Exchanges { connections_max: 1, ..exchanges(Arc::clone(&small.world)) };
    let settings = OutboundSettings { world: Way::Exchanges(only_one), ..settings_to(Arc::clone(&small.world)) };
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    tasks.spawn(Outbound::new(settings, &house.app).unwrap().run(stop.clone()));
    let took = |peer: usize| small.peers[peer].seen_secured().matches("The confidential words.").count();
    let knocks = || small.peers[0].seen_in_clear().matches("STARTTLS").count();
    while (took(0), took(1)) != (21, 1) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(knocks(), 2, "twenty mails went over one connection, the last over a new one");
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

/// Connections that wait for their next mail count: there are never more than allowed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_connection_goes_where_another_is_needed() {
    let house = House::new().await;
    let waits = |name| Row { script: [taking(), vec![Await("QUIT"), Say("221 bye\r\n")]].concat(), ..row(name) };
    let rows = [waits("one"), waits("two"), waits("three")];
    let small = Small::start(&rows, "").await;
    for row in &rows {
        house.queue_to(&format!("ada@{}", row.domain()), CONTENT).await;
    }
    let only_one = Exchanges { connections_max: 1, ..exchanges(Arc::clone(&small.world)) };
    let settings = OutboundSettings { world: Way::Exchanges(only_one), ..settings_to(Arc::clone(&small.world)) };
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    tasks.spawn(Outbound::new(settings, &house.app).unwrap().run(stop.clone()));
    let has = |peer: usize, word: &str| small.peers[peer].seen_secured().contains(word);
    while !(0..3).all(|peer| has(peer, "The confidential words.")) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let left = (0..3).filter(|peer| has(*peer, "QUIT")).count();
    assert_eq!(left, 2, "each of the first two had to go for the next");
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

/// RFC 8689 section 4.2.1: what would be good to have is asked for where it is offered, of a server that proved itself, and nowhere else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn require_tls_is_asked_for_where_it_is_offered_and_proved() {
    let house = House::new().await;
    let offers = |name, shows| {
        let mut script = taking();
        script[7] = Say("250-mx\r\n250-PIPELINING\r\n250-REQUIRETLS\r\n250 8BITMIME\r\n");
        Row { shows, script, ..row(name) }
    };
    let rows = [offers("good", Shows::Good), offers("itself", Shows::Itself), takes(row("without"))];
    let small = Small::start(&rows, "").await;
    let worker = worker(&house, &small.world);
    for (peer, wished, asked) in [(0, true, true), (1, true, false), (2, true, false), (0, false, true)] {
        let mut parcel = parcel_to(&house, &format!("ada@{}", rows[peer].domain())).await;
        parcel.require_tls_if_offered = wished;
        assert!(matches!(of(&worker.attempt(&parcel).await.0), Sent(_)));
        let seen = small.peers[peer].seen_secured();
        assert_eq!(seen.matches(" REQUIRETLS").count(), usize::from(asked), "{}: {seen}", rows[peer].name);
    }
}
