//! A mail as a person reads it: who, when, about what, the text, and what is attached.
//!
//! [`MessageView::read`] finds the structure, chooses the body ([`body`]) and lists the attachments ([`attachment`]). Attachments
//! are decoded when asked for, not before. A forwarded mail is an attachment that can be read in turn ([`MessageView::nested`]).

mod attachment;
mod body;
mod file;

use std::borrow::Cow;

pub use attachment::{Attachment, Disposition};
pub use file::File;

use crate::archive::Budget;
use crate::calendar::{self, Invitation};
use crate::caution::{self, Look};
use crate::field::{self, Correspondent, MailDate};
use crate::head::Head;
use crate::limits::INVITATIONS_MAX;
use crate::structure::{Structure, TooComplex};
use crate::transfer::Encoding;
use crate::{html, text, tnef};
use attachment::{Content, Source};

/// A mail, ready to be shown. Borrows the raw bytes, from which attachments are decoded on demand.
#[derive(Debug, Clone)]
pub struct MessageView<'x> {
    /// Authors; several `From` fields are joined, see [`MessageView::from_is_clear`].
    pub from: Vec<Correspondent>,
    /// Whether exactly one `From` field names exactly one author.
    pub from_is_clear: bool,
    /// Who sent it for the authors.
    pub sender: Option<Correspondent>,
    /// Where answers go, if not to the authors.
    pub reply_to: Vec<Correspondent>,
    /// Main recipients.
    pub to: Vec<Correspondent>,
    /// Other recipients.
    pub cc: Vec<Correspondent>,
    /// Subject, decoded, on one line.
    pub subject: String,
    /// When it says it was written.
    pub date: Option<MailDate>,
    /// Its id, without angle brackets.
    pub message_id: Option<String>,
    /// Body as plain text (flowed lines joined), if the mail has one.
    pub text: Option<String>,
    /// Body as HTML, if the mail has one; hostile until [`html::clean`] has seen it.
    pub html: Option<String>,
    /// Everything that is not body, in the order of the mail.
    pub attachments: Vec<Attachment>,
    /// Images that the HTML body shows, in the order of the mail; [`Attachment::index`] is their place here.
    pub shown: Vec<Attachment>,
    /// Calendar invitations, also attached as files.
    pub invitations: Vec<Invitation>,
    raw: &'x [u8],
    structure: Structure,
    sources: Vec<Source>,
    shown_sources: Vec<Source>,
    inline: Vec<(String, Source)>,
    containers: Vec<Vec<u8>>,
}

impl<'x> MessageView<'x> {
    /// Reads a whole mail.
    pub fn read(raw: &'x [u8]) -> Result<Self, TooComplex> {
        let structure = Structure::scan(raw)?;
        let chosen = body::choose(raw, &structure);
        let head = Head::read(raw);
        let mut view = Self {
            from_is_clear: head.author().is_some(),
            from: head.from_fields.iter().flatten().cloned().collect(),
            sender: head.sender.clone(),
            reply_to: head.reply_to.clone(),
            to: head.to.clone(),
            cc: head.cc.clone(),
            subject: head.subject.clone(),
            date: head.date,
            message_id: head.message_id.clone(),
            text: None,
            html: None,
            attachments: Vec::new(),
            shown: Vec::new(),
            invitations: Vec::new(),
            raw,
            structure,
            sources: Vec::new(),
            shown_sources: Vec::new(),
            inline: Vec::new(),
            containers: Vec::new(),
        };
        (view.text, view.html) = body::render(raw, &view.structure, &chosen.body);
        view.collect(&chosen.rest);
        Ok(view)
    }

