//! Mail that is scanned on its way in, by a clamd that does what each test says, and by a real one.

mod real;
mod scripted;

use std::sync::Arc;
use std::time::Duration;

use app::scan::{Otherwise, Scanning};
use store::DatabaseSettings;
use store::testing::PostgresServer;

use super::{Clamd, ClamdSettings, Socket};
use crate::intake::tests::{Running, settings, start};
use crate::testing::{House, Raw};
use scripted::{CLEAN, MALWARE, Script, Scripted};

const BYTES_MAX: u64 = 1024 * 1024;
/// Larger than what lies in the database, so that it goes to the blob store.
const LARGE_BYTES: usize = 600 * 1024;

fn client(socket: &Socket) -> Clamd {
    Clamd::new(ClamdSettings { socket: socket.clone(), scan_time_max: Duration::from_secs(20), scans_max: 4 })
}

fn scanning(clamd: Clamd) -> Scanning {
    let (larger, unavailable) = (Otherwise::Refuse, Otherwise::Refuse);
    Scanning { scanner: Arc::new(clamd), bytes_max: BYTES_MAX, larger, unavailable }
}

/// A house that has everything scanned, and its intake.
async fn begin(scanning: Scanning) -> (House, Running) {
    let house = House::new().await.with_scanning(scanning);
    let intake = start(&house, settings()).await;
    (house, intake)
}

async fn begin_with(clamd: &Scripted) -> (House, Running) {
    begin(scanning(client(&clamd.socket))).await
}

/// With little patience, for those who never answer.
async fn begin_impatient(clamd: &Scripted) -> (House, Running) {
    let settings = ClamdSettings { scan_time_max: Duration::from_millis(300), ..client(&clamd.socket).settings };
    begin(scanning(Clamd::new(settings))).await
}

fn mail(bytes: usize) -> Vec<u8> {
    let mut mail = b"Subject: Hello\r\n\r\n".to_vec();
    let line = b"Lorem ipsum dolor sit amet, consetetur sadipscing elitr, sed diam nonumy.\r\n";
    while mail.len() + line.len() < bytes {
        mail.extend_from_slice(line);
    }
    mail
}

async fn by_data(raw: &mut Raw, mail: &[u8]) -> String {
    raw.envelope().await;
    assert!(raw.say("DATA").await.starts_with("354"));
    raw.write(mail).await;
    raw.say(".").await
}

async fn by_bdat(raw: &mut Raw, mail: &[u8]) -> String {
    raw.envelope().await;
    let (first, last) = mail.split_at(mail.len() / 2);
    raw.write(&[format!("BDAT {}\r\n", first.len()).as_bytes(), first].concat()).await;
    assert!(raw.reply().await.starts_with("250 2.0.0"));
    raw.write(&[format!("BDAT {} LAST\r\n", last.len()).as_bytes(), last].concat()).await;
    raw.reply().await
}

/// Nothing was taken: no job, no large content in the store.
async fn nothing_is_left(house: &House) -> bool {
    let large = walk(&house.dir.path().join("blobs"));
    !house.jobs_are_due().await && large == 0
}

/// How many files there are below a folder.
fn walk(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let count = |entry: std::fs::DirEntry| if entry.path().is_dir() { walk(&entry.path()) } else { 1 };
    entries.map(|entry| count(entry.unwrap())).sum()
}

#[tokio::test]
async fn what_is_clean_is_taken_after_the_scanner_got_every_byte_of_it() {
    for clamd in [Scripted::on_unix(&[CLEAN]), Scripted::on_tcp(&[CLEAN]).await] {
        let (house, intake) = begin_with(&clamd).await;
        let mut raw = Raw::hello(intake.address).await;
        let (small, large) = (mail(1000), mail(LARGE_BYTES));
        assert!(by_data(&mut raw, &small).await.starts_with("250 2.6.0"));
        assert!(by_bdat(&mut raw, &large).await.starts_with("250 2.6.0"));
        assert_eq!(clamd.contents(), [small, large]);
        assert!(house.jobs_are_due().await);
    }
}

