//! [`Store`]: opens everything and hands out transactions and blobs.

use std::{ops::Range, sync::Arc};

use jiff::Timestamp;
use model::id::BlobId;
use tokio::sync::watch;

use crate::{
    BlobReader, BlobWalk, BlobWriter, Protection, Reader, StoreError, StoreSettings, Tx, blobs::BlobStore,
    engine::Engine, migrations,
};

/// The store: cheap to clone, shared by all.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    blobs: BlobStore,
    jobs_changed: Arc<watch::Sender<u64>>,
}

/// How many transactions were committed with how many commits to disk. On PostgreSQL, which groups by itself, both are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CommitCounts {
    /// Transactions that were acknowledged.
    pub transactions: u64,
    /// Commits that the database made for them.
    pub commits: u64,
}

impl Store {
    /// Opens database and blob store and brings the schema up to date. Several processes may do so at once.
    ///
    /// Fails with [`StoreError::Settings`] where the settings cannot work, [`StoreError::Corrupt`] where a migration that was applied is
    /// not the one this program knows, and [`StoreError::Unavailable`] where something cannot be reached.
    pub async fn open(settings: StoreSettings) -> Result<Self, StoreError> {
        let jobs_changed = Arc::new(watch::Sender::new(0));
        let blobs = BlobStore::open(settings.blobs)?;
        let engine = Engine::open(settings.database, Arc::clone(&jobs_changed)).await?;
        migrations::apply(&engine).await?;
        Ok(Self { engine, blobs, jobs_changed })
    }

    /// Begins a transaction. On SQLite this waits in turn for the one writer.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(Tx::new(self.engine.begin().await?))
    }

    /// Begins to read from one snapshot.
    pub async fn read(&self) -> Result<Reader, StoreError> {
        Ok(Reader::new(self.engine.read().await?))
    }

    /// Whether the database and the blob store answer.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.engine.ping().await?;
        self.blobs.ping().await
    }

    /// Answers, usually never, once the disk has failed to keep what was committed. What is on it is then unknown, nothing more is written, and
    /// the process is to be started anew: opening the database finds out.
    pub async fn lost(&self) -> StoreError {
        self.engine.lost().await
    }

    /// What protects the way to the database.
    pub fn protection(&self) -> Protection {
        self.engine.protection()
    }

    /// Changes whenever this process has committed jobs. Jobs of other processes are found by asking `next_due` now and then.
    ///
    /// A receiver that was busy meanwhile sees the change afterwards: none is lost.
    pub fn jobs_changed(&self) -> watch::Receiver<u64> {
        self.jobs_changed.subscribe()
    }

    /// How well commits were grouped since the start.
    pub fn commit_counts(&self) -> CommitCounts {
        self.engine.commit_counts()
    }

    /// Begins to write a large content object. It is there, all of it and durably, once [`BlobWriter::finish`] has answered; before, and if the
    /// writer is dropped, nothing is. Commit the row that refers to it afterwards, never before.
    pub fn blob_writer(&self, id: BlobId) -> BlobWriter {
        self.blobs.writer(id)
    }

    /// Reads a content object, or the `range` of bytes of it, wherever it lies. `None` if there is none.
    ///
    /// A range may reach beyond the end; what lies there is left out.
    pub async fn blob_reader(&self, id: BlobId, range: Option<Range<u64>>) -> Result<Option<BlobReader>, StoreError> {
        let mut reader = self.read().await?;
        if let Some(bytes) = reader.blobs().find(id).await? {
            return Ok(Some(BlobReader::inline(bytes, range)));
        }
        drop(reader);
        self.blobs.reader(id, range).await
    }

    /// Deletes a large content object; deleting what is not there succeeds.
    ///
    /// What makes content unreadable is the destruction of its keys, not this: a deleted file may come back after a power loss.
    pub async fn delete_blob(&self, id: BlobId) -> Result<(), StoreError> {
        self.blobs.delete(id).await
    }

    /// Walks over the large content objects that were written in a span of time. The sweep asks for each whether it is still needed
    /// ([`crate::Blobs::is_needed`]): a writer that died left no row, so its object is found here.
    pub fn blobs_written(&self, written: Range<Timestamp>) -> BlobWalk {
        self.blobs.walk(written)
    }

    /// Removes what was begun before `before` and never finished: half-written files, open multipart uploads. Answers how many.
    pub async fn abort_unfinished_blobs(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.blobs.abort_unfinished(before).await
    }
}
