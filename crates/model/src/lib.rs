//! The domain of Siegelpost, free of I/O: what a mailbox, a message, a delivery and a decision are, and how they may change.
//!
//! Time and chance come in as arguments. Nothing here knows SQL, SMTP replies or HTML.

pub mod assessment;
pub mod assurance;
pub mod attempt;
pub mod audit;
pub mod chance;
pub mod course;
pub mod delivery;
pub mod destination;
pub mod id;
pub mod language;
pub mod policy;
pub mod retention;
pub mod route;
pub mod story;
pub mod tls_result;
pub mod verdict;

pub use chance::Entropy;
pub use id::Id;
pub use language::Language;
