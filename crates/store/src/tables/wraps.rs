//! Wraps: the private key of a mailbox, sealed once for each way to open it.

use jiff::Timestamp;
use model::id::MailboxId;

use crate::{
    StoreError,
    session::{Access, Write},
    value::{debug_shows, params, words},
};

words! {
    /// The way by which a wrap is opened.
    WrapKind {
        /// By the server key; exists only until activation.
        Pending = "pending",
        /// By the password.
        Password = "password",
        /// By the answer to the security question.
        Answer = "answer",
        /// By the organisation's recovery key.
        Recovery = "recovery",
    }
}

/// One wrap of a mailbox's private key.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrap {
    /// The mailbox.
    pub mailbox_id: MailboxId,
    /// The way to open it; one wrap of each kind per mailbox.
    pub kind: WrapKind,
    /// Cost parameters of the password hash, as text.
    pub parameters: Option<String>,
    /// Salt of the password hash.
    pub salt: Option<Vec<u8>>,
    /// The private key, sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

debug_shows!(Wrap: mailbox_id, kind);

/// Access to the wraps.
pub struct Wraps<'a, A>(pub(crate) Access<'a, A>);

impl<A> Wraps<'_, A> {
    /// The wrap of this kind.
    pub async fn find(&mut self, mailbox_id: MailboxId, kind: WrapKind) -> Result<Option<Wrap>, StoreError> {
        let sql = "SELECT mailbox_id, kind, parameters, salt, sealed, created_at FROM wraps WHERE mailbox_id = $1 AND kind = $2";
        let Some(mut row) = self.0.query_one(sql, params![mailbox_id, kind]).await? else { return Ok(None) };
        Ok(Some(Wrap {
            mailbox_id: row.take()?,
            kind: row.take()?,
            parameters: row.take()?,
            salt: row.take()?,
            sealed: row.take()?,
            created_at: row.take()?,
        }))
    }
}

impl Wraps<'_, Write> {
    /// Stores a wrap in place of the one of its kind, if any.
    pub async fn put(&mut self, wrap: &Wrap) -> Result<(), StoreError> {
        let sql = "INSERT INTO wraps (mailbox_id, kind, parameters, salt, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (mailbox_id, kind) DO UPDATE SET parameters = excluded.parameters, salt = excluded.salt, \
                   sealed = excluded.sealed, created_at = excluded.created_at";
        self.0
            .execute(sql, params![wrap.mailbox_id, wrap.kind, wrap.parameters, wrap.salt, wrap.sealed, wrap.created_at])
            .await?;
        Ok(())
    }

    /// Deletes the wrap of this kind. `false` if there was none.
    pub async fn delete(&mut self, mailbox_id: MailboxId, kind: WrapKind) -> Result<bool, StoreError> {
        Ok(self.0.execute("DELETE FROM wraps WHERE mailbox_id = $1 AND kind = $2", params![mailbox_id, kind]).await?
            == 1)
    }
}
