//! What senders are told about their mail: as much as they asked for (RFC 3461).

use app::{
    job,
    outgoing::{self, Destination, Outcome, Protection},
    receive::{Envelope, ReportWish, judge},
};
use jiff::SignedDuration;
use store::OutgoingKind;
use wire::{
    address::{ReversePath, TypedAddress},
    smtp::command::{Notify, OriginalRecipient},
};

use crate::{
    delivery::{direct_is, only_direct},
    house::{ADA, House, deferred, on_both, refused, sent},
    mails::{envelope, mail, special},
};

on_both! {
    p3_senders_hear_what_they_asked_to_hear
    p3_a_lost_original_undoes_neither_delivery_nor_report
    p3_of_a_lost_original_that_is_refused_the_sender_hears
    wishes_go_along_with_the_mail_of_others_only
}

/// What becomes of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Deposited,
    /// Handed to a server that sends reports itself.
    HandedOver,
    /// Handed to a server that sends none.
    HandedOverSilently,
    Late,
    Failed,
}

/// Sends a mail to its fate, and gives the actions in the reports that its sender gets.
async fn reported(house: &House, fate: Fate, mut envelope: Envelope, body: &str) -> Vec<String> {
    let before = house.left(OutgoingKind::Dsn).len();
    let fields = if fate == Fate::Deposited { "X-Siegelpost-Class: special\r\n" } else { "" };
    envelope.envelope_id = Some(format!("{fate:?}"));
    house.accept_with(&mail("Speiseplan", body, fields), envelope).await.unwrap();
    match fate {
        Fate::Deposited | Fate::HandedOver => house.answers(sent),
        Fate::HandedOverSilently => house.answers(|parcel| {
            direct_is(
                parcel,
                Outcome::Sent { reply: "250 Ok".into(), protection: Protection::Loopback, reports: false },
            )
        }),
        Fate::Late => house.answers(|parcel| direct_is(parcel, deferred())),
        Fate::Failed => {
            only_direct(house).await;
            house.answers(|parcel| direct_is(parcel, refused("5.1.1")));
        }
    }
    for _ in 0..12 {
        house.pump().await;
        house.advance(SignedDuration::from_mins(30));
    }
    house.answers(sent);
    house.advance(SignedDuration::from_hours(1));
    house.pump().await;
    let reports = house.left(OutgoingKind::Dsn).split_off(before);
    reports.iter().map(|report| action(&String::from_utf8_lossy(&report.bytes), fate)).collect()
}

/// The action of a report, which says to whom and to which envelope it belongs, and nothing of the content.
fn action(report: &str, fate: Fate) -> String {
    let envelope_id = format!("Original-Envelope-Id: {fate:?}");
    for part in
        [envelope_id.as_str(), "Original-Recipient: rfc822; Ada+post@kunde.example", "rfc822; ada@kunde.example"]
    {
        assert!(report.contains(part), "{part} is missing in {report}");
    }
    assert!(!report.contains("Kniegelenk"));
    report.split("Action: ").nth(1).unwrap().lines().next().unwrap().to_owned()
}

/// RFC 3461 sections 4.1 and 5.2
async fn p3_senders_hear_what_they_asked_to_hear(house: &House) {
    let fates = [Fate::Deposited, Fate::HandedOver, Fate::HandedOverSilently, Fate::Late, Fate::Failed];
    let original = OriginalRecipient::parse("rfc822;Ada+2Bpost@kunde.example").unwrap();
    for (notify, expected) in [
        (None, ["", "", "", "delayed", "failed"]),
        (Some("NEVER"), ["", "", "", "", ""]),
        (Some("SUCCESS"), ["delivered", "", "relayed", "", ""]),
        (Some("FAILURE"), ["", "", "", "", "failed"]),
        (Some("DELAY"), ["", "", "", "delayed", ""]),
        (Some("SUCCESS,FAILURE"), ["delivered", "", "relayed", "", "failed"]),
        (Some("SUCCESS,FAILURE,DELAY"), ["delivered", "", "relayed", "delayed", "failed"]),
    ] {
        for (fate, expected) in fates.into_iter().zip(expected) {
            let wish = ReportWish::new(notify.and_then(Notify::parse), Some(&original));
            let judged = judge(&house.app, TypedAddress::parse(ADA).unwrap(), wish).await.unwrap();
            let envelope = envelope(vec![judged]);
            let bounce = Envelope { reverse_path: ReversePath::Null, ..envelope.clone() };
            let told = reported(house, fate, envelope, "Kniegelenk").await;
            assert_eq!(told.join(", "), expected, "NOTIFY={notify:?}, {fate:?}");
            if notify.is_some_and(|notify| notify.contains("SUCCESS,FAILURE,DELAY")) {
                let told = reported(house, fate, bounce, "Kniegelenk").await;
                assert!(told.is_empty(), "a report causes no report: {fate:?}");
            }
        }
    }
}

