//! From a message to storages and properties (MS-OXCMSG, MS-OXOMSG).

use std::borrow::Cow;

use jiff::Timestamp;

use crate::{
    address::{Correspondent, SMTP},
    compound::{Source, Storage},
    html,
    property::{self as tag, Properties},
};

/// The most recipients of a message (MS-OXMSG 2.2.1).
pub const RECIPIENTS_MAX: usize = 2048;
/// The most attachments of a message (MS-OXMSG 2.2.2).
pub const ATTACHMENTS_MAX: usize = 2048;

/// What the root storage is: a message that Outlook opens (MS-OXMSG 2.1).
const MESSAGE_CLASS_ID: [u8; 16] =
    [0x0b, 0x0d, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46];
/// Unicode, HTML, attachments; may be changed (MS-OXCSTOR 2.2.2.1).
const STORE_SUPPORT: u32 = 0x0004_0e79;
const UTF_8: u32 = 65001;

/// Kinds of objects (MS-OXCDATA 2.2, `PidTagObjectType`).
const MESSAGE_OBJECT: u32 = 5;
const RECIPIENT_OBJECT: u32 = 6;
const ATTACHMENT_OBJECT: u32 = 7;

/// Flags of a message: read, as it came, with attachments (MS-OXCMSG 2.2.1.6). Never "unsent", which would open it as a draft.
const READ: u32 = 1;
const UNMODIFIED: u32 = 2;
const HAS_ATTACHMENTS: u32 = 0x10;

/// How an attachment lies in its storage: as bytes, as a message (MS-OXCMSG 2.2.2.9).
const BY_VALUE: u32 = 1;
const EMBEDDED_MESSAGE: u32 = 5;
/// Shown in the HTML body (MS-OXCMSG 2.2.2.18).
const SHOWN_IN_HTML: u32 = 4;

/// A message to be written.
#[derive(Default)]
pub struct Message<'x> {
    /// Who wrote it.
    pub from: Correspondent,
    /// Who sent it for them, if somebody else did.
    pub sender: Option<Correspondent>,
    /// Whom it goes to. Those beyond [`RECIPIENTS_MAX`] stand in the headers only.
    pub recipients: Vec<Recipient>,
    /// In whose mailbox it lay.
    pub received_by: Option<Correspondent>,
    /// On one line.
    pub subject: String,
    /// When it was sent.
    pub sent: Option<Timestamp>,
    /// When it was delivered.
    pub delivered: Option<Timestamp>,
    /// With angle brackets.
    pub message_id: Option<String>,
    /// With angle brackets.
    pub in_reply_to: Option<String>,
    /// With angle brackets, with blanks between them.
    pub references: Option<String>,
    /// The header as it came.
    pub headers: String,
    /// The body as text.
    pub text: String,
    /// The body as HTML, if it has one.
    pub html: Option<Cow<'x, str>>,
    /// What its author says of its weight.
    pub importance: Importance,
    /// What its author says of its readers.
    pub sensitivity: Sensitivity,
    /// What hangs on it. Those beyond [`ATTACHMENTS_MAX`] are left out: give fewer.
    pub attachments: Vec<Attachment<'x>>,
}

/// One whom a message goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Who.
    pub who: Correspondent,
    /// In which field.
    pub kind: RecipientKind,
}

/// The field that names a recipient (MS-OXOMSG 2.2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipientKind {
    /// `To`
    To = 1,
    /// `Cc`
    Cc = 2,
    /// `Bcc`
    Bcc = 3,
}

/// `Importance` (MS-OXCMSG 2.2.1.11).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Importance {
    /// Can wait.
    Low = 0,
    /// As any.
    #[default]
    Normal = 1,
    /// Cannot.
    High = 2,
}

/// `Sensitivity` (MS-OXCMSG 2.2.1.13).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sensitivity {
    /// Nothing is said.
    #[default]
    Normal = 0,
    /// Personal.
    Personal = 1,
    /// Private.
    Private = 2,
    /// Confidential.
    Confidential = 3,
}

/// What hangs on a message.
pub struct Attachment<'x> {
    /// Its name, fit for every file system.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// The id (without angle brackets) by which the HTML body shows it; then it is not listed.
    pub shown_as: Option<String>,
    /// What it is.
    pub content: Content<'x>,
}

