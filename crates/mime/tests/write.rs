//! Writing mail and archives.
#![allow(clippy::unwrap_used, reason = "a failing builder is a failing test")]

use std::io::Read;

use jiff::tz::{TimeZone, offset};
use mime::compose::{ComposeError, Content, File, InlineImage, Outgoing, message_id};
use mime::head::Head;
use mime::view::MessageView;
use mime::{Correspondent, export, sample};

fn at(address: &str) -> Correspondent {
    Correspondent { name: None, address: address.into() }
}

fn outgoing<'a>() -> Outgoing<'a> {
    Outgoing {
        from: Correspondent {
            name: Some("Alpenblick \"Versicherung\", München".into()),
            address: "post@alpenblick.example".into(),
        },
        sender: None,
        reply_to: vec![at("antwort@alpenblick.example")],
        to: vec![Correspondent { name: Some("Erika Beispiel".into()), address: "erika@beispiel.example".into() }],
        subject: "Eine Nachricht für Sie – von Jörg Müller, mit einem Betreff, der länger ist als eine Zeile in einem Kopf",
        date: jiff::civil::date(2026, 11, 22).at(7, 5, 9, 0).to_zoned(TimeZone::fixed(offset(1))).unwrap(),
        message_id: message_id(&[7; 16], "alpenblick.example"),
        in_reply_to: vec!["a@b.test".into()],
        references: (0..30).map(|number| format!("{number}.abcdefghijklmnop@b.test")).collect(),
        auto_submitted: Some("auto-generated"),
        extra: vec![("X-Siegelpost-Class", "special")],
        text: "Grüße\n.\nFrom hier =_ ab \n\nlange Zeile: ä",
        html: None,
        inline_images: Vec::new(),
        attachments: Vec::new(),
    }
}

fn assert_wire_fit(raw: &[u8]) {
    assert!(raw.is_ascii());
    let text = std::str::from_utf8(raw).unwrap();
    assert!(text.ends_with("\r\n"));
    for line in text.split("\r\n") {
        assert!(!line.contains(['\r', '\n']) && line.len() <= 78, "{line:?}");
        assert!(line != "." && !line.starts_with("From "));
    }
}

#[test]
fn a_notice_reads_as_it_was_written_j2() {
    let html = format!("<p>Grüße</p><img src=\"cid:logo@x\">{}", "lang ".repeat(300));
    let logo = include_bytes!("../samples/logo.png");
    let mut mail = outgoing();
    mail.html = Some(&html);
    mail.inline_images.push(InlineImage {
        content_id: "logo@x",
        media_type: "image/png",
        name: "logo.png",
        bytes: logo,
    });
    let raw = mail.to_bytes().unwrap();
    assert_wire_fit(&raw);
    let view = MessageView::read(&raw).unwrap();
    assert_eq!(view.subject, outgoing().subject);
    assert_eq!(view.from, [outgoing().from]);
    assert_eq!(view.text.as_deref(), Some("Grüße\n.\nFrom hier =_ ab \n\nlange Zeile: ä\n"));
    assert_eq!(view.html.as_deref().map(str::trim_end), Some(html.trim_end()));
    assert!(view.attachments.is_empty());
    assert_eq!(view.inline_image("logo@x").as_deref(), Some(&logo[..]));
    let head = Head::read(&raw);
    assert_eq!(head.auto_submitted.as_deref(), Some("auto-generated"));
    assert_eq!(head.references.len(), 30);
    assert_eq!(head.message_id.as_deref(), Some("a4dqobyha4dqobyha4dqobyha4@alpenblick.example"));
    assert_eq!(head.text("date").as_deref(), Some("Sun, 22 Nov 2026 07:05:09 +0100"));
    assert_eq!(head.text("X-Siegelpost-Class").as_deref(), Some("special"));
    let again = {
        let mut mail = outgoing();
        mail.html = Some(&html);
        mail.inline_images.push(InlineImage {
            content_id: "logo@x",
            media_type: "image/png",
            name: "logo.png",
            bytes: logo,
        });
        mail.to_bytes().unwrap()
    };
    assert_eq!(raw, again, "no clock and no chance");
}

