//! Reading, saving and deleting what came.

use std::fmt::Write as _;

use app::{
    export, notice,
    read::{self, ReadError},
};
use jiff::SignedDuration;
use model::id::DeliveryId;
use store::Folder;

use crate::{
    house::{ADA, BEGINNING, House, on_both},
    mails::{mail, special, winmail, with_files},
};

on_both! {
    j4_a_later_notice_links_to_its_message
    p7_j4_forged_links_lead_nowhere
    j9_opening_marks_read_once_and_keeps_the_view
    j9_html_is_shown_cleaned
    j9_attachments_are_the_bytes_that_were_sent
    j9_winmail_is_unpacked
    j9_nested_and_too_complex_mails
    j12_export_is_what_came_in_byte_for_byte
    j13_r4_deleting_destroys_keys_and_leaves_others_alone
    j14_every_message_shows_until_when_it_is_kept
    p7_nobody_reads_the_messages_of_another
}

async fn j4_a_later_notice_links_to_its_message(house: &House) {
    let owner = house.ada().await;
    let message = house.accept(&special("Zweiter Brief", "Geheimnis"), &[ADA]).await;
    house.pump().await;
    let notice = house.notice(ADA);
    assert_eq!(notice.subject(), "[Musterkasse] Zweiter Brief");
    assert!(!String::from_utf8_lossy(&notice.bytes).contains("Geheimnis"));
    let (id, address) = notice::follow(&house.app, &notice.link("notices")).await.unwrap().expect("a message");
    assert_eq!((id, address.as_str()), (house.delivery(message).await.id, ADA));
    assert_eq!(read::open(&house.app, &owner, id).await.unwrap().entry.header.subject, "Zweiter Brief");
}

async fn p7_j4_forged_links_lead_nowhere(house: &House) {
    house.ada().await;
    house.accept(&special("Zweiter Brief", "Geheimnis"), &[ADA]).await;
    house.pump().await;
    let link = house.notice(ADA).link("notices");
    let changed = format!("{}{}", if link.starts_with('A') { "B" } else { "A" }, &link[1..]);
    for forged in [changed.as_str(), "", "x", &"A".repeat(43), &link[1..]] {
        assert_eq!(notice::follow(&house.app, forged).await.unwrap(), None, "{forged}");
    }
}

async fn j9_opening_marks_read_once_and_keeps_the_view(house: &House) {
    let owner = house.ada().await;
    house.accept(&special("[vertraulich] Ihr Befund", "Zeile eins\r\n> zitiert <b>"), &[ADA]).await;
    house.pump().await;
    let id = house.newest(&owner, Folder::Inbox).await;
    assert_eq!(read::unread(&house.app, &owner).await.unwrap(), 2);
    let first = read::open(&house.app, &owner, id).await.unwrap();
    assert!(first.entry.unread, "it was unread when it was opened");
    let view = first.view.expect("a view");
    assert_eq!((view.subject.as_str(), view.from[0].name.as_str()), ("Ihr Befund", "Leistungsabteilung"));
    assert!(view.text_html.contains("Zeile eins") && view.text_html.contains("&lt;b&gt;"), "{}", view.text_html);
    let second = read::open(&house.app, &owner, id).await.unwrap();
    assert!(!second.entry.unread);
    assert_eq!(
        serde_json::to_string(&second.view).unwrap(),
        serde_json::to_string(&Some(view)).unwrap(),
        "the kept view is the same"
    );
    assert_eq!(read::unread(&house.app, &owner).await.unwrap(), 1);
    assert_eq!(house.events().await.iter().filter(|event| *event == "read").count(), 1);
}

async fn j9_html_is_shown_cleaned(house: &House) {
    let owner = house.ada().await;
    let html = "<p onclick=\"alert(1)\">Guten <b>Tag</b></p><script>alert(2)</script><img src=\"https://tracker.example/p.gif\">\
                <a href=\"javascript:alert(3)\">klick</a>";
    let raw = format!(
        "From: <leistung@musterkasse.example>\r\nSubject: HTML\r\nX-Siegelpost-Class: special\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n"
    );
    house.accept(raw.as_bytes(), &[ADA]).await;
    house.pump().await;
    let id = house.newest(&owner, Folder::Inbox).await;
    let view = read::open(&house.app, &owner, id).await.unwrap().view.expect("a view");
    let cleaned = view.html.expect("HTML");
    for bad in ["script", "onclick", "javascript:", "tracker.example"] {
        assert!(!cleaned.contains(bad), "{bad} in {cleaned}");
    }
    assert!(cleaned.contains("Guten <b>Tag</b>") && view.blocked_images == 1, "{cleaned}");
}

