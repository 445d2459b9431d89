//! Taking mail in: who gets a mailbox, which channel a message takes, what a notice says.

use app::{outgoing::Destination, receive::ReceiveError};
use model::delivery::State;
use store::{Folder, OutgoingKind};

use crate::{
    house::{ADA, CLAIMS, House, on_both},
    mails::{envelope, mail, special},
};

on_both! {
    j1_j2_a_first_message_makes_a_mailbox_and_a_notice
    j1_one_mailbox_per_address_however_it_is_written
    j1_messages_at_the_same_time_make_one_mailbox
    c1_marks_decide_and_the_strictest_wins
    c2_special_never_goes_direct
    c3_ordinary_goes_direct
    c7_recipients_without_a_channel_are_refused
    a_mail_in_a_loop_is_refused
    j2_the_tag_is_no_part_of_the_subject
}

async fn j1_j2_a_first_message_makes_a_mailbox_and_a_notice(house: &House) {
    let message = house.accept(&special("Ihr Befund", "Streng geheim: Knochendichte"), &[ADA]).await;
    house.pump().await;
    assert_eq!(house.delivery(message).await.state, State::Deposited.word());
    let notices = house.left(OutgoingKind::Notice);
    assert_eq!(notices.len(), 1);
    let notice = &notices[0];
    assert_eq!((notice.to.as_str(), notice.destination), (ADA, Destination::World));
    assert!(notice.subject().contains("[Musterkasse]"), "{}", notice.subject());
    let text = notice.text();
    for part in ["Leistungsabteilung", CLAIMS, "Ihr Befund", "https://post.musterkasse.example"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(!String::from_utf8_lossy(&notice.bytes).contains("Knochendichte"), "a notice holds no content");
    let head = mime::head::Head::read(&notice.bytes);
    assert_eq!(head.auto_submitted.as_deref(), Some("auto-generated"));
    let app::activate::Link::Open(progress) = house.look(&notice.link("activate")).await else { panic!("no link") };
    assert_eq!(progress.address_shown, ADA);
    assert_eq!(progress.newest.expect("a message").0.subject, "Ihr Befund");
}

async fn j1_one_mailbox_per_address_however_it_is_written(house: &House) {
    for address in ["ada@xn--mller-kva.example", "Ada@Müller.EXAMPLE", "ADA@MÜLLER.example"] {
        house.accept(&special("Post", "Text"), &[address]).await;
        house.pump().await;
    }
    house.accept(&special("Post", "Text"), &["ida@müller.example"]).await;
    house.pump().await;
    assert_eq!(house.events().await.iter().filter(|event| *event == "mailbox_created").count(), 2);
    let mut reader = house.app.store.read().await.unwrap();
    let address = wire::address::EmailAddress::parse("ada@müller.example").unwrap();
    let mailbox = reader.mailboxes().find_by_address(address.as_str()).await.unwrap().expect("one mailbox");
    assert_eq!(reader.deliveries().counts(mailbox.id, Folder::Inbox).await.unwrap().total, 3);
}

async fn j1_messages_at_the_same_time_make_one_mailbox(house: &House) {
    for number in 0..6 {
        house.accept(&special(&format!("Brief {number}"), "Text"), &[ADA]).await;
    }
    // Several workers at once, as on several machines.
    let work = || app::job::work(&house.app);
    let (a, b, c) = tokio::join!(work(), work(), work());
    assert_eq!(a.unwrap() + b.unwrap() + c.unwrap(), 6);
    house.pump().await;
    assert_eq!(house.events().await.iter().filter(|event| *event == "mailbox_created").count(), 1);
    assert_eq!(house.left(OutgoingKind::Notice).len(), 6);
    let owner = house.activate(&house.notice(ADA).link("activate")).await;
    let list = app::read::list(&house.app, &owner, Folder::Inbox, app::read::Place::Newest, 50).await.unwrap();
    assert_eq!(list.entries.len(), 6);
}

async fn c1_marks_decide_and_the_strictest_wins(house: &House) {
    let marked = [
        mail("Post", "x", "X-Siegelpost-Class: special\r\n"),
        mail("Post", "x", "X-Siegelpost-Class: ordinary\r\nSensitivity: Company-Confidential\r\n"),
        mail("[vertraulich] Post", "x", ""),
        mail("AW: [Vertraulich] Post", "x", "X-Siegelpost-Class: ordinary\r\n"),
        mail("Post", "x", "X-Siegelpost-Class: geheim\r\n"),
    ];
    for mail in &marked {
        let message = house.accept(mail, &[ADA, "bob@kunde.example"]).await;
        house.pump().await;
        for delivery in house.deliveries(message).await {
            assert_eq!(delivery.state, State::Deposited.word(), "{}", String::from_utf8_lossy(mail));
        }
        let row = house.app.store.read().await.unwrap().messages().find(message).await.unwrap().unwrap();
        let decision: model::policy::Decision = serde_json::from_str(&row.decision).unwrap();
        assert!(!decision.explain(model::Language::De).is_empty(), "the reason is kept");
    }
    assert!(house.left(OutgoingKind::Direct).is_empty());
}

async fn c2_special_never_goes_direct(house: &House) {
    house.answers(|_| crate::house::refused("5.1.1"));
    let message = house.accept(&special("Befund", "geheim"), &[ADA]).await;
    house.pump().await;
    let delivery = house.delivery(message).await;
    assert_eq!((delivery.state.as_str(), delivery.channel.as_deref()), ("returned", None));
    let mails = house.app.store.read().await.unwrap().outgoing().of_delivery(delivery.id).await.unwrap();
    assert_eq!(mails.len(), 2, "its notice, and the report that nobody could be told");
    assert!(mails.iter().all(|mail| mail.kind != OutgoingKind::Direct));
}

async fn c3_ordinary_goes_direct(house: &House) {
    let raw = mail("Speiseplan", "Montag: Linsen", "");
    let message = house.accept(&raw, &[ADA]).await;
    house.pump().await;
    let outbox = house.outbox();
    assert_eq!(outbox.len(), 1);
    assert_eq!((outbox[0].kind, outbox[0].from.as_str(), outbox[0].to.as_str()), (OutgoingKind::Direct, CLAIMS, ADA));
    assert_eq!(outbox[0].bytes, raw, "what goes direct is what came in");
    let delivery = house.delivery(message).await;
    assert_eq!((delivery.state.as_str(), delivery.ended_at.is_some()), ("delivered", true));
    let mut reader = house.app.store.read().await.unwrap();
    let row = reader.messages().find(message).await.unwrap().unwrap();
    assert_eq!(row.data_key_sealed, None, "the server keeps no key of what has ended");
    assert_eq!(reader.blobs().find(row.blob_id).await.unwrap(), None);
}

async fn c7_recipients_without_a_channel_are_refused(house: &House) {
    let refused = [
        ("kollege@musterkasse.example", ReceiveError::OwnDomain),
        ("kollege@MUSTERKASSE.example", ReceiveError::OwnDomain),
        ("ada@[192.0.2.1]", ReceiveError::NoMailbox),
    ];
    for (address, error) in refused {
        assert_eq!(house.judge(address).await, Err(error), "{address}");
    }
    let made_up = format!("r+{}@musterkasse.example", "a".repeat(52));
    assert_eq!(house.judge(&made_up).await, Err(ReceiveError::OwnDomain), "a made-up reply address is nothing special");
}

async fn a_mail_in_a_loop_is_refused(house: &House) {
    let hops =
        |count: usize| mail("Post", "x", &"Received: from a by b; Sun, 22 Nov 2026 10:00:00 +0100\r\n".repeat(count));
    let recipient = house.judge(ADA).await.unwrap();
    let most = app::receive::HOPS_MAX;
    assert!(house.accept_with(&hops(most), envelope(vec![recipient.clone()])).await.is_ok());
    assert_eq!(house.accept_with(&hops(most + 1), envelope(vec![recipient])).await, Err(ReceiveError::Loop));
}

async fn j2_the_tag_is_no_part_of_the_subject(house: &House) {
    house.accept(&special("[vertraulich] Befund Onkologie", "Text"), &[ADA]).await;
    house.pump().await;
    let shown = house.notice(ADA);
    assert!(shown.text().contains("Befund Onkologie") && !shown.text().contains("[vertraulich]"));
}
