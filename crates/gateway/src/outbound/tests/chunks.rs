//! Content by `BDAT` (RFC 3030), over real TLS: what is written when, and what comes of each thing a server does.

use wire::smtp::client::CHUNK_BYTES_MAX;

use super::*;

const FULL: usize = CHUNK_BYTES_MAX;
const BOTH: Step = Say("250-mx\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 8BITMIME\r\n");
const CHUNKING: Step = Say("250-mx\r\n250-CHUNKING\r\n250 8BITMIME\r\n");
const PIPELINING: Step = Say("250-mx\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
const ENVELOPE_OK: Step = Say("250 ok\r\n250 ok\r\n");
const OK: Step = Say("250 2.0.0 ok\r\n");

/// A mail of so many bytes whose lines begin with dots; the last one has no end.
fn mail(bytes: usize) -> Vec<u8> {
    let text = ".\r\n..\r\n.The confidential words.\r\n".bytes().cycle();
    let mut mail: Vec<u8> = "Subject: Dots\r\n\r\n".bytes().chain(text).take(bytes).collect();
    if let Some(last @ (b'\r' | b'\n')) = mail.last_mut() {
        *last = b'.';
    }
    if let [.., end @ b'\r', _] = mail.as_mut_slice() {
        *end = b'.';
    }
    mail
}

/// The announcement of a chunk, and its bytes.
fn chunk(bytes: usize, last: bool) -> [Step; 2] {
    let announcement = format!("BDAT {bytes}{}\r\n", if last { " LAST" } else { "" });
    [Await(announcement.leak()), Take(bytes)]
}

/// Envelope and content, all of which has to be there before the server says a word.
fn flight(bytes: usize, says: &'static str) -> Vec<Step> {
    [&[Await("MAIL FROM"), Await("RCPT TO")][..], &chunk(bytes, true), &[Say(says)]].concat()
}

/// A peer that says hello over TLS with these offers, and then follows the script.
fn offering(offer: Step, rest: &[Step]) -> Vec<Step> {
    let mut script = secured(rest);
    script[7] = offer;
    script
}

/// What came in chunks, their lengths taken at their word.
fn content_of(seen: &str) -> Vec<u8> {
    let (mut rest, mut content) = (seen, String::new());
    while let Some((line, behind)) = rest.split_once("\r\n") {
        rest = behind;
        if let Some(bytes) = line.strip_prefix("BDAT ") {
            let (chunk, behind) = rest.split_at(bytes.trim_end_matches(" LAST").parse().unwrap());
            content.push_str(chunk);
            rest = behind;
        }
    }
    content.into_bytes()
}

struct Bed {
    house: House,
    authority: Authority,
}

impl Bed {
    async fn new() -> Self {
        Self { house: House::new().await, authority: Authority::new() }
    }

    /// A peer with a script for each connection, and a worker that leads there.
    async fn peer(&self, scripts: Vec<Vec<Step>>) -> (Peer, Worker) {
        let acceptor = self.authority.issue("localhost").acceptor();
        let peer = Peer::start_each("127.0.0.1:0".parse().unwrap(), acceptor, scripts).await;
        let worker = worker_to(&self.house, &hop(peer.address, NextHopTls::StartTls, &self.authority));
        (peer, worker)
    }

    async fn send(&self, worker: &Worker, content: &[u8]) -> Outcome {
        outcome(worker, &self.house.parcel(content).await).await
    }
}

fn is_sent(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Sent { .. })
}