#[tokio::test]
async fn p2_p3_malware_is_refused_at_the_door_and_nothing_of_it_stays() {
    for clamd in [Scripted::on_unix(&[MALWARE]), Scripted::on_tcp(&[MALWARE]).await] {
        let (house, intake) = begin_with(&clamd).await;
        let mut raw = Raw::hello(intake.address).await;
        for bytes in [1000, LARGE_BYTES] {
            for reply in [by_data(&mut raw, &mail(bytes)).await, by_bdat(&mut raw, &mail(bytes)).await] {
                assert!(reply.starts_with("554-5.7.1 Malware was found"), "{reply}");
                assert!(reply.contains("(Own.Test.Signature)") && reply.contains("Schadsoftware"), "{reply}");
            }
        }
        assert!(nothing_is_left(&house).await);
        assert!(raw.say("NOOP").await.starts_with("250"), "the session goes on");
    }
}

#[tokio::test]
async fn p2_malware_is_refused_on_postgresql_too_and_noted_without_content() {
    let server = PostgresServer::start().unwrap();
    let database: DatabaseSettings = server.create_store_database().await.unwrap();
    let clamd = Scripted::on_unix(&[MALWARE]);
    let house = House::on(tempfile::tempdir().unwrap(), database).await.with_scanning(scanning(client(&clamd.socket)));
    let intake = start(&house, settings()).await;
    let mut raw = Raw::hello(intake.address).await;
    assert!(by_data(&mut raw, &mail(LARGE_BYTES)).await.starts_with("554-5.7.1"));
    assert!(nothing_is_left(&house).await);
}

#[tokio::test]
async fn p2_without_an_answer_the_sender_keeps_the_mail() {
    let scripts = [
        Script::Hang(0),
        Script::Hang(1000),
        Script::Die(0),
        Script::Die(5),
        Script::Die(300_000),
        Script::Say(b""),
        Script::Say(b"stream: OK"),
        Script::Say(b"stream: Own.Test.Sig"),
        Script::Say(b"stream: O\0K\0"),
        Script::Say(b"\xff\xfe\0"),
        Script::Say(b"220 mail.example ESMTP\r\n"),
        Script::Say(b"stream: COMMAND READ TIMED OUT ERROR\0"),
        Script::Babble,
        // "Clean" before the last byte was there is said of something else.
        Script::SayEarly(1000, b"stream: OK\0"),
    ];
    for script in scripts {
        for clamd in [Scripted::on_unix(&[script]), Scripted::on_tcp(&[script]).await] {
            let (house, intake) = begin_impatient(&clamd).await;
            let mut raw = Raw::hello(intake.address).await;
            let reply = by_data(&mut raw, &mail(LARGE_BYTES)).await;
            assert!(reply.starts_with("451 4.7.0 "), "{script:?}: {reply}");
            assert!(nothing_is_left(&house).await, "{script:?}");
        }
    }
}

#[tokio::test]
async fn p2_where_nobody_listens_the_sender_keeps_the_mail() {
    let gone = Scripted::on_unix(&[CLEAN]).socket.clone();
    let (house, intake) = begin(scanning(client(&gone))).await;
    let mut raw = Raw::hello(intake.address).await;
    assert!(by_bdat(&mut raw, &mail(1000)).await.starts_with("451 4.7.0"));
    assert!(nothing_is_left(&house).await);
}

#[tokio::test]
async fn after_a_failure_the_next_mail_is_scanned_again() {
    let clamd = Scripted::on_unix(&[Script::Die(5), MALWARE, CLEAN]);
    let (_house, intake) = begin_with(&clamd).await;
    let mut raw = Raw::hello(intake.address).await;
    for expected in ["451 4.7.0", "554-5.7.1", "250 2.6.0"] {
        let reply = by_data(&mut raw, &mail(1000)).await;
        assert!(reply.starts_with(expected), "{reply}");
    }
}

#[tokio::test]
async fn what_is_found_early_counts() {
    let clamd = Scripted::on_unix(&[Script::SayEarly(1000, b"stream: Own.Test.Signature FOUND\0")]);
    let (_house, intake) = begin_with(&clamd).await;
    let mut raw = Raw::hello(intake.address).await;
    let reply = by_data(&mut raw, &mail(LARGE_BYTES)).await;
    assert!(reply.starts_with("554-5.7.1"), "{reply}");
}

