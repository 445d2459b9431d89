//! What comes back of mails that left: what is believed, what is noted, and what is not.

use app::{
    bounce::{self, BOUNCE_BYTES_MAX, BOUNCE_TIME_MAX, BounceError, Incoming, TALLY_DAYS_MAX, Tally},
    housekeeping::tidy,
    read,
    receive::ReceiveError,
    write::{self, Fields},
};
use jiff::SignedDuration;
use model::id::{DeliveryId, MessageId, OutgoingId};
use store::{BounceWord, Counts, Delivery, Folder, Mailbox, OutgoingKind, OutgoingState, StopReason};
use wire::{address::EmailAddress, bounce::BounceKey};

use crate::{
    delivery::given_up_anywhere,
    house::{ADA, CLAIMS, House, Left, deferred, on_both, refused, sent},
    mails::special,
};

on_both! {
    p3_what_is_late_or_delivered_is_noted_and_nothing_moves
    p3_the_same_bounce_twice_changes_nothing_twice
    p3_a_bounce_given_up_anywhere_counts_once
    a_complaint_stops_notices_and_moves_nothing
    a_security_notice_that_comes_back_stops_notices_and_nothing_else
    j10_an_answer_that_comes_back_says_so
    forged_expired_and_unknown_addresses_lead_nowhere
    a_mail_that_never_left_cannot_come_back
    what_proves_nothing_changes_nothing_and_is_counted
    counts_are_kept_for_their_time
}

/// A report in the form of RFC 3464 about one recipient.
pub(crate) fn dsn(action: &str, status: &str) -> Vec<u8> {
    let status = if status.is_empty() { String::new() } else { format!("Status: {status}\r\n") };
    report(
        "message/delivery-status",
        &format!(
            "Reporting-MTA: dns; mx.kunde.example\r\n\r\nFinal-Recipient: rfc822; {ADA}\r\nAction: {action}\r\n{status}"
        ),
    )
}

fn feedback(kind: &str) -> Vec<u8> {
    report("message/feedback-report", &format!("Feedback-Type: {kind}\r\nUser-Agent: Loop/1\r\nVersion: 1\r\n"))
}

fn report(media_type: &str, content: &str) -> Vec<u8> {
    format!(
        "From: <mailer-daemon@kunde.example>\r\nSubject: returned\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=b\r\n\r\n\
         --b\r\n\r\nCall +49 30 1234 at once!\r\n--b\r\nContent-Type: {media_type}\r\n\r\n{content}\r\n--b--\r\n"
    )
    .into_bytes()
}

/// The mail that a mail which left is, by its reverse-path.
pub(crate) fn id_of(house: &House, left: &Left) -> OutgoingId {
    bounce::recognise(&house.app, &EmailAddress::parse(&left.from).unwrap()).expect("a bounce address")
}

pub(crate) async fn take(house: &House, id: OutgoingId, bytes: &[u8]) -> Result<Tally, BounceError> {
    let mut incoming = Incoming::begin(id);
    for piece in bytes.chunks(1000) {
        incoming.write(&house.app, piece)?;
    }
    incoming.accept(&house.app).await
}

/// The last notice to Ada comes back like this.
pub(crate) async fn comes_back(house: &House, bytes: &[u8]) -> Tally {
    let tally = take(house, id_of(house, &house.notice(ADA)), bytes).await.unwrap();
    house.pump().await;
    tally
}

async fn mailbox(house: &House) -> Mailbox {
    house.app.store.read().await.unwrap().mailboxes().find_by_address(ADA).await.unwrap().expect("a mailbox")
}

pub(crate) async fn stopped(house: &House) -> Option<StopReason> {
    mailbox(house).await.notices_stopped.map(|stopped| stopped.why)
}

pub(crate) async fn inbox(house: &House) -> Counts {
    let id = mailbox(house).await.id;
    house.app.store.read().await.unwrap().deliveries().counts(id, Folder::Inbox).await.unwrap()
}

pub(crate) fn reports(house: &House) -> Vec<Left> {
    house.left(OutgoingKind::Dsn)
}

