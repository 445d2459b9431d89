//! A quick look at a mail for the intake: who, to whom, about what, and what hangs on it.
//!
//! Reads the header block once and decodes only what routing and classification ask for. Works on a prefix of a mail as well (the header is in
//! front), never fails and changes nothing: mail is kept byte for byte.
//!
//! All `From` fields are kept apart ([`Head::from_fields`]): a mail with none or several has no clear author (RFC 5322
//! section 3.6.2), and different programs pick different ones.

use crate::field::{self, Correspondent, Fields, MailDate};
use crate::limits::HEADER_BYTES_MAX;
use crate::name;
use crate::structure::{Kind, Structure, TooComplex};

/// Name and type of an attachment, as its sender declares them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Cleaned file name; empty if there is none.
    pub name: String,
    /// Media type in lower case.
    pub media_type: String,
    /// Bytes as written in the mail (base64 is a third larger than the file).
    pub encoded_bytes: usize,
}

/// The decoded header of a mail.
#[derive(Debug, Clone)]
pub struct Head<'x> {
    /// Authors, one list per `From` field.
    pub from_fields: Vec<Vec<Correspondent>>,
    /// Who sent it for the authors.
    pub sender: Option<Correspondent>,
    /// Where answers go.
    pub reply_to: Vec<Correspondent>,
    /// Main recipients.
    pub to: Vec<Correspondent>,
    /// Other recipients.
    pub cc: Vec<Correspondent>,
    /// Subject, decoded, on one line.
    pub subject: String,
    /// When it was written.
    pub date: Option<MailDate>,
    /// Its id, without angle brackets.
    pub message_id: Option<String>,
    /// Ids of the mails it answers.
    pub in_reply_to: Vec<String>,
    /// Ids of the thread, oldest first.
    pub references: Vec<String>,
    /// `Auto-Submitted` (RFC 3834 section 5), in lower case; `None` and `no` mean a person wrote it.
    pub auto_submitted: Option<String>,
    /// `Sensitivity` (RFC 2156; Outlook), in lower case, like `company-confidential`.
    pub sensitivity: Option<String>,
    fields: Fields<'x>,
}

impl<'x> Head<'x> {
    /// Reads the header of `raw`; of a header longer than [`HEADER_BYTES_MAX`] only the beginning.
    pub fn read(raw: &'x [u8]) -> Self {
        let fields = Fields::read(raw.get(..HEADER_BYTES_MAX).unwrap_or(raw));
        let addresses = |name: &str| fields.all(name).flat_map(field::addresses).collect::<Vec<_>>();
        let ids = |name: &str| fields.first(name).map(field::message_ids).unwrap_or_default();
        let word = |name: &str| fields.first(name).map(|value| field::text(value).to_ascii_lowercase());
        Self {
            from_fields: fields.all("from").map(field::addresses).collect(),
            sender: fields.first("sender").and_then(|value| field::addresses(value).into_iter().next()),
            reply_to: addresses("reply-to"),
            to: addresses("to"),
            cc: addresses("cc"),
            subject: fields.first("subject").map(field::text).unwrap_or_default(),
            date: fields.first("date").and_then(field::date),
            message_id: ids("message-id").into_iter().next(),
            in_reply_to: ids("in-reply-to"),
            references: ids("references"),
            auto_submitted: word("auto-submitted"),
            sensitivity: word("sensitivity"),
            fields,
        }
    }

    /// The author, if exactly one `From` field names exactly one.
    pub fn author(&self) -> Option<&Correspondent> {
        match self.from_fields.as_slice() {
            [only] => match only.as_slice() {
                [author] if !author.address.is_empty() => Some(author),
                _ => None,
            },
            _ => None,
        }
    }

    /// Decoded texts of the first `count_max` fields of that name (any case).
    pub fn texts(&self, name: &str, count_max: usize) -> Vec<String> {
        self.fields.all(name).take(count_max).map(field::text).collect()
    }

    /// Decoded text of the first field of that name (any case).
    pub fn text(&self, name: &str) -> Option<String> {
        self.fields.first(name).map(field::text)
    }

    /// The raw fields, for other questions.
    pub fn fields(&self) -> &Fields<'x> {
        &self.fields
    }
}

/// Names and types of the attachments of `raw`, those of forwarded messages included.
pub fn attachments(raw: &[u8]) -> Result<Vec<Declared>, TooComplex> {
    let structure = Structure::scan(raw)?;
    let leaves = structure.parts.iter().filter(|part| part.kind == Kind::Leaf);
    Ok(leaves
        .filter_map(|part| {
            let fields = Fields::read(raw.get(part.header.clone())?);
            let declared = name::declared(&fields);
            let is_text = matches!(part.media_type.as_str(), "text/plain" | "text/html");
            let attached = declared.is_some() || !is_text || is_attached(&fields);
            attached.then(|| Declared {
                name: declared.map(|found| name::clean(&found)).unwrap_or_default(),
                media_type: part.media_type.clone(),
                encoded_bytes: part.body.len(),
            })
        })
        .collect())
}

/// Whether `Content-Disposition` says `attachment` (RFC 2183 section 2.2).
pub(crate) fn is_attached(fields: &Fields<'_>) -> bool {
    fields
        .first("content-disposition")
        .and_then(field::content_type)
        .is_some_and(|found| found.media_type == "attachment")
}
