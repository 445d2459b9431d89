//! A mail on its way into the queue, and what is stored of its envelope.

use model::id::{DeliveryId, MailboxId, OutgoingId};
use serde::{Deserialize, Serialize};
use store::{NO_LANE, OutgoingKind, OutgoingMail, OutgoingState, Tx};
use vault::Purpose;
use wire::{
    address::EmailAddress,
    smtp::command::{Notify, OriginalRecipient},
};

use crate::{App, bounce, content::Stored, job, trouble::Trouble, wish::ReportWish};

/// Where a mail goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Destination {
    /// To a customer, wherever the mailbox is.
    World,
    /// To the organisation's own mail server.
    Organisation,
}

impl Destination {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::World => "world",
            Self::Organisation => "organisation",
        }
    }

    pub(super) fn of(word: &str) -> Result<Self, Trouble> {
        match word {
            "world" => Ok(Self::World),
            "organisation" => Ok(Self::Organisation),
            _ => Err(Trouble::broken("unknown destination")),
        }
    }

    /// The kind of the jobs that send there. Each destination has its own, so that one that hangs delays no other.
    pub(super) const fn job_kind(self) -> &'static str {
        match self {
            Self::World => "send-world",
            Self::Organisation => "send-organisation",
        }
    }
}

/// The lane in which a mail waits: in the world, mail to one domain waits for no other's.
pub(super) fn lane(destination: Destination, recipient: &EmailAddress) -> String {
    match destination {
        Destination::World if !recipient.is_literal() => recipient.domain_text().to_owned(),
        Destination::World | Destination::Organisation => NO_LANE.to_owned(),
    }
}

/// A mail about to be queued.
#[derive(Debug)]
pub(crate) struct New<'a> {
    pub(crate) id: OutgoingId,
    pub(crate) kind: OutgoingKind,
    pub(crate) delivery: Option<DeliveryId>,
    pub(crate) mailbox: Option<MailboxId>,
    pub(crate) reverse_path: String,
    pub(crate) recipient: &'a str,
    pub(crate) destination: Destination,
    pub(crate) options: Options,
}

/// What is asked of the next server, as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Options {
    /// `REQUIRETLS` (RFC 8689).
    pub(crate) require_tls: bool,
    /// The same, where it is offered.
    pub(crate) require_tls_if_offered: bool,
    /// For the mail of others: what they asked to be told, passed on.
    pub(crate) reports: Option<ReportsAsked>,
}

/// What the sender of a mail that goes on asked to be told (RFC 3461).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReportsAsked {
    /// For the recipient.
    pub(crate) wish: ReportWish,
    /// `ENVID`, if it was given.
    pub(crate) envelope_id: Option<String>,
}

impl New<'_> {
    /// The envelope sender that leads a bounce back to the mail `id` (unforgeable).
    pub(crate) fn bounce_path(app: &App, id: OutgoingId) -> Result<String, Trouble> {
        let domain = app.settings.notices.sender.domain().ok_or_else(|| Trouble::broken("the sender has no domain"))?;
        let address =
            bounce::key(app).address(id.as_bytes(), &domain).map_err(|error| Trouble::broken(error.to_string()))?;
        Ok(address.as_str().to_owned())
    }

    /// Queues the mail with content of its own.
    pub(crate) async fn queue(self, app: &App, tx: &mut Tx, stored: &Stored) -> Result<(), Trouble> {
        stored.put(tx, app.now()).await?;
        let id = *self.id.as_bytes();
        self.queue_shared(app, tx, stored, id).await
    }

    /// Queues the mail with a content object that belongs to the thing with the id `object_id` as well.
    pub(crate) async fn queue_shared(
        self,
        app: &App,
        tx: &mut Tx,
        stored: &Stored,
        object_id: [u8; 16],
    ) -> Result<(), Trouble> {
        let sealed = stored.key.seal(
            app.keys.server.content(),
            Purpose::OutgoingKey,
            self.id.as_bytes(),
            &mut *app.entropy(),
        )?;
        tx.outgoing()
            .insert(&OutgoingMail {
                id: self.id,
                kind: self.kind,
                delivery_id: self.delivery,
                mailbox_id: self.mailbox,
                reverse_path: self.reverse_path,
                recipient: self.recipient.to_owned(),
                destination: self.destination.word().to_owned(),
                options: serde_json::to_string(&self.options)?,
                blob_id: stored.blob,
                data_key_sealed: Some(sealed.into_bytes()),
                object_id,
                size_bytes: stored.size_bytes,
                state: OutgoingState::Queued,
                attempts: 0,
                accepted_at: app.now(),
                ended_at: None,
            })
            .await?;
        let recipient = EmailAddress::parse(self.recipient).map_err(|error| Trouble::broken(error.to_string()))?;
        let lane = lane(self.destination, &recipient);
        job::enqueue_in_lane(app, tx, (self.destination.job_kind(), &lane), self.id.as_bytes(), app.now()).await
    }
}

/// What the next server is asked to report, where it knows how (RFC 3461).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRequest {
    /// `NOTIFY`.
    pub notify: Option<Notify>,
    /// `ORCPT`.
    pub original_recipient: Option<OriginalRecipient>,
    /// `ENVID`.
    pub envelope_id: Option<String>,
}

impl ReportRequest {
    /// The mail of others is handed on with what its sender asked for, and nothing else (RFC 3461 section 5.2.1).
    pub(super) fn passed_on(asked: &ReportsAsked) -> Self {
        Self {
            notify: asked.wish.notify_given(),
            original_recipient: asked.wish.original_recipient(),
            envelope_id: asked.envelope_id.clone(),
        }
    }

    /// About a mail of our own we want to hear of failure and delay, by its id, where reports can come back.
    pub(super) fn own(mail: &OutgoingMail) -> Self {
        let notify = if mail.reverse_path.is_empty() { Notify::NEVER } else { Notify::DEFAULT };
        Self { notify: Some(notify), original_recipient: None, envelope_id: Some(mail.id.to_string()) }
    }
}
