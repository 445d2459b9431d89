//! What follows where a recipient cannot be told of a message (P3).
//!
//! A deposited message helps nobody who does not know of it. So when its notice came back, or could not be sent at all, the message is taken out of
//! its mailbox again, as long as it was not read, and goes on along its route; without another channel its sender hears of it, once. An address that refuses
//! notices for good gets no more of them, and neither does one whose owner complained, until the owner signs in; what comes for such a mailbox meanwhile goes
//! on at once.
//!
//! By then the server may be unable to read the message: its own copy of the data key is gone with the last delivery. While nobody has activated
//! the mailbox, the server still has a way in, and the data key is taken from there. Else the report goes without the header of the original, and
//! no channel that needs the content can be taken; the report says so.

use model::{
    audit::{Actor, Event},
    delivery::State,
    id::MailboxId,
};
use render::mails::{ReportKind, Untold};
use store::{Delivery, Folder, Message, OutgoingKind, OutgoingMail, Reader, StopReason, Tx};
use vault::{DataKey, Purpose, Sealed, Zeroizing};

use crate::{
    App, audit,
    deliver::{self, Failure},
    deposit,
    outgoing::ENCRYPTION_NEEDED,
    report,
    trouble::Trouble,
};

/// A message that lies unread in its mailbox, as far as its way on needs it: read before the transaction in which it goes on.
pub(crate) struct Unread {
    delivery: Delivery,
    /// With the server's copy of the data key, if there is one or one could be made.
    message: Message,
    /// The beginning of the message; empty if the server cannot read it.
    original: Zeroizing<Vec<u8>>,
}

impl Unread {
    /// The message that a notice tells of; `None` if the mail is no notice of a message, or the message was read or is gone.
    pub(crate) async fn of(app: &App, mail: &OutgoingMail) -> Result<Option<Box<Self>>, Trouble> {
        let Some(id) = mail.delivery_id.filter(|_| mail.kind == OutgoingKind::Notice) else { return Ok(None) };
        let mut reader = app.store.read().await?;
        let found = reader.deliveries().find(id).await?;
        let Some(delivery) = found.filter(|row| row.folder == Some(Folder::Inbox) && row.read_at.is_none()) else {
            return Ok(None);
        };
        let Some(mut message) = reader.messages().find(delivery.message_id).await? else { return Ok(None) };
        if message.data_key_sealed.is_none() {
            message.data_key_sealed = data_key_from_mailbox(app, &mut reader, &delivery).await?;
        }
        drop(reader);
        let original = match message.data_key_sealed {
            Some(_) => report::original(app, &message).await?,
            None => Zeroizing::default(),
        };
        Ok(Some(Box::new(Self { delivery, message, original })))
    }
}

/// The data key of a message in a mailbox that nobody has activated, sealed under the server key again.
async fn data_key_from_mailbox(
    app: &App,
    reader: &mut Reader,
    delivery: &Delivery,
) -> Result<Option<Vec<u8>>, Trouble> {
    let (Some(mailbox), Some(sealed)) = (delivery.mailbox_id, delivery.data_key_sealed.clone()) else {
        return Ok(None);
    };
    let Some(mailbox) = reader.mailboxes().find(mailbox).await? else { return Ok(None) };
    let Some(private) = deposit::pending_private_key(app, reader, &mailbox).await? else { return Ok(None) };
    let key = DataKey::open_with(&private, Purpose::DataKey, delivery.id.as_bytes(), &Sealed::from_bytes(sealed))?;
    let message = delivery.message_id;
    let sealed = key.seal(app.keys.server.content(), Purpose::MessageKey, message.as_bytes(), &mut *app.entropy())?;
    Ok(Some(sealed.into_bytes()))
}

/// A notice did not reach its recipient: it came back, or was given up. `status` says why (RFC 3463); `unread` is the message it tells of.
///
/// Of other mails nothing follows here.
pub(crate) async fn notice_lost(
    app: &App,
    tx: &mut Tx,
    mail: &OutgoingMail,
    status: &str,
    unread: Option<Box<Unread>>,
) -> Result<(), Trouble> {
    if mail.kind != OutgoingKind::Notice {
        return Ok(());
    }
    // A server that lacks protection says nothing of the address, and can be mended.
    let why = match status {
        ENCRYPTION_NEEDED => Untold::Unprotected,
        status if status.starts_with('5') => Untold::Refused,
        _ => Untold::Late,
    };
    if why == Untold::Refused {
        stop_notices(app, tx, mail.mailbox_id, StopReason::Bounced).await?;
    }
    let Some(unread) = unread else { return Ok(()) };
    withdraw(app, tx, &unread, (why, status)).await
}

/// Notices to a mailbox stop until its owner signs in.
pub(crate) async fn stop_notices(
    app: &App,
    tx: &mut Tx,
    mailbox: Option<MailboxId>,
    why: StopReason,
) -> Result<(), Trouble> {
    let Some(mailbox) = mailbox else { return Ok(()) };
    if tx.mailboxes().stop_notices(mailbox, why, app.now()).await? {
        let event = Event::NoticesStopped { reason: why.word() };
        audit::record(tx, app.now(), Actor::House, Some(mailbox), &event).await?;
    }
    Ok(())
}

/// Takes a message out of its mailbox and lets it go on. If it was read meanwhile, nothing moves.
async fn withdraw(app: &App, tx: &mut Tx, unread: &Unread, (why, status): (Untold, &str)) -> Result<(), Trouble> {
    let Unread { delivery, message, original } = unread;
    if !tx.deliveries().withdraw(delivery.id, State::Accepted.word()).await? {
        return Ok(());
    }
    tx.messages().reopen_delivery(message.id, message.data_key_sealed.as_deref()).await?;
    let mut failure = failure(why, status);
    let event = Event::Withdrawn { delivery: delivery.id, reason: format!("{status} {}", failure.reason) };
    audit::record(tx, app.now(), Actor::House, delivery.mailbox_id, &event).await?;
    if message.data_key_sealed.is_some() {
        return deliver::next_channel(app, tx, delivery.id, failure, original).await;
    }
    failure.kind = ReportKind::Untold { why, way_closed: deliver::has_another_channel(delivery)? };
    deliver::give_back(app, tx, delivery, failure, original).await
}

/// Why a message is not even put into a mailbox that is told of nothing.
pub(crate) const fn stopped(why: StopReason) -> Failure<'static> {
    match why {
        StopReason::Bounced => failure(Untold::RefusedBefore, "5.1.1"),
        StopReason::Complaint => failure(Untold::Objected, "5.7.1"),
    }
}

const fn failure(why: Untold, status: &str) -> Failure<'_> {
    let reason = match why {
        Untold::Refused => "its notice was refused",
        Untold::Late => "its notice could not be handed over",
        Untold::Unprotected => "its notice found no protected way",
        Untold::RefusedBefore => "an earlier notice was refused",
        Untold::Objected => "the recipient objected to notices",
    };
    Failure { status, reason, kind: ReportKind::Untold { why, way_closed: false } }
}
