//! The server end of SMTP: bytes in, events out, decisions back (RFC 5321).
//!
//! A [`Server`] is made once from checked settings; each connection gets a [`Session`]. The *driver* owns the socket and
//! the clock. It writes what is in [`output`](Session::output), reads into [`input_buffer`](Session::input_buffer), and
//! asks [`next_event`](Session::next_event) what to do:
//!
//! | event | the driver |
//! | --- | --- |
//! | [`Event::Read`] | writes the output, clears it, reads at least one byte into the input buffer |
//! | [`Event::Write`] | writes the output, clears it, asks again |
//! | [`Event::StartTls`] | writes the output, does the handshake, calls [`tls_established`](Session::tls_established) |
//! | [`Event::Authenticate`], [`Event::Mail`], [`Event::Recipient`] | decides: [`accept`](Session::accept) or [`answer`](Session::answer) |
//! | [`Event::ContentStart`] | makes room for the content, then `accept`, or `answer` with a refusal such as `452` |
//! | [`Event::Content`] | keeps the bytes; if it cannot, [`fail_content`](Session::fail_content) |
//! | [`Event::ContentEnd`] | makes the mail durable, then `accept`, or `answer` (P2) |
//! | [`Event::Reset`] | forgets the transaction and its content |
//! | [`Event::Close`] | writes the output and closes |
//!
//! A decision that is not given before the next question counts as `451 4.3.0`: nothing is accepted by oversight. Within
//! a transaction the order is `Mail`, `Recipient` (several), `ContentStart`, `Content` (several), `ContentEnd`.
//! `Reset` can come at any point of it; after a refused `ContentStart`, after `fail_content` and after `ContentEnd` the
//! transaction is over without it.
//!
//! Replies to pipelined commands gather in the output until there is nothing more to do, and leave in one write (RFC
//! 2920). The content is handed out as slices of the input buffer, without a copy.
//!
//! ```
//! use wire::address::Domain;
//! use wire::smtp::Transport;
//! use wire::smtp::reply::Reply;
//! use wire::smtp::server::{Event, Server, ServerSettings};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::new(ServerSettings::new(Domain::parse("mail.example.org")?))?;
//! let mut session = server.session(Transport::Clear);
//! # let mut wire_in = vec![
//! #     &b"EHLO client.example\r\n"[..],
//! #     b"MAIL FROM:<a@client.example>\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<x@example.org>\r\nDATA\r\n",
//! #     b"Subject: Hello\r\n\r\n..\r\n.\r\nQUIT\r\n",
//! # ].into_iter();
//! let mut sent = Vec::new(); // stands for the socket
//! let mut spool = Vec::new();
//! loop {
//!     match session.next_event() {
//!         Event::Read => {
//!             sent.extend_from_slice(session.output());
//!             session.clear_output();
//!             let Some(read) = wire_in.next() else { break }; // with a timeout of session.read_timeout()
//!             session.input_buffer().extend_from_slice(read); // or stream.read_buf(session.input_buffer())
//!         }
//!         Event::Write => {
//!             sent.extend_from_slice(session.output());
//!             session.clear_output();
//!         }
//!         Event::StartTls => unreachable!("not offered by these settings"),
//!         Event::Authenticate(_credentials) => session.answer(Reply::fixed(535, (5, 7, 8), "Not known here")),
//!         Event::Mail(mail) if mail.parameters.require_tls => session.answer(Reply::fixed(550, (5, 7, 30), "No")),
//!         Event::Mail(_) => session.accept(),
//!         Event::Recipient(recipient) => match recipient.path.address() {
//!             Some(address) if address.as_str() == "b@example.org" => session.accept(),
//!             _ => session.answer(Reply::fixed(550, (5, 1, 1), "No such recipient")),
//!         },
//!         Event::ContentStart => session.accept(),
//!         Event::Content(bytes) => spool.extend_from_slice(bytes),
//!         Event::ContentEnd => session.accept(), // only now, with everything on disk
//!         Event::Reset => spool.clear(),
//!         Event::Close(_reason) => {
//!             sent.extend_from_slice(session.output());
//!             break;
//!         }
//!     }
//! }
//! assert_eq!(spool, b"Subject: Hello\r\n\r\n.\r\n");
//! assert!(sent.ends_with(b"221 2.0.0 Bye\r\n"));
//! # Ok(())
//! # }
//! ```

mod auth;
mod commands;
mod content;
mod dialogue;
mod input;
mod settings;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::sync::Arc;

use super::Transport;
use super::command::{MailParameters, RcptParameters};
use crate::address::{ForwardPath, ReversePath};

