//! The client session: what was asked, what is still to be answered, and what each answer leads to.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::content::Framing;
use super::reply_reader::read_reply;
use super::{Capabilities, ClientSettings, Envelope, EnvelopeError, Event, SessionError, Stage, Verdict};
use crate::smtp::Transport;
use crate::smtp::reply::Reply;

/// Room offered for reading replies, in bytes.
const READ_BYTES: usize = 2 * 1024;

/// One connection's dialogue; see the [module documentation](super).
pub struct Session {
    settings: ClientSettings,
    transport: Transport,
    pub(super) capabilities: Capabilities,
    input: Vec<u8>,
    pub(super) output: Vec<u8>,
    /// Commands to come that wait for a reply, when they cannot be pipelined.
    commands: VecDeque<(String, Awaited)>,
    /// Commands that were sent, oldest first.
    pub(super) awaited: VecDeque<Awaited>,
    pub(super) state: State,
    pub(super) transaction: Option<Transaction>,
    /// Whether the server may still hold an unfinished transaction.
    reset_due: bool,
}

#[derive(Debug)]
pub(super) enum State {
    /// Waiting for replies.
    Waiting,
    Ready,
    Handshake,
    /// The content can be sent; nothing of it was.
    ContentDue,
    Content(Framing),
    Closed,
}

/// What a reply will be the answer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    Greeting,
    Hello,
    StartTls,
    Authenticate,
    Reset,
    Mail,
    Recipient(usize),
    Data,
    ContentEnd,
    Quit,
}

