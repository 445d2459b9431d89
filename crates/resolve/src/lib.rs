//! Questions to the DNS, with answers that say how far they can be believed.
//!
//! # What DNSSEC adds, for a newcomer
//!
//! Plain DNS is a postcard: whoever stands in the way can write another answer. DNSSEC (RFC 4033 to 4035) lets a zone sign its records
//! (`RRSIG`) with keys (`DNSKEY`), and lets the parent zone vouch for those keys by their digest (`DS`). The chain of vouching starts at the root, whose
//! keys everybody knows beforehand: the *trust anchor*. "There is no such record" can be signed as well (`NSEC`, or hashed as `NSEC3`, RFC 5155).
//! A *validator* walks the chain and comes to one of these ends (RFC 4033 section 5):
//!
//! | state | meaning | here |
//! | --- | --- | --- |
//! | secure | every step is signed and fits, down to the answer or to the proof that there is none | [`Security::Secure`] |
//! | insecure | a parent proves, signed, that a zone below it is *not* signed: the answer is a postcard, and rightly so | [`Security::Insecure`] |
//! | bogus | it should be signed, and does not fit: an attack, or a zone that broke its own signatures | [`Failure::Bogus`] |
//! | indeterminate | nobody can tell: no answer came, or no useful one | [`Failure::Unavailable`] |
//!
//! # Why "failed" is not "there is none"
//!
//! DANE (RFC 7672) asks the DNS which certificate a mail server must show. An attacker who cannot forge the answer can still *break* it. If that counted as "no
//! certificate demanded", breaking would pay. So RFC 7672 section 2.1 treats bogus and unavailable alike: not now, try again later. [`Lookup`] has
//! a variant of its own for it, next to "found" and "there is nothing"; a caller who forgets it does not compile.
//!
//! # Two makers
//!
//! * [`Resolver::validating`] carries the validator in this process and asks any recursive server, which need not be trusted.
//! * [`Resolver::trusting`] asks a validating server on this machine and believes its word (the AD bit). [`prove`] shows beforehand that the
//!   server deserves it.
//!
//! ```no_run
//! # async fn example(clock: std::sync::Arc<dyn model::chance::Clock>) -> Result<(), Box<dyn std::error::Error>> {
//! use resolve::{Lookup, MailServers, Name, Resolver, Servers, TrustAnchor};
//!
//! let servers = Servers::from_resolv_conf("nameserver 192.0.2.53")?;
//! let resolver = Resolver::validating(&servers, &TrustAnchor::built_in(), clock)?;
//! match resolver.mx(&Name::parse("example.org")?).await {
//!     Lookup::Found { records: MailServers::Listed(hosts), security, .. } => println!("{} hosts, {security:?}", hosts.len()),
//!     Lookup::Found { records: MailServers::Implicit, .. } => println!("the domain itself"),
//!     Lookup::Found { records: MailServers::Null, .. } => println!("takes no mail"),
//!     Lookup::Nothing { .. } => println!("there is no such domain"),
//!     Lookup::Failed(failure) => println!("not now: {failure}"),
//! }
//! # Ok(()) }
//! ```
//!
//! # How to find your way
//!
//! [`Resolver`] has the questions. `answer` reads a reply into typed records. `cache` keeps answers for their time and asks equal questions once.
//! `validator` and `believer` are the two makers; both speak through `exchange` (UDP, then TCP). `limits` has every bound.

mod anchor;
mod answer;
mod believer;
mod cache;
mod exchange;
mod guard;
mod limits;
mod lookup;
mod name;
mod records;
mod resolver;
mod servers;
#[cfg(feature = "testing")]
pub mod testing;
mod validator;

pub use anchor::{ANCHOR_BYTES_MAX, AnchorError, TrustAnchor};
pub use believer::{Distrust, prove};
pub use limits::*;
pub use lookup::{Absence, Failure, Lookup, Reason, Security};
pub use name::{Name, NameError};
pub use records::{Addresses, MailServers, MxRecord};
pub use resolver::Resolver;
pub use servers::{Loopback, Servers, ServersError};
