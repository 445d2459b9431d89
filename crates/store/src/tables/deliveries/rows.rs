//! The rows of deliveries, and what goes into them.

use jiff::Timestamp;
use model::id::{DeliveryId, MailboxId, MessageId};

use crate::value::{debug_shows, words};

words! {
    /// Where in a mailbox a delivery lies.
    Folder {
        /// What the organisation sent.
        Inbox = "inbox",
        /// What the recipient sent [J11].
        Sent = "sent",
    }
}

/// A delivery.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The message.
    pub message_id: MessageId,
    /// The mailbox, once it is known.
    pub mailbox_id: Option<MailboxId>,
    /// The recipient of the envelope.
    pub recipient: String,
    /// Where it stands, as a word of the model.
    pub state: String,
    /// The channel of the present step, as a word of the model.
    pub channel: Option<String>,
    /// The ordered channels with their reasons, as JSON.
    pub route: String,
    /// The present step of the route, from 0.
    pub step: u32,
    /// The folder, once deposited.
    pub folder: Option<Folder>,
    /// The content's data key, sealed to the mailbox.
    pub data_key_sealed: Option<Vec<u8>>,
    /// The header block, sealed to the mailbox.
    pub header_sealed: Option<Vec<u8>>,
    /// Whether both seals are under the mailbox's symmetric key already.
    pub kept: bool,
    /// What the sender asked to be told (RFC 3461), as JSON.
    pub dsn: Option<String>,
    /// When responsibility for it was taken.
    pub accepted_at: Timestamp,
    /// When it was put into the mailbox.
    pub deposited_at: Option<Timestamp>,
    /// Until when it is kept [J14].
    pub expires_at: Option<Timestamp>,
    /// When it was first read.
    pub read_at: Option<Timestamp>,
    /// When it was last answered.
    pub answered_at: Option<Timestamp>,
    /// When it came to its end [P3].
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<String>,
    /// Whether the message has attachments.
    pub has_attachments: bool,
    /// Size of the content, in bytes.
    pub size_bytes: u64,
}

debug_shows!(Delivery: id, message_id, mailbox_id, state, channel, step, folder, kept, size_bytes);

/// What is known of a delivery when responsibility for it is taken.
#[derive(Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// The message.
    pub message_id: MessageId,
    /// The mailbox, if it is known.
    pub mailbox_id: Option<MailboxId>,
    /// The recipient of the envelope.
    pub recipient: String,
    /// Where it stands, as a word of the model.
    pub state: String,
    /// The channel of the first step, as a word of the model.
    pub channel: Option<String>,
    /// The ordered channels with their reasons, as JSON.
    pub route: String,
    /// What the sender asked to be told (RFC 3461), as JSON.
    pub dsn: Option<String>,
    /// When responsibility for it was taken.
    pub accepted_at: Timestamp,
    /// Whether the message has attachments.
    pub has_attachments: bool,
    /// Size of the content, in bytes.
    pub size_bytes: u64,
}

debug_shows!(NewDelivery: id, message_id, mailbox_id, state, channel, size_bytes);

/// How a delivery goes into a mailbox.
#[derive(Clone, PartialEq, Eq)]
pub struct Deposit {
    /// The delivery.
    pub id: DeliveryId,
    /// The mailbox.
    pub mailbox_id: MailboxId,
    /// The folder.
    pub folder: Folder,
    /// The state from now on, as a word of the model.
    pub state: String,
    /// The content's data key, sealed to the mailbox.
    pub data_key_sealed: Vec<u8>,
    /// The header block, sealed to the mailbox.
    pub header_sealed: Vec<u8>,
    /// Whether both are sealed under the mailbox's symmetric key.
    pub kept: bool,
    /// When.
    pub deposited_at: Timestamp,
    /// Until when it is kept.
    pub expires_at: Option<Timestamp>,
}

debug_shows!(Deposit: id, mailbox_id, folder, state);

/// A place in a folder's list, at a delivery: the page below it holds what was deposited before, the page above it what was deposited after.
/// The place stays when its delivery is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When the delivery was deposited.
    pub deposited_at: Timestamp,
    /// Its id.
    pub id: DeliveryId,
}

/// How many deliveries a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All of them.
    pub total: u64,
    /// Those never read. What was sent by the recipient counts as read.
    pub unread: u64,
}
