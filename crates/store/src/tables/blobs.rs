//! Small content objects inside the database, written in the transaction of the row that refers to them.
//!
//! Content above [`BLOB_INLINE_BYTES_MAX`] goes to the blob store ([`crate::Store::blob_writer`]) before the transaction begins. Either way
//! [`crate::Store::blob_reader`] finds it.

use jiff::Timestamp;
use model::id::BlobId;

use crate::{
    StoreError,
    session::{Access, Write},
    value::params,
};

/// The most bytes of a content object inside the database.
pub const BLOB_INLINE_BYTES_MAX: usize = 256 * 1024;

pub(crate) const IS_NEEDED: &str = "SELECT 1 FROM messages WHERE blob_id = $1 AND (data_key_sealed IS NOT NULL OR EXISTS \
       (SELECT 1 FROM deliveries WHERE message_id = messages.id AND deliveries.data_key_sealed IS NOT NULL)) \
     UNION ALL SELECT 1 FROM outgoing WHERE blob_id = $1 AND data_key_sealed IS NOT NULL \
     UNION ALL SELECT 1 FROM draft_attachments WHERE blob_id = $1 LIMIT 1";

/// Access to the small content objects.
pub struct Blobs<'a, A>(pub(crate) Access<'a, A>);

impl<A> Blobs<'_, A> {
    /// The bytes of a small object.
    pub async fn find(&mut self, id: BlobId) -> Result<Option<Vec<u8>>, StoreError> {
        self.0
            .query_one("SELECT content FROM blobs WHERE id = $1", params![id])
            .await?
            .map(|mut row| row.take())
            .transpose()
    }

    /// Whether some row still has a key that opens this object. What is not needed can be deleted.
    pub async fn is_needed(&mut self, id: BlobId) -> Result<bool, StoreError> {
        Ok(self.0.query_one(IS_NEEDED, params![id]).await?.is_some())
    }
}

impl Blobs<'_, Write> {
    /// Stores a small object.
    ///
    /// Fails with [`StoreError::TooLarge`] above [`BLOB_INLINE_BYTES_MAX`].
    pub async fn insert(&mut self, id: BlobId, bytes: &[u8], now: Timestamp) -> Result<(), StoreError> {
        if bytes.len() > BLOB_INLINE_BYTES_MAX {
            return Err(StoreError::TooLarge {
                what: "blob inside the database",
                bytes_max: BLOB_INLINE_BYTES_MAX as u64,
            });
        }
        let sql = "INSERT INTO blobs (id, content, created_at) VALUES ($1, $2, $3)";
        self.0.execute(sql, params![id, bytes, now]).await?;
        Ok(())
    }

    /// Deletes a small object. `false` if it is not inside the database.
    pub async fn delete(&mut self, id: BlobId) -> Result<bool, StoreError> {
        Ok(self.0.execute("DELETE FROM blobs WHERE id = $1", params![id]).await? == 1)
    }
}
