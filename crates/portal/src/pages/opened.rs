//! An opened message between the use case and its page: owned texts on one side, borrowed fields on the other.

use app::read::{self, Attached, Opened as Read, Person, View};
use render::pages::{
    mailbox::Folder,
    message::{Attachment, Body, Caution, Correspondent, Event, FileKind, FrameHeight, Nested, Opened},
};

use super::mailbox;

/// Everything the page of a message points to.
pub(crate) struct Parts<'a> {
    read: &'a Read,
    frame: String,
    to: Vec<Correspondent<'a>>,
    cc: Vec<Correspondent<'a>>,
    events: Vec<Event<'a>>,
    nested: Vec<Nested<'a>>,
    attachments: Vec<Attachment<'a>>,
}

/// Which form of the body is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// As the sender formatted it, where there is such a form.
    Formatted,
    /// Plain text.
    Text,
}

impl<'a> Parts<'a> {
    pub(crate) fn of(read: &'a Read) -> Self {
        let view = read.view.as_ref();
        Self {
            read,
            frame: format!("{}/frame", render::paths::message(read.entry.id)),
            to: view.map(|view| people(&view.to)).unwrap_or_default(),
            cc: view.map(|view| people(&view.cc)).unwrap_or_default(),
            events: view.map(events).unwrap_or_default(),
            nested: view.map(nested).unwrap_or_default(),
            attachments: view.map(attachments).unwrap_or_default(),
        }
    }

    /// The message as the page shows it; `owner` is the address of the mailbox, from which the owner writes.
    pub(crate) fn opened(&'a self, shown: Shown, owner: &'a str) -> Opened<'a> {
        let entry = &self.read.entry;
        let view = self.read.view.as_ref();
        let folder = match entry.folder {
            store::Folder::Inbox => Folder::Inbox,
            store::Folder::Sent => Folder::Sent,
        };
        let other = Correspondent { name: &entry.header.name, address: &entry.header.address };
        let from = match folder {
            Folder::Inbox => view.and_then(|view| view.from.first()).map_or(other, person),
            Folder::Sent => Correspondent { name: "", address: owner },
        };
        Opened {
            id: entry.id.to_string(),
            folder,
            from,
            to: &self.to,
            cc: &self.cc,
            subject: view.map_or(&entry.header.subject, |view| &view.subject),
            at: entry.at,
            kept_until: Some(entry.kept_until),
            progress: mailbox::progress(entry, folder),
            body: self.body(shown),
            two_views: view.is_some_and(|view| view.html.is_some() && !view.text_html.trim().is_empty()),
            unscanned: entry.header.unscanned.is_some(),
            blocked_images: view.map_or(0, |view| view.blocked_images),
            events: &self.events,
            nested: &self.nested,
            attachments: &self.attachments,
            answerable: folder == Folder::Inbox,
        }
    }

    fn body(&'a self, shown: Shown) -> Body<'a> {
        let Some(view) = &self.read.view else { return Body::TooComplex };
        if view.html.is_some() && shown == Shown::Formatted {
            let height = FrameHeight::estimate(view.characters, view.images);
            return Body::Frame { url: &self.frame, height };
        }
        if view.text_html.trim().is_empty() { Body::Empty } else { Body::Text(&view.text_html) }
    }
}

fn person(person: &Person) -> Correspondent<'_> {
    Correspondent { name: &person.name, address: &person.address }
}

fn people(people: &[Person]) -> Vec<Correspondent<'_>> {
    people.iter().map(person).collect()
}

fn events(view: &View) -> Vec<Event<'_>> {
    view.invitations
        .iter()
        .map(|event| Event {
            title: &event.summary,
            starts_at: event.starts_at,
            ends_at: event.ends_at,
            place: &event.location,
            cancelled: event.cancelled,
        })
        .collect()
}

fn nested(view: &View) -> Vec<Nested<'_>> {
    view.nested
        .iter()
        .map(|nested| Nested {
            from: person(&nested.from),
            subject: &nested.subject,
            at: nested.date,
            html: &nested.text_html,
        })
        .collect()
}

fn attachments(view: &View) -> Vec<Attachment<'_>> {
    view.attachments
        .iter()
        .map(|file| Attachment {
            number: file.index,
            name: &file.name,
            kind: kind(file),
            files: file.files,
            caution: file.caution().map(caution),
            bytes: file.bytes,
        })
        .collect()
}

/// A program is called one whatever its media type; a picture or a document that can act is what its name says.
fn kind(file: &Attached) -> FileKind {
    match (file.caution(), FileKind::of(&file.name, "")) {
        (Some(read::Caution::Disguised), _) | (Some(read::Caution::Program), FileKind::Other) => FileKind::Program,
        _ => FileKind::of(&file.name, &file.media_type),
    }
}

const fn caution(found: read::Caution) -> Caution {
    match found {
        read::Caution::Disguised => Caution::Disguised,
        read::Caution::Program => Caution::Program,
        read::Caution::Unusual => Caution::Unusual,
        read::Caution::ProgramsInside => Caution::ProgramsInside,
        read::Caution::Macros => Caution::Macros,
        read::Caution::Locked => Caution::Locked,
    }
}
