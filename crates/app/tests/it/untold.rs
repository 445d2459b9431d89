//! What follows where a recipient cannot be told of a message: it leaves the mailbox unread, and its sender hears of it.

use app::{
    bounce::Tally,
    read::{self, Place},
    receive::{self, ReportWish},
    session::SignedIn,
    sign_in::{Request, sign_in},
};
use jiff::SignedDuration;
use store::{BounceWord, Counts, Folder, OutgoingKind, StopReason};
use wire::{
    address::{ReversePath, TypedAddress},
    smtp::command::Notify,
};

use crate::{
    bounces::{comes_back, dsn, has_gone_back, id_of, inbox, message_row, reports, stopped, take, words},
    house::{ADA, CLAIMS, House, PASSWORD, deferred, on_both, refused, sent},
    mails::{envelope, mail, special},
};

on_both! {
    p3_a_bounced_invitation_takes_the_message_back_to_its_sender
    p3_p5_from_an_activated_mailbox_the_message_goes_back_without_its_header
    p3_what_was_read_does_not_move
    p3_the_next_channel_is_taken_where_the_content_can_be_read
    p3_a_notice_that_cannot_be_sent_at_all_has_the_same_effect
    p3_senders_who_do_not_ask_are_not_told
    p3_of_several_recipients_only_one_is_concerned
    notices_stay_stopped_until_the_owner_signs_in
}

async fn sign_in_again(house: &House) -> SignedIn {
    let request = Request { address: ADA, password: PASSWORD, source: "s", agent: "", device: None };
    let entered = sign_in(&house.app, request).await.unwrap();
    house.signed_in(&entered.cookie).await
}

async fn p3_a_bounced_invitation_takes_the_message_back_to_its_sender(house: &House) {
    let message = house.accept(&special("Ihr Bescheid", "Kniegelenkspunktion"), &[ADA]).await;
    house.pump().await;
    assert_eq!(inbox(house).await, Counts { total: 1, unread: 1 });
    assert_eq!(comes_back(house, &dsn("failed", "5.1.1")).await, Tally::Said(BounceWord::Failed));
    has_gone_back(house, message).await;
    assert_eq!(inbox(house).await, Counts::default());
    let [told] = reports(house).try_into().ok().expect("the sender hears of it once");
    assert_eq!((told.from.as_str(), told.to.as_str()), ("", CLAIMS));
    assert_eq!(told.subject(), "Nicht zugestellt: Ihr Bescheid");
    let text = words(&told);
    assert!(text.contains("nicht Bescheid geben") && text.contains("nimmt unsere Benachrichtigung nicht an"), "{text}");
    let raw = String::from_utf8_lossy(&told.bytes).into_owned();
    for part in ["Action: failed", "Status: 5.1.1", "rfc822; ada@kunde.example", "E-4711", "Subject: Ihr Bescheid"] {
        assert!(raw.contains(part), "{part} is missing in {raw}");
    }
    assert!(!raw.contains("Kniegelenk") && !raw.contains("1234"), "neither content nor words of the bounce");
    for event in ["mail_returned", "notices_stopped", "withdrawn", "delivery_ended"] {
        assert_eq!(house.events().await.iter().filter(|found| *found == event).count(), 1, "{event}");
    }
    assert_eq!(stopped(house).await, Some(StopReason::Bounced));
    let link = house.notice(ADA).link("activate");
    let owner = house.activate(&link).await;
    let empty = read::list(&house.app, &owner, Folder::Inbox, Place::Newest, 9).await.unwrap();
    assert!(empty.entries.is_empty(), "the link still opens the mailbox, which is empty");
}

async fn p3_p5_from_an_activated_mailbox_the_message_goes_back_without_its_header(house: &House) {
    let owner = house.ada().await;
    house.advance(SignedDuration::from_secs(1));
    let message = house.accept(&special("Ihr Bescheid", "Kniegelenkspunktion"), &[ADA]).await;
    house.pump().await;
    assert_eq!(inbox(house).await, Counts { total: 2, unread: 2 });
    assert_eq!(comes_back(house, &dsn("failed", "5.1.1")).await, Tally::Said(BounceWord::Failed));
    has_gone_back(house, message).await;
    assert_eq!(inbox(house).await, Counts { total: 1, unread: 1 }, "the message before stays: its notice arrived");
    let [told] = reports(house).try_into().ok().expect("the sender hears of it once");
    assert!(told.subject().starts_with("Nicht zugestellt: Ihre Nachricht vom 22."), "{}", told.subject());
    let text = words(&told);
    assert!(text.contains("Den Betreff können wir nicht nennen"), "{text}");
    let raw = String::from_utf8_lossy(&told.bytes).into_owned();
    assert!(raw.contains("E-4711") && !raw.contains("Subject: Ihr Bescheid"), "{raw}");
    let left = house.newest(&owner, Folder::Inbox).await;
    assert!(read::open(&house.app, &owner, left).await.unwrap().view.is_some());
}

