//! What each answer of the server leads to.

use super::session::{Awaited, Leftover, Session, State};
use super::{Capabilities, Event, SessionError, Stage, Verdict};
use crate::smtp::reply::Reply;

/// The mail that is being sent.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) content_bytes: u64,
    /// Whether the content goes right behind the commands, before they are answered.
    pub(super) content_follows: bool,
    /// One per recipient; `None` while the server has not refused it.
    pub(super) verdicts: Vec<Option<Verdict>>,
}

impl Transaction {
    fn any_open(&self) -> bool {
        self.verdicts.iter().any(Option::is_none)
    }

    /// Gives the recipients without a verdict this one.
    fn decide(&mut self, verdict: &Verdict) {
        for open in self.verdicts.iter_mut().filter(|verdict| verdict.is_none()) {
            *open = Some(verdict.clone());
        }
    }
}

impl Session {
    /// `421` can answer anything, and nothing follows it (RFC 5321 section 3.8).
    pub(super) fn server_closes(&mut self, awaited: Awaited, reply: Reply) -> Result<Event, SessionError> {
        self.state = State::Closed;
        match self.transaction.take() {
            None => Err(SessionError::Refused { stage: stage(awaited), reply }),
            Some(mut transaction) => {
                transaction.decide(&Verdict::Retry(reply));
                Ok(Event::Sent(transaction.verdicts.into_iter().flatten().collect()))
            }
        }
    }

    pub(super) fn answered(&mut self, awaited: Awaited, reply: Reply) -> Result<Option<Event>, SessionError> {
        match awaited {
            Awaited::Mail => self.mail_answered(reply),
            Awaited::Recipient(index) => self.recipient_answered(index, reply),
            Awaited::Data => return self.data_answered(reply),
            Awaited::ContentEnd => {
                self.leftover = Leftover::Nothing;
                return Ok(Some(self.finish(&Verdict::of(reply))));
            }
            Awaited::Chunk | Awaited::LastChunk => return self.chunk_answered(awaited, reply),
            Awaited::Quit => {
                self.state = State::Closed;
                return Ok(Some(Event::Closed));
            }
            _ if !reply.is_success() => return Err(SessionError::Refused { stage: stage(awaited), reply }),
            Awaited::Greeting => self.hello(),
            Awaited::Hello => {
                self.capabilities = Capabilities::parse(&reply);
                self.state = State::Ready;
            }
            Awaited::StartTls => self.state = State::Handshake,
            Awaited::Authenticate => self.state = State::Ready,
            // Nothing was said behind it, so nothing can have been answered.
            Awaited::LoneReset if !self.input.is_empty() => return Err(SessionError::UnexpectedReply),
            Awaited::Reset | Awaited::LoneReset => self.leftover = Leftover::Nothing,
        }
        // Without DATA among the commands, the envelope is complete when everything is answered.
        if self.transaction.is_some() && self.awaited.is_empty() && self.commands.is_empty() {
            return Ok(self.envelope_answered());
        }
        Ok(None)
    }

    fn any_open(&self) -> bool {
        self.transaction.as_ref().is_some_and(Transaction::any_open)
    }

    fn decide(&mut self, verdict: &Verdict) {
        if let Some(transaction) = &mut self.transaction {
            transaction.decide(verdict);
        }
    }

    fn mail_answered(&mut self, reply: Reply) {
        if reply.is_success() {
            self.leftover = Leftover::Transaction;
            return;
        }
        self.commands.clear();
        self.decide(&Verdict::of(reply));
    }

    fn recipient_answered(&mut self, index: usize, reply: Reply) {
        let slot = self.transaction.as_mut().and_then(|transaction| transaction.verdicts.get_mut(index));
        if let Some(slot) = slot.filter(|slot| slot.is_none() && !reply.is_success()) {
            *slot = Some(Verdict::of(reply));
        }
    }

    fn envelope_answered(&mut self) -> Option<Event> {
        if !self.any_open() {
            return Some(self.finished());
        }
        if self.capabilities.chunking {
            self.state = State::ContentDue;
        } else {
            self.push_command("DATA\r\n", Awaited::Data);
        }
        None
    }

    fn data_answered(&mut self, reply: Reply) -> Result<Option<Event>, SessionError> {
        match reply.code() {
            354 if self.any_open() => {
                self.state = State::ContentDue;
                Ok(None)
            }
            // Every recipient was refused and yet the server wants content: an empty one (RFC 2920 section 3.1).
            354 => {
                self.push_command(".\r\n", Awaited::ContentEnd);
                Ok(None)
            }
            400.. => Ok(Some(self.finish(&Verdict::of(reply)))),
            _ => Err(SessionError::UnexpectedReply),
        }
    }

    /// RFC 3030 section 2: a refused chunk is the end of the transaction. Those that are on their way are answered too, and no more are sent.
    fn chunk_answered(&mut self, awaited: Awaited, reply: Reply) -> Result<Option<Event>, SessionError> {
        let any_open = self.any_open();
        // RFC 5321 section 4.2.1: the second digit 0 is about the command, not about the mail.
        let is_about_command = (500..510).contains(&reply.code());
        let is_unknown = is_about_command && !self.bdat_is_known;
        self.bdat_is_known |= !is_about_command;
        if reply.is_success() {
            if awaited == Awaited::Chunk && any_open {
                return Ok(None);
            }
            self.leftover = if any_open { Leftover::Nothing } else { Leftover::Chunks };
            return Ok(self.all_chunks_answered(&Verdict::of(reply)));
        }
        if is_unknown && any_open {
            return Err(SessionError::FalseOffer);
        }
        // 503 is what a server says that knows the command and has no recipient. With any other it takes the content for commands.
        let is_lost = is_unknown && reply.code() != 503;
        self.leftover = Leftover::Chunks;
        let event = self.all_chunks_answered(&Verdict::of(reply));
        if is_lost {
            self.state = State::Closed;
        }
        Ok(event)
    }

    /// Decides, and ends the transaction when no chunk is on its way any more.
    fn all_chunks_answered(&mut self, verdict: &Verdict) -> Option<Event> {
        self.decide(verdict);
        self.state = State::Waiting;
        self.awaited.is_empty().then(|| self.finished())
    }

    fn finish(&mut self, verdict: &Verdict) -> Event {
        self.decide(verdict);
        self.finished()
    }

    fn finished(&mut self) -> Event {
        self.state = State::Ready;
        let verdicts = self.transaction.take().map(|transaction| transaction.verdicts).unwrap_or_default();
        Event::Sent(verdicts.into_iter().flatten().collect())
    }
}

fn stage(awaited: Awaited) -> Stage {
    match awaited {
        Awaited::Greeting => Stage::Greeting,
        Awaited::Hello => Stage::Hello,
        Awaited::StartTls => Stage::StartTls,
        Awaited::Authenticate => Stage::Authenticate,
        _ => Stage::Other,
    }
}
