//! The input buffer of a session, and lines cut from it.

use std::ops::Range;

use memchr::memchr;

/// Room offered for reading commands, in bytes.
const COMMAND_READ_BYTES: usize = 2 * 1024;

/// Room offered for reading content, in bytes: few reads for a large mail, little memory for an idle connection.
const CONTENT_READ_BYTES: usize = 64 * 1024;

/// Bytes that were read and not yet dealt with.
#[derive(Default)]
pub(super) struct Input {
    bytes: Vec<u8>,
    taken: usize,
}

/// A line cut from the input.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Not complete yet.
    Incomplete,
    /// Complete and ended by CRLF: the place of its text.
    Text(Range<usize>),
    /// Longer than allowed; the rest of it is skipped.
    TooLong,
    /// Ended by a LF without CR, or with a CR inside.
    BadEnding,
}

impl Input {
    /// The buffer to read into: what was dealt with is gone, and there is room behind the rest.
    pub(super) fn buffer(&mut self, content: bool) -> &mut Vec<u8> {
        self.bytes.drain(..self.taken.min(self.bytes.len()));
        self.taken = 0;
        if content {
            self.bytes.reserve(CONTENT_READ_BYTES);
        } else {
            self.bytes.shrink_to(4 * COMMAND_READ_BYTES);
            self.bytes.reserve(COMMAND_READ_BYTES);
        }
        &mut self.bytes
    }

    pub(super) fn pending(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }

    /// The bytes that were just [taken](Self::take), by their place.
    pub(super) fn slice(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Marks bytes as dealt with and gives their place.
    pub(super) fn take(&mut self, bytes: usize) -> Range<usize> {
        let start = self.taken;
        self.taken = self.bytes.len().min(start.saturating_add(bytes));
        start..self.taken
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.taken = 0;
    }

    /// Cuts the next line of at most `bytes_max` bytes, CRLF included. While `skipping`, text is dropped up to the LF.
    pub(super) fn line(&mut self, bytes_max: usize, skipping: &mut bool) -> Line {
        let pending = self.pending();
        let Some(end) = memchr(b'\n', pending) else {
            if pending.len() < bytes_max {
                return Line::Incomplete;
            }
            self.clear();
            *skipping = true;
            return Line::TooLong;
        };
        let line = pending.get(..end).unwrap_or_default();
        let text = line.strip_suffix(b"\r").filter(|text| memchr(b'\r', text).is_none()).map(<[u8]>::len);
        let too_long = line.len() >= bytes_max;
        let place = self.take(end + 1);
        if std::mem::take(skipping) {
            return self.line(bytes_max, skipping);
        }
        match text {
            _ if too_long => Line::TooLong,
            Some(text) => Line::Text(place.start..place.start + text),
            None => Line::BadEnding,
        }
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Input({} bytes)", self.pending().len())
    }
}
