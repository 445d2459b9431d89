//! Sessions: who is signed in. The cookie's secret is not here; without it `sealed` opens nothing.

use jiff::Timestamp;
use model::id::{MailboxId, SessionId};

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, debug_shows, params},
};

/// A signed-in session.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of the selector that the cookie's token derives; unique.
    pub selector: Vec<u8>,
    /// Whose session it is.
    pub mailbox_id: MailboxId,
    /// The mailbox's private key, sealed under the cookie's secret.
    pub sealed: Vec<u8>,
    /// The program and device, as shown in the settings [J15].
    pub agent: String,
    /// The sign-in.
    pub created_at: Timestamp,
    /// The last request.
    pub seen_at: Timestamp,
    /// Until when it lasts if unused.
    pub expires_at: Timestamp,
}

debug_shows!(Session: id, mailbox_id, expires_at);

fn read(mut row: Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.take()?,
        selector: row.take()?,
        mailbox_id: row.take()?,
        sealed: row.take()?,
        agent: row.take()?,
        created_at: row.take()?,
        seen_at: row.take()?,
        expires_at: row.take()?,
    })
}

pub(crate) const FIND_BY_SELECTOR: &str =
    "SELECT id, selector, mailbox_id, sealed, agent, created_at, seen_at, expires_at FROM sessions WHERE selector = $1";

/// Access to the sessions.
pub struct Sessions<'a, A>(pub(crate) Access<'a, A>);

impl<A> Sessions<'_, A> {
    /// The session whose cookie has this selector, expired or not.
    pub async fn find_by_selector(&mut self, selector: &[u8]) -> Result<Option<Session>, StoreError> {
        self.0.query_one(FIND_BY_SELECTOR, params![selector]).await?.map(read).transpose()
    }

    /// The sessions of a mailbox, last used first.
    pub async fn list(&mut self, mailbox_id: MailboxId) -> Result<Vec<Session>, StoreError> {
        let sql = "SELECT id, selector, mailbox_id, sealed, agent, created_at, seen_at, expires_at FROM sessions \
                   WHERE mailbox_id = $1 ORDER BY seen_at DESC, id DESC";
        self.0.query(sql, params![mailbox_id]).await?.into_iter().map(read).collect()
    }
}

impl Sessions<'_, Write> {
    /// Adds a session.
    pub async fn insert(&mut self, session: &Session) -> Result<(), StoreError> {
        let sql = "INSERT INTO sessions (id, selector, mailbox_id, sealed, agent, created_at, seen_at, expires_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        self.0
            .execute(
                sql,
                params![
                    session.id,
                    session.selector,
                    session.mailbox_id,
                    session.sealed,
                    session.agent,
                    session.created_at,
                    session.seen_at,
                    session.expires_at
                ],
            )
            .await?;
        Ok(())
    }

    /// Remembers a request and prolongs the session.
    pub async fn touch(&mut self, id: SessionId, seen_at: Timestamp, expires_at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE id = $1";
        self.0.execute(sql, params![id, seen_at, expires_at]).await?;
        Ok(())
    }

    /// Ends a session of a mailbox. `false` if it has none with this id.
    pub async fn delete(&mut self, mailbox_id: MailboxId, id: SessionId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM sessions WHERE mailbox_id = $1 AND id = $2";
        Ok(self.0.execute(sql, params![mailbox_id, id]).await? == 1)
    }

    /// Ends every session of a mailbox but the one to stay, if any. Answers how many.
    pub async fn delete_all_but(&mut self, mailbox_id: MailboxId, stays: Option<SessionId>) -> Result<u64, StoreError> {
        let stays = stays.unwrap_or(SessionId::from_bytes([0; 16]));
        self.0.execute("DELETE FROM sessions WHERE mailbox_id = $1 AND id <> $2", params![mailbox_id, stays]).await
    }

    /// Deletes what has expired. Answers how many.
    pub async fn delete_expired(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        self.0.execute("DELETE FROM sessions WHERE expires_at <= $1", params![now]).await
    }
}
