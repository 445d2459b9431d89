//! The SMTP edge: takes mail in, hands mail on, and is the only room that knows SMTP replies.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`intake`] | listens, decides who may hand mail in, streams content into the spool, answers `250` when it is on disk (P2) |
//! | [`outbound`] | leases mail that is due and hands it to the next server, over a connection that proved itself (P1) |
//! | [`sink`] | a small receiver that takes everything, on loopback only: the outbox of the demo and of tests |
//! | [`clamd`] | has what comes in scanned for malware |
//! | [`tls`] | certificates and the TLS settings of both directions |
//!
//! The protocol itself is in `wire`, as machines without I/O. What is here owns sockets, clocks and limits. What a mail means
//! is decided in `app`. Mail passes byte for byte: no `Received` field is added, because the exact original is what a recipient
//! exports later. What such a field would tell (from where, when, over which TLS) goes to the log.

pub mod clamd;
pub mod intake;
pub mod outbound;
pub mod sink;
mod stream;
#[cfg(test)]
mod testing;
pub mod tls;
pub mod verify;
pub mod world;
