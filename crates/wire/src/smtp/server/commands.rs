//! Which command is allowed when (RFC 5321 section 4.1.4).

use super::content::Phase;
use super::dialogue::{Client, Question, Session, Step};
use super::{Authentication, CloseReason, Event, Mail, Recipient, StartTls};
use crate::address::{ForwardPath, ReversePath};
use crate::smtp::Transport;
use crate::smtp::command::{Command, CommandError, MailParameters, RcptParameters};
use crate::smtp::reply::Reply;

const OK: Reply = Reply::fixed(250, (2, 0, 0), "OK");
pub(super) const HELLO_FIRST: Reply = Reply::fixed(503, (5, 5, 1), "Send EHLO first");
pub(super) const TLS_FIRST: Reply = Reply::fixed(530, (5, 7, 0), "Must issue a STARTTLS command first");
const MAIL_FIRST: Reply = Reply::fixed(503, (5, 5, 1), "Send MAIL FROM first");
pub(super) const BAD_SEQUENCE: Reply = Reply::fixed(503, (5, 5, 1), "Bad sequence of commands");
const UTF8_ADDRESS: Reply = Reply::fixed(553, (5, 6, 7), "This address needs the SMTPUTF8 parameter");

impl Session {
    pub(super) fn command(&mut self, command: Command) -> Step {
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

    pub(super) fn needs_tls(&self) -> bool {
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
}
