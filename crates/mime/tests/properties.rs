//! Properties that hold for every input: nothing panics, cleaned HTML is harmless, what is written is read back.

use mime::compose::{Content, File, Outgoing, message_id};
use mime::html::{self, CleanOptions};
use mime::view::MessageView;
use mime::{Correspondent, head, name, sample, text, tnef};
use proptest::prelude::*;

/// Pieces of mail and markup that steer the parsers into their corners.
const PIECES: [&str; 40] = [
    "\r\n",
    "\n",
    "--b",
    "--b--",
    "--b\r\n",
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
    "Content-Type: message/rfc822\r\n\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "Subject: =?utf-8?B?",
    "?=",
    "From: ",
    "To: <a@b>, ",
    "Date: 1 Jan ",
    ";",
    "=",
    "\"",
    "<",
    ">",
    "<script>",
    "</script>",
    "<style>",
    "</style>",
    "<svg>",
    "<math>",
    "<table>",
    "<td>",
    "</td>",
    "<p ",
    "<a href=",
    "javascript:",
    "url(",
    "<img src=",
    "onerror=",
    "<!--",
    "-->",
    "'",
    "&#x",
    "style=\"",
    "BEGIN:VEVENT\r\n",
    "\u{202e}ü",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![prop::sample::select(&PIECES[..]).prop_map(str::to_owned), "[ -~]{0,6}"], 0..60)
        .prop_map(|pieces| pieces.concat())
}

fn read_everything(raw: &[u8]) {
    let head = head::Head::read(raw);
    assert!(!head.subject.contains(['\r', '\n', '\0']));
    let _ = head::attachments(raw);
    if let Ok(view) = MessageView::read(raw) {
        view.fragment();
        view.readable_text();
        for file in &view.attachments {
            assert!(!file.name.is_empty());
            assert_eq!(view.attachment_bytes(file.index).map(|bytes| bytes.len()), Some(file.size_bytes));
        }
    }
    tnef::unpack(raw);
}

fn tags(cleaned: &str) -> String {
    cleaned
        .split('<')
        .skip(1)
        .filter_map(|tag| tag.split('>').next())
        .map(str::to_lowercase)
        .collect::<Vec<_>>()
        .join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_never_panic(raw in prop::collection::vec(any::<u8>(), 0..600)) {
        read_everything(&raw);
    }

    #[test]
    fn soup_of_mail_never_panics(raw in soup()) {
        read_everything(raw.as_bytes());
    }

    #[test]
    fn damaged_samples_never_panic(position in 0..sample::INVITATION.len(), byte in any::<u8>(), cut in 0..sample::INVITATION.len()) {
        let mut raw = sample::INVITATION.to_vec();
        raw[position] = byte;
        read_everything(&raw);
        read_everything(&raw[..cut]);
    }

    #[test]
    fn cleaned_soup_is_harmless_j9(markup in soup()) {
        let cleaned = html::clean(&markup, &CleanOptions::default()).html;
        let tags = tags(&cleaned);
        for bad in ["script", "javascript:", "url(", "<svg", "<math", "src=", " onerror="] {
            prop_assert!(!tags.replace("title=", "").contains(bad) || tags.contains("alt="), "{bad} in {cleaned}");
        }
        let text = text::to_html(&markup);
        prop_assert!(!self::tags(&text).contains("script") || !text.contains("<script"));
    }

    #[test]
    fn names_are_safe(name in "\\PC{0,200}|[./\\\\a-z\u{0}-\u{1f}]{0,40}|[cCoOnN. :\u{a0}\u{200b}\u{2028}\u{ff0e}\u{ff0f}\u{308}]{0,20}") {
        let cleaned = name::clean(&name);
        prop_assert!(cleaned.len() <= mime::limits::FILE_NAME_BYTES_MAX);
        prop_assert!(!cleaned.contains(['/', '\\', '\0', ':']) && cleaned != "." && cleaned != "..");
        prop_assert!(!cleaned.ends_with(['.', ' ']) && !cleaned.starts_with(['.', ' ']));
        prop_assert_eq!(name::clean(&cleaned), cleaned, "what is clean stays as it is");
    }

    #[test]
    fn what_is_written_is_read(subject in "[ -~äöüß€]{0,120}", body in "[ -~äöü€\n.=]{0,300}", file in "[a-zäöü ]{1,40}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let at = |address: &str| Correspondent { name: None, address: address.into() };
        let mail = Outgoing {
            from: at("a@x.test"), sender: None, reply_to: Vec::new(), to: vec![at("b@x.test")], subject: &subject,
            date: jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC), message_id: message_id(&[0; 16], "x.test"),
            in_reply_to: Vec::new(), references: Vec::new(), auto_submitted: None, extra: Vec::new(), text: &body, html: None,
            inline_images: Vec::new(),
            attachments: vec![File { name: &file, media_type: "application/octet-stream", content: Content::Bytes(&bytes) }],
        };
        let raw = mail.to_bytes().unwrap();
        prop_assert!(raw.is_ascii() && raw.split(|byte| *byte == b'\n').all(|line| line.len() <= 999));
        let view = MessageView::read(&raw).unwrap();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(words(&view.subject), words(&subject));
        prop_assert_eq!(view.text.as_deref().unwrap_or_default().trim_end_matches('\n'), body.trim_end_matches('\n'));
        let read = view.attachment_bytes(0);
        prop_assert_eq!(read.as_deref(), Some(bytes.as_slice()));
    }
}