async fn p3_what_was_read_does_not_move(house: &House) {
    let owner = house.ada().await;
    let id = house.newest(&owner, Folder::Inbox).await;
    read::open(&house.app, &owner, id).await.unwrap();
    let invitation = house.left(OutgoingKind::Notice).remove(0);
    assert_eq!(
        take(house, id_of(house, &invitation), &dsn("failed", "5.1.1")).await,
        Ok(Tally::Said(BounceWord::Failed))
    );
    house.pump().await;
    assert_eq!(inbox(house).await, Counts { total: 1, unread: 0 });
    assert!(read::open(&house.app, &owner, id).await.unwrap().view.is_some());
    assert!(reports(house).is_empty() && !house.events().await.contains(&"withdrawn".to_owned()));
    assert_eq!(stopped(house).await, Some(StopReason::Bounced), "the address is dead all the same");
}

/// From now on every delivery knows another channel behind `deposit`.
async fn letters_follow(house: &House) {
    let steps = r#"{"steps":[{"channel":"deposit","reason":"special-is-deposited"},{"channel":"letter","reason":"direct-not-possible"}]}"#;
    house.execute(&format!("UPDATE deliveries SET route = '{steps}'")).await;
}

async fn p3_the_next_channel_is_taken_where_the_content_can_be_read(house: &House) {
    let message = house.accept(&special("Ihr Bescheid", "Text"), &[ADA]).await;
    house.pump().await;
    letters_follow(house).await;
    let id = id_of(house, &house.notice(ADA));
    assert_eq!(take(house, id, &dsn("failed", "5.1.1")).await, Ok(Tally::Said(BounceWord::Failed)));
    let waiting = house.delivery(message).await;
    assert_eq!((waiting.state.as_str(), waiting.step, waiting.mailbox_id), ("accepted", 1, None));
    let row = message_row(house, message).await;
    assert_eq!(row.deliveries_open, 1);
    assert!(row.data_key_sealed.is_some(), "the server had a way into the mailbox");
    house.pump().await;
    has_gone_back(house, message).await;
    let [told] = reports(house).try_into().ok().expect("letters are not set up, and that is told once");
    assert!(String::from_utf8_lossy(&told.bytes).contains("Status: 5.3.2"));

    let link = house.notice(ADA).link("activate");
    house.activate(&link).await;
    house.advance(SignedDuration::from_secs(1));
    let message = house.accept(&special("Ihr Bescheid", "Text"), &[ADA]).await;
    house.pump().await;
    letters_follow(house).await;
    assert_eq!(comes_back(house, &dsn("failed", "5.1.1")).await, Tally::Said(BounceWord::Failed));
    has_gone_back(house, message).await;
    let told = words(&reports(house).pop().unwrap());
    assert!(told.contains("Es war noch ein anderer Weg vorgesehen"), "{told}");
}

async fn p3_a_notice_that_cannot_be_sent_at_all_has_the_same_effect(house: &House) {
    house.answers(|parcel| if parcel.kind == OutgoingKind::Notice { refused("5.1.1") } else { sent(parcel) });
    let message = house.accept(&special("Ihr Bescheid", "Text"), &[ADA]).await;
    house.pump().await;
    has_gone_back(house, message).await;
    assert_eq!((reports(house).len(), stopped(house).await), (1, Some(StopReason::Bounced)));
    house.execute("UPDATE mailboxes SET notices_stopped_at = NULL, notices_stopped_why = NULL").await;

    house.answers(|parcel| if parcel.kind == OutgoingKind::Notice { deferred() } else { sent(parcel) });
    let message = house.accept(&special("Ihr Bescheid", "Text"), &[ADA]).await;
    for _ in 0..60 {
        house.pump().await;
        house.advance(SignedDuration::from_hours(1));
    }
    has_gone_back(house, message).await;
    let told = reports(house).pop().unwrap();
    assert!(words(&told).contains("kam beim E-Mail-Anbieter des Empfängers nicht rechtzeitig an"));
    assert!(String::from_utf8_lossy(&told.bytes).contains("Status: 4.4.7"));
    assert_eq!((reports(house).len(), stopped(house).await), (2, None), "who could not be reached may be tomorrow");

    house.answers(|parcel| if parcel.kind == OutgoingKind::Notice { refused("5.7.10") } else { sent(parcel) });
    let message = house.accept(&special("Ihr Bescheid", "Text"), &[ADA]).await;
    house.pump().await;
    has_gone_back(house, message).await;
    let said = words(&reports(house).pop().unwrap());
    assert!(said.contains("bietet keine sichere Verbindung"), "{said}");
    assert_eq!((reports(house).len(), stopped(house).await), (3, None), "a server can be mended");
}

