//! The whole mailbox in one file [J12]: a ZIP with every message as PDF and as EML, a list of them as a page, and their SHA-256 sums.
//!
//! It is made while it is sent, one message after the other, the oldest first. At most three are in memory: one that is written, one that
//! waits, and one whose pages are being set. How far it has come is a row that every process can show. There is one archive for each mailbox: another one that
//! begins stops it, and so does the end of its session.

mod pack;
mod source;

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use model::{
    Language,
    audit::{Actor, Event},
    id::{ArchiveId, DeliveryId},
};
use pack::{Order, Packer};
use render::archive::{Contents, Dress};
use source::Source;
use store::{Archive, ArchiveState};
use tokio::sync::{mpsc, oneshot};

use super::{Streamed, file_name, note_in};
use crate::{App, audit, read::ReadError, session::SignedIn, trouble::Trouble};

/// How long after it was asked for an archive may begin by itself.
const ASKED_MAX: SignedDuration = SignedDuration::from_mins(1);
/// How long nothing is heard of an archive that runs until it is taken for broken off.
const SILENT_MAX: SignedDuration = SignedDuration::from_mins(2);
/// How often it is noted how far an archive has come.
const NOTE_EVERY: SignedDuration = SignedDuration::from_secs(1);
/// How often that is noted, and its session looked at, while the reader is slow.
const NOTE_WAITING: Duration = Duration::from_secs(20);
/// Messages between two notes at most.
const NOTE_MESSAGES_MAX: usize = 100;

/// What an archive would hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Messages in the mailbox, sent ones included.
    pub messages: u64,
    /// The size of all of them as they came in, in bytes.
    pub size_bytes: u64,
}

/// Tells what an archive would hold. Nothing is read.
pub async fn about(app: &App, owner: &SignedIn) -> Result<About, Trouble> {
    let messages = crate::account::messages(app, owner).await?;
    let size_bytes = app.store.read().await?.deliveries().size_bytes(owner.mailbox).await?;
    Ok(About { messages, size_bytes })
}

/// How far the last archive of a mailbox has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it does.
    pub state: ArchiveState,
    /// How many messages there were to save when it began.
    pub messages: u64,
    /// How many of them were come to.
    pub done: u64,
    /// How many of those could not be read.
    pub missing: u64,
    /// When it last came on.
    pub at: Timestamp,
}

/// How far the last archive has come, if there was one. One that went silent broke off; one that was asked for and never fetched never was.
pub async fn progress(app: &App, owner: &SignedIn) -> Result<Option<Progress>, Trouble> {
    let Some(row) = app.store.read().await?.archives().find(owner.mailbox).await? else { return Ok(None) };
    let silent = app.now().duration_since(row.seen_at);
    let state = match row.state {
        ArchiveState::Asked if silent >= ASKED_MAX => return Ok(None),
        ArchiveState::Running if silent >= SILENT_MAX => ArchiveState::Broken,
        state => state,
    };
    let Archive { messages, done, missing, seen_at: at, .. } = row;
    Ok(Some(Progress { state, messages, done, missing, at }))
}

/// Notes that the browser is about to fetch an archive.
pub async fn ask(app: &App, owner: &SignedIn) -> Result<(), Trouble> {
    put(app, owner, ArchiveState::Asked, None).await.map(|_| ())
}

/// Begins an archive, to be streamed.
pub async fn begin(app: &Arc<App>, owner: &Arc<SignedIn>, language: Language) -> Result<Streamed, ReadError> {
    let ids = app.store.read().await?.deliveries().ids(owner.mailbox).await?;
    let row = put(app, owner, ArchiveState::Running, Some(ids.len())).await?;
    let brand = &app.settings.brand;
    let day = app.now().to_zoned(brand.zone.clone()).date();
    let name = file_name(&format!("{} {day}", brand.organisation));
    let dress = Dress {
        language,
        organisation: brand.organisation.clone(),
        portal: brand.portal.clone(),
        zone: brand.zone.clone(),
        address: owner.address_shown.clone(),
        at: app.now(),
    };
    let contents = Contents::new(dress);
    let (orders, incoming) = mpsc::channel(1);
    let (done, written) = oneshot::channel();
    let width = ids.len().to_string().len();
    let source = Source { app: Arc::clone(app), owner: Arc::clone(owner), language, width };
    let streamed = Streamed::begin(format!("{name}.zip"), u64::MAX, move |opening| {
        opening.write(None, |out| {
            Packer::new(out, contents).pack(incoming)?;
            // Nobody waits where the archive had to stop.
            let _ = done.send(());
            Ok(())
        })
    });
    Ok(streamed.await?.meanwhile(Run { source, row, exported: Vec::new() }.run(ids, orders, written)))
}

