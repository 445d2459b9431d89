//! The session: lines in, questions out, and what each answer leads to (RFC 5321 section 4.3).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::content::{Phase, Transaction};
use super::input::{Input, Line};
use super::{AUTH_LINE_BYTES_MAX, CloseReason, Event, ServerTimeouts, Shared};
use crate::smtp::Transport;
use crate::smtp::command::Command;
use crate::smtp::reply::Reply;

/// Gathered replies beyond this many bytes are written before the next command is looked at.
const OUTPUT_BYTES_MAX: usize = 16 * 1024;

const UNANSWERED: Reply = Reply::fixed(451, (4, 3, 0), "Internal trouble, please try again later");

/// One connection's dialogue; see the [module documentation](super).
pub struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) input: Input,
    pub(super) output: Vec<u8>,
    pub(super) phase: Phase,
    pub(super) question: Option<Question>,
    pub(super) transaction: Option<Transaction>,
    pub(super) reset_due: bool,
    pub(super) transport: Transport,
    pub(super) client: Option<Client>,
    pub(super) authenticated: bool,
    pub(super) skipping: bool,
    pub(super) counts: Counts,
}

/// What the client said of itself.
pub(super) struct Client {
    pub(super) name: String,
    pub(super) esmtp: bool,
}

/// What the limits of a connection are measured by.
#[derive(Default)]
pub(super) struct Counts {
    errors: usize,
    pub(super) idle_commands: usize,
    pub(super) messages: usize,
    refused_recipients: usize,
}

/// A decision that the driver owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    Authenticate,
    Mail { smtputf8: bool },
    Recipient,
    ContentStart(Start),
    ContentEnd,
}

/// How content is about to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    Data,
    Chunk { bytes: u64, last: bool },
}

/// An event whose content is still a place in the input buffer.
pub(super) enum Step {
    Event(Event<'static>),
    Content(std::ops::Range<usize>),
    Again,
}

impl Session {
    pub(super) fn new(shared: Arc<Shared>, transport: Transport) -> Self {
        Self {
            output: shared.greeting.clone(),
            shared,
            input: Input::default(),
            phase: Phase::Command,
            question: None,
            transaction: None,
            reset_due: false,
            transport,
            client: None,
            authenticated: false,
            skipping: false,
            counts: Counts::default(),
        }
    }

    /// Says what to do next. An undecided question of the last event is answered with `451` first.
    pub fn next_event(&mut self) -> Event<'_> {
        if self.question.is_some() {
            self.answer(UNANSWERED);
        }
        loop {
            if std::mem::take(&mut self.reset_due) {
                return Event::Reset;
            }
            if self.output.len() > OUTPUT_BYTES_MAX {
                return Event::Write;
            }
            match self.step() {
                Step::Again => {}
                Step::Event(event) => return event,
                Step::Content(place) => return Event::Content(self.input.slice(place)),
            }
        }
    }

    fn step(&mut self) -> Step {
        match self.phase {
            Phase::Closing(reason) => Step::Event(Event::Close(reason)),
            Phase::Handshake => Step::Event(Event::StartTls),
            Phase::Command | Phase::AuthPlain | Phase::AuthLoginUser | Phase::AuthLoginPassword(_) => self.line_step(),
            Phase::Data(_) | Phase::SkipData { .. } | Phase::Chunk { .. } | Phase::SkipChunk { .. } => {
                self.content_step()
            }
        }
    }

    /// The replies that wait to be written.
    pub fn output(&self) -> &[u8] {
        &self.output
    }

    /// Forgets the output once it is written.
    pub fn clear_output(&mut self) {
        self.output.clear();
    }

    /// Where to append what was read; it has spare capacity for one read of a sensible size.
    pub fn input_buffer(&mut self) -> &mut Vec<u8> {
        let content = self.in_content();
        self.input.buffer(content)
    }

    /// How long to wait for the client now.
    pub fn read_timeout(&self) -> Duration {
        let ServerTimeouts { command, content, handshake } = self.shared.settings.timeouts;
        match self.phase {
            Phase::Handshake => handshake,
            _ if self.in_content() => content,
            _ => command,
        }
    }

    /// What the bytes travel on.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The name the client gave in `EHLO` or `HELO`; nothing proves it.
    pub fn client_name(&self) -> Option<&str> {
        self.client.as_ref().map(|client| client.name.as_str())
    }

    /// Whether the client authenticated by `AUTH`.
    pub fn is_authenticated(&self) -> bool {
        self.authenticated
    }

    /// Tells that the handshake after [`Event::StartTls`] is done. All that was said before is forgotten (RFC 3207
    /// section 4.2).
    pub fn tls_established(&mut self) {
        if matches!(self.phase, Phase::Handshake) {
            self.transport = Transport::Tls;
            self.client = None;
            self.authenticated = false;
            self.input.clear();
            self.phase = Phase::Command;
        }
    }

