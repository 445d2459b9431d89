//! Content within a session: `DATA` ends at a dot, `BDAT` after so many bytes; what is refused is read and dropped.

use super::commands::BAD_SEQUENCE;
use super::dialogue::{Question, Session, Start, Step};
use super::{CloseReason, Event};
use crate::smtp::data::{DataDecoder, DataError, LineEndingCheck};
use crate::smtp::reply::Reply;

const TOO_LARGE: Reply = Reply::fixed(552, (5, 3, 4), "The message is larger than this server accepts");
const NO_RECIPIENTS: Reply = Reply::fixed(554, (5, 5, 1), "No valid recipients");

/// What the next bytes of the client mean.
pub(super) enum Phase {
    /// A command line.
    Command,
    /// The message of `AUTH PLAIN`.
    AuthPlain,
    /// The first answer of `AUTH LOGIN`.
    AuthLoginUser,
    /// The second answer of `AUTH LOGIN`, for this user.
    AuthLoginPassword(String),
    /// A TLS handshake, which the driver does.
    Handshake,
    /// Content behind `DATA`.
    Data(DataDecoder),
    /// Refused content behind `DATA`: read to its end, then the reply.
    SkipData { decoder: DataDecoder, reply: Reply, skipped_bytes: u64 },
    /// Content behind `BDAT`.
    Chunk { left_bytes: u64, last: bool },
    /// Refused content behind `BDAT`: read to its end, then the reply.
    SkipChunk { left_bytes: u64, reply: Reply },
    /// Nothing: the session is over.
    Closing(CloseReason),
}

/// What happens between `MAIL` and the end of the content.
pub(super) struct Transaction {
    pub(super) smtputf8: bool,
    pub(super) recipients: usize,
    /// Whether content came by `BDAT` already.
    pub(super) chunking: bool,
    content_bytes: u64,
    line_endings: LineEndingCheck,
}

impl Transaction {
    pub(super) fn new(smtputf8: bool) -> Self {
        Self { smtputf8, recipients: 0, chunking: false, content_bytes: 0, line_endings: LineEndingCheck::default() }
    }
}

/// The answer to content that no mail may contain.
fn refusal(error: DataError) -> Reply {
    let text = match error {
        DataError::BareCr => "The message contains a bare CR, see RFC 5321 section 2.3.8",
        DataError::BareLf => "The message contains a bare LF, see RFC 5321 section 2.3.8",
        DataError::Nul => "The message contains a NUL",
    };
    Reply::fixed(554, (5, 6, 0), text)
}

impl Session {
    pub(super) fn in_content(&self) -> bool {
        matches!(self.phase, Phase::Data(_) | Phase::SkipData { .. } | Phase::Chunk { .. } | Phase::SkipChunk { .. })
    }

    /// Tells that the content cannot be kept: the rest of it is read and dropped, then the client gets the reply.
    ///
    /// To be used between [`Event::ContentStart`] and [`Event::ContentEnd`]; the transaction is over.
    pub fn fail_content(&mut self, reply: Reply) {
        if self.question.is_some() {
            return self.answer(reply);
        }
        match &self.phase {
            Phase::Data(decoder) => {
                self.phase = Phase::SkipData { decoder: decoder.clone(), reply, skipped_bytes: 0 };
            }
            Phase::Chunk { left_bytes, .. } => self.phase = Phase::SkipChunk { left_bytes: *left_bytes, reply },
            // Between two chunks: the next one finds no transaction.
            _ => {}
        }
        self.transaction = None;
    }

    /// `DATA` (RFC 5321 section 4.1.1.4)
    pub(super) fn data(&mut self) -> Step {
        match &self.transaction {
            None => self.fault(&BAD_SEQUENCE),
            Some(transaction) if transaction.chunking => self.fault(&BAD_SEQUENCE),
            // Ordinary when commands are pipelined and every recipient was refused (RFC 2920 section 3.1).
            Some(transaction) if transaction.recipients == 0 => NO_RECIPIENTS.write_to(&mut self.output),
            Some(_) => {
                self.question = Some(Question::ContentStart(Start::Data));
                return Step::Event(Event::ContentStart);
            }
        }
        Step::Again
    }

    /// `BDAT` (RFC 3030 section 2): its bytes follow whatever the answer will be.
    pub(super) fn bdat(&mut self, bytes: u64, last: bool) -> Step {
        let bytes_max = self.shared.settings.message_bytes_max;
        if bytes > 2 * bytes_max {
            self.end_transaction();
            self.close_with(&TOO_LARGE, CloseReason::TooMuchContent);
            return Step::Again;
        }
        match &mut self.transaction {
            None => self.phase = Phase::SkipChunk { left_bytes: bytes, reply: BAD_SEQUENCE },
            Some(transaction) if transaction.recipients == 0 => {
                self.phase = Phase::SkipChunk { left_bytes: bytes, reply: NO_RECIPIENTS };
            }
            Some(transaction) if transaction.chunking => self.phase = Phase::Chunk { left_bytes: bytes, last },
            Some(transaction) => {
                transaction.chunking = true;
                self.question = Some(Question::ContentStart(Start::Chunk { bytes, last }));
                return Step::Event(Event::ContentStart);
            }
        }
        Step::Again
    }

