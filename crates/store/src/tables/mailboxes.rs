//! Mailboxes: one per address [J1], `pending` until its owner has activated it.

use jiff::Timestamp;
use model::{Language, id::MailboxId};

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, debug_shows, params, words},
};

words! {
    /// Whether the owner has taken the mailbox into use.
    MailboxState {
        /// Made by the first message, not yet activated.
        Pending = "pending",
        /// Activated: only its owner and the recovery key can open it.
        Active = "active",
    }
}

words! {
    /// Why a mailbox is told of nothing any more.
    StopReason {
        /// Its address took no mail for good.
        Bounced = "bounced",
        /// Its owner, or her provider for her, complained of our mail.
        Complaint = "complaint",
    }
}

/// Notices to a mailbox are stopped until its owner signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticesStopped {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub why: StopReason,
}

/// A recipient's mailbox.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Its id.
    pub id: MailboxId,
    /// The address in the normalised form by which addresses compare; unique.
    pub address: String,
    /// The address as it is shown and written to.
    pub address_shown: String,
    /// Whether it is activated.
    pub state: MailboxState,
    /// The language of its pages and notices.
    pub language: Language,
    /// The public half of its key pair.
    pub public_key: Vec<u8>,
    /// The security question, sealed.
    pub question_sealed: Option<Vec<u8>>,
    /// When the first message made it.
    pub created_at: Timestamp,
    /// When its owner activated it.
    pub activated_at: Option<Timestamp>,
    /// The last sign-in.
    pub signed_in_at: Option<Timestamp>,
    /// The last message from the organisation.
    pub message_at: Timestamp,
    /// Whether its notices are stopped.
    pub notices_stopped: Option<NoticesStopped>,
}

debug_shows!(Mailbox: id, state);

/// The mailbox of an address, and whether it was made just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ensured {
    /// The mailbox, new or found.
    pub mailbox: Mailbox,
    /// Whether this call made it.
    pub new: bool,
}

/// The columns in the order of [`read`].
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, address, address_shown, state, language, public_key, question_sealed, created_at, activated_at, signed_in_at, \
             message_at, notices_stopped_at, notices_stopped_why FROM mailboxes ",
            $rest
        )
    };
}

const FIND: &str = select!("WHERE id = $1");
pub(crate) const FIND_BY_ADDRESS: &str = select!("WHERE address = $1");

fn read(mut row: Row) -> Result<Mailbox, StoreError> {
    Ok(Mailbox {
        id: row.take()?,
        address: row.take()?,
        address_shown: row.take()?,
        state: row.take()?,
        language: row.take()?,
        public_key: row.take()?,
        question_sealed: row.take()?,
        created_at: row.take()?,
        activated_at: row.take()?,
        signed_in_at: row.take()?,
        message_at: row.take()?,
        notices_stopped: match (row.take()?, row.take()?) {
            (Some(at), Some(why)) => Some(NoticesStopped { at, why }),
            _ => None,
        },
    })
}

/// Access to the mailboxes.
pub struct Mailboxes<'a, A>(pub(crate) Access<'a, A>);

impl<A> Mailboxes<'_, A> {
    /// The mailbox with this id.
    pub async fn find(&mut self, id: MailboxId) -> Result<Option<Mailbox>, StoreError> {
        self.0.query_one(FIND, params![id]).await?.map(read).transpose()
    }

    /// The mailbox of a normalised address.
    pub async fn find_by_address(&mut self, address: &str) -> Result<Option<Mailbox>, StoreError> {
        self.0.query_one(FIND_BY_ADDRESS, params![address]).await?.map(read).transpose()
    }
}

