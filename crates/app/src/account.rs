//! The owner's own settings: password, security question, language (J15).

use std::sync::Arc;

use jiff::Timestamp;
use model::{
    Language,
    audit::{Actor, Event},
};
use render::mails::SecurityEvent;
use store::{Folder, Wrap, WrapKind};

use crate::{
    App, audit, job, notice,
    password::{self, PasswordFault},
    question::{self, QuestionFault},
    session::SignedIn,
    sign_in::try_password,
    throttle::{Attempt, Wait},
    trouble::{Trouble, carries_trouble},
};

/// Why a setting was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The present password is wrong. ACC-001
    #[error("the present password is wrong")]
    PasswordWrong,
    /// The new password will not do. ACC-002
    #[error("the new password will not do: {0:?}")]
    Password(PasswordFault),
    /// The two new passwords differ. ACC-003
    #[error("the new passwords differ")]
    PasswordsDiffer,
    /// The question or its answer will not do. ACC-004
    #[error("question or answer will not do: {0:?}")]
    Question(QuestionFault),
    /// Too many wrong passwords: wait. ACC-005
    #[error("too many failures")]
    Wait(Wait),
    /// Inner failure.
    #[error(transparent)]
    Trouble(Trouble),
}

carries_trouble!(AccountError);

impl AccountError {
    /// The code under which `docs/errors.md` explains it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PasswordWrong => "ACC-001",
            Self::Password(_) => "ACC-002",
            Self::PasswordsDiffer => "ACC-003",
            Self::Question(_) => "ACC-004",
            Self::Wait(_) => "ACC-005",
            Self::Trouble(trouble) => trouble.code(),
        }
    }
}

