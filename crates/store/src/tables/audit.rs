//! The audit log: what happened, who did it, never content. Rows are only added.
//!
//! Every transaction records its events as it goes. A job later *chains* them in the order of `seq`: the hash of an event covers the hash
//! before it and all fields, so that no event can be changed, removed or slipped in without breaking every later hash.
//!
//! The order must not change afterwards: an event with a smaller `seq` that appears behind the end of the chain would never be chained. On SQLite
//! there is one writer, and `seq` follows the commits. On PostgreSQL, transactions run side by side; so whoever records takes a shared
//! advisory lock *before* a `seq` is drawn, and the chain takes the exclusive one: while it links, no `seq` is drawn but not yet committed.

use aws_lc_rs::digest;
use jiff::Timestamp;
use model::{
    Id,
    id::{DeliveryId, MailboxId},
};

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, debug_shows, params},
};

/// The most events that one call chains or checks at a time.
pub const CHAINED_EVENTS_MAX: u32 = 1000;

/// The hash before the first event.
const GENESIS: [u8; 32] = [0; 32];

/// An event to be recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct NewAuditEvent {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it: the system, a recipient, an agent, as text.
    pub actor: String,
    /// What happened, as a word.
    pub event: String,
    /// The mailbox it concerns.
    pub mailbox_id: Option<MailboxId>,
    /// The delivery it concerns.
    pub delivery_id: Option<DeliveryId>,
    /// Details, as JSON; never content.
    pub data: String,
}

debug_shows!(NewAuditEvent: at, event, mailbox_id, delivery_id);

/// A recorded event.
#[derive(Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its place in the log; numbers may be missing.
    pub seq: i64,
    /// What was recorded.
    pub recorded: NewAuditEvent,
    /// The hash that chains it to the event before, once chained.
    pub hash: Option<[u8; 32]>,
}

debug_shows!(AuditEvent: seq, recorded);

impl AuditEvent {
    /// The hash of this event behind `previous`. Every field is preceded by its length, so that no two events read alike.
    fn chained(&self, previous: &[u8; 32]) -> [u8; 32] {
        let NewAuditEvent { at, actor, event, mailbox_id, delivery_id, data } = &self.recorded;
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(previous);
        context.update(&self.seq.to_be_bytes());
        context.update(&at.as_microsecond().to_be_bytes());
        let (mailbox_id, delivery_id) = (bytes_of(mailbox_id.as_ref()), bytes_of(delivery_id.as_ref()));
        for field in [actor.as_bytes(), event.as_bytes(), mailbox_id, delivery_id, data.as_bytes()] {
            context.update(&(field.len() as u64).to_be_bytes());
            context.update(field);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }
}

/// The bytes of an id, none for none.
fn bytes_of<K>(id: Option<&Id<K>>) -> &[u8] {
    id.map_or(&[], |id| id.as_bytes())
}

/// Where the chain does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// The first event whose hash is not what its fields and the event before demand.
    pub seq: i64,
}

fn read(mut row: Row) -> Result<AuditEvent, StoreError> {
    Ok(AuditEvent {
        seq: row.take()?,
        recorded: NewAuditEvent {
            at: row.take()?,
            actor: row.take()?,
            event: row.take()?,
            mailbox_id: row.take()?,
            delivery_id: row.take()?,
            data: row.take()?,
        },
        hash: row.take()?,
    })
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT seq, at, actor, event, mailbox_id, delivery_id, data, hash FROM audit_events ", $rest)
    };
}

/// Access to the audit log.
pub struct Audit<'a, A>(pub(crate) Access<'a, A>);

impl<A> Audit<'_, A> {
    /// Events after the event `after` (0 for the first), in order, at most `limit`.
    pub async fn list(&mut self, after: i64, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        let rows = self.0.query(select!("WHERE seq > $1 ORDER BY seq LIMIT $2"), params![after, limit]).await?;
        rows.into_iter().map(read).collect()
    }

    /// Events of a delivery, in order, at most `limit`.
    pub async fn of_delivery(&mut self, id: DeliveryId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        let rows = self.0.query(select!("WHERE delivery_id = $1 ORDER BY seq LIMIT $2"), params![id, limit]).await?;
        rows.into_iter().map(read).collect()
    }

    /// Checks the whole chain. `None` if it holds; events not yet chained may follow it, but not stand inside it.
    pub async fn verify_chain(&mut self) -> Result<Option<Broken>, StoreError> {
        let (mut previous, mut after, mut ended) = (GENESIS, 0, false);
        loop {
            let events = self.list(after, CHAINED_EVENTS_MAX).await?;
            let Some(last) = events.last() else { return Ok(None) };
            after = last.seq;
            for event in events {
                match event.hash {
                    None => ended = true,
                    Some(hash) if !ended && hash == event.chained(&previous) => previous = hash,
                    Some(_) => return Ok(Some(Broken { seq: event.seq })),
                }
            }
        }
    }
}

impl Audit<'_, Write> {
    /// Records an event.
    pub async fn record(&mut self, event: &NewAuditEvent) -> Result<(), StoreError> {
        if let Some(lock) = self.0.dialect().audit_lock_shared() {
            self.0.query(lock, &[]).await?;
        }
        let sql = "INSERT INTO audit_events (at, actor, event, mailbox_id, delivery_id, data) VALUES ($1, $2, $3, $4, $5, $6)";
        let params = params![event.at, event.actor, event.event, event.mailbox_id, event.delivery_id, event.data];
        self.0.execute(sql, params).await?;
        Ok(())
    }

    /// Chains the oldest events that are not chained yet, at most `limit` (and [`CHAINED_EVENTS_MAX`]). Answers how many.
    ///
    /// Waits for every transaction that has recorded events; so do nothing else in the transaction that calls this, and record nothing in it.
    pub async fn chain(&mut self, limit: u32) -> Result<u32, StoreError> {
        if let Some(lock) = self.0.dialect().audit_lock_exclusive() {
            self.0.query(lock, &[]).await?;
        }
        let sql = "SELECT hash FROM audit_events WHERE hash IS NOT NULL ORDER BY seq DESC LIMIT 1";
        let mut previous = match self.0.query_one(sql, &[]).await? {
            Some(mut row) => row.take()?,
            None => GENESIS,
        };
        let limit = limit.min(CHAINED_EVENTS_MAX);
        let rows = self.0.query(select!("WHERE hash IS NULL ORDER BY seq LIMIT $1"), params![limit]).await?;
        let mut chained = 0;
        for row in rows {
            let event = read(row)?;
            previous = event.chained(&previous);
            self.0.execute("UPDATE audit_events SET hash = $2 WHERE seq = $1", params![event.seq, previous]).await?;
            chained += 1;
        }
        Ok(chained)
    }
}