#[tokio::test]
async fn what_arrives_in_chunks_is_what_was_stored_byte_for_byte() {
    let bed = Bed::new().await;
    let ahead = |bytes: usize| {
        [&[Await("RCPT TO"), ENVELOPE_OK][..], &chunk(FULL, false), &[OK], &chunk(bytes, true), &[OK]].concat()
    };
    let three_ahead = [
        &[Await("RCPT TO"), ENVELOPE_OK][..],
        &[chunk(FULL, false), chunk(FULL, false), chunk(FULL, false)].concat(),
        &[OK, OK, OK],
        &chunk(1, true),
        &[OK],
    ]
    .concat();
    let one_by_one = [
        &[Await("MAIL FROM"), OK, Await("RCPT TO"), OK][..],
        &chunk(FULL, false),
        &[OK],
        &chunk(FULL, false),
        &[OK],
        &chunk(1, true),
        &[OK],
    ]
    .concat();
    let all_ok = "250 ok\r\n250 ok\r\n250 2.0.0 ok\r\n";
    for (offer, bytes, script) in [
        (BOTH, 0, flight(0, all_ok)),
        (BOTH, 50, flight(50, all_ok)),
        (BOTH, FULL, flight(FULL, all_ok)),
        (BOTH, FULL + 1, ahead(1)),
        (BOTH, 2 * FULL, ahead(FULL)),
        (BOTH, 3 * FULL + 1, three_ahead),
        (CHUNKING, 2 * FULL + 1, one_by_one),
    ] {
        let content = mail(bytes);
        assert_eq!(content.len(), bytes);
        let (peer, worker) = bed.peer(vec![offering(offer, &script)]).await;
        let outcome = bed.send(&worker, &content).await;
        assert!(is_sent(&outcome), "{bytes}: {outcome:?}");
        assert!(content_of(&peer.seen_secured()) == content, "{bytes}: byte for byte");
        assert!(!peer.seen_in_clear().contains("confidential"), "P1");
    }
}

/// P3: whatever breaks, and wherever, the mail is neither lost nor half of it taken for the whole.
#[tokio::test]
async fn p3_each_step_of_content_in_chunks_can_fail_and_says_why() {
    let bed = Bed::new().await;
    let small = |rest: &[Step]| offering(BOTH, rest);
    let large = |rest: &[Step]| offering(BOTH, &[&[Await("RCPT TO"), ENVELOPE_OK][..], rest].concat());
    let first = chunk(FULL, false);
    let then = |rest: &[Step]| large(&[&first[..], rest].concat());
    let last = |rest: &[Step]| then(&[&[OK][..], &chunk(1, true), rest].concat());
    let (one, two) = (50, FULL + 1);
    for (case, bytes, refused, word, script) in [
        ("goodbye at the envelope", one, false, "broke", small(&[Await("MAIL")])),
        ("silence", one, false, "timed out", small(&[Await("MAIL"), Hang])),
        ("goodbye within the flight", one, false, "broke", small(&[Await("BDAT"), Take(20)])),
        ("goodbye behind the flight", one, false, "broke", small(&chunk(one, true))),
        (
            "goodbye behind the envelope's answers",
            one,
            false,
            "broke",
            small(&[&chunk(one, true)[..], &[ENVELOPE_OK]].concat()),
        ),
        ("421 at MAIL", one, false, "421", small(&flight(one, "421 4.3.2 bye\r\n"))),
        ("421 at content", one, false, "421", small(&flight(one, "250 x\r\n250 x\r\n421 4.3.2 bye\r\n"))),
        ("MAIL 4xx", one, false, "451", small(&flight(one, "451 4.7.1 later\r\n503 x\r\n503 x\r\n"))),
        ("RCPT 5xx", one, true, "5.1.1", small(&flight(one, "250 x\r\n550 5.1.1 who\r\n503 x\r\n"))),
        (
            "content 5xx in lines",
            one,
            true,
            "5.6.0",
            small(&flight(one, "250 x\r\n250 x\r\n554-5.6.0 no\r\n554 5.6.0 no\r\n")),
        ),
        ("content 4xx", one, false, "452", small(&flight(one, "250 x\r\n250 x\r\n452 4.3.1 full\r\n"))),
        (
            "large, RCPT 5xx",
            two,
            true,
            "5.1.1",
            offering(BOTH, &[Await("RCPT TO"), Say("250 x\r\n550 5.1.1 who\r\n"), Listen]),
        ),
        ("goodbye before the first chunk", two, false, "broke", large(&[])),
        ("goodbye within a chunk", two, false, "broke", large(&[Await("BDAT"), Take(1000)])),
        ("goodbye between chunks", two, false, "broke", then(&[])),
        ("silence between chunks", two, false, "timed out", then(&[Hang])),
        ("421 between chunks", two, false, "421", then(&[Say("421 4.3.2 bye\r\n")])),
        ("first chunk 5xx", two, true, "5.3.4", then(&[Say("552 5.3.4 big\r\n"), Listen])),
        ("first chunk 4xx", two, false, "452", then(&[Say("452 4.3.1 full\r\n"), Listen])),
        ("garbage between chunks", two, false, "repl", then(&[Say("what\r\n"), Listen])),
        ("goodbye behind the last chunk", two, false, "broke", last(&[])),
        ("last chunk 5xx", two, true, "5.6.0", last(&[Say("554 5.6.0 no\r\n"), Listen])),
        ("endless answer to the last chunk", two, false, "repl", last(&[Babble("250-and on and on and on\r\n")])),
    ] {
        let (peer, worker) = bed.peer(vec![script]).await;
        let outcome = bed.send(&worker, &mail(bytes)).await;
        match &outcome {
            Outcome::Refused { status, .. } => assert!(refused && status == word, "{case}: {outcome:?}"),
            Outcome::Deferred { reason } => assert!(!refused && reason.contains(word), "{case}: {outcome:?}"),
            Outcome::Sent { .. } | Outcome::Unprotected { .. } => panic!("{case}: {outcome:?}"),
        }
        assert!(peer.ended() <= 1, "{case}: nobody tried again at once");
        let seen = peer.seen_secured();
        assert_eq!(seen.contains("LAST"), bytes == one || case.contains("last chunk"), "{case}");
    }
}

