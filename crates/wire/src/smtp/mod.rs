//! SMTP, both ends, as machines without I/O (RFC 5321 and the extensions named below).
//!
//! An SMTP session is a dialogue of lines: the client sends a *command*, the server answers with a *reply*. Between
//! `MAIL FROM` (the reverse-path), one or more `RCPT TO` (the recipients) and the content lies one *transaction*. The
//! content is framed either by a dot on a line of its own ([`data`], command `DATA`) or by its length (`BDAT`).
//!
//! - [`server`] accepts mail, [`client`] hands it on; both take bytes and give events.
//! - [`command`], [`reply`] and [`data`] are the codecs under both, each usable alone, which is how they are fuzzed.
//!
//! Known extensions: PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), STARTTLS (RFC 3207), AUTH (RFC 4954),
//! ENHANCEDSTATUSCODES (RFC 2034), DSN (RFC 3461), CHUNKING (RFC 3030), SMTPUTF8 (RFC 6531), REQUIRETLS (RFC 8689).

pub mod client;
pub mod command;
pub mod data;
pub mod reply;
pub mod server;
pub mod stuffing;
pub mod xtext;

/// What the bytes of a session travel on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Plain TCP: everybody on the way can read and change what passes.
    Clear,
    /// TLS, whether from the first byte or since `STARTTLS`.
    Tls,
}
