//! Sessions: what lies between signing in and signing out.
//!
//! A session holds the mailbox's private key wrapped under a key that only the cookie carries; the table holds a hash of the cookie. A stolen
//! database opens no session (P5). A session ends after a time without a click and after a longest time, both counted here,
//! and when its owner signs out, here or everywhere.

use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};
use model::{
    Language,
    audit::{Actor, Event},
    id::{MailboxId, SessionId},
};
use store::Tx;
use vault::{PrivateKey, Sealed, SecretKey, Seed, Token, TokenKind, Zeroizing};

use crate::{App, audit, trouble::Trouble};

/// How much of a browser's name is kept to tell sessions apart, in characters.
pub const AGENT_CHARS_MAX: usize = 120;

/// How stale the time of the last click may be before it is written again: reading stays free of writes.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// The owner of a mailbox, signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// The session.
    pub session: SessionId,
    /// The mailbox.
    pub mailbox: MailboxId,
    /// Its address, in normal form.
    pub address: String,
    /// Its address, as first written.
    pub address_shown: String,
    /// The owner's language.
    pub language: Language,
    /// What forms of this session carry, so that no other page can send them.
    pub form_token: String,
    /// The mailbox's symmetric key: opens what was opened before.
    pub(crate) key: SecretKey,
    seed: Seed,
    private: OnceLock<PrivateKey>,
}

impl SignedIn {
    /// The mailbox's private key. Made from its seed when first needed: most requests open only what is kept under the symmetric key.
    pub(crate) fn private(&self) -> Result<&PrivateKey, Trouble> {
        if let Some(private) = self.private.get() {
            return Ok(private);
        }
        let private = self.seed.expand().map_err(|error| Trouble::broken(error.to_string()))?;
        Ok(self.private.get_or_init(|| private))
    }
}

/// Begins a session and gives the cookie's text.
pub(crate) async fn begin(
    app: &App,
    tx: &mut Tx,
    mailbox: MailboxId,
    private: &PrivateKey,
    agent: &str,
) -> Result<Zeroizing<String>, Trouble> {
    let now = app.now();
    let mut entropy = app.entropy();
    let cookie = Token::generate(TokenKind::Session, &mut *entropy);
    let sealed = private.wrap_session(mailbox, &cookie, &mut *entropy)?;
    tx.sessions()
        .insert(&store::Session {
            id: SessionId::new(now, &mut *entropy),
            selector: cookie.selector().to_vec(),
            mailbox_id: mailbox,
            sealed: sealed.into_bytes(),
            agent: agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS_MAX).collect(),
            created_at: now,
            seen_at: now,
            expires_at: now + app.settings.portal.session_max,
        })
        .await?;
    tx.mailboxes().touch_signed_in(mailbox, now).await?;
    audit::record(tx, now, Actor::Recipient(mailbox), Some(mailbox), &Event::SignedIn).await?;
    Ok(cookie.text())
}

/// Opens the session of a cookie, or `None` where there is none any more.
pub async fn open(app: &App, cookie: &str) -> Result<Option<SignedIn>, Trouble> {
    let Ok(cookie) = Token::parse(TokenKind::Session, cookie) else { return Ok(None) };
    let now = app.now();
    let mut reader = app.store.read().await?;
    let Some(row) = reader.sessions().find_by_selector(&cookie.selector()).await? else { return Ok(None) };
    if over(app, &row, now) {
        return Ok(None);
    }
    let Some(mailbox) = reader.mailboxes().find(row.mailbox_id).await? else { return Ok(None) };
    drop(reader);
    let sealed = Sealed::from_bytes(row.sealed);
    let Ok(seed) = PrivateKey::open_session_seed(row.mailbox_id, &sealed, &cookie) else { return Ok(None) };
    if now.duration_since(row.seen_at) > TOUCH_EVERY {
        let mut tx = app.store.begin().await?;
        tx.sessions().touch(row.id, now, row.expires_at).await?;
        tx.commit().await?;
    }
    Ok(Some(SignedIn {
        session: row.id,
        mailbox: mailbox.id,
        address: mailbox.address,
        address_shown: mailbox.address_shown,
        language: mailbox.language,
        form_token: form_token(&cookie),
        key: seed.mailbox_key(),
        seed,
        private: OnceLock::new(),
    }))
}

fn over(app: &App, row: &store::Session, now: Timestamp) -> bool {
    now >= row.expires_at || now.duration_since(row.seen_at) >= app.settings.portal.session_idle
}

fn form_token(cookie: &Token) -> String {
    data_encoding::BASE64URL_NOPAD.encode(cookie.secret_key().derive("form token").expose())
}

/// Ends the session of a cookie.
pub async fn sign_out(app: &Arc<App>, signed_in: &SignedIn) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    tx.sessions().delete(signed_in.mailbox, signed_in.session).await?;
    let event = Event::SignedOut { everywhere: false };
    audit::record(&mut tx, app.now(), Actor::Recipient(signed_in.mailbox), Some(signed_in.mailbox), &event).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends every session of the mailbox but this one.
pub async fn sign_out_elsewhere(app: &Arc<App>, signed_in: &SignedIn) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    tx.sessions().delete_all_but(signed_in.mailbox, Some(signed_in.session)).await?;
    let event = Event::SignedOut { everywhere: true };
    audit::record(&mut tx, app.now(), Actor::Recipient(signed_in.mailbox), Some(signed_in.mailbox), &event).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends one session of the mailbox. `false` if it has none like it.
pub async fn end(app: &Arc<App>, signed_in: &SignedIn, session: SessionId) -> Result<bool, Trouble> {
    let mut tx = app.store.begin().await?;
    if !tx.sessions().delete(signed_in.mailbox, session).await? {
        return Ok(false);
    }
    let event = Event::SignedOut { everywhere: false };
    audit::record(&mut tx, app.now(), Actor::Recipient(signed_in.mailbox), Some(signed_in.mailbox), &event).await?;
    tx.commit().await?;
    Ok(true)
}

/// A session as its owner sees it in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InUse {
    /// Its id.
    pub id: SessionId,
    /// The name its browser gave itself.
    pub agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub seen_at: Timestamp,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// The sessions of the mailbox that are still in use, the newest first.
pub async fn in_use(app: &App, signed_in: &SignedIn) -> Result<Vec<InUse>, Trouble> {
    let now = app.now();
    let mut reader = app.store.read().await?;
    let mut sessions: Vec<InUse> = reader
        .sessions()
        .list(signed_in.mailbox)
        .await?
        .into_iter()
        .filter(|row| !over(app, row, now))
        .map(|row| InUse {
            id: row.id,
            this: row.id == signed_in.session,
            agent: row.agent,
            created_at: row.created_at,
            seen_at: row.seen_at,
        })
        .collect();
    sessions.sort_by_key(|session| std::cmp::Reverse(session.created_at));
    Ok(sessions)
}
