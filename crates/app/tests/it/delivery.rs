//! What was accepted arrives, whatever happens on the way, and ends exactly once.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use app::{
    job,
    outgoing::{self, Destination, Next, Outcome, Parcel},
    receive::{ReportWish, judge},
    write::{self, Fields},
};
use jiff::SignedDuration;
use model::{delivery::State, id::MessageId};
use store::{Folder, OutgoingKind};
use wire::{address::TypedAddress, smtp::command::Notify};

use crate::{
    house::{ADA, Answer, CLAIMS, House, deferred, on_both, refused, sent, unprotected},
    mails::{envelope, mail, special},
};

on_both! {
    p2_p3_accepting_given_up_anywhere_is_all_or_nothing
    p2_p3_depositing_given_up_anywhere_happens_once
    p2_p3_writing_given_up_anywhere_sends_once
    p2_p3_recording_given_up_anywhere_ends_once
    c3_p3_refused_direct_mail_is_deposited
    c3_p3_mail_that_never_gets_through_is_deposited
    c3_p3_mail_that_cannot_be_protected_is_deposited_at_the_deadline
    p1_a_demand_for_tls_goes_along_with_direct_mail
    notices_ask_for_require_tls_where_it_is_offered
    p3_a_repeated_outcome_changes_nothing
    the_next_mail_of_a_lane_follows_one_that_was_taken
    p3_a_row_that_cannot_be_read_stops_no_other_mail
    p3_c7_without_a_channel_left_the_sender_is_told
    p3_late_mail_is_told_once
    the_postmaster_is_reached_by_the_organisations_own_server
}

/// Gives a future up when it was polled so many times. `None` if it was given up.
async fn polled<F: Future>(polls: u32, future: F) -> Option<F::Output> {
    struct Limited<F> {
        future: Pin<Box<F>>,
        polls: u32,
    }
    impl<F: Future> Future for Limited<F> {
        type Output = Option<F::Output>;
        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            if self.polls == 0 {
                return Poll::Ready(None);
            }
            self.polls -= 1;
            self.future.as_mut().poll(context).map(Some)
        }
    }
    Limited { future: Box::pin(future), polls }.await
}

/// Repeats `attempt` with one poll more each time, until it once runs to its end.
pub(crate) async fn given_up_anywhere<F: Future>(attempt: impl Fn() -> F) -> (u32, F::Output) {
    for polls in 0..10_000 {
        if let Some(done) = polled(polls, attempt()).await {
            return (polls, done);
        }
    }
    panic!("it never ends");
}

/// What was leased by a worker that died is due again.
fn leases_end(house: &House) {
    house.advance(job::LEASE + SignedDuration::from_secs(1));
}

async fn states(house: &House, message: MessageId) -> Vec<String> {
    house.deliveries(message).await.into_iter().map(|delivery| delivery.state).collect()
}

async fn inbox(house: &House) -> u64 {
    let mut reader = house.app.store.read().await.unwrap();
    let mailbox = reader.mailboxes().find_by_address(ADA).await.unwrap().expect("a mailbox");
    reader.deliveries().counts(mailbox.id, Folder::Inbox).await.unwrap().total
}

async fn p2_p3_accepting_given_up_anywhere_is_all_or_nothing(house: &House) {
    let recipient = house.judge(ADA).await.unwrap();
    let raw = special("Groß", &"viel Text ".repeat(40_000));
    let (_, accepted) = given_up_anywhere(|| house.accept_with(&raw, envelope(vec![recipient.clone()]))).await;
    accepted.unwrap();
    house.pump().await;
    let accepted = house.events().await.iter().filter(|event| *event == "accepted").count();
    assert!(accepted >= 1);
    assert_eq!(inbox(house).await, accepted as u64, "whatever is on disk is delivered, once");
    assert_eq!(house.left(OutgoingKind::Notice).len(), accepted);
}

async fn p2_p3_depositing_given_up_anywhere_happens_once(house: &House) {
    let message = house.accept(&special("Brief", "Text"), &[ADA, "bob@kunde.example", "eve@kunde.example"]).await;
    for polls in (0..200).step_by(3) {
        polled(polls, job::work(&house.app)).await;
        leases_end(house);
        if states(house, message).await.iter().all(|state| state == "deposited") {
            break;
        }
    }
    house.pump().await;
    assert_eq!(states(house, message).await, ["deposited"; 3]);
    assert_eq!(house.left(OutgoingKind::Notice).len(), 3);
    assert_eq!(house.events().await.iter().filter(|event| *event == "deposited").count(), 3);
    assert_eq!(inbox(house).await, 1);
    let row = house.app.store.read().await.unwrap().messages().find(message).await.unwrap().unwrap();
    assert_eq!(
        (row.deliveries_open, row.data_key_sealed),
        (0, None),
        "the server's key is gone with the last delivery"
    );
}