/// The text of a mail, however its lines are broken.
pub(crate) fn words(left: &Left) -> String {
    left.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) async fn message_row(house: &House, id: MessageId) -> store::Message {
    house.app.store.read().await.unwrap().messages().find(id).await.unwrap().unwrap()
}

/// It is in no mailbox, has come to its one end, and nothing is left that opens it.
pub(crate) async fn has_gone_back(house: &House, message: MessageId) -> Delivery {
    let delivery = house.delivery(message).await;
    assert_eq!((delivery.state.as_str(), delivery.mailbox_id), ("returned", None));
    assert!(delivery.header_sealed.is_none() && delivery.data_key_sealed.is_none() && delivery.ended_at.is_some());
    let row = message_row(house, message).await;
    assert_eq!((row.deliveries_open, row.data_key_sealed), (0, None));
    assert!(!house.app.store.read().await.unwrap().blobs().is_needed(row.blob_id).await.unwrap());
    assert!(house.app.store.read().await.unwrap().blobs().find(row.blob_id).await.unwrap().is_none(), "it is removed");
    delivery
}

async fn ends(house: &House) -> usize {
    house.events().await.iter().filter(|event| *event == "delivery_ended").count()
}

async fn p3_what_is_late_or_delivered_is_noted_and_nothing_moves(house: &House) {
    let message = house.accept(&special("Ihr Bescheid", "Text"), &[ADA]).await;
    house.pump().await;
    let (id, events) = (id_of(house, &house.notice(ADA)), house.events().await);
    for (action, status, expected) in [
        ("delayed", "4.4.1", Tally::Said(BounceWord::Delayed)),
        ("relayed", "2.1.9", Tally::Said(BounceWord::Relayed)),
        ("expanded", "2.1.5", Tally::Said(BounceWord::Expanded)),
        ("delivered", "2.0.0", Tally::Said(BounceWord::Delivered)),
        ("delivered", "2.0.0", Tally::Repeated),
    ] {
        assert_eq!(take(house, id, &dsn(action, status)).await, Ok(expected), "{action}");
    }
    assert_eq!(house.events().await, events);
    assert_eq!(house.delivery(message).await.state, "deposited");
    let mut reader = house.app.store.read().await.unwrap();
    let noted = reader.bounces().of_outgoing(id).await.unwrap();
    assert_eq!(noted.len(), 4, "each word once");
    let delayed = noted.iter().find(|bounce| bounce.word == BounceWord::Delayed).unwrap();
    assert_eq!(delayed.status.as_deref(), Some("4.4.1"));
    drop(reader);
    // Given up for good after a while, without a verdict on the address.
    assert_eq!(comes_back(house, &dsn("failed", "4.4.7")).await, Tally::Said(BounceWord::Failed));
    has_gone_back(house, message).await;
    assert_eq!((reports(house).len(), stopped(house).await), (1, None));
}

async fn p3_the_same_bounce_twice_changes_nothing_twice(house: &House) {
    house.accept(&special("Ihr Bescheid", "Text"), &[ADA]).await;
    house.pump().await;
    let id = id_of(house, &house.notice(ADA));
    let bytes = dsn("failed", "5.1.1");
    let (one, other) = tokio::join!(take(house, id, &bytes), take(house, id, &bytes));
    let mut both = [one.unwrap(), other.unwrap()];
    both.sort();
    assert_eq!(both, [Tally::Said(BounceWord::Failed), Tally::Repeated]);
    house.pump().await;
    let events = house.events().await;
    for bytes in [dsn("failed", "5.1.1"), dsn("failed", "5.7.1"), dsn("failed", "")] {
        assert_eq!(comes_back(house, &bytes).await, Tally::Repeated);
    }
    assert_eq!(house.events().await, events);
    assert_eq!((reports(house).len(), ends(house).await), (1, 1));
    let mut reader = house.app.store.read().await.unwrap();
    let row = reader.outgoing().find(id).await.unwrap().unwrap();
    assert_eq!(row.state, OutgoingState::Returned);
    let said = reader.bounces().of_outgoing(id).await.unwrap();
    assert_eq!(
        said.iter().filter_map(|said| said.status.as_deref()).collect::<Vec<_>>(),
        ["5.1.1"],
        "the first word counts"
    );
}

