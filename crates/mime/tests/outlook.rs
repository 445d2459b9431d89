//! Mails as Outlook keeps them (J12): what is taken over, and from where.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this whole program is a test; clippy sees only functions marked as such"
)]

use mime::export::{self, NESTED_MAX, Received};
use mime::field::Correspondent;
use mime::view::MessageView;
use msg::{Content, Importance, Message, RecipientKind, Sensitivity, Source as _};

fn received() -> Received {
    Received {
        by: Some(Correspondent { name: None, address: "ada@customer.example".into() }),
        at: Some("2026-11-20T09:31:00Z".parse().unwrap()),
        original_name: "Ihr Bescheid".into(),
    }
}

fn taken_over(raw: &[u8], check: impl FnOnce(Message<'_>)) {
    let view = MessageView::read(raw).unwrap();
    check(export::msg(raw, &view, &received()));
}

fn bytes(content: &Content<'_>) -> Vec<u8> {
    let Content::File(source) = content else { panic!("a message") };
    let mut bytes = Vec::new();
    source.write_to(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, source.size());
    bytes
}

const WHOLE: &str = "From: =?utf-8?Q?M=C3=BCsterkasse?= <post@insurer.example>\r\n\
    Sender: desk@insurer.example\r\n\
    To: Ada <ada@customer.example>, \"B., B\" <b@customer.example>\r\n\
    Cc: c@customer.example\r\n\
    Bcc: d@customer.example\r\n\
    Subject: AW: Ihr Bescheid\r\n\
    Date: Fri, 20 Nov 2026 10:30:00 +0100\r\n\
    Message-ID: <a@insurer.example>\r\n\
    In-Reply-To: <b@customer.example>\r\n\
    References: <c@customer.example> <b@customer.example>\r\n\
    Importance: High\r\n\
    Sensitivity: Company-Confidential\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=m\r\n\r\n\
    --m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n\
    --r\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Grüße <img src=\"cid:logo\"></p>\r\n\
    --r\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\n\
    iVBORw0KGgoAAAANSUhEUg==\r\n--r--\r\n\
    --m\r\nContent-Type: application/pdf; name=Bescheid.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n\
    --m--\r\n";

#[test]
fn everything_has_its_place() {
    taken_over(WHOLE.as_bytes(), |message| {
        assert_eq!(
            (message.from.name.as_str(), message.from.address.as_str()),
            ("Müsterkasse", "post@insurer.example")
        );
        assert_eq!(message.sender.unwrap().address, "desk@insurer.example");
        let named: Vec<_> = message.recipients.iter().map(|one| (one.kind, one.who.address.as_str())).collect();
        let expected = [
            (RecipientKind::To, "ada@customer.example"),
            (RecipientKind::To, "b@customer.example"),
            (RecipientKind::Cc, "c@customer.example"),
            (RecipientKind::Bcc, "d@customer.example"),
        ];
        assert_eq!(named, expected);
        assert_eq!(message.received_by.unwrap().address, "ada@customer.example");
        assert_eq!(message.sent.unwrap().to_string(), "2026-11-20T09:30:00Z");
        assert_eq!(message.delivered.unwrap().to_string(), "2026-11-20T09:31:00Z");
        assert_eq!(message.message_id.as_deref(), Some("<a@insurer.example>"));
        assert_eq!(message.in_reply_to.as_deref(), Some("<b@customer.example>"));
        assert_eq!(message.references.as_deref(), Some("<c@customer.example> <b@customer.example>"));
        assert_eq!((message.importance, message.sensitivity), (Importance::High, Sensitivity::Confidential));
        assert!(message.headers.starts_with("From: ") && message.headers.ends_with("boundary=m\r\n"));
        assert!(message.text.contains("Grüße"), "made from the HTML");
        let [logo, file] = message.attachments.as_slice() else { panic!("{}", message.attachments.len()) };
        assert_eq!((logo.shown_as.as_deref(), logo.media_type.as_str()), (Some("logo"), "image/png"));
        assert_eq!((file.shown_as.as_deref(), file.name.as_str()), (None, "Bescheid.pdf"));
        assert_eq!(bytes(&file.content), b"%PDF-1.4\n");
    });
}

#[test]
fn the_header_ends_where_it_ends_and_not_in_the_body() {
    for (raw, header) in [
        ("A: 1\r\nB: 2\r\n\r\ntext", "A: 1\r\nB: 2\r\n"),
        ("A: 1\nB: 2\n\ntext\r\n\r\nmore", "A: 1\nB: 2\n"),
        ("A: 1\r\n", "A: 1\r\n"),
        ("\r\nA: 1\r\n\r\ntext", ""),
        ("no header\r\n\r\ntext", ""),
        ("", ""),
    ] {
        taken_over(raw.as_bytes(), |message| assert_eq!(message.headers, header, "{raw:?}"));
    }
}

#[test]
fn a_media_type_has_two_words() {
    for (declared, content, expected) in [
        ("Image/X-Own", "GIF89a", "image/x-own"),
        ("text", "GIF89a", "image/gif"),
        ("text", "x", "application/octet-stream"),
        ("text/", "x", "application/octet-stream"),
        ("text/a/b", "x", "application/octet-stream"),
        ("text/ä", "x", "application/octet-stream"),
    ] {
        let raw = format!("Content-Type: {declared}; name=a.bin\r\n\r\n{content}");
        taken_over(raw.as_bytes(), |message| assert_eq!(message.attachments[0].media_type, expected, "{declared}"));
    }
}

#[test]
fn importance_is_said_in_many_ways() {
    for (line, expected) in [
        ("Importance: low", Importance::Low),
        ("X-Priority: 1 (Highest)", Importance::High),
        ("X-Priority: 3", Importance::Normal),
        ("X-Priority: 5", Importance::Low),
        ("Priority: urgent", Importance::High),
        ("Priority: non-urgent", Importance::Low),
        ("Priority: normal", Importance::Normal),
        ("Importance: ä", Importance::Normal),
    ] {
        taken_over(format!("{line}\r\nSubject: x\r\n\r\nx").as_bytes(), |message| {
            assert_eq!(message.importance, expected, "{line}");
        });
    }
}

/// Mails within mails, so many deep.
fn nested(levels: usize) -> String {
    let mut mail = "Subject: innen\r\n\r\nganz innen\r\n".to_owned();
    for level in 0..levels {
        mail = format!(
            "Subject: {level}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b{level}\r\n\r\n\
             --b{level}\r\nContent-Type: message/rfc822\r\n\r\n{mail}\r\n--b{level}--\r\n"
        );
    }
    mail
}

#[test]
fn messages_within_messages_stay_messages_down_to_a_depth() {
    fn depth(message: &Message<'_>) -> usize {
        match message.attachments.first().map(|attachment| &attachment.content) {
            Some(Content::Message(inner)) => 1 + depth(inner),
            Some(file) => {
                assert!(bytes(file).ends_with(b"ganz innen\r\n") || !bytes(file).is_empty(), "nothing is lost");
                0
            }
            None => 0,
        }
    }
    for (levels, expected) in [(0, 0), (1, 1), (NESTED_MAX, NESTED_MAX), (NESTED_MAX + 1, NESTED_MAX)] {
        taken_over(nested(levels).as_bytes(), |message| assert_eq!(depth(&message), expected, "{levels}"));
    }
}

/// What is longer than what is shown is not cut silently: the original goes along.
#[test]
fn the_original_goes_along_where_a_text_is_too_long() {
    for (bytes_count, is_added) in [(1000, false), (3_000_000, true)] {
        let raw = format!("Subject: lang\r\n\r\n{}", "Wort ".repeat(bytes_count / 5));
        taken_over(raw.as_bytes(), |message| {
            assert_eq!(message.attachments.len(), usize::from(is_added));
            if let Some(original) = message.attachments.first() {
                assert_eq!(original.name, "Ihr Bescheid.eml");
                assert_eq!(bytes(&original.content), raw.as_bytes());
            }
        });
    }
}

#[test]
fn bytes_come_out_piece_by_piece_as_at_once() {
    let content: Vec<u8> = (0..100_000_u32).map(|at| u8::try_from(at * 7 % 256).unwrap()).collect();
    let base64 = data_encoding::BASE64_MIME.encode(&content);
    let quoted: String = content
        .chunks(20)
        .map(|line| {
            data_encoding::HEXUPPER
                .encode(line)
                .as_bytes()
                .chunks(2)
                .fold(String::new(), |quoted, digits| quoted + "=" + std::str::from_utf8(digits).unwrap())
                + "=\r\n"
        })
        .collect();
    for (encoding, body) in [("base64", base64), ("quoted-printable", quoted)] {
        let raw = format!(
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n\
             --b\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n--b--\r\n"
        );
        let view = MessageView::read(raw.as_bytes()).unwrap();
        let mut piecemeal = Vec::new();
        view.file(0).unwrap().write_to(&mut piecemeal).unwrap();
        assert_eq!(piecemeal.len(), view.attachments[0].size_bytes, "{encoding}");
        assert!(piecemeal.starts_with(&content), "{encoding}");
        assert_eq!(view.attachment_bytes(0).unwrap(), piecemeal, "{encoding}");
    }
}