async fn p2_p3_writing_given_up_anywhere_sends_once(house: &House) {
    let owner = house.ada().await;
    let id = write::begin(&house.app, &owner, None).await.unwrap();
    let fields = Fields { recipient: CLAIMS.into(), subject: "Einmal".into(), text: "Text".into() };
    write::save(&house.app, &owner, id, fields).await.unwrap();
    // A try that was given up in the moment of its commit has sent: then the last one finds no draft.
    let (_, done) = given_up_anywhere(|| write::send(&house.app, &owner, id)).await;
    assert!(matches!(done, Ok(_) | Err(write::SendError::NotFound)));
    house.pump().await;
    assert_eq!(house.left(OutgoingKind::Reply).len(), 1);
    assert_eq!(house.events().await.iter().filter(|event| *event == "sent").count(), 1);
    assert!(write::drafts(&house.app, &owner).await.unwrap().is_empty());
}

async fn p2_p3_recording_given_up_anywhere_ends_once(house: &House) {
    let message = house.accept(&mail("Speiseplan", "x", ""), &[ADA]).await;
    job::work(&house.app).await.unwrap();
    for polls in 0..10_000 {
        leases_end(house);
        let Some(parcel) = outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop() else { break };
        polled(polls, outgoing::record(&house.app, &parcel, &sent(&parcel).into())).await;
    }
    assert_eq!(states(house, message).await, ["delivered"]);
    assert_eq!(house.events().await.iter().filter(|event| *event == "delivery_ended").count(), 1);
    assert!(outgoing::next_due(&house.app, Destination::World).await.unwrap().is_none());
    house.pump().await;
    assert_eq!(states(house, message).await, ["delivered"]);
}

async fn c3_p3_refused_direct_mail_is_deposited(house: &House) {
    house.answers(|parcel| if parcel.kind == OutgoingKind::Direct { refused("5.7.10") } else { sent(parcel) });
    let message = house.accept(&mail("Speiseplan", "Montag", ""), &[ADA]).await;
    house.pump().await;
    assert_eq!(states(house, message).await, ["deposited"]);
    assert_eq!(house.left(OutgoingKind::Notice).len(), 1);
    assert!(house.left(OutgoingKind::Dsn).is_empty(), "the sender hears nothing of a detour");
    let events = house.events().await;
    assert!(events.contains(&"channel_taken".to_owned()), "why it is deposited is on record");
}

async fn c3_p3_mail_that_never_gets_through_is_deposited(house: &House) {
    house.answers(|parcel| if parcel.kind == OutgoingKind::Direct { deferred() } else { sent(parcel) });
    let message = house.accept(&mail("Speiseplan", "Montag", ""), &[ADA]).await;
    for _ in 0..60 {
        house.pump().await;
        house.advance(SignedDuration::from_hours(1));
    }
    assert_eq!(states(house, message).await, ["deposited"]);
    assert_eq!(house.left(OutgoingKind::Notice).len(), 1);
    assert_eq!(house.left(OutgoingKind::Direct).len(), 0);
}

/// C3: where the protection is not to be had, the next channel is taken at the deadline, not before, and the sender hears nothing of it.
async fn c3_p3_mail_that_cannot_be_protected_is_deposited_at_the_deadline(house: &House) {
    let unreachable: Answer = |parcel| if parcel.kind == OutgoingKind::Direct { deferred() } else { sent(parcel) };
    let weak: Answer = |parcel| if parcel.kind == OutgoingKind::Direct { unprotected() } else { sent(parcel) };
    for answer in [weak, unreachable] {
        house.answers(answer);
        let wish = ReportWish::new(Notify::parse("FAILURE"), None);
        let recipient = judge(&house.app, TypedAddress::parse(ADA).unwrap(), wish).await.unwrap();
        let message = house.accept_with(&mail("Speiseplan", "Montag", ""), envelope(vec![recipient])).await.unwrap();
        house.pump().await;
        house.advance(SignedDuration::from_mins(24 * 60 - 1));
        house.pump().await;
        assert_eq!(states(house, message).await, ["sending"]);
        house.advance(SignedDuration::from_hours(2));
        house.pump().await;
        assert_eq!(states(house, message).await, ["deposited"]);
    }
    assert_eq!(house.left(OutgoingKind::Dsn).len(), 0);
    assert_eq!(house.left(OutgoingKind::Direct).len(), 0);
}

