//! Every bound of this crate. A name or a server that goes beyond costs a bounded amount of memory and time, and never weakens an answer.

use std::time::Duration;

/// Mail servers kept from one answer: those with the lowest preference. Others would never be tried.
pub const MX_MAX: usize = 20;
/// Addresses of each family kept from one answer.
pub const ADDRESSES_MAX: usize = 8;
/// TLSA records of one answer. More is a failure: a list cut short could lack the one record that fits, or the one that demands.
pub const TLSA_MAX: usize = 32;
/// Bytes of text in all TXT records of one answer. More is a failure: a list cut short could hide that there are two policies.
pub const TXT_BYTES_MAX: usize = 8 * 1024;
/// Names of an address kept from one answer: as many as SPF looks at (RFC 7208 section 4.6.4).
pub const NAMES_MAX: usize = 10;
/// Aliases (CNAME) followed from one name.
pub const ALIASES_MAX: usize = 8;
/// Names upwards from one at which its zone is sought, where a denial does not name it.
pub const LEVELS_MAX: usize = 8;

/// How long a question may take in all: every server, every try, and every key of the chain.
pub const QUESTION_MAX: Duration = Duration::from_secs(10);
/// How long one try at one server may take before the next is asked.
pub const TRY_MAX: Duration = Duration::from_secs(2);
/// Tries over all servers, in their order and beginning with the one that was last of use, for one message.
pub const TRIES_MAX: usize = 4;
/// Messages on their way to one server at the same time; others wait, within [`QUESTION_MAX`].
pub const MESSAGES_MAX: usize = 256;
/// Servers asked; more in the configuration are refused.
pub const SERVERS_MAX: usize = 8;

/// The largest reply taken over UDP, as told to the server (the size that avoids fragments, RFC 9715).
pub const UDP_BYTES_MAX: u16 = 1232;
/// The largest reply taken over TCP, in bytes.
pub const REPLY_BYTES_MAX: usize = 16 * 1024;

/// Memory for answers, in bytes, keys and bookkeeping included.
pub const CACHE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// The longest an answer is kept, whatever its TTL says.
pub const FOUND_TTL_MAX: Duration = Duration::from_hours(24);
/// The longest "there is none" is kept.
pub const NOTHING_TTL_MAX: Duration = Duration::from_hours(1);
/// How long a failure is kept, so that a broken zone is not asked by every queued mail (RFC 9520 section 3.2 wants at least one second).
pub const FAILURE_TTL: Duration = Duration::from_secs(30);
/// Zones (and names between them) whose keys the validator remembers.
pub const ZONES_MAX: u64 = 4096;
