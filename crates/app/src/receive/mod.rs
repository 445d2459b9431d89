//! Takes mail in: judges sender and recipient at the envelope, spools the content sealed, decides the route, and takes responsibility (P2).
//!
//! `250` may be said only after [`Spool::accept`] has answered `Ok`: message, deliveries, decision, jobs and audit event are then on disk.

mod facts;
mod skeleton;

use std::net::IpAddr;

use model::{
    audit::{Actor, Event},
    delivery::State,
    id::{BlobId, DeliveryId, MailboxId, MessageId},
    policy::{self, Decision},
    route::Route,
};
use serde::{Deserialize, Serialize};
use store::{Direction, Message, NewDelivery};
use vault::Purpose;
use wire::address::{EmailAddress, ReversePath, TypedAddress};

pub use crate::wish::ReportWish;
use crate::{
    App, audit,
    content::{Incoming, Stored},
    job,
    outgoing::mailbox_of_reply_address,
    scan::{self, Signature, Unscanned, carries_refusal},
    trouble::{Trouble, carries_trouble},
};
use skeleton::Skeleton;

/// Hops a message may have behind it before it is taken for a loop (RFC 5321 section 6.3 asks for at least 100).
pub const HOPS_MAX: usize = 100;

/// Why a sender, a recipient or a message is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// The recipient's domain is the organisation's own. RCV-001
    #[error("mail to the organisation itself is not for this intake")]
    OwnDomain,
    /// The recipient is an address literal, or otherwise no address a mailbox can have. RCV-002
    #[error("this kind of address cannot have a mailbox")]
    NoMailbox,
    /// The reply address was not made here, or its mailbox is gone. RCV-003
    #[error("this reply address leads nowhere")]
    ReplyUnknown,
    /// The message has been through too many hops. RCV-004
    #[error("the message runs in a loop")]
    Loop,
    /// A scanner found malware in the message. RCV-005
    #[error("the message holds malware: {0}")]
    Malware(Signature),
    /// No scanner can look at the message just now. RCV-006
    #[error("the message cannot be scanned now")]
    Unscanned,
    /// No scanner takes a message of this size. RCV-007
    #[error("the message is too large to be scanned")]
    TooLargeToScan,
    /// Inner failure.
    #[error(transparent)]
    Trouble(Trouble),
}

carries_trouble!(ReceiveError);

carries_refusal!(ReceiveError);

impl ReceiveError {
    /// The code under which `docs/errors.md` explains it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OwnDomain => "RCV-001",
            Self::NoMailbox => "RCV-002",
            Self::ReplyUnknown => "RCV-003",
            Self::Loop => "RCV-004",
            Self::Malware(_) => "RCV-005",
            Self::Unscanned => "RCV-006",
            Self::TooLargeToScan => "RCV-007",
            Self::Trouble(trouble) => trouble.code(),
        }
    }
}

/// A recipient that was judged and may be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Where the mail goes.
    address: TypedAddress,
    /// Who that is.
    role: Role,
    /// What the sender asked to be told about it.
    report: ReportWish,
}

/// Who a recipient is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A customer.
    Customer,
    /// A customer, by a reply address: the mail answers one of the customer's and is confidential.
    Answered,
    /// The postmaster of this server, who is one of the organisation's own people (RFC 5321 section 4.5.1).
    Postmaster,
}

/// The envelope of a message.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The reverse-path.
    pub reverse_path: ReversePath,
    /// `ENVID` (RFC 3461), as given.
    pub envelope_id: Option<String>,
    /// Who handed it in: the user that signed in, or `certificate:` and the name in the client's certificate, for the rules.
    pub authenticated: Option<String>,
    /// From where it was handed in, for the rules.
    pub client_address: Option<IpAddr>,
    /// `REQUIRETLS` (RFC 8689): onward only over verified TLS to a server that promises the same.
    pub require_tls: bool,
    /// The recipients, each judged.
    pub recipients: Vec<Recipient>,
}