async fn p1_a_demand_for_tls_goes_along_with_direct_mail(house: &House) {
    for require_tls in [true, false] {
        let mut demanding = envelope(vec![house.judge(ADA).await.unwrap()]);
        demanding.require_tls = require_tls;
        house.accept_with(&mail("Speiseplan", "x", ""), demanding).await.unwrap();
        job::work(&house.app).await.unwrap();
        let parcel = outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop().unwrap();
        assert_eq!(parcel.require_tls, require_tls);
        assert!(!parcel.require_tls_if_offered, "the mail of others goes as they ask");
        house.send(&parcel).await;
    }
}

async fn notices_ask_for_require_tls_where_it_is_offered(house: &House) {
    house.accept(&special("Ihr Befund", "x"), &[ADA]).await;
    job::work(&house.app).await.unwrap();
    let parcel = outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop().unwrap();
    assert_eq!((parcel.kind, parcel.require_tls, parcel.require_tls_if_offered), (OutgoingKind::Notice, false, true));
}

async fn p3_a_repeated_outcome_changes_nothing(house: &House) {
    let message = house.accept(&mail("Speiseplan", "x", ""), &[ADA]).await;
    job::work(&house.app).await.unwrap();
    let first = outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop().unwrap();
    leases_end(house);
    let second = outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop().unwrap();
    assert!(!outgoing::prolong(&house.app, &first).await.unwrap(), "another worker has it");
    assert!(outgoing::prolong(&house.app, &second).await.unwrap());
    outgoing::record(&house.app, &first, &refused("5.1.1").into()).await.unwrap();
    assert_eq!(states(house, message).await, ["sending"], "who lost the lease has no say");
    outgoing::record(&house.app, &second, &sent(&second).into()).await.unwrap();
    outgoing::record(&house.app, &second, &refused("5.1.1").into()).await.unwrap();
    house.pump().await;
    assert_eq!(states(house, message).await, ["delivered"]);
    assert!(house.left(OutgoingKind::Dsn).is_empty());
}

/// Mails to these addresses, queued in this order.
async fn queued(house: &House, addresses: &[&str]) {
    for address in addresses {
        house.accept(&mail("Speiseplan", "x", ""), &[address]).await;
        job::work(&house.app).await.unwrap();
        house.advance(SignedDuration::from_secs(1));
    }
}

fn to(parcel: Option<&Parcel>) -> Option<String> {
    parcel.map(|parcel| parcel.recipient.as_typed().to_owned())
}

async fn the_next_mail_of_a_lane_follows_one_that_was_taken(house: &House) {
    queued(house, &["a1@a.example", "b1@b.example", "a2@a.example", "a3@a.example"]).await;
    let lease = || async { outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop() };
    let record = |parcel: Parcel, outcome: Outcome, next: Next| async move {
        outgoing::record_and_lease(&house.app, &parcel, &outcome.into(), next).await.unwrap()
    };
    let first = lease().await.unwrap();
    let outcome = sent(&first);
    let second = record(first, outcome, Next::OfLane).await;
    assert_eq!(to(second.as_ref()).as_deref(), Some("a2@a.example"));
    let outcome = sent(second.as_ref().unwrap());
    let other = record(second.unwrap(), outcome, Next::OfAny).await;
    assert_eq!(to(other.as_ref()).as_deref(), Some("b1@b.example"), "the oldest of all");
    let outcome = sent(other.as_ref().unwrap());
    assert!(record(other.unwrap(), outcome, Next::OfLane).await.is_none(), "its lane is empty");
    // What was not taken says that the connection is no good: whoever comes next begins anew.
    let last = lease().await.unwrap();
    assert_eq!(to(Some(&last)).as_deref(), Some("a3@a.example"));
    queued(house, &["a4@a.example"]).await;
    assert!(record(last, deferred(), Next::OfLane).await.is_none());
    let last = lease().await.unwrap();
    let outcome = sent(&last);
    assert!(record(last, outcome, Next::Nothing).await.is_none());
}

/// What a defect or a hand has done to one row.
async fn p3_a_row_that_cannot_be_read_stops_no_other_mail(house: &House) {
    queued(house, &["a1@a.example", "a2@a.example", "a3@a.example"]).await;
    house.execute("UPDATE outgoing SET options = '{' WHERE recipient = 'a2@a.example'").await;
    let first = outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop().unwrap();
    let next = outgoing::record_and_lease(&house.app, &first, &sent(&first).into(), Next::OfLane).await.unwrap();
    assert!(next.is_none(), "this time there is none");
    let rest = outgoing::lease(&house.app, Destination::World, 9).await.unwrap();
    assert_eq!(rest.iter().map(|parcel| to(Some(parcel)).unwrap()).collect::<Vec<_>>(), ["a3@a.example"]);
    let dead = house.app.store.read().await.unwrap().jobs().list_dead(9).await.unwrap();
    assert_eq!(dead.len(), 1, "somebody has to look");
    assert!(dead[0].last_error.as_deref().is_some_and(|error| error.contains("stored data")));
}

