//! The door for what comes back: one address for each mail that left, open to everybody.

use app::bounce::{BOUNCE_BYTES_MAX, BOUNCE_TIME_MAX};
use app::outgoing::{self, Outcome, Parcel, Protection};
use jiff::SignedDuration;
use model::id::DeliveryId;
use store::{OutgoingState, StopReason};
use tokio::io::{AsyncRead, AsyncWrite};

use super::permission::start_far;
use super::{settings, settings_with, start};
use crate::testing::{Authority, House, Raw};

/// Sends the notice of a confidential message; gives the notice.
async fn notice(house: &House) -> Parcel {
    house
        .queue(b"From: <claims@insurer.example>\r\nSubject: Result\r\nX-Siegelpost-Class: special\r\n\r\nText\r\n")
        .await;
    let parcel = house.lease().await;
    let sent = Outcome::Sent { reply: "250 Ok".into(), protection: Protection::Loopback, reports: true };
    outgoing::record(&house.app, &parcel, &sent.into()).await.unwrap();
    while app::job::work(&house.app).await.unwrap() > 0 {}
    parcel
}

fn bounce_address(parcel: &Parcel) -> String {
    parcel.reverse_path.address().unwrap().as_str().to_owned()
}

fn report(media_type: &str, content: &str) -> String {
    format!(
        "Subject: returned\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n\
         --b\r\nContent-Type: {media_type}\r\n\r\n{content}\r\n--b--\r\n"
    )
}

fn failed() -> String {
    let status = "Reporting-MTA: dns; mx.customer.example\r\n\r\nFinal-Recipient: rfc822; ada@customer.example\r\n\
                  Action: failed\r\nStatus: 5.1.1\r\n";
    report("message/delivery-status", status)
}

/// Hands a report in; gives the replies from `MAIL` on, up to the first that is not positive.
async fn hand_in<S>(raw: &mut Raw<S>, from: &str, to: &str, content: &str) -> Vec<String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut replies = Vec::new();
    for line in [format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{to}>"), "DATA".into(), format!("{content}.")] {
        let reply = raw.say(&line).await;
        let goes_on = reply.starts_with(['2', '3']);
        replies.push(reply);
        if !goes_on {
            raw.say("RSET").await;
            break;
        }
    }
    replies
}

async fn state(house: &House, parcel: &Parcel) -> OutgoingState {
    house.app.store.read().await.unwrap().outgoing().find(parcel.id).await.unwrap().unwrap().state
}

/// The delivery that a notice tells of, and its state.
async fn delivery(house: &House, parcel: &Parcel) -> (DeliveryId, String) {
    let mut reader = house.app.store.read().await.unwrap();
    let id = reader.outgoing().find(parcel.id).await.unwrap().unwrap().delivery_id.unwrap();
    (id, reader.deliveries().find(id).await.unwrap().unwrap().state)
}

#[tokio::test]
async fn anybody_may_report_whatever_the_reverse_path() {
    let (house, authority) = (House::new().await, Authority::new());
    let (address, _task) = start_far(&house, settings_with(&authority)).await;
    let first = notice(&house).await;
    let mut raw = Raw::hello(address).await;
    assert!(raw.say("MAIL FROM:<>").await.starts_with("530 5.7.0 Must issue a STARTTLS"), "over TLS, like all mail");
    assert!(raw.say("STARTTLS").await.starts_with("220"));
    let mut raw = raw.secure(&authority.connector(None)).await;
    raw.say("EHLO mx.customer.example").await;
    let complaint = report("message/feedback-report", "Feedback-Type: abuse\r\nVersion: 1\r\n");
    let replies = hand_in(&mut raw, "fbl@provider.example", &bounce_address(&first), &complaint).await;
    assert!(replies.last().unwrap().starts_with("250 2.0.0 Report taken note of"), "{replies:?}");
    let mut reader = house.app.store.read().await.unwrap();
    let mailbox = reader.mailboxes().find_by_address("ada@customer.example").await.unwrap().unwrap();
    assert_eq!(mailbox.notices_stopped.unwrap().why, StopReason::Complaint);
    drop(reader);
    assert_eq!(state(&house, &first).await, OutgoingState::Sent);

    for _ in 0..2 {
        let replies = hand_in(&mut raw, "", &bounce_address(&first).to_ascii_uppercase(), &failed()).await;
        assert!(replies.last().unwrap().starts_with("250 2.0.0"), "{replies:?}");
        assert_eq!(state(&house, &first).await, OutgoingState::Returned);
        assert_eq!(delivery(&house, &first).await.1, "returned");
    }
    let replies = hand_in(&mut raw, "claims@insurer.example", "ada@customer.example", "Subject: x\r\n\r\nx\r\n").await;
    assert_eq!((replies.len(), &replies[1][..9]), (2, "530 5.7.0"), "nothing else is taken from strangers");
}

