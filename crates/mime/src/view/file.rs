//! The bytes of an attachment, when they are wanted.

use std::io::{self, Write};

use crate::transfer::Encoding;

/// A file that came with a mail.
#[derive(Debug, Clone)]
pub enum File<'x> {
    /// As it stands in the mail.
    Encoded {
        /// How it is written there.
        encoding: Encoding,
        /// What is written there.
        body: &'x [u8],
        /// Its bytes when decoded.
        size_bytes: u64,
    },
    /// Unpacked from a container.
    Unpacked(Vec<u8>),
}

impl msg::Source for File<'_> {
    fn size(&self) -> u64 {
        match self {
            Self::Encoded { size_bytes, .. } => *size_bytes,
            Self::Unpacked(bytes) => bytes.len() as u64,
        }
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Encoded { encoding, body, .. } => encoding.decode_to(body, out),
            Self::Unpacked(bytes) => out.write_all(bytes),
        }
    }
}