/// What an attachment is.
pub enum Content<'x> {
    /// A file.
    File(Box<dyn Source + 'x>),
    /// A message.
    Message(Box<Message<'x>>),
}

/// The root storage of a file.
pub(crate) fn root(message: Message<'_>) -> Storage<'_> {
    let mut root = storage(message, true);
    root.class = MESSAGE_CLASS_ID;
    root
}

fn storage(message: Message<'_>, is_root: bool) -> Storage<'_> {
    let mut properties = Properties::new(String::new());
    if is_root {
        // No property of ours has a name, but readers look for the table (MS-OXMSG 2.2.3).
        let mut names = Storage::new("__nameid_version1.0");
        for stream in ["00020102", "00030102", "00040102"] {
            names.stream(format!("__substg1.0_{stream}"), Vec::new());
        }
        properties.adopt(names);
    }
    facts(&mut properties, &message);
    people(&mut properties, &message);
    let Message { recipients, attachments, text, html, .. } = message;
    body(&mut properties, &text, html.as_deref());
    let recipients = recipients.into_iter().take(RECIPIENTS_MAX);
    let recipient_count =
        number(recipients.enumerate().map(|(row, who)| properties.adopt(recipient(number(row), &who))).count());
    let attachments = attachments.into_iter().take(ATTACHMENTS_MAX);
    let attachment_count =
        number(attachments.enumerate().map(|(row, one)| properties.adopt(attachment(number(row), one))).count());
    // MS-OXMSG 2.4.1.1: the next ids and the numbers, within 8 bytes of nothing on each side; within another message only before.
    let mut header = vec![0; 8];
    for count in [recipient_count, attachment_count, recipient_count, attachment_count] {
        header.extend(count.to_le_bytes());
    }
    if is_root {
        header.extend([0; 8]);
    }
    properties.finish(&header)
}

/// What kind of message, about what, when.
fn facts(properties: &mut Properties<'_>, message: &Message<'_>) {
    properties.text(tag::MESSAGE_CLASS, "IPM.Note");
    properties.long(tag::OBJECT_TYPE, MESSAGE_OBJECT);
    properties.long(tag::STORE_SUPPORT_MASK, STORE_SUPPORT);
    let has_listed = message.attachments.iter().any(|attachment| attachment.shown_as.is_none());
    let flags = READ | UNMODIFIED | if has_listed { HAS_ATTACHMENTS } else { 0 };
    properties.long(tag::MESSAGE_FLAGS, flags);
    properties.boolean(tag::HAS_ATTACHMENTS, has_listed);
    let (prefix, topic) = split_subject(&message.subject);
    properties.text(tag::SUBJECT, &message.subject);
    properties.text(tag::SUBJECT_PREFIX, prefix);
    properties.text(tag::NORMALIZED_SUBJECT, topic);
    properties.text(tag::CONVERSATION_TOPIC, topic);
    let delivered = message.delivered.or(message.sent);
    let times = [
        (tag::CLIENT_SUBMIT_TIME, message.sent.or(delivered)),
        (tag::MESSAGE_DELIVERY_TIME, delivered),
        (tag::CREATION_TIME, delivered),
        (tag::LAST_MODIFICATION_TIME, delivered),
    ];
    for (id, at) in times {
        if let Some(at) = at {
            properties.time(id, at);
        }
    }
    let ids = [
        (tag::INTERNET_MESSAGE_ID, &message.message_id),
        (tag::IN_REPLY_TO_ID, &message.in_reply_to),
        (tag::INTERNET_REFERENCES, &message.references),
    ];
    for (id, value) in ids {
        if let Some(value) = value {
            properties.text(id, value);
        }
    }
    if !message.headers.is_empty() {
        properties.text(tag::TRANSPORT_MESSAGE_HEADERS, &message.headers);
    }
    properties.long(tag::IMPORTANCE, message.importance as u32);
    // -1, 0 and 1 where importance has 0, 1 and 2 (MS-OXCMSG 2.2.1.12).
    properties.long(tag::PRIORITY, (message.importance as u32).wrapping_sub(1));
    properties.long(tag::SENSITIVITY, message.sensitivity as u32);
    // A mail that was read.
    properties.long(tag::ICON_INDEX, 0x100);
}

/// Who wrote, sent and got it.
fn people(properties: &mut Properties<'_>, message: &Message<'_>) {
    let sender = message.sender.as_ref().unwrap_or(&message.from);
    let from = &message.from;
    for (id, text) in [
        (tag::SENDER_NAME, sender.shown()),
        (tag::SENDER_ADDRESS_TYPE, SMTP),
        (tag::SENDER_EMAIL_ADDRESS, &sender.address),
        (tag::SENDER_SMTP_ADDRESS, &sender.address),
        (tag::SENT_REPRESENTING_NAME, from.shown()),
        (tag::SENT_REPRESENTING_ADDRESS_TYPE, SMTP),
        (tag::SENT_REPRESENTING_EMAIL_ADDRESS, &from.address),
        (tag::SENT_REPRESENTING_SMTP_ADDRESS, &from.address),
    ] {
        properties.text(id, text);
    }
    properties.binary(tag::SENDER_ENTRY_ID, sender.entry_id());
    properties.binary(tag::SENDER_SEARCH_KEY, sender.search_key());
    properties.binary(tag::SENT_REPRESENTING_ENTRY_ID, from.entry_id());
    properties.binary(tag::SENT_REPRESENTING_SEARCH_KEY, from.search_key());
    if let Some(owner) = &message.received_by {
        properties.text(tag::RECEIVED_BY_NAME, owner.shown());
        properties.text(tag::RECEIVED_BY_ADDRESS_TYPE, SMTP);
        properties.text(tag::RECEIVED_BY_EMAIL_ADDRESS, &owner.address);
    }
    for (id, kind) in [
        (tag::DISPLAY_TO, RecipientKind::To),
        (tag::DISPLAY_CC, RecipientKind::Cc),
        (tag::DISPLAY_BCC, RecipientKind::Bcc),
    ] {
        let named = message.recipients.iter().filter(|recipient| recipient.kind == kind);
        let shown: Vec<&str> = named.map(|recipient| recipient.who.shown()).collect();
        properties.text(id, &shown.join("; "));
    }
}

fn body(properties: &mut Properties<'_>, text: &str, html: Option<&str>) {
    properties.text(tag::BODY, text);
    properties.long(tag::INTERNET_CODEPAGE, UTF_8);
    properties.long(tag::MESSAGE_CODEPAGE, UTF_8);
    properties.boolean(tag::RTF_IN_SYNC, false);
    // Which body is the genuine one, and what an editor makes of it: 1 text, 3 HTML (MS-OXCMSG 2.2.1.56.2); 1 text, 2 HTML (MS-OXOMSG 2.2.1.78).
    let (native, editor) = if html.is_some() { (3, 2) } else { (1, 1) };
    properties.long(tag::NATIVE_BODY, native);
    properties.long(tag::MESSAGE_EDITOR_FORMAT, editor);
    if let Some(html) = html {
        properties.binary(tag::HTML, html::to_ascii(html));
    }
}

fn recipient<'x>(row: u32, recipient: &Recipient) -> Storage<'x> {
    let Recipient { who, kind } = recipient;
    let mut properties = Properties::new(format!("__recip_version1.0_#{row:08X}"));
    properties.long(tag::ROW_ID, row);
    properties.long(tag::RECIPIENT_TYPE, *kind as u32);
    properties.long(tag::OBJECT_TYPE, RECIPIENT_OBJECT);
    properties.long(tag::DISPLAY_TYPE, 0);
    properties.boolean(tag::RESPONSIBILITY, true);
    // It can be sent to.
    properties.long(tag::RECIPIENT_FLAGS, 1);
    for (id, text) in [
        (tag::DISPLAY_NAME, who.shown()),
        (tag::RECIPIENT_DISPLAY_NAME, who.shown()),
        (tag::ADDRESS_TYPE, SMTP),
        (tag::EMAIL_ADDRESS, &who.address),
        (tag::SMTP_ADDRESS, &who.address),
    ] {
        properties.text(id, text);
    }
    properties.binary(tag::ENTRY_ID, who.entry_id());
    properties.binary(tag::RECIPIENT_ENTRY_ID, who.entry_id());
    properties.binary(tag::SEARCH_KEY, who.search_key());
    properties.binary(tag::INSTANCE_KEY, row.to_le_bytes().to_vec());
    properties.finish(&[0; 8])
}

fn attachment(row: u32, attachment: Attachment<'_>) -> Storage<'_> {
    let Attachment { name, media_type, shown_as, content } = attachment;
    let mut properties = Properties::new(format!("__attach_version1.0_#{row:08X}"));
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, Some(extension)),
        _ => (name.as_str(), None),
    };
    properties.long(tag::ATTACH_NUMBER, row);
    properties.long(tag::OBJECT_TYPE, ATTACHMENT_OBJECT);
    properties.binary(tag::RECORD_KEY, row.to_le_bytes().to_vec());
    properties.long(tag::RENDERING_POSITION, u32::MAX);
    properties.long(tag::STORE_SUPPORT_MASK, STORE_SUPPORT);
    properties.text(tag::DISPLAY_NAME, &name);
    properties.text(tag::ATTACH_LONG_FILE_NAME, &name);
    properties.text(tag::ATTACH_FILE_NAME, &short_name(row, stem, extension));
    if let Some(extension) = extension {
        properties.text(tag::ATTACH_EXTENSION, &format!(".{extension}"));
    }
    properties.text(tag::ATTACH_MIME_TAG, &media_type);
    properties.boolean(tag::ATTACHMENT_HIDDEN, shown_as.is_some());
    if let Some(id) = shown_as {
        properties.text(tag::ATTACH_CONTENT_ID, &id);
        properties.long(tag::ATTACH_FLAGS, SHOWN_IN_HTML);
    }
    match content {
        Content::File(source) => {
            properties.long(tag::ATTACH_METHOD, BY_VALUE);
            properties.long(tag::ATTACH_SIZE, u32::try_from(source.size()).unwrap_or(u32::MAX));
            properties.binary(tag::ATTACH_DATA, source);
        }
        Content::Message(message) => {
            properties.long(tag::ATTACH_METHOD, EMBEDDED_MESSAGE);
            properties.message(tag::ATTACH_DATA, storage(*message, false));
        }
    }
    properties.finish(&[0; 8])
}

/// A name of eight letters and three, for readers that know no other; the number makes it the only one.
fn short_name(row: u32, stem: &str, extension: Option<&str>) -> String {
    let plain = |text: &str, most: usize| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).take(most).collect::<String>().to_ascii_uppercase()
    };
    let number = format!("~{:X}", row + 1);
    let stem = format!("{}{number}", plain(stem, 8_usize.saturating_sub(number.len())));
    match extension.map(|extension| plain(extension, 3)) {
        Some(extension) if !extension.is_empty() => format!("{stem}.{extension}"),
        _ => stem,
    }
}

