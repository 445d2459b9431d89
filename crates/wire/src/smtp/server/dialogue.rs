//! The session: which command is allowed when, and what each answer leads to (RFC 5321 section 4.1.4 and 4.3).

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::auth;
use super::content::{Phase, Transaction};
use super::input::{Input, Line};
use super::{
    AUTH_LINE_BYTES_MAX, Authentication, CloseReason, Credentials, Event, Mail, Recipient, ServerTimeouts, Shared,
    StartTls,
};
use crate::address::{ForwardPath, ReversePath};
use crate::smtp::Transport;
use crate::smtp::command::{AuthCommand, Command, CommandError, MailParameters, RcptParameters};
use crate::smtp::reply::Reply;

/// Gathered replies beyond this many bytes are written before the next command is looked at.
const OUTPUT_BYTES_MAX: usize = 16 * 1024;

const OK: Reply = Reply::fixed(250, (2, 0, 0), "OK");
const UNANSWERED: Reply = Reply::fixed(451, (4, 3, 0), "Internal trouble, please try again later");
const HELLO_FIRST: Reply = Reply::fixed(503, (5, 5, 1), "Send EHLO first");
const TLS_FIRST: Reply = Reply::fixed(530, (5, 7, 0), "Must issue a STARTTLS command first");
const MAIL_FIRST: Reply = Reply::fixed(503, (5, 5, 1), "Send MAIL FROM first");
const BAD_SEQUENCE: Reply = Reply::fixed(503, (5, 5, 1), "Bad sequence of commands");
const UTF8_ADDRESS: Reply = Reply::fixed(553, (5, 6, 7), "This address needs the SMTPUTF8 parameter");
const BAD_CREDENTIALS_FORM: Reply = Reply::fixed(501, (5, 5, 2), "Cannot decode the response");

/// One connection's dialogue; see the [module documentation](super).
#[derive(Debug)]
pub struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) input: Input,
    pub(super) output: Vec<u8>,
    pub(super) phase: Phase,
    pub(super) question: Option<Question>,
    pub(super) transaction: Option<Transaction>,
    pub(super) reset_due: bool,
    transport: Transport,
    client: Option<Client>,
    authenticated: bool,
    skipping: bool,
    counts: Counts,
}

/// What the client said of itself.
#[derive(Debug)]
struct Client {
    name: String,
    esmtp: bool,
}

/// What the limits of a connection are measured by.
#[derive(Debug, Default)]
struct Counts {
    errors: usize,
    idle_commands: usize,
    messages: usize,
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
                self.broken_line(&Reply::fixed(500, (5, 5, 2), "Lines end with CR LF and contain neither alone"))
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

    fn command(&mut self, command: Command) -> Step {
        match command {
            Command::Mail(path, parameters) => return self.mail(path, parameters),
            Command::Rcpt(path, parameters) => return self.rcpt(path, parameters),
            Command::Data => return self.data(),
            Command::Bdat { bytes, last } => return self.bdat(bytes, last),
            Command::Auth(auth) => return self.auth(auth),
            Command::StartTls => self.starttls(),
            Command::Quit => self.close_with(&Reply::fixed(221, (2, 0, 0), "Bye"), CloseReason::Quit),
            Command::Ehlo(name) => self.hello(name, true),
            Command::Helo(name) => self.hello(name, false),
            Command::Reset => {
                self.end_transaction();
                self.idle(&OK);
            }
            Command::Noop => self.idle(&OK),
            Command::Verify => self.idle(&Reply::fixed(252, (2, 5, 0), "Cannot verify, send mail and see")),
            Command::Help => self.idle(&Reply::fixed(214, (2, 0, 0), "See RFC 5321")),
        }
        Step::Again
    }

    /// Answers a command that brings no mail; too many of them are errors.
    fn idle(&mut self, reply: &Reply) {
        if self.too_idle() {
            return self.fault(&Reply::fixed(450, (4, 7, 0), "Too many commands without mail"));
        }
        reply.write_to(&mut self.output);
    }

    fn too_idle(&mut self) -> bool {
        self.counts.idle_commands += 1;
        self.counts.idle_commands > self.shared.settings.idle_commands_max
    }

    /// `EHLO` and `HELO` begin anew (RFC 5321 section 4.1.4).
    fn hello(&mut self, name: String, esmtp: bool) {
        self.end_transaction();
        if self.too_idle() {
            return self.fault(&Reply::fixed(450, (4, 7, 0), "Too many commands without mail"));
        }
        self.client = Some(Client { name, esmtp });
        let prepared = match (esmtp, self.transport) {
            (false, _) => &self.shared.helo,
            (true, Transport::Clear) => &self.shared.ehlo_clear,
            (true, Transport::Tls) => &self.shared.ehlo_tls,
        };
        self.output.extend_from_slice(prepared);
    }

    /// RFC 3207 section 4 and 6: nothing may be buffered behind the command.
    fn starttls(&mut self) {
        if !self.shared.settings.offers_starttls(self.transport) {
            return self.fault(&CommandError::NotImplemented.reply());
        }
        self.end_transaction();
        if !self.input.pending().is_empty() {
            let reply = Reply::fixed(554, (5, 5, 1), "Data behind STARTTLS before the handshake");
            return self.close_with(&reply, CloseReason::StartTlsInjection);
        }
        Reply::fixed(220, (2, 0, 0), "Ready to start TLS").write_to(&mut self.output);
        self.phase = Phase::Handshake;
    }

    fn needs_tls(&self) -> bool {
        self.transport == Transport::Clear && self.shared.settings.starttls == StartTls::Required
    }