/// Judges a recipient (C7): the answer is given at `RCPT`.
pub async fn judge(app: &App, address: TypedAddress, report: ReportWish) -> Result<Recipient, ReceiveError> {
    if address.address().is_literal() {
        return Err(ReceiveError::NoMailbox);
    }
    if let Some(mailbox) = mailbox_of_reply_address(app, address.address()) {
        let found = app.store.read().await?.mailboxes().find(mailbox).await?.ok_or(ReceiveError::ReplyUnknown)?;
        let address = TypedAddress::parse(&found.address_shown).map_err(|error| Trouble::broken(error.to_string()))?;
        return Ok(Recipient { address, role: Role::Answered, report });
    }
    if is_own(app, address.address()) {
        return Err(ReceiveError::OwnDomain);
    }
    Ok(Recipient { address, role: Role::Customer, report })
}

/// Whether an address is in a domain of the organisation's, the one of its notices included.
fn is_own(app: &App, address: &EmailAddress) -> bool {
    let Some(domain) = address.domain() else { return false };
    app.settings.domains.contains(&domain) || app.settings.notices.sender.domain().is_some_and(|own| own == domain)
}

/// The recipient that stands behind `<Postmaster>` without a domain, whom every server has to know (RFC 5321 section 4.5.1).
pub fn postmaster(app: &App, report: ReportWish) -> Recipient {
    Recipient { address: app.settings.postmaster.clone(), role: Role::Postmaster, report }
}

/// A message on its way in.
pub struct Spool<'a> {
    app: &'a App,
    id: MessageId,
    incoming: Incoming<'a>,
    skeleton: Skeleton,
}

impl<'a> Spool<'a> {
    /// Begins to take a message in.
    pub fn begin(app: &'a App) -> Result<Self, ReceiveError> {
        let now = app.now();
        app.load.count(now);
        let id = MessageId::new(now, &mut *app.entropy());
        Ok(Self { app, id, incoming: Incoming::new(app, *id.as_bytes())?, skeleton: Skeleton::default() })
    }

    /// Takes the next bytes of content.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        self.skeleton.update(bytes);
        Ok(self.incoming.write(bytes).await?)
    }

    /// Takes responsibility for the message. When this answers `Ok`, it is on disk.
    pub async fn accept(self, envelope: &Envelope) -> Result<MessageId, ReceiveError> {
        let shape = self.skeleton.finish();
        let skeleton = shape.bytes;
        let stored = self.incoming.finish().await?;
        let head = mime::head::Head::read(&skeleton);
        if head.fields().all("received").count() > HOPS_MAX {
            return Err(ReceiveError::Loop);
        }
        let unscanned = scan::examine(self.app, Actor::Sender, &stored).await.map_err(ReceiveError::from)?;
        let answered = mailboxes_answered(self.app, &head).await?;
        let attachments = mime::head::attachments(&skeleton).ok();
        let has_attachments = attachments.as_ref().is_none_or(|declared| !declared.is_empty());
        let mail = facts::Mail {
            head: &head,
            attachments: attachments.as_deref().unwrap_or_default(),
            size_bytes: stored.size_bytes,
            answers: !answered.is_empty(),
            cut: shape.cut,
        };
        let decision = decide(self.app, envelope, mail);
        let taken = Taken { stored, decision, has_attachments, unscanned };
        take_responsibility(self.app, self.id, envelope, &taken).await?;
        Ok(self.id)
    }
}

/// The mailboxes whose mails this one answers: found by the ids it refers to.
async fn mailboxes_answered(app: &App, head: &mime::head::Head<'_>) -> Result<Vec<MailboxId>, Trouble> {
    if head.in_reply_to.is_empty() && head.references.is_empty() {
        return Ok(Vec::new());
    }
    let mut reader = app.store.read().await?;
    let mut mailboxes = Vec::new();
    let ids = head.in_reply_to.iter().chain(head.references.iter().rev()).take(REFERENCES_MAX);
    for id in ids {
        if let Some(thread) = reader.threads().find(&thread_key(app, id)).await? {
            mailboxes.push(thread.mailbox_id);
        }
    }
    Ok(mailboxes)
}

/// How many of the ids a mail refers to are looked up.
const REFERENCES_MAX: usize = 50;