    /// Ends the session with a reply, such as `421 4.4.2` after a timeout or `421 4.3.2` before a shutdown.
    pub fn close(&mut self, reply: &Reply) {
        self.question = None;
        self.end_transaction();
        self.close_with(reply, CloseReason::ByDriver);
    }

    /// Decides the question of the last event in the client's favour, with the usual reply.
    pub fn accept(&mut self) {
        let reply = match self.question {
            None => return,
            Some(Question::Authenticate) => Reply::fixed(235, (2, 7, 0), "Authentication succeeded"),
            Some(Question::Mail { .. }) => Reply::fixed(250, (2, 1, 0), "Sender OK"),
            Some(Question::Recipient) => Reply::fixed(250, (2, 1, 5), "Recipient OK"),
            Some(Question::ContentStart(_)) => Reply::bare(354, "End data with <CR><LF>.<CR><LF>"),
            Some(Question::ContentEnd) => Reply::fixed(250, (2, 0, 0), "Accepted"),
        };
        self.answer(reply);
    }

    /// Decides the question of the last event with a reply of one's own: 2xx accepts, 4xx and 5xx refuse, 421 also closes.
    ///
    /// For [`Event::ContentStart`] only refusals make sense; to go on, use [`accept`](Self::accept).
    pub fn answer(&mut self, reply: Reply) {
        let Some(question) = self.question.take() else { return };
        let accepted = reply.is_positive();
        if reply.code() == 421 {
            self.transaction = None;
            return self.close_with(&reply, CloseReason::ByDriver);
        }
        match question {
            Question::Mail { smtputf8 } if accepted => self.transaction = Some(Transaction::new(smtputf8)),
            Question::Mail { .. } if reply.is_permanent() => return self.fault(&reply),
            Question::Authenticate if !accepted => return self.fault(&reply),
            Question::Authenticate => self.authenticated = true,
            Question::Recipient => return self.recipient_decided(&reply),
            Question::ContentStart(start) => return self.content_decided(start, reply),
            Question::ContentEnd => {
                self.transaction = None;
                if accepted {
                    self.counts.messages += 1;
                    self.counts.idle_commands = 0;
                }
            }
            Question::Mail { .. } => {}
        }
        reply.write_to(&mut self.output);
    }

    /// Refused recipients are ordinary, but whoever tries very many of them is looking for addresses.
    fn recipient_decided(&mut self, reply: &Reply) {
        if reply.is_positive() {
            if let Some(transaction) = &mut self.transaction {
                transaction.recipients += 1;
            }
        } else {
            self.counts.refused_recipients += 1;
            if self.counts.refused_recipients > self.shared.settings.recipients_max {
                return self.fault(reply);
            }
        }
        reply.write_to(&mut self.output);
    }

    pub(super) fn close_with(&mut self, reply: &Reply, reason: CloseReason) {
        reply.write_to(&mut self.output);
        self.phase = Phase::Closing(reason);
    }

    /// Writes a reply that counts as an error of the client.
    pub(super) fn fault(&mut self, reply: &Reply) {
        reply.write_to(&mut self.output);
        self.counts.errors += 1;
        if self.counts.errors > self.shared.settings.errors_max {
            self.end_transaction();
            self.close_with(&Reply::fixed(421, (4, 7, 0), "Too many errors"), CloseReason::TooManyErrors);
        }
    }

    /// Forgets an open transaction; the driver hears of it by [`Event::Reset`].
    pub(super) fn end_transaction(&mut self) {
        self.reset_due |= self.transaction.take().is_some();
    }

    fn line_step(&mut self) -> Step {
        let in_command = matches!(self.phase, Phase::Command);
        let bytes_max = if in_command { self.shared.settings.command_line_bytes_max } else { AUTH_LINE_BYTES_MAX };
        match self.input.line(bytes_max, &mut self.skipping) {
            Line::Incomplete => return Step::Event(Event::Read),
            Line::TooLong => self.broken_line(&Reply::fixed(500, (5, 5, 2), "Line too long")),
            Line::BadEnding => {
                self.broken_line(&Reply::fixed(500, (5, 5, 2), "Lines end with CR LF and contain neither alone"));
            }
            Line::Text(place) if in_command => match Command::parse(self.input.slice(place)) {
                Ok(command) => return self.command(command),
                Err(error) => self.fault(&error.reply()),
            },
            Line::Text(place) => {
                let text = Zeroizing::new(String::from_utf8_lossy(self.input.slice(place)).into_owned());
                return self.auth_line(&text);
            }
        }
        Step::Again
    }

    fn broken_line(&mut self, reply: &Reply) {
        self.phase = Phase::Command;
        self.fault(reply);
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({:?}, {:?}, {} errors)", self.transport, self.input, self.counts.errors)
    }
}
