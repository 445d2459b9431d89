//! Files of a draft: sealed as they arrive.

use model::{
    audit::Actor,
    id::{BlobId, DraftId},
};
use serde::{Deserialize, Serialize};
use store::Reader;
use vault::{DataKey, Purpose, Sealed, Zeroizing, seal};

use super::DraftFile;
use crate::{
    App,
    content::Incoming,
    job,
    scan::{self, Signature, Unscanned, carries_refusal},
    session::SignedIn,
    trouble::{Trouble, carries_trouble},
};

/// Files a draft may have.
pub const FILES_MAX: usize = 50;

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// There is no such draft. UPL-001
    #[error("no such draft")]
    NotFound,
    /// The draft has [`FILES_MAX`] files already. UPL-002
    #[error("too many files")]
    TooMany,
    /// With this file the message would be too large. UPL-003
    #[error("too large")]
    TooLarge,
    /// A scanner found malware in the file. UPL-004
    #[error("the file holds malware: {0}")]
    Malware(Signature),
    /// No scanner can look at the file just now. UPL-005
    #[error("the file cannot be scanned now")]
    Unscanned,
    /// No scanner takes a file of this size. UPL-006
    #[error("the file is too large to be scanned")]
    TooLargeToScan,
    /// Inner failure.
    #[error(transparent)]
    Trouble(Trouble),
}

carries_trouble!(UploadError);

carries_refusal!(UploadError);

impl UploadError {
    /// The code under which `docs/errors.md` explains it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "UPL-001",
            Self::TooMany => "UPL-002",
            Self::TooLarge => "UPL-003",
            Self::Malware(_) => "UPL-004",
            Self::Unscanned => "UPL-005",
            Self::TooLargeToScan => "UPL-006",
            Self::Trouble(trouble) => trouble.code(),
        }
    }
}

/// What is sealed of a file beside its content.
#[derive(Serialize, Deserialize)]
struct Meta {
    name: String,
    media_type: String,
    bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unscanned: Option<Unscanned>,
}

/// A file with the key that opens it.
pub(super) struct OpenedFile {
    pub(super) file: DraftFile,
    pub(super) key: DataKey,
}

/// A file on its way in.
pub struct Upload<'a> {
    app: &'a App,
    owner: &'a SignedIn,
    draft: DraftId,
    blob: BlobId,
    incoming: Incoming<'a>,
    room_bytes: u64,
}

impl<'a> Upload<'a> {
    /// Begins to take a file for a draft of the owner's.
    pub async fn begin(app: &'a App, owner: &'a SignedIn, draft: DraftId) -> Result<Self, UploadError> {
        let mut reader = app.store.read().await?;
        let room_bytes = room_left(app, owner, &mut reader, draft).await?;
        drop(reader);
        let blob = BlobId::new(app.now(), &mut *app.entropy());
        Ok(Self { app, owner, draft, blob, incoming: Incoming::new(app, *blob.as_bytes())?, room_bytes })
    }

