//! The whole mailbox in one file [J12].

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
    time::Duration,
};

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use store::{Archive, ArchiveState};

use super::{
    browser::{Browser, Reply},
    world::{ADA, World, letter, on_both},
};

on_both! {
    j12_all_messages_are_saved_in_one_file
    j12_asking_about_the_file_begins_nothing
    p8_how_far_it_has_come_is_told_without_a_script
    j12_a_file_that_broke_off_says_so
}

const FILE: &str = "/archive/mailbox.zip";

fn unpack(reply: &Reply) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(reply.bytes.as_slice())).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

/// What the frame says once nothing comes any more.
async fn ended(owner: &mut Browser<'_>) -> String {
    loop {
        let frame = owner.get("/archive/progress").await;
        if frame.header("refresh").is_empty() {
            return frame.text();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn j12_all_messages_are_saved_in_one_file(world: &World) {
    let mut owner = world.owner(ADA).await;
    let raw = letter("Ihr Bescheid", "<p>Grüße</p>", &[("Bescheid.pdf", "application/pdf")]);
    world.receive(ADA, &raw).await;
    let reply = owner.get(FILE).await;
    assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, "application/zip"));
    assert_eq!(reply.header("content-length"), "", "nobody knows it before the pages are set");
    assert!(reply.header("content-disposition").contains(".zip"), "{reply:?}");
    let files = unpack(&reply);
    let of = |end: &str| files.iter().find(|(path, _)| path.ends_with(end)).map(|(_, bytes)| bytes).unwrap();
    assert!(of("Ihr Bescheid.eml").ends_with(&raw));
    let pdf = of("Ihr Bescheid.pdf");
    assert!(pdf.starts_with(b"%PDF-1.7") && pdf.ends_with(b"%%EOF\n"));
    assert!(memchr::memmem::find(pdf, b"/F(Bescheid.pdf)").is_some(), "attachments are inside");
    assert!(memchr::memmem::find(pdf, &raw).is_none(), "the original lies beside it");
    assert_eq!(files.values().filter(|file| file.starts_with(b"%PDF")).count(), 2, "{:?}", files.keys());
    let index = String::from_utf8(files["index.html"].clone()).unwrap();
    assert!(index.contains("%20Ihr%20Bescheid.pdf\""), "{index}");
    assert!(ended(&mut owner).await.contains("Fertig."));
    assert_eq!(world.events("exported").await, 2);
    let page = owner.get("/archive").await.text();
    assert!(page.contains("Sie enthält 2 Nachrichten") && page.contains("/settings/delete"), "{page}");
    for _ in 0..6 {
        world.advance(SignedDuration::from_mins(10));
        owner.get("/").await;
    }
    let page = owner.get("/archive").await.text();
    assert!(page.contains("Zuletzt gespeichert am"), "{page}");
}

async fn j12_asking_about_the_file_begins_nothing(world: &World) {
    let mut owner = world.owner(ADA).await;
    let head = owner.request(Method::HEAD, FILE, "", "").await;
    assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0));
    assert_eq!((head.header("content-type"), head.header("content-length")), ("application/zip", ""));
    assert!(owner.get("/archive").await.text().contains("Alle Nachrichten speichern"));
    assert_eq!(world.events("exported").await, 0);
}

async fn p8_how_far_it_has_come_is_told_without_a_script(world: &World) {
    let mut owner = world.owner(ADA).await;
    let page = owner.get("/archive").await;
    assert_eq!(page.header("refresh"), "", "nothing begins by itself");
    assert_eq!(owner.post("/archive", &[]).await.location(), "/archive");
    let page = owner.get("/archive").await;
    assert_eq!(page.header("refresh"), format!("0; url={FILE}"));
    assert!(page.text().contains("src=\"/archive/progress\"") && !page.text().contains("<script"));
    let frame = owner.get("/archive/progress").await;
    assert_eq!(frame.header("refresh"), "2");
    assert!(frame.header("content-security-policy").contains("frame-ancestors 'self'"));
    assert_eq!(frame.header("x-frame-options"), "SAMEORIGIN");
    assert!(frame.text().contains("Gleich geht es los."));
    owner.get(FILE).await;
    ended(&mut owner).await;
    assert_eq!(owner.get("/archive").await.header("refresh"), "", "it is not fetched twice");
}

async fn j12_a_file_that_broke_off_says_so(world: &World) {
    let mut owner = world.owner(ADA).await;
    assert_eq!(owner.post("/archive", &[]).await.location(), "/archive");
    world.advance(SignedDuration::from_mins(1));
    let page = owner.get("/archive").await;
    assert_eq!(page.header("refresh"), "", "nobody waits for it any more");
    assert!(!page.text().contains("abgebrochen"), "it never began");
    let mut tx = world.app.store.begin().await.unwrap();
    let mailbox = tx.mailboxes().find_by_address(ADA).await.unwrap().unwrap().id;
    let asked = tx.archives().find(mailbox).await.unwrap().unwrap();
    tx.archives().put(&Archive { state: ArchiveState::Broken, seen_at: world.app.now(), ..asked }).await.unwrap();
    tx.commit().await.unwrap();
    let text = owner.get("/archive").await.text();
    assert!(text.contains("Das Speichern ist abgebrochen.") && text.contains("In Ihrem Postfach ist alles noch da."));
    assert!(ended(&mut owner).await.contains("Das Speichern ist abgebrochen."));
}
