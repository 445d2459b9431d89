//! What our view says of a mail, field by field. Read from the mail itself, not from what is given to the writer.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use mime::export::NESTED_MAX;
use mime::field::{self, Correspondent};
use mime::head::Head;
use mime::limits::BODY_BYTES_MAX;
use mime::structure::Structure;
use mime::view::{Attachment, MessageView};
use msg::Source as _;
use serde_json::{Value, json};

/// The name (without extension) of the original, where it is added because a text was cut.
pub(crate) const ORIGINAL: &str = "original";

/// The fields of a mail, and those of the mails in it.
pub(crate) fn of(raw: &[u8], view: &MessageView<'_>) -> Value {
    let mut said = message(raw, view, 0);
    let is_cut = [&view.text, &view.html].into_iter().flatten().any(|text| text.len() + 4 > BODY_BYTES_MAX);
    if let (true, Some(files)) = (is_cut, said.get_mut("files").and_then(Value::as_array_mut)) {
        files.push(file(&format!("{ORIGINAL}.eml"), "message/rfc822", raw));
    }
    said
}

fn message(raw: &[u8], view: &MessageView<'_>, depth: usize) -> Value {
    let head = Head::read(raw);
    let bcc: Vec<Correspondent> = head.fields().all("bcc").flat_map(field::addresses).collect();
    let nobody = Correspondent::default();
    let from = view.from.first().unwrap_or(&nobody);
    json!({
        "subject": view.subject,
        "from": person(from),
        "sender": person(view.sender.as_ref().unwrap_or(from)),
        "to": people(&view.to),
        "cc": people(&view.cc),
        "bcc": people(&bcc),
        "date": date(view),
        "message_id": view.message_id.as_ref().map(|id| format!("<{id}>")),
        "in_reply_to": in_brackets(&head.in_reply_to),
        "references": in_brackets(&head.references),
        "sensitivity": head.text("sensitivity").unwrap_or_default().to_lowercase(),
        "importance": head.text("importance").unwrap_or_default().to_lowercase(),
        "headers": headers(raw),
        "text": view.readable_text(),
        "html": view.html,
        "files": view.attachments.iter().map(|attachment| listed(view, attachment, depth)).collect::<Vec<_>>(),
        "shown": view.shown.iter().map(|image| shown(view, image)).collect::<Vec<_>>(),
    })
}

/// A name and an address; who has no name is shown by the address.
fn person(who: &Correspondent) -> Value {
    json!({ "name": who.name.as_ref().unwrap_or(&who.address), "address": who.address })
}

fn people(all: &[Correspondent]) -> Vec<Value> {
    all.iter().map(person).collect()
}

fn in_brackets(ids: &[String]) -> Option<String> {
    let ids: Vec<String> = ids.iter().map(|id| format!("<{id}>")).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// Times of the format begin in 1601.
fn date(view: &MessageView<'_>) -> Option<String> {
    let date = view.date.filter(|date| date.local.year() > 1600)?;
    Some(date.timestamp()?.to_string())
}

fn headers(raw: &[u8]) -> String {
    let structure = Structure::scan(raw).ok();
    let header = structure.and_then(|structure| raw.get(structure.part(0)?.header.clone()));
    String::from_utf8_lossy(header.unwrap_or_default()).into_owned()
}

fn listed(view: &MessageView<'_>, attachment: &Attachment, depth: usize) -> Value {
    let index = attachment.index;
    // What is encoded is no message by RFC 2046 section 5.2.1, and stays a file.
    let nested = view.nested_raw(index).filter(|_| depth < NESTED_MAX);
    let nested = nested.and_then(|raw| Some(message(raw, &MessageView::read(raw).ok()?, depth + 1)));
    // A declared type of one word is none (RFC 2045 section 5.1).
    let media_type = Some(attachment.declared_type.as_str()).filter(|declared| declared.contains('/'));
    let media_type = media_type.or(attachment.sniffed_type).unwrap_or("application/octet-stream");
    match nested {
        Some(message) => json!({ "name": attachment.name, "media_type": media_type, "message": message }),
        None => file(&attachment.name, media_type, &view.attachment_bytes(index).unwrap_or_default()),
    }
}

fn shown(view: &MessageView<'_>, image: &Attachment) -> Value {
    let mut bytes = Vec::new();
    let whole = view.shown_file(image.index).is_some_and(|file| file.write_to(&mut bytes).is_ok());
    assert!(whole, "{} cannot be read", image.name);
    let mut said = file(&image.name, image.sniffed_type.unwrap_or(&image.declared_type), &bytes);
    if let Some(fields) = said.as_object_mut() {
        fields.insert("content_id".into(), json!(image.content_id));
    }
    said
}

fn file(name: &str, media_type: &str, bytes: &[u8]) -> Value {
    let sum = HEXLOWER.encode(digest(&SHA256, bytes).as_ref());
    json!({ "name": name, "media_type": media_type, "size": bytes.len(), "sha256": sum })
}