impl Mailboxes<'_, Write> {
    /// Puts `mailbox` in place unless its address has one already, and answers with the one that stands.
    ///
    /// Of any number of transactions that do this at once for one address, exactly one gets `new`; the others wait for it.
    pub async fn insert_if_absent(&mut self, mailbox: &Mailbox) -> Result<Ensured, StoreError> {
        let inserted = self
            .0
            .execute(
                "INSERT INTO mailboxes (id, address, address_shown, state, language, public_key, question_sealed, created_at, \
                 activated_at, signed_in_at, message_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                 ON CONFLICT (address) DO NOTHING",
                params![
                    mailbox.id,
                    mailbox.address,
                    mailbox.address_shown,
                    mailbox.state,
                    mailbox.language,
                    mailbox.public_key,
                    mailbox.question_sealed,
                    mailbox.created_at,
                    mailbox.activated_at,
                    mailbox.signed_in_at,
                    mailbox.message_at
                ],
            )
            .await?;
        if inserted == 1 {
            return Ok(Ensured { mailbox: mailbox.clone(), new: true });
        }
        match self.find_by_address(&mailbox.address).await? {
            Some(mailbox) => Ok(Ensured { mailbox, new: false }),
            None => Err(StoreError::Conflict("mailbox vanished while it was looked up".into())),
        }
    }

    /// Marks the mailbox activated, with the language and the question that its owner chose. `false` if it is not pending.
    pub async fn activate(
        &mut self,
        id: MailboxId,
        language: Language,
        question_sealed: Option<&[u8]>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE mailboxes SET state = 'active', language = $2, question_sealed = $3, activated_at = $4, signed_in_at = $4 \
                   WHERE id = $1 AND state = 'pending'";
        Ok(self.0.execute(sql, params![id, language, question_sealed, now]).await? == 1)
    }

    /// Sets the language of pages and notices.
    pub async fn set_language(&mut self, id: MailboxId, language: Language) -> Result<(), StoreError> {
        self.0.execute("UPDATE mailboxes SET language = $2 WHERE id = $1", params![id, language]).await?;
        Ok(())
    }

    /// Replaces the sealed security question.
    pub async fn set_question(&mut self, id: MailboxId, question_sealed: Option<&[u8]>) -> Result<(), StoreError> {
        self.0.execute("UPDATE mailboxes SET question_sealed = $2 WHERE id = $1", params![id, question_sealed]).await?;
        Ok(())
    }

    /// Remembers a sign-in. Whoever signs in can be told of messages again.
    pub async fn touch_signed_in(&mut self, id: MailboxId, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE mailboxes SET signed_in_at = $2, notices_stopped_at = NULL, notices_stopped_why = NULL WHERE id = $1";
        self.0.execute(sql, params![id, now]).await?;
        Ok(())
    }

    /// Stops the notices. `false` if they are stopped already; only a complaint takes the place of another reason, for it weighs more.
    pub async fn stop_notices(&mut self, id: MailboxId, why: StopReason, now: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE mailboxes SET notices_stopped_at = COALESCE(notices_stopped_at, $2), notices_stopped_why = $3 \
                   WHERE id = $1 AND (notices_stopped_why IS NULL OR ($3 = $4 AND notices_stopped_why <> $4))";
        Ok(self.0.execute(sql, params![id, now, why, StopReason::Complaint]).await? == 1)
    }

    /// Remembers that a message from the organisation arrived.
    pub async fn touch_message(&mut self, id: MailboxId, now: Timestamp) -> Result<(), StoreError> {
        self.0.execute("UPDATE mailboxes SET message_at = $2 WHERE id = $1", params![id, now]).await?;
        Ok(())
    }

    /// Deletes the mailbox with its wraps, links, sessions, archives, drafts, kept views and remembered threads, and erases the keys and headers
    /// of its deliveries. Deliveries keep the facts (and the mailbox's id). `false` if there is none.
    pub async fn delete(&mut self, id: MailboxId) -> Result<bool, StoreError> {
        for sql in [
            "DELETE FROM kept_views WHERE delivery_id IN (SELECT id FROM deliveries WHERE mailbox_id = $1)",
            "UPDATE deliveries SET data_key_sealed = NULL, header_sealed = NULL, kept = 0 WHERE mailbox_id = $1",
            "DELETE FROM mailbox_counts WHERE mailbox_id = $1",
            "DELETE FROM draft_attachments WHERE draft_id IN (SELECT id FROM drafts WHERE mailbox_id = $1)",
            "DELETE FROM drafts WHERE mailbox_id = $1",
            "DELETE FROM threads WHERE mailbox_id = $1",
            "DELETE FROM archives WHERE mailbox_id = $1",
            "DELETE FROM sessions WHERE mailbox_id = $1",
            "DELETE FROM activations WHERE mailbox_id = $1",
            "DELETE FROM wraps WHERE mailbox_id = $1",
        ] {
            self.0.execute(sql, params![id]).await?;
        }
        Ok(self.0.execute("DELETE FROM mailboxes WHERE id = $1", params![id]).await? == 1)
    }
}
