//! The whole mailbox in one file.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Cursor, Read as _},
    sync::Arc,
    time::Duration,
};

use app::{
    Trouble,
    export::{
        Streamed,
        archive::{self, Progress},
    },
    session::{self, SignedIn},
};
use aws_lc_rs::digest;
use jiff::SignedDuration;
use model::Language;
use store::ArchiveState;

use crate::{
    house::{ADA, House, on_both},
    mails::{special, with_files},
};

on_both! {
    j12_an_archive_holds_every_message_byte_for_byte
    j12_what_cannot_be_read_is_named_and_keeps_nothing_back
    j12_names_lead_out_of_no_folder
    p7_an_archive_stops_with_its_session
    j12_a_second_archive_stops_the_first
    j12_an_archive_that_nobody_reads_on_is_broken_off
    j12_what_was_asked_for_and_never_fetched_never_was
}

/// Files by their paths.
type Files = BTreeMap<String, Vec<u8>>;

async fn owner(house: &House) -> Arc<SignedIn> {
    Arc::new(house.ada().await)
}

async fn accept(house: &House, subject: &str, body: &str) -> Vec<u8> {
    house.advance(SignedDuration::from_secs(1));
    let raw = special(subject, body);
    house.accept(&raw, &[ADA]).await;
    house.pump().await;
    raw
}

async fn begin(house: &House, owner: &Arc<SignedIn>) -> Streamed {
    archive::begin(&house.app, owner, Language::De).await.unwrap()
}

/// What comes, and how it ends.
async fn read_on(mut streamed: Streamed) -> (Vec<u8>, Result<(), Trouble>) {
    let mut all = Vec::new();
    loop {
        match streamed.next().await {
            Ok(Some(piece)) => all.extend_from_slice(&piece),
            Ok(None) => return (all, Ok(())),
            Err(trouble) => return (all, Err(trouble)),
        }
    }
}

async fn read(streamed: Streamed) -> Result<Vec<u8>, Trouble> {
    let (all, ended) = read_on(streamed).await;
    ended.map(|()| all)
}

