//! The client end of SMTP: hands mail on, over a connection that the driver owns (RFC 5321).
//!
//! A [`Session`] begins with a fresh connection. The driver asks [`next_event`](Session::next_event) and does as told:
//!
//! | event | the driver |
//! | --- | --- |
//! | [`Event::Read`] | writes the output, clears it, reads into the input buffer (timeout: [`timeout`](Session::timeout)) |
//! | [`Event::Write`] | writes the output, clears it |
//! | [`Event::Ready`] | looks at [`capabilities`](Session::capabilities), then calls one of `start_tls`, `authenticate`, `send`, `quit` |
//! | [`Event::StartTls`] | does the handshake, calls [`tls_established`](Session::tls_established) |
//! | [`Event::SendContent`] | calls [`content`](Session::content) once with what is next, or [`content_end`](Session::content_end) |
//! | [`Event::Sent`] | has one [`Verdict`] per recipient, and may `send` again or `quit` |
//! | [`Event::Closed`] | closes |
//!
//! Every error of `next_event` means: close, nothing more can be said to this server. If the connection breaks before
//! [`Event::Sent`], no verdict is known, and all recipients are to be tried again.
//!
//! The machine never makes a mail weaker than it is: content that needs 8BITMIME, SMTPUTF8 or REQUIRETLS is not sent to a
//! server without ([`EnvelopeError`]), and a failed `STARTTLS` ends the session.
//!
//! How a mail travels depends on two offers:
//!
//! | offered | envelope | content |
//! | --- | --- | --- |
//! | nothing | one command after the other | by `DATA`, dots doubled |
//! | PIPELINING | in one write, with `DATA` behind it | by `DATA` |
//! | CHUNKING | one command after the other | by `BDAT`, one chunk after the other |
//! | both, and the content fits into [`CHUNK_BYTES_MAX`] | in one write, with the content behind it | by `BDAT n LAST` |
//! | both, and it does not | in one write | by `BDAT`, [`CHUNKS_AHEAD_MAX`] chunks ahead of their answers; the last one waits for all of them |
//!
//! A server that offers CHUNKING and does not know `BDAT` takes the content for commands. Nothing it says after that can be trusted, so the session ends with
//! [`SessionError::FalseOffer`]. It has not taken the mail, which can be sent over another connection, by `DATA` ([`send_by_data`](Session::send_by_data)).
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
//! let mut rest = &content[..];
//! let mut verdicts = None;
//! loop {
//!     match session.next_event()? {
//!         Event::Write => {
//!             sent.extend_from_slice(session.output());
//!             session.clear_output();
//!         }
//!         Event::Read => {
//!             sent.extend_from_slice(session.output());
//!             session.clear_output();
//!             let read = wire_in.next().ok_or("connection lost")?;
//!             session.input_buffer().extend_from_slice(read);
//!         }
//!         Event::Ready if verdicts.is_some() => session.quit(),
//!         Event::Ready => session.send(&envelope)?,
//!         Event::StartTls => session.tls_established(),
//!         Event::SendContent if rest.is_empty() => session.content_end()?,
//!         Event::SendContent => {
//!             let taken = session.content(rest)?;
//!             rest = &rest[taken..];
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

mod answers;
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
pub use content::{CHUNK_BYTES_MAX, CHUNKS_AHEAD_MAX};
pub use envelope::{Envelope, EnvelopeError, EnvelopeRecipient, RECIPIENTS_MAX, Verdict};
pub use reply_reader::{REPLY_BYTES_READ_MAX, REPLY_LINE_BYTES_READ_MAX, ReplyError, read_reply};
pub use session::Session;

/// What the driver has to do next; see the [module documentation](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Write the output, then read.
    Read,
    /// Write the output.
    Write,
    /// The server waits for what comes next.
    Ready,
    /// The server is ready for the TLS handshake.
    StartTls,
    /// The next piece of the content can be handed in, or its end.
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
    /// The server offers CHUNKING and does not know `BDAT`. It has not taken the mail, and may have taken its content for commands.
    #[error("the server offers CHUNKING and does not know BDAT")]
    FalseOffer,
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
    /// For writing a piece of the content behind `DATA`.
    pub content: Duration,
    /// For writing a chunk of the content that is not the last, and for the answer to it, each.
    pub chunk: Duration,
    /// For the answer to the end of the content, or to its last chunk: long, or a mail that was taken is sent again.
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
            chunk: minutes(5),
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
