//! The owner deletes a message (J13): its keys are destroyed with it, so that backups go dark too (R4).

use model::{
    audit::{Actor, Event},
    delivery::State,
    id::DeliveryId,
};

use crate::{
    App, audit, job,
    read::{self, ReadError},
    session::SignedIn,
};

/// Deletes a message of the owner's.
pub async fn message(app: &App, owner: &SignedIn, id: DeliveryId) -> Result<(), ReadError> {
    let found = read::find(app, owner, id).await?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    tx.deliveries().delete(id, State::Deleted.word(), "deleted by the recipient", now).await?;
    let event = Event::Deleted { delivery: id };
    audit::record(&mut tx, now, Actor::Recipient(owner.mailbox), Some(owner.mailbox), &event).await?;
    if let Some(message) = tx.messages().find(found.row.message_id).await? {
        job::remove_content(app, &mut tx, message.blob_id).await?;
    }
    tx.commit().await?;
    Ok(())
}
