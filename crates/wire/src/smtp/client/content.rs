//! Sending the content: dots doubled behind `DATA`, or chunk by chunk behind `BDAT` (RFC 3030).
//!
//! A chunk says beforehand how many bytes it has, so nothing is looked for in it and nothing is changed. It leaves when all of it is there. The last one
//! leaves only when the driver has said that the content is at its end and the server has taken every chunk before: whatever breaks, and whatever the
//! server makes of a chunk that it refused, half a mail never looks like a whole one.

use super::session::{Awaited, Session, State};
use super::{ContentError, Event};
use crate::smtp::data::LineEndingCheck;
use crate::smtp::stuffing::DotStuffer;

/// The most bytes of one chunk. Content that fits into one goes together with its envelope where commands can be pipelined.
pub const CHUNK_BYTES_MAX: usize = 64 * 1024;

/// The most chunks that are sent ahead of their answers, where commands can be pipelined.
pub const CHUNKS_AHEAD_MAX: usize = 8;

/// How the content is being sent.
#[derive(Debug)]
pub(super) enum Framing {
    Dots { stuffer: DotStuffer, left_bytes: u64 },
    Chunks(Chunks),
}

/// Content that is cut into chunks.
#[derive(Debug)]
pub(super) struct Chunks {
    line_endings: LineEndingCheck,
    /// What is still to come of the content.
    left_bytes: u64,
    /// What is still to come of the chunk that was begun last.
    chunk_left_bytes: usize,
}

impl Chunks {
    /// Begins the first chunk; without content it is the last one too (`BDAT 0 LAST`).
    fn begin(content_bytes: u64, out: &mut Vec<u8>) -> Self {
        let mut chunks =
            Self { line_endings: LineEndingCheck::default(), left_bytes: content_bytes, chunk_left_bytes: 0 };
        chunks.begin_chunk(out);
        chunks
    }

    fn begin_chunk(&mut self, out: &mut Vec<u8>) {
        self.chunk_left_bytes = usize::try_from(self.left_bytes).unwrap_or(usize::MAX).min(CHUNK_BYTES_MAX);
        let last = if self.next_is_last() { " LAST" } else { "" };
        out.extend_from_slice(format!("BDAT {}{last}\r\n", self.chunk_left_bytes).as_bytes());
    }

    /// Whether all that is still to come fits into one chunk.
    fn next_is_last(&self) -> bool {
        self.left_bytes <= byte_count(CHUNK_BYTES_MAX)
    }

    /// Whether a chunk is complete and another one has to follow.
    fn is_between(&self) -> bool {
        self.chunk_left_bytes == 0 && self.left_bytes > 0
    }

    /// Takes what fits into one chunk.
    fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<usize, ContentError> {
        if byte_count(piece.len()) > self.left_bytes {
            return Err(ContentError::WrongSize);
        }
        if self.is_between() {
            self.begin_chunk(out);
        }
        let fitting = piece.get(..self.chunk_left_bytes).unwrap_or(piece);
        self.line_endings.check(fitting)?;
        out.extend_from_slice(fitting);
        self.chunk_left_bytes -= fitting.len();
        self.left_bytes -= byte_count(fitting.len());
        Ok(fitting.len())
    }
}

impl Session {
    /// Takes the next piece of the content, on [`Event::SendContent`], and says how much of it: show the rest at the next such event. After an error, close
    /// the connection without writing: half a mail must not look like a whole one.
    pub fn content(&mut self, piece: &[u8]) -> Result<usize, ContentError> {
        let outcome = self.push_content(piece);
        if outcome.is_err() {
            self.abandon();
        }
        outcome
    }

    fn push_content(&mut self, piece: &[u8]) -> Result<usize, ContentError> {
        if !self.takes_content() {
            return Err(ContentError::NotDue);
        }
        self.begin_content();
        match &mut self.state {
            State::Content(Framing::Dots { stuffer, left_bytes }) => {
                *left_bytes = left_bytes.checked_sub(byte_count(piece.len())).ok_or(ContentError::WrongSize)?;
                stuffer.push(piece, &mut self.output)?;
                Ok(piece.len())
            }
            State::Content(Framing::Chunks(chunks)) => {
                let taken = chunks.push(piece, &mut self.output)?;
                if taken > 0 && chunks.is_between() {
                    self.awaited.push_back(Awaited::Chunk);
                }
                Ok(taken)
            }
            _ => Err(ContentError::NotDue),
        }
    }

    fn begin_content(&mut self) {
        if !matches!(self.state, State::ContentDue) {
            return;
        }
        let left_bytes = self.transaction.as_ref().map_or(0, |transaction| transaction.content_bytes);
        self.state = State::Content(if self.capabilities.chunking {
            Framing::Chunks(Chunks::begin(left_bytes, &mut self.output))
        } else {
            Framing::Dots { stuffer: DotStuffer::default(), left_bytes }
        });
    }

    /// Ends the content, on [`Event::SendContent`], and with it the transaction, once the server has answered.
    pub fn content_end(&mut self) -> Result<(), ContentError> {
        let outcome = self.end_content();
        if outcome.is_err() {
            self.abandon();
        }
        outcome
    }

    fn end_content(&mut self) -> Result<(), ContentError> {
        self.begin_content();
        let awaited = match std::mem::replace(&mut self.state, State::Waiting) {
            State::Content(Framing::Dots { stuffer, left_bytes: 0 }) => {
                stuffer.finish(&mut self.output)?;
                Awaited::ContentEnd
            }
            State::Content(Framing::Chunks(Chunks { line_endings, left_bytes: 0, .. })) => {
                line_endings.finish()?;
                Awaited::LastChunk
            }
            State::Content(_) => return Err(ContentError::WrongSize),
            _ => return Err(ContentError::NotDue),
        };
        self.awaited.push_back(awaited);
        Ok(())
    }

    /// What to do about content that is on its way; `None` between two chunks, when what the server says comes first.
    pub(super) fn content_event(&self, framing: &Framing) -> Option<Event> {
        let written = self.output.is_empty();
        match framing {
            Framing::Dots { .. } => Some(if written { Event::SendContent } else { Event::Write }),
            Framing::Chunks(chunks) if !chunks.is_between() => Some(Event::SendContent),
            Framing::Chunks(_) if written => None,
            Framing::Chunks(chunks) => Some(if self.may_go_ahead(chunks) { Event::Write } else { Event::Read }),
        }
    }

    /// Whether a piece of content may be handed in now.
    pub(super) fn takes_content(&self) -> bool {
        match &self.state {
            State::ContentDue | State::Content(Framing::Dots { .. }) => true,
            State::Content(Framing::Chunks(chunks)) => {
                !chunks.is_between() || (self.output.is_empty() && self.may_go_ahead(chunks))
            }
            _ => false,
        }
    }

    /// Whether the next chunk may be sent before the last ones are answered (RFC 3030 section 2, RFC 2920).
    fn may_go_ahead(&self, chunks: &Chunks) -> bool {
        let ahead = self.awaited.len();
        ahead == 0 || (self.capabilities.pipelining && !chunks.next_is_last() && ahead < CHUNKS_AHEAD_MAX)
    }

    fn abandon(&mut self) {
        self.output.clear();
        self.state = State::Closed;
    }
}

fn byte_count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
