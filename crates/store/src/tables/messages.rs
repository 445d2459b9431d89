//! Messages: content once, with the decision that was made about it.

use jiff::Timestamp;
use model::id::{BlobId, MessageId};

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, debug_shows, params, words},
};

words! {
    /// Which way a message goes, seen from the organisation's sender to the recipient.
    Direction {
        /// From the organisation to a recipient.
        In = "in",
        /// From a recipient to the organisation.
        Out = "out",
    }
}

/// A message.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Which way it goes.
    pub direction: Direction,
    /// The protection class that was decided, as a word.
    pub class: String,
    /// The decision with its reasons, as JSON.
    pub decision: String,
    /// The reverse-path of the envelope; empty for the null reverse-path.
    pub reverse_path: String,
    /// What else the envelope said, as JSON.
    pub envelope: String,
    /// Hash of the Message-ID, by which answers are recognised.
    pub message_id_hash: Option<Vec<u8>>,
    /// Size of the content, in bytes.
    pub size_bytes: u64,
    /// Where the content lies.
    pub blob_id: BlobId,
    /// The content's data key, sealed under the server key; gone when the last delivery is done.
    pub data_key_sealed: Option<Vec<u8>>,
    /// When responsibility for it was taken.
    pub accepted_at: Timestamp,
    /// How many deliveries still need the server's copy of the data key.
    pub deliveries_open: u32,
}

debug_shows!(Message: id, direction, class, size_bytes, deliveries_open);

fn read(mut row: Row) -> Result<Message, StoreError> {
    Ok(Message {
        id: row.take()?,
        direction: row.take()?,
        class: row.take()?,
        decision: row.take()?,
        reverse_path: row.take()?,
        envelope: row.take()?,
        message_id_hash: row.take()?,
        size_bytes: row.take()?,
        blob_id: row.take()?,
        data_key_sealed: row.take()?,
        accepted_at: row.take()?,
        deliveries_open: row.take()?,
    })
}

/// Access to the messages.
pub struct Messages<'a, A>(pub(crate) Access<'a, A>);

impl<A> Messages<'_, A> {
    /// The message with this id.
    pub async fn find(&mut self, id: MessageId) -> Result<Option<Message>, StoreError> {
        let sql = "SELECT id, direction, class, decision, reverse_path, envelope, message_id_hash, size_bytes, blob_id, \
                   data_key_sealed, accepted_at, deliveries_open FROM messages WHERE id = $1";
        self.0.query_one(sql, params![id]).await?.map(read).transpose()
    }
}

impl Messages<'_, Write> {
    /// Adds a message. Its blob must be durable already.
    pub async fn insert(&mut self, message: &Message) -> Result<(), StoreError> {
        let sql = "INSERT INTO messages (id, direction, class, decision, reverse_path, envelope, message_id_hash, size_bytes, \
                   blob_id, data_key_sealed, accepted_at, deliveries_open) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        self.0
            .execute(
                sql,
                params![
                    message.id,
                    message.direction,
                    message.class,
                    message.decision,
                    message.reverse_path,
                    message.envelope,
                    message.message_id_hash,
                    message.size_bytes,
                    message.blob_id,
                    message.data_key_sealed,
                    message.accepted_at,
                    message.deliveries_open
                ],
            )
            .await?;
        Ok(())
    }

    /// One delivery no longer needs the server's copy of the data key; with the last one the copy is erased. Answers how many are
    /// left, and where the content lies; `None` if none was open.
    pub async fn close_delivery(&mut self, id: MessageId) -> Result<Option<(u32, BlobId)>, StoreError> {
        let sql = "UPDATE messages SET deliveries_open = deliveries_open - 1, \
                   data_key_sealed = CASE WHEN deliveries_open > 1 THEN data_key_sealed ELSE NULL END \
                   WHERE id = $1 AND deliveries_open > 0 RETURNING deliveries_open, blob_id";
        let closed = self.0.query_one(sql, params![id]).await?;
        closed.map(|mut row| Ok((row.take()?, row.take()?))).transpose()
    }

    /// A delivery that was closed goes on, and needs the server's copy of the data key again: the one there is, or else this one.
    pub async fn reopen_delivery(&mut self, id: MessageId, data_key_sealed: Option<&[u8]>) -> Result<(), StoreError> {
        let sql = "UPDATE messages SET deliveries_open = deliveries_open + 1, data_key_sealed = COALESCE(data_key_sealed, $2) \
                   WHERE id = $1";
        self.0.execute(sql, params![id, data_key_sealed]).await?;
        Ok(())
    }

    /// Erases the server's copy of the data key.
    pub async fn erase_data_key(&mut self, id: MessageId) -> Result<(), StoreError> {
        self.0.execute("UPDATE messages SET data_key_sealed = NULL WHERE id = $1", params![id]).await?;
        Ok(())
    }
}
