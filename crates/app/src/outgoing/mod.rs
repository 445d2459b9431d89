//! Mail that leaves: notices, `direct` messages, answers to the organisation, and reports to senders.
//!
//! A mail is queued in the transaction of the change it follows, sealed under the server key. The SMTP edge leases it, sends it, and says what
//! came of it; here is decided what that means. When a mail has ended, its data key is destroyed.

mod parcel;
mod queue;
mod reply_address;

use jiff::{SignedDuration, Timestamp};
use model::{
    audit::{Actor, Event},
    course::{Mail, Tried},
    delivery::State,
};
use store::{OutgoingKind, OutgoingState, Tx};
use vault::{DataKey, Purpose, Sealed};

pub use model::attempt::{Attempt, ExchangeProtection, Outcome, Protection};
pub use parcel::{Next, Parcel, Share, due_lanes, lease, lease_shares, next_due, prolong};
pub use queue::{Destination, ReportRequest};
pub(crate) use queue::{New, Options, ReportsAsked};
pub(crate) use reply_address::{mailbox_of_reply_address, reply_address};

use crate::{
    App, audit,
    content::Content,
    deliver::{self, Failure},
    destination, job,
    report::{self, Forwarded},
    tls_report,
    trouble::Trouble,
    untold::{self, Unread},
};

/// The status of a mail that nobody took in time (RFC 3463 section 3.5).
const TOO_LATE: &str = "4.4.7";
/// The status of a mail that was not sent because the protection it needs was not to be had ("encryption needed" in the registry of RFC 5248).
pub(crate) const ENCRYPTION_NEEDED: &str = "5.7.10";

/// The content of a mail, to be streamed.
pub async fn content(app: &App, parcel: &Parcel) -> Result<Content, Trouble> {
    let sealed = parcel.mail.data_key_sealed.clone().ok_or_else(|| Trouble::broken("the mail has ended"))?;
    let sealed = Sealed::from_bytes(sealed);
    let key = DataKey::open(app.keys.server.content(), Purpose::OutgoingKey, parcel.id.as_bytes(), &sealed)?;
    Content::find(app, parcel.mail.blob_id, key, parcel.mail.object_id).await
}

/// What follows from the outcome of a try.
enum Turn<'a> {
    /// The next server has the mail, and reports itself or not.
    Taken { reports: bool },
    /// It is not tried again.
    GivenUp { status: &'a str, reason: &'a str },
    /// It is tried again; it became late with this try, or not.
    Waits { reason: &'a str, late: bool },
}

/// Takes note of what came of a try, and does what follows from it.
///
/// That a mail was taken is noted whatever becomes of the report about it: otherwise the mail would be sent twice.
pub async fn record(app: &App, parcel: &Parcel, attempt: &Attempt) -> Result<(), Trouble> {
    record_and_lease(app, parcel, attempt, Next::Nothing).await.map(drop)
}

/// The same; if the mail was taken, leases another for the connection that it went over. That costs no transaction of its own.
pub async fn record_and_lease(
    app: &App,
    parcel: &Parcel,
    attempt: &Attempt,
    next: Next,
) -> Result<Option<Parcel>, Trouble> {
    let now = app.now();
    let told = store::Attempt { at: now, outcome: serde_json::to_string(attempt)? };
    let turn = turn(app, parcel, &attempt.outcome, now).await?;
    let forwarded = to_report(app, parcel, &turn).await?;
    let unread = match turn {
        Turn::GivenUp { .. } => Box::pin(Unread::of(app, &parcel.mail)).await?,
        Turn::Taken { .. } | Turn::Waits { .. } => None,
    };
    let mut tx = app.store.begin().await?;
    let ends = match turn {
        Turn::Taken { .. } => Some(OutgoingState::Sent),
        Turn::GivenUp { .. } => Some(OutgoingState::Failed),
        Turn::Waits { .. } => None,
    };
    let Some(attempts) = tx.outgoing().record_attempt(parcel.id, &told, ends).await? else {
        // Another worker has recorded its end.
        return Ok(None);
    };
    // What is only remembered was noted when it was found out.
    if let (Destination::World, Some(domain), false) = (parcel.destination, parcel.domain(), attempt.is_remembered) {
        destination::note(&mut tx, &domain, attempt, now).await?;
        tls_report::note(app, &mut tx, parcel.kind, &domain, attempt).await?;
    }
    match turn {
        Turn::Taken { .. } => {
            remove_content(app, &mut tx, parcel).await?;
            if let Some(forwarded) = forwarded
                && let Err(trouble) = report::relayed(app, &mut tx, &forwarded).await
            {
                unreported(parcel, &trouble);
            }
            settle(app, &mut tx, parcel).await?;
        }
        Turn::GivenUp { status, reason } => {
            let original = forwarded.map(|forwarded| forwarded.original).unwrap_or_default();
            remove_content(app, &mut tx, parcel).await?;
            give_up(app, &mut tx, parcel, (status, reason), &original).await?;
            Box::pin(untold::notice_lost(app, &mut tx, &parcel.mail, status, unread)).await?;
        }
        Turn::Waits { reason, .. } => {
            if let Some(forwarded) = forwarded {
                report::delayed(app, &mut tx, &parcel.mail, &forwarded, reason).await?;
            }
            if tx.jobs().retry(&parcel.job, now + app.settings.patience.wait_after(attempts), reason).await? {
                tx.commit().await?;
            }
            return Ok(None);
        }
    }
    if !tx.jobs().complete(&parcel.job).await? {
        return Ok(None);
    }
    let next = match turn {
        Turn::Taken { .. } => parcel::lease_next(app, &mut tx, parcel, next).await?,
        Turn::GivenUp { .. } | Turn::Waits { .. } => None,
    };
    tx.commit().await?;
    Ok(next)
}