/// Puts an archive in place of the last one. With a number of messages it begins, which is noted.
async fn put(app: &App, owner: &SignedIn, state: ArchiveState, messages: Option<usize>) -> Result<Archive, Trouble> {
    let now = app.now();
    let row = Archive {
        id: ArchiveId::new(now, &mut *app.entropy()),
        mailbox_id: owner.mailbox,
        session_id: owner.session,
        state,
        messages: messages.unwrap_or_default() as u64,
        done: 0,
        missing: 0,
        began_at: now,
        seen_at: now,
    };
    let mut tx = app.store.begin().await?;
    tx.archives().put(&row).await?;
    if let Some(messages) = messages {
        let event = Event::ArchiveBegun { messages };
        audit::record(&mut tx, now, Actor::Recipient(owner.mailbox), Some(owner.mailbox), &event).await?;
    }
    tx.commit().await?;
    Ok(row)
}

/// Why an archive stops before its end.
enum Stop {
    /// Another one of the mailbox has begun, or the session has ended.
    Superseded,
    /// Whoever reads it went away.
    Unread,
    /// Inner failure.
    Trouble(Trouble),
}

impl<E: Into<Trouble>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Trouble(error.into())
    }
}

/// An archive under way.
struct Run {
    source: Source,
    row: Archive,
    /// What was saved since that was last noted.
    exported: Vec<DeliveryId>,
}

impl Run {
    async fn run(mut self, ids: Vec<DeliveryId>, orders: mpsc::Sender<Order>, written: oneshot::Receiver<()>) {
        let ended = self.all(ids, orders, written).await;
        self.row.state = if ended.is_ok() { ArchiveState::Complete } else { ArchiveState::Broken };
        if let Err(Stop::Trouble(trouble)) = &ended {
            tracing::error!(code = trouble.code(), %trouble, mailbox = %self.row.mailbox_id, "an archive broke off");
        }
        if let Err(Stop::Trouble(trouble)) = self.note().await {
            tracing::warn!(%trouble, mailbox = %self.row.mailbox_id, "it could not be noted how an archive ended");
        }
    }

    async fn all(
        &mut self,
        ids: Vec<DeliveryId>,
        orders: mpsc::Sender<Order>,
        mut written: oneshot::Receiver<()>,
    ) -> Result<(), Stop> {
        for (index, id) in ids.into_iter().enumerate() {
            if let Some(message) = self.source.message(id, index + 1).await? {
                self.row.missing += u64::from(message.is_lost());
                self.hand_on(&orders, Order::Message(Box::new(message))).await?;
                self.exported.push(id);
                self.row.done += 1;
            }
            let since = self.source.app.now().duration_since(self.row.seen_at);
            if since >= NOTE_EVERY || self.exported.len() >= NOTE_MESSAGES_MAX {
                self.note().await?;
            }
        }
        self.hand_on(&orders, Order::End).await?;
        drop(orders);
        loop {
            match tokio::time::timeout(NOTE_WAITING, &mut written).await {
                Ok(ended) => return ended.map_err(|_| Stop::Unread),
                Err(_) => self.note().await?,
            }
        }
    }

    /// Waits until the writer takes an order; meanwhile it is noted that the archive is still under way.
    async fn hand_on(&mut self, orders: &mpsc::Sender<Order>, order: Order) -> Result<(), Stop> {
        loop {
            match tokio::time::timeout(NOTE_WAITING, orders.reserve()).await {
                Ok(Ok(place)) => {
                    place.send(order);
                    return Ok(());
                }
                Ok(Err(_)) => return Err(Stop::Unread),
                Err(_) => self.note().await?,
            }
        }
    }

    /// Notes how far it has come.
    async fn note(&mut self) -> Result<(), Stop> {
        let (app, owner) = (&self.source.app, &self.source.owner);
        self.row.seen_at = app.now();
        let mut tx = app.store.begin().await?;
        for id in self.exported.drain(..) {
            note_in(app, &mut tx, owner, id, "archive").await?;
        }
        let goes_on = tx.archives().advance(&self.row).await?;
        tx.commit().await?;
        if goes_on { Ok(()) } else { Err(Stop::Superseded) }
    }
}
