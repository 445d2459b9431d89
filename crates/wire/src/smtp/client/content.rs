//! Sending the content: dots doubled behind `DATA`, or by its length behind `BDAT`.

use super::ContentError;
use super::session::{Awaited, Session, State};
use crate::smtp::data::LineEndingCheck;
use crate::smtp::stuffing::DotStuffer;

/// How the content is being sent.
#[derive(Debug)]
pub(super) enum Framing {
    Dots { stuffer: DotStuffer, left_bytes: u64 },
    Chunk { line_endings: LineEndingCheck, left_bytes: u64 },
}

impl Session {
    /// Takes the next piece of content, after [`Event::SendContent`](super::Event::SendContent); then write the output. After an error, close the
    /// connection without writing: half a mail must not look like a whole one.
    pub fn content(&mut self, piece: &[u8]) -> Result<(), ContentError> {
        let outcome = self.push_content(piece);
        if outcome.is_err() {
            self.abandon();
        }
        outcome
    }

    fn push_content(&mut self, piece: &[u8]) -> Result<(), ContentError> {
        let piece_bytes = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.begin_content();
        match &mut self.state {
            State::Content(Framing::Dots { stuffer, left_bytes }) => {
                *left_bytes = left_bytes.checked_sub(piece_bytes).ok_or(ContentError::WrongSize)?;
                stuffer.push(piece, &mut self.output)?;
            }
            State::Content(Framing::Chunk { line_endings, left_bytes }) => {
                *left_bytes = left_bytes.checked_sub(piece_bytes).ok_or(ContentError::WrongSize)?;
                line_endings.check(piece)?;
                self.output.extend_from_slice(piece);
            }
            _ => return Err(ContentError::NotDue),
        }
        Ok(())
    }

    fn begin_content(&mut self) {
        if !matches!(self.state, State::ContentDue) {
            return;
        }
        let left_bytes = self.transaction.as_ref().map_or(0, |transaction| transaction.content_bytes);
        self.state = State::Content(if self.capabilities.chunking {
            self.output.extend_from_slice(format!("BDAT {left_bytes} LAST\r\n").as_bytes());
            Framing::Chunk { line_endings: LineEndingCheck::default(), left_bytes }
        } else {
            Framing::Dots { stuffer: DotStuffer::default(), left_bytes }
        });
    }

    /// Ends the content, and with it the transaction, once the server has answered.
    pub fn content_end(&mut self) -> Result<(), ContentError> {
        let outcome = self.end_content();
        if outcome.is_err() {
            self.abandon();
        }
        outcome
    }

    fn end_content(&mut self) -> Result<(), ContentError> {
        self.begin_content();
        match std::mem::replace(&mut self.state, State::Waiting) {
            State::Content(Framing::Dots { stuffer, left_bytes: 0 }) => stuffer.finish(&mut self.output)?,
            State::Content(Framing::Chunk { line_endings, left_bytes: 0 }) => line_endings.finish()?,
            State::Content(_) => return Err(ContentError::WrongSize),
            _ => return Err(ContentError::NotDue),
        }
        self.awaited.push_back(Awaited::ContentEnd);
        Ok(())
    }

    fn abandon(&mut self) {
        self.output.clear();
        self.state = State::Closed;
    }
}