async fn j9_attachments_are_the_bytes_that_were_sent(house: &House) {
    let owner = house.ada().await;
    let large: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).take(700_000).collect();
    let files: [(&str, &str, &[u8]); 3] = [
        ("bescheid.pdf", "application/pdf", b"%PDF-1.7 eins"),
        ("leer.txt", "text/plain", b""),
        ("bild.bin", "application/octet-stream", &large),
    ];
    house.accept(&with_files("Anlagen", "Text", &files), &[ADA]).await;
    house.pump().await;
    let id = house.newest(&owner, Folder::Inbox).await;
    let opened = read::open(&house.app, &owner, id).await.unwrap();
    assert!(opened.entry.has_attachments);
    let view = opened.view.expect("a view");
    assert_eq!(view.attachments.iter().map(|file| file.bytes).collect::<Vec<_>>(), [13, 0, 700_000]);
    for (index, (name, _, bytes)) in files.iter().enumerate() {
        let file = read::attachment(&house.app, &owner, id, index).await.unwrap();
        assert_eq!((file.name.as_str(), &file.bytes[..]), (*name, *bytes));
    }
    assert_eq!(read::attachment(&house.app, &owner, id, 3).await.err(), Some(ReadError::NotFound));
    let (name, packed) = export::zip(&house.app, &owner, id).await.unwrap();
    assert_eq!(name, "Anlagen.zip");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(packed)).unwrap();
    assert_eq!(zip.len(), 3);
    for (name, _, bytes) in files {
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_name(name).unwrap(), &mut content).unwrap();
        assert_eq!(content, bytes);
    }
}

async fn j9_winmail_is_unpacked(house: &House) {
    let owner = house.ada().await;
    let packed = winmail("bericht.pdf", b"%PDF-1.4 Inhalt");
    let raw = with_files("Aus Outlook", "Text", &[("winmail.dat", "application/ms-tnef", &packed)]);
    house.advance(SignedDuration::from_secs(1));
    house.accept(&raw, &[ADA]).await;
    house.pump().await;
    let id = house.newest(&owner, Folder::Inbox).await;
    let view = read::open(&house.app, &owner, id).await.unwrap().view.expect("a view");
    assert_eq!(view.attachments.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["bericht.pdf"]);
    assert_eq!(read::attachment(&house.app, &owner, id, 0).await.unwrap().bytes, b"%PDF-1.4 Inhalt"[..]);
    assert_eq!(house.eml(&owner, id).await, raw, "the original keeps its winmail.dat");
}

async fn j9_nested_and_too_complex_mails(house: &House) {
    let owner = house.ada().await;
    let inner = String::from_utf8(mail("Innen", "innerer Text", "")).unwrap();
    let nested = format!(
        "Subject: Weitergeleitet\r\nX-Siegelpost-Class: special\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=g\r\n\r\n\
         --g\r\nContent-Type: text/plain\r\n\r\naussen\r\n--g\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--g--\r\n"
    );
    house.accept(nested.as_bytes(), &[ADA]).await;
    house.pump().await;
    let id = house.newest(&owner, Folder::Inbox).await;
    let view = read::open(&house.app, &owner, id).await.unwrap().view.expect("a view");
    assert_eq!(view.nested[0].subject, "Innen");
    assert!(view.nested[0].text_html.contains("innerer Text"));
    house.advance(SignedDuration::from_secs(1));
    let mut deep = String::from("Subject: Tief\r\nX-Siegelpost-Class: special\r\nMIME-Version: 1.0\r\n");
    for level in 0..100 {
        write!(deep, "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n").unwrap();
    }
    deep.push_str("Content-Type: text/plain\r\n\r\nganz unten\r\n");
    house.accept(deep.as_bytes(), &[ADA]).await;
    house.pump().await;
    let id = house.newest(&owner, Folder::Inbox).await;
    for _ in 0..2 {
        assert!(read::open(&house.app, &owner, id).await.unwrap().view.is_none(), "too complex, and still listed");
    }
    assert_eq!(read::attachment(&house.app, &owner, id, 0).await.err(), Some(ReadError::TooComplex(id)));
    assert_eq!(export::zip(&house.app, &owner, id).await.err(), Some(ReadError::TooComplex(id)));
    assert_eq!(house.eml(&owner, id).await, deep.as_bytes());
}

async fn j12_export_is_what_came_in_byte_for_byte(house: &House) {
    let owner = house.ada().await;
    let class = b"X-Siegelpost-Class: special\r\n";
    let large = vec![b'x'; 300_000];
    let odd: [&[u8]; 6] = [
        b"\r\n",
        b"no header at all",
        b"Subject: =?utf-8?B?broken\r\nContent-Type: multipart/mixed; boundary=\"\r\n\r\n--\r\n\xff\xfe\x00 binary \x80",
        b"Subject: bare\nline feeds\n\nand no end",
        b"Content-Type: text/plain; charset=utf-7\r\nContent-Transfer-Encoding: base64\r\n\r\n====\r\n\0\0",
        &large,
    ];
    for rest in odd {
        house.advance(SignedDuration::from_secs(1));
        let raw = [class, rest].concat();
        house.accept(&raw, &[ADA]).await;
        house.pump().await;
        let id = house.newest(&owner, Folder::Inbox).await;
        assert!(house.eml(&owner, id).await == raw, "before it was opened: {}", String::from_utf8_lossy(&raw[..60]));
        read::open(&house.app, &owner, id).await.unwrap();
        assert!(house.eml(&owner, id).await == raw, "after it was opened");
    }
    let exported = house.events().await.iter().filter(|event| *event == "exported").count();
    assert_eq!(exported, 2 * odd.len());
}

