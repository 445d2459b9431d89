//! What goes into an archive, message by message.

use std::sync::Arc;

use document::{Pages, Stamp};
use jiff::civil;
use model::{Language, id::DeliveryId};
use render::{archive::Entry, pages::mailbox::Folder};
use tokio::sync::Semaphore;
use vault::Zeroizing;

use crate::{
    App,
    content::Content,
    export::{
        file_name,
        pages::{About, set},
    },
    read::{self, Found, ReadError, SHOWN_BYTES_MAX},
    room::Share,
    session::SignedIn,
    trouble::Trouble,
};

/// Characters of a subject in the names of files: the path of the folder they are unpacked in comes before.
const SUBJECT_CHARS_MAX: usize = 60;

/// Pages for archives are set one after the other, so that somebody who saves a single message finds a free place.
static SETTING: Semaphore = Semaphore::const_new(1);

/// A message for an archive.
pub(super) struct Message {
    /// The beginning of the names of its files: a number and the day, so that they sort by time, and the subject.
    pub(super) stem: String,
    /// When it came or was sent, by the organisation's clocks.
    pub(super) local: civil::DateTime,
    /// Its line in the list, before its files are there.
    pub(super) entry: Entry,
    pub(super) body: Body,
}

/// The content of a message.
pub(super) enum Body {
    /// All of it, with its pages where they could be set.
    Whole { raw: Arc<Zeroizing<Vec<u8>>>, pages: Option<(Pages, Stamp)>, share: Share },
    /// It is too large to be taken apart: so many bytes.
    Large(Content, u64),
    /// It cannot be read.
    Lost,
}

impl Message {
    pub(super) const fn is_lost(&self) -> bool {
        matches!(self.body, Body::Lost)
    }
}

/// Where the messages come from.
pub(super) struct Source {
    pub(super) app: Arc<App>,
    pub(super) owner: Arc<SignedIn>,
    pub(super) language: Language,
    /// Digits of the numbers.
    pub(super) width: usize,
}

impl Source {
    /// The message with this number, or `None` where it was deleted meanwhile.
    ///
    /// What is only away for now is an error: the archive breaks off, and another try may get it. What is broken for good must not keep the
    /// rest from being saved: it is named in the list.
    pub(super) async fn message(&self, id: DeliveryId, number: usize) -> Result<Option<Message>, Trouble> {
        let found = match read::find(&self.app, &self.owner, id).await {
            Ok(found) => found,
            Err(ReadError::NotFound | ReadError::Deleted(_)) => return Ok(None),
            Err(ReadError::TooComplex(_)) => return Err(Trouble::broken("a message that was not taken apart")),
            Err(ReadError::Trouble(trouble)) => return Err(trouble),
        };
        let body = match self.body(&found).await {
            Err(Trouble::Broken(why)) => {
                tracing::error!(delivery = %id, why, "a message cannot be read, and an archive goes on without it");
                Body::Lost
            }
            body => body?,
        };
        Ok(Some(self.told(&found, number, body)))
    }

    fn told(&self, found: &Found, number: usize, body: Body) -> Message {
        let row = &found.row;
        let at = row.deposited_at.unwrap_or(row.accepted_at);
        let local = at.to_zoned(self.app.settings.brand.zone.clone()).datetime();
        let short: String = found.header.subject.chars().take(SUBJECT_CHARS_MAX).collect();
        let width = self.width;
        Message {
            stem: format!("{number:0width$} {} {}", local.date(), file_name(&short)),
            local,
            entry: Entry {
                folder: if row.folder == Some(store::Folder::Sent) { Folder::Sent } else { Folder::Inbox },
                correspondent: found.header.shown_name().to_owned(),
                subject: found.header.subject.clone(),
                at,
                size_bytes: row.size_bytes,
                attached: row.has_attachments,
                pages: None,
                original: None,
            },
            body,
        }
    }

    async fn body(&self, found: &Found) -> Result<Body, Trouble> {
        if found.row.size_bytes > SHOWN_BYTES_MAX {
            return Ok(Body::Large(read::content(&self.app, found).await?, found.row.size_bytes));
        }
        let (raw, share) = read::whole(&self.app, found).await?;
        let raw = Arc::new(raw);
        let pages = self.pages(found, &raw).await;
        Ok(Body::Whole { raw, pages, share })
    }

    /// The pages of a message. Where there are none, the message is there as it was sent.
    async fn pages(&self, found: &Found, raw: &Arc<Zeroizing<Vec<u8>>>) -> Option<(Pages, Stamp)> {
        let typesetting = self.app.typesetting.as_ref()?;
        let _turn = SETTING.acquire().await.ok()?;
        let set = set(typesetting.as_ref(), About::of(&self.app, found, self.language), raw).await;
        set.inspect_err(|why| tracing::warn!(delivery = %found.row.id, %why, "a message without pages")).ok()
    }
}
