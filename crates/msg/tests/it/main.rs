//! The files, read by somebody else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this whole program is a test; clippy sees only functions marked as such"
)]

use std::io::{Cursor, Read as _, Write};

use msg::{Attachment, Content, Correspondent, Message, Recipient, RecipientKind, Source};

type File = cfb::CompoundFile<Cursor<Vec<u8>>>;

fn written(message: Message<'_>) -> Vec<u8> {
    let plan = message.plan().unwrap();
    let mut bytes = Vec::new();
    plan.write_to(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, plan.size());
    bytes
}

fn opened(bytes: Vec<u8>) -> File {
    File::open_strict(Cursor::new(bytes)).unwrap()
}

fn stream(file: &mut File, path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.open_stream(path).unwrap_or_else(|error| panic!("{path}: {error}")).read_to_end(&mut bytes).unwrap();
    bytes
}

fn text(file: &mut File, path: &str) -> String {
    let bytes = stream(file, path);
    let units: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).unwrap()
}

fn ada() -> Correspondent {
    Correspondent { name: "Ada Müller".into(), address: "ada@customer.example".into() }
}

fn simple(attachments: Vec<Attachment<'_>>) -> Message<'_> {
    Message {
        from: Correspondent { name: "Müsterkasse".into(), address: "post@insurer.example".into() },
        recipients: vec![Recipient { who: ada(), kind: RecipientKind::To }],
        subject: "RE: Ihr Bescheid 🙂".into(),
        text: "Grüße".into(),
        html: Some("<p>Grüße</p>".into()),
        attachments,
        ..Message::default()
    }
}

fn file<'x>(name: &str, content: impl Source + 'x) -> Attachment<'x> {
    Attachment {
        name: name.into(),
        media_type: "application/octet-stream".into(),
        shown_as: None,
        content: Content::File(Box::new(content)),
    }
}

/// So many bytes, none of them kept.
struct Pattern(u64);

impl Pattern {
    fn byte(at: u64) -> u8 {
        u8::try_from(at * 31 % 251).unwrap()
    }
}

impl Source for Pattern {
    fn size(&self) -> u64 {
        self.0
    }

    fn write_to(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let mut piece = Vec::with_capacity(4096);
        for at in 0..self.0 {
            piece.push(Self::byte(at));
            if piece.len() == 4096 {
                out.write_all(&piece)?;
                piece.clear();
            }
        }
        out.write_all(&piece)
    }
}

#[test]
fn texts_are_found_where_they_belong() {
    let mut file = opened(written(simple(vec![file("Bescheid.pdf", b"%PDF".to_vec())])));
    assert_eq!(text(&mut file, "/__substg1.0_0037001F"), "RE: Ihr Bescheid 🙂");
    assert_eq!(text(&mut file, "/__substg1.0_0E1D001F"), "Ihr Bescheid 🙂");
    assert_eq!(text(&mut file, "/__substg1.0_1000001F"), "Grüße");
    assert_eq!(stream(&mut file, "/__substg1.0_10130102"), b"<p>Gr&#252;&#223;e</p>");
    assert_eq!(text(&mut file, "/__recip_version1.0_#00000000/__substg1.0_39FE001F"), "ada@customer.example");
    assert_eq!(stream(&mut file, "/__attach_version1.0_#00000000/__substg1.0_37010102"), b"%PDF");
    assert_eq!(stream(&mut file, "/__nameid_version1.0/__substg1.0_00020102"), b"");
    assert_eq!(file.root_entry().clsid().to_string(), "00020d0b-0000-0000-c000-000000000046");
}

/// The rows of a property stream: tag, value.
fn rows(stream: &[u8], header: usize) -> Vec<(u32, u64)> {
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
    stream[header..].chunks(16).map(|row| (u32::try_from(number(&row[..4])).unwrap(), number(&row[8..]))).collect()
}

