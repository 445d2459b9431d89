//! The use cases of Siegelpost, one verb each, free of SMTP and HTTP.
//!
//! Each module is a verb or a thing of the house: [`receive`] takes mail in, [`deliver`] and [`deposit`] move it along its route, [`notice`]
//! announces it, [`activate`], [`sign_in`] and [`session`] let its owner in, [`read`], [`mod@write`], [`export`] and [`delete`] are what the owner does, and
//! [`outgoing`] is all mail that leaves and [`bounce`] what comes back of it. [`provider`] answers anybody's question about an e-mail provider; [`own`]
//! checks what the DNS says about the organisation's own domains, [`tls_report`] is about TLS between mail servers, and [`scan`] lets a scanner look at what
//! comes in. A use case takes the [`App`], opens its own transaction, and commits it before it answers; an edge that
//! is cancelled in between has changed nothing.

pub mod account;
pub mod activate;
mod audit;
pub mod bounce;
pub mod codes;
mod content;
mod context;
mod counter;
pub mod delete;
mod deliver;
mod deposit;
pub mod destination;
pub mod export;
pub mod header;
pub mod housekeeping;
pub mod job;
pub mod letter;
mod letterhead;
mod load;
pub mod notice;
pub mod outgoing;
pub mod own;
pub mod password;
pub mod provider;
pub mod question;
pub mod read;
pub mod receive;
mod report;
mod room;
pub mod scan;
pub mod session;
pub mod settings;
pub mod sign_in;
pub mod sts_policy;
pub mod sweep;
pub mod throttle;
pub mod tls_report;
pub mod trace;
pub mod trouble;
mod untold;
mod wish;
pub mod write;

pub use content::{Content, Pieces};
pub use context::{App, Chance, Keys};
pub use room::ROOM_BYTES;
pub use settings::Settings;
pub use trouble::Trouble;
