//! Whole dialogues: what is taken, what is refused, and with which words.

use app::outgoing::{self, Destination};
use model::Id;
use store::testing::PostgresServer;
use wire::address::ReversePath;

use super::{Running, settings, settings_with, start};
use crate::testing::{Authority, House, Raw};

async fn house_and_intake() -> (House, Running) {
    let house = House::new().await;
    let intake = start(&house, settings()).await;
    (house, intake)
}

#[tokio::test]
async fn p2_what_was_said_250_to_is_in_the_store() {
    let (house, intake) = house_and_intake().await;
    let mut raw = Raw::hello(intake.address).await;
    let reply = raw.mail().await;
    assert!(reply.starts_with("250 2.6.0 Message accepted, queued as "), "{reply}");
    let id = reply.trim().rsplit(' ').next().unwrap().parse::<Id<_>>().unwrap();
    let found = house.app.store.read().await.unwrap().messages().find(id).await.unwrap().unwrap();
    assert_eq!(found.size_bytes, "Subject: Hello\r\n\r\nHello\r\n".len() as u64);
    assert_eq!(found.deliveries_open, 1);
    assert!(raw.say("QUIT").await.starts_with("221"));
}

#[tokio::test]
async fn a_pipelined_dialogue_is_answered_in_order() {
    let (_house, intake) = house_and_intake().await;
    let mut raw = Raw::hello(intake.address).await;
    raw.write(
        b"MAIL FROM:<claims@insurer.example>\r\nRCPT TO:<ada@customer.example>\r\nRCPT TO:<ceo@insurer.example>\r\nDATA\r\n",
    )
    .await;
    for expected in ["250 2.1.0", "250 2.1.5", "550 5.1.2", "354"] {
        let reply = raw.reply().await;
        assert!(reply.starts_with(expected), "{reply}");
    }
    raw.write(b"Subject: Hello\r\n\r\n..\r\n.\r\nMAIL FROM:<>\r\nRSET\r\nQUIT\r\n").await;
    for expected in ["250 2.6.0", "250 2.1.0", "250 2.0.0", "221"] {
        let reply = raw.reply().await;
        assert!(reply.starts_with(expected), "{reply}");
    }
}

#[tokio::test]
async fn content_comes_in_chunks_too() {
    let (house, intake) = house_and_intake().await;
    let mut raw = Raw::hello(intake.address).await;
    raw.envelope().await;
    raw.write(b"BDAT 18\r\nSubject: Hello\r\n\r\n").await;
    assert!(raw.reply().await.starts_with("250 2.0.0"));
    raw.write(b"BDAT 7 LAST\r\nHello\r\n").await;
    assert!(raw.reply().await.starts_with("250 2.6.0"));
    assert!(house.jobs_are_due().await);
}

#[tokio::test]
async fn every_recipient_gets_an_answer_of_its_own_that_helps() {
    let (_house, intake) = house_and_intake().await;
    let mut raw = Raw::hello(intake.address).await;
    assert!(raw.say("MAIL FROM:<claims@insurer.example>").await.starts_with("250"));
    for (recipient, expected) in [
        ("ada@customer.example", "250 2.1.5"),
        ("ADA@Customer.Example", "250 2.1.5"),
        ("ceo@insurer.example", "550 5.1.2 This intake takes mail to customers"),
        ("ada@[192.0.2.1]", "553 5.1.3"),
        ("no-address", "5"),
    ] {
        let reply = raw.say(&format!("RCPT TO:<{recipient}>")).await;
        assert!(reply.starts_with(expected), "{recipient}: {reply}");
    }
}

/// RFC 5321 section 4.5.1
#[tokio::test]
async fn the_postmaster_is_known_without_a_domain_and_reached_by_the_organisations_own_server() {
    let (house, intake) = house_and_intake().await;
    for postmaster in ["Postmaster", "postmaster", "POSTMASTER"] {
        let mut raw = Raw::hello(intake.address).await;
        assert!(raw.say("MAIL FROM:<>").await.starts_with("250"));
        assert!(raw.say(&format!("RCPT TO:<{postmaster}>")).await.starts_with("250 2.1.5"));
        assert!(raw.say("DATA").await.starts_with("354"));
        assert!(raw.say("Subject: Loop\r\n\r\nYour server answers itself.\r\n.").await.starts_with("250 2.6.0"));
        while app::job::work(&house.app).await.unwrap() > 0 {}
        let parcel = outgoing::lease(&house.app, Destination::Organisation, 1).await.unwrap().pop().unwrap();
        assert_eq!(parcel.recipient.as_typed(), "postmaster@insurer.example");
        assert_eq!(parcel.reverse_path, ReversePath::Null);
    }
}

