//! Writes audit events in the transaction of the change they tell of.

use jiff::Timestamp;
use model::{
    audit::{Actor, Event},
    id::MailboxId,
};
use store::{NewAuditEvent, Tx};

use crate::trouble::Trouble;

/// Records what `actor` did at `now`, about `mailbox` if it is about one.
pub(crate) async fn record(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    mailbox: Option<MailboxId>,
    event: &Event,
) -> Result<(), Trouble> {
    tx.audit()
        .record(&NewAuditEvent {
            at: now,
            actor: actor.word(),
            event: event.word().to_owned(),
            mailbox_id: mailbox,
            delivery_id: event.delivery(),
            data: serde_json::to_string(event)?,
        })
        .await?;
    Ok(())
}
