//! Limits, each at its edge, and the end of the intake.

use std::time::Duration;

use wire::smtp::server::ServerTimeouts;

use super::{settings, start};
use crate::intake::{BindError, Intake, IntakeSettings, MEMORY_BYTES_MIN};
use crate::testing::{House, Raw};

const SMALL_BYTES_MAX: u64 = 64 * 1024;

/// Content of exactly so many bytes.
fn content(bytes: u64) -> Vec<u8> {
    let head = b"Subject: Hello\r\n\r\n";
    let mut content = head.to_vec();
    content.resize(usize::try_from(bytes).unwrap() - 2, b'a');
    content.extend_from_slice(b"\r\n");
    content
}

#[tokio::test]
async fn a_message_fits_up_to_the_last_byte() {
    let house = House::new().await;
    let intake = start(&house, IntakeSettings { message_bytes_max: SMALL_BYTES_MAX, ..settings() }).await;
    let mut raw = Raw::hello(intake.address).await;
    for (bytes, expected) in [(SMALL_BYTES_MAX, "250 2.6.0"), (SMALL_BYTES_MAX + 1, "552 5.3.4")] {
        raw.envelope().await;
        assert!(raw.say("DATA").await.starts_with("354"));
        raw.write(&content(bytes)).await;
        let reply = raw.say(".").await;
        assert!(reply.starts_with(expected), "{bytes}: {reply}");
    }
    let declared = format!("MAIL FROM:<claims@insurer.example> SIZE={}", SMALL_BYTES_MAX + 1);
    assert!(raw.say(&declared).await.starts_with("552 5.3.4"));
}

#[tokio::test]
async fn when_the_memory_is_used_up_the_answer_is_452_until_it_is_given_back() {
    let house = House::new().await;
    let intake = start(&house, IntakeSettings { memory_bytes_max: MEMORY_BYTES_MIN, ..settings() }).await;
    let (mut first, mut second) = (Raw::hello(intake.address).await, Raw::hello(intake.address).await);
    for raw in [&mut first, &mut second] {
        assert!(raw.say("MAIL FROM:<claims@insurer.example> SIZE=10000000").await.starts_with("250"));
        assert!(raw.say("RCPT TO:<ada@customer.example>").await.starts_with("250"));
    }
    assert!(first.say("DATA").await.starts_with("354"));
    assert!(second.say("DATA").await.starts_with("452 4.3.1"));
    // A small one still fits beside; one that grows beyond what it declared does not.
    assert!(second.mail().await.starts_with("250"));
    second.envelope().await;
    assert!(second.say("DATA").await.starts_with("354"));
    second.write(&content(5_000_000)).await;
    assert!(second.say(".").await.starts_with("452 4.3.1"));
    assert!(first.say("Subject: Hello\r\n\r\nHello\r\n.").await.starts_with("250"));
    assert!(second.say("MAIL FROM:<claims@insurer.example> SIZE=10000000").await.starts_with("250"));
    assert!(second.say("RCPT TO:<ada@customer.example>").await.starts_with("250"));
    assert!(second.say("DATA").await.starts_with("354"));
}

#[tokio::test]
async fn one_connection_too_many_is_turned_away() {
    let house = House::new().await;
    let intake = start(&house, IntakeSettings { sessions_max: 2, ..settings() }).await;
    let (mut first, _second) = (Raw::hello(intake.address).await, Raw::hello(intake.address).await);
    let (mut third, greeting) = Raw::connect(intake.address).await;
    assert!(greeting.starts_with("421 4.3.2"), "{greeting}");
    assert_eq!(third.reply().await, "");
    assert!(first.say("QUIT").await.starts_with("221"));
    assert_eq!(first.reply().await, "");
    // The place is free once the server has noticed the end.
    loop {
        if Raw::connect(intake.address).await.1.starts_with("220") {
            return;
        }
    }
}

#[tokio::test]
async fn one_source_cannot_take_every_place() {
    let house = House::new().await;
    let intake = start(&house, IntakeSettings { sessions_per_source_max: 2, ..settings() }).await;
    let (mut first, mut second) = (Raw::hello(intake.address).await, Raw::hello(intake.address).await);
    let (mut third, greeting) = Raw::connect(intake.address).await;
    assert!(greeting.starts_with("421 4.7.0 Too many connections from your address"), "{greeting}");
    assert_eq!(third.reply().await, "");
    let (_, greeting) = Raw::connect_from("127.0.0.2", intake.address).await;
    assert!(greeting.starts_with("220 "), "another source has places of its own: {greeting}");
    assert!(second.mail().await.starts_with("250"), "who is in goes on");
    assert!(first.say("QUIT").await.starts_with("221"));
    // The place is free once the server has noticed the end.
    while !Raw::connect(intake.address).await.1.starts_with("220") {}
}