/// What a message id is remembered as: a keyed hash, so that the table names no mail.
pub(crate) fn thread_key(app: &App, message_id: &str) -> Vec<u8> {
    app.keys.server.signing().derive("message id").keyed_hash(message_id.as_bytes()).to_vec()
}

/// Decides for every recipient and takes the strictest decision for all: one message has one class (C1).
fn decide(app: &App, envelope: &Envelope, mail: facts::Mail<'_>) -> Decision {
    let mut facts = facts::collect(envelope, mail);
    let mut strictest: Option<Decision> = None;
    for recipient in &envelope.recipients {
        recipient.address().as_str().clone_into(&mut facts.recipient);
        facts.answers_confidential = mail.answers || recipient.role == Role::Answered;
        let decision = policy::decide(&app.rules, &facts);
        if strictest.as_ref().is_none_or(|so_far| decision.class > so_far.class) {
            strictest = Some(decision);
        }
    }
    strictest.unwrap_or_else(|| policy::decide(&app.rules, &facts))
}

/// A message as it is taken.
struct Taken {
    stored: Stored,
    decision: Decision,
    has_attachments: bool,
    unscanned: Option<Unscanned>,
}

async fn take_responsibility(app: &App, id: MessageId, envelope: &Envelope, taken: &Taken) -> Result<(), Trouble> {
    let Taken { stored, decision, has_attachments, unscanned } = taken;
    let now = app.now();
    let sealed = stored.key.seal(app.keys.server.content(), Purpose::MessageKey, id.as_bytes(), &mut *app.entropy())?;
    let route = serde_json::to_string(&decision.route)?;
    let message = Message {
        id,
        direction: Direction::In,
        class: decision.class.word().to_owned(),
        decision: serde_json::to_string(decision)?,
        reverse_path: envelope.reverse_path.address().map(|path| path.as_str().to_owned()).unwrap_or_default(),
        envelope: serde_json::to_string(&KeptEnvelope {
            envelope_id: envelope.envelope_id.clone(),
            require_tls: envelope.require_tls,
            unscanned: *unscanned,
        })?,
        message_id_hash: None,
        size_bytes: stored.size_bytes,
        blob_id: BlobId::from_bytes(*id.as_bytes()),
        data_key_sealed: Some(sealed.into_bytes()),
        accepted_at: now,
        deliveries_open: u32::try_from(envelope.recipients.len()).unwrap_or(u32::MAX),
    };
    let mut tx = app.store.begin().await?;
    stored.put(&mut tx, now).await?;
    tx.messages().insert(&message).await?;
    for recipient in &envelope.recipients {
        let delivery = DeliveryId::new(now, &mut *app.entropy());
        tx.deliveries()
            .insert(&NewDelivery {
                id: delivery,
                message_id: id,
                mailbox_id: None,
                recipient: recipient.address.as_typed().to_owned(),
                state: State::Accepted.word().to_owned(),
                channel: None,
                route: match recipient.role {
                    Role::Customer | Role::Answered => route.clone(),
                    Role::Postmaster => serde_json::to_string(&Route::within_the_house())?,
                },
                dsn: Some(serde_json::to_string(&recipient.report)?),
                accepted_at: now,
                has_attachments: *has_attachments,
                size_bytes: stored.size_bytes,
            })
            .await?;
        if let Some(unscanned) = unscanned {
            let event = Event::Unscanned { delivery, reason: unscanned.word() };
            audit::record(&mut tx, now, Actor::House, None, &event).await?;
        }
        job::deliver_now(app, &mut tx, delivery).await?;
    }
    let event =
        Event::Accepted { class: decision.class, size_bytes: stored.size_bytes, recipients: envelope.recipients.len() };
    audit::record(&mut tx, now, Actor::Sender, None, &event).await?;
    tx.commit().await?;
    Ok(())
}

/// What is kept of how a message came in: of its envelope, for reports, and that nothing has scanned it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptEnvelope {
    pub(crate) envelope_id: Option<String>,
    #[serde(default)]
    pub(crate) require_tls: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unscanned: Option<Unscanned>,
}

impl Recipient {
    /// Where the mail goes.
    pub fn address(&self) -> &EmailAddress {
        self.address.address()
    }
}
