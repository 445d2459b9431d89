//! Pages of paper: mails and letters as PDF, and whatever else is read on paper or kept for years.
//!
//! A mail's HTML was made harmless before (`mime::html::clean`); here it becomes pages. The steps:
//!
//! 1. [`html`] reads the clean tree and computes styles;
//! 2. [`flow`] makes a flat, bounded list of blocks of it and counts every letter;
//! 3. [`set`] turns that into values of the typesetter (`typst`), never into its markup;
//! 4. [`typesetter`] sets, proves that every letter is on a page, and writes PDF/A-3a that is PDF/UA-1 too;
//! 5. [`attach`] embeds files while the result is written, without holding them.
//!
//! [`work`] is how a process is asked to do that.
//!
//! [`letter`] sets letters by templates and checks the finished pages; [`given`] sends PDFs that others made as letters.
//!
//! Each step down from pages laid out as the writer meant ([`Form`]) is said on the page. The crate is pure: no clock, no chance, no
//! files but the fonts and templates that are linked in or given. What it is given may still cost any time and memory, so it is run in
//! a process that can be killed.

pub mod attach;
#[cfg(feature = "typeset")]
mod flow;
#[cfg(feature = "typeset")]
mod fonts;
pub mod given;
#[cfg(feature = "typeset")]
mod html;
pub mod letter;
pub mod limits;
mod mail;
#[cfg(feature = "typeset")]
pub mod picture;
#[cfg(feature = "typeset")]
mod set;
#[cfg(feature = "typeset")]
mod typesetter;
pub mod work;
#[cfg(feature = "typeset")]
mod world;

pub use mail::{Field, File, Form, Mail, Pages, Refused, Stamp, Words};
#[cfg(feature = "typeset")]
pub use typesetter::Typesetter;
