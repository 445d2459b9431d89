//! Everything at rest: the database (SQLite or PostgreSQL), the content objects (inside the database, in files or in an S3-compatible
//! store), jobs, the audit log and migrations. The only crate that knows SQL.
//!
//! ```no_run
//! # async fn example(settings: store::StoreSettings, id: model::id::MailboxId, now: jiff::Timestamp) -> Result<(), store::StoreError> {
//! let store = store::Store::open(settings).await?;
//! let mut tx = store.begin().await?;
//! if tx.mailboxes().find(id).await?.is_some() {
//!     tx.mailboxes().touch_signed_in(id, now).await?;
//! }
//! tx.commit().await?; // only now it is written, and it is on disk
//! # Ok(()) }
//! ```
//!
//! # How to find your way
//!
//! * [`Store`] opens it all and hands out [`Reader`]s (one snapshot, lookups only) and [`Tx`]s (changes that happen together or not at all).
//! * `tables` has one module for each table: the row as a struct, the statements as methods. Callers reach them as `tx.mailboxes()`.
//! * `engine` runs statements: `engine::sqlite` with one writer and group commit, `engine::postgres` with a pool. One SQL text
//!   serves both; `dialect` holds what differs.
//! * `migrations` brings the schema up to date; the commented tables are in `migrations/*.sql`.
//! * [`blobs`](BlobWriter) stores large content objects outside the database.
//!
//! # Rules
//!
//! Nothing here reads a clock or draws ids: both come in as arguments. What was acknowledged survives power loss at any moment [P2].
//! Sealed values are bytes; nothing here can open them [P5].

mod blobs;
mod dialect;
mod engine;
mod error;
mod migrations;
mod session;
mod settings;
mod store;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
mod value;

pub use blobs::{BlobReader, BlobWalk, BlobWriter};
pub use error::StoreError;
pub use session::{Access, Read, Reader, Tx, Write};
pub use settings::{BlobSettings, DatabaseSettings, PostgresSettings, Protection, S3Settings, StoreSettings};
pub use store::{CommitCounts, Store};
pub use tables::{
    Activation, Activations, Archive, ArchiveState, Archives, Attempt, Audit, AuditEvent, BLOB_INLINE_BYTES_MAX, Blobs,
    Bounce, BounceWord, Bounces, Broken, CHAINED_EVENTS_MAX, Counts, Cursor, DESTINATIONS_PAGE_MAX, Deliveries,
    Delivery, Deposit, Destinations, Direction, DomainException, Draft, DraftAttachment, Drafts, Ensured, Folder, Job,
    JobState, Jobs, KeptViews, LANES_MAX, LEASED_JOBS_MAX, Lanes, LevelChange, LevelCount, Mailbox, MailboxState,
    Mailboxes, Message, Messages, NO_LANE, NewAuditEvent, NewDelivery, NewJob, NoticesStopped, Outgoing, OutgoingKind,
    OutgoingMail, OutgoingState, PAGE_ROWS_MAX, POLICIES_PAGE_MAX, Proposal, RECEIVED_REPORTS_MAX, RECEIVED_ROWS_MAX,
    RESULT_ROWS_MAX, RESULTS_OF_DOMAIN_MAX, ReceivedReport, ReceivedTotal, Session, Sessions, StopReason, StsPolicies,
    StsPolicy, TLS_PAGE_MAX, Thread, Threads, Throttle, Throttles, TlsReport, TlsReports, TlsSessions, Wrap, WrapKind,
    Wraps,
};