async fn p3_a_bounce_given_up_anywhere_counts_once(house: &House) {
    let message = house.accept(&special("Ihr Bescheid", &"Text ".repeat(100_000)), &[ADA]).await;
    house.pump().await;
    let (id, bytes) = (id_of(house, &house.notice(ADA)), dsn("failed", "5.1.1"));
    let (_, last) = given_up_anywhere(|| take(house, id, &bytes)).await;
    assert!(matches!(last, Ok(Tally::Said(BounceWord::Failed) | Tally::Repeated)), "{last:?}");
    house.pump().await;
    assert_eq!(house.delivery(message).await.state, "returned");
    assert_eq!((reports(house).len(), ends(house).await), (1, 1));
}

async fn a_complaint_stops_notices_and_moves_nothing(house: &House) {
    let message = house.accept(&special("Eins", "Text"), &[ADA]).await;
    house.pump().await;
    for (kind, expected) in [
        ("not-spam", Tally::Feedback),
        ("fraud", Tally::Feedback),
        ("abuse", Tally::Said(BounceWord::Complaint)),
        ("opt-out", Tally::Repeated),
    ] {
        assert_eq!(comes_back(house, &feedback(kind)).await, expected, "{kind}");
    }
    assert_eq!(house.delivery(message).await.state, "deposited");
    assert_eq!(stopped(house).await, Some(StopReason::Complaint));
    let second = house.accept(&special("Zwei", "Text"), &[ADA]).await;
    house.pump().await;
    has_gone_back(house, second).await;
    let text = words(&reports(house).pop().unwrap());
    assert!(text.contains("möchte unter dieser E-Mail-Adresse keine Benachrichtigungen"), "{text}");
    let link = house.notice(ADA).link("activate");
    house.activate(&link).await;
    assert_eq!(stopped(house).await, None, "who activates the mailbox has signed in");
    let invitation = house.left(OutgoingKind::Notice).remove(0);
    assert_eq!(take(house, id_of(house, &invitation), &feedback("abuse")).await, Ok(Tally::Repeated));
    assert_eq!(stopped(house).await, None, "an old complaint does not count again");
    // A bounce first, then a complaint: the complaint weighs more, and since when stays.
    assert_eq!(comes_back(house, &dsn("failed", "5.1.1")).await, Tally::Said(BounceWord::Failed));
    let since = mailbox(house).await.notices_stopped.unwrap();
    house.advance(SignedDuration::from_secs(5));
    assert_eq!(comes_back(house, &feedback("abuse")).await, Tally::Said(BounceWord::Complaint));
    let now = mailbox(house).await.notices_stopped.unwrap();
    assert_eq!((since.why, now.why, now.at), (StopReason::Bounced, StopReason::Complaint, since.at));
}

async fn a_security_notice_that_comes_back_stops_notices_and_nothing_else(house: &House) {
    house.ada().await;
    let told = house.notice(ADA);
    assert!(told.subject().contains("eingerichtet"), "the mail that tells of the activation");
    assert_eq!(comes_back(house, &dsn("failed", "5.1.1")).await, Tally::Said(BounceWord::Failed));
    assert_eq!(inbox(house).await, Counts { total: 1, unread: 1 });
    assert_eq!(stopped(house).await, Some(StopReason::Bounced));
    assert!(reports(house).is_empty() && !house.events().await.contains(&"withdrawn".to_owned()));
}

