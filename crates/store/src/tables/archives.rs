//! Archives: whole mailboxes saved as one file. One row for each mailbox tells how far the last one has come, whichever process makes it [J12].

use jiff::Timestamp;
use model::id::{ArchiveId, MailboxId, SessionId};

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, params, words},
};

words! {
    /// How far an archive has come.
    ArchiveState {
        /// Its owner asked for it, and the browser is about to fetch it.
        Asked = "asked",
        /// It is being made and sent.
        Running = "running",
        /// All of it was handed to the connection.
        Complete = "complete",
        /// It broke off.
        Broken = "broken",
    }
}

/// An archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Its id.
    pub id: ArchiveId,
    /// Whose mailbox it is.
    pub mailbox_id: MailboxId,
    /// The session that saves it. An archive stops when its session ends.
    pub session_id: SessionId,
    /// How far it has come.
    pub state: ArchiveState,
    /// How many messages there were to save when it began.
    pub messages: u64,
    /// How many of them were come to; those that were deleted meanwhile are not.
    pub done: u64,
    /// How many of those could not be read.
    pub missing: u64,
    /// When it was asked for, or began.
    pub began_at: Timestamp,
    /// When it last came on.
    pub seen_at: Timestamp,
}

fn read(mut row: Row) -> Result<Archive, StoreError> {
    Ok(Archive {
        mailbox_id: row.take()?,
        id: row.take()?,
        session_id: row.take()?,
        state: row.take()?,
        messages: row.take()?,
        done: row.take()?,
        missing: row.take()?,
        began_at: row.take()?,
        seen_at: row.take()?,
    })
}

/// Access to the archives.
pub struct Archives<'a, A>(pub(crate) Access<'a, A>);

impl<A> Archives<'_, A> {
    /// The last archive of a mailbox.
    pub async fn find(&mut self, mailbox_id: MailboxId) -> Result<Option<Archive>, StoreError> {
        let sql = "SELECT mailbox_id, id, session_id, state, messages, done, missing, began_at, seen_at FROM archives \
                   WHERE mailbox_id = $1";
        self.0.query_one(sql, params![mailbox_id]).await?.map(read).transpose()
    }
}

impl Archives<'_, Write> {
    /// Begins an archive in place of the last one of its mailbox, which stops if it is still under way.
    pub async fn put(&mut self, archive: &Archive) -> Result<(), StoreError> {
        let sql = "INSERT INTO archives (mailbox_id, id, session_id, state, messages, done, missing, began_at, seen_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                   ON CONFLICT (mailbox_id) DO UPDATE SET id = excluded.id, session_id = excluded.session_id, \
                   state = excluded.state, messages = excluded.messages, done = excluded.done, \
                   missing = excluded.missing, began_at = excluded.began_at, seen_at = excluded.seen_at";
        self.0
            .execute(
                sql,
                params![
                    archive.mailbox_id,
                    archive.id,
                    archive.session_id,
                    archive.state,
                    archive.messages,
                    archive.done,
                    archive.missing,
                    archive.began_at,
                    archive.seen_at
                ],
            )
            .await?;
        Ok(())
    }

    /// Notes how far an archive has come. `false` if it has to stop: another one of the mailbox has begun, or its session has ended.
    pub async fn advance(&mut self, archive: &Archive) -> Result<bool, StoreError> {
        let sql = "UPDATE archives SET state = $3, done = $4, missing = $5, seen_at = $6 WHERE mailbox_id = $1 AND id = $2 \
                   AND EXISTS (SELECT 1 FROM sessions WHERE sessions.id = archives.session_id)";
        let Archive { mailbox_id, id, state, done, missing, seen_at, .. } = *archive;
        Ok(self.0.execute(sql, params![mailbox_id, id, state, done, missing, seen_at]).await? == 1)
    }
}
