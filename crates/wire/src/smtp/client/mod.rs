//! The client end of SMTP: hands mail on, over a connection that the driver owns (RFC 5321).
//!
//! A [`Session`] begins with a fresh connection. The driver asks [`next_event`](Session::next_event) and does as told:
//!
//! | event | the driver |
//! | --- | --- |
//! | [`Event::Read`] | writes the output, clears it, reads into the input buffer (timeout: [`timeout`](Session::timeout)) |
//! | [`Event::Ready`] | looks at [`capabilities`](Session::capabilities), then calls one of `start_tls`, `authenticate`, `send`, `quit` |
//! | [`Event::StartTls`] | does the handshake, calls [`tls_established`](Session::tls_established) |
//! | [`Event::SendContent`] | calls [`content`](Session::content) piece by piece, writing the output in between, then [`content_end`](Session::content_end) |
//! | [`Event::Sent`] | has one [`Verdict`] per recipient, and may `send` again or `quit` |
//! | [`Event::Closed`] | closes |
//!
//! Every error of `next_event` means: close, nothing more can be said to this server. If the connection breaks before
//! [`Event::Sent`], no verdict is known, and all recipients are to be tried again.
//!
//! The machine never makes a mail weaker than it is: content that needs 8BITMIME, SMTPUTF8 or REQUIRETLS is not sent to a
//! server without ([`EnvelopeError`]), and a failed `STARTTLS` ends the session. Where PIPELINING is offered, the envelope
//! goes in one write; where CHUNKING is offered, the content goes by its length and no dot needs doubling.
//!
//! ```
//! use wire::address::{Domain, ReversePath, TypedAddress};
//! use wire::smtp::Transport;
//! use wire::smtp::client::{ClientSettings, Envelope, EnvelopeRecipient, Event, Session, Verdict};
//! use wire::smtp::command::{Body, Return};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let content = b"Subject: Hello\r\n\r\nHello\r\n";
//! let envelope = Envelope {
//!     reverse_path: ReversePath::parse("bounce@example.org")?,
//!     recipients: vec![EnvelopeRecipient::new(TypedAddress::parse("jane@example.net")?)],
//!     content_bytes: content.len() as u64,
//!     body: Body::SevenBit,
//!     utf8_header: false,
//!     require_tls: false,
//!     ret: Some(Return::Headers),
//!     envelope_id: None,
//! };
//! # let mut wire_in = vec![
//! #     &b"220 mx.example.net\r\n"[..], b"250-mx.example.net\r\n250-PIPELINING\r\n250 DSN\r\n",
//! #     b"250 OK\r\n250 OK\r\n354 go\r\n", b"250 2.0.0 queued as 17\r\n", b"221 bye\r\n",
//! # ].into_iter();
//! let settings = ClientSettings::new(Domain::parse("gateway.example.org")?);
//! let mut session = Session::new(settings, Transport::Tls);
//! let mut sent = Vec::new(); // stands for the socket
//! let mut verdicts = None;
//! loop {
//!     match session.next_event()? {
//!         Event::Read => {
//!             sent.extend_from_slice(session.output());
//!             session.clear_output();
//!             let read = wire_in.next().ok_or("connection lost")?;
//!             session.input_buffer().extend_from_slice(read);
//!         }
//!         Event::Ready if verdicts.is_some() => session.quit(),
//!         Event::Ready => session.send(&envelope)?,
//!         Event::StartTls => session.tls_established(),
//!         Event::SendContent => {
//!             for piece in content.chunks(16 * 1024) {
//!                 session.content(piece)?; // then write and clear the output
//!             }
//!             session.content_end()?;
//!         }
//!         Event::Sent(outcome) => verdicts = Some(outcome),
//!         Event::Closed => break,
//!     }
//! }
//! assert!(matches!(verdicts.unwrap()[0], Verdict::Accepted(_)));
//! assert!(sent.ends_with(b"DATA\r\nSubject: Hello\r\n\r\nHello\r\n.\r\nQUIT\r\n"));
//! # Ok(())
//! # }
//! ```

