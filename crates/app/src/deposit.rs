//! Puts a message into the recipient's mailbox, sealed so that from now on only its owner can read it (J1, P5), and queues the notice.

use jiff::Timestamp;
use model::{
    audit::{Actor, Event},
    delivery::State,
    id::MailboxId,
};
use store::{Delivery, Deposit, Folder, Job, Mailbox, MailboxState, Message, Reader, Tx, Wrap, WrapKind};
use vault::{KeyPair, PrivateKey, PublicKey, Purpose, Sealed, seal_to};
use wire::address::TypedAddress;

use crate::{
    App, audit, deliver, header::HeaderBlock, notice, receive::KeptEnvelope, report, trouble::Trouble, untold,
};

/// How much of a message is read to learn its header, in bytes.
const HEAD_BYTES_MAX: usize = 256 * 1024;

/// Deposits a delivery. Running it twice deposits once. What its recipient cannot be told of is not deposited: it goes on along its route.
pub(crate) async fn run(app: &App, job: &Job, delivery: &Delivery, message: &Message) -> Result<(), Trouble> {
    let address = TypedAddress::parse(&delivery.recipient).map_err(|error| Trouble::broken(error.to_string()))?;
    let beginning = deliver::content(app, message).await?.beginning(HEAD_BYTES_MAX).await?;
    let head = mime::head::Head::read(&beginning);
    let KeptEnvelope { unscanned, .. } = serde_json::from_str(&message.envelope)?;
    let subject = model::policy::without_tags(&head.subject, app.rules.subject_tags());
    let header = HeaderBlock { unscanned, ..HeaderBlock::of(&head, &subject) };
    let data_key = deliver::data_key(app, message)?;
    let known = app.store.read().await?.mailboxes().find_by_address(address.address().as_str()).await?;
    // The keys of a new mailbox are made before the writer is taken: making them is the slow part.
    let fresh = if known.is_none() { Some(Fresh::make(app, &address)?) } else { None };

    let now = app.now();
    let mut tx = app.store.begin().await?;
    let place = match (known, fresh) {
        (Some(mailbox), _) => Place { mailbox: current(&mut tx, mailbox.id).await?, new: false },
        (None, Some(fresh)) => fresh.ensure(&mut tx).await?,
        (None, None) => return Err(Trouble::broken("neither a mailbox nor a new one")),
    };
    let mailbox = &place.mailbox;
    if let Some(stopped) = mailbox.notices_stopped {
        let failure = untold::stopped(stopped.why);
        Box::pin(deliver::next_channel(app, &mut tx, delivery.id, failure, &beginning)).await?;
        return deliver::commit_with(tx, job).await;
    }
    let public = PublicKey::from_bytes(&mailbox.public_key).map_err(|error| Trouble::broken(error.to_string()))?;
    let id = delivery.id.as_bytes();
    let mut entropy = app.entropy();
    let data_key_sealed = data_key.seal_to(&public, Purpose::DataKey, id, &mut *entropy)?;
    let block = serde_json::to_vec(&header)?;
    let header_sealed = seal_to(&public, Purpose::HeaderBlock, id, &block, &mut *entropy)?;
    let expires_at = (mailbox.state == MailboxState::Pending).then(|| app.settings.retention.activation_deadline(now));
    let deposited = tx
        .deliveries()
        .deposit(&Deposit {
            id: delivery.id,
            mailbox_id: mailbox.id,
            folder: Folder::Inbox,
            state: State::Deposited.word().to_owned(),
            data_key_sealed: data_key_sealed.into_bytes(),
            header_sealed: header_sealed.into_bytes(),
            kept: false,
            deposited_at: now,
            expires_at,
        })
        .await?;
    if !deposited {
        return deliver::commit_with(tx, job).await;
    }
    tx.mailboxes().touch_message(mailbox.id, now).await?;
    if place.new {
        audit::record(&mut tx, now, Actor::House, Some(mailbox.id), &Event::MailboxCreated).await?;
    }
    let event = Event::Deposited { delivery: delivery.id };
    audit::record(&mut tx, now, Actor::House, Some(mailbox.id), &event).await?;
    let private = pending_private_key(app, &mut tx, mailbox).await?;
    let about = notice::About { delivery, message, header: &header, deposited_at: now };
    notice::queue(app, &mut tx, mailbox, private.as_ref(), about).await?;
    report::delivered(app, &mut tx, delivery, (message, &beginning)).await?;
    // With the last delivery the server's copy of the data key is erased; the content stays, for its new owner.
    tx.messages().close_delivery(message.id).await?;
    deliver::commit_with(tx, job).await
}

/// The mailbox as it is now: it may have been activated since it was looked up.
async fn current(tx: &mut Tx, id: MailboxId) -> Result<Mailbox, Trouble> {
    tx.mailboxes().find(id).await?.ok_or_else(|| Trouble::Unavailable("the mailbox was deleted meanwhile".into()))
}

/// A mailbox made in advance, outside the transaction, in case the address has none yet.
struct Fresh {
    mailbox: Mailbox,
    wraps: [Wrap; 2],
}

/// The mailbox of an address.
struct Place {
    mailbox: Mailbox,
    new: bool,
}

impl Fresh {
    fn make(app: &App, address: &TypedAddress) -> Result<Self, Trouble> {
        let now = app.now();
        let mut entropy = app.entropy();
        let id = MailboxId::new(now, &mut *entropy);
        let pair = KeyPair::generate(&mut *entropy);
        let pending = pair.private.wrap_pending(id, &app.keys.server, &mut *entropy)?;
        let recovery = pair.private.wrap_recovery(id, &app.keys.recovery, &mut *entropy)?;
        Ok(Self {
            mailbox: Mailbox {
                id,
                address: address.address().as_str().to_owned(),
                address_shown: address.as_typed().to_owned(),
                state: MailboxState::Pending,
                language: app.settings.language,
                public_key: pair.public.to_bytes(),
                question_sealed: None,
                created_at: now,
                activated_at: None,
                signed_in_at: None,
                message_at: now,
                notices_stopped: None,
            },
            wraps: [wrap(id, WrapKind::Pending, pending, now), wrap(id, WrapKind::Recovery, recovery, now)],
        })
    }

    /// The address's mailbox: the one there is, or this one (J1).
    async fn ensure(self, tx: &mut Tx) -> Result<Place, Trouble> {
        let ensured = tx.mailboxes().insert_if_absent(&self.mailbox).await?;
        if ensured.new {
            for wrap in &self.wraps {
                tx.wraps().put(wrap).await?;
            }
        }
        Ok(Place { mailbox: ensured.mailbox, new: ensured.new })
    }
}

fn wrap(mailbox: MailboxId, kind: WrapKind, sealed: Sealed, now: Timestamp) -> Wrap {
    Wrap { mailbox_id: mailbox, kind, parameters: None, salt: None, sealed: sealed.into_bytes(), created_at: now }
}

/// The private key of a mailbox nobody has activated, for the link of its notice; `None` once it is active.
pub(crate) async fn pending_private_key(
    app: &App,
    reader: &mut Reader,
    mailbox: &Mailbox,
) -> Result<Option<PrivateKey>, Trouble> {
    if mailbox.state == MailboxState::Active {
        return Ok(None);
    }
    let wrap = reader.wraps().find(mailbox.id, WrapKind::Pending).await?;
    let wrap = wrap.ok_or_else(|| Trouble::broken("a pending mailbox without its wrap"))?;
    Ok(Some(PrivateKey::open_pending(mailbox.id, &Sealed::from_bytes(wrap.sealed), &app.keys.server)?))
}
