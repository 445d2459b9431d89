//! What the owner of a mailbox sees: lists, messages, attachments (J9, J11, J14).
//!
//! What is opened for the first time costs the opening of a hybrid seal; it is then sealed again under the mailbox's symmetric key, in
//! place, so that every later look is cheap. The cleaned view of a message is kept the same way.

mod list;
mod view;

use bytes::Bytes;
use jiff::Timestamp;
pub use list::{List, Place, SEARCHED_ROWS_MAX, list, search};
pub use mime::caution::Caution;
use model::{
    audit::{Actor, Event},
    id::DeliveryId,
};
use store::{Delivery, Folder, Mailbox, MailboxState};
use vault::{DataKey, Purpose, Sealed, Zeroizing, seal};
pub use view::{Attached, Invited, NestedView, Person, View};

use crate::{
    App, audit,
    content::Content,
    header::HeaderBlock,
    room::Share,
    session::SignedIn,
    trouble::{Trouble, carries_trouble},
};

/// The largest message shown or taken apart; larger ones are downloaded whole.
pub const SHOWN_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A message as a list shows it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its delivery.
    pub id: DeliveryId,
    /// Where it lies.
    pub folder: Folder,
    /// Who, and about what.
    pub header: HeaderBlock,
    /// When it came or was sent.
    pub at: Timestamp,
    /// Whether it was never read.
    pub unread: bool,
    /// Whether it has attachments.
    pub has_attachments: bool,
    /// Until when it is kept (J14).
    pub kept_until: Timestamp,
    /// For what the owner sent: `delivered` or `failed` once that is known.
    pub outcome: Option<String>,
    /// Size of the message, in bytes.
    pub size_bytes: u64,
}

/// A message that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The message as lists show it.
    pub entry: Entry,
    /// What it says; `None` where it is too complex to be shown.
    pub view: Option<View>,
}

/// Why nothing is shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is no such message in this mailbox. RED-001
    #[error("no such message")]
    NotFound,
    /// The owner deleted it. RED-002
    #[error("the message was deleted")]
    Deleted(Timestamp),
    /// This message is too complex to be taken apart; it can be saved whole. RED-003
    #[error("too complex to be shown")]
    TooComplex(DeliveryId),
    /// Inner failure.
    #[error(transparent)]
    Trouble(Trouble),
}

carries_trouble!(ReadError);

impl ReadError {
    /// The code under which `docs/errors.md` explains it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RED-001",
            Self::Deleted(_) => "RED-002",
            Self::TooComplex(_) => "RED-003",
            Self::Trouble(trouble) => trouble.code(),
        }
    }
}

/// Messages in the inbox never read.
pub async fn unread(app: &App, owner: &SignedIn) -> Result<u64, Trouble> {
    let mut reader = app.store.read().await?;
    Ok(reader.deliveries().counts(owner.mailbox, Folder::Inbox).await?.unread)
}

async fn mailbox(reader: &mut store::Reader, owner: &SignedIn) -> Result<Mailbox, Trouble> {
    let mailbox = reader.mailboxes().find(owner.mailbox).await?;
    mailbox.ok_or_else(|| Trouble::broken("a session without its mailbox"))
}

/// Opens the header blocks of rows; those opened for the first time are sealed again for cheap opening.
async fn open_all(app: &App, owner: &SignedIn, mailbox: &Mailbox, rows: Vec<Delivery>) -> Result<Vec<Entry>, Trouble> {
    let mut entries = Vec::with_capacity(rows.len());
    let mut fresh = Vec::new();
    for row in rows {
        let (header, data_key) = open_row(owner, &row)?;
        if !row.kept {
            fresh.push((row.id, header.clone(), data_key));
        }
        entries.push(entry(app, mailbox, &row, header));
    }
    if !fresh.is_empty() {
        let mut tx = app.store.begin().await?;
        for (id, header, data_key) in fresh {
            keep(app, &mut tx, owner, id, &header, &data_key).await?;
        }
        tx.commit().await?;
    }
    Ok(entries)
}

fn entry(app: &App, mailbox: &Mailbox, row: &Delivery, header: HeaderBlock) -> Entry {
    Entry {
        id: row.id,
        folder: row.folder.unwrap_or(Folder::Inbox),
        at: row.deposited_at.unwrap_or(row.accepted_at),
        unread: row.read_at.is_none() && row.folder == Some(Folder::Inbox),
        has_attachments: row.has_attachments,
        kept_until: kept_until(app, mailbox, row),
        outcome: row.outcome.clone(),
        size_bytes: row.size_bytes,
        header,
    }
}

