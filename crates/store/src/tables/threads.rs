//! Threads: the Message-IDs of what went out to the organisation, as hashes, so that answers to it are recognised as confidential.

use jiff::Timestamp;
use model::id::{DeliveryId, MailboxId};

use crate::{
    StoreError,
    session::{Access, Write},
    value::params,
};

/// A remembered Message-ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// Hash of the Message-ID.
    pub message_id_hash: Vec<u8>,
    /// Whose mailbox it came from.
    pub mailbox_id: MailboxId,
    /// The delivery it is, if one stands for it.
    pub delivery_id: Option<DeliveryId>,
    /// When it was remembered.
    pub created_at: Timestamp,
}

pub(crate) const FIND: &str =
    "SELECT message_id_hash, mailbox_id, delivery_id, created_at FROM threads WHERE message_id_hash = $1";

/// Access to the remembered threads.
pub struct Threads<'a, A>(pub(crate) Access<'a, A>);

impl<A> Threads<'_, A> {
    /// What is remembered of this Message-ID.
    pub async fn find(&mut self, message_id_hash: &[u8]) -> Result<Option<Thread>, StoreError> {
        let Some(mut row) = self.0.query_one(FIND, params![message_id_hash]).await? else { return Ok(None) };
        Ok(Some(Thread {
            message_id_hash: row.take()?,
            mailbox_id: row.take()?,
            delivery_id: row.take()?,
            created_at: row.take()?,
        }))
    }
}

impl Threads<'_, Write> {
    /// Remembers a Message-ID; the first to do so stays.
    pub async fn remember(&mut self, thread: &Thread) -> Result<(), StoreError> {
        let sql = "INSERT INTO threads (message_id_hash, mailbox_id, delivery_id, created_at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (message_id_hash) DO NOTHING";
        let params = params![thread.message_id_hash, thread.mailbox_id, thread.delivery_id, thread.created_at];
        self.0.execute(sql, params).await?;
        Ok(())
    }
}
