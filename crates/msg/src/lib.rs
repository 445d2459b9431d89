//! Messages as Outlook keeps them in files (`.msg`: MS-OXMSG in MS-CFB), written from front to back.
//!
//! [`Message`] is what is to be in the file, [`Message::plan`] finds out how large it becomes, and [`Plan::write_to`] writes it. Attachments are asked for their
//! bytes when their turn comes ([`Source`]), so memory does not grow with them. The same message gives the same bytes.
//!
//! Text is Unicode, HTML is ASCII with numeric references, nested messages are messages. There is no RTF body: readers make it of the HTML.

mod address;
mod compound;
mod html;
mod message;
mod property;

use std::io::{self, Write};

pub use address::Correspondent;
pub use compound::{FILE_BYTES_MAX, Source, TooLarge, write_exactly};
pub use message::{
    ATTACHMENTS_MAX, Attachment, Content, Importance, Message, RECIPIENTS_MAX, Recipient, RecipientKind, Sensitivity,
};

/// A file that is ready to be written.
pub struct Plan<'x>(compound::Plan<'x>);

impl std::fmt::Debug for Plan<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("size", &self.size()).finish()
    }
}

impl<'x> Message<'x> {
    /// Gives everything its place in the file.
    ///
    /// Fails if the file would have more than [`FILE_BYTES_MAX`] bytes.
    pub fn plan(self) -> Result<Plan<'x>, TooLarge> {
        compound::Plan::of(message::root(self)).map(Plan)
    }
}

impl Plan<'_> {
    /// The size of the file, in bytes.
    pub fn size(&self) -> u64 {
        self.0.size()
    }

    /// Writes the file. Fails if `out` does, or a [`Source`] does not give as many bytes as it said.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        self.0.write_to(out)
    }
}
