//! SPF (RFC 7208): a domain says which addresses may send mail that names it in the envelope.
//!
//! One TXT record at the domain is a list of *mechanisms* that are tried from left to right; the first that matches the sending address decides, by the
//! sign before it: `+` pass, `-` fail, `~` softfail, `?` neutral.
//!
//! ```text
//! v=spf1 ip4:192.0.2.0/24 a:mail.example.org include:_spf.example.net -all
//! ```
//!
//! Most mechanisms need further questions to the DNS, and a record may cost ten of them at most (section 4.6.4): beyond, it is an error, and nothing
//! passes. [`check`] asks nothing itself. It takes the [`Answers`] there are, and either comes to an [`Outcome`] or names the [`Question`] whose answer it
//! needs next; whoever can ask does so, adds the answer and calls again.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use wire::{address::Domain, spf::{Answer, Answers, Question, Subject, Verdict, check}};
//!
//! let domain = Domain::parse("example.org")?;
//! let subject = Subject { address: "192.0.2.7".parse()?, local_part: "postmaster", domain: &domain, hello: &domain };
//! let mut answers = Answers::new();
//! let question = check(&subject, &answers).unwrap_err();
//! assert_eq!(question, Question::Texts("example.org".to_owned()));
//! answers.insert(question, Answer::Texts(vec!["v=spf1 ip4:192.0.2.0/24 -all".to_owned()]));
//! assert_eq!(check(&subject, &answers).map(|outcome| outcome.verdict), Ok(Verdict::Pass));
//! # Ok(()) }
//! ```

mod check;
mod macros;
mod record;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, net::IpAddr};

pub use check::check;
pub use record::{Mechanism, Qualifier, Record, SyntaxError, Term, with_addresses, with_end};

use crate::address::Domain;

/// The most terms of a check that may ask the DNS (section 4.6.4).
pub const LOOKUPS_MAX: usize = 10;
/// The most questions that may come to nothing (section 4.6.4).
pub const VOIDS_MAX: usize = 2;
/// The most mail servers of one `mx`, and names of the address that one `ptr` looks at (section 4.6.4).
pub const HOSTS_MAX: usize = 10;

/// What is checked.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The address that sends.
    pub address: IpAddr,
    /// What stands before the `@` of the reverse-path; `postmaster` for a null one (section 2.4).
    pub local_part: &'a str,
    /// What stands behind it; for a null one, the name in `EHLO`.
    pub domain: &'a Domain,
    /// The name in `EHLO`.
    pub hello: &'a Domain,
}

/// What has to be asked of the DNS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// The TXT records at a name.
    Texts(String),
    /// The addresses of a host, of both families.
    Addresses(String),
    /// The mail servers of a domain.
    MailServers(String),
    /// The names of an address.
    Names(IpAddr),
}

/// What the DNS said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Texts, the strings of each joined.
    Texts(Vec<String>),
    /// Addresses.
    Addresses(Vec<IpAddr>),
    /// Names of mail servers, or of an address.
    Names(Vec<String>),
    /// There are none; or the name is no name that the DNS could have.
    Nothing,
    /// Nobody can tell now.
    Failed,
}

/// The answers there are.
pub type Answers = BTreeMap<Question, Answer>;

/// What a check comes to (section 2.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The domain has no record.
    None,
    /// The domain does not say.
    Neutral,
    /// The address may send.
    Pass,
    /// It may not.
    Fail,
    /// It probably may not.
    SoftFail,
    /// The DNS could not tell now.
    TempError,
    /// The record cannot be followed, which nobody but the domain can mend.
    PermError(Fault),
}

impl Verdict {
    /// The word, as in `Authentication-Results` (RFC 8601 section 2.7.2).
    pub const fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Neutral => "neutral",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::SoftFail => "softfail",
            Self::TempError => "temperror",
            Self::PermError(_) => "permerror",
        }
    }
}

/// Why a record cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A domain has more than one record (section 4.5).
    #[error("{0} has several records that begin with v=spf1")]
    Several(String),
    /// A record breaks the grammar.
    #[error("the record of {name}: {error}")]
    Syntax {
        /// Whose record.
        name: String,
        /// What is wrong with it.
        error: SyntaxError,
    },
    /// It leads to a domain without a record (sections 5.2 and 6.1).
    #[error("{0} is referred to and has no record")]
    NoRecord(String),
    /// More than [`LOOKUPS_MAX`].
    #[error("following it takes more than {LOOKUPS_MAX} questions to the DNS")]
    Lookups,
    /// More than [`VOIDS_MAX`].
    #[error("more than {VOIDS_MAX} of the names in it do not exist")]
    Voids,
    /// More than [`HOSTS_MAX`] mail servers.
    #[error("{0} has more than {HOSTS_MAX} mail servers")]
    Hosts(String),
}

/// What a check came to, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What it came to.
    pub verdict: Verdict,
    /// The term that decided, as it stands in the record of the domain itself; empty where none did.
    pub term: String,
    /// How many terms asked the DNS, of [`LOOKUPS_MAX`].
    pub lookups: usize,
}

/// Whether a text is an SPF record (section 4.5).
fn is_record(text: &str) -> bool {
    let version = text.split(' ').next().unwrap_or_default();
    version.eq_ignore_ascii_case("v=spf1")
}

/// The text of the record among the TXT records of a domain. `None` where there is none; more than one is an error.
pub fn find<'a>(name: &str, texts: impl IntoIterator<Item = &'a str>) -> Result<Option<&'a str>, Fault> {
    let mut found = texts.into_iter().filter(|text| is_record(text));
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(Fault::Several(name.to_owned())),
        (text, None) => Ok(text),
    }
}
