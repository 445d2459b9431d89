//! Everything a person gets to see: the portal's pages and the mails Siegelpost writes itself, in every language.
//!
//! Typed context goes in, text comes out. Nothing here does I/O or reads a clock: the moment, the reader's language and the
//! organisation's [`Brand`] are arguments. So each page can be drawn from a typed sample, and each sample is a test.
//!
//! - [`pages`]: one struct a page; fill its fields and call `html()`. All of them hold the [`Page`] they stand on.
//! - [`mails`]: one struct a mail; `mail()` gives subject, plain text and HTML, which others turn into MIME.
//! - [`paths`]: every address of the portal, used by the templates here and by the routes of the edge.
//! - [`brand`]: who runs the house, how it looks, and the check that its colour can be read.
//! - [`words`]: the texts, one Fluent file a topic and language under `locales/`. No sentence stands in code or template.
//! - [`archive`]: the list in the archive of a whole mailbox.
//! - [`letters`]: one struct a letter; `text()` gives what it says, which others set on paper.
//! - [`paper`]: the words around a mail that is saved as PDF.
//! - [`story`]: the story of a delivery as text, for those who run the server.
//! - [`samples`]: every page and mail with typical and with extreme content.
//!
//! # Writing style
//!
//! Say what happened, what it means, what to do next. Short sentences, no jargon, no blame, dates instead of periods, one
//! primary button a page. Pages work without script and carry neither inline style nor inline script, because the
//! portal's content security policy forbids both.

pub mod archive;
pub mod brand;
pub mod dates;
pub mod form;
pub mod letters;
pub mod mails;
pub mod page;
pub mod pages;
pub mod paper;
pub mod paths;
pub mod samples;
pub mod sizes;
pub mod story;
pub mod words;

pub use brand::Brand;
pub use form::Problem;
pub use page::{Flash, Page, Visitor};
pub use paper::Paper;
