//! Activation: the recipient takes over the mailbox (J3).
//!
//! Three steps, all held by the link: each step leaves its result with the activation, sealed so that only the link's secret opens it,
//! so leaving, going back, switching apps or waiting in between breaks nothing. Opening the link changes nothing (mail scanners open links); only
//! [`finish`] spends it. It then destroys the server's way into the mailbox.
//!
//! Unknown links answer like expired ones, so that strangers learn nothing (P7). A link of a mailbox that is active says so: who holds a
//! genuine link knows the mailbox exists.

use std::sync::Arc;

use jiff::Timestamp;
use model::{
    Language,
    audit::{Actor, Event},
    id::MailboxId,
};
use render::mails::SecurityEvent;
use store::{Activation, Folder, Mailbox, MailboxState, Proposal, Tx, Wrap, WrapKind};
use vault::{PrivateKey, Purpose, Sealed, Token, TokenKind};

use crate::{
    App, audit,
    header::HeaderBlock,
    notice,
    password::{self, PasswordFault},
    question::{self, QuestionFault},
    session,
    sign_in::{self, Entered},
    trouble::{Trouble, carries_trouble},
};

/// What a link leads to.
#[derive(Debug)]
pub enum Link {
    /// To an activation that can go on.
    Open(Progress),
    /// To a mailbox that is active already: its owner signs in.
    Active {
        /// The mailbox's address, as first written.
        address_shown: String,
    },
    /// Nowhere any more, or it never did.
    Expired,
}

/// How far an activation has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The mailbox's address, as first written.
    pub address_shown: String,
    /// The language chosen so far.
    pub language: Language,
    /// Until when the link works.
    pub expires_at: Timestamp,
    /// Whether a password is chosen.
    pub password_chosen: bool,
    /// The question chosen, if the answer is given too.
    pub question: Option<String>,
    /// The newest message that waits: who wrote it, about what, and when it came.
    pub newest: Option<(HeaderBlock, Timestamp)>,
}

/// Why a step was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The link leads nowhere (any more). ACT-001
    #[error("the link leads nowhere")]
    Expired,
    /// The mailbox is active already. ACT-002
    #[error("the mailbox is active")]
    Active,
    /// The password will not do. ACT-003
    #[error("the password will not do: {0:?}")]
    Password(PasswordFault),
    /// The two passwords differ. ACT-004
    #[error("the passwords differ")]
    PasswordsDiffer,
    /// The question or its answer will not do. ACT-005
    #[error("question or answer will not do: {0:?}")]
    Question(QuestionFault),
    /// An earlier step is missing. ACT-006
    #[error("an earlier step is missing")]
    StepMissing,
    /// Inner failure.
    #[error(transparent)]
    Trouble(Trouble),
}

carries_trouble!(StepError);

impl StepError {
    /// The code under which `docs/errors.md` explains it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Expired => "ACT-001",
            Self::Active => "ACT-002",
            Self::Password(_) => "ACT-003",
            Self::PasswordsDiffer => "ACT-004",
            Self::Question(_) => "ACT-005",
            Self::StepMissing => "ACT-006",
            Self::Trouble(trouble) => trouble.code(),
        }
    }
}

/// An activation found by its link, with the private key it opens.
struct Found {
    activation: Activation,
    mailbox: Mailbox,
    private: PrivateKey,
}

/// Looks where a link leads, without changing anything.
pub async fn look(app: &App, link: &str) -> Result<Link, Trouble> {
    match find(app, link).await {
        Ok(found) => Ok(Link::Open(progress(app, &found).await?)),
        Err(StepError::Trouble(trouble)) => Err(trouble),
        Err(StepError::Active) => {
            let address_shown = owner(app, link).await?.unwrap_or_default();
            Ok(Link::Active { address_shown })
        }
        Err(_) => Ok(Link::Expired),
    }
}

/// Step 1: chooses the password.
pub async fn choose_password(app: &Arc<App>, link: &str, typed: &str, repeated: &str) -> Result<(), StepError> {
    let found = find(app, link).await?;
    let phrase = password::judge(typed, &found.mailbox.address, app.settings.portal.password_length_min)
        .map_err(StepError::Password)?;
    if typed != repeated {
        return Err(StepError::PasswordsDiffer);
    }
    let (key, salt) = app.stretch_fresh(phrase).await?;
    let mailbox = found.mailbox.id;
    let sealed = found.private.wrap_password(mailbox, &key, &mut *app.entropy())?;
    let mut tx = app.store.begin().await?;
    let kept = tx.activations().propose_password(found.activation.id, &proposal(app, salt, sealed)).await?;
    commit_step(tx, kept).await
}

/// Step 2: chooses the security question and answers it.
pub async fn choose_question(app: &Arc<App>, link: &str, question: &str, answer: &str) -> Result<(), StepError> {
    let found = find(app, link).await?;
    let (question, phrase) = question::judge(question, answer, &found.mailbox.address).map_err(StepError::Question)?;
    if found.activation.proposed_password.is_none() {
        return Err(StepError::StepMissing);
    }
    let (key, salt) = app.stretch_fresh(phrase).await?;
    let mailbox = found.mailbox.id;
    let sealed = found.private.wrap_answer(mailbox, &key, &mut *app.entropy())?;
    let question_sealed = question::seal(app, mailbox, question)?;
    let mut tx = app.store.begin().await?;
    let kept = tx
        .activations()
        .propose_answer(found.activation.id, &proposal(app, salt, sealed), question_sealed.as_bytes())
        .await?;
    commit_step(tx, kept).await
}