    pub(super) fn content_decided(&mut self, start: Start, reply: Reply) {
        let accepted = reply.is_positive();
        if !accepted {
            self.transaction = None;
        }
        match start {
            Start::Data => {
                reply.write_to(&mut self.output);
                if accepted {
                    self.phase = Phase::Data(DataDecoder::default());
                }
            }
            Start::Chunk { bytes, last } if accepted => self.phase = Phase::Chunk { left_bytes: bytes, last },
            Start::Chunk { bytes, .. } => self.phase = Phase::SkipChunk { left_bytes: bytes, reply },
        }
    }

    pub(super) fn content_step(&mut self) -> Step {
        match std::mem::replace(&mut self.phase, Phase::Command) {
            Phase::Data(decoder) => self.data_step(decoder),
            Phase::SkipData { decoder, reply, skipped_bytes } => self.skip_data_step(decoder, reply, skipped_bytes),
            Phase::Chunk { left_bytes, last } => self.chunk_step(left_bytes, last),
            Phase::SkipChunk { left_bytes, reply } => self.skip_chunk_step(left_bytes, reply),
            other => {
                self.phase = other;
                Step::Again
            }
        }
    }

    fn data_step(&mut self, mut decoder: DataDecoder) -> Step {
        let step = match decoder.decode(self.input.pending()) {
            Ok(step) => step,
            Err(error) => return self.smuggling(error),
        };
        let (consumed, content_bytes, ended) = (step.consumed, step.content.len(), step.ended);
        if ended {
            self.input.take(consumed);
            return self.content_complete();
        }
        if consumed == 0 {
            self.phase = Phase::Data(decoder);
            return Step::Event(Event::Read);
        }
        let place = self.input.take(consumed);
        if !self.fits(content_bytes) {
            self.phase = Phase::SkipData { decoder, reply: TOO_LARGE, skipped_bytes: 0 };
            return Step::Again;
        }
        self.phase = Phase::Data(decoder);
        Step::Content(place.end - content_bytes..place.end)
    }

    fn skip_data_step(&mut self, mut decoder: DataDecoder, reply: Reply, skipped_bytes: u64) -> Step {
        let step = match decoder.decode(self.input.pending()) {
            Ok(step) => step,
            Err(error) => return self.smuggling(error),
        };
        let (consumed, ended) = (step.consumed, step.ended);
        self.input.take(consumed);
        let skipped_bytes = skipped_bytes.saturating_add(count(consumed));
        if ended {
            self.fault(&reply);
        } else if skipped_bytes > self.shared.settings.message_bytes_max {
            self.close_with(&reply, CloseReason::TooMuchContent);
        } else {
            self.phase = Phase::SkipData { decoder, reply, skipped_bytes };
            if consumed == 0 {
                return Step::Event(Event::Read);
            }
        }
        Step::Again
    }

    fn chunk_step(&mut self, left_bytes: u64, last: bool) -> Step {
        let piece = self.input.pending();
        let piece = piece.get(..usize::try_from(left_bytes).unwrap_or(usize::MAX)).unwrap_or(piece);
        let piece_bytes = piece.len();
        let check = match &mut self.transaction {
            None => Ok(()),
            Some(transaction) if left_bytes == 0 && last => transaction.line_endings.finish(),
            Some(transaction) => transaction.line_endings.check(piece),
        };
        if let Err(error) = check {
            self.end_transaction();
            self.phase = Phase::SkipChunk { left_bytes, reply: refusal(error) };
            return Step::Again;
        }
        if left_bytes == 0 {
            if last {
                return self.content_complete();
            }
            Reply::fixed(250, (2, 0, 0), "Chunk received").write_to(&mut self.output);
            return Step::Again;
        }
        if piece_bytes == 0 {
            self.phase = Phase::Chunk { left_bytes, last };
            return Step::Event(Event::Read);
        }
        let place = self.input.take(piece_bytes);
        let left_bytes = left_bytes.saturating_sub(count(piece_bytes));
        if !self.fits(piece_bytes) {
            self.phase = Phase::SkipChunk { left_bytes, reply: TOO_LARGE };
            return Step::Again;
        }
        self.phase = Phase::Chunk { left_bytes, last };
        Step::Content(place)
    }

    fn skip_chunk_step(&mut self, left_bytes: u64, reply: Reply) -> Step {
        if left_bytes == 0 {
            self.fault(&reply);
            return Step::Again;
        }
        let available = self.input.pending().len();
        let place = self.input.take(usize::try_from(left_bytes).unwrap_or(usize::MAX).min(available));
        self.phase = Phase::SkipChunk { left_bytes: left_bytes.saturating_sub(count(place.len())), reply };
        if place.is_empty() { Step::Event(Event::Read) } else { Step::Again }
    }

    /// Counts content against the limit; beyond it the transaction ends.
    fn fits(&mut self, piece_bytes: usize) -> bool {
        let bytes_max = self.shared.settings.message_bytes_max;
        let fits = self.transaction.as_mut().is_some_and(|transaction| {
            transaction.content_bytes = transaction.content_bytes.saturating_add(count(piece_bytes));
            transaction.content_bytes <= bytes_max
        });
        if !fits {
            self.end_transaction();
        }
        fits
    }

    fn content_complete(&mut self) -> Step {
        self.question = Some(Question::ContentEnd);
        Step::Event(Event::ContentEnd)
    }

    fn smuggling(&mut self, error: DataError) -> Step {
        self.end_transaction();
        self.close_with(&refusal(error), CloseReason::Smuggling);
        Step::Again
    }
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