/// Times are steps of 100 ns since 1601.
#[test]
fn a_time_before_the_first_is_left_out() {
    const SUBMITTED: u32 = 0x0039_0040;
    for (at, steps) in [
        ("1970-01-01T00:00:00Z", Some(116_444_736_000_000_000)),
        ("1601-01-01T00:00:00.0000001Z", Some(1)),
        ("1601-01-01T00:00:00Z", Some(0)),
        ("1600-12-31T23:59:59Z", None),
        ("0102-08-22T04:07:35Z", None),
    ] {
        let mut message = simple(Vec::new());
        message.sent = Some(at.parse().unwrap());
        let stream = stream(&mut opened(written(message)), "/__properties_version1.0");
        let found = rows(&stream, 32).into_iter().find(|(tag, _)| *tag == SUBMITTED).map(|(_, value)| value);
        assert_eq!(found, steps, "{at}");
    }
}

/// On both sides of every edge of the format: mini sectors, the cut-off, sectors, tables that need tables.
#[test]
fn every_size_comes_out_as_it_went_in() {
    let sizes = [0, 1, 63, 64, 65, 4095, 4096, 4097, 511, 512, 513, 100_000, 7_000_000, 16_000_000];
    let attachments = sizes.iter().map(|size| file(&format!("{size}.bin"), Pattern(*size))).collect();
    let mut file = opened(written(simple(attachments)));
    for (row, size) in sizes.iter().enumerate() {
        let bytes = stream(&mut file, &format!("/__attach_version1.0_#{row:08X}/__substg1.0_37010102"));
        assert_eq!(bytes.len() as u64, *size);
        assert!(bytes.iter().zip(0..).all(|(byte, at)| *byte == Pattern::byte(at)), "{size}");
    }
}

#[test]
fn many_attachments_and_recipients_are_found() {
    for count in [0, 1, 2, 3, 4, 7, 8, 300] {
        let attachments = (0..count).map(|number| file(&format!("{number}.txt"), vec![1; number])).collect();
        let mut message = simple(attachments);
        message.recipients = vec![message.recipients[0].clone(); count];
        let file = opened(written(message));
        let named = |prefix: &str| file.read_root_storage().filter(|entry| entry.name().starts_with(prefix)).count();
        assert_eq!((named("__attach_version1.0_#"), named("__recip_version1.0_#")), (count, count));
    }
}

#[test]
fn a_message_within_a_message_is_one() {
    let nested = Attachment {
        name: "Weitergeleitet.eml".into(),
        media_type: "message/rfc822".into(),
        shown_as: None,
        content: Content::Message(Box::new(simple(vec![file("innen.txt", b"innen".to_vec())]))),
    };
    let mut file = opened(written(simple(vec![nested])));
    let inner = "/__attach_version1.0_#00000000/__substg1.0_3701000D";
    assert_eq!(text(&mut file, &format!("{inner}/__substg1.0_0037001F")), "RE: Ihr Bescheid 🙂");
    let bytes = stream(&mut file, &format!("{inner}/__attach_version1.0_#00000000/__substg1.0_37010102"));
    assert_eq!(bytes, b"innen");
    assert!(!file.exists(format!("{inner}/__nameid_version1.0")));
}

#[test]
fn a_source_that_lies_is_found_out() {
    struct Liar(u64);
    impl Source for Liar {
        fn size(&self) -> u64 {
            5000
        }
        fn write_to(&self, out: &mut dyn Write) -> std::io::Result<()> {
            out.write_all(&vec![0; usize::try_from(self.0).unwrap()])
        }
    }
    for given in [0, 4999, 5001] {
        let plan = simple(vec![file("a", Liar(given))]).plan().unwrap();
        assert!(plan.write_to(&mut Vec::new()).is_err(), "{given}");
    }
    let plan = simple(vec![file("a", Liar(5000))]).plan().unwrap();
    assert!(plan.write_to(&mut Vec::new()).is_ok());
}

#[test]
fn what_would_be_too_large_is_refused_before_it_is_written() {
    for size in [msg::FILE_BYTES_MAX, u64::from(u32::MAX), u64::MAX / 4] {
        assert!(simple(vec![file("a", Pattern(size))]).plan().is_err());
    }
    let most = simple(vec![file("a", Pattern(msg::FILE_BYTES_MAX - 30_000_000))]).plan().unwrap();
    assert!(most.size() <= msg::FILE_BYTES_MAX);
}
