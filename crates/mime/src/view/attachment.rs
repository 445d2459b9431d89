//! What hangs on a mail.

use std::ops::Range;

use crate::field::{self, Fields};
use crate::limits::SNIFF_BYTES_MAX;
use crate::name::{self, Names};
use crate::structure::{Kind, Structure};
use crate::transfer::Encoding;
use crate::{sniff, tnef};

/// How the sender wants a part shown (RFC 2183).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// As a file.
    Attachment,
    /// In the body.
    Inline,
}

/// A file that came with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Position in [`super::MessageView::attachments`], also its name in addresses.
    pub index: usize,
    /// File name: cleaned, never empty, unique within the mail.
    pub name: String,
    /// Media type as declared, in lower case.
    pub declared_type: String,
    /// Media type recognised from the content, if known.
    pub sniffed_type: Option<&'static str>,
    /// Bytes when decoded.
    pub size_bytes: usize,
    /// How the sender wants it shown.
    pub disposition: Disposition,
    /// Content-ID without angle brackets.
    pub content_id: Option<String>,
    /// Whether it is a mail that can be read in turn.
    pub is_message: bool,
}

/// Where the bytes of an attachment are.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// The body of a part, encoded.
    Part(usize),
    /// Within an unpacked container.
    Container { container: usize, range: Range<usize> },
}

/// An attachment before it has its place and final name.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub name: String,
    pub media_type: String,
    pub sniffed: Option<&'static str>,
    pub size_bytes: usize,
    pub disposition: Disposition,
    pub id: Option<String>,
    pub is_message: bool,
    pub source: Source,
}

impl Content {
    /// Gives it its place and a name of its own.
    pub(super) fn attachment(&self, index: usize, names: &mut Names) -> Attachment {
        let name = if self.name.is_empty() {
            format!(
                "{}.{}",
                if self.is_message { "message" } else { "attachment" },
                extension(self.sniffed.unwrap_or(&self.media_type))
            )
        } else {
            self.name.clone()
        };
        Attachment {
            index,
            name: names.unique(&name),
            declared_type: self.media_type.clone(),
            sniffed_type: self.sniffed,
            size_bytes: self.size_bytes,
            disposition: self.disposition,
            content_id: self.id.clone(),
            is_message: self.is_message,
        }
    }
}

/// Extension for a file that came without a name.
fn extension(media_type: &str) -> &'static str {
    match media_type {
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "image/gif" => "gif",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "message/rfc822" | "message/global" => "eml",
        "text/calendar" => "ics",
        "text/html" => "html",
        "text/vcard" => "vcf",
        text if text.starts_with("text/") || text.starts_with("message/") => "txt",
        _ => "bin",
    }
}

fn fields<'x>(raw: &'x [u8], structure: &Structure, index: usize) -> Option<Fields<'x>> {
    Some(Fields::read(raw.get(structure.part(index)?.header.clone())?))
}

/// A parameter of the `Content-Type` of a part.
pub(super) fn parameter(raw: &[u8], structure: &Structure, index: usize, name: &str) -> Option<String> {
    let found = fields(raw, structure, index)?.first("content-type").and_then(field::content_type)?;
    found.parameter(name).map(str::to_owned)
}

/// Describes the part at `index`.
pub(super) fn of_part(raw: &[u8], structure: &Structure, index: usize) -> Option<Content> {
    let part = structure.part(index)?;
    let fields = fields(raw, structure, index)?;
    let body = raw.get(part.body.clone())?;
    let beginning = part.encoding.decode(body.get(..SNIFF_BYTES_MAX * 2).unwrap_or(body));
    let is_mail_type = matches!(part.media_type.as_str(), "message/rfc822" | "message/global");
    let is_message = part.kind == Kind::Message || (is_mail_type && super::looks_like_mail(&beginning));
    let declared = name::declared(&fields).map(|found| name::clean(&found)).unwrap_or_default();
    let name = if declared.is_empty() && is_message { subject_name(&beginning) } else { declared };
    let inline = fields.first("content-disposition").and_then(field::content_type);
    let inline = inline.is_some_and(|found| found.media_type == "inline");
    Some(Content {
        name,
        media_type: part.media_type.clone(),
        sniffed: sniff::media_type(&beginning),
        size_bytes: part.encoding.decoded_len(body),
        disposition: if inline { Disposition::Inline } else { Disposition::Attachment },
        id: fields.first("content-id").and_then(|value| field::message_ids(value).into_iter().next()),
        is_message,
        source: Source::Part(index),
    })
}

/// A forwarded mail is named by its subject.
fn subject_name(raw: &[u8]) -> String {
    let subject = Fields::read(raw).first("subject").map(field::text).unwrap_or_default();
    let name = name::clean(&subject.replace(['/', '\\'], "-"));
    if name.is_empty() { name } else { name::clean(&format!("{name}.eml")) }
}

/// Describes a file of an unpacked container.
pub(super) fn of_file(file: tnef::File, container: usize, bytes: &[u8]) -> Content {
    let data = bytes.get(file.data.clone()).unwrap_or_default();
    let sniffed = sniff::media_type(data.get(..SNIFF_BYTES_MAX).unwrap_or(data));
    let media_type = file.media_type.unwrap_or_else(|| sniffed.unwrap_or("application/octet-stream").to_owned());
    Content {
        name: name::clean(&file.name),
        media_type,
        sniffed,
        size_bytes: Encoding::Identity.decoded_len(data),
        disposition: Disposition::Attachment,
        id: file.content_id,
        is_message: false,
        source: Source::Container { container, range: file.data },
    }
}