/// Changes the password and ends every other session.
pub async fn change_password(
    app: &Arc<App>,
    owner: &SignedIn,
    present: &str,
    typed: &str,
    repeated: &str,
) -> Result<(), AccountError> {
    let phrase = password::judge(typed, &owner.address, app.settings.portal.password_length_min)
        .map_err(AccountError::Password)?;
    if typed != repeated {
        return Err(AccountError::PasswordsDiffer);
    }
    confirm(app, owner, present).await?;
    let (key, salt) = app.stretch_fresh(phrase).await?;
    let sealed = owner.private()?.wrap_password(owner.mailbox, &key, &mut *app.entropy())?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    tx.wraps()
        .put(&Wrap {
            mailbox_id: owner.mailbox,
            kind: WrapKind::Password,
            parameters: Some(app.settings.portal.stretching.to_string()),
            salt: Some(salt.to_vec()),
            sealed: sealed.into_bytes(),
            created_at: now,
        })
        .await?;
    tx.sessions().delete_all_but(owner.mailbox, Some(owner.session)).await?;
    audit::record(&mut tx, now, Actor::Recipient(owner.mailbox), Some(owner.mailbox), &Event::PasswordChanged).await?;
    let reader = (owner.language, owner.address_shown.as_str());
    notice::security(app, &mut tx, Some(owner.mailbox), reader, SecurityEvent::PasswordChanged).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes the security question and its answer.
pub async fn change_question(
    app: &Arc<App>,
    owner: &SignedIn,
    present: &str,
    typed_question: &str,
    typed_answer: &str,
) -> Result<(), AccountError> {
    let (question, phrase) =
        question::judge(typed_question, typed_answer, &owner.address).map_err(AccountError::Question)?;
    confirm(app, owner, present).await?;
    let (key, salt) = app.stretch_fresh(phrase).await?;
    let sealed = owner.private()?.wrap_answer(owner.mailbox, &key, &mut *app.entropy())?;
    let question_sealed = question::seal(app, owner.mailbox, question)?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    tx.wraps()
        .put(&Wrap {
            mailbox_id: owner.mailbox,
            kind: WrapKind::Answer,
            parameters: Some(app.settings.portal.stretching.to_string()),
            salt: Some(salt.to_vec()),
            sealed: sealed.into_bytes(),
            created_at: now,
        })
        .await?;
    tx.mailboxes().set_question(owner.mailbox, Some(question_sealed.as_bytes())).await?;
    audit::record(&mut tx, now, Actor::Recipient(owner.mailbox), Some(owner.mailbox), &Event::QuestionChanged).await?;
    let reader = (owner.language, owner.address_shown.as_str());
    notice::security(app, &mut tx, Some(owner.mailbox), reader, SecurityEvent::QuestionChanged).await?;
    tx.commit().await?;
    Ok(())
}

/// How many messages the mailbox holds, sent ones included.
pub async fn messages(app: &App, owner: &SignedIn) -> Result<u64, Trouble> {
    let mut reader = app.store.read().await?;
    let inbox = reader.deliveries().counts(owner.mailbox, Folder::Inbox).await?.total;
    Ok(inbox + reader.deliveries().counts(owner.mailbox, Folder::Sent).await?.total)
}

/// Deletes the mailbox with everything in it (J13). Its keys are destroyed, so that backups go dark too (R4); a mail confirms it.
pub async fn delete_mailbox(app: &Arc<App>, owner: &SignedIn, present: &str) -> Result<(), AccountError> {
    confirm(app, owner, present).await?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let messages = tx.deliveries().ids(owner.mailbox).await?;
    let mut contents = Vec::with_capacity(messages.len());
    for id in &messages {
        if let Some(delivery) = tx.deliveries().find(*id).await?
            && let Some(message) = tx.messages().find(delivery.message_id).await?
        {
            contents.push(message.blob_id);
        }
    }
    for draft in tx.drafts().list(owner.mailbox).await? {
        contents.extend(tx.drafts().delete(draft.id).await?);
    }
    tx.mailboxes().delete(owner.mailbox).await?;
    for blob in contents {
        job::remove_content(app, &mut tx, blob).await?;
    }
    let event = Event::MailboxDeleted { messages: messages.len() };
    audit::record(&mut tx, now, Actor::Recipient(owner.mailbox), Some(owner.mailbox), &event).await?;
    let reader = (owner.language, owner.address_shown.as_str());
    notice::security(app, &mut tx, None, reader, SecurityEvent::MailboxDeleted).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes the language of pages and notices.
pub async fn change_language(app: &App, owner: &SignedIn, language: Language) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    tx.mailboxes().set_language(owner.mailbox, language).await?;
    tx.commit().await?;
    Ok(())
}

/// When the password was last set.
pub async fn password_set_at(app: &App, owner: &SignedIn) -> Result<Option<Timestamp>, Trouble> {
    let mut reader = app.store.read().await?;
    Ok(reader.wraps().find(owner.mailbox, WrapKind::Password).await?.map(|wrap| wrap.created_at))
}

/// The owner's security question, to be shown in the settings.
pub async fn question(app: &App, owner: &SignedIn) -> Result<Option<String>, Trouble> {
    let mut reader = app.store.read().await?;
    let mailbox = reader.mailboxes().find(owner.mailbox).await?;
    mailbox
        .and_then(|mailbox| mailbox.question_sealed)
        .map(|sealed| question::open(app, owner.mailbox, &sealed))
        .transpose()
}

/// Asks for the present password again before something weighty changes. Wrong ones are counted for the session.
async fn confirm(app: &Arc<App>, owner: &SignedIn, present: &str) -> Result<(), AccountError> {
    let now = app.now();
    let attempt = Attempt::new(app, "confirm", &owner.address, "", Some(&owner.session.to_string()));
    let mut reader = app.store.read().await?;
    if let Some(wait) = attempt.check(&mut reader, now).await? {
        return Err(AccountError::Wait(wait));
    }
    let mailbox = reader.mailboxes().find(owner.mailbox).await?;
    let wrap = reader.wraps().find(owner.mailbox, WrapKind::Password).await?;
    drop(reader);
    let right = try_password(app, mailbox.as_ref(), wrap.as_ref(), present).await?.is_some();
    let mut tx = app.store.begin().await?;
    if let Some(wait) = attempt.check_again(&mut tx, now).await? {
        return Err(AccountError::Wait(wait));
    }
    if right {
        attempt.succeeded(&mut tx).await?;
    } else {
        attempt.failed(&mut tx, now).await?;
    }
    tx.commit().await?;
    if right { Ok(()) } else { Err(AccountError::PasswordWrong) }
}