async fn turn<'a>(app: &App, parcel: &Parcel, outcome: &'a Outcome, now: Timestamp) -> Result<Turn<'a>, Trouble> {
    let (tried, reason, status) = match outcome {
        Outcome::Sent { .. } => (Tried::Taken, "", ""),
        Outcome::Deferred { reason } => (Tried::Deferred, reason.as_str(), TOO_LATE),
        Outcome::Unprotected { reason, .. } => (Tried::Unprotected, reason.as_str(), ENCRYPTION_NEEDED),
        Outcome::Refused { reason, status } => (Tried::Refused, reason.as_str(), status.as_str()),
    };
    let age = now.duration_since(parcel.mail.accepted_at);
    let patience = app.settings.patience.course();
    // Only late in its life it matters whether a mail has another channel.
    let has_another_channel = age >= patience.fallback && has_another_channel(app, parcel).await?;
    Ok(match patience.after(tried, age, has_another_channel) {
        Mail::Left => Turn::Taken { reports: matches!(outcome, Outcome::Sent { reports: true, .. }) },
        Mail::Waits => Turn::Waits { reason, late: became_late(app, parcel, age).await? },
        Mail::Refused | Mail::TooLate | Mail::Unprotected => Turn::GivenUp { status, reason },
    })
}

/// Whether what the mail hands on has another channel left.
async fn has_another_channel(app: &App, parcel: &Parcel) -> Result<bool, Trouble> {
    let (OutgoingKind::Direct, Some(id)) = (parcel.kind, parcel.mail.delivery_id) else { return Ok(false) };
    let delivery = app.store.read().await?.deliveries().find(id).await?;
    delivery.as_ref().map_or(Ok(false), deliver::has_another_channel)
}

/// Whether the mail became late with this try: told once, not with every try.
async fn became_late(app: &App, parcel: &Parcel, age: SignedDuration) -> Result<bool, Trouble> {
    let limit = app.settings.patience.delay_notice;
    if age < limit {
        return Ok(false);
    }
    let attempts = app.store.read().await?.outgoing().attempts(parcel.id).await?;
    Ok(attempts.last().is_none_or(|last| last.at.duration_since(parcel.mail.accepted_at) < limit))
}

/// The message that this turn may have to be reported about; `None` where nobody is to be told.
async fn to_report(app: &App, parcel: &Parcel, turn: &Turn<'_>) -> Result<Option<Forwarded>, Trouble> {
    let mail = &parcel.mail;
    match turn {
        Turn::Taken { reports: true } | Turn::Waits { late: false, .. } => Ok(None),
        Turn::Taken { reports: false } => {
            let found = Forwarded::read(app, mail, |asked| asked.success).await;
            Ok(found.unwrap_or_else(|trouble| {
                unreported(parcel, &trouble);
                None
            }))
        }
        Turn::GivenUp { .. } => Forwarded::read(app, mail, |asked| asked.failure).await,
        Turn::Waits { late: true, .. } => Forwarded::read(app, mail, |asked| asked.delay).await,
    }
}

/// The sender is not told that the mail went on. The delivery counts all the same.
fn unreported(parcel: &Parcel, trouble: &Trouble) {
    tracing::error!(outgoing = %parcel.id, code = trouble.code(), %trouble, "the sender cannot be told that the mail was handed on");
}

/// Removes the content of a mail that has ended. That of a message goes with the message, when the last of its deliveries has ended.
async fn remove_content(app: &App, tx: &mut Tx, parcel: &Parcel) -> Result<(), Trouble> {
    if parcel.kind == OutgoingKind::Direct { Ok(()) } else { job::remove_content(app, tx, parcel.mail.blob_id).await }
}

/// The mail was taken: what it carried has reached its end.
async fn settle(app: &App, tx: &mut Tx, parcel: &Parcel) -> Result<(), Trouble> {
    let Some(delivery) = parcel.mail.delivery_id else { return Ok(()) };
    match parcel.kind {
        OutgoingKind::Direct => deliver::end(app, tx, delivery, State::Delivered, "direct").await,
        OutgoingKind::Reply => {
            tx.deliveries().note_outcome(delivery, "delivered").await?;
            Ok(())
        }
        OutgoingKind::Notice | OutgoingKind::Dsn | OutgoingKind::TlsReport => Ok(()),
    }
}

/// The mail was refused or is too old: the delivery goes on along its route, or its sender is told.
async fn give_up(
    app: &App,
    tx: &mut Tx,
    parcel: &Parcel,
    (status, reason): (&str, &str),
    original: &[u8],
) -> Result<(), Trouble> {
    let Some(delivery) = parcel.mail.delivery_id else { return Ok(()) };
    match parcel.kind {
        OutgoingKind::Direct => deliver::next_channel(app, tx, delivery, Failure::of(status, reason), original).await,
        OutgoingKind::Reply => {
            tx.deliveries().note_outcome(delivery, "failed").await?;
            let event = Event::DeliveryEnded { delivery, outcome: "failed".into() };
            audit::record(tx, app.now(), Actor::House, parcel.mail.mailbox_id, &event).await
        }
        OutgoingKind::Notice => {
            let event = Event::NoticeFailed { delivery };
            audit::record(tx, app.now(), Actor::House, parcel.mail.mailbox_id, &event).await
        }
        OutgoingKind::Dsn | OutgoingKind::TlsReport => Ok(()),
    }
}

/// The domain part used in message ids of mails of our own.
pub(crate) fn own_domain(app: &App) -> String {
    app.settings.notices.sender.domain_text().to_owned()
}
