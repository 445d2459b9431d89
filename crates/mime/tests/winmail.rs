//! `winmail.dat`, built here attribute by attribute.
#![allow(clippy::unwrap_used, reason = "a failing builder is a failing test")]

use mime::tnef;
use mime::view::MessageView;

fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
    let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    let length = u32::try_from(data.len()).unwrap();
    [&[level][..], &id.to_le_bytes(), &length.to_le_bytes(), data, &sum.to_le_bytes()].concat()
}

/// A variable-size property: type, id, one value, its length, its bytes padded to four.
fn property(kind: u16, id: u16, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap();
    let mut bytes =
        [&kind.to_le_bytes()[..], &id.to_le_bytes(), &1_u32.to_le_bytes(), &length.to_le_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn properties(list: &[Vec<u8>]) -> Vec<u8> {
    [&u32::try_from(list.len()).unwrap().to_le_bytes()[..], &list.concat()].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// Compressed RTF of literals only.
fn compressed(rtf: &[u8]) -> Vec<u8> {
    let content: Vec<u8> = rtf.chunks(8).flat_map(|chunk| [&[0][..], chunk].concat()).collect();
    let size = u32::try_from(rtf.len()).unwrap().to_le_bytes();
    let total = u32::try_from(content.len() + 12).unwrap().to_le_bytes();
    [&total[..], &size, b"LZFu", &[0; 4], &content].concat()
}

fn stream(message_properties: &[Vec<u8>]) -> Vec<u8> {
    [
        0x223e_9f78_u32.to_le_bytes().to_vec(),
        vec![1, 0],
        attribute(1, 0x0006_9007, &1252_u32.to_le_bytes()),
        attribute(1, 0x0006_9003, &properties(message_properties)),
        attribute(2, 0x0006_9002, &[0; 14]),
        attribute(2, 0x0001_8010, b"BERICH~1.PDF\0"),
        attribute(2, 0x0006_800f, b"%PDF-1.4 Inhalt"),
        attribute(
            2,
            0x0006_9005,
            &properties(&[
                property(0x001f, 0x3707, &utf16("Bericht für Sie.pdf")),
                property(0x001e, 0x370e, b"Application/PDF\0"),
            ]),
        ),
        attribute(2, 0x0006_9002, &[0; 14]),
        attribute(2, 0x0001_8010, b"notiz.txt\0"),
        attribute(2, 0x0006_800f, b"Notiz"),
    ]
    .concat()
}

fn mail(winmail: &[u8]) -> Vec<u8> {
    let encoded = data_encoding::BASE64.encode(winmail);
    let lines: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!(
        "From: a@x.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        lines.join("\r\n")
    )
    .into_bytes()
}

const RTF_HTML: &[u8] = br"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}{\*\generator x;}
{\*\htmltag64 <html>}{\*\htmltag50 <body>}{\*\htmltag84 <p>}\htmlrtf {\b \htmlrtf0 Gr\'fc\'dfe \u8364 ?\htmlrtf }\htmlrtf0 {\*\htmltag92 </p>}{\*\htmltag58 </body>}}";

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
