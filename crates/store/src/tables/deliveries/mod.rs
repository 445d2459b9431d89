//! Deliveries: one message for one recipient, on its route and then in a mailbox.
//!
//! What a mailbox holds is read newest first by pages, and back up by the same; the index `deliveries_in_folder` makes a page cost the same however full the
//! mailbox is, and `mailbox_counts` keeps the totals so that nobody has to count. A delivery is in a folder as long as it has its sealed
//! header: deleting erases header and keys and keeps the facts.

mod rows;

use jiff::Timestamp;
use model::id::{DeliveryId, MailboxId, MessageId};
pub use rows::{Counts, Cursor, Delivery, Deposit, Folder, NewDelivery};

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, params},
};

/// The most rows of one page.
pub const PAGE_ROWS_MAX: u32 = 200;

/// The columns in the order of [`read`].
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, message_id, mailbox_id, recipient, state, channel, route, step, folder, data_key_sealed, header_sealed, kept, \
             dsn, accepted_at, deposited_at, expires_at, read_at, answered_at, ended_at, outcome, has_attachments, size_bytes \
             FROM deliveries ",
            $rest
        )
    };
}

pub(crate) const FIND_IN_MAILBOX: &str = select!("WHERE id = $1 AND mailbox_id = $2 AND header_sealed IS NOT NULL");

pub(crate) const PAGE: &str = select!(
    "WHERE mailbox_id = $1 AND folder = $2 AND header_sealed IS NOT NULL AND (deposited_at, id) < ($3, $4) \
     ORDER BY deposited_at DESC, id DESC LIMIT $5"
);

pub(crate) const PAGE_AFTER: &str = select!(
    "WHERE mailbox_id = $1 AND folder = $2 AND header_sealed IS NOT NULL AND (deposited_at, id) > ($3, $4) \
     ORDER BY deposited_at, id LIMIT $5"
);

fn read(mut row: Row) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: row.take()?,
        message_id: row.take()?,
        mailbox_id: row.take()?,
        recipient: row.take()?,
        state: row.take()?,
        channel: row.take()?,
        route: row.take()?,
        step: row.take()?,
        folder: row.take()?,
        data_key_sealed: row.take()?,
        header_sealed: row.take()?,
        kept: row.take()?,
        dsn: row.take()?,
        accepted_at: row.take()?,
        deposited_at: row.take()?,
        expires_at: row.take()?,
        read_at: row.take()?,
        answered_at: row.take()?,
        ended_at: row.take()?,
        outcome: row.take()?,
        has_attachments: row.take()?,
        size_bytes: row.take()?,
    })
}

/// Access to the deliveries.
pub struct Deliveries<'a, A>(pub(crate) Access<'a, A>);

impl<A> Deliveries<'_, A> {
    /// The delivery with this id, wherever it stands.
    pub async fn find(&mut self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.0.query_one(select!("WHERE id = $1"), params![id]).await?.map(read).transpose()
    }

    /// The delivery with this id if it lies in this mailbox and was not deleted: what the mailbox's owner may see.
    pub async fn find_in_mailbox(
        &mut self,
        mailbox_id: MailboxId,
        id: DeliveryId,
    ) -> Result<Option<Delivery>, StoreError> {
        self.0.query_one(FIND_IN_MAILBOX, params![id, mailbox_id]).await?.map(read).transpose()
    }

    /// All deliveries of a message.
    pub async fn of_message(&mut self, message_id: MessageId) -> Result<Vec<Delivery>, StoreError> {
        let rows = self.0.query(select!("WHERE message_id = $1 ORDER BY id"), params![message_id]).await?;
        rows.into_iter().map(read).collect()
    }

    /// A page of a folder, newest first: at most `limit` (and [`PAGE_ROWS_MAX`]) deliveries that come after `before`, or the first page.
    pub async fn page(
        &mut self,
        mailbox_id: MailboxId,
        folder: Folder,
        before: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let (deposited_at, id) =
            before.map_or((i64::MAX, DeliveryId::from_bytes([0xff; 16])), |c| (c.deposited_at.as_microsecond(), c.id));
        let limit = limit.min(PAGE_ROWS_MAX);
        let rows = self.0.query(PAGE, params![mailbox_id, folder, deposited_at, id, limit]).await?;
        rows.into_iter().map(read).collect()
    }

    /// The way back up: at most `limit` (and [`PAGE_ROWS_MAX`]) deliveries that are newer than `after`, the nearest to it first.
    pub async fn page_after(
        &mut self,
        mailbox_id: MailboxId,
        folder: Folder,
        after: Cursor,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let (deposited_at, limit) = (after.deposited_at.as_microsecond(), limit.min(PAGE_ROWS_MAX));
        let rows = self.0.query(PAGE_AFTER, params![mailbox_id, folder, deposited_at, after.id, limit]).await?;
        rows.into_iter().map(read).collect()
    }

    /// How many deliveries the folder holds, without counting them.
    pub async fn counts(&mut self, mailbox_id: MailboxId, folder: Folder) -> Result<Counts, StoreError> {
        let sql = "SELECT total, unread FROM mailbox_counts WHERE mailbox_id = $1 AND folder = $2";
        let Some(mut row) = self.0.query_one(sql, params![mailbox_id, folder]).await? else {
            return Ok(Counts::default());
        };
        Ok(Counts { total: row.take()?, unread: row.take()? })
    }

    /// How large all messages are together that lie in a mailbox, in bytes.
    pub async fn size_bytes(&mut self, mailbox_id: MailboxId) -> Result<u64, StoreError> {
        let sql = "SELECT CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM deliveries \
                   WHERE mailbox_id = $1 AND header_sealed IS NOT NULL";
        let row = self.0.query_one(sql, params![mailbox_id]).await?;
        row.map_or(Ok(0), |mut row| row.take())
    }

    /// The ids of all that lies in a mailbox, oldest first, for the export of the whole.
    pub async fn ids(&mut self, mailbox_id: MailboxId) -> Result<Vec<DeliveryId>, StoreError> {
        let sql =
            "SELECT id FROM deliveries WHERE mailbox_id = $1 AND header_sealed IS NOT NULL ORDER BY deposited_at, id";
        let rows = self.0.query(sql, params![mailbox_id]).await?;
        rows.into_iter().map(|mut row| row.take()).collect()
    }
}