#[tokio::test]
async fn whoever_is_named_twice_gets_the_mail_once() {
    let (house, intake) = house_and_intake().await;
    let mut raw = Raw::hello(intake.address).await;
    raw.envelope().await;
    assert!(raw.say("RCPT TO:<Ada@Customer.example>").await.starts_with("250 2.1.5"));
    assert!(raw.say("DATA").await.starts_with("354"));
    let reply = raw.say("Subject: Hello\r\n\r\nHello\r\n.").await;
    let id = reply.trim().rsplit(' ').next().unwrap().parse::<Id<_>>().unwrap();
    let found = house.app.store.read().await.unwrap().messages().find(id).await.unwrap().unwrap();
    assert_eq!(found.deliveries_open, 1);
}

#[tokio::test]
async fn a_mail_that_runs_in_a_loop_is_refused() {
    let (house, intake) = house_and_intake().await;
    let mut raw = Raw::hello(intake.address).await;
    raw.envelope().await;
    assert!(raw.say("DATA").await.starts_with("354"));
    let hops = "Received: from here by there\r\n".repeat(app::receive::HOPS_MAX + 1);
    assert!(raw.say(&format!("{hops}\r\nHello\r\n.")).await.starts_with("554 5.4.6"));
    assert!(!house.jobs_are_due().await);
    assert!(raw.mail().await.starts_with("250"), "the session goes on");
}

/// Each is content that some server takes for the end of a mail, with a second mail behind.
const SMUGGLED: [&[u8]; 8] = [
    b"\n.\nMAIL FROM:<evil@insurer.example>\r\n",
    b"\n.\r\nMAIL FROM:<evil@insurer.example>\r\n",
    b"\r\n.\nMAIL FROM:<evil@insurer.example>\r\n",
    b"\r.\rMAIL FROM:<evil@insurer.example>\r\n",
    b"\r.\r\nMAIL FROM:<evil@insurer.example>\r\n",
    b"\r\n.\rMAIL FROM:<evil@insurer.example>\r\n",
    b"\r\n\0.\r\nMAIL FROM:<evil@insurer.example>\r\n",
    b"\r\r\n.\r\r\nMAIL FROM:<evil@insurer.example>\r\n",
];

#[tokio::test]
async fn smuggled_mail_ends_the_session_and_nothing_is_taken() {
    let (house, intake) = house_and_intake().await;
    for smuggled in SMUGGLED {
        let shown = String::from_utf8_lossy(smuggled).into_owned();
        let mut raw = Raw::hello(intake.address).await;
        raw.envelope().await;
        assert!(raw.say("DATA").await.starts_with("354"));
        raw.write(&[b"Subject: Hello\r\n\r\nHello", smuggled, b"RCPT TO:<ada@customer.example>\r\n\r\n.\r\n"].concat())
            .await;
        let reply = raw.reply().await;
        assert!(reply.starts_with("554 5.6.0"), "{shown:?}: {reply}");
        assert_eq!(raw.reply().await, "", "{shown:?}: the connection is closed");
    }
    assert!(!house.jobs_are_due().await);
}

#[tokio::test]
async fn commands_behind_starttls_end_the_session() {
    let (house, authority) = (House::new().await, Authority::new());
    let intake = start(&house, settings_with(&authority)).await;
    let mut raw = Raw::hello(intake.address).await;
    raw.write(b"STARTTLS\r\nMAIL FROM:<evil@insurer.example>\r\n").await;
    assert!(raw.reply().await.starts_with("554 5.5.1"));
    assert_eq!(raw.reply().await, "");
}

#[tokio::test]
async fn p2_a_blob_store_that_goes_away_makes_451_and_recovers() {
    let (house, intake) = house_and_intake().await;
    let blobs = house.dir.path().join("blobs");
    std::fs::remove_dir_all(&blobs).unwrap();
    std::fs::write(&blobs, b"no folder").unwrap();
    let large = format!("Subject: Hello\r\n\r\n{}.", "A line of some length.\r\n".repeat(100_000));
    let mut raw = Raw::hello(intake.address).await;
    raw.envelope().await;
    assert!(raw.say("DATA").await.starts_with("354"));
    let reply = raw.say(&large).await;
    assert!(reply.starts_with("451 4.3.0 Internal trouble"), "{reply}");
    assert!(!house.jobs_are_due().await);
    std::fs::remove_file(&blobs).unwrap();
    std::fs::create_dir(&blobs).unwrap();
    raw.envelope().await;
    assert!(raw.say("DATA").await.starts_with("354"));
    assert!(raw.say(&large).await.starts_with("250"), "the same session goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p2_a_database_that_goes_away_makes_451_and_recovers() {
    let mut server = PostgresServer::start().unwrap();
    let database = server.create_store_database().await.unwrap();
    let house = House::on(tempfile::tempdir().unwrap(), database).await;
    let intake = start(&house, settings()).await;
    let mut raw = Raw::hello(intake.address).await;
    assert!(raw.mail().await.starts_with("250"));
    server.stop().unwrap();
    let reply = raw.mail().await;
    assert!(reply.starts_with("451 4.3.0 Internal trouble"), "{reply}");
    server.resume().unwrap();
    assert!(raw.mail().await.starts_with("250"), "the same session goes on");
}