/// Until when a message is kept: its own date while the mailbox waits to be activated (R1), then as long as the mailbox (R2).
fn kept_until(app: &App, mailbox: &Mailbox, row: &Delivery) -> Timestamp {
    let last = mailbox.signed_in_at.map_or(mailbox.message_at, |signed_in| signed_in.max(mailbox.message_at));
    match row.expires_at.filter(|_| mailbox.state == MailboxState::Pending) {
        Some(expires_at) => expires_at,
        None => app.settings.retention.inactivity_deadline(last),
    }
}

/// Opens header block and data key of a row. The data key is opened only where both were sealed together.
fn open_row(owner: &SignedIn, row: &Delivery) -> Result<(HeaderBlock, DataKey), Trouble> {
    let id = row.id.as_bytes();
    let header = Sealed::from_bytes(row.header_sealed.clone().ok_or_else(|| Trouble::broken("no header block"))?);
    let data_key = Sealed::from_bytes(row.data_key_sealed.clone().ok_or_else(|| Trouble::broken("no data key"))?);
    let (header, data_key) = if row.kept {
        (
            vault::open(&owner.key, Purpose::HeaderBlock, id, &header)?,
            DataKey::open(&owner.key, Purpose::DataKey, id, &data_key)?,
        )
    } else {
        (
            vault::open_with(owner.private()?, Purpose::HeaderBlock, id, &header)?,
            DataKey::open_with(owner.private()?, Purpose::DataKey, id, &data_key)?,
        )
    };
    Ok((serde_json::from_slice(&header)?, data_key))
}

/// Seals header block and data key under the mailbox's symmetric key.
pub(crate) fn seal_row(
    app: &App,
    owner: &SignedIn,
    id: DeliveryId,
    header: &HeaderBlock,
    data_key: &DataKey,
) -> Result<(Vec<u8>, Vec<u8>), Trouble> {
    let mut entropy = app.entropy();
    let block = Zeroizing::new(serde_json::to_vec(header)?);
    let header = seal(&owner.key, Purpose::HeaderBlock, id.as_bytes(), &block, &mut *entropy)?;
    let data_key = data_key.seal(&owner.key, Purpose::DataKey, id.as_bytes(), &mut *entropy)?;
    Ok((header.into_bytes(), data_key.into_bytes()))
}

async fn keep(
    app: &App,
    tx: &mut store::Tx,
    owner: &SignedIn,
    id: DeliveryId,
    header: &HeaderBlock,
    data_key: &DataKey,
) -> Result<(), Trouble> {
    let (header, data_key) = seal_row(app, owner, id, header, data_key)?;
    tx.deliveries().keep(id, &data_key, &header).await?;
    Ok(())
}

/// A row of the mailbox, with its keys opened.
pub(crate) struct Found {
    pub(crate) row: Delivery,
    pub(crate) mailbox: Mailbox,
    pub(crate) header: HeaderBlock,
    pub(crate) data_key: DataKey,
}

/// Finds a message of the owner's.
pub(crate) async fn find(app: &App, owner: &SignedIn, id: DeliveryId) -> Result<Found, ReadError> {
    let mut reader = app.store.read().await?;
    let Some(row) = reader.deliveries().find_in_mailbox(owner.mailbox, id).await? else {
        let gone = reader.deliveries().find(id).await?.filter(|row| row.mailbox_id == Some(owner.mailbox));
        return Err(gone.and_then(|row| row.ended_at).map_or(ReadError::NotFound, ReadError::Deleted));
    };
    let mailbox = mailbox(&mut reader, owner).await?;
    drop(reader);
    let (header, data_key) = open_row(owner, &row)?;
    Ok(Found { row, mailbox, header, data_key })
}

/// The whole content of a message, byte for byte.
pub(crate) async fn content(app: &App, found: &Found) -> Result<Content, Trouble> {
    let mut reader = app.store.read().await?;
    let message = reader.messages().find(found.row.message_id).await?;
    drop(reader);
    let message = message.ok_or_else(|| Trouble::broken("a delivery without its message"))?;
    Content::find(app, message.blob_id, found.data_key.clone(), *message.id.as_bytes()).await
}

/// The whole content of a message at once, and the share of the room that it takes.
pub(crate) async fn whole(app: &App, found: &Found) -> Result<(Zeroizing<Vec<u8>>, Share), Trouble> {
    let share = app.room.share(found.row.size_bytes).await?;
    Ok((content(app, found).await?.read_all(SHOWN_BYTES_MAX).await?, share))
}

/// Which kept view holds what a page shows of a message.
const VIEW: &str = "view";