async fn p3_senders_who_do_not_ask_are_not_told(house: &House) {
    for (notify, from, told) in
        [("NEVER", CLAIMS, 0), ("SUCCESS", CLAIMS, 1), ("SUCCESS,FAILURE", CLAIMS, 3), ("FAILURE", "", 3)]
    {
        let address = TypedAddress::parse(ADA).unwrap();
        let wish = ReportWish::new(Notify::parse(notify), None);
        let mut envelope = envelope(vec![receive::judge(&house.app, address, wish).await.unwrap()]);
        if from.is_empty() {
            envelope.reverse_path = ReversePath::Null;
        }
        let message = house.accept_with(&special("Ihr Bescheid", "Text"), envelope).await.unwrap();
        house.pump().await;
        assert_eq!(comes_back(house, &dsn("failed", "5.1.1")).await, Tally::Said(BounceWord::Failed), "{notify}");
        has_gone_back(house, message).await;
        assert_eq!(reports(house).len(), told, "{notify} from {from:?}");
        house.execute("UPDATE mailboxes SET notices_stopped_at = NULL, notices_stopped_why = NULL").await;
    }
}

async fn p3_of_several_recipients_only_one_is_concerned(house: &House) {
    let bob = "bob@kunde.example";
    let message = house.accept(&special("An beide", "Text"), &[ADA, bob]).await;
    house.pump().await;
    assert_eq!(comes_back(house, &dsn("failed", "5.1.1")).await, Tally::Said(BounceWord::Failed));
    let mut states: Vec<_> =
        house.deliveries(message).await.into_iter().map(|row| (row.recipient, row.state)).collect();
    states.sort();
    assert_eq!(states, [(ADA.into(), "returned".to_owned()), (bob.into(), "deposited".into())]);
    let row = message_row(house, message).await;
    assert_eq!((row.deliveries_open, row.data_key_sealed), (0, None));
    let link = house.notice(bob).link("activate");
    let owner = house.activate(&link).await;
    let id = house.newest(&owner, Folder::Inbox).await;
    assert!(read::open(&house.app, &owner, id).await.unwrap().view.is_some(), "Bob reads his");
}

async fn notices_stay_stopped_until_the_owner_signs_in(house: &House) {
    let owner = house.ada().await;
    house.accept(&special("Eins", "Text"), &[ADA]).await;
    house.pump().await;
    assert_eq!(comes_back(house, &dsn("failed", "5.1.1")).await, Tally::Said(BounceWord::Failed));
    let notices = house.left(OutgoingKind::Notice).len();

    // Confidential mail goes back at once; ordinary mail that cannot go direct does too.
    house.answers(|parcel| if parcel.kind == OutgoingKind::Direct { refused("5.7.10") } else { sent(parcel) });
    for (number, raw) in [special("Zwei", "Text"), mail("Drei", "Text", "")].into_iter().enumerate() {
        let message = house.accept(&raw, &[ADA]).await;
        house.pump().await;
        has_gone_back(house, message).await;
        let told = reports(house);
        assert_eq!(told.len(), number + 2);
        let text = words(told.last().unwrap());
        assert!(text.contains("hat schon eine frühere Benachrichtigung nicht angenommen"), "{text}");
        assert!(String::from_utf8_lossy(&told.last().unwrap().bytes).contains("Subject: "), "with its header");
    }
    assert_eq!(house.left(OutgoingKind::Notice).len(), notices, "nothing was sent to the dead address");
    assert_eq!(inbox(house).await.total, 1);

    sign_in_again(house).await;
    assert_eq!(stopped(house).await, None);
    let message = house.accept(&special("Vier", "Text"), &[ADA]).await;
    house.pump().await;
    assert_eq!(house.delivery(message).await.state, "deposited");
    assert_eq!(house.left(OutgoingKind::Notice).len(), notices + 1);
    drop(owner);
}
