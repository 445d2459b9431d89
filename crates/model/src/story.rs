//! The story of a delivery: what was decided, tried, answered, and how it ended (P6). Facts; the words are made where it is shown.

use jiff::Timestamp;

use crate::{
    attempt::Attempt,
    id::{DeliveryId, OutgoingId},
    policy::Decision,
    route::Channel,
};

/// The story of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// Which one.
    pub delivery: DeliveryId,
    /// Whom it is for.
    pub recipient: String,
    /// When responsibility for it was taken.
    pub accepted_at: Timestamp,
    /// What was decided then.
    pub decision: Decision,
    /// What happened since, in order.
    pub entries: Vec<Entry>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// An audit event.
    Noted {
        /// Its word.
        event: String,
        /// The channel it names.
        channel: Option<Channel>,
        /// The reason or outcome it names; may be empty.
        reason: String,
    },
    /// A mail was tried to be sent.
    Tried {
        /// Which mail.
        mail: OutgoingId,
        /// What it is.
        kind: MailKind,
        /// Which try of this mail, from 1.
        number: u32,
        /// What came of it.
        attempt: Box<Attempt>,
    },
}

/// What a mail is in the story of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    /// The message itself.
    Direct,
    /// It tells the recipient that a message waits.
    Notice,
    /// What the recipient wrote.
    Reply,
    /// It tells the sender what became of the message.
    Report,
}