async fn j13_r4_deleting_destroys_keys_and_leaves_others_alone(house: &House) {
    let owner = house.ada().await;
    let link = house.invite("bob@kunde.example").await;
    let other = house.activate(&link).await;
    house.advance(SignedDuration::from_secs(1));
    let raw = special("An beide", &"langer Text ".repeat(40_000));
    let message = house.accept(&raw, &[ADA, "bob@kunde.example"]).await;
    house.pump().await;
    let (mine, theirs) = (house.newest(&owner, Folder::Inbox).await, house.newest(&other, Folder::Inbox).await);
    read::open(&house.app, &owner, mine).await.unwrap();
    app::delete::message(&house.app, &owner, mine).await.unwrap();
    house.pump().await;
    let deleted_at = house.app.now();
    assert_eq!(read::open(&house.app, &owner, mine).await.err(), Some(ReadError::Deleted(deleted_at)));
    assert_eq!(app::delete::message(&house.app, &owner, mine).await.err(), Some(ReadError::Deleted(deleted_at)));
    assert_eq!(read::open(&house.app, &other, mine).await.err(), Some(ReadError::NotFound));
    let mut reader = house.app.store.read().await.unwrap();
    let row = reader.deliveries().find(mine).await.unwrap().expect("the fact stays");
    assert!(row.data_key_sealed.is_none() && row.header_sealed.is_none() && row.state == "deleted");
    assert_eq!(reader.kept_views().find(mine, "view").await.unwrap(), None);
    drop(reader);
    assert_eq!(house.eml(&other, theirs).await, raw, "the other recipient still reads it");
    let blob = house.app.store.read().await.unwrap().messages().find(message).await.unwrap().unwrap().blob_id;
    assert!(house.app.store.blob_reader(blob, None).await.unwrap().is_some());
    app::delete::message(&house.app, &other, theirs).await.unwrap();
    house.pump().await;
    assert!(house.app.store.blob_reader(blob, None).await.unwrap().is_none(), "with the last copy the content goes");
    let link = notice::follow(&house.app, &house.notice(ADA).link("notices")).await.unwrap();
    assert_eq!(link.map(|(id, _)| id), Some(mine), "its notice still leads somewhere that explains");
}

async fn j14_every_message_shows_until_when_it_is_kept(house: &House) {
    let link = house.invite(ADA).await;
    let pending = BEGINNING + SignedDuration::from_hours(40 * 24) + SignedDuration::from_mins(13 * 60 + 30)
        - SignedDuration::from_secs(1);
    let mut reader = house.app.store.read().await.unwrap();
    let mailbox = reader.mailboxes().find_by_address(ADA).await.unwrap().unwrap();
    let rows = reader.deliveries().page(mailbox.id, Folder::Inbox, None, 1).await.unwrap();
    drop(reader);
    assert_eq!(rows[0].expires_at, Some(pending), "the end of the fortieth day in Berlin");
    assert!(matches!(house.look(&link).await, app::activate::Link::Open(progress) if progress.expires_at == pending));
    let owner = house.activate(&link).await;
    let list = read::list(&house.app, &owner, Folder::Inbox, read::Place::Newest, 10).await.unwrap();
    let active: jiff::Timestamp = "2028-05-22T23:59:59+02:00".parse().unwrap();
    assert_eq!(list.entries[0].kept_until, active, "eighteen calendar months, to the end of the day");
}

async fn p7_nobody_reads_the_messages_of_another(house: &House) {
    let owner = house.ada().await;
    let link = house.invite("bob@kunde.example").await;
    let stranger = house.activate(&link).await;
    let id = house.newest(&owner, Folder::Inbox).await;
    let unknown = DeliveryId::from_bytes([9; 16]);
    for id in [id, unknown] {
        let not_found = Some(ReadError::NotFound);
        assert_eq!(read::open(&house.app, &stranger, id).await.err(), not_found);
        assert_eq!(read::attachment(&house.app, &stranger, id, 0).await.err(), not_found);
        assert_eq!(export::eml(&house.app, &stranger, id).await.err().map(|error| error.code()), Some("RED-001"));
        assert_eq!(export::zip(&house.app, &stranger, id).await.err(), not_found);
        assert_eq!(app::delete::message(&house.app, &stranger, id).await.err(), not_found);
        assert_eq!(app::write::begin(&house.app, &stranger, Some(id)).await.err(), not_found);
    }
}
