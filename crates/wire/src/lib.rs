//! The mail protocol, pure: bytes in, typed facts out, and back.
//!
//! This crate knows what travels between mail servers and how it is written, and nothing else. It opens no socket, reads
//! no clock and draws no chance: whoever drives a [`smtp::server::Session`] or a [`smtp::client::Session`] reads and
//! writes the bytes, applies the timeouts and makes the decisions. So every rule here can be tested with byte strings.
//!
//! | module | topic | standard |
//! | --- | --- | --- |
//! | [`address`] | addresses, domains, reverse-paths | RFC 5321 section 4.1.2, RFC 6531, UTS 46 |
//! | [`smtp`] | replies, commands, content framing, both ends of a session | RFC 5321 and its extensions |
//! | [`dsn`] | delivery status notifications, written and read | RFC 3461, RFC 3464, RFC 6533 |
//! | [`arf`] | complaints that a provider sends on | RFC 5965, RFC 6650 |
//! | [`dkim`] | signing what leaves, and the published key | RFC 6376, RFC 8463 |
//! | [`spf`] | which addresses may send for a domain | RFC 7208 |
//! | [`dmarc`] | what becomes of mail that proves neither | RFC 9989 |
//! | [`mx`] | the mail servers of a domain, in order | RFC 5321 section 5.1 |
//! | [`dane`] | which certificates a domain's servers have, from signed DNS | RFC 6698, 7671, 7672 |
//! | [`mta_sts`] | the same, from a policy fetched over HTTPS | RFC 8461 |
//! | [`tlsrpt`] | where a domain wants reports of how TLS went, and those reports | RFC 8460 |
//! | [`zone`] | records as lines of a zone file | RFC 1035 section 5 |
//! | [`bounce`] | reverse-paths that lead a bounce back to its delivery | RFC 5321 section 4.1.1.2 |
//!
//! Addresses and secrets are personal: their `Debug` output is redacted, their text is reached by an explicit `as_str()`.

pub mod address;
pub mod arf;
pub mod bounce;
pub mod dane;
pub mod dkim;
pub mod dmarc;
pub mod dsn;
mod fields;
pub mod mta_sts;
pub mod mx;
pub mod smtp;
pub mod spf;
mod tags;
pub mod tlsrpt;
mod written;
pub mod zone;