/// The mail that is being sent.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) content_bytes: u64,
    /// One per recipient; `None` while the server has not refused it.
    verdicts: Vec<Option<Verdict>>,
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
    /// Begins with a fresh connection, on which the server speaks first.
    pub fn new(settings: ClientSettings, transport: Transport) -> Self {
        Self {
            settings,
            transport,
            capabilities: Capabilities::default(),
            input: Vec::new(),
            output: Vec::new(),
            commands: VecDeque::new(),
            awaited: VecDeque::from([Awaited::Greeting]),
            state: State::Waiting,
            transaction: None,
            reset_due: false,
        }
    }

    /// Says what to do next. After an error, close the connection.
    pub fn next_event(&mut self) -> Result<Event, SessionError> {
        let event = self.advance();
        if event.is_err() {
            self.state = State::Closed;
        }
        event
    }

    fn advance(&mut self) -> Result<Event, SessionError> {
        loop {
            match self.state {
                // Whatever came unasked would be taken for the answer to the next command.
                State::Ready if !self.input.is_empty() => return Err(SessionError::UnexpectedReply),
                State::Ready => return Ok(Event::Ready),
                State::Handshake => return Ok(Event::StartTls),
                State::ContentDue => return Ok(Event::SendContent),
                State::Content(_) | State::Closed => return Err(SessionError::NotReady),
                State::Waiting => {}
            }
            let Some((reply, consumed)) = read_reply(&self.input)? else { return Ok(Event::Read) };
            self.input.drain(..consumed);
            let awaited = self.awaited.pop_front().ok_or(SessionError::UnexpectedReply)?;
            if awaited == Awaited::StartTls && reply.is_success() && !self.input.is_empty() {
                return Err(SessionError::StartTlsInjection);
            }
            if reply.code() == 421 && awaited != Awaited::Quit {
                return self.server_closes(awaited, reply);
            }
            if let Some(event) = self.answered(awaited, reply)? {
                return Ok(event);
            }
            self.send_commands();
        }
    }

    /// `421` can answer anything, and nothing follows it (RFC 5321 section 3.8).
    fn server_closes(&mut self, awaited: Awaited, reply: Reply) -> Result<Event, SessionError> {
        self.state = State::Closed;
        match self.transaction.take() {
            None => Err(SessionError::Refused { stage: stage(awaited), reply }),
            Some(mut transaction) => {
                transaction.decide(&Verdict::Retry(reply));
                Ok(Event::Sent(transaction.verdicts.into_iter().flatten().collect()))
            }
        }
    }

    fn answered(&mut self, awaited: Awaited, reply: Reply) -> Result<Option<Event>, SessionError> {
        match awaited {
            Awaited::Mail => self.mail_answered(reply),
            Awaited::Recipient(index) => self.recipient_answered(index, reply),
            Awaited::Data => return self.data_answered(reply),
            Awaited::ContentEnd => {
                self.reset_due = false;
                return Ok(Some(self.finish(&Verdict::of(reply))));
            }
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
            Awaited::Reset => self.reset_due = false,
        }
        // Without DATA among the commands, the envelope is complete when everything is answered.
        if self.transaction.is_some() && self.awaited.is_empty() && self.commands.is_empty() {
            return Ok(self.envelope_answered());
        }
        Ok(None)
    }

    fn mail_answered(&mut self, reply: Reply) {
        if reply.is_success() {
            self.reset_due = true;
            return;
        }
        self.commands.clear();
        if let Some(transaction) = &mut self.transaction {
            transaction.decide(&Verdict::of(reply));
        }
    }

    fn recipient_answered(&mut self, index: usize, reply: Reply) {
        let slot = self.transaction.as_mut().and_then(|transaction| transaction.verdicts.get_mut(index));
        if let Some(slot) = slot.filter(|slot| slot.is_none() && !reply.is_success()) {
            *slot = Some(Verdict::of(reply));
        }
    }

    fn envelope_answered(&mut self) -> Option<Event> {
        if self.transaction.as_ref().is_some_and(Transaction::any_open) {
            if self.capabilities.chunking {
                self.state = State::ContentDue;
            } else {
                self.push_command("DATA\r\n", Awaited::Data);
            }
            return None;
        }
        Some(self.finished())
    }

    fn data_answered(&mut self, reply: Reply) -> Result<Option<Event>, SessionError> {
        let any_open = self.transaction.as_ref().is_some_and(Transaction::any_open);
        match reply.code() {
            354 if any_open => {
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

    fn finish(&mut self, verdict: &Verdict) -> Event {
        if let Some(transaction) = &mut self.transaction {
            transaction.decide(verdict);
        }
        self.finished()
    }

    fn finished(&mut self) -> Event {
        self.state = State::Ready;
        let verdicts = self.transaction.take().map(|transaction| transaction.verdicts).unwrap_or_default();
        Event::Sent(verdicts.into_iter().flatten().collect())
    }

    fn hello(&mut self) {
        let line = format!("EHLO {}\r\n", self.settings.host_name);
        self.push_command(&line, Awaited::Hello);
    }

    fn push_command(&mut self, line: &str, awaited: Awaited) {
        self.output.extend_from_slice(line.as_bytes());
        self.awaited.push_back(awaited);
        self.state = State::Waiting;
    }

    /// Sends the commands to come: all at once where pipelining is offered, else one at a time.
    fn send_commands(&mut self) {
        while self.capabilities.pipelining || self.awaited.is_empty() {
            let Some((line, awaited)) = self.commands.pop_front() else { return };
            self.push_command(&line, awaited);
        }
    }

    /// Asks for TLS; on [`Event::Ready`], where it is offered.
    pub fn start_tls(&mut self) -> Result<(), SessionError> {
        self.ready()?;
        if self.transport == Transport::Tls || !self.capabilities.starttls {
            return Err(SessionError::NotOffered);
        }
        self.push_command("STARTTLS\r\n", Awaited::StartTls);
        Ok(())
    }

    /// Tells that the handshake is done. What the server said before is forgotten and asked again (RFC 3207 section 4.2).
    pub fn tls_established(&mut self) {
        if matches!(self.state, State::Handshake) {
            self.transport = Transport::Tls;
            self.capabilities = Capabilities::default();
            self.hello();
        }
    }

    /// Authenticates by `PLAIN` (RFC 4616); on [`Event::Ready`], over TLS, where it is offered.
    pub fn authenticate(&mut self, user: &str, password: &str) -> Result<(), SessionError> {
        self.ready()?;
        if self.transport == Transport::Clear {
            return Err(SessionError::ClearTransport);
        }
        if !self.capabilities.auth_plain {
            return Err(SessionError::NotOffered);
        }
        let message = Zeroizing::new(format!("\0{user}\0{password}"));
        let line = Zeroizing::new(format!("AUTH PLAIN {}\r\n", BASE64.encode(message.as_bytes())));
        self.push_command(&line, Awaited::Authenticate);
        Ok(())
    }

    fn ready(&self) -> Result<(), SessionError> {
        if matches!(self.state, State::Ready) && self.input.is_empty() { Ok(()) } else { Err(SessionError::NotReady) }
    }

    /// Begins a transaction; on [`Event::Ready`]. [`Event::SendContent`] or [`Event::Sent`] will follow.
    pub fn send(&mut self, envelope: &Envelope) -> Result<(), EnvelopeError> {
        self.ready().map_err(|_| EnvelopeError::NotReady)?;
        envelope.check(&self.capabilities)?;
        if self.reset_due {
            self.commands.push_back(("RSET\r\n".to_owned(), Awaited::Reset));
        }
        self.commands.push_back((envelope.mail_command(&self.capabilities), Awaited::Mail));
        for (index, recipient) in envelope.recipients.iter().enumerate() {
            self.commands.push_back((recipient.rcpt_command(&self.capabilities), Awaited::Recipient(index)));
        }
        if self.capabilities.pipelining && !self.capabilities.chunking {
            self.commands.push_back(("DATA\r\n".to_owned(), Awaited::Data));
        }
        let verdicts = vec![None; envelope.recipients.len()];
        self.transaction = Some(Transaction { content_bytes: envelope.content_bytes, verdicts });
        self.send_commands();
        Ok(())
    }

    /// Says goodbye; on [`Event::Ready`]. [`Event::Closed`] follows.
    pub fn quit(&mut self) {
        if matches!(self.state, State::Ready) {
            self.push_command("QUIT\r\n", Awaited::Quit);
        }
    }

    /// What the server offers on the present transport; nothing before the first [`Event::Ready`].
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// What the bytes travel on.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The bytes that wait to be written.
    pub fn output(&self) -> &[u8] {
        &self.output
    }

    /// Forgets the output once it is written.
    pub fn clear_output(&mut self) {
        self.output.clear();
    }

    /// Where to append what was read; it has spare capacity.
    pub fn input_buffer(&mut self) -> &mut Vec<u8> {
        self.input.reserve(READ_BYTES);
        &mut self.input
    }

    /// How long to wait now: for the next reply, or for writing a piece of content.
    pub fn timeout(&self) -> Duration {
        let timeouts = &self.settings.timeouts;
        match (&self.state, self.awaited.front()) {
            (State::ContentDue | State::Content(_), _) => timeouts.content,
            (_, Some(Awaited::Greeting)) => timeouts.greeting,
            (_, Some(Awaited::Data)) => timeouts.data,
            (_, Some(Awaited::ContentEnd)) => timeouts.content_end,
            (_, Some(Awaited::Quit)) => timeouts.quit,
            _ => timeouts.command,
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({:?}, {:?}, awaiting {:?})", self.transport, self.state, self.awaited)
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
