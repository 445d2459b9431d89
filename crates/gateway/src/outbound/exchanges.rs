//! To the mail servers of the recipient's domain (RFC 5321 section 5.1).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::outgoing::{Attempt, Outcome, Parcel};
use app::{App, sts_policy};
use jiff::{SignedDuration, Timestamp};
use model::assessment::{Assessment, Code, Fault};
use model::assurance::Wishes;
use model::{Language, chance};
use tokio::time::sleep;
use wire::address::Domain;

use super::connection::Connection;
use crate::world::{NotReached, World};

/// How long it is remembered that no server of a domain can be given mail. A crowd of mails for it hears of that without knocking again.
const FAILURE_KEPT: SignedDuration = SignedDuration::from_mins(1);
/// The most domains that this is remembered of.
const FAILURES_MAX: usize = 10_000;

/// How long before its end a policy is fetched again though no mail needs it.
const POLICY_AHEAD: SignedDuration = SignedDuration::from_hours(48);
/// How often to look for such policies.
const POLICY_LOOK: Duration = Duration::from_hours(1);

/// Opens connections to the mail servers of domains.
pub(super) struct ToExchanges {
    world: Arc<World>,
    failures: Mutex<HashMap<Domain, Failure>>,
}

struct Failure {
    until: Timestamp,
    wishes: Wishes,
    attempt: Attempt,
}

impl ToExchanges {
    pub(super) fn new(world: Arc<World>) -> Self {
        Self { world, failures: Mutex::default() }
    }

    /// Opens a connection to the first server that is good enough for the mail.
    pub(super) async fn open(&self, app: &App, parcel: &Parcel) -> Result<(Connection, Assessment), Attempt> {
        // The sender may have to be told.
        let language = app.settings.language;
        let Some(domain) = parcel.domain() else {
            return Err(never(Code::AddressLiteral, language).into());
        };
        let now = app.now();
        if let Some(attempt) = self.remembered(&domain, &parcel.wishes, now) {
            return Err(attempt);
        }
        let mut entropy = app.entropy();
        let mut draw = |among: usize| below(among, chance::draw(&mut *entropy));
        let (found, reached) = self.world.reach(app, &domain, &parcel.wishes, &mut draw).await;
        let outcome = match reached {
            Ok(reached) => match Connection::to_exchange(reached) {
                Ok(connection) => return Ok((connection, found)),
                Err(error) => Outcome::Unprotected { reason: error.to_string(), because: because(&found) },
            },
            Err(NotReached::Never(code)) => never(code, language),
            Err(NotReached::Later) => Outcome::Deferred { reason: reason(&found, language) },
            Err(NotReached::Unprotected) => {
                Outcome::Unprotected { reason: reason(&found, language), because: because(&found) }
            }
        };
        let attempt = Attempt::at_exchanges(outcome, found);
        self.remember(
            domain,
            Failure { until: now + FAILURE_KEPT, wishes: parcel.wishes.clone(), attempt: attempt.clone() },
        );
        Err(attempt)
    }

    /// Looks after the policies that are kept, without end: one that nobody asks for would end, and with it what it protects from.
    pub(super) async fn look_after_policies(&self, app: &App) {
        loop {
            match sts_policy::ending(app, app.now() + POLICY_AHEAD).await {
                Ok(domains) => {
                    for domain in domains.iter().filter_map(|domain| Domain::parse(domain).ok()) {
                        self.world.refresh_policy(app, &domain).await;
                    }
                }
                Err(trouble) => tracing::warn!(code = trouble.code(), %trouble, "kept policies cannot be looked up"),
            }
            sleep(POLICY_LOOK).await;
        }
    }

    /// A failure counts for mails of which the same is asked; others may have more luck.
    fn remembered(&self, domain: &Domain, wishes: &Wishes, now: Timestamp) -> Option<Attempt> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = failures.get(domain).filter(|failure| failure.until > now && failure.wishes == *wishes)?;
        let mut attempt = failure.attempt.clone();
        attempt.is_remembered = true;
        Some(attempt)
    }

    fn remember(&self, domain: Domain, failure: Failure) {
        let now = failure.until - FAILURE_KEPT;
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= FAILURES_MAX {
            failures.retain(|_, failure| failure.until > now);
        }
        if failures.len() < FAILURES_MAX || failures.contains_key(&domain) {
            failures.insert(domain, failure);
        }
    }
}

/// A number below `among`, from chance; 0 if there is none.
fn below(among: usize, chance: [u8; 8]) -> usize {
    let among = u64::try_from(among).unwrap_or(u64::MAX).max(1);
    usize::try_from(u64::from_le_bytes(chance) % among).unwrap_or(0)
}

/// What is final, with its status (RFC 3463, RFC 7505).
fn never(code: Code, language: Language) -> Outcome {
    let status = match code {
        Code::NullMx => "5.1.10",
        Code::NoSuchDomain | Code::AddressLiteral => "5.1.2",
        Code::LeadsBack => "5.4.6",
        _ => "5.4.4",
    };
    Outcome::Refused { reason: code.meaning(language).to_owned(), status: status.to_owned() }
}

/// What was found wrong, server by server, in plain words. The details are in what was found.
fn reason(found: &Assessment, language: Language) -> String {
    let told = |fault: &Fault| fault.code.meaning(language);
    let of_domain =
        found.faults.iter().filter(|fault| fault.code != Code::MxInsecure).map(|fault| told(fault).to_owned());
    let of_hosts = found.hosts.iter().filter(|host| !host.faults.is_empty()).map(|host| {
        let faults: Vec<&str> = host.faults.iter().map(told).collect();
        format!("{}: {}", host.name, faults.join(" "))
    });
    of_domain.chain(of_hosts).collect::<Vec<_>>().join(" ")
}

fn because(found: &Assessment) -> Vec<Code> {
    let of_hosts = found.hosts.iter().flat_map(|host| &host.faults);
    let mut codes: Vec<Code> = found.faults.iter().chain(of_hosts).map(|fault| fault.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_stays_below() {
        for among in 1..5 {
            for drawn in 0..20_u64 {
                assert!(below(among, drawn.to_le_bytes()) < among);
            }
        }
        assert_eq!(below(0, [7; 8]), 0);
    }
}