pub use auth::{AUTH_LINE_BYTES_MAX, CREDENTIAL_BYTES_MAX, Credentials, Mechanism};
pub use dialogue::Session;
pub use settings::{Authentication, ServerSettings, ServerTimeouts, SettingError, StartTls};

/// What the driver has to do next; see the [module documentation](self).
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Write the output, then read.
    Read,
    /// Write the output, then ask again: many replies have gathered.
    Write,
    /// The client asked for TLS and nothing is buffered behind.
    StartTls,
    /// Are these credentials right? `accept` is `235`, a refusal is `535 5.7.8`.
    Authenticate(Credentials),
    /// May this sender begin a transaction?
    Mail(Mail),
    /// Is there a way to this recipient? Each one gets an answer of its own.
    Recipient(Recipient),
    /// The content is about to come; is there room for it?
    ContentStart,
    /// The next bytes of content, decoded, never empty.
    Content(&'a [u8]),
    /// The content is complete. `accept` takes responsibility for the mail.
    ContentEnd,
    /// The transaction was given up by the client, or refused for its content.
    Reset,
    /// Write the output and close.
    Close(CloseReason),
}

/// A sender that asks to begin a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Where failures are reported.
    pub reverse_path: ReversePath,
    /// What the client asked for; limits and offers have been checked.
    pub parameters: MailParameters,
}

/// A recipient of the transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// For whom it is.
    pub path: ForwardPath,
    /// What the client asked for.
    pub parameters: RcptParameters,
}

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The client said `QUIT`.
    Quit,
    /// Bare CR, bare LF or NUL in the content: nothing behind it can be trusted.
    Smuggling,
    /// Bytes came behind `STARTTLS`, before the handshake (RFC 3207 section 6).
    StartTlsInjection,
    /// More errors than `errors_max`.
    TooManyErrors,
    /// Far more content than allowed.
    TooMuchContent,
    /// As many mails as one connection may bring.
    TooManyMessages,
    /// The driver asked for it.
    ByDriver,
}

/// A server with checked settings, shared by its sessions.
#[derive(Debug, Clone)]
pub struct Server {
    shared: Arc<Shared>,
}

/// What all sessions have in common, made ready once.
#[derive(Debug)]
struct Shared {
    settings: ServerSettings,
    greeting: Vec<u8>,
    helo: Vec<u8>,
    ehlo_clear: Vec<u8>,
    ehlo_tls: Vec<u8>,
}

impl Server {
    /// Checks the settings against their bounds.
    pub fn new(settings: ServerSettings) -> Result<Self, SettingError> {
        settings.check()?;
        let host = settings.host_name.as_str();
        let shared = Shared {
            greeting: format!("220 {host} ESMTP\r\n").into_bytes(),
            helo: format!("250 {host}\r\n").into_bytes(),
            ehlo_clear: ehlo(&settings, Transport::Clear),
            ehlo_tls: ehlo(&settings, Transport::Tls),
            settings,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Begins a session; the greeting is its first output.
    pub fn session(&self, transport: Transport) -> Session {
        Session::new(Arc::clone(&self.shared), transport)
    }

    /// The settings.
    pub fn settings(&self) -> &ServerSettings {
        &self.shared.settings
    }
}

impl ServerSettings {
    fn offers_starttls(&self, transport: Transport) -> bool {
        transport == Transport::Clear && self.starttls != StartTls::Off
    }

    fn offers_auth(&self, transport: Transport) -> bool {
        match self.authentication {
            Authentication::Off => false,
            Authentication::OverTls => transport == Transport::Tls,
            Authentication::OverLoopback => true,
        }
    }
}

/// The answer to `EHLO`: what is offered on this transport (RFC 5321 section 4.1.1.1).
fn ehlo(settings: &ServerSettings, transport: Transport) -> Vec<u8> {
    let mut lines = vec![settings.host_name.to_string(), "PIPELINING".to_owned()];
    lines.push(format!("SIZE {}", settings.message_bytes_max));
    if settings.offers_starttls(transport) {
        lines.push("STARTTLS".to_owned());
    }
    if settings.offers_auth(transport) {
        lines.push("AUTH PLAIN LOGIN".to_owned());
    }
    if transport == Transport::Tls {
        lines.push("REQUIRETLS".to_owned());
    }
    lines.extend(["ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "SMTPUTF8"].map(str::to_owned));
    let mut out = String::new();
    for line in lines {
        let _ = write!(out, "250-{line}\r\n");
    }
    out.push_str("250 CHUNKING\r\n");
    out.into_bytes()
}