/// RFC 3030 section 2: what was refused is reset, and then the connection is as good as before.
#[tokio::test]
async fn after_a_refusal_the_connection_is_used_again() {
    let bed = Bed::new().await;
    let all_ok = "250 ok\r\n250 ok\r\n250 2.0.0 ok\r\n";
    let large = [&[Await("RCPT TO"), ENVELOPE_OK][..], &chunk(FULL, false), &chunk(FULL, false)].concat();
    for (case, bytes, refusing) in [
        ("recipient", 50, flight(50, "250 x\r\n550 5.1.1 who\r\n503 x\r\n")),
        ("content", 50, flight(50, "250 x\r\n250 x\r\n554 5.6.0 no\r\n")),
        ("chunk", 3 * FULL, [&large[..], &[Say("552 5.3.4 big\r\n503 x\r\n")]].concat()),
    ] {
        let again = [&[Await("RSET\r\n"), OK][..], &flight(60, all_ok), &[Listen]].concat();
        let (peer, worker) = bed.peer(vec![offering(BOTH, &[refusing, again].concat()), vec![]]).await;
        let refused = bed.send(&worker, &mail(bytes)).await;
        assert!(matches!(refused, Outcome::Refused { .. }), "{case}: {refused:?}");
        let sent = bed.send(&worker, &mail(60)).await;
        assert!(is_sent(&sent), "{case}: {sent:?}");
        assert!(peer.seen_secured().contains("RSET\r\nMAIL FROM"), "{case}");
    }
}

/// P3: a server that offers what it does not know has not taken the mail. It gets it by `DATA`, at once and for a day, and never on the connection on which it
/// may have taken the content for commands.
#[tokio::test]
async fn p3_a_false_offer_costs_one_connection_and_no_mail() {
    let bed = Bed::new().await;
    let by_data = || {
        let rest = [Await("DATA\r\n"), Say("250 ok\r\n250 ok\r\n354 go\r\n"), Await("\r\n.\r\n"), OK];
        offering(BOTH, &rest)
    };
    let unknown = "250 ok\r\n250 ok\r\n502 5.5.1 what?\r\n250 2.0.0 a line of the content\r\n500 5.5.1 what?\r\n";
    let knowing = offering(BOTH, &flight(70, "250 ok\r\n250 ok\r\n250 2.0.0 ok\r\n"));
    let false_offer = offering(BOTH, &[&flight(50, unknown)[..], &[Listen]].concat());
    let (peer, worker) = bed.peer(vec![false_offer, by_data(), by_data(), knowing]).await;
    for bytes in [50, 60] {
        let outcome = bed.send(&worker, &mail(bytes)).await;
        let Outcome::Sent { reply, .. } = &outcome else { panic!("{bytes}: {outcome:?}") };
        assert_eq!(reply, "250 2.0.0 ok");
    }
    let seen = peer.seen_secured();
    assert_eq!((seen.matches("BDAT").count(), seen.matches("DATA\r\n").count()), (1, 2), "{seen}");
    // It may have been mended.
    let parcel = bed.house.parcel(&mail(70)).await;
    bed.house.advance(jiff::SignedDuration::from_hours(24));
    let outcome = outcome(&worker, &parcel).await;
    assert!(is_sent(&outcome), "{outcome:?}");
    assert_eq!(peer.seen_secured().matches("BDAT").count(), 2);
}

