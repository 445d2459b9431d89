//! The tables, one module each: the row as a struct, and what can be done with it.
//!
//! Each module has a type such as [`Mailboxes`] that borrows a [`Reader`](crate::Reader) or a [`Tx`](crate::Tx). Its lookups work on both;
//! what changes rows exists only where the access is [`Write`](crate::session::Write).

mod activations;
mod archives;
mod audit;
mod blobs;
mod bounces;
mod deliveries;
mod destinations;
mod drafts;
mod jobs;
mod kept_views;
mod mailboxes;
mod messages;
mod outgoing;
#[cfg(test)]
mod plans;
mod sessions;
mod sts_policies;
mod threads;
mod throttles;
mod tls_reports;
mod wraps;

pub use activations::{Activation, Activations, Proposal};
pub use archives::{Archive, ArchiveState, Archives};
pub use audit::{Audit, AuditEvent, Broken, CHAINED_EVENTS_MAX, NewAuditEvent};
pub use blobs::{BLOB_INLINE_BYTES_MAX, Blobs};
pub use bounces::{Bounce, BounceWord, Bounces};
pub use deliveries::{Counts, Cursor, Deliveries, Delivery, Deposit, Folder, NewDelivery, PAGE_ROWS_MAX};
pub use destinations::{DESTINATIONS_PAGE_MAX, Destinations, DomainException, LevelChange, LevelCount};
pub use drafts::{Draft, DraftAttachment, Drafts};
pub use jobs::{Job, JobState, Jobs, LANES_MAX, LEASED_JOBS_MAX, Lanes, NO_LANE, NewJob};
pub use kept_views::KeptViews;
pub use mailboxes::{Ensured, Mailbox, MailboxState, Mailboxes, NoticesStopped, StopReason};
pub use messages::{Direction, Message, Messages};
pub use outgoing::{Attempt, Outgoing, OutgoingKind, OutgoingMail, OutgoingState};
pub use sessions::{Session, Sessions};
pub use sts_policies::{POLICIES_PAGE_MAX, StsPolicies, StsPolicy};
pub use threads::{Thread, Threads};
pub use throttles::{Throttle, Throttles};
pub use tls_reports::{
    RECEIVED_REPORTS_MAX, RECEIVED_ROWS_MAX, RESULT_ROWS_MAX, RESULTS_OF_DOMAIN_MAX, ReceivedReport, ReceivedTotal,
    TLS_PAGE_MAX, TlsReport, TlsReports, TlsSessions,
};
pub use wraps::{Wrap, WrapKind, Wraps};