#[tokio::test]
async fn what_clamd_does_not_take_is_refused_or_marked() {
    let limit = Script::SayEarly(1000, b"INSTREAM size limit exceeded. ERROR\0");
    for (larger, expected) in [(Otherwise::Refuse, "552 5.3.4"), (Otherwise::Accept, "250 2.6.0")] {
        let clamd = Scripted::on_unix(&[limit]);
        let (house, intake) = begin(Scanning { larger, ..scanning(client(&clamd.socket)) }).await;
        let mut raw = Raw::hello(intake.address).await;
        let reply = by_data(&mut raw, &mail(LARGE_BYTES)).await;
        assert!(reply.starts_with(expected), "{reply}");
        assert_eq!(nothing_is_left(&house).await, larger == Otherwise::Refuse);
    }
}

#[tokio::test]
async fn the_largest_content_that_is_scanned_has_an_edge() {
    for (more, expected, seen) in [(0, "250 2.6.0", 1), (1, "552 5.3.4", 0)] {
        let clamd = Scripted::on_unix(&[CLEAN]);
        let (_house, intake) = begin_with(&clamd).await;
        let mut raw = Raw::hello(intake.address).await;
        let mut content = mail(usize::try_from(BYTES_MAX).unwrap() - 100);
        content.resize(usize::try_from(BYTES_MAX).unwrap() + more - 2, b'a');
        content.extend_from_slice(b"\r\n");
        let reply = by_data(&mut raw, &content).await;
        assert!(reply.starts_with(expected), "{more}: {reply}");
        assert_eq!(clamd.contents().len(), seen, "what is too large is not even sent there");
    }
}

#[tokio::test]
async fn a_scan_waits_for_its_turn_and_no_longer_than_a_scan_may_take() {
    let clamd = Scripted::on_unix(&[Script::SayLate(Duration::from_millis(100), b"stream: OK\0")]);
    let settings = ClamdSettings { scans_max: 2, ..client(&clamd.socket).settings };
    let (_house, intake) = begin(scanning(Clamd::new(settings))).await;
    let clients = (0..6).map(|_| async {
        let mut raw = Raw::hello(intake.address).await;
        by_data(&mut raw, &mail(1000)).await
    });
    for reply in futures_util::future::join_all(clients).await {
        assert!(reply.starts_with("250 2.6.0"), "{reply}");
    }
    assert!(clamd.open_most() <= 2, "{} at the same time", clamd.open_most());

    let clamd = Scripted::on_unix(&[Script::Hang(0)]);
    let settings =
        ClamdSettings { scans_max: 1, scan_time_max: Duration::from_millis(300), ..client(&clamd.socket).settings };
    let (_house, intake) = begin(scanning(Clamd::new(settings))).await;
    let clients = (0..3).map(|_| async {
        let mut raw = Raw::hello(intake.address).await;
        by_data(&mut raw, &mail(1000)).await
    });
    for reply in futures_util::future::join_all(clients).await {
        assert!(reply.starts_with("451 4.7.0"), "{reply}");
    }
}

/// The client may be gone when the verdict comes. Then the mail is taken, or not, as a whole, and the next one is served.
#[tokio::test]
async fn p2_a_client_without_patience_does_no_harm() {
    for (reply, is_taken) in [(b"stream: OK\0".as_slice(), true), (b"stream: x FOUND\0", false)] {
        let clamd = Scripted::on_unix(&[Script::SayLate(Duration::from_millis(200), reply), CLEAN]);
        let (house, intake) = begin_with(&clamd).await;
        let mut raw = Raw::hello(intake.address).await;
        raw.envelope().await;
        assert!(raw.say("DATA").await.starts_with("354"));
        raw.write(&[mail(1000).as_slice(), b".\r\n"].concat()).await;
        while clamd.contents().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        drop(raw);
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(house.jobs_are_due().await, is_taken);
        let mut next = Raw::hello(intake.address).await;
        assert!(next.mail().await.starts_with("250 2.6.0"));
    }
}

#[tokio::test]
async fn p2_mail_is_taken_with_a_mark_where_that_is_wished() {
    let clamd = Scripted::on_unix(&[Script::Die(0)]);
    let scanning = Scanning { unavailable: Otherwise::Accept, ..scanning(client(&clamd.socket)) };
    let (house, intake) = begin(scanning).await;
    let mut raw = Raw::hello(intake.address).await;
    let reply = by_data(&mut raw, &mail(1000)).await;
    let id = reply.trim().rsplit(' ').next().unwrap().parse::<model::Id<_>>().unwrap();
    let found = house.app.store.read().await.unwrap().messages().find(id).await.unwrap().unwrap();
    assert!(found.envelope.contains(r#""unscanned":"unavailable""#), "{}", found.envelope);
}
