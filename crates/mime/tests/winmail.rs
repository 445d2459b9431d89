//! `winmail.dat`, built here attribute by attribute.
#![allow(clippy::unwrap_used, reason = "a failing builder is a failing test")]

#[path = "made/winmail.rs"]
mod made;

use made::{RTF_HTML, compressed, mail, property, stream, utf16};
use mime::tnef;
use mime::view::MessageView;

#[test]
fn files_and_html_come_out_of_winmail_dat_j9() {
    let raw = mail(&stream(&[property(0x0102, 0x1009, &compressed(RTF_HTML))]));
    let view = MessageView::read(&raw).unwrap();
    let files: Vec<_> = view.attachments.iter().map(|file| (file.name.as_str(), file.declared_type.as_str())).collect();
    assert_eq!(files, [("Bericht für Sie.pdf", "application/pdf"), ("notiz.txt", "application/octet-stream")]);
    assert_eq!(view.attachment_bytes(0).as_deref(), Some(&b"%PDF-1.4 Inhalt"[..]));
    assert_eq!(view.attachments[1].size_bytes, 5);
    assert_eq!(view.html.as_deref(), Some("<html><body><p>Grüße €</p></body>"));
}

#[test]
fn bodies_in_other_forms_are_found() {
    let plain = tnef::unpack(&stream(&[property(0x001f, 0x1000, &utf16("Grüße"))])).unwrap();
    assert_eq!(plain.text.as_deref(), Some("Grüße"));
    let html = tnef::unpack(&stream(&[property(0x0102, 0x1013, b"<p>Gr\xfc\xdfe")])).unwrap();
    assert_eq!(html.html.as_deref(), Some("<p>Grüße"));
    let rtf = tnef::unpack(&stream(&[property(
        0x0102,
        0x1009,
        &compressed(br"{\rtf1{\fonttbl{\f0 Arial;}}Gr\'fc\'dfe\par Zeile \{2\}}"),
    )]))
    .unwrap();
    assert_eq!(rtf.text.as_deref(), Some("Grüße\r\nZeile {2}"));
}

/// The example of MS-OXRTFCP section 4.1.1: references into the dictionary.
#[test]
fn compressed_rtf_follows_its_dictionary() {
    let example = b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125B2\x0a\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0";
    let unpacked = tnef::unpack(&stream(&[property(0x0102, 0x1009, example)])).unwrap();
    assert_eq!(unpacked.text.as_deref(), Some("hello world"));
}

#[test]
fn damaged_winmail_is_a_file_or_gives_what_is_whole() {
    let whole = stream(&[property(0x0102, 0x1009, &compressed(RTF_HTML))]);
    for length in 0..whole.len() {
        tnef::unpack(&whole[..length]);
    }
    for position in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[position] ^= 0xff;
        tnef::unpack(&damaged);
    }
    let raw = mail(b"kein TNEF");
    let view = MessageView::read(&raw).unwrap();
    assert_eq!(view.attachments[0].name, "winmail.dat");
}