    /// Takes the next bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        self.room_bytes = self.room_bytes.checked_sub(bytes.len() as u64).ok_or(UploadError::TooLarge)?;
        Ok(self.incoming.write(bytes).await?)
    }

    /// Ends the file and adds it to the draft, unless a scanner finds malware in it.
    pub async fn finish(self, name: &str, media_type: &str) -> Result<(), UploadError> {
        let stored = self.incoming.finish().await?;
        let actor = Actor::Recipient(self.owner.mailbox);
        let unscanned = scan::examine(self.app, actor, &stored).await.map_err(UploadError::from)?;
        let name = mime::name::clean(name);
        let meta = Meta {
            name: if name.is_empty() { "attachment".to_owned() } else { name },
            media_type: media_type.to_owned(),
            bytes: stored.size_bytes,
            unscanned,
        };
        let sealed = seal_meta(self.app, self.owner, self.blob, &meta, &stored.key)?;
        let now = self.app.now();
        let mut tx = self.app.store.begin().await?;
        if !tx.drafts().lock(self.owner.mailbox, self.draft).await? {
            return Err(UploadError::NotFound);
        }
        // Judged again: other files may have been added while this one came in.
        if room_left(self.app, self.owner, &mut tx, self.draft).await? < stored.size_bytes {
            return Err(UploadError::TooLarge);
        }
        stored.put(&mut tx, now).await?;
        let size_bytes = stored.size_bytes;
        let attachment = store::DraftAttachment { blob_id: self.blob, draft_id: self.draft, sealed, size_bytes };
        tx.drafts().attach(&attachment).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// How many bytes of files a draft of the owner's can still take.
async fn room_left(app: &App, owner: &SignedIn, reader: &mut Reader, draft: DraftId) -> Result<u64, UploadError> {
    if reader.drafts().find(owner.mailbox, draft).await?.is_none() {
        return Err(UploadError::NotFound);
    }
    let files = reader.drafts().attachments(draft).await?;
    if files.len() >= FILES_MAX {
        return Err(UploadError::TooMany);
    }
    let used: u64 = files.iter().map(|file| file.size_bytes).sum();
    Ok(files_bytes_max(app).saturating_sub(used))
}

/// How many bytes the files of a draft may have together.
pub fn files_bytes_max(app: &App) -> u64 {
    room(app.settings.portal.message_bytes_max)
}

/// How many bytes of files fit into a message of `message_bytes_max`: base64 makes them a third longer, with line ends a little more.
pub(crate) fn room(message_bytes_max: u64) -> u64 {
    (message_bytes_max / 100).saturating_mul(73)
}

/// The data key and the description, each sealed for the file; the key comes first, with its length in front.
fn seal_meta(app: &App, owner: &SignedIn, blob: BlobId, meta: &Meta, key: &DataKey) -> Result<Vec<u8>, Trouble> {
    let mut entropy = app.entropy();
    let key = key.seal(&owner.key, Purpose::DataKey, blob.as_bytes(), &mut *entropy)?;
    let bytes = Zeroizing::new(serde_json::to_vec(meta)?);
    let meta = seal(&owner.key, Purpose::DraftBody, blob.as_bytes(), &bytes, &mut *entropy)?;
    let length = u8::try_from(key.as_bytes().len()).map_err(|_| Trouble::broken("a sealed key is too long"))?;
    Ok([&[length], key.as_bytes(), meta.as_bytes()].concat())
}

pub(super) fn open(owner: &SignedIn, row: &store::DraftAttachment) -> Result<OpenedFile, Trouble> {
    let blob = row.blob_id;
    let broken = || Trouble::broken("a file without its key");
    let (length, rest) = row.sealed.split_first().ok_or_else(broken)?;
    let (key, meta) = rest.split_at_checked(usize::from(*length)).ok_or_else(broken)?;
    let key = DataKey::open(&owner.key, Purpose::DataKey, blob.as_bytes(), &Sealed::from_bytes(key.to_vec()))?;
    let meta = vault::open(&owner.key, Purpose::DraftBody, blob.as_bytes(), &Sealed::from_bytes(meta.to_vec()))?;
    let Meta { name, media_type, bytes, unscanned } = serde_json::from_slice(&meta)?;
    Ok(OpenedFile { file: DraftFile { blob, name, media_type, bytes, unscanned }, key })
}

/// Removes a file from a draft of the owner's. `false` if it has none like it.
pub async fn detach(app: &App, owner: &SignedIn, draft: DraftId, blob: BlobId) -> Result<bool, Trouble> {
    let mut tx = app.store.begin().await?;
    if !tx.drafts().lock(owner.mailbox, draft).await? || !tx.drafts().detach(draft, blob).await? {
        return Ok(false);
    }
    job::remove_content(app, &mut tx, blob).await?;
    tx.commit().await?;
    Ok(true)
}