async fn j10_an_answer_that_comes_back_says_so(house: &House) {
    let owner = house.ada().await;
    let id = write::begin(&house.app, &owner, None).await.unwrap();
    let fields = Fields { recipient: CLAIMS.into(), subject: "Frage".into(), text: "Text".into() };
    write::save(&house.app, &owner, id, fields).await.unwrap();
    write::send(&house.app, &owner, id).await.unwrap();
    house.pump().await;
    let shown: DeliveryId = house.newest(&owner, Folder::Sent).await;
    let reply = house.left(OutgoingKind::Reply).remove(0);
    assert_eq!(take(house, id_of(house, &reply), &dsn("failed", "5.1.1")).await, Ok(Tally::Said(BounceWord::Failed)));
    let entry = read::look_up(&house.app, &owner, shown).await.unwrap();
    assert_eq!(entry.outcome.as_deref(), Some("failed"));
    assert_eq!(take(house, id_of(house, &reply), &feedback("abuse")).await, Ok(Tally::Said(BounceWord::Complaint)));
    assert_eq!(stopped(house).await, None, "the organisation's server says nothing of the customer");
}

/// P7: whoever makes an address up hears what everybody hears who writes to nobody.
async fn forged_expired_and_unknown_addresses_lead_nowhere(house: &House) {
    house.accept(&special("Eins", "Text"), &[ADA]).await;
    house.pump().await;
    let genuine = house.notice(ADA).from;
    let unknown_answer = house.judge("nobody@musterkasse.example").await;
    assert_eq!(unknown_answer, Err(ReceiveError::OwnDomain));
    let parse = |text: &str| EmailAddress::parse(text).unwrap();
    let tag = genuine.split_once('@').unwrap().0;
    let last = if tag.ends_with('a') { "b" } else { "a" };
    let forged = format!("{}{last}@musterkasse.example", &tag[..tag.len() - 1]);
    for address in [forged.as_str(), "b+@musterkasse.example", "b+aaaa@musterkasse.example"] {
        assert_eq!(bounce::recognise(&house.app, &parse(address)), None, "{address}");
        assert_eq!(house.judge(address).await, unknown_answer, "{address}");
    }
    assert_eq!(bounce::recognise(&house.app, &parse(&format!("{tag}@kunde.example"))), None, "another domain");
    assert!(bounce::recognise(&house.app, &parse(&genuine.to_ascii_uppercase())).is_some(), "case may change");

    let signing = house.app.keys.server.signing().derive("bounce");
    let domain = parse(&genuine).domain().unwrap();
    let mut made_up = *id_of(house, &house.notice(ADA)).as_bytes();
    made_up[15] ^= 1;
    let made_up = BounceKey::new(signing.expose()).address(&made_up, &domain).unwrap();
    let id = bounce::recognise(&house.app, &made_up).expect("genuine, of a mail that is not there");
    assert_eq!(take(house, id, &dsn("failed", "5.1.1")).await, Ok(Tally::Unknown));

    house.advance(BOUNCE_TIME_MAX);
    assert!(bounce::recognise(&house.app, &parse(&genuine)).is_some(), "to its last moment");
    house.advance(SignedDuration::from_secs(1));
    assert_eq!(bounce::recognise(&house.app, &parse(&genuine)), None);
    assert_eq!(house.judge(&genuine).await, unknown_answer);
    assert_eq!(inbox(house).await.total, 1);
}

async fn a_mail_that_never_left_cannot_come_back(house: &House) {
    house.answers(|parcel| if parcel.kind == OutgoingKind::Notice { deferred() } else { sent(parcel) });
    let message = house.accept(&special("Eins", "Text"), &[ADA]).await;
    house.pump().await;
    let delivery = house.delivery(message).await.id;
    let row = house.app.store.read().await.unwrap().outgoing().of_delivery(delivery).await.unwrap().remove(0);
    assert_eq!(row.state, OutgoingState::Queued);
    assert_eq!(take(house, row.id, &dsn("failed", "5.1.1")).await, Err(BounceError::TooEarly));
    assert_eq!(house.delivery(message).await.state, "deposited");
    house.answers(|parcel| if parcel.kind == OutgoingKind::Notice { refused("4.7.5") } else { sent(parcel) });
    house.advance(SignedDuration::from_hours(2));
    house.pump().await;
    let events = house.events().await;
    assert_eq!(take(house, row.id, &dsn("failed", "5.1.1")).await, Ok(Tally::Unsent));
    assert_eq!((house.events().await, stopped(house).await), (events, None));
}

