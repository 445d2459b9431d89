//! Notices: the mails that say there is a message (J2, J4). They carry nothing confidential beyond sender, subject (which can be hidden) and date.

use jiff::Timestamp;
use model::{
    Language,
    audit::{Actor, Event},
    id::{ActivationId, DeliveryId, MailboxId, OutgoingId},
};
use render::{
    mails::{Mail, NoticeFirst, NoticeLater, SecurityEvent, SecurityNotice, Why},
    pages::message::Correspondent,
};
use store::{Activation, Delivery, Mailbox, Message, OutgoingKind, Tx};
use vault::{PrivateKey, Token, TokenKind, token::LinkPurpose};

use crate::{
    App, audit, content,
    header::HeaderBlock,
    letterhead,
    outgoing::{Destination, New, Options},
    trouble::Trouble,
};

/// What a notice is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) delivery: &'a Delivery,
    pub(crate) message: &'a Message,
    pub(crate) header: &'a HeaderBlock,
    pub(crate) deposited_at: Timestamp,
}

/// Queues the notice of a deposited message: with an activation link while nobody has activated the mailbox (`private` is its key then), and else with a
/// link straight to the message.
pub(crate) async fn queue(
    app: &App,
    tx: &mut Tx,
    mailbox: &Mailbox,
    private: Option<&PrivateKey>,
    about: About<'_>,
) -> Result<(), Trouble> {
    let mail = match private {
        Some(private) => first(app, tx, mailbox, private, about).await?,
        None => later(app, mailbox, about),
    };
    let belongs = Belongs { delivery: Some(about.delivery.id), mailbox: Some(mailbox.id) };
    send(app, tx, &mailbox.address_shown, &mail, belongs).await?;
    let event = Event::NoticeQueued { delivery: about.delivery.id };
    audit::record(tx, app.now(), Actor::House, Some(mailbox.id), &event).await
}

/// What a mail to a customer belongs to.
#[derive(Debug)]
struct Belongs {
    delivery: Option<DeliveryId>,
    mailbox: Option<MailboxId>,
}

/// Composes a mail to a customer, stores it and queues it.
async fn send(app: &App, tx: &mut Tx, recipient: &str, mail: &Mail, belongs: Belongs) -> Result<(), Trouble> {
    let now = app.now();
    let mut entropy = app.entropy();
    let id = OutgoingId::new(now, &mut *entropy);
    let bytes = letterhead::to_customer(app, recipient, mail, now, &mut *entropy)?;
    let stored = content::store(app, *id.as_bytes(), &bytes).await?;
    let new = New {
        id,
        kind: OutgoingKind::Notice,
        delivery: belongs.delivery,
        mailbox: belongs.mailbox,
        reverse_path: New::bounce_path(app, id)?,
        recipient,
        destination: Destination::World,
        options: Options { require_tls_if_offered: app.settings.notices.require_tls, ..Options::default() },
    };
    new.queue(app, tx, &stored).await
}

async fn first(
    app: &App,
    tx: &mut Tx,
    mailbox: &Mailbox,
    private: &PrivateKey,
    about: About<'_>,
) -> Result<Mail, Trouble> {
    let activate_by = app.settings.retention.activation_deadline(about.deposited_at);
    let link = new_link(app, tx, mailbox, private, activate_by).await?;
    Ok(NoticeFirst {
        brand: &app.settings.brand,
        language: mailbox.language,
        recipient: &mailbox.address_shown,
        sender: correspondent(about.header),
        subject: subject(app, about.header),
        sent_at: about.message.accepted_at,
        why: why(about.message),
        link: &link,
        activate_by,
    }
    .mail())
}

/// Makes an activation link that works until `expires_at`.
async fn new_link(
    app: &App,
    tx: &mut Tx,
    mailbox: &Mailbox,
    private: &PrivateKey,
    expires_at: Timestamp,
) -> Result<String, Trouble> {
    let now = app.now();
    let mut entropy = app.entropy();
    let token = Token::generate(TokenKind::Activation, &mut *entropy);
    let sealed = private.wrap_activation(mailbox.id, &token, &mut *entropy)?;
    tx.activations()
        .insert(&Activation {
            id: ActivationId::new(now, &mut *entropy),
            mailbox_id: mailbox.id,
            selector: token.selector().to_vec(),
            sealed: sealed.into_bytes(),
            created_at: now,
            expires_at,
            used_at: None,
            proposed_password: None,
            proposed_answer: None,
            proposed_question_sealed: None,
            language: None,
        })
        .await?;
    Ok(format!("{}{}", app.settings.brand.url, render::paths::activate(token.text().as_str())))
}

fn later(app: &App, mailbox: &Mailbox, about: About<'_>) -> Mail {
    let id = about.delivery.id.as_bytes();
    let signed = vault::token::sign_link(app.keys.server.signing(), LinkPurpose::Notice, id);
    let link = format!("{}{}", app.settings.brand.url, render::paths::notice(signed));
    NoticeLater {
        brand: &app.settings.brand,
        language: mailbox.language,
        recipient: &mailbox.address_shown,
        sender: correspondent(about.header),
        subject: subject(app, about.header),
        sent_at: about.message.accepted_at,
        link: &link,
        kept_until: None,
    }
    .mail()
}

/// Queues the mail that tells the owner at `address` what changed about the mailbox's security, so that nobody else changes it unnoticed.
///
/// `mailbox` is the mailbox if it is still there: what comes back of the mail is noted with it.
pub(crate) async fn security(
    app: &App,
    tx: &mut Tx,
    mailbox: Option<MailboxId>,
    (language, address): (Language, &str),
    event: SecurityEvent,
) -> Result<(), Trouble> {
    let at = app.now();
    let mail = SecurityNotice { brand: &app.settings.brand, language, recipient: address, event, at }.mail();
    send(app, tx, address, &mail, Belongs { delivery: None, mailbox }).await
}

/// The message a notice's link leads to, and the address of its mailbox; `None` for links nobody here made.
pub async fn follow(app: &App, signed: &str) -> Result<Option<(DeliveryId, String)>, Trouble> {
    let signing = app.keys.server.signing();
    let Ok(id) = vault::token::verify_link(signing, LinkPurpose::Notice, signed) else { return Ok(None) };
    let id = DeliveryId::from_bytes(id);
    let mut reader = app.store.read().await?;
    let Some(delivery) = reader.deliveries().find(id).await? else { return Ok(None) };
    let mailbox = match delivery.mailbox_id {
        Some(mailbox) => reader.mailboxes().find(mailbox).await?,
        None => None,
    };
    Ok(mailbox.map(|mailbox| (id, mailbox.address_shown)))
}

fn correspondent(header: &HeaderBlock) -> Correspondent<'_> {
    Correspondent { name: &header.name, address: &header.address }
}

fn subject<'a>(app: &App, header: &'a HeaderBlock) -> Option<&'a str> {
    (!app.settings.notices.subject_hidden).then_some(header.subject.as_str())
}

/// Why the message is confidential, from the recorded decision (P6).
fn why(message: &Message) -> Why {
    let Ok(decision) = serde_json::from_str::<model::policy::Decision>(&message.decision) else { return Why::Rule };
    if decision.reasons.iter().any(|reason| reason.code == model::policy::ReasonCode::Answer) {
        Why::Answer
    } else if decision.reasons.iter().any(|reason| reason.code == model::policy::ReasonCode::Rule) {
        Why::Rule
    } else {
        Why::Marked
    }
}
