//! Who may hand mail in: this machine, allowed networks, clients with a certificate, and users with a secret.
//!
//! Secrets are compared by their hashes in constant time, and an unknown user costs as much as a known one. A source that guessed
//! wrong waits before its next guess is looked at, longer each time. It is slowed and never locked out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use rustls::pki_types::CertificateDer;
use tokio::time::{Instant, sleep};
use webpki::EndEntityCert;
use wire::smtp::server::Credentials;

use super::settings::{Network, User};
use super::sources::source_of;

/// The longest a source waits before its guess is looked at.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// A wrong guess is forgotten after this time without another.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(10);

/// What the name of a certificate begins with in the facts of a message, where the names of users are bare.
const CERTIFICATE_PREFIX: &str = "certificate:";

/// The most sources remembered; while there are more, every new one waits as long as the worst.
const SOURCES_MAX: usize = 4096;

/// By what a client may hand mail in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Permission {
    /// It runs on this machine.
    Loopback,
    /// It comes from an allowed network.
    Network,
    /// It showed a certificate, known by this name.
    Certificate(String),
    /// It knows the secret of a user.
    User(String),
}

impl Permission {
    /// By a client certificate that the handshake has verified. It is known by the first host name in it, or where it has none by its SHA-256.
    pub(super) fn of_certificate(der: &CertificateDer<'_>) -> Self {
        let parsed = EndEntityCert::try_from(der).ok();
        let name = parsed.as_ref().and_then(|certificate| certificate.valid_dns_names().next());
        Self::Certificate(name.map_or_else(
            || format!("sha256:{}", HEXLOWER.encode(digest(&SHA256, der).as_ref())),
            str::to_ascii_lowercase,
        ))
    }

    /// Whom the client proved to be, as rules see it; nobody, where only its address permits.
    ///
    /// Certificates carry a prefix: who issues them chooses the names in them, and none of those may pass for a user.
    pub(super) fn authenticated(&self) -> Option<String> {
        match self {
            Self::Loopback | Self::Network => None,
            Self::Certificate(name) => Some(format!("{CERTIFICATE_PREFIX}{name}")),
            Self::User(name) => Some(name.clone()),
        }
    }
}

/// Decides who may.
#[derive(Debug)]
pub(super) struct Gate {
    networks: Vec<Network>,
    users: Vec<User>,
    guesses: Mutex<HashMap<IpAddr, Guesses>>,
}

/// Wrong guesses of one source.
#[derive(Debug, Clone, Copy)]
struct Guesses {
    count: u32,
    last_at: Instant,
}

impl Guesses {
    fn counts_at(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last_at) < FORGOTTEN_AFTER
    }
}

impl Gate {
    pub(super) fn new(networks: Vec<Network>, users: Vec<User>) -> Self {
        Self { networks, users, guesses: Mutex::default() }
    }

    /// What the address of a client alone permits.
    pub(super) fn by_address(&self, address: IpAddr) -> Option<Permission> {
        if address.is_loopback() {
            return Some(Permission::Loopback);
        }
        self.networks.iter().any(|network| network.contains(address)).then_some(Permission::Network)
    }

    /// What these credentials permit. Takes its time if the source has guessed wrong before.
    pub(super) async fn by_credentials(&self, source: IpAddr, credentials: &Credentials) -> Option<Permission> {
        let source = source_of(source);
        sleep(self.wait(source, Instant::now())).await;
        if self.is_right(credentials) {
            return Some(Permission::User(credentials.user.clone()));
        }
        self.remember(source, Instant::now());
        None
    }

    fn is_right(&self, credentials: &Credentials) -> bool {
        let user = self.users.iter().find(|user| user.name == credentials.user);
        let expected = digest(&SHA256, user.map_or("", |user| &user.secret).as_bytes());
        let given = digest(&SHA256, credentials.password.as_bytes());
        let same = verify_slices_are_equal(expected.as_ref(), given.as_ref()).is_ok();
        let for_itself = credentials.authorisation.is_empty() || credentials.authorisation == credentials.user;
        same && for_itself && user.is_some_and(|user| !user.secret.is_empty())
    }

    /// One second after the first wrong guess, doubled with each further one.
    fn wait(&self, source: IpAddr, now: Instant) -> Duration {
        let guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        match guesses.get(&source) {
            Some(found) if found.counts_at(now) => {
                Duration::from_secs(1_u64 << found.count.saturating_sub(1).min(10)).min(WAIT_MAX)
            }
            None if guesses.len() >= SOURCES_MAX => WAIT_MAX,
            _ => Duration::ZERO,
        }
    }