/// The original is read before the transaction that queues the report, also where it is large.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p3_a_report_about_large_mail_needs_no_second_connection() {
    let house = House::postgres_of_one_connection().await;
    let body = "Kniegelenkspunktion links ".repeat(20_000);
    let original = OriginalRecipient::parse("rfc822;Ada+2Bpost@kunde.example").unwrap();
    for (fate, expected) in [
        (Fate::Deposited, "delivered"),
        (Fate::HandedOverSilently, "relayed"),
        (Fate::Late, "delayed"),
        (Fate::Failed, "failed"),
    ] {
        let wish = ReportWish::new(Notify::parse("SUCCESS,FAILURE,DELAY"), Some(&original));
        let judged = judge(&house.app, TypedAddress::parse(ADA).unwrap(), wish).await.unwrap();
        assert_eq!(reported(&house, fate, envelope(vec![judged]), &body).await, [expected], "{fate:?}");
    }
}

/// Otherwise the mail would be sent a second time.
async fn p3_a_lost_original_undoes_neither_delivery_nor_report(house: &House) {
    let wish = ReportWish::new(Notify::parse("SUCCESS"), None);
    let judged = judge(&house.app, TypedAddress::parse(ADA).unwrap(), wish).await.unwrap();
    let body = "Kniegelenkspunktion links ".repeat(20_000);
    let message = house.accept_with(&mail("Speiseplan", &body, ""), envelope(vec![judged])).await.unwrap();
    job::work(&house.app).await.unwrap();
    let parcel = outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop().unwrap();
    std::fs::remove_dir_all(house.dir.path().join("blobs")).unwrap();
    let silently = Outcome::Sent { reply: "250 Ok".into(), protection: Protection::Loopback, reports: false };
    outgoing::record(&house.app, &parcel, &silently.into()).await.unwrap();
    assert_eq!(house.delivery(message).await.state, "delivered");
    assert!(outgoing::next_due(&house.app, Destination::World).await.unwrap().is_none(), "it is not sent again");
    house.pump().await;
    let reports = house.left(OutgoingKind::Dsn);
    assert_eq!(reports.len(), 1);
    assert!(String::from_utf8_lossy(&reports[0].bytes).contains("Action: relayed"));
}

async fn p3_of_a_lost_original_that_is_refused_the_sender_hears(house: &House) {
    let body = "Kniegelenkspunktion links ".repeat(20_000);
    let message = house.accept(&mail("Speiseplan", &body, ""), &[ADA]).await;
    only_direct(house).await;
    job::work(&house.app).await.unwrap();
    let parcel = outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop().unwrap();
    std::fs::remove_dir_all(house.dir.path().join("blobs")).unwrap();
    outgoing::record(&house.app, &parcel, &refused("5.1.1").into()).await.unwrap();
    assert_eq!(house.delivery(message).await.state, "returned");
    house.pump().await;
    let reports = house.left(OutgoingKind::Dsn);
    assert_eq!(reports.len(), 1);
    assert!(String::from_utf8_lossy(&reports[0].bytes).contains("Action: failed"));
}

async fn wishes_go_along_with_the_mail_of_others_only(house: &House) {
    let original = OriginalRecipient::parse("rfc822;Ada+2Bpost@kunde.example").unwrap();
    let wish = ReportWish::new(Notify::parse("SUCCESS"), Some(&original));
    let judged = judge(&house.app, TypedAddress::parse(ADA).unwrap(), wish).await.unwrap();
    house.accept_with(&mail("Speiseplan", "x", ""), envelope(vec![judged])).await.unwrap();
    house.accept(&special("Brief", "x"), &[ADA]).await;
    job::work(&house.app).await.unwrap();
    for parcel in outgoing::lease(&house.app, Destination::World, 9).await.unwrap() {
        let asked = parcel.reports.clone();
        if parcel.kind == OutgoingKind::Direct {
            assert_eq!(asked.notify, Notify::parse("SUCCESS"));
            assert_eq!(
                (asked.original_recipient, asked.envelope_id.as_deref()),
                (Some(original.clone()), Some("E-4711"))
            );
        } else {
            assert_eq!(asked.notify, Some(Notify::DEFAULT), "we want to hear of our notices");
            assert_eq!((asked.original_recipient, asked.envelope_id), (None, Some(parcel.id.to_string())));
        }
        house.send(&parcel).await;
    }
    assert_eq!(house.left(OutgoingKind::Direct).len() + house.left(OutgoingKind::Notice).len(), 2);
}
