//! What the use cases need to know of the organisation's wishes, checked and typed by whoever reads the configuration.

use jiff::SignedDuration;
use model::{Language, assurance::Minimum, course, retention::Retention};
use render::Brand;
use wire::address::{Domain, EmailAddress, TypedAddress};

/// The organisation's wishes.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The organisation, its words and its look.
    pub brand: Brand,
    /// Its own mail domains.
    pub domains: Vec<Domain>,
    /// Who reads mail to the postmaster of this server: an address in one of `domains`.
    pub postmaster: TypedAddress,
    /// The language of people whose language is not known yet.
    pub language: Language,
    /// The portal recipients use.
    pub portal: Portal,
    /// Notices.
    pub notices: Notices,
    /// Periods of keeping.
    pub retention: Retention,
    /// When mail that cannot be handed over is tried again, reported late, and given up.
    pub patience: Patience,
    /// What connections to the world's mail servers have to have.
    pub transport: Transport,
    /// How mail is signed: every key whose domain is the author's.
    pub signers: Vec<std::sync::Arc<wire::dkim::Signer>>,
}

/// The portal recipients use.
#[derive(Debug, Clone)]
pub struct Portal {
    /// Whom recipients can write to.
    pub contacts: Vec<Contact>,
    /// The largest message a recipient may write, in bytes.
    pub message_bytes_max: u64,
    /// A session without a click ends after this time.
    pub session_idle: SignedDuration,
    /// A session ends after this time in any case.
    pub session_max: SignedDuration,
    /// The shortest password, in characters.
    pub password_length_min: usize,
    /// How passwords are stretched.
    pub stretching: vault::Parameters,
    /// Stretchings at the same time; each takes the memory `stretching` names.
    pub stretchings_max: usize,
}

/// Somebody recipients can write to.
#[derive(Debug, Clone)]
pub struct Contact {
    /// What people see.
    pub name: String,
    /// Where their mail goes.
    pub address: EmailAddress,
}

/// Notices.
#[derive(Debug, Clone)]
pub struct Notices {
    /// The address they come from.
    pub sender: EmailAddress,
    /// Whether the original subject is left out.
    pub subject_hidden: bool,
    /// Whether servers that offer `REQUIRETLS` (RFC 8689) are asked for it.
    pub require_tls: bool,
}

/// What connections to the world's mail servers have to have, whatever those publish.
#[derive(Debug, Clone, Default)]
pub struct Transport {
    /// The least for all mail.
    pub minimum: Minimum,
    /// The least for mail to some domains.
    pub domains: Vec<(Domain, Minimum)>,
    /// Whether domains that ask for it are told how TLS to their mail servers went (RFC 8460).
    pub tls_reports: bool,
}

impl Transport {
    /// The least that is asked for mail to this domain by name.
    pub fn minimum_for(&self, domain: &Domain) -> Option<Minimum> {
        self.domains.iter().find(|(named, _)| named == domain).map(|(_, minimum)| *minimum)
    }
}

/// When mail is tried again, reported late, and given up.
#[derive(Debug, Clone)]
pub struct Patience {
    /// Waits before the second, third, … try; the last is repeated.
    pub retries: Vec<SignedDuration>,
    /// The sender is told after this time that a message is late.
    pub delay_notice: SignedDuration,
    /// After this time a message goes on to its next channel, if it has one. A mail that cannot be protected as it must be waits no longer in any case.
    pub fallback: SignedDuration,
    /// A message is given up after this time.
    pub give_up: SignedDuration,
}

impl Patience {
    /// How long mails are tried.
    pub const fn course(&self) -> course::Patience {
        course::Patience { fallback: self.fallback, give_up: self.give_up }
    }

    /// How long to wait after the `attempts`-th failed try.
    pub fn wait_after(&self, attempts: u32) -> SignedDuration {
        let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        self.retries.get(index).or(self.retries.last()).copied().unwrap_or(RETRY_DEFAULT)
    }
}

/// The wait where the configuration names none.
const RETRY_DEFAULT: SignedDuration = SignedDuration::from_mins(30);
