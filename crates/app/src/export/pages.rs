//! A message as pages: PDF with the original and every attachment inside [J12].

use std::{borrow::Cow, future::Future, pin::Pin, sync::Arc};

use document::{
    Field, File, Mail, Pages, Stamp,
    attach::{Embedded, Embedding, Relation},
};
use jiff::{Timestamp, tz::TimeZone};
use mime::{field::Correspondent, view::MessageView};
use model::{Language, id::DeliveryId};
use render::{Paper, dates::Dates, sizes::Size};
use vault::Zeroizing;

use super::{Opening, Streamed, file_name, note};
use crate::{
    App,
    read::{self, Found, ReadError},
    session::SignedIn,
    trouble::Trouble,
};

/// Sets pages. The seam to the processes that do.
pub trait Typesetting: Send + Sync {
    /// Sets a mail, in the richest form that works in bounded time and memory.
    fn set(&self, mail: Mail) -> Setting<'_>;
}

/// Pages under way.
pub type Setting<'a> = Pin<Box<dyn Future<Output = Result<Pages, SetError>> + Send + 'a>>;

/// Why there are no pages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// Not even the text of the mail could be set.
    #[error("the mail cannot be set: {0}")]
    Refused(String),
    /// Nobody is there to set it.
    #[error("nothing sets pages just now: {0}")]
    Unavailable(String),
}

/// The message as PDF, to be streamed. Where nothing can be set, it is too complex, and the original is what can be saved.
pub async fn pdf(app: &App, owner: &SignedIn, language: Language, id: DeliveryId) -> Result<Streamed, ReadError> {
    let typesetting = app.typesetting.clone().ok_or_else(|| Trouble::Unavailable("nothing sets pages here".into()))?;
    let found = read::find(app, owner, id).await?;
    let (raw, share) = read::whole(app, &found).await?;
    let raw = Arc::new(raw);
    let about = About::of(app, &found, language);
    let (pages, date) = set(typesetting.as_ref(), about, &raw).await.map_err(|error| match error {
        SetError::Refused(_) => ReadError::TooComplex(id),
        SetError::Unavailable(why) => Trouble::Unavailable(why).into(),
    })?;
    let name = file_name(&found.header.subject);
    let original = format!("{name}.eml");
    let expected = found.row.size_bytes.saturating_add(pages.pdf.len() as u64);
    let write = move |opening: Opening| {
        let view = MessageView::read(&raw).map_err(|_too_complex| ReadError::TooComplex(id))?;
        let files = std::iter::once(whole(&raw, original)).chain(attachments(&view)).collect();
        let planned = Embedding::plan(&pages.pdf, files, date);
        let embedding = planned.map_err(|_too_large| ReadError::TooComplex(id))?;
        let written = opening.write(Some(embedding.size()), |out| embedding.write_to(out));
        drop(share);
        written
    };
    let streamed = Streamed::begin(format!("{name}.pdf"), expected, write).await?;
    note(app, owner, id, "pdf").await?;
    Ok(streamed)
}

/// Sets the pages of a message.
pub(super) async fn set(
    typesetting: &dyn Typesetting,
    about: About,
    raw: &Arc<Zeroizing<Vec<u8>>>,
) -> Result<(Pages, Stamp), SetError> {
    let raw = Arc::clone(raw);
    let prepared = tokio::task::spawn_blocking(move || MessageView::read(&raw).map(|view| about.mail(&view)));
    let refused = |why: &dyn std::fmt::Display| SetError::Refused(why.to_string());
    let mail = prepared.await.map_err(|error| refused(&error))?.map_err(|error| refused(&error))?;
    let date = mail.date;
    Ok((typesetting.set(mail).await?, date))
}

/// The original.
fn whole(raw: &[u8], name: String) -> Embedded<'_> {
    Embedded {
        name,
        media_type: "message/rfc822".into(),
        relation: Relation::Source,
        content: Box::new(Cow::Borrowed(raw)),
    }
}

/// Every attachment.
pub(super) fn attachments<'x>(view: &MessageView<'x>) -> Vec<Embedded<'x>> {
    let attached = view.attachments.iter().filter_map(|file| {
        Some(Embedded {
            name: file.name.clone(),
            media_type: file.sniffed_type.map_or_else(|| file.declared_type.clone(), str::to_owned),
            relation: Relation::Supplement,
            content: Box::new(view.file(file.index)?),
        })
    });
    attached.collect()
}

/// What is known of a message beside itself.
#[derive(Debug, Clone)]
pub struct About {
    /// Its subject as lists show it.
    pub subject: String,
    /// When it came.
    pub came_at: Timestamp,
    /// The clocks dates are told by.
    pub zone: TimeZone,
    /// The language of the words around it.
    pub language: Language,
}

impl About {
    pub(super) fn of(app: &App, found: &Found, language: Language) -> Self {
        Self {
            subject: found.header.subject.clone(),
            came_at: found.row.deposited_at.unwrap_or(found.row.accepted_at),
            zone: app.settings.brand.zone.clone(),
            language,
        }
    }

    /// The message as it is set.
    pub fn mail(&self, view: &MessageView<'_>) -> Mail {
        let paper = Paper::of(self.language);
        let written_at = view.date.and_then(|date| date.timestamp());
        let at = written_at.unwrap_or(self.came_at);
        let author = people(&view.from);
        let date = Dates::new(self.language, &self.zone).moment(&at);
        let lines = [
            (paper.from, author.clone()),
            (paper.to, people(&view.to)),
            (paper.cc, people(&view.cc)),
            (paper.date, date),
        ];
        let fields = lines.into_iter().filter(|(_, value)| !value.is_empty());
        let formatted = view.html.as_ref().map(|_| view.fragment());
        let is_cut = formatted.as_ref().is_some_and(|cleaned| cleaned.cut);
        let html = formatted.map(|cleaned| cleaned.html);
        let text = html.as_deref().map_or_else(|| view.readable_text().into_owned(), mime::html::to_text);
        Mail {
            id: view.message_id.clone().unwrap_or_else(|| format!("{} {at}", self.subject)),
            language: self.language.tag().to_owned(),
            title: if self.subject.trim().is_empty() { paper.subject_none } else { self.subject.clone() },
            author,
            date: stamp(at),
            fields: fields.map(|(label, value)| Field { label, value }).collect(),
            files: view
                .attachments
                .iter()
                .map(|file| File { name: file.name.clone(), size: Size(file.size_bytes as u64).text(self.language) })
                .collect(),
            html,
            text,
            is_cut,
            words: document::Words {
                files: paper.files,
                foot: paper.foot,
                plain: paper.plain,
                text: paper.text,
                images: paper.images,
                cut: paper.cut,
            },
        }
    }
}

fn people(all: &[Correspondent]) -> String {
    let each = all.iter().map(|who| match &who.name {
        Some(name) if !name.is_empty() => format!("{name} <{}>", who.address),
        _ => who.address.clone(),
    });
    each.collect::<Vec<_>>().join(", ")
}

pub(crate) fn stamp(at: Timestamp) -> Stamp {
    let at = at.to_zoned(TimeZone::UTC);
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    Stamp {
        year: i32::from(at.year()),
        month: small(at.month()),
        day: small(at.day()),
        hour: small(at.hour()),
        minute: small(at.minute()),
        second: small(at.second()),
    }
}