impl Deliveries<'_, Write> {
    /// Adds a delivery at step 0 of its route.
    pub async fn insert(&mut self, delivery: &NewDelivery) -> Result<(), StoreError> {
        let sql = "INSERT INTO deliveries (id, message_id, mailbox_id, recipient, state, channel, route, step, kept, dsn, accepted_at, \
                   has_attachments, size_bytes) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, $10, $11)";
        self.0
            .execute(
                sql,
                params![
                    delivery.id,
                    delivery.message_id,
                    delivery.mailbox_id,
                    delivery.recipient,
                    delivery.state,
                    delivery.channel,
                    delivery.route,
                    delivery.dsn,
                    delivery.accepted_at,
                    delivery.has_attachments,
                    delivery.size_bytes
                ],
            )
            .await?;
        Ok(())
    }

    /// Moves a delivery along its route, unless it has ended. `false` if it has, or is unknown.
    pub async fn advance(
        &mut self,
        id: DeliveryId,
        state: &str,
        step: u32,
        channel: Option<&str>,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE deliveries SET state = $2, step = $3, channel = $4 WHERE id = $1 AND ended_at IS NULL";
        Ok(self.0.execute(sql, params![id, state, step, channel]).await? == 1)
    }

    /// Puts a delivery into a mailbox. `false` if it lies in one already or has ended: a repeated job does no harm.
    pub async fn deposit(&mut self, deposit: &Deposit) -> Result<bool, StoreError> {
        let sql = "UPDATE deliveries SET mailbox_id = $2, folder = $3, state = $4, data_key_sealed = $5, header_sealed = $6, kept = $7, \
                   deposited_at = $8, expires_at = $9 WHERE id = $1 AND deposited_at IS NULL AND ended_at IS NULL";
        let Deposit { id, mailbox_id, folder, .. } = *deposit;
        let changed = self
            .0
            .execute(
                sql,
                params![
                    id,
                    mailbox_id,
                    folder,
                    deposit.state,
                    deposit.data_key_sealed,
                    deposit.header_sealed,
                    deposit.kept,
                    deposit.deposited_at,
                    deposit.expires_at
                ],
            )
            .await?;
        if changed == 1 {
            self.count(mailbox_id, folder, 1, i64::from(folder == Folder::Inbox)).await?;
        }
        Ok(changed == 1)
    }

    /// Replaces both seals by seals under the mailbox's symmetric key. `false` if the delivery was deleted meanwhile or is kept already.
    pub async fn keep(
        &mut self,
        id: DeliveryId,
        data_key_sealed: &[u8],
        header_sealed: &[u8],
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE deliveries SET data_key_sealed = $2, header_sealed = $3, kept = 1 \
                   WHERE id = $1 AND header_sealed IS NOT NULL AND kept = 0";
        Ok(self.0.execute(sql, params![id, data_key_sealed, header_sealed]).await? == 1)
    }

    /// Marks a delivery read. `false` if it was read before or does not lie in a mailbox.
    pub async fn mark_read(&mut self, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE deliveries SET read_at = $2 WHERE id = $1 AND read_at IS NULL AND header_sealed IS NOT NULL \
                   RETURNING mailbox_id, folder";
        let Some(mut row) = self.0.query_one(sql, params![id, now]).await? else { return Ok(false) };
        let (mailbox_id, folder) = (row.take()?, row.take()?);
        if folder == Folder::Inbox {
            self.count(mailbox_id, folder, 0, -1).await?;
        }
        Ok(true)
    }

    /// Marks a delivery answered.
    pub async fn mark_answered(&mut self, id: DeliveryId, now: Timestamp) -> Result<(), StoreError> {
        self.0.execute("UPDATE deliveries SET answered_at = $2 WHERE id = $1", params![id, now]).await?;
        Ok(())
    }

    /// What is deposited in the mailbox has no date of its own any more: it is kept as long as the mailbox.
    pub async fn clear_expiry(&mut self, mailbox_id: MailboxId) -> Result<(), StoreError> {
        self.0.execute("UPDATE deliveries SET expires_at = NULL WHERE mailbox_id = $1", params![mailbox_id]).await?;
        Ok(())
    }

    /// Notes what became of a mail whose copy lies in "Sent"; the copy stays where it is.
    pub async fn note_outcome(&mut self, id: DeliveryId, outcome: &str) -> Result<(), StoreError> {
        self.0.execute("UPDATE deliveries SET outcome = $2 WHERE id = $1", params![id, outcome]).await?;
        Ok(())
    }

    /// Ends a delivery that is not in a mailbox, with its outcome. Answers its message and, if it has one, its mailbox; `None` if it has ended before.
    pub async fn end(
        &mut self,
        id: DeliveryId,
        state: &str,
        outcome: &str,
        now: Timestamp,
    ) -> Result<Option<(MessageId, Option<MailboxId>)>, StoreError> {
        let sql = "UPDATE deliveries SET state = $2, outcome = $3, ended_at = $4 WHERE id = $1 AND ended_at IS NULL \
                   RETURNING message_id, mailbox_id";
        let ended = self.0.query_one(sql, params![id, state, outcome, now]).await?;
        ended.map(|mut row| Ok((row.take()?, row.take()?))).transpose()
    }

    /// Deletes what lies in a mailbox: erases the sealed keys, the header and the kept views, and keeps the fact with its outcome.
    /// `false` if nothing lies there.
    pub async fn delete(
        &mut self,
        id: DeliveryId,
        state: &str,
        outcome: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE deliveries SET data_key_sealed = NULL, header_sealed = NULL, kept = 0, state = $2, outcome = $3, ended_at = $4 \
                   WHERE id = $1 AND header_sealed IS NOT NULL RETURNING mailbox_id, folder, read_at";
        let Some(mut row) = self.0.query_one(sql, params![id, state, outcome, now]).await? else { return Ok(false) };
        let (mailbox_id, folder, read_at): (_, _, Option<Timestamp>) = (row.take()?, row.take()?, row.take()?);
        let unread = folder == Folder::Inbox && read_at.is_none();
        self.count(mailbox_id, folder, -1, -i64::from(unread)).await?;
        self.0.execute("DELETE FROM kept_views WHERE delivery_id = $1", params![id]).await?;
        Ok(true)
    }

    /// Takes what was never read out of its mailbox again, to go on in `state`: erases the sealed keys, the header and the kept views, and
    /// forgets that it lay there. `false` if it does not lie in an inbox, or was read.
    pub async fn withdraw(&mut self, id: DeliveryId, state: &str) -> Result<bool, StoreError> {
        // Who reads at the same time changes the same row: one of the two comes first, and the other finds nothing to do.
        let sql = "SELECT mailbox_id, folder FROM deliveries WHERE id = $1 AND folder = $2";
        let Some(mut row) = self.0.query_one(sql, params![id, Folder::Inbox]).await? else { return Ok(false) };
        let (mailbox_id, folder) = (row.take()?, row.take()?);
        let sql = "UPDATE deliveries SET mailbox_id = NULL, folder = NULL, data_key_sealed = NULL, header_sealed = NULL, kept = 0, \
                   state = $2, deposited_at = NULL, expires_at = NULL \
                   WHERE id = $1 AND header_sealed IS NOT NULL AND read_at IS NULL AND ended_at IS NULL";
        if self.0.execute(sql, params![id, state]).await? != 1 {
            return Ok(false);
        }
        self.count(mailbox_id, folder, -1, -1).await?;
        self.0.execute("DELETE FROM kept_views WHERE delivery_id = $1", params![id]).await?;
        Ok(true)
    }

    /// Changes the counts of a folder.
    async fn count(
        &mut self,
        mailbox_id: MailboxId,
        folder: Folder,
        total: i64,
        unread: i64,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO mailbox_counts (mailbox_id, folder, total, unread) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (mailbox_id, folder) DO UPDATE SET total = mailbox_counts.total + excluded.total, \
                   unread = mailbox_counts.unread + excluded.unread";
        self.0.execute(sql, params![mailbox_id, folder, total, unread]).await?;
        Ok(())
    }
}