async fn what_proves_nothing_changes_nothing_and_is_counted(house: &House) {
    let message = house.accept(&special("Eins", "Text"), &[ADA]).await;
    house.pump().await;
    let (id, events, left) = (id_of(house, &house.notice(ADA)), house.events().await, house.outbox().len());
    let people =
        |fields: &str| format!("From: <ada@kunde.example>\r\nSubject: Re: x\r\n{fields}\r\nHello\r\n").into_bytes();
    let nested = {
        let inner = String::from_utf8(dsn("failed", "5.1.1")).unwrap();
        format!("Content-Type: message/rfc822\r\n\r\n{inner}").into_bytes()
    };
    let deep = (0..200)
        .fold(String::new(), |deep, n| format!("{deep}Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"));
    let qmail = people("")
        .iter()
        .chain(b"This is a permanent error; I've given up. 550 5.1.1 no such user\r\n")
        .copied()
        .collect();
    let cases: [(&str, Vec<u8>, Tally); 12] = [
        ("an answer by hand", people(""), Tally::NoReport),
        ("a challenge", people("Auto-Submitted: auto-replied\r\n"), Tally::AutoReply),
        (
            "a note of absence",
            people("Auto-Submitted: auto-replied (vacation)\r\nPrecedence: bulk\r\n"),
            Tally::AutoReply,
        ),
        ("by hand, it says", people("Auto-Submitted: no\r\n"), Tally::NoReport),
        ("a bounce for people only", qmail, Tally::NoReport),
        ("a bounce of a bounce", nested, Tally::NoReport),
        ("read receipts", report("message/disposition-notification", "Disposition: automatic"), Tally::NoReport),
        ("an empty report", report("message/delivery-status", ""), Tally::Unclear),
        ("a contradiction", dsn("failed", "2.0.0"), Tally::Unclear),
        ("feedback without a type", report("message/feedback-report", "Version: 1"), Tally::Unclear),
        ("a maze", deep.into_bytes(), Tally::TooComplex),
        ("nothing", Vec::new(), Tally::NoReport),
    ];
    for (name, bytes, expected) in &cases {
        assert_eq!(take(house, id, bytes).await, Ok(*expected), "{name}");
    }
    let mut full = dsn("delivered", "2.0.0");
    full.resize(BOUNCE_BYTES_MAX, b'x');
    assert_eq!(take(house, id, &full).await, Ok(Tally::Said(BounceWord::Delivered)));
    full.push(b'x');
    assert_eq!(take(house, id, &full).await, Err(BounceError::TooLarge));
    house.pump().await;
    assert_eq!((house.events().await, house.outbox().len()), (events, left), "nothing follows, and nobody is answered");
    assert_eq!((house.delivery(message).await.state.as_str(), stopped(house).await), ("deposited", None));

    tidy(&house.app).await.unwrap();
    let today = bounce::day(house.app.now());
    let counted = house.app.store.read().await.unwrap().bounces().tallies(today).await.unwrap();
    let expected =
        [("auto-reply", 2), ("delivered", 1), ("no-report", 6), ("too-complex", 1), ("too-large", 1), ("unclear", 3)];
    assert_eq!(counted, expected.map(|(word, number)| (word.to_owned(), number)));
    tidy(&house.app).await.unwrap();
    assert_eq!(house.app.store.read().await.unwrap().bounces().tallies(today).await.unwrap(), counted);
}

async fn counts_are_kept_for_their_time(house: &House) {
    let forged = EmailAddress::parse("b+aaaa@musterkasse.example").unwrap();
    let first = bounce::day(house.app.now());
    for _ in 0..TALLY_DAYS_MAX + 2 {
        bounce::recognise(&house.app, &forged);
        bounce::recognise(&house.app, &forged);
        bounce::write_tallies(&house.app).await.unwrap();
        house.advance(SignedDuration::from_hours(24));
    }
    let mut reader = house.app.store.read().await.unwrap();
    assert_eq!(reader.bounces().tallies(first).await.unwrap(), []);
    assert_eq!(reader.bounces().tallies(first + 1).await.unwrap(), [("forged".to_owned(), 2)]);
}