    /// The header block as it came, without the empty line that ends it.
    pub fn header(&self) -> &'x [u8] {
        self.structure.part(0).and_then(|mail| self.raw.get(mail.header.clone())).unwrap_or_default()
    }

    /// The body as text, made from the HTML if there is no other; empty if there is no body.
    pub fn readable_text(&self) -> Cow<'_, str> {
        match (&self.text, &self.html) {
            (Some(text), _) => Cow::Borrowed(text),
            (None, Some(html)) => Cow::Owned(html::to_text(html)),
            (None, None) => Cow::Borrowed(""),
        }
    }

    /// The body as a harmless HTML fragment: the cleaned HTML if there is one that shows something, else the text.
    pub fn fragment(&self) -> html::Cleaned {
        let options = html::CleanOptions { inline_image: &|id| self.inline_image(id) };
        match (&self.html, &self.text) {
            (Some(html), _) => html::clean(html, &options),
            (None, text) => {
                let text = text.as_deref().unwrap_or_default();
                html::Cleaned {
                    html: text::to_html(text),
                    blocked_remote_count: 0,
                    text_words: text.split_whitespace().count(),
                    cut: text.len() >= crate::limits::BODY_BYTES_MAX,
                }
            }
        }
    }

    /// The decoded bytes of the attachment at `index`.
    pub fn attachment_bytes(&self, index: usize) -> Option<Cow<'_, [u8]>> {
        self.bytes(self.sources.get(index)?)
    }

    /// What a person should know of each attachment before opening it, in their order. Archives are decoded one at a time to look into them.
    pub fn look(&self) -> Vec<Look> {
        let mut budget = Budget::default();
        let look = |file: &Attachment| {
            let content = || self.attachment_bytes(file.index);
            caution::look(&file.name, file.sniffed_type, file.size_bytes, &mut budget, content)
        };
        self.attachments.iter().map(look).collect()
    }

    /// The attachment at `index`, to be decoded piece by piece.
    pub fn file(&self, index: usize) -> Option<File<'x>> {
        self.file_of(self.sources.get(index)?, self.attachments.get(index)?)
    }

    /// The shown image at `index`, likewise.
    pub fn shown_file(&self, index: usize) -> Option<File<'x>> {
        self.file_of(self.shown_sources.get(index)?, self.shown.get(index)?)
    }

    fn file_of(&self, source: &Source, about: &Attachment) -> Option<File<'x>> {
        match source {
            Source::Part(part) => {
                let part = self.structure.part(*part)?;
                let body = self.raw.get(part.body.clone())?;
                Some(File::Encoded { encoding: part.encoding, body, size_bytes: about.size_bytes as u64 })
            }
            // What is unpacked from a container is in memory already, and does not outlive this view.
            Source::Container { container, range } => {
                Some(File::Unpacked(self.containers.get(*container)?.get(range.clone())?.to_vec()))
            }
        }
    }

    /// The raw bytes of the forwarded mail attached at `index`, if they stand in this mail as they are.
    pub fn nested_raw(&self, index: usize) -> Option<&'x [u8]> {
        if !self.attachments.get(index)?.is_message {
            return None;
        }
        let Source::Part(part) = self.sources.get(index)? else { return None };
        let part = self.structure.part(*part).filter(|part| part.encoding == Encoding::Identity)?;
        self.raw.get(part.body.clone())
    }

    /// The bytes of the inline part with that Content-ID (without angle brackets).
    pub fn inline_image(&self, content_id: &str) -> Option<Cow<'_, [u8]>> {
        let (_, source) = self.inline.iter().find(|(known, _)| known.eq_ignore_ascii_case(content_id))?;
        self.bytes(source)
    }

    /// The raw bytes of the forwarded mail attached at `index`, to be read with [`MessageView::read`] in turn.
    ///
    /// `None` if that attachment is no mail.
    pub fn nested(&self, index: usize) -> Option<Cow<'_, [u8]>> {
        let is_mail = self.attachments.get(index)?.is_message;
        is_mail.then(|| self.attachment_bytes(index)).flatten()
    }

    fn bytes(&self, source: &Source) -> Option<Cow<'_, [u8]>> {
        match source {
            Source::Part(part) => {
                let part = self.structure.part(*part)?;
                Some(part.encoding.decode(self.raw.get(part.body.clone())?))
            }
            Source::Container { container, range } => {
                Some(Cow::Borrowed(self.containers.get(*container)?.get(range.clone())?))
            }
        }
    }

    /// Lists the parts that are not body.
    fn collect(&mut self, rest: &[usize]) {
        let (mut names, mut shown_names) = (crate::name::Names::default(), crate::name::Names::default());
        let html = self.html.clone().unwrap_or_default();
        let mut found: Vec<Content> = Vec::new();
        for index in rest {
            let Some(content) = attachment::of_part(self.raw, &self.structure, *index) else { continue };
            if content.media_type == "text/calendar" {
                self.invite(*index);
            }
            match self.unpack(&content, *index) {
                Some(unpacked) => found.extend(unpacked),
                None => found.push(content),
            }
        }
        for content in found {
            if self.keep_inline(&content, &html) {
                let index = self.shown.len();
                self.shown.push(content.attachment(index, &mut shown_names));
                self.shown_sources.push(content.source);
            } else {
                let index = self.attachments.len();
                self.attachments.push(content.attachment(index, &mut names));
                self.sources.push(content.source);
            }
        }
    }

    /// Remembers a part with a Content-ID; answers whether the HTML body shows it, so that it need not be listed.
    fn keep_inline(&mut self, content: &Content, html: &str) -> bool {
        let Some(id) = &content.id else { return false };
        self.inline.push((id.clone(), content.source.clone()));
        let is_image = matches!(content.sniffed, Some("image/png" | "image/jpeg" | "image/gif" | "image/webp"));
        is_image && memchr::memmem::find(html.as_bytes(), format!("cid:{id}").as_bytes()).is_some()
    }

    fn invite(&mut self, index: usize) {
        if self.invitations.len() < INVITATIONS_MAX
            && let Some(text) = body::decoded_text(self.raw, &self.structure, index)
            && let Some(mut invitation) = calendar::read(&text)
        {
            if invitation.method.is_empty() {
                invitation.method =
                    attachment::parameter(self.raw, &self.structure, index, "method").unwrap_or_default();
            }
            self.invitations.push(invitation);
        }
    }

    /// Unpacks a `winmail.dat`: its files, and its body if the mail has no other.
    fn unpack(&mut self, content: &Content, index: usize) -> Option<Vec<Content>> {
        let declared = matches!(content.media_type.as_str(), "application/ms-tnef" | "application/vnd.ms-tnef");
        if !declared && !content.name.eq_ignore_ascii_case("winmail.dat") {
            return None;
        }
        let part = self.structure.part(index)?;
        let bytes = part.encoding.decode(self.raw.get(part.body.clone())?).into_owned();
        let unpacked = tnef::unpack(&bytes)?;
        let container = self.containers.len();
        let files = unpacked.files.into_iter().map(|file| attachment::of_file(file, container, &bytes)).collect();
        let has_text = self.text.as_ref().is_some_and(|text| !text.trim().is_empty());
        if !has_text {
            self.text = unpacked.text.or(self.text.take());
        }
        if self.html.is_none() {
            self.html = unpacked.html;
        }
        self.containers.push(bytes);
        Some(files)
    }
}

/// Whether the bytes look like a mail: a header with an author or a date in front.
pub(crate) fn looks_like_mail(raw: &[u8]) -> bool {
    let fields = field::Fields::read(raw.get(..16 * 1024).unwrap_or(raw));
    fields.first("from").is_some() || fields.first("date").is_some() || fields.first("subject").is_some()
}