/// The outcome of a direct mail; everything else is taken.
pub(crate) fn direct_is(parcel: &outgoing::Parcel, outcome: Outcome) -> Outcome {
    if parcel.kind == OutgoingKind::Direct { outcome } else { sent(parcel) }
}

/// From now on no delivery knows another channel than `direct`.
pub(crate) async fn only_direct(house: &House) {
    house
        .execute(r#"UPDATE deliveries SET route = '{"steps":[{"channel":"direct","reason":"ordinary-goes-direct"}]}'"#)
        .await;
}

async fn p3_c7_without_a_channel_left_the_sender_is_told(house: &House) {
    house.answers(|parcel| if parcel.kind == OutgoingKind::Direct { refused("5.1.1") } else { sent(parcel) });
    let body = "Kniegelenkspunktion links ".repeat(20_000);
    let message = house.accept(&mail("Speiseplan", &body, ""), &[ADA]).await;
    only_direct(house).await;
    house.pump().await;
    assert_eq!(states(house, message).await, [State::Returned.word()]);
    let reports = house.left(OutgoingKind::Dsn);
    assert_eq!(reports.len(), 1);
    assert_eq!((reports[0].from.as_str(), reports[0].to.as_str()), ("", CLAIMS));
    assert_eq!(reports[0].destination, Destination::Organisation);
    let text = String::from_utf8_lossy(&reports[0].bytes).into_owned();
    for part in ["multipart/report", "Action: failed", "5.1.1", "rfc822; ada@kunde.example", "E-4711"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(text.contains("Speiseplan") && !text.contains("Kniegelenk"), "header, never body");
    let encoded = data_encoding::BASE64.encode(b"Kniegelenkspunktion");
    assert!(!text.contains(&encoded[..20]));
    let row = house.app.store.read().await.unwrap().messages().find(message).await.unwrap().unwrap();
    assert_eq!(row.data_key_sealed, None);
}

async fn p3_late_mail_is_told_once(house: &House) {
    house.answers(|parcel| if parcel.kind == OutgoingKind::Direct { deferred() } else { sent(parcel) });
    house.accept(&mail("Speiseplan", "Kniegelenk", ""), &[ADA]).await;
    for _ in 0..24 {
        house.pump().await;
        house.advance(SignedDuration::from_mins(30));
    }
    let reports = house.left(OutgoingKind::Dsn);
    assert_eq!(reports.len(), 1, "told once in twelve hours of trying");
    let text = String::from_utf8_lossy(&reports[0].bytes).into_owned();
    assert!(text.contains("Action: delayed") && !text.contains("Kniegelenk"), "{text}");
    house.answers(sent);
    house.advance(SignedDuration::from_hours(1));
    house.pump().await;
    assert_eq!(house.left(OutgoingKind::Direct).len(), 1);
}

/// RFC 5321 section 4.5.1: the postmaster is one of the organisation's own, whatever the class of the mail.
async fn the_postmaster_is_reached_by_the_organisations_own_server(house: &House) {
    let postmaster = app::receive::postmaster(&house.app, ReportWish::default());
    let recipients = vec![postmaster.clone(), house.judge(ADA).await.unwrap()];
    let message = house.accept_with(&special("Brief", "Text"), envelope(recipients)).await.unwrap();
    house.pump().await;
    let direct = house.left(OutgoingKind::Direct);
    assert_eq!(direct.len(), 1);
    assert_eq!(direct[0].to, "post-verwaltung@musterkasse.example");
    assert_eq!(direct[0].destination, Destination::Organisation);
    let mut ended = states(house, message).await;
    ended.sort();
    assert_eq!(ended, ["delivered", "deposited"]);
    let address = house.app.settings.postmaster.address().as_str();
    let mut reader = house.app.store.read().await.unwrap();
    assert!(reader.mailboxes().find_by_address(address).await.unwrap().is_none(), "and has no mailbox here");
    drop(reader);

    house.answers(|parcel| direct_is(parcel, refused("5.1.1")));
    let message = house.accept_with(&special("Brief", "Text"), envelope(vec![postmaster])).await.unwrap();
    house.pump().await;
    assert_eq!(states(house, message).await, [State::Returned.word()]);
    assert_eq!(house.left(OutgoingKind::Dsn).len(), 1);
}
