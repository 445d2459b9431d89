//! A mail as Outlook keeps it (`msg`).

use std::borrow::Cow;

use jiff::Timestamp;
use msg::{Attachment, Content, Correspondent, Importance, Message, Recipient, RecipientKind, Sensitivity};

use crate::field;
use crate::head::Head;
use crate::limits::BODY_BYTES_MAX;
use crate::name;
use crate::view::{Attachment as Attached, MessageView};

/// How deep messages within messages stay messages; deeper ones become files.
pub const NESTED_MAX: usize = 5;

/// What is known of a mail beside itself.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// In whose mailbox it lay.
    pub by: Option<field::Correspondent>,
    /// When it was delivered.
    pub at: Option<Timestamp>,
    /// The name of the original, if it has to be added as a file because not all of it could be taken over.
    pub original_name: String,
}

/// The message, with all that its mail holds. What cannot be taken over whole (texts beyond the limit of what is shown) is added as the original in a file.
pub fn msg<'x>(raw: &'x [u8], view: &MessageView<'x>, received: &Received) -> Message<'x> {
    let mut message = level(raw, view, 0);
    message.received_by = received.by.as_ref().map(correspondent);
    message.delivered = received.at;
    let is_cut = |text: Option<&String>| text.is_some_and(|text| text.len() + 4 > BODY_BYTES_MAX);
    if is_cut(view.text.as_ref()) || is_cut(view.html.as_ref()) {
        message.attachments.push(Attachment {
            name: name::clean(&format!("{}.eml", received.original_name)),
            media_type: "message/rfc822".into(),
            shown_as: None,
            content: Content::File(Box::new(Cow::Borrowed(raw))),
        });
    }
    message
}

fn level<'x>(raw: &'x [u8], view: &MessageView<'x>, depth: usize) -> Message<'x> {
    let head = Head::read(raw);
    let in_brackets = |ids: &[String]| {
        let ids: Vec<String> = ids.iter().map(|id| format!("<{id}>")).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    };
    let bcc: Vec<field::Correspondent> = head.fields().all("bcc").flat_map(field::addresses).collect();
    let recipients = [(RecipientKind::To, &view.to), (RecipientKind::Cc, &view.cc), (RecipientKind::Bcc, &bcc)];
    Message {
        from: view.from.first().map(correspondent).unwrap_or_default(),
        sender: view.sender.as_ref().map(correspondent),
        recipients: recipients
            .into_iter()
            .flat_map(|(kind, all)| all.iter().map(move |who| Recipient { who: correspondent(who), kind }))
            .collect(),
        received_by: None,
        subject: view.subject.clone(),
        sent: view.date.and_then(|date| date.timestamp()),
        delivered: None,
        message_id: view.message_id.as_ref().map(|id| format!("<{id}>")),
        in_reply_to: in_brackets(&head.in_reply_to),
        references: in_brackets(&head.references),
        headers: String::from_utf8_lossy(view.header()).into_owned(),
        text: view.readable_text().into_owned(),
        html: view.html.clone().map(Cow::Owned),
        importance: importance(&head),
        sensitivity: sensitivity(&head),
        attachments: attachments(view, depth),
    }
}

fn attachments<'x>(view: &MessageView<'x>, depth: usize) -> Vec<Attachment<'x>> {
    let shown = view.shown.iter().filter_map(|image| {
        Some(Attachment {
            name: image.name.clone(),
            media_type: image.sniffed_type.unwrap_or(&image.declared_type).to_owned(),
            shown_as: image.content_id.clone(),
            content: Content::File(Box::new(view.shown_file(image.index)?)),
        })
    });
    let listed = view.attachments.iter().filter_map(|attachment| {
        Some(Attachment {
            name: attachment.name.clone(),
            media_type: media_type(attachment).to_owned(),
            shown_as: None,
            content: match nested(view, attachment.index, depth) {
                Some(message) => Content::Message(Box::new(message)),
                None => Content::File(Box::new(view.file(attachment.index)?)),
            },
        })
    });
    shown.chain(listed).collect()
}

/// The declared type if it is one. Programs that turn the file into a mail again stumble over others.
fn media_type(attachment: &Attached) -> &str {
    let declared = &attachment.declared_type;
    let is_type = declared.split_once('/').is_some_and(|(main, sub)| is_token(main) && is_token(sub));
    if is_type { declared } else { attachment.sniffed_type.unwrap_or("application/octet-stream") }
}

/// Of what types are made (RFC 2045 section 5.1).
fn is_token(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|letter| letter.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(letter))
}

/// A forwarded mail as a message, if it can be read and is not too deep.
fn nested<'x>(view: &MessageView<'x>, index: usize, depth: usize) -> Option<Message<'x>> {
    if depth >= NESTED_MAX {
        return None;
    }
    let raw = view.nested_raw(index)?;
    Some(level(raw, &MessageView::read(raw).ok()?, depth + 1))
}

fn correspondent(who: &field::Correspondent) -> Correspondent {
    Correspondent { name: who.name.clone().unwrap_or_default(), address: who.address.clone() }
}

/// `Importance`, or else `X-Priority` (1 to 5), or else `Priority` (RFC 2156 section 5.3.9).
fn importance(head: &Head<'_>) -> Importance {
    let word = |name: &str| head.text(name).map(|text| text.trim().to_ascii_lowercase());
    let said = word("importance").or_else(|| word("x-priority")).or_else(|| word("priority")).unwrap_or_default();
    match said.get(..1).unwrap_or_default() {
        "h" | "u" | "1" | "2" => Importance::High,
        "l" | "4" | "5" => Importance::Low,
        _ if said == "non-urgent" => Importance::Low,
        _ => Importance::Normal,
    }
}

/// `Sensitivity` (RFC 2156 section 5.3.4).
fn sensitivity(head: &Head<'_>) -> Sensitivity {
    match head.sensitivity.as_deref().map(str::trim) {
        Some("personal") => Sensitivity::Personal,
        Some("private") => Sensitivity::Private,
        Some("company-confidential" | "confidential") => Sensitivity::Confidential,
        _ => Sensitivity::Normal,
    }
}
