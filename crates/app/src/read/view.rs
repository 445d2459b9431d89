//! A message prepared for its page: decoded, cleaned, small enough to be kept.

use jiff::Timestamp;
use mime::{
    caution::{self, Caution, Look},
    field::Correspondent,
    text,
    view::MessageView,
};
use serde::{Deserialize, Serialize};

/// Forwarded mails shown below the message; more are files only.
pub(crate) const NESTED_SHOWN_MAX: usize = 10;

/// Everything a page shows of a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct View {
    /// The authors.
    pub from: Vec<Person>,
    /// Main recipients.
    pub to: Vec<Person>,
    /// Other recipients.
    pub cc: Vec<Person>,
    /// The subject, without class tags.
    pub subject: String,
    /// When it was written.
    pub date: Option<Timestamp>,
    /// Its id, for answers.
    pub message_id: Option<String>,
    /// The thread it belongs to, oldest first.
    pub references: Vec<String>,
    /// The text as a safe piece of HTML.
    pub text_html: String,
    /// The cleaned HTML, if the sender wrote any: a fragment for a sandboxed frame.
    pub html: Option<String>,
    /// Pictures from elsewhere that were left out.
    pub blocked_images: usize,
    /// Pictures that are part of the message.
    pub images: usize,
    /// Length of the readable text, in characters.
    pub characters: usize,
    /// Whether something was too long and is cut.
    pub cut: bool,
    /// Invitations.
    pub invitations: Vec<Invited>,
    /// Forwarded mails.
    pub nested: Vec<NestedView>,
    /// Files.
    pub attachments: Vec<Attached>,
}

/// Somebody named in a header.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name; may be empty.
    pub name: String,
    /// The address; may be empty.
    pub address: String,
}

/// An invitation to an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// What it is about.
    pub summary: String,
    /// Where.
    pub location: String,
    /// When it begins, where the moment is certain.
    pub starts_at: Option<Timestamp>,
    /// When it ends, likewise.
    pub ends_at: Option<Timestamp>,
    /// Whether it is a cancellation.
    pub cancelled: bool,
}

/// A forwarded mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NestedView {
    /// Who wrote it.
    pub from: Person,
    /// Its subject.
    pub subject: String,
    /// When it was written.
    pub date: Option<Timestamp>,
    /// Its text as a safe piece of HTML.
    pub text_html: String,
}

/// A file that came with the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Its number, from 0.
    pub index: usize,
    /// Its name, fit for every file system.
    pub name: String,
    /// Its media type, as far as it is known.
    pub media_type: String,
    /// Its size, in bytes.
    pub bytes: u64,
    /// For ZIP archives: how many files are in it.
    #[serde(default)]
    pub files: Option<usize>,
    /// What was found in it that a person should know before opening it.
    #[serde(default)]
    found: Option<Caution>,
}

impl Attached {
    /// A file of which nothing is known but its name and size.
    pub(super) const fn new(index: usize, name: String, media_type: String, bytes: u64) -> Self {
        Self { index, name, media_type, bytes, files: None, found: None }
    }

    /// Why to be careful with it, if there is a reason. Views that were kept before files were looked into have the name to go by.
    pub fn caution(&self) -> Option<Caution> {
        self.found.or_else(|| caution::by_name(&self.name))
    }
}

impl View {
    /// The view of a mail, or `None` where it is too complex to be shown.
    pub fn of(raw: &[u8], tags: &[String]) -> Option<Self> {
        let view = MessageView::read(raw).ok()?;
        let head = mime::head::Head::read(raw);
        let readable = view.readable_text();
        let cleaned = view.html.is_some().then(|| view.fragment());
        Some(Self {
            from: people(&view.from),
            to: people(&view.to),
            cc: people(&view.cc),
            subject: model::policy::without_tags(&view.subject, tags),
            date: view.date.and_then(|date| date.timestamp()),
            message_id: view.message_id.clone(),
            references: head.references.clone(),
            text_html: text::to_html(&readable),
            blocked_images: cleaned.as_ref().map_or(0, |cleaned| cleaned.blocked_remote_count),
            images: cleaned.as_ref().map_or(0, |cleaned| cleaned.html.matches("<img").count()),
            characters: readable.chars().count(),
            cut: cleaned.as_ref().is_some_and(|cleaned| cleaned.cut),
            html: cleaned.map(|cleaned| cleaned.html),
            invitations: view.invitations.iter().map(invited).collect(),
            nested: nested(&view),
            attachments: view.attachments.iter().zip(view.look()).map(attached).collect(),
        })
    }
}

fn attached((file, look): (&mime::view::Attachment, Look)) -> Attached {
    let media_type = file.sniffed_type.map_or_else(|| file.declared_type.clone(), str::to_owned);
    let attached = Attached::new(file.index, file.name.clone(), media_type, file.size_bytes as u64);
    Attached { files: look.files, found: look.caution, ..attached }
}

fn people(correspondents: &[Correspondent]) -> Vec<Person> {
    correspondents.iter().map(person).collect()
}

fn person(correspondent: &Correspondent) -> Person {
    Person { name: correspondent.name.clone().unwrap_or_default(), address: correspondent.address.clone() }
}

fn invited(invitation: &mime::calendar::Invitation) -> Invited {
    let moment = |time: &Option<mime::calendar::EventTime>| {
        let time = time.as_ref()?;
        let zone = if time.zone.is_empty() { None } else { jiff::tz::TimeZone::get(&time.zone).ok() };
        time.local.to_zoned(zone?).ok().map(|zoned| zoned.timestamp())
    };
    Invited {
        summary: invitation.summary.clone(),
        location: invitation.location.clone(),
        starts_at: moment(&invitation.starts),
        ends_at: moment(&invitation.ends),
        cancelled: invitation.method.eq_ignore_ascii_case("cancel"),
    }
}

fn nested(view: &MessageView<'_>) -> Vec<NestedView> {
    let files = view.attachments.iter().filter(|file| file.is_message).take(NESTED_SHOWN_MAX);
    files
        .filter_map(|file| {
            let raw = view.nested(file.index)?;
            let inner = MessageView::read(&raw).ok()?;
            Some(NestedView {
                from: inner.from.first().map(person).unwrap_or_default(),
                subject: inner.subject.clone(),
                date: inner.date.and_then(|date| date.timestamp()),
                text_html: text::to_html(&inner.readable_text()),
            })
        })
        .collect()
}
