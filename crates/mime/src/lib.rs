//! Everything that reads or writes the inside of a mail.
//!
//! A mail is a header and a tree of parts (RFC 5322, RFC 2045 to 2049), written by thousands of programs over forty years and by whoever wants to do harm.
//! This crate is the only place that looks inside. It is pure (bytes in, values out: no clock, no chance, no files) and
//! holds three rules:
//!
//! - **Kept as it came.** Nothing here rewrites a mail; an EML export is the bytes that came in.
//! - **Bounded.** Every dimension has a limit ([`limits`]); every pass is linear. What is too complex is said to be so ([`TooComplex`]).
//! - **Never fails otherwise.** Broken input gives what can be read of it.
//!
//! | to | use |
//! | --- | --- |
//! | route and classify | [`head::Head`], [`head::attachments`] |
//! | show | [`view::MessageView`], then [`html::clean`] or [`text::to_html`], then [`html::document`] |
//! | write | [`compose::Outgoing`] |
//! | find what a report says to machines | [`report::find`] |
//! | hand out attachments | [`view::MessageView::attachment_bytes`], [`export::zip`] |
//! | warn of attachments | [`view::MessageView::look`] |
//! | have something to show | [`sample`] |

pub mod archive;
pub mod calendar;
pub mod caution;
pub mod charset;
pub mod compose;
pub mod export;
pub mod field;
pub mod head;
pub mod html;
pub mod limits;
pub mod name;
pub mod report;
pub mod sample;
pub mod sniff;
pub mod structure;
pub mod text;
pub mod tnef;
pub mod transfer;
pub mod view;

pub use field::{Correspondent, MailDate};
pub use structure::{Structure, TooComplex};