/// A message as lists show it. Nothing of its content is opened, and it does not count as read.
pub async fn look_up(app: &App, owner: &SignedIn, id: DeliveryId) -> Result<Entry, ReadError> {
    let found = find(app, owner, id).await?;
    Ok(entry(app, &found.mailbox, &found.row, found.header))
}

/// Opens a message. The first time, it is marked read and its view is kept.
pub async fn open(app: &App, owner: &SignedIn, id: DeliveryId) -> Result<Opened, ReadError> {
    let found = find(app, owner, id).await?;
    let view = match kept_view(app, &found).await? {
        Kept::View(view) => Some(*view),
        Kept::TooComplex => None,
        Kept::Nothing => make_view(app, owner, &found).await?,
    };
    let entry = entry(app, &found.mailbox, &found.row, found.header);
    Ok(Opened { entry, view })
}

/// What was kept when a message was opened.
pub(crate) enum Kept {
    /// Its view.
    View(Box<View>),
    /// That it cannot be taken apart.
    TooComplex,
    /// Nothing: it was never opened.
    Nothing,
}

/// What was kept of a message. Its content is not read.
pub(crate) async fn kept_view(app: &App, found: &Found) -> Result<Kept, Trouble> {
    let mut reader = app.store.read().await?;
    let Some(sealed) = reader.kept_views().find(found.row.id, VIEW).await? else { return Ok(Kept::Nothing) };
    drop(reader);
    let key = found.data_key.kept_views();
    let bytes = vault::open(&key, Purpose::KeptView, found.row.id.as_bytes(), &Sealed::from_bytes(sealed))?;
    let view: Option<View> = serde_json::from_slice(&bytes)?;
    Ok(view.map_or(Kept::TooComplex, |view| Kept::View(Box::new(view))))
}

async fn make_view(app: &App, owner: &SignedIn, found: &Found) -> Result<Option<View>, Trouble> {
    let (raw, share) = whole(app, found).await?;
    let tags = app.rules.subject_tags().to_vec();
    let made = tokio::task::spawn_blocking(move || {
        let view = View::of(&raw, &tags);
        drop(share);
        view
    });
    let view = made.await.map_err(|_| Trouble::broken("view"))?;
    let id = found.row.id;
    let bytes = Zeroizing::new(serde_json::to_vec(&view)?);
    let sealed = seal(&found.data_key.kept_views(), Purpose::KeptView, id.as_bytes(), &bytes, &mut *app.entropy())?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    if !found.row.kept {
        keep(app, &mut tx, owner, id, &found.header, &found.data_key).await?;
    }
    tx.kept_views().put(id, VIEW, sealed.as_bytes()).await?;
    if tx.deliveries().mark_read(id, now).await? {
        let event = Event::Read { delivery: id };
        audit::record(&mut tx, now, Actor::Recipient(owner.mailbox), Some(owner.mailbox), &event).await?;
    }
    tx.commit().await?;
    Ok(view)
}

/// A file taken out of a message.
#[derive(Debug)]
pub struct File {
    /// Its name, fit for every file system.
    pub name: String,
    /// Its media type, as far as it is known.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// Tells what an attachment is. It is known since the message was opened, and no content is read; of a message that never was, the
/// attachment is taken out to see. Neither counts as reading.
pub async fn about_attachment(
    app: &App,
    owner: &SignedIn,
    id: DeliveryId,
    index: usize,
) -> Result<Attached, ReadError> {
    let found = find(app, owner, id).await?;
    match kept_view(app, &found).await? {
        Kept::View(view) => view.attachments.into_iter().find(|file| file.index == index).ok_or(ReadError::NotFound),
        Kept::TooComplex => Err(ReadError::TooComplex(id)),
        Kept::Nothing => {
            let File { name, media_type, bytes } = attachment(app, owner, id, index).await?;
            Ok(Attached::new(index, name, media_type, bytes.len() as u64))
        }
    }
}

/// Takes one attachment out of a message.
pub async fn attachment(app: &App, owner: &SignedIn, id: DeliveryId, index: usize) -> Result<File, ReadError> {
    let found = find(app, owner, id).await?;
    let (raw, share) = whole(app, &found).await?;
    let taken = tokio::task::spawn_blocking(move || {
        let view = mime::view::MessageView::read(&raw).map_err(|_| ReadError::TooComplex(id))?;
        let about = view.attachments.get(index).ok_or(ReadError::NotFound)?;
        let bytes = view.attachment_bytes(index).ok_or(ReadError::NotFound)?.into_owned();
        let media_type = about.sniffed_type.map_or_else(|| about.declared_type.clone(), str::to_owned);
        Ok(File { name: about.name.clone(), media_type, bytes: share.of(bytes) })
    });
    taken.await.map_err(|_| Trouble::broken("attachment"))?
}