fn unpack(bytes: Vec<u8>) -> Files {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

/// How the last archive ended.
async fn ended(house: &House, owner: &SignedIn) -> Progress {
    loop {
        let progress = archive::progress(&house.app, owner).await.unwrap().expect("an archive");
        if !matches!(progress.state, ArchiveState::Asked | ArchiveState::Running) {
            return progress;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn j12_an_archive_holds_every_message_byte_for_byte(house: &House) {
    let owner = owner(house).await;
    let first = accept(house, "Erster", "eins").await;
    let files: [(&str, &str, &[u8]); 1] = [("Bescheid.pdf", "application/pdf", b"%PDF-1.7 Bescheid")];
    let second = with_files("Zweiter: 100 % / #2?", "zwei", &files);
    house.advance(SignedDuration::from_secs(1));
    house.accept(&second, &[ADA]).await;
    house.pump().await;
    let about = archive::about(&house.app, &owner).await.unwrap();
    assert_eq!(about.messages, 3, "with the one that invited");
    assert!(about.size_bytes > (first.len() + second.len()) as u64);

    let streamed = begin(house, &owner).await;
    assert_eq!((streamed.name.as_str(), streamed.size_bytes), ("Musterkasse 2026-11-22.zip", None));
    let files = unpack(read(streamed).await.unwrap());
    assert_eq!(files.len(), 5, "{:?}", files.keys());
    assert_eq!(files["Eingang/2 2026-11-22 Erster.eml"], first);
    assert_eq!(files["Eingang/3 2026-11-22 Zweiter_ 100 % - #2_.eml"], second);

    let index = String::from_utf8(files["index.html"].clone()).unwrap();
    assert!(index.contains("Zweiter: 100 % / #2?"), "subjects are told as they are");
    assert!(index.contains("href=\"Eingang/3%202026-11-22%20Zweiter_%20100%20%25%20-%20%232_.eml\""), "{index}");
    let sums = String::from_utf8(files["SHA256SUMS"].clone()).unwrap();
    assert_eq!(sums.lines().count(), 4);
    for line in sums.lines() {
        let (sum, path) = line.split_once("  ").unwrap();
        let digest = digest::digest(&digest::SHA256, &files[path]);
        assert_eq!(data_encoding::HEXLOWER.encode(digest.as_ref()), sum, "{path}");
    }

    let progress = ended(house, &owner).await;
    assert_eq!((progress.state, progress.messages, progress.done, progress.missing), (ArchiveState::Complete, 3, 3, 0));
    let exported = house.events().await.iter().filter(|event| *event == "exported").count();
    assert_eq!(exported, 3, "each message says that it was saved");
    let begun = house.events().await.iter().filter(|event| *event == "archive_begun").count();
    assert_eq!(begun, 1);
    let unread = app::read::unread(&house.app, &owner).await.unwrap();
    assert_eq!(unread, 3, "saving is not reading");
}

async fn j12_what_cannot_be_read_is_named_and_keeps_nothing_back(house: &House) {
    let owner = owner(house).await;
    accept(house, "Verloren", "weg").await;
    house.execute("DELETE FROM blobs").await;
    let kept = accept(house, "Geblieben", "da").await;
    let files = unpack(read(begin(house, &owner).await).await.unwrap());
    assert_eq!(files["Eingang/3 2026-11-22 Geblieben.eml"], kept);
    assert_eq!(files.len(), 3, "{:?}", files.keys());
    let index = String::from_utf8(files["index.html"].clone()).unwrap();
    assert!(index.contains("Verloren") && index.contains("Diese Nachricht ließ sich nicht lesen."));
    assert!(index.contains("2 Nachrichten ließen sich nicht lesen."), "{index}");
    let progress = ended(house, &owner).await;
    assert_eq!((progress.state, progress.done, progress.missing), (ArchiveState::Complete, 3, 2));
}

/// What a sender wrote decides neither where a file lands nor what the list runs.
async fn j12_names_lead_out_of_no_folder(house: &House) {
    let owner = owner(house).await;
    for subject in
        ["../../etc/passwd", "..\\..\\boot", "C:\\con", "<script>alert(1)</script>", "a\u{202e}fdp.exe", " . "]
    {
        accept(house, subject, "x").await;
    }
    let files = unpack(read(begin(house, &owner).await).await.unwrap());
    for path in files.keys().filter(|path| !["index.html", "SHA256SUMS"].contains(&path.as_str())) {
        let name = path.strip_prefix("Eingang/").and_then(|name| name.strip_suffix(".eml")).expect(path);
        assert!(!name.contains(['/', '\\', ':', '<', '>', '\u{202e}']), "{path}");
        assert!(name.starts_with(|c: char| c.is_ascii_digit()), "{path}");
    }
    let index = String::from_utf8(files["index.html"].clone()).unwrap();
    assert!(!index.contains("<script>") && index.contains("default-src 'none'"), "{index}");
}

/// Messages of which hardly one fits into what waits for a reader.
async fn large_messages(house: &House) {
    for subject in ["Eins", "Zwei", "Drei", "Vier", "Fünf"] {
        // Hardly to be packed.
        let mut body = String::new();
        for number in 0..40_000_u64 {
            let _ = write!(body, "{:x}\r\n", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        accept(house, subject, &body.repeat(3)).await;
    }
}

async fn p7_an_archive_stops_with_its_session(house: &House) {
    let owner = owner(house).await;
    large_messages(house).await;
    let mut streamed = begin(house, &owner).await;
    let begun = streamed.next().await.unwrap().expect("a piece");
    assert!(begun.starts_with(b"PK"));
    session::sign_out(&house.app, &owner).await.unwrap();
    house.advance(SignedDuration::from_secs(2));
    let (rest, ended) = read_on(streamed).await;
    assert!(ended.is_err(), "it breaks off");
    assert!(zip::ZipArchive::new(Cursor::new([&begun[..], &rest].concat())).is_err(), "nobody takes it for whole");
}

async fn j12_a_second_archive_stops_the_first(house: &House) {
    let owner = owner(house).await;
    large_messages(house).await;
    let mut first = begin(house, &owner).await;
    assert!(first.next().await.unwrap().is_some());
    let second = begin(house, &owner).await;
    house.advance(SignedDuration::from_secs(2));
    let (first, second) = tokio::join!(read(first), read(second));
    assert!(first.is_err());
    assert_eq!(unpack(second.unwrap()).len(), 8);
    assert_eq!(ended(house, &owner).await.state, ArchiveState::Complete, "the first does not tell how the second went");
}

async fn j12_an_archive_that_nobody_reads_on_is_broken_off(house: &House) {
    let owner = owner(house).await;
    large_messages(house).await;
    let mut streamed = begin(house, &owner).await;
    assert!(streamed.next().await.unwrap().is_some());
    drop(streamed);
    assert!(house.events().await.contains(&"archive_begun".to_owned()), "what may have gone out is noted before");
    let progress = async || archive::progress(&house.app, &owner).await.unwrap().unwrap();
    assert_eq!(progress().await.state, ArchiveState::Running, "nobody said anything");
    house.advance(SignedDuration::from_mins(2));
    let Progress { state, messages, done, .. } = progress().await;
    assert_eq!((state, messages), (ArchiveState::Broken, 6));
    assert!(done < 6);
}

async fn j12_what_was_asked_for_and_never_fetched_never_was(house: &House) {
    let owner = owner(house).await;
    assert_eq!(archive::progress(&house.app, &owner).await.unwrap(), None);
    archive::ask(&house.app, &owner).await.unwrap();
    assert_eq!(archive::progress(&house.app, &owner).await.unwrap().unwrap().state, ArchiveState::Asked);
    house.advance(SignedDuration::from_mins(1));
    assert_eq!(archive::progress(&house.app, &owner).await.unwrap(), None);
}