#[tokio::test]
async fn p7_forged_and_expired_addresses_answer_like_any_unknown_recipient() {
    let house = House::new().await;
    let intake = start(&house, settings()).await;
    let notice = notice(&house).await;
    let genuine = bounce_address(&notice);
    let (tag, domain) = genuine.split_once('@').unwrap();
    let forged = format!("{}{}@{domain}", &tag[..tag.len() - 1], if tag.ends_with('a') { "b" } else { "a" });
    house.advance(BOUNCE_TIME_MAX + SignedDuration::from_secs(1));
    let mut raw = Raw::hello(intake.address).await;
    raw.say("MAIL FROM:<>").await;
    let unknown = raw.say(&format!("RCPT TO:<nobody@{domain}>")).await;
    assert!(unknown.starts_with("550 5.1.2"), "{unknown}");
    for address in [&forged, &genuine, &format!("b+@{domain}")] {
        assert_eq!(raw.say(&format!("RCPT TO:<{address}>")).await, unknown, "{address}");
    }
    assert_eq!(state(&house, &notice).await, OutgoingState::Sent);
}

#[tokio::test]
async fn a_report_fits_up_to_the_last_byte() {
    let house = House::new().await;
    let intake = start(&house, settings()).await;
    let notice = notice(&house).await;
    let to = bounce_address(&notice);
    let mut raw = Raw::hello(intake.address).await;
    let delivered = report("message/delivery-status", "Action: delivered\r\nStatus: 2.0.0\r\n");
    for (bytes, expected) in
        [(BOUNCE_BYTES_MAX, "250 2.0.0"), (BOUNCE_BYTES_MAX + 1, "552 5.3.4 The report is too large")]
    {
        let lines = (bytes - delivered.len()) / 100;
        let rest = bytes - delivered.len() - lines * 100;
        let content =
            format!("{delivered}{}{}\r\n", format!("{}\r\n", "x".repeat(98)).repeat(lines), "x".repeat(rest - 2));
        assert_eq!(content.len(), bytes);
        let replies = hand_in(&mut raw, "", &to, &content).await;
        assert!(replies.last().unwrap().starts_with(expected), "{bytes}: {}", replies.last().unwrap());
    }
    raw.say(&format!("MAIL FROM:<> SIZE={}", BOUNCE_BYTES_MAX + 1)).await;
    assert!(raw.say(&format!("RCPT TO:<{to}>")).await.starts_with("552 5.3.4"));
    assert!(raw.say("RCPT TO:<ada@customer.example>").await.starts_with("250"), "a message may be as large");
}

#[tokio::test]
async fn a_report_comes_alone_and_goes_nowhere() {
    let house = House::new().await;
    let intake = start(&house, settings()).await;
    let (first, second) = (notice(&house).await, notice(&house).await);
    let (first_to, second_to) = (bounce_address(&first), bounce_address(&second));
    let mut raw = Raw::hello(intake.address).await;
    for (named, refused) in [
        (&first_to, "ada@customer.example"),
        (&first_to, second_to.as_str()),
        (&first_to, "Postmaster"),
        (&"ada@customer.example".to_owned(), first_to.as_str()),
    ] {
        raw.say("MAIL FROM:<>").await;
        assert!(raw.say(&format!("RCPT TO:<{named}>")).await.starts_with("250 2.1.5"));
        assert!(raw.say(&format!("RCPT TO:<{named}>")).await.starts_with("250 2.1.5"), "twice the same");
        assert!(raw.say(&format!("RCPT TO:<{refused}>")).await.starts_with("452 4.5.3"), "{named} and {refused}");
        raw.say("RSET").await;
    }
    let replies = hand_in(&mut raw, "", &first_to, "Subject: Out of office\r\n\r\nUntil Monday.\r\n").await;
    assert!(replies.last().unwrap().starts_with("250 2.0.0"), "{replies:?}");
    assert!(!house.jobs_are_due().await, "it is neither stored nor answered");
    assert_eq!(delivery(&house, &first).await.1, "deposited");
    // In chunks, too.
    let content = failed();
    raw.say("MAIL FROM:<>").await;
    raw.say(&format!("RCPT TO:<{first_to}>")).await;
    raw.write(format!("BDAT {} LAST\r\n{content}", content.len()).as_bytes()).await;
    assert!(raw.reply().await.starts_with("250 2.0.0"));
    assert_eq!(delivery(&house, &first).await.1, "returned");
}