#[test]
fn a_reply_carries_its_files_j10() {
    let big: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut mail = outgoing();
    mail.attachments = vec![
        File {
            name: "Röntgenbild \"links\".jpg",
            media_type: "image/jpeg",
            content: Content::Reader(Box::new(big.as_slice().take(799_999))),
        },
        File { name: "leer.txt", media_type: "text/plain", content: Content::Bytes(b"") },
        File {
            name: "weitergeleitet.eml",
            media_type: "message/rfc822",
            content: Content::Bytes(b"Subject: x\r\n\r\ny"),
        },
    ];
    let mut raw = Vec::new();
    mail.write_to(&mut raw).unwrap();
    assert_wire_fit(&raw);
    let view = MessageView::read(&raw).unwrap();
    assert!(view.text.as_deref().unwrap().starts_with("Grüße"));
    let names: Vec<_> = view.attachments.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["Röntgenbild _links_.jpg", "leer.txt", "weitergeleitet.eml"]);
    assert_eq!(view.attachment_bytes(0).as_deref(), big.get(..799_999));
    assert_eq!(view.attachment_bytes(1).as_deref(), Some(&b""[..]));
    assert_eq!(view.attachment_bytes(2).as_deref(), Some(&b"Subject: x\r\n\r\ny"[..]));
}

#[test]
fn no_header_can_be_injected() {
    type Spoil = fn(&mut Outgoing<'_>);
    let table: [(Spoil, ComposeError); 15] = [
        (|mail| mail.subject = "a\r\nBcc: x@x.test", ComposeError::ControlCharacter("Subject")),
        (|mail| mail.subject = "a\u{2028}b", ComposeError::ControlCharacter("Subject")),
        (|mail| mail.from.name = Some("a\nb".into()), ComposeError::ControlCharacter("From")),
        (|mail| mail.to[0].address = "a@b.test>\r\nBcc: <x@x.test".into(), ComposeError::Address("To")),
        (|mail| mail.to[0].address = "a@b.test>, <x@x.test".into(), ComposeError::Address("To")),
        (|mail| mail.to[0].address = "a@b.test, x@x.test".into(), ComposeError::Address("To")),
        (|mail| mail.to[0].address = "ohne-domain".into(), ComposeError::Address("To")),
        (|mail| mail.reply_to[0].address = "@".into(), ComposeError::Address("Reply-To")),
        (|mail| mail.message_id = "a@b\r\nBcc: x".into(), ComposeError::Id("Message-ID")),
        (|mail| mail.references.push("a> <b".into()), ComposeError::Id("References")),
        (|mail| mail.extra.push(("X-A", "a\r\nb")), ComposeError::ControlCharacter("extra field")),
        (|mail| mail.extra.push(("X-A: b\r\nBcc", "x")), ComposeError::HeaderName),
        (|mail| mail.extra.push(("bCC", "x@x.test")), ComposeError::HeaderName),
        (|mail| mail.auto_submitted = Some("a\r\nb"), ComposeError::ControlCharacter("Auto-Submitted")),
        (|mail| mail.to.clear(), ComposeError::NoRecipient),
    ];
    for (number, (spoil, wanted)) in table.into_iter().enumerate() {
        let mut mail = outgoing();
        spoil(&mut mail);
        assert_eq!(mail.to_bytes(), Err(wanted), "case {number}");
    }
    for (name, media_type, wanted) in [
        ("a\r\nb", "text/plain", ComposeError::ControlCharacter("file name")),
        ("a", "text/plain\r\nX: y", ComposeError::MediaType),
        ("a", "text", ComposeError::MediaType),
    ] {
        let mut mail = outgoing();
        mail.attachments.push(File { name, media_type, content: Content::Bytes(b"x") });
        assert_eq!(mail.to_bytes(), Err(wanted));
    }
}

#[test]
fn all_attachments_go_into_one_zip_j9() {
    let mut mail = outgoing();
    mail.attachments = vec![
        File {
            name: "Brief für Sie.txt",
            media_type: "text/plain",
            content: Content::Bytes(b"Hallo Hallo Hallo Hallo"),
        },
        File { name: "brief FÜR sie.txt", media_type: "text/plain", content: Content::Bytes(b"zwei") },
    ];
    let raw = mail.to_bytes().unwrap();
    let view = MessageView::read(&raw).unwrap();
    let bytes = export::zip(&view, Vec::new()).unwrap();
    assert_eq!(bytes, export::zip(&view, Vec::new()).unwrap(), "the same mail gives the same archive");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(archive.len(), 2);
    let mut first = String::new();
    archive.by_name("Brief für Sie.txt").unwrap().read_to_string(&mut first).unwrap();
    assert_eq!(first, "Hallo Hallo Hallo Hallo");
    assert_eq!(
        archive.by_name("brief FÜR sie (2).txt").unwrap().last_modified().unwrap().to_string(),
        "2026-11-22 07:05:08"
    );
    let none = MessageView::read(sample::NEWSLETTER).unwrap();
    assert_eq!(zip::ZipArchive::new(std::io::Cursor::new(export::zip(&none, Vec::new()).unwrap())).unwrap().len(), 0);
}
