//! Outgoing: every mail that leaves, whatever made it. Ended rows keep the facts and lose the data key.
//!
//! How a mail ended stands with its last attempt, and how it came back with its bounce; the column `outcome` is empty.

use jiff::Timestamp;
use model::id::{BlobId, DeliveryId, MailboxId, OutgoingId};

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, debug_shows, params, words},
};

words! {
    /// What made the mail.
    OutgoingKind {
        /// Tells a recipient of a message.
        Notice = "notice",
        /// A message on the channel `direct`.
        Direct = "direct",
        /// What a recipient wrote, to the organisation.
        Reply = "reply",
        /// Tells a sender of failure or delay (RFC 3464).
        Dsn = "dsn",
        /// Tells a domain how TLS to its mail servers went (RFC 8460).
        TlsReport = "tls_report",
    }
}

words! {
    /// Where the mail stands.
    OutgoingState {
        /// Waits for its next attempt.
        Queued = "queued",
        /// The next hop took it.
        Sent = "sent",
        /// Given up.
        Failed = "failed",
        /// Sent, but came back as a bounce.
        Returned = "returned",
    }
}

/// A mail that leaves.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// Its id.
    pub id: OutgoingId,
    /// What made it.
    pub kind: OutgoingKind,
    /// The delivery it belongs to.
    pub delivery_id: Option<DeliveryId>,
    /// The mailbox it belongs to.
    pub mailbox_id: Option<MailboxId>,
    /// The reverse-path of the envelope; empty for the null reverse-path.
    pub reverse_path: String,
    /// The recipient of the envelope.
    pub recipient: String,
    /// Where it goes: a domain or the name of a configured next hop.
    pub destination: String,
    /// Options of the envelope and demands on the connection, as JSON.
    pub options: String,
    /// Where the content lies.
    pub blob_id: BlobId,
    /// The content's data key, sealed under the server key; gone once ended.
    pub data_key_sealed: Option<Vec<u8>>,
    /// The object id that the content is bound to (a direct mail shares its message's).
    pub object_id: [u8; 16],
    /// Size of the content, in bytes.
    pub size_bytes: u64,
    /// Where it stands.
    pub state: OutgoingState,
    /// How often it was tried.
    pub attempts: u32,
    /// When responsibility for it was taken.
    pub accepted_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

debug_shows!(OutgoingMail: id, kind, delivery_id, state, attempts, size_bytes);

/// One try to send a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// What came of it, as JSON.
    pub outcome: String,
}

debug_shows!(Attempt: at);

/// The columns in the order of [`read`].
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, delivery_id, mailbox_id, reverse_path, recipient, destination, options, blob_id, data_key_sealed, \
             object_id, size_bytes, state, attempts, accepted_at, ended_at FROM outgoing ",
            $rest
        )
    };
}

fn read(mut row: Row) -> Result<OutgoingMail, StoreError> {
    Ok(OutgoingMail {
        id: row.take()?,
        kind: row.take()?,
        delivery_id: row.take()?,
        mailbox_id: row.take()?,
        reverse_path: row.take()?,
        recipient: row.take()?,
        destination: row.take()?,
        options: row.take()?,
        blob_id: row.take()?,
        data_key_sealed: row.take()?,
        object_id: row.take()?,
        size_bytes: row.take()?,
        state: row.take()?,
        attempts: row.take()?,
        accepted_at: row.take()?,
        ended_at: row.take()?,
    })
}

const COUNT_ATTEMPT: &str =
    "UPDATE outgoing SET attempts = attempts + 1 WHERE id = $1 AND state = 'queued' RETURNING attempts";
const COUNT_LAST_ATTEMPT: &str = "UPDATE outgoing SET attempts = attempts + 1, state = $2, ended_at = $3, data_key_sealed = NULL \
     WHERE id = $1 AND state = 'queued' RETURNING attempts";
pub(crate) const FIND: &str = select!("WHERE id = $1");
pub(crate) const OF_DELIVERY: &str = select!("WHERE delivery_id = $1 ORDER BY id");

/// Access to the mails that leave.
pub struct Outgoing<'a, A>(pub(crate) Access<'a, A>);

impl<A> Outgoing<'_, A> {
    /// The mail with this id.
    pub async fn find(&mut self, id: OutgoingId) -> Result<Option<OutgoingMail>, StoreError> {
        self.0.query_one(FIND, params![id]).await?.map(read).transpose()
    }

    /// The mails that belong to a delivery, oldest first.
    pub async fn of_delivery(&mut self, delivery_id: DeliveryId) -> Result<Vec<OutgoingMail>, StoreError> {
        let rows = self.0.query(OF_DELIVERY, params![delivery_id]).await?;
        rows.into_iter().map(read).collect()
    }

    /// The attempts made, oldest first.
    pub async fn attempts(&mut self, id: OutgoingId) -> Result<Vec<Attempt>, StoreError> {
        let sql = "SELECT at, outcome FROM attempts WHERE outgoing_id = $1 ORDER BY number";
        let rows = self.0.query(sql, params![id]).await?;
        rows.into_iter().map(|mut row| Ok(Attempt { at: row.take()?, outcome: row.take()? })).collect()
    }
}

impl Outgoing<'_, Write> {
    /// Adds a mail. Its blob must be durable already.
    pub async fn insert(&mut self, mail: &OutgoingMail) -> Result<(), StoreError> {
        let sql = "INSERT INTO outgoing (id, kind, delivery_id, mailbox_id, reverse_path, recipient, destination, options, blob_id, \
                   data_key_sealed, object_id, size_bytes, state, attempts, accepted_at, ended_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
        self.0
            .execute(
                sql,
                params![
                    mail.id,
                    mail.kind,
                    mail.delivery_id,
                    mail.mailbox_id,
                    mail.reverse_path,
                    mail.recipient,
                    mail.destination,
                    mail.options,
                    mail.blob_id,
                    mail.data_key_sealed,
                    mail.object_id,
                    mail.size_bytes,
                    mail.state,
                    mail.attempts,
                    mail.accepted_at,
                    mail.ended_at
                ],
            )
            .await?;
        Ok(())
    }

    /// Records one try, and with `ends` that it was the last: the mail has ended so, and its data key is erased. Answers how many tries there are now;
    /// `None` if the mail has ended before, and nothing is recorded.
    pub async fn record_attempt(
        &mut self,
        id: OutgoingId,
        attempt: &Attempt,
        ends: Option<OutgoingState>,
    ) -> Result<Option<u32>, StoreError> {
        let counted = match ends {
            Some(state) => self.0.query_one(COUNT_LAST_ATTEMPT, params![id, state, attempt.at]).await?,
            None => self.0.query_one(COUNT_ATTEMPT, params![id]).await?,
        };
        let Some(mut row) = counted else { return Ok(None) };
        let number: u32 = row.take()?;
        let sql = "INSERT INTO attempts (outgoing_id, number, at, outcome) VALUES ($1, $2, $3, $4)";
        self.0.execute(sql, params![id, number, attempt.at, attempt.outcome]).await?;
        Ok(Some(number))
    }

    /// A sent mail came back. `false` if it was not sent, or came back before.
    pub async fn mark_returned(&mut self, id: OutgoingId) -> Result<bool, StoreError> {
        let sql = "UPDATE outgoing SET state = 'returned' WHERE id = $1 AND state = 'sent'";
        Ok(self.0.execute(sql, params![id]).await? == 1)
    }
}