#[tokio::test]
async fn more_recipients_than_allowed_wait_for_another_transaction() {
    let house = House::new().await;
    let intake = start(&house, IntakeSettings { recipients_max: 100, ..settings() }).await;
    let mut raw = Raw::hello(intake.address).await;
    assert!(raw.say("MAIL FROM:<claims@insurer.example>").await.starts_with("250"));
    for number in 0..100 {
        assert!(raw.say(&format!("RCPT TO:<c{number}@customer.example>")).await.starts_with("250"));
    }
    assert!(raw.say("RCPT TO:<one.more@customer.example>").await.starts_with("452 4.5.3"));
}

fn impatient() -> ServerTimeouts {
    let second = Duration::from_secs(1);
    ServerTimeouts { command: second, content: second, handshake: second }
}

#[tokio::test]
async fn silence_ends_the_session_before_and_within_content() {
    let house = House::new().await;
    let intake = start(&house, IntakeSettings { timeouts: impatient(), ..settings() }).await;
    let mut raw = Raw::hello(intake.address).await;
    assert!(raw.reply().await.starts_with("421 4.4.2"));
    assert_eq!(raw.reply().await, "");
    let mut raw = Raw::hello(intake.address).await;
    raw.envelope().await;
    assert!(raw.say("DATA").await.starts_with("354"));
    raw.write(b"Subject: Hello\r\n").await;
    assert!(raw.reply().await.starts_with("421 4.4.2"));
    assert!(!house.jobs_are_due().await);
}

#[tokio::test]
async fn a_command_in_single_bytes_buys_no_time() {
    let house = House::new().await;
    let intake = start(&house, IntakeSettings { timeouts: impatient(), ..settings() }).await;
    let mut raw = Raw::hello(intake.address).await;
    let drip = async {
        loop {
            raw.write(b"N").await;
            tokio::time::sleep(Duration::from_millis(200)).await;
            if let Ok(reply) = tokio::time::timeout(Duration::from_millis(1), raw.reply()).await {
                return reply;
            }
        }
    };
    assert!(drip.await.starts_with("421 4.4.2"));
}

#[tokio::test]
async fn a_session_ends_after_its_time_however_busy_it_is() {
    let house = House::new().await;
    let intake = start(&house, IntakeSettings { session_max: Duration::from_secs(1), ..settings() }).await;
    let mut raw = Raw::hello(intake.address).await;
    let last = loop {
        let reply = raw.mail_or_end().await;
        if !reply.starts_with("250") {
            break reply;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(last.starts_with("421 4.4.2"), "{last}");
}

#[tokio::test]
async fn a_shutdown_lets_a_transaction_finish_and_ends_idle_sessions() {
    let house = House::new().await;
    let mut intake = start(&house, settings()).await;
    let (mut idle, mut busy) = (Raw::hello(intake.address).await, Raw::hello(intake.address).await);
    busy.envelope().await;
    intake.stop.cancel();
    assert!(idle.reply().await.starts_with("421 4.3.2"));
    assert!(busy.say("DATA").await.starts_with("354"));
    assert!(busy.say("Subject: Hello\r\n\r\nHello\r\n.").await.starts_with("250"));
    assert!(busy.reply().await.starts_with("421 4.3.2"));
    (&mut intake.task).await.unwrap();
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_ever() {
    let house = House::new().await;
    let mut intake = start(&house, IntakeSettings { drain_max: Duration::from_millis(100), ..settings() }).await;
    let mut busy = Raw::hello(intake.address).await;
    busy.envelope().await;
    intake.stop.cancel();
    (&mut intake.task).await.unwrap();
    assert_eq!(busy.reply().await, "");
}

#[tokio::test]
async fn p1_without_a_certificate_only_loopback_can_be_listened_on() {
    let house = House::new().await;
    let open = IntakeSettings { listen: "0.0.0.0:0".parse().unwrap(), ..settings() };
    let refused = Intake::bind(open, house.app.clone()).await.err().unwrap();
    assert!(matches!(refused, BindError::CertificateNeeded(_)));
    assert!(refused.to_string().contains("certificate"), "{refused}");
    let tls = IntakeSettings { listen_tls: Some("127.0.0.1:0".parse().unwrap()), ..settings() };
    assert!(matches!(Intake::bind(tls, house.app.clone()).await, Err(BindError::CertificateMissing)));
    for wrong in [
        IntakeSettings { sessions_max: 0, ..settings() },
        IntakeSettings { sessions_per_source_max: 0, ..settings() },
        IntakeSettings { memory_bytes_max: MEMORY_BYTES_MIN - 1, ..settings() },
        IntakeSettings { recipients_max: 99, ..settings() },
    ] {
        assert!(matches!(Intake::bind(wrong, house.app.clone()).await, Err(BindError::Setting(_))));
    }
}