/// The prefix and the rest of a subject: up to three characters, none of them a digit, then a colon and a blank (MS-OXCMSG 3.2.1.1.1).
fn split_subject(subject: &str) -> (&str, &str) {
    let Some((prefix, _)) = subject.split_once(": ") else { return ("", subject) };
    let is_prefix =
        (1..=3).contains(&prefix.chars().count()) && !prefix.contains(|c: char| c.is_numeric() || c.is_whitespace());
    if is_prefix { subject.split_at_checked(prefix.len() + 2).unwrap_or(("", subject)) } else { ("", subject) }
}

/// Bounded by the limits above.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_split_off() {
        for (subject, expected) in [
            ("RE: Ihr Bescheid", ("RE: ", "Ihr Bescheid")),
            ("AW: a: b", ("AW: ", "a: b")),
            ("WG: ", ("WG: ", "")),
            ("Ihr Bescheid: neu", ("", "Ihr Bescheid: neu")),
            ("10: neu", ("", "10: neu")),
            ("Ü: neu", ("Ü: ", "neu")),
            (": neu", ("", ": neu")),
            ("", ("", "")),
        ] {
            assert_eq!(split_subject(subject), expected);
        }
    }

    #[test]
    fn short_names_are_short_and_differ() {
        assert_eq!(short_name(0, "Kündigung 2026", Some("pdf")), "KNDIGU~1.PDF");
        assert_eq!(short_name(15, "合同", None), "~10");
        assert_eq!(short_name(2047, "abcdefgh", Some("jpeg")), "ABCD~800.JPE");
    }
}