    fn remember(&self, source: IpAddr, now: Instant) {
        let mut guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        if guesses.len() >= SOURCES_MAX {
            guesses.retain(|_, found| found.counts_at(now));
        }
        if let Some(found) = guesses.get_mut(&source) {
            let count = if found.counts_at(now) { found.count.saturating_add(1) } else { 1 };
            *found = Guesses { count, last_at: now };
        } else if guesses.len() < SOURCES_MAX {
            guesses.insert(source, Guesses { count: 1, last_at: now });
        }
    }
}

#[cfg(test)]
mod tests {
    use wire::smtp::server::Mechanism;
    use zeroize::Zeroizing;

    use super::*;

    fn gate() -> Gate {
        let user = |name: &str, secret: &str| User { name: name.into(), secret: secret.into() };
        Gate::new(vec!["192.0.2.0/24".parse().unwrap()], vec![user("claims", "long and random"), user("empty", "")])
    }

    fn credentials(authorisation: &str, user: &str, password: &str) -> Credentials {
        Credentials {
            mechanism: Mechanism::Plain,
            authorisation: authorisation.into(),
            user: user.into(),
            password: Zeroizing::new(password.into()),
        }
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_permit_by_loopback_and_network() {
        assert_eq!(gate().by_address(address("127.9.9.9")), Some(Permission::Loopback));
        assert_eq!(gate().by_address(address("192.0.2.8")), Some(Permission::Network));
        assert_eq!(gate().by_address(address("198.51.100.1")), None);
    }

    #[test]
    fn only_the_right_secret_of_a_known_user_is_right() {
        assert!(gate().is_right(&credentials("", "claims", "long and random")));
        assert!(gate().is_right(&credentials("claims", "claims", "long and random")));
        for (authorisation, user, password) in [
            ("", "claims", "long and randoM"),
            ("", "claims", ""),
            ("", "nobody", ""),
            ("", "empty", ""),
            ("empty", "claims", "long and random"),
        ] {
            assert!(!gate().is_right(&credentials(authorisation, user, password)), "{user} {password}");
        }
    }

    #[test]
    fn only_users_and_certificates_prove_somebody() {
        let certificate = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let signed = rcgen::generate_simple_self_signed(names).unwrap();
            Permission::of_certificate(signed.cert.der()).authenticated().unwrap()
        };
        assert_eq!(certificate(&["App.Insurer.example", "other.insurer.example"]), "certificate:app.insurer.example");
        let unnamed = certificate(&[]);
        assert!(unnamed.starts_with("certificate:sha256:") && unnamed.len() == 83, "{unnamed}");
        assert_eq!(Permission::User("claims".into()).authenticated().as_deref(), Some("claims"));
        assert_eq!(certificate(&["claims"]), "certificate:claims", "no certificate passes for a user");
        assert_eq!(Permission::Loopback.authenticated().or(Permission::Network.authenticated()), None);
    }

    #[test]
    fn wrong_guesses_are_slowed_and_forgotten() {
        let (gate, now) = (gate(), Instant::now());
        let part = |text: &str| source_of(address(text));
        for wait_seconds in [0, 1, 2, 4, 8, 16, 30, 30] {
            assert_eq!(gate.wait(part("2001:db8::2"), now), Duration::from_secs(wait_seconds));
            gate.remember(part("2001:db8::1"), now);
        }
        assert_eq!(gate.wait(part("2001:db8:1::1"), now), Duration::ZERO);
        assert_eq!(gate.wait(part("2001:db8::1"), now + FORGOTTEN_AFTER), Duration::ZERO);
    }

    #[test]
    fn when_too_many_sources_guess_every_new_one_waits() {
        let (gate, now) = (gate(), Instant::now());
        let source = |number: usize| IpAddr::from(u32::try_from(number).unwrap().to_be_bytes());
        (0..SOURCES_MAX).for_each(|number| gate.remember(source(number), now));
        assert_eq!(gate.wait(source(SOURCES_MAX), now), WAIT_MAX);
        gate.remember(source(SOURCES_MAX), now + FORGOTTEN_AFTER);
        assert_eq!(gate.wait(source(SOURCES_MAX + 1), now + FORGOTTEN_AFTER), Duration::ZERO);
    }
}