/// P3: what it took for commands may have been too much for it, and its answer came too late to be read.
#[tokio::test]
async fn p3_who_hangs_up_on_the_first_chunk_gets_the_mail_by_data() {
    let bed = Bed::new().await;
    let by_data = [Await("DATA\r\n"), Say("250 ok\r\n250 ok\r\n354 go\r\n"), Await("\r\n.\r\n"), OK];
    let hangs_up = offering(BOTH, &[Await("BDAT"), Take(20)]);
    let (peer, worker) = bed.peer(vec![hangs_up, offering(BOTH, &by_data)]).await;
    let parcel = bed.house.parcel(&mail(50)).await;
    assert!(deferred(&outcome(&worker, &parcel).await).contains("broke"), "it may have the mail");
    assert!(is_sent(&outcome(&worker, &parcel).await));
    assert_eq!(peer.seen_secured().matches("BDAT").count(), 1);
}

/// A connection that is gone, or that a server declines to go on with, is no reason to wait. One on which the content may have arrived is.
#[tokio::test]
async fn on_a_connection_that_waited_it_counts_what_may_have_arrived() {
    let bed = Bed::new().await;
    let all_ok = "250 ok\r\n250 ok\r\n250 2.0.0 ok\r\n";
    for (case, then, sent, flights) in [
        ("421 at MAIL", flight(60, "421 4.7.0 enough\r\n"), true, 3),
        ("421 at content", flight(60, "250 x\r\n250 x\r\n421 4.3.2 bye\r\n"), false, 2),
        ("goodbye within the flight", vec![Await("MAIL FROM")], false, 2),
        ("goodbye while it waited", vec![], true, 2),
        ("goodbye in words while it waited", vec![Say("421 4.4.2 idle\r\n")], true, 2),
    ] {
        let waits = then.is_empty() || matches!(then[0], Say(_));
        let first = offering(BOTH, &[flight(50, all_ok), then].concat());
        let (peer, worker) = bed.peer(vec![first, offering(BOTH, &flight(60, all_ok))]).await;
        assert!(is_sent(&bed.send(&worker, &mail(50)).await), "{case}");
        while waits && peer.ended() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let outcome = bed.send(&worker, &mail(60)).await;
        assert_eq!(is_sent(&outcome), sent, "{case}: {outcome:?}");
        assert_eq!(peer.seen_secured().matches("BDAT").count(), flights, "{case}");
    }
}

/// Without PIPELINING the envelope's answers come first, without CHUNKING the content goes by `DATA`.
#[tokio::test]
async fn who_does_not_offer_chunking_gets_no_chunk() {
    let bed = Bed::new().await;
    let script = [Await("DATA\r\n"), Say("250 ok\r\n250 ok\r\n354 go\r\n"), Await("\r\n.\r\n"), OK];
    let (peer, worker) = bed.peer(vec![offering(PIPELINING, &script)]).await;
    assert!(is_sent(&bed.send(&worker, &mail(2 * FULL)).await));
    assert!(!peer.seen_secured().contains("BDAT"));
    assert!(peer.seen_secured().contains("\r\n..The confidential words.\r\n"), "dots are doubled");
}
