//! Audit events: what happened, as facts without content.
//!
//! An event names ids, states and reasons; never an address, a subject or a word of a message (P5).

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    assurance::Minimum,
    id::{DeliveryId, MailboxId, OutgoingId},
    route::{Channel, ProtectionClass},
};

/// Who caused an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The server itself: a job, a deadline.
    House,
    /// A sender at the intake.
    Sender,
    /// Whoever runs the server, on its command line.
    Administrator,
    /// The owner of a mailbox, signed in or holding a link.
    Recipient(MailboxId),
}

impl Actor {
    /// The stored word.
    pub fn word(self) -> String {
        match self {
            Self::House => "house".into(),
            Self::Sender => "sender".into(),
            Self::Administrator => "administrator".into(),
            Self::Recipient(mailbox) => format!("recipient:{mailbox}"),
        }
    }
}

/// What happened. The fields are named for what they hold; `delivery` is the delivery the event is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the names of the fields say all there is")]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A message was taken: `250` was said.
    Accepted { class: ProtectionClass, size_bytes: u64, recipients: usize },
    /// What came in was malware and was refused at the door, from a sender or from the owner of a mailbox.
    MalwareRefused { signature: String },
    /// A message was taken that no scanner has looked at.
    Unscanned { delivery: DeliveryId, reason: &'static str },
    /// A mailbox was made for an address (J1).
    MailboxCreated,
    /// A message was sealed to its mailbox.
    Deposited { delivery: DeliveryId },
    /// A delivery moved to another channel of its route, or began its first.
    ChannelTaken { delivery: DeliveryId, channel: Channel, reason: String },
    /// A delivery reached its end.
    DeliveryEnded { delivery: DeliveryId, outcome: String },
    /// A notice was queued.
    NoticeQueued { delivery: DeliveryId },
    /// A notice was given up.
    NoticeFailed { delivery: DeliveryId },
    /// A mail that had been sent came back; `status` is the enhanced status code, if one was given.
    MailReturned { outgoing: OutgoingId, belongs_to: Option<DeliveryId>, status: Option<String> },
    /// The recipient of a mail complained of it.
    Complained { outgoing: OutgoingId, belongs_to: Option<DeliveryId> },
    /// A mailbox is told of nothing any more until its owner signs in.
    NoticesStopped { reason: &'static str },
    /// A message was taken out of its mailbox unread, since its recipient cannot be told of it.
    Withdrawn { delivery: DeliveryId, reason: String },
    /// An activation was finished: the mailbox belongs to its owner (J3).
    Activated,
    /// The owner signed in.
    SignedIn,
    /// Somebody failed to sign in.
    SignInFailed,
    /// The owner signed out, of one or of every session.
    SignedOut { everywhere: bool },
    /// A message was opened by its owner.
    Read { delivery: DeliveryId },
    /// A message was exported.
    Exported { delivery: DeliveryId, form: &'static str },
    /// The whole mailbox began to be saved as one file. Each message is noted as it goes out; of one that breaks off, some that went out may not be.
    ArchiveBegun { messages: usize },
    /// A message was deleted by its owner; its keys are destroyed (R4).
    Deleted { delivery: DeliveryId },
    /// The owner deleted the mailbox; its keys are destroyed (R4).
    MailboxDeleted { messages: usize },
    /// An answer or a new message left for the organisation.
    Sent { delivery: DeliveryId },
    /// The password was changed.
    PasswordChanged,
    /// The security question was changed.
    QuestionChanged,
    /// Less is asked of the mail servers of a domain, for a time (C6).
    ExceptionAdded { domain: String, minimum: Minimum, until: Timestamp },
    /// What was allowed for a domain is allowed no more.
    ExceptionsEnded { domain: String },
}

impl Event {
    /// The stored word: the variant's name in snake case.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::MalwareRefused { .. } => "malware_refused",
            Self::Unscanned { .. } => "unscanned",
            Self::MailboxCreated => "mailbox_created",
            Self::Deposited { .. } => "deposited",
            Self::ChannelTaken { .. } => "channel_taken",
            Self::DeliveryEnded { .. } => "delivery_ended",
            Self::NoticeQueued { .. } => "notice_queued",
            Self::NoticeFailed { .. } => "notice_failed",
            Self::MailReturned { .. } => "mail_returned",
            Self::Complained { .. } => "complained",
            Self::NoticesStopped { .. } => "notices_stopped",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Activated => "activated",
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignedOut { .. } => "signed_out",
            Self::Read { .. } => "read",
            Self::Exported { .. } => "exported",
            Self::ArchiveBegun { .. } => "archive_begun",
            Self::Deleted { .. } => "deleted",
            Self::MailboxDeleted { .. } => "mailbox_deleted",
            Self::Sent { .. } => "sent",
            Self::PasswordChanged => "password_changed",
            Self::QuestionChanged => "question_changed",
            Self::ExceptionAdded { .. } => "exception_added",
            Self::ExceptionsEnded { .. } => "exceptions_ended",
        }
    }

    /// The delivery this event is about, if any.
    pub fn delivery(&self) -> Option<DeliveryId> {
        match self {
            Self::Unscanned { delivery, .. }
            | Self::Deposited { delivery }
            | Self::ChannelTaken { delivery, .. }
            | Self::DeliveryEnded { delivery, .. }
            | Self::NoticeQueued { delivery }
            | Self::NoticeFailed { delivery }
            | Self::Withdrawn { delivery, .. }
            | Self::Read { delivery }
            | Self::Exported { delivery, .. }
            | Self::Deleted { delivery }
            | Self::Sent { delivery } => Some(*delivery),
            Self::MailReturned { belongs_to, .. } | Self::Complained { belongs_to, .. } => *belongs_to,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p6_the_stored_word_is_the_tag_of_the_data() {
        let event = Event::SignedOut { everywhere: true };
        let data = serde_json::to_value(&event).unwrap();
        assert_eq!(data["event"], event.word());
        assert_eq!(data["everywhere"], true);
    }
}
