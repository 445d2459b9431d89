//! Content objects at rest: encrypted chunk by chunk as they arrive, small ones inside the database, large ones in the blob store.
//!
//! Plaintext never touches the disk, and no more than a few chunks of a large object are in memory at a time.

use bytes::Bytes;
use jiff::Timestamp;
use model::id::BlobId;
use store::{BLOB_INLINE_BYTES_MAX, BlobReader, BlobWriter, Tx};
use vault::{DataKey, Decryptor, Encryptor, Zeroizing};

use crate::{App, trouble::Trouble};

/// How much of an object that is in memory is opened at once, in bytes.
const INLINE_PIECE_BYTES: usize = 64 * 1024;

/// Takes content as it arrives.
pub(crate) struct Incoming<'a> {
    app: &'a App,
    blob: BlobId,
    key: DataKey,
    encryptor: Encryptor,
    object: Vec<u8>,
    large: Option<BlobWriter>,
    size_bytes: u64,
}

/// Content that is encrypted and, if large, already in the blob store. It counts only once [`Stored::put`] is committed.
pub(crate) struct Stored {
    /// Where it lies.
    pub(crate) blob: BlobId,
    /// What opens it.
    pub(crate) key: DataKey,
    /// Its size in clear, in bytes.
    pub(crate) size_bytes: u64,
    inline: Option<Bytes>,
}

impl<'a> Incoming<'a> {
    /// Begins the content object of the thing with the id `id`.
    pub(crate) fn new(app: &'a App, id: [u8; 16]) -> Result<Self, Trouble> {
        let mut entropy = app.entropy();
        let key = DataKey::generate(&mut *entropy);
        let encryptor = Encryptor::new(&key, &id, &mut *entropy)?;
        let blob = BlobId::from_bytes(id);
        Ok(Self { app, blob, key, encryptor, object: Vec::new(), large: None, size_bytes: 0 })
    }

    /// Takes the next bytes.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.size_bytes = self.size_bytes.saturating_add(bytes.len() as u64);
        self.encryptor.update(bytes, &mut self.object)?;
        if self.object.len() > BLOB_INLINE_BYTES_MAX {
            let (store, blob) = (&self.app.store, self.blob);
            let writer = self.large.get_or_insert_with(|| store.blob_writer(blob));
            writer.write(&self.object).await?;
            self.object.clear();
        }
        Ok(())
    }

    /// Ends the content. A large object is durable in the blob store when this returns.
    pub(crate) async fn finish(mut self) -> Result<Stored, Trouble> {
        self.encryptor.finish(&mut self.object)?;
        let inline = match self.large {
            Some(mut writer) => {
                writer.write(&self.object).await?;
                writer.finish().await?;
                None
            }
            None => Some(Bytes::from(self.object)),
        };
        Ok(Stored { blob: self.blob, key: self.key, size_bytes: self.size_bytes, inline })
    }
}

impl Stored {
    /// An object that lies there already.
    pub(crate) const fn of(blob: BlobId, key: DataKey, size_bytes: u64) -> Self {
        Self { blob, key, size_bytes, inline: None }
    }

    /// Reads it from the start, with little in memory.
    pub(crate) async fn pieces(&self, app: &App) -> Result<Pieces, Trouble> {
        let source = match &self.inline {
            Some(object) => Source::Inline(object.clone()),
            None => Source::large(app, self.blob).await?,
        };
        Ok(Pieces { open: Some((Decryptor::new(&self.key, self.blob.as_bytes()), source)) })
    }

    /// Removes what lies in the blob store and no row refers to. What stays there by a failure is unreadable and swept later.
    pub(crate) async fn discard(&self, app: &App) {
        if self.inline.is_none()
            && let Err(error) = app.store.delete_blob(self.blob).await
        {
            tracing::warn!(content = %self.blob, %error, "refused content stays until it is swept");
        }
    }

    /// Puts a small object into the database, together with the row that refers to it.
    pub(crate) async fn put(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Trouble> {
        if let Some(object) = &self.inline {
            tx.blobs().insert(self.blob, object, now).await?;
        }
        Ok(())
    }
}

/// Stores a whole content at once.
pub(crate) async fn store(app: &App, id: [u8; 16], content: &[u8]) -> Result<Stored, Trouble> {
    let mut incoming = Incoming::new(app, id)?;
    incoming.write(content).await?;
    incoming.finish().await
}

/// Reads a content object in order.
pub struct Content {
    key: DataKey,
    id: [u8; 16],
    source: Source,
}

enum Source {
    Inline(Bytes),
    Large(BlobReader),
}

impl Source {
    async fn large(app: &App, blob: BlobId) -> Result<Self, Trouble> {
        let reader = app.store.blob_reader(blob, None).await?;
        reader.map(Self::Large).ok_or_else(|| Trouble::broken(format!("content {blob} is gone")))
    }
}

impl Content {
    /// Finds the object.
    pub(crate) async fn find(app: &App, blob: BlobId, key: DataKey, id: [u8; 16]) -> Result<Self, Trouble> {
        let mut reader = app.store.read().await?;
        let inline = reader.blobs().find(blob).await?;
        drop(reader);
        let source = match inline {
            Some(object) => Source::Inline(object.into()),
            None => Source::large(app, blob).await?,
        };
        Ok(Self { key, id, source })
    }

    /// Reads all of it, up to `bytes_max`.
    pub(crate) async fn read_all(self, bytes_max: u64) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        match self.source {
            Source::Inline(object) => Ok(vault::content::decrypt(&self.key, &self.id, &object)?),
            Source::Large(reader) => {
                let object = reader.read_all(vault::content::object_bytes(bytes_max)).await?;
                Ok(vault::content::decrypt(&self.key, &self.id, &object)?)
            }
        }
    }

    /// Reads the first bytes, about `bytes_max` of them or all there are.
    pub(crate) async fn beginning(self, bytes_max: usize) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        let mut reader = match self.source {
            Source::Inline(object) => return Ok(vault::content::decrypt(&self.key, &self.id, &object)?),
            Source::Large(reader) => reader,
        };
        let mut decryptor = Decryptor::new(&self.key, &self.id);
        let mut beginning = Zeroizing::new(Vec::new());
        while beginning.len() < bytes_max
            && let Some(object) = reader.next().await?
        {
            decryptor.update(&object, &mut beginning)?;
        }
        Ok(beginning)
    }

    /// Reads the content piece by piece, with little in memory.
    pub fn pieces(self) -> Pieces {
        Pieces { open: Some((Decryptor::new(&self.key, &self.id), self.source)) }
    }
}

/// A content that is being read.
pub struct Pieces {
    /// `None` once its end was read.
    open: Option<(Decryptor, Source)>,
}

impl Pieces {
    /// The next piece, never empty; `None` at the end, which was then verified to be the true end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Trouble> {
        let mut piece = Vec::new();
        while piece.is_empty() {
            let Some((mut decryptor, mut source)) = self.open.take() else { return Ok(None) };
            let object = match &mut source {
                Source::Inline(object) if object.is_empty() => None,
                Source::Inline(object) => Some(object.split_to(object.len().min(INLINE_PIECE_BYTES))),
                Source::Large(reader) => reader.next().await?,
            };
            match object {
                Some(object) => {
                    decryptor.update(&object, &mut piece)?;
                    self.open = Some((decryptor, source));
                }
                None => decryptor.finish(&mut piece)?,
            }
        }
        Ok(Some(Bytes::from(piece)))
    }
}