mod capabilities;
mod content;
mod envelope;
mod reply_reader;
mod session;
#[cfg(test)]
mod tests;

use std::time::Duration;

use super::data::DataError;
use super::reply::Reply;
use crate::address::Domain;

pub use capabilities::{Capabilities, SizeOffer};
pub use envelope::{Envelope, EnvelopeError, EnvelopeRecipient, RECIPIENTS_MAX, Verdict};
pub use reply_reader::{REPLY_BYTES_READ_MAX, REPLY_LINE_BYTES_READ_MAX, ReplyError, read_reply};
pub use session::Session;

/// What the driver has to do next; see the [module documentation](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Write the output, then read.
    Read,
    /// The server waits for what comes next.
    Ready,
    /// The server is ready for the TLS handshake.
    StartTls,
    /// The server waits for the content.
    SendContent,
    /// The transaction is over: one verdict per recipient, in the order of the envelope. [`Event::Ready`] follows unless
    /// the server closes.
    Sent(Vec<Verdict>),
    /// The server said goodbye.
    Closed,
}

/// What a refused reply was the answer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The connection itself.
    Greeting,
    /// `EHLO`
    Hello,
    /// `STARTTLS`
    StartTls,
    /// `AUTH`
    Authenticate,
    /// `RSET`, `QUIT`, or anything when the server closes by `421` on its own.
    Other,
}

/// Why a session cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The server's bytes are not replies.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// The server refused a step without which nothing can be sent.
    #[error("the server refused at {stage:?}: {reply}")]
    Refused {
        /// At which step.
        stage: Stage,
        /// What it said.
        reply: Reply,
    },
    /// A reply came for which there was no command, or one that makes no sense.
    #[error("the server sent a reply that answers nothing")]
    UnexpectedReply,
    /// Bytes came behind the reply to `STARTTLS`, before the handshake (RFC 3207 section 6).
    #[error("the server, or somebody in between, sent data behind its answer to STARTTLS")]
    StartTlsInjection,
    /// The extension that a step needs is not offered.
    #[error("the server does not offer what is needed")]
    NotOffered,
    /// A password is never sent over a connection that others can read.
    #[error("authentication needs TLS")]
    ClearTransport,
    /// The session is over, or waits for something else.
    #[error("the session is over or busy")]
    NotReady,
}

/// Why content cannot be sent. The transaction is left unfinished on purpose: close the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// The content was not [normalised](super::stuffing::normalise_line_endings).
    #[error(transparent)]
    Data(#[from] DataError),
    /// The content has not the number of bytes that the envelope said.
    #[error("the content has another size than the envelope says")]
    WrongSize,
    /// No content is due now.
    #[error("no content is due")]
    NotDue,
}

/// How long the driver waits for the server (RFC 5321 section 4.5.3.2); the machine itself has no clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientTimeouts {
    /// For the greeting.
    pub greeting: Duration,
    /// For the answer to `EHLO`, `STARTTLS`, `AUTH`, `RSET`, `MAIL` and `RCPT`.
    pub command: Duration,
    /// For the answer to `DATA`.
    pub data: Duration,
    /// For writing a piece of the content.
    pub content: Duration,
    /// For the answer to the end of the content: long, or a mail that was taken is sent again.
    pub content_end: Duration,
    /// For the answer to `QUIT`, which nothing depends on.
    pub quit: Duration,
}

impl Default for ClientTimeouts {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            greeting: minutes(5),
            command: minutes(5),
            data: minutes(2),
            content: minutes(3),
            content_end: minutes(10),
            quit: Duration::from_secs(10),
        }
    }
}

/// What can be set about a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    /// The own name in `EHLO`; should resolve to the address the connection comes from.
    pub host_name: Domain,
    /// How long the driver waits.
    pub timeouts: ClientTimeouts,
}

impl ClientSettings {
    /// The timeouts of the standard for a client of this name.
    pub fn new(host_name: Domain) -> Self {
        Self { host_name, timeouts: ClientTimeouts::default() }
    }
}
