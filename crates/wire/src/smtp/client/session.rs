//! The client session: what was asked, and what is still to be answered.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::answers::Transaction;
use super::content::{CHUNK_BYTES_MAX, Framing};
use super::reply_reader::read_reply;
use super::{Capabilities, ClientSettings, Envelope, EnvelopeError, Event, SessionError};
use crate::smtp::Transport;

/// Room offered for reading replies, in bytes.
const READ_BYTES: usize = 2 * 1024;

/// One connection's dialogue; see the [module documentation](super).
pub struct Session {
    settings: ClientSettings,
    transport: Transport,
    pub(super) capabilities: Capabilities,
    pub(super) input: Vec<u8>,
    pub(super) output: Vec<u8>,
    /// Commands to come that wait for a reply, when they cannot be pipelined.
    pub(super) commands: VecDeque<(String, Awaited)>,
    /// Commands that were sent, oldest first.
    pub(super) awaited: VecDeque<Awaited>,
    pub(super) state: State,
    pub(super) transaction: Option<Transaction>,
    pub(super) leftover: Leftover,
    pub(super) bdat_is_known: bool,
    /// Whether something was said of the content of the last mail, and not only of its envelope.
    content_was_answered: bool,
    replies_read: usize,
}

/// What the server may still hold of the transaction before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leftover {
    Nothing,
    /// An unfinished transaction: `RSET` goes before the next.
    Transaction,
    /// After a refused chunk "the resulting state is indeterminate" (RFC 3030 section 2): the answer to `RSET` is awaited before anything else is said.
    Chunks,
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
    /// `RSET` with nothing behind it.
    LoneReset,
    Mail,
    Recipient(usize),
    Data,
    ContentEnd,
    Chunk,
    LastChunk,
    Quit,
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
            leftover: Leftover::Nothing,
            bdat_is_known: false,
            content_was_answered: false,
            replies_read: 0,
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
            match &self.state {
                // Whatever came unasked would be taken for the answer to the next command.
                State::Ready | State::ContentDue if self.awaited.is_empty() && !self.input.is_empty() => {
                    return Err(SessionError::UnexpectedReply);
                }
                State::Ready => return Ok(Event::Ready),
                State::Handshake => return Ok(Event::StartTls),
                State::ContentDue => return Ok(Event::SendContent),
                State::Content(framing) => {
                    if let Some(event) = self.content_event(framing) {
                        return Ok(event);
                    }
                }
                State::Closed => return Err(SessionError::NotReady),
                State::Waiting => {}
            }
            let Some((reply, consumed)) = read_reply(&self.input)? else {
                return Ok(if self.takes_content() { Event::SendContent } else { Event::Read });
            };
            self.input.drain(..consumed);
            self.replies_read += 1;
            let awaited = self.awaited.pop_front().ok_or(SessionError::UnexpectedReply)?;
            if awaited == Awaited::StartTls && reply.is_success() && !self.input.is_empty() {
                return Err(SessionError::StartTlsInjection);
            }
            self.content_was_answered |= matches!(awaited, Awaited::ContentEnd | Awaited::Chunk | Awaited::LastChunk);
            if reply.code() == 421 && awaited != Awaited::Quit {
                return self.server_closes(awaited, reply);
            }
            if let Some(event) = self.answered(awaited, reply)? {
                return Ok(event);
            }
            self.send_commands();
        }
    }

    pub(super) fn hello(&mut self) {
        let line = format!("EHLO {}\r\n", self.settings.host_name);
        self.push_command(&line, Awaited::Hello);
    }

    pub(super) fn push_command(&mut self, line: &str, awaited: Awaited) {
        self.output.extend_from_slice(line.as_bytes());
        self.awaited.push_back(awaited);
        self.state = State::Waiting;
    }

    /// Sends the commands to come: all at once where pipelining is offered, else one at a time.
    fn send_commands(&mut self) {
        while self.may_follow() {
            let Some((line, awaited)) = self.commands.pop_front() else { break };
            self.push_command(&line, awaited);
        }
        if self.commands.is_empty()
            && let Some(transaction) = &mut self.transaction
            && std::mem::take(&mut transaction.content_follows)
        {
            self.state = State::ContentDue;
        }
    }

    /// Whether a command may be sent now, behind those that are not answered yet.
    fn may_follow(&self) -> bool {
        match self.awaited.back() {
            None => true,
            Some(last) => self.capabilities.pipelining && *last != Awaited::LoneReset,
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
        match self.leftover {
            Leftover::Nothing => {}
            Leftover::Transaction => self.commands.push_back(("RSET\r\n".to_owned(), Awaited::Reset)),
            Leftover::Chunks => self.commands.push_back(("RSET\r\n".to_owned(), Awaited::LoneReset)),
        }
        self.commands.push_back((envelope.mail_command(&self.capabilities), Awaited::Mail));
        for (index, recipient) in envelope.recipients.iter().enumerate() {
            self.commands.push_back((recipient.rcpt_command(&self.capabilities), Awaited::Recipient(index)));
        }
        let Capabilities { pipelining, chunking, .. } = self.capabilities;
        if pipelining && !chunking {
            self.commands.push_back(("DATA\r\n".to_owned(), Awaited::Data));
        }
        self.transaction = Some(Transaction {
            content_bytes: envelope.content_bytes,
            content_follows: pipelining && chunking && fits_into_one_chunk(envelope.content_bytes),
            verdicts: vec![None; envelope.recipients.len()],
        });
        self.content_was_answered = false;
        self.send_commands();
        Ok(())
    }

    /// Takes back the belief that the server knows `BDAT`, whatever it offers: content goes by `DATA`. For servers of which a [`SessionError::FalseOffer`] is
    /// known.
    pub fn send_by_data(&mut self) {
        self.capabilities.chunking = false;
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

    /// How many replies were read. The time for the next one begins when the one before has come.
    pub fn replies_read(&self) -> usize {
        self.replies_read
    }

    /// Whether the server has shown that it knows `BDAT`: it has answered one, and not that it does not understand.
    pub fn knows_bdat(&self) -> bool {
        self.bdat_is_known
    }

    /// Whether the server has said something of the content of the last mail, or of a part of it. If not, and [`Event::Sent`] came, it has not taken it.
    pub fn content_was_answered(&self) -> bool {
        self.content_was_answered
    }

    /// How long to wait now: for the next reply, or for writing a piece of content.
    pub fn timeout(&self) -> Duration {
        let timeouts = &self.settings.timeouts;
        match (&self.state, self.awaited.front()) {
            (State::ContentDue | State::Content(Framing::Dots { .. }), _) => timeouts.content,
            (_, Some(Awaited::Greeting)) => timeouts.greeting,
            (_, Some(Awaited::Data)) => timeouts.data,
            (_, Some(Awaited::Chunk)) => timeouts.chunk,
            (_, Some(Awaited::ContentEnd | Awaited::LastChunk)) => timeouts.content_end,
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

fn fits_into_one_chunk(content_bytes: u64) -> bool {
    usize::try_from(content_bytes).is_ok_and(|bytes| bytes <= CHUNK_BYTES_MAX)
}