/// Chooses the language of the mailbox to be.
pub async fn choose_language(app: &App, link: &str, language: Language) -> Result<(), StepError> {
    let found = find(app, link).await?;
    let mut tx = app.store.begin().await?;
    let kept = tx.activations().set_language(found.activation.id, language).await?;
    commit_step(tx, kept).await
}

/// Commits a step, unless the activation was finished in the meantime, in another tab or by another link.
async fn commit_step(tx: Tx, kept: bool) -> Result<(), StepError> {
    if !kept {
        return Err(StepError::Active);
    }
    tx.commit().await?;
    Ok(())
}

/// Step 3: spends the link, destroys the server's way into the mailbox, and signs in. Gives the browser what [`sign_in`] gives it.
/// A mail to the ordinary address tells of it, in case it was somebody else.
pub async fn finish(app: &Arc<App>, link: &str, agent: &str) -> Result<Entered, StepError> {
    let found = find(app, link).await?;
    let mailbox = found.mailbox.id;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    // Read again inside the transaction: another tab may have finished, or changed a step, in the meantime.
    let activation = tx.activations().find(found.activation.id).await?.ok_or(StepError::Expired)?;
    if activation.used_at.is_some() {
        return Err(StepError::Active);
    }
    let (Some(password), Some(answer), Some(question_sealed)) =
        (activation.proposed_password, activation.proposed_answer, activation.proposed_question_sealed)
    else {
        return Err(StepError::StepMissing);
    };
    let language = activation.language.unwrap_or(found.mailbox.language);
    if !tx.mailboxes().activate(mailbox, language, Some(&question_sealed), now).await? {
        return Err(StepError::Active);
    }
    tx.wraps().put(&wrap(mailbox, WrapKind::Password, password, now)).await?;
    tx.wraps().put(&wrap(mailbox, WrapKind::Answer, answer, now)).await?;
    tx.wraps().delete(mailbox, WrapKind::Pending).await?;
    tx.activations().spend_all(mailbox, now).await?;
    tx.deliveries().clear_expiry(mailbox).await?;
    audit::record(&mut tx, now, Actor::Recipient(mailbox), Some(mailbox), &Event::Activated).await?;
    let reader = (language, found.mailbox.address_shown.as_str());
    notice::security(app, &mut tx, Some(mailbox), reader, SecurityEvent::Activated).await?;
    let cookie = session::begin(app, &mut tx, mailbox, &found.private, agent).await?;
    tx.commit().await?;
    Ok(Entered { cookie, device: sign_in::device_cookie(app, mailbox) })
}

async fn find(app: &App, link: &str) -> Result<Found, StepError> {
    let token = Token::parse(TokenKind::Activation, link).map_err(|_| StepError::Expired)?;
    let mut reader = app.store.read().await?;
    let activation = reader.activations().find_by_selector(&token.selector()).await?.ok_or(StepError::Expired)?;
    let mailbox = reader.mailboxes().find(activation.mailbox_id).await?.ok_or(StepError::Expired)?;
    if mailbox.state == MailboxState::Active {
        return Err(StepError::Active);
    }
    if activation.used_at.is_some() || app.now() >= activation.expires_at {
        return Err(StepError::Expired);
    }
    let wrap = Sealed::from_bytes(activation.sealed.clone());
    let private = PrivateKey::open_activation(mailbox.id, &wrap, &token)?;
    Ok(Found { activation, mailbox, private })
}

async fn owner(app: &App, link: &str) -> Result<Option<String>, Trouble> {
    let Ok(token) = Token::parse(TokenKind::Activation, link) else { return Ok(None) };
    let mut reader = app.store.read().await?;
    let Some(activation) = reader.activations().find_by_selector(&token.selector()).await? else { return Ok(None) };
    Ok(reader.mailboxes().find(activation.mailbox_id).await?.map(|mailbox| mailbox.address_shown))
}

async fn progress(app: &App, found: &Found) -> Result<Progress, Trouble> {
    let question = match &found.activation.proposed_question_sealed {
        Some(sealed) => Some(question::open(app, found.mailbox.id, sealed)?),
        None => None,
    };
    Ok(Progress {
        address_shown: found.mailbox.address_shown.clone(),
        language: found.activation.language.unwrap_or(found.mailbox.language),
        expires_at: found.activation.expires_at,
        password_chosen: found.activation.proposed_password.is_some(),
        question,
        newest: newest(app, found).await?,
    })
}

/// The newest message that waits. The link's secret opens its header block, the server alone does not need to.
async fn newest(app: &App, found: &Found) -> Result<Option<(HeaderBlock, Timestamp)>, Trouble> {
    let mut reader = app.store.read().await?;
    let row = reader.deliveries().page(found.mailbox.id, Folder::Inbox, None, 1).await?.pop();
    let Some(row) = row else { return Ok(None) };
    let Some(sealed) = row.header_sealed else { return Ok(None) };
    let block = vault::open_with(&found.private, Purpose::HeaderBlock, row.id.as_bytes(), &Sealed::from_bytes(sealed))?;
    Ok(Some((serde_json::from_slice(&block)?, row.deposited_at.unwrap_or(row.accepted_at))))
}

fn proposal(app: &App, salt: [u8; vault::password::SALT_BYTES], sealed: Sealed) -> Proposal {
    Proposal {
        parameters: app.settings.portal.stretching.to_string(),
        salt: salt.to_vec(),
        sealed: sealed.into_bytes(),
    }
}

fn wrap(mailbox: MailboxId, kind: WrapKind, proposal: Proposal, now: Timestamp) -> Wrap {
    Wrap {
        mailbox_id: mailbox,
        kind,
        parameters: Some(proposal.parameters),
        salt: Some(proposal.salt),
        sealed: proposal.sealed,
        created_at: now,
    }
}