#[tokio::test]
async fn a_report_that_comes_before_its_mail_has_left_is_asked_to_come_again() {
    let house = House::new().await;
    let intake = start(&house, settings()).await;
    house.queue(b"Subject: Result\r\nX-Siegelpost-Class: special\r\n\r\nText\r\n").await;
    let parcel = house.lease().await;
    let mut raw = Raw::hello(intake.address).await;
    let replies = hand_in(&mut raw, "", &bounce_address(&parcel), &failed()).await;
    assert!(replies.last().unwrap().starts_with("451 4.4.5"), "{replies:?}");
    let sent = Outcome::Sent { reply: "250 Ok".into(), protection: Protection::Loopback, reports: true };
    outgoing::record(&house.app, &parcel, &sent.into()).await.unwrap();
    let replies = hand_in(&mut raw, "", &bounce_address(&parcel), &failed()).await;
    assert!(replies.last().unwrap().starts_with("250 2.0.0"), "{replies:?}");
    assert_eq!(delivery(&house, &parcel).await.1, "returned");
}

/// A report about TLS to the servers of `insurer.example`.
fn tls_report() -> String {
    report(
        "application/tlsrpt+json",
        "{\"organization-name\":\"Provider\",\r\n\
         \"date-range\":{\"start-datetime\":\"DAYT00:00:00Z\",\"end-datetime\":\"DAYT23:59:59Z\"},\r\n\
         \"report-id\":\"1\",\"policies\":[{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"insurer.example\"},\r\n\
         \"summary\":{\"total-successful-session-count\":7,\"total-failure-session-count\":0}}]}",
    )
}

#[tokio::test]
async fn anybody_may_report_how_tls_went_at_one_address() {
    let (house, authority) = (House::new().await, Authority::new());
    let (address, _task) = start_far(&house, settings_with(&authority)).await;
    let notice = notice(&house).await;
    let mut raw = Raw::hello(address).await;
    assert!(raw.say("STARTTLS").await.starts_with("220"));
    let mut raw = raw.secure(&authority.connector(None)).await;
    raw.say("EHLO mx.provider.example").await;
    let to = format!("TLSRPT@{}", house.app.settings.notices.sender.domain_text());
    let day = house.app.now().to_string()[..10].to_owned();
    let content = tls_report().replace("DAY", &day).replace("insurer.example", house.app.settings.domains[0].as_str());
    for content in [content.as_str(), "Subject: hello\r\n\r\nWho reads this?\r\n"] {
        let replies = hand_in(&mut raw, "tls@provider.example", &to, content).await;
        assert!(replies.last().unwrap().starts_with("250 2.0.0 Report taken note of"), "{replies:?}");
    }
    let received = app::tls_report::picture(&house.app, 1).await.unwrap().received;
    assert_eq!(received.iter().map(|total| total.number).collect::<Vec<_>>(), [7], "and nothing else is kept");
    raw.say("MAIL FROM:<>").await;
    assert!(raw.say(&format!("RCPT TO:<{to}>")).await.starts_with("250"));
    let reply = raw.say(&format!("RCPT TO:<{}>", bounce_address(&notice))).await;
    assert!(reply.starts_with("452 4.5.3"), "one at a time: {reply}");
    raw.say("RSET").await;
    raw.say(&format!("MAIL FROM:<> SIZE={}", app::tls_report::REPORT_MAIL_BYTES_MAX + 1)).await;
    assert!(raw.say(&format!("RCPT TO:<{to}>")).await.starts_with("552 5.3.4"));
}
