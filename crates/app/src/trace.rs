//! The story of a delivery, put together from what was recorded (P6).

use model::{
    attempt::Attempt,
    id::{DeliveryId, MessageId, OutgoingId},
    route::Channel,
    story::{Entry, Happening, MailKind, Story},
};
use serde::Deserialize;
use store::{AuditEvent, Delivery, OutgoingKind, OutgoingMail};

use crate::{App, deliver::FIRST_CHANNEL, trouble::Trouble};

/// The most events of one story.
pub const EVENTS_MAX: u32 = 1000;

/// The story of a delivery. `None` if there is no such delivery, or it is one that a recipient began.
pub async fn delivery(app: &App, id: DeliveryId) -> Result<Option<Story>, Trouble> {
    let mut reader = app.store.read().await?;
    let Some(found) = reader.deliveries().find(id).await? else { return Ok(None) };
    drop(reader);
    story(app, found).await
}

/// The stories of all deliveries of a message.
pub async fn message(app: &App, id: MessageId) -> Result<Vec<Story>, Trouble> {
    let found = app.store.read().await?.deliveries().of_message(id).await?;
    let mut stories = Vec::with_capacity(found.len());
    for delivery in found {
        stories.extend(story(app, delivery).await?);
    }
    Ok(stories)
}

/// The story of the delivery that a mail belongs to. `None` if there is no such mail, or it belongs to none.
pub async fn mail(app: &App, id: OutgoingId) -> Result<Option<Story>, Trouble> {
    let found = app.store.read().await?.outgoing().find(id).await?;
    match found.and_then(|mail| mail.delivery_id) {
        Some(id) => delivery(app, id).await,
        None => Ok(None),
    }
}

async fn story(app: &App, delivery: Delivery) -> Result<Option<Story>, Trouble> {
    let mut reader = app.store.read().await?;
    let Some(message) = reader.messages().find(delivery.message_id).await? else { return Ok(None) };
    let Ok(decision) = serde_json::from_str(&message.decision) else { return Ok(None) };
    let mut entries = Vec::new();
    for event in reader.audit().of_delivery(delivery.id, EVENTS_MAX).await? {
        entries.push(noted(event)?);
    }
    for mail in reader.outgoing().of_delivery(delivery.id).await? {
        let attempts = reader.outgoing().attempts(mail.id).await?;
        for (number, attempt) in (1..).zip(attempts) {
            entries.push(tried(&mail, number, &attempt)?);
        }
    }
    // What was recorded in one transaction has one time.
    entries.sort_by_key(|entry| (entry.at, place(&entry.what)));
    Ok(Some(Story {
        delivery: delivery.id,
        recipient: delivery.recipient,
        accepted_at: delivery.accepted_at,
        decision,
        entries,
    }))
}

/// Of what has the same time: a way is taken, then tried, and then comes what follows.
fn place(what: &Happening) -> u8 {
    match what {
        Happening::Noted { channel: Some(_), reason, .. } if reason == FIRST_CHANNEL => 0,
        Happening::Tried { .. } => 1,
        Happening::Noted { .. } => 2,
    }
}

/// What of the data of an event is told.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    channel: Option<Channel>,
    reason: String,
    outcome: String,
}

fn noted(event: AuditEvent) -> Result<Entry, Trouble> {
    let Told { channel, reason, outcome } = serde_json::from_str(&event.recorded.data)?;
    let reason = if reason.is_empty() { outcome } else { reason };
    let what = Happening::Noted { event: event.recorded.event, channel, reason };
    Ok(Entry { at: event.recorded.at, what })
}

fn tried(mail: &OutgoingMail, number: u32, attempt: &store::Attempt) -> Result<Entry, Trouble> {
    let kind = match mail.kind {
        OutgoingKind::Direct => MailKind::Direct,
        OutgoingKind::Notice => MailKind::Notice,
        OutgoingKind::Reply => MailKind::Reply,
        OutgoingKind::Dsn | OutgoingKind::TlsReport => MailKind::Report,
    };
    let read: Attempt = serde_json::from_str(&attempt.outcome)?;
    Ok(Entry { at: attempt.at, what: Happening::Tried { mail: mail.id, kind, number, attempt: Box::new(read) } })
}
