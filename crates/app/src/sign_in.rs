//! Signing in with address and password (J5).
//!
//! Unknown addresses, mailboxes that are not activated and wrong passwords answer alike and take alike long: a password is stretched in every case (P7).
//! That the password opens its wrap is the proof of it.

use std::sync::Arc;

use model::{
    audit::{Actor, Event},
    id::MailboxId,
};
use store::{Mailbox, MailboxState, Wrap, WrapKind};
use vault::{Parameters, Phrase, PrivateKey, Sealed, Zeroizing, password::SALT_BYTES, token::LinkPurpose};
use wire::address::EmailAddress;

use crate::{
    App, audit, session,
    throttle::{Attempt, Wait},
    trouble::{Trouble, carries_trouble},
};

/// What somebody typed, and where from.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The address as typed.
    pub address: &'a str,
    /// The password as typed.
    pub password: &'a str,
    /// Where the request comes from: a network prefix, for counting failures.
    pub source: &'a str,
    /// What the browser calls itself.
    pub agent: &'a str,
    /// The device cookie of this browser, if it has one.
    pub device: Option<&'a str>,
}

/// What a browser gets that signed in.
#[derive(Debug)]
pub struct Entered {
    /// The session cookie.
    pub cookie: Zeroizing<String>,
    /// The device cookie: tells the owner's browser from a stranger's, so that no stranger can lock the owner out.
    pub device: String,
}

/// Why nobody is signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// Address or password is wrong, or there is no such mailbox. SGN-001
    #[error("address or password is wrong")]
    Wrong,
    /// Too many failures: wait. SGN-002
    #[error("too many failures")]
    Wait(Wait),
    /// Inner failure.
    #[error(transparent)]
    Trouble(Trouble),
}

carries_trouble!(SignInError);

impl SignInError {
    /// The code under which `docs/errors.md` explains it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Wrong => "SGN-001",
            Self::Wait(_) => "SGN-002",
            Self::Trouble(trouble) => trouble.code(),
        }
    }
}

/// Signs in, or answers after the same time that address or password is wrong.
pub async fn sign_in(app: &Arc<App>, request: Request<'_>) -> Result<Entered, SignInError> {
    let now = app.now();
    let address = EmailAddress::parse(request.address.trim()).ok();
    let account = address.as_ref().map_or("", EmailAddress::as_str);
    let mut reader = app.store.read().await?;
    let mailbox = match &address {
        Some(address) => reader.mailboxes().find_by_address(address.as_str()).await?,
        None => None,
    };
    let device = request.device.filter(|device| is_device_of(app, mailbox.as_ref(), device));
    let attempt = Attempt::new(app, "sign-in", account, request.source, device);
    if let Some(wait) = attempt.check(&mut reader, now).await? {
        return Err(SignInError::Wait(wait));
    }
    let wrap = match &mailbox {
        Some(mailbox) if mailbox.state == MailboxState::Active => {
            reader.wraps().find(mailbox.id, WrapKind::Password).await?
        }
        _ => None,
    };
    drop(reader);
    let opened = try_password(app, mailbox.as_ref(), wrap.as_ref(), request.password).await?;
    let mut tx = app.store.begin().await?;
    if let Some(wait) = attempt.check_again(&mut tx, now).await? {
        return Err(SignInError::Wait(wait));
    }
    let Some((mailbox, private)) = opened else {
        attempt.failed(&mut tx, now).await?;
        let id = mailbox.map(|mailbox| mailbox.id);
        audit::record(&mut tx, now, Actor::House, id, &Event::SignInFailed).await?;
        tx.commit().await?;
        return Err(SignInError::Wrong);
    };
    attempt.succeeded(&mut tx).await?;
    let cookie = session::begin(app, &mut tx, mailbox.id, &private, request.agent).await?;
    tx.commit().await?;
    Ok(Entered { cookie, device: device_cookie(app, mailbox.id) })
}

/// Opens the mailbox with a password; `None` where it does not open. Takes as long in either case.
pub(crate) async fn try_password<'a>(
    app: &Arc<App>,
    mailbox: Option<&'a Mailbox>,
    wrap: Option<&Wrap>,
    typed: &str,
) -> Result<Option<(&'a Mailbox, PrivateKey)>, Trouble> {
    let (salt, parameters) = wrap.and_then(stretching_of).unwrap_or(([0; SALT_BYTES], app.settings.portal.stretching));
    // An empty or endless password is stretched too, as a stand-in that opens nothing.
    let phrase =
        Phrase::password(typed).or_else(|_| Phrase::password("\u{fffd}")).map_err(|_| Trouble::broken("phrase"))?;
    let key = app.stretch(phrase, salt, parameters).await?;
    let (Some(mailbox), Some(wrap)) = (mailbox, wrap) else { return Ok(None) };
    let sealed = Sealed::from_bytes(wrap.sealed.clone());
    Ok(PrivateKey::open_password(mailbox.id, &sealed, &key).ok().map(|private| (mailbox, private)))
}

fn stretching_of(wrap: &Wrap) -> Option<([u8; SALT_BYTES], Parameters)> {
    let salt = wrap.salt.as_deref()?.try_into().ok()?;
    let parameters = wrap.parameters.as_deref()?.parse().ok()?;
    Some((salt, parameters))
}

/// The device cookie of a mailbox's owner.
pub(crate) fn device_cookie(app: &App, mailbox: MailboxId) -> String {
    vault::token::sign_link(app.keys.server.signing(), LinkPurpose::Device, mailbox.as_bytes())
}

fn is_device_of(app: &App, mailbox: Option<&Mailbox>, device: &str) -> bool {
    let signed = vault::token::verify_link(app.keys.server.signing(), LinkPurpose::Device, device);
    matches!((signed, mailbox), (Ok(id), Some(mailbox)) if id == *mailbox.id.as_bytes())
}
