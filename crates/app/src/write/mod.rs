//! Writing to the organisation: drafts that survive everything, and sending them (J10).
//!
//! A draft is a row with a sealed body; its attachments are content objects that are sealed as they are uploaded. Sending composes one mail, stores it once, and
//! in one transaction puts it into "Sent", queues it for the organisation's mail server, remembers its id so that answers are recognised, and
//! removes the draft.

mod draft;
mod send;
mod upload;

pub use draft::{Draft, DraftFile, Fields, SUBJECT_CHARS_MAX, TEXT_CHARS_MAX, begin, discard, drafts, load, save};
pub use send::{SendError, Sent, send};
pub use upload::{FILES_MAX, Upload, UploadError, detach, files_bytes_max};
