//! What comes back of mails that left: bounces and complaints.
//!
//! Every notice and every reply leaves with a reverse-path of its own that nobody else can make ([`wire::bounce`]). Whatever comes to such an address is
//! about that mail, and is believed as far as it says clearly, to machines, what became of it (RFC 3464) or what its reader thinks of it (RFC
//! 5965). Everything else, such as answers of people and of machines that are away, is counted and forgotten. Nothing that comes here is kept, answered
//! or handed on.
//!
//! Who has seen a bounce address, such as the recipient of the mail, can say here what he likes about that one mail, until the address ends. So nothing is
//! done twice about one mail, nothing is noted twice, and no text from outside is repeated to anybody.

mod read;
mod tally;

use std::fmt;

use jiff::SignedDuration;
use model::{
    audit::{Actor, Event},
    id::OutgoingId,
};
use store::{Bounce, BounceWord, OutgoingKind, OutgoingMail, OutgoingState, StopReason, Tx};
use wire::{
    address::EmailAddress,
    bounce::{BounceKey, looks_like_bounce},
    dsn::Action,
};

pub(crate) use tally::count;
pub use tally::{TALLY_DAYS_MAX, Tally, day, write_tallies};

use crate::{
    App, audit,
    trouble::{Trouble, carries_trouble},
    untold::{self, Unread},
};
use read::Said;

/// The largest bounce or complaint, in bytes. Our mails ask for their header only (`RET=HDRS`), so most are much smaller.
pub const BOUNCE_BYTES_MAX: usize = 1024 * 1024;

/// How long a bounce address is good, counted from when its mail was queued. Complaints come late.
pub const BOUNCE_TIME_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Why a bounce is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BounceError {
    /// It is larger than [`BOUNCE_BYTES_MAX`]. BNC-001
    #[error("the report is too large")]
    TooLarge,
    /// The mail it is about is still being sent. BNC-002
    #[error("the mail has not left yet")]
    TooEarly,
    /// Inner failure.
    #[error(transparent)]
    Trouble(Trouble),
}

carries_trouble!(BounceError);

impl BounceError {
    /// The code under which `docs/errors.md` explains it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "BNC-001",
            Self::TooEarly => "BNC-002",
            Self::Trouble(trouble) => trouble.code(),
        }
    }
}

/// The key by which bounce addresses are made and recognised.
pub(crate) fn key(app: &App) -> BounceKey {
    BounceKey::new(app.keys.server.signing().derive("bounce").expose())
}

/// The mail that a bounce address belongs to. `None` for every other address; a forged or expired one is counted.
pub fn recognise(app: &App, address: &EmailAddress) -> Option<OutgoingId> {
    if !looks_like_bounce(address) || address.domain() != app.settings.notices.sender.domain() {
        return None;
    }
    let Some(id) = key(app).open(address).map(OutgoingId::from_bytes) else {
        count(app, Tally::Forged);
        return None;
    };
    if app.now().duration_since(id.made_at()) > BOUNCE_TIME_MAX {
        count(app, Tally::Expired);
        return None;
    }
    Some(id)
}

/// A bounce or complaint on its way in. It is in memory only.
pub struct Incoming {
    id: OutgoingId,
    bytes: Vec<u8>,
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Incoming({}, {} bytes, redacted)", self.id, self.bytes.len())
    }
}

impl Incoming {
    /// Begins to take in what came to the bounce address of the mail `id`.
    pub const fn begin(id: OutgoingId) -> Self {
        Self { id, bytes: Vec::new() }
    }