    fn mail(&mut self, reverse_path: ReversePath, parameters: MailParameters) -> Step {
        match self.mail_refusal(&reverse_path, &parameters) {
            Some(reply) => {
                self.fault(&reply);
                Step::Again
            }
            None if self.counts.messages >= self.shared.settings.messages_max => {
                let reply = Reply::fixed(421, (4, 7, 0), "Enough mail for one connection, please connect again");
                self.close_with(&reply, CloseReason::TooManyMessages);
                Step::Again
            }
            None => {
                self.question = Some(Question::Mail { smtputf8: parameters.smtputf8 });
                Step::Event(Event::Mail(Mail { reverse_path, parameters }))
            }
        }
    }

    fn mail_refusal(&self, reverse_path: &ReversePath, parameters: &MailParameters) -> Option<Reply> {
        let settings = &self.shared.settings;
        let Some(client) = &self.client else { return Some(HELLO_FIRST) };
        if self.needs_tls() {
            return Some(TLS_FIRST);
        }
        if self.transaction.is_some() {
            return Some(BAD_SEQUENCE);
        }
        let unoffered = (!client.esmtp && !parameters.is_empty())
            || (parameters.require_tls && self.transport == Transport::Clear)
            || (parameters.submitter.is_some() && settings.authentication == Authentication::Off);
        if unoffered {
            return Some(CommandError::UnknownParameter.reply());
        }
        if parameters.size_bytes.is_some_and(|bytes| bytes > settings.message_bytes_max) {
            return Some(Reply::fixed(552, (5, 3, 4), "The message is larger than this server accepts"));
        }
        match reverse_path {
            ReversePath::Address(typed) if !typed.is_ascii() && !parameters.smtputf8 => Some(UTF8_ADDRESS),
            _ => None,
        }
    }

    fn rcpt(&mut self, path: ForwardPath, parameters: RcptParameters) -> Step {
        let refusal = match (&self.transaction, &self.client) {
            (None, _) => Some(MAIL_FIRST),
            (Some(transaction), _) if transaction.chunking => Some(BAD_SEQUENCE),
            (Some(_), Some(client)) if !client.esmtp && !parameters.is_empty() => {
                Some(CommandError::UnknownParameter.reply())
            }
            (Some(transaction), _) if transaction.recipients >= self.shared.settings.recipients_max => {
                // Not an error: the client sends the rest in another transaction (RFC 5321 section 4.5.3.1.10).
                Reply::fixed(452, (4, 5, 3), "Too many recipients, send the rest separately")
                    .write_to(&mut self.output);
                return Step::Again;
            }
            (Some(transaction), _) => match &path {
                ForwardPath::Address(typed) if !typed.is_ascii() && !transaction.smtputf8 => Some(UTF8_ADDRESS),
                _ => None,
            },
        };
        if let Some(reply) = refusal {
            self.fault(&reply);
            return Step::Again;
        }
        self.question = Some(Question::Recipient);
        Step::Event(Event::Recipient(Recipient { path, parameters }))
    }

    /// RFC 4954 section 4.
    fn auth(&mut self, command: AuthCommand) -> Step {
        let settings = &self.shared.settings;
        let refusal = if settings.authentication == Authentication::Off {
            Some(CommandError::NotImplemented.reply())
        } else if !settings.offers_auth(self.transport) {
            Some(Reply::fixed(538, (5, 7, 11), "Encryption required, start TLS first"))
        } else if !self.client.as_ref().is_some_and(|client| client.esmtp) {
            Some(HELLO_FIRST)
        } else if self.needs_tls() {
            Some(TLS_FIRST)
        } else if self.authenticated || self.transaction.is_some() {
            Some(BAD_SEQUENCE)
        } else {
            None
        };
        if let Some(reply) = refusal {
            self.fault(&reply);
            return Step::Again;
        }
        let initial =
            command.initial.map(|initial| Zeroizing::new(if initial == "=" { String::new() } else { initial }));
        let phase = match command.mechanism.as_str() {
            "PLAIN" => Phase::AuthPlain,
            "LOGIN" => Phase::AuthLoginUser,
            _ => {
                self.fault(&Reply::fixed(504, (5, 5, 4), "Unknown authentication mechanism"));
                return Step::Again;
            }
        };
        // Base64 of "Username:", as LOGIN has it.
        let challenge: &[u8] = if matches!(phase, Phase::AuthPlain) { b"334 \r\n" } else { b"334 VXNlcm5hbWU6\r\n" };
        self.phase = phase;
        match initial {
            Some(initial) => self.auth_line(&initial),
            None => {
                self.output.extend_from_slice(challenge);
                Step::Again
            }
        }
    }

    /// One line of the exchange behind `AUTH`; `*` gives up.
    fn auth_line(&mut self, line: &str) -> Step {
        let phase = std::mem::replace(&mut self.phase, Phase::Command);
        if line == "*" {
            self.fault(&Reply::fixed(501, (5, 7, 0), "Authentication cancelled"));
            return Step::Again;
        }
        let credentials: Option<Credentials> = match phase {
            Phase::AuthPlain => auth::plain(line),
            Phase::AuthLoginPassword(user) => auth::answer(line).map(|password| auth::login(user, password)),
            _ => {
                if let Some(user) = auth::answer(line) {
                    self.phase = Phase::AuthLoginPassword(user.to_string());
                    // Base64 of "Password:".
                    self.output.extend_from_slice(b"334 UGFzc3dvcmQ6\r\n");
                    return Step::Again;
                }
                None
            }
        };
        if let Some(credentials) = credentials {
            self.question = Some(Question::Authenticate);
            return Step::Event(Event::Authenticate(credentials));
        }
        self.fault(&BAD_CREDENTIALS_FORM);
        Step::Again
    }
}
