//! The wraps of a mailbox's private key: one sealed value for each way to get at it.
//!
//! | wrap | opened by | lives |
//! | --- | --- | --- |
//! | pending | the server key | until activation, so that reminders can carry working links |
//! | activation | the secret of an activation link, one wrap per link | until activation |
//! | password | the password, through [`crate::password`] | until the password changes |
//! | answer | the answer to the security question, likewise | until the answer changes |
//! | recovery | the recovery private key, which can lie offline | as long as the mailbox |
//! | session | the secret of a session cookie | as long as the session |
//!
//! Activation destroys `pending` and every `activation`; from then on the server alone cannot open the mailbox [P5]. Each wrap is
//! bound to its kind and to the mailbox: put into another row, it does not open.

use model::{Entropy, id::MailboxId};
use zeroize::Zeroizing;

use crate::{
    key::{SecretKey, ServerKey},
    pair::{PrivateKey, PublicKey, Seed},
    password::PasswordKey,
    purpose::Purpose,
    seal::{OpenError, SealError, Sealed, open, open_with, seal, seal_to},
    token::{Token, TokenKind},
};

impl PrivateKey {
    /// Wraps the key for the time until activation.
    pub fn wrap_pending(
        &self,
        mailbox: MailboxId,
        server: &ServerKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Sealed, SealError> {
        self.wrap(Purpose::PendingWrap, mailbox, server.pending(), entropy)
    }

    /// Opens [`Self::wrap_pending`].
    pub fn open_pending(mailbox: MailboxId, wrap: &Sealed, server: &ServerKey) -> Result<Self, OpenError> {
        Self::unwrap(Purpose::PendingWrap, mailbox, wrap, server.pending())
    }

    /// Wraps the key under the secret of an activation link.
    pub fn wrap_activation(
        &self,
        mailbox: MailboxId,
        link: &Token,
        entropy: &mut dyn Entropy,
    ) -> Result<Sealed, SealError> {
        let key = wrapping_key(link, TokenKind::Activation).ok_or(SealError::Refused)?;
        self.wrap(Purpose::ActivationWrap, mailbox, &key, entropy)
    }

    /// Opens [`Self::wrap_activation`].
    pub fn open_activation(mailbox: MailboxId, wrap: &Sealed, link: &Token) -> Result<Self, OpenError> {
        let key = wrapping_key(link, TokenKind::Activation).ok_or(OpenError::Refused)?;
        Self::unwrap(Purpose::ActivationWrap, mailbox, wrap, &key)
    }

    /// Wraps the key under its owner's password.
    pub fn wrap_password(
        &self,
        mailbox: MailboxId,
        password: &PasswordKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Sealed, SealError> {
        self.wrap(Purpose::PasswordWrap, mailbox, password.as_secret(), entropy)
    }

    /// Opens [`Self::wrap_password`]. That it opens is the proof of the password; there is no other hash of it.
    pub fn open_password(mailbox: MailboxId, wrap: &Sealed, password: &PasswordKey) -> Result<Self, OpenError> {
        Self::unwrap(Purpose::PasswordWrap, mailbox, wrap, password.as_secret())
    }

    /// Wraps the key under the answer to its owner's security question.
    pub fn wrap_answer(
        &self,
        mailbox: MailboxId,
        answer: &PasswordKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Sealed, SealError> {
        self.wrap(Purpose::AnswerWrap, mailbox, answer.as_secret(), entropy)
    }

    /// Opens [`Self::wrap_answer`].
    pub fn open_answer(mailbox: MailboxId, wrap: &Sealed, answer: &PasswordKey) -> Result<Self, OpenError> {
        Self::unwrap(Purpose::AnswerWrap, mailbox, wrap, answer.as_secret())
    }

    /// Wraps the key to the organisation's recovery key.
    pub fn wrap_recovery(
        &self,
        mailbox: MailboxId,
        recovery: &PublicKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Sealed, SealError> {
        seal_to(recovery, Purpose::RecoveryWrap, mailbox.as_bytes(), self.seed().expose(), entropy)
    }

    /// Opens [`Self::wrap_recovery`].
    pub fn open_recovery(mailbox: MailboxId, wrap: &Sealed, recovery: &Self) -> Result<Self, OpenError> {
        Self::from_opened(&open_with(recovery, Purpose::RecoveryWrap, mailbox.as_bytes(), wrap)?)
    }

    /// Wraps the key under the secret of a session cookie.
    pub fn wrap_session(
        &self,
        mailbox: MailboxId,
        cookie: &Token,
        entropy: &mut dyn Entropy,
    ) -> Result<Sealed, SealError> {
        let key = wrapping_key(cookie, TokenKind::Session).ok_or(SealError::Refused)?;
        self.wrap(Purpose::SessionWrap, mailbox, &key, entropy)
    }

    /// Opens [`Self::wrap_session`].
    pub fn open_session(mailbox: MailboxId, wrap: &Sealed, cookie: &Token) -> Result<Self, OpenError> {
        let key = wrapping_key(cookie, TokenKind::Session).ok_or(OpenError::Refused)?;
        Self::unwrap(Purpose::SessionWrap, mailbox, wrap, &key)
    }

    /// Opens [`Self::wrap_session`] only as far as the seed: a request that opens nothing sealed to the key need not expand it.
    pub fn open_session_seed(mailbox: MailboxId, wrap: &Sealed, cookie: &Token) -> Result<Seed, OpenError> {
        let key = wrapping_key(cookie, TokenKind::Session).ok_or(OpenError::Refused)?;
        let seed = open(&key, Purpose::SessionWrap, mailbox.as_bytes(), wrap)?;
        Seed::from_bytes(&seed).map_err(|_| OpenError::Unexpected)
    }

    fn wrap(
        &self,
        purpose: Purpose,
        mailbox: MailboxId,
        key: &SecretKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Sealed, SealError> {
        seal(key, purpose, mailbox.as_bytes(), self.seed().expose(), entropy)
    }

    fn unwrap(purpose: Purpose, mailbox: MailboxId, wrap: &Sealed, key: &SecretKey) -> Result<Self, OpenError> {
        Self::from_opened(&open(key, purpose, mailbox.as_bytes(), wrap)?)
    }

    fn from_opened(seed: &Zeroizing<Vec<u8>>) -> Result<Self, OpenError> {
        Self::from_bytes(seed).map_err(|_| OpenError::Unexpected)
    }
}

/// The wrapping key of a token, if it is of the kind that the wrap takes.
fn wrapping_key(token: &Token, kind: TokenKind) -> Option<SecretKey> {
    (token.kind() == kind).then(|| token.secret_key())
}
