//! Activations: one row per activation link. Opening a link spends nothing; the steps leave their proposals here until the last one [J3].

use jiff::Timestamp;
use model::{
    Language,
    id::{ActivationId, MailboxId},
};

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, debug_shows, params},
};

/// A wrap that becomes valid when the activation is finished.
#[derive(Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Cost parameters of the password hash, as text.
    pub parameters: String,
    /// Salt of the password hash.
    pub salt: Vec<u8>,
    /// The private key, sealed.
    pub sealed: Vec<u8>,
}

debug_shows!(Proposal: parameters);

/// An activation link and what its holder has chosen so far.
#[derive(Clone, PartialEq, Eq)]
pub struct Activation {
    /// Its id.
    pub id: ActivationId,
    /// The mailbox it activates.
    pub mailbox_id: MailboxId,
    /// SHA-256 of the selector that the link's token derives; unique.
    pub selector: Vec<u8>,
    /// The mailbox's private key, sealed under the link's secret; empty once spent.
    pub sealed: Vec<u8>,
    /// When the link was made.
    pub created_at: Timestamp,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// When an activation of its mailbox was finished.
    pub used_at: Option<Timestamp>,
    /// Chosen in step 1.
    pub proposed_password: Option<Proposal>,
    /// Chosen in step 2.
    pub proposed_answer: Option<Proposal>,
    /// The security question chosen in step 2, sealed.
    pub proposed_question_sealed: Option<Vec<u8>>,
    /// The language chosen on the way.
    pub language: Option<Language>,
}

debug_shows!(Activation: id, mailbox_id, expires_at, used_at);

const FIND: &str = "SELECT id, mailbox_id, selector, sealed, created_at, expires_at, used_at, password_parameters, password_salt, \
     password_sealed, answer_parameters, answer_salt, answer_sealed, question_sealed, language FROM activations WHERE id = $1";
const FIND_BY_SELECTOR: &str = "SELECT id, mailbox_id, selector, sealed, created_at, expires_at, used_at, password_parameters, \
     password_salt, password_sealed, answer_parameters, answer_salt, answer_sealed, question_sealed, language \
     FROM activations WHERE selector = $1";

fn read(mut row: Row) -> Result<Activation, StoreError> {
    Ok(Activation {
        id: row.take()?,
        mailbox_id: row.take()?,
        selector: row.take()?,
        sealed: row.take()?,
        created_at: row.take()?,
        expires_at: row.take()?,
        used_at: row.take()?,
        proposed_password: read_proposal(&mut row)?,
        proposed_answer: read_proposal(&mut row)?,
        proposed_question_sealed: row.take()?,
        language: row.take()?,
    })
}

fn read_proposal(row: &mut Row) -> Result<Option<Proposal>, StoreError> {
    let (parameters, salt, sealed): (Option<_>, Option<_>, Option<_>) = (row.take()?, row.take()?, row.take()?);
    Ok(parameters.zip(salt).zip(sealed).map(|((parameters, salt), sealed)| Proposal { parameters, salt, sealed }))
}

/// Access to the activations.
pub struct Activations<'a, A>(pub(crate) Access<'a, A>);

impl<A> Activations<'_, A> {
    /// The activation with this id.
    pub async fn find(&mut self, id: ActivationId) -> Result<Option<Activation>, StoreError> {
        self.0.query_one(FIND, params![id]).await?.map(read).transpose()
    }

    /// The activation whose link has this selector, be it spent, expired or good.
    pub async fn find_by_selector(&mut self, selector: &[u8]) -> Result<Option<Activation>, StoreError> {
        self.0.query_one(FIND_BY_SELECTOR, params![selector]).await?.map(read).transpose()
    }
}

impl Activations<'_, Write> {
    /// Adds a fresh link. Proposals and `used_at` of `activation` are not stored; a fresh link has none.
    pub async fn insert(&mut self, activation: &Activation) -> Result<(), StoreError> {
        let sql = "INSERT INTO activations (id, mailbox_id, selector, sealed, created_at, expires_at, language) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        self.0
            .execute(
                sql,
                params![
                    activation.id,
                    activation.mailbox_id,
                    activation.selector,
                    activation.sealed,
                    activation.created_at,
                    activation.expires_at,
                    activation.language
                ],
            )
            .await?;
        Ok(())
    }

    /// Keeps the password of step 1. `false` if the link is spent or unknown.
    pub async fn propose_password(&mut self, id: ActivationId, proposal: &Proposal) -> Result<bool, StoreError> {
        let sql = "UPDATE activations SET password_parameters = $2, password_salt = $3, password_sealed = $4 \
                   WHERE id = $1 AND used_at IS NULL";
        Ok(self.0.execute(sql, params![id, proposal.parameters, proposal.salt, proposal.sealed]).await? == 1)
    }

    /// Keeps the answer and the sealed question of step 2. `false` if the link is spent or unknown.
    pub async fn propose_answer(
        &mut self,
        id: ActivationId,
        proposal: &Proposal,
        question_sealed: &[u8],
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE activations SET answer_parameters = $2, answer_salt = $3, answer_sealed = $4, question_sealed = $5 \
                   WHERE id = $1 AND used_at IS NULL";
        let params = params![id, proposal.parameters, proposal.salt, proposal.sealed, question_sealed];
        Ok(self.0.execute(sql, params).await? == 1)
    }

    /// Keeps the language chosen on the way. `false` if the link is spent or unknown.
    pub async fn set_language(&mut self, id: ActivationId, language: Language) -> Result<bool, StoreError> {
        let sql = "UPDATE activations SET language = $2 WHERE id = $1 AND used_at IS NULL";
        Ok(self.0.execute(sql, params![id, language]).await? == 1)
    }

    /// Spends every unspent link of the mailbox and erases all that is sealed in them. Answers how many.
    pub async fn spend_all(&mut self, mailbox_id: MailboxId, now: Timestamp) -> Result<u64, StoreError> {
        let sql = "UPDATE activations SET used_at = $2, sealed = $3, password_parameters = NULL, password_salt = NULL, \
                   password_sealed = NULL, answer_parameters = NULL, answer_salt = NULL, answer_sealed = NULL, \
                   question_sealed = NULL WHERE mailbox_id = $1 AND used_at IS NULL";
        self.0.execute(sql, params![mailbox_id, now, [0_u8; 0]]).await
    }
}