    /// Takes the next bytes.
    pub fn write(&mut self, app: &App, bytes: &[u8]) -> Result<(), BounceError> {
        if bytes.len() > BOUNCE_BYTES_MAX - self.bytes.len() {
            count(app, Tally::TooLarge);
            return Err(BounceError::TooLarge);
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Does what follows from it. When this answers `Ok`, that is on disk, or nothing follows.
    pub async fn accept(self, app: &App) -> Result<Tally, BounceError> {
        let tally = note(app, self.id, &self.bytes).await?;
        count(app, tally);
        Ok(tally)
    }
}

async fn note(app: &App, id: OutgoingId, bytes: &[u8]) -> Result<Tally, BounceError> {
    let mut reader = app.store.read().await?;
    let Some(mail) = reader.outgoing().find(id).await? else { return Ok(Tally::Unknown) };
    let known = reader.bounces().of_outgoing(id).await?;
    drop(reader);
    match mail.state {
        // The other server may be faster than our note that it took the mail.
        OutgoingState::Queued => return Err(BounceError::TooEarly),
        OutgoingState::Failed => return Ok(Tally::Unsent),
        OutgoingState::Sent | OutgoingState::Returned => {}
    }
    let (word, status) = match read::read(bytes, &mail)? {
        Said::Nothing(tally) => return Ok(tally),
        Said::Became(verdict) => (word_of(verdict.action), verdict.status.map(|status| status.to_string())),
        Said::Complains => (BounceWord::Complaint, None),
    };
    // Whoever repeats himself costs a look, and no writing.
    let is_new = !known.iter().any(|bounce| bounce.word == word)
        && match word {
            BounceWord::Failed => came_back(app, &mail, status).await?,
            BounceWord::Complaint => complained(app, &mail).await?,
            BounceWord::Delayed | BounceWord::Delivered | BounceWord::Relayed | BounceWord::Expanded => {
                on_its_way(app, &mail, word, status).await?
            }
        };
    Ok(if is_new { Tally::Said(word) } else { Tally::Repeated })
}

const fn word_of(action: Action) -> BounceWord {
    match action {
        Action::Failed => BounceWord::Failed,
        Action::Delayed => BounceWord::Delayed,
        Action::Delivered => BounceWord::Delivered,
        Action::Relayed => BounceWord::Relayed,
        Action::Expanded => BounceWord::Expanded,
    }
}

/// `false` if it was said before.
async fn remember(
    app: &App,
    tx: &mut Tx,
    mail: &OutgoingMail,
    word: BounceWord,
    status: Option<String>,
) -> Result<bool, Trouble> {
    Ok(tx.bounces().remember(&Bounce { outgoing_id: mail.id, word, status, at: app.now() }).await?)
}

/// The mail is late, or has arrived: that is noted. `false` if it is known.
async fn on_its_way(app: &App, mail: &OutgoingMail, word: BounceWord, status: Option<String>) -> Result<bool, Trouble> {
    let mut tx = app.store.begin().await?;
    let is_new = remember(app, &mut tx, mail, word, status).await?;
    tx.commit().await?;
    Ok(is_new)
}

/// The status in reports where the other server gave none: not delivered, for reasons unknown (RFC 3463 section 3.1). It stops no notices.
const STATUS_UNKNOWN: &str = "4.0.0";

/// The mail came back for good. `false` if that is known.
async fn came_back(app: &App, mail: &OutgoingMail, status: Option<String>) -> Result<bool, Trouble> {
    let unread = Unread::of(app, mail).await?;
    let mut tx = app.store.begin().await?;
    if !tx.outgoing().mark_returned(mail.id).await? {
        return Ok(false);
    }
    remember(app, &mut tx, mail, BounceWord::Failed, status.clone()).await?;
    let event = Event::MailReturned { outgoing: mail.id, belongs_to: mail.delivery_id, status: status.clone() };
    audit::record(&mut tx, app.now(), Actor::House, mail.mailbox_id, &event).await?;
    if let Some(delivery) = mail.delivery_id.filter(|_| mail.kind == OutgoingKind::Reply) {
        tx.deliveries().note_outcome(delivery, "failed").await?;
    }
    let status = status.as_deref().unwrap_or(STATUS_UNKNOWN);
    untold::notice_lost(app, &mut tx, mail, status, unread).await?;
    tx.commit().await?;
    Ok(true)
}

/// The recipient does not want such mail. `false` if that is known.
async fn complained(app: &App, mail: &OutgoingMail) -> Result<bool, Trouble> {
    let mut tx = app.store.begin().await?;
    if !remember(app, &mut tx, mail, BounceWord::Complaint, None).await? {
        return Ok(false);
    }
    let event = Event::Complained { outgoing: mail.id, belongs_to: mail.delivery_id };
    audit::record(&mut tx, app.now(), Actor::House, mail.mailbox_id, &event).await?;
    if mail.kind == OutgoingKind::Notice {
        untold::stop_notices(app, &mut tx, mail.mailbox_id, StopReason::Complaint).await?;
    }
    tx.commit().await?;
    Ok(true)
}
