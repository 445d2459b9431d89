//! Drafts: what a recipient is writing, sealed, with its attachments. They survive a lost session.

use jiff::Timestamp;
use model::id::{BlobId, DeliveryId, DraftId, MailboxId};

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, debug_shows, params},
};

/// A draft.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// The mailbox it is written in.
    pub mailbox_id: MailboxId,
    /// The delivery it answers.
    pub answers: Option<DeliveryId>,
    /// Recipients, subject and text, sealed under the mailbox's symmetric key.
    pub sealed: Vec<u8>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last saved.
    pub updated_at: Timestamp,
}

debug_shows!(Draft: id, mailbox_id, answers);

/// A file attached to a draft.
#[derive(Clone, PartialEq, Eq)]
pub struct DraftAttachment {
    /// Where its content lies, and its id.
    pub blob_id: BlobId,
    /// The draft.
    pub draft_id: DraftId,
    /// Name, type and data key, sealed under the mailbox's symmetric key.
    pub sealed: Vec<u8>,
    /// Size of the content, in bytes.
    pub size_bytes: u64,
}

debug_shows!(DraftAttachment: blob_id, draft_id, size_bytes);

fn read(mut row: Row) -> Result<Draft, StoreError> {
    Ok(Draft {
        id: row.take()?,
        mailbox_id: row.take()?,
        answers: row.take()?,
        sealed: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

/// Access to the drafts.
pub struct Drafts<'a, A>(pub(crate) Access<'a, A>);

impl<A> Drafts<'_, A> {
    /// The draft with this id in this mailbox.
    pub async fn find(&mut self, mailbox_id: MailboxId, id: DraftId) -> Result<Option<Draft>, StoreError> {
        let sql = "SELECT id, mailbox_id, answers, sealed, created_at, updated_at FROM drafts WHERE id = $1 AND mailbox_id = $2";
        self.0.query_one(sql, params![id, mailbox_id]).await?.map(read).transpose()
    }

    /// The drafts of a mailbox, last saved first.
    pub async fn list(&mut self, mailbox_id: MailboxId) -> Result<Vec<Draft>, StoreError> {
        let sql = "SELECT id, mailbox_id, answers, sealed, created_at, updated_at FROM drafts WHERE mailbox_id = $1 \
                   ORDER BY updated_at DESC, id DESC";
        self.0.query(sql, params![mailbox_id]).await?.into_iter().map(read).collect()
    }

    /// The attachments of a draft, in the order they were attached.
    pub async fn attachments(&mut self, draft_id: DraftId) -> Result<Vec<DraftAttachment>, StoreError> {
        let sql =
            "SELECT blob_id, draft_id, sealed, size_bytes FROM draft_attachments WHERE draft_id = $1 ORDER BY position";
        let rows = self.0.query(sql, params![draft_id]).await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(DraftAttachment {
                    blob_id: row.take()?,
                    draft_id: row.take()?,
                    sealed: row.take()?,
                    size_bytes: row.take()?,
                })
            })
            .collect()
    }
}

impl Drafts<'_, Write> {
    /// Keeps every other transaction from this draft until this one ends. `false` if the mailbox has no such draft (any more).
    pub async fn lock(&mut self, mailbox_id: MailboxId, id: DraftId) -> Result<bool, StoreError> {
        let sql = "UPDATE drafts SET updated_at = updated_at WHERE id = $1 AND mailbox_id = $2";
        Ok(self.0.execute(sql, params![id, mailbox_id]).await? == 1)
    }

    /// Adds a draft.
    pub async fn insert(&mut self, draft: &Draft) -> Result<(), StoreError> {
        let sql = "INSERT INTO drafts (id, mailbox_id, answers, sealed, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6)";
        let params =
            params![draft.id, draft.mailbox_id, draft.answers, draft.sealed, draft.created_at, draft.updated_at];
        self.0.execute(sql, params).await?;
        Ok(())
    }

    /// Saves a draft. `false` if it is gone.
    pub async fn update(&mut self, id: DraftId, sealed: &[u8], now: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE drafts SET sealed = $2, updated_at = $3 WHERE id = $1";
        Ok(self.0.execute(sql, params![id, sealed, now]).await? == 1)
    }

    /// Deletes a draft and its attachments, and answers the attachments' blobs, which nothing refers to any more.
    pub async fn delete(&mut self, id: DraftId) -> Result<Vec<BlobId>, StoreError> {
        let rows =
            self.0.query("DELETE FROM draft_attachments WHERE draft_id = $1 RETURNING blob_id", params![id]).await?;
        self.0.execute("DELETE FROM drafts WHERE id = $1", params![id]).await?;
        rows.into_iter().map(|mut row| row.take()).collect()
    }

    /// Attaches a file. Its blob must be durable already.
    pub async fn attach(&mut self, attachment: &DraftAttachment) -> Result<(), StoreError> {
        let sql = "INSERT INTO draft_attachments (blob_id, draft_id, position, sealed, size_bytes) VALUES ($1, $2, \
                   (SELECT COALESCE(MAX(position), 0) + 1 FROM draft_attachments WHERE draft_id = $2), $3, $4)";
        let params = params![attachment.blob_id, attachment.draft_id, attachment.sealed, attachment.size_bytes];
        self.0.execute(sql, params).await?;
        Ok(())
    }

    /// Takes a file off a draft. `false` if it is not there.
    pub async fn detach(&mut self, draft_id: DraftId, blob_id: BlobId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM draft_attachments WHERE draft_id = $1 AND blob_id = $2";
        Ok(self.0.execute(sql, params![draft_id, blob_id]).await? == 1)
    }
}
