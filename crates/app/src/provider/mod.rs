//! Tells anybody how well mail to an e-mail provider is protected, without telling anything about anybody.
//!
//! Only the domain counts. What stands before the `@` is neither looked at nor kept, and no mailbox is looked up: the answer is the same whether
//! or not somebody of that provider is a customer (P7). Nothing that is asked is logged or stored.
//!
//! # Limits
//!
//! A question lets this server knock at servers of a stranger's choice, so there is little of it to be had:
//!
//! - answers are kept for a while ([`known`]), and equal questions at the same time are one;
//! - one source asks about [`QUESTIONS_MAX`] new domains in [`QUESTIONS_TIME`];
//! - no more than [`PROBES_MAX`] domains are looked at at the same time, each for [`PROBE_TIME_MAX`] at most.

mod known;

use std::{pin::Pin, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use model::{
    assessment::Assessment,
    verdict::{Finding, Verdict},
};
use wire::address::Domain;

pub(crate) use known::Providers;
pub use known::{DOMAINS_KEPT_MAX, FAILURE_KEPT, FINDING_KEPT, PATIENCE_MAX, PROBE_TIME_MAX, PROBES_MAX};

use crate::{
    App,
    throttle::{Allowance, Wait},
    trouble::{Trouble, carries_trouble},
};

/// New domains that one source can ask about in [`QUESTIONS_TIME`].
pub const QUESTIONS_MAX: u32 = 10;
/// The stretch of time in which questions are counted.
pub const QUESTIONS_TIME: SignedDuration = SignedDuration::from_mins(10);

/// Finds out how mail to a domain would be protected. The seam to the world's mail servers.
pub trait Prober: Send + Sync {
    /// Looks at the domain's servers. Sends no mail. Never fails: what could not be found out stands in the answer.
    fn probe<'a>(&'a self, domain: &'a Domain, now: Timestamp) -> Probing<'a>;
}

/// An assessment under way.
pub type Probing<'a> = Pin<Box<dyn Future<Output = Assessment> + Send + 'a>>;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The provider's domain.
    pub domain: Domain,
    /// What was found.
    pub finding: Arc<Finding>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Neither an address nor a domain. PRV-001
    #[error("neither an address nor a domain")]
    Malformed,
    /// A machine named by its number. PRV-002
    #[error("a machine named by its number")]
    Literal,
    /// Too many questions: wait. PRV-003
    #[error("too many questions")]
    Wait(Wait),
    /// Inner failure.
    #[error(transparent)]
    Trouble(Trouble),
}

carries_trouble!(AskError);

impl AskError {
    /// The code under which `docs/errors.md` explains it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "PRV-001",
            Self::Literal => "PRV-002",
            Self::Wait(_) => "PRV-003",
            Self::Trouble(trouble) => trouble.code(),
        }
    }
}

/// Answers what somebody in the network `source` asks: `typed` is an address or a domain.
pub async fn ask(app: &App, source: &str, typed: &str) -> Result<Answer, AskError> {
    let providers = app.providers.as_ref().ok_or_else(|| Trouble::broken("nobody looks at providers"))?;
    let (domain, now) = (domain(typed)?, app.now());
    if app.settings.domains.contains(&domain) {
        return Ok(Answer { domain, finding: Arc::new(Finding::bare(Verdict::Own)) });
    }
    if let Some(finding) = providers.known(&domain, now) {
        return Ok(Answer { domain, finding });
    }
    count(app, source, now).await?;
    let finding = providers.find(&domain, now).await;
    Ok(Answer { domain, finding })
}

/// Takes one question off what the source may ask. Whoever has none left costs no write.
async fn count(app: &App, source: &str, now: Timestamp) -> Result<(), AskError> {
    let questions = Allowance::new(app, "provider", source, (QUESTIONS_MAX, QUESTIONS_TIME), now);
    if let Some(wait) = questions.check(&mut app.store.read().await?).await? {
        return Err(AskError::Wait(wait));
    }
    let mut tx = app.store.begin().await?;
    let wait = questions.take(&mut tx, now).await?;
    tx.commit().await?;
    wait.map_or(Ok(()), |wait| Err(AskError::Wait(wait)))
}

/// The domain in what was typed: all of it, or what stands behind the last `@`.
fn domain(typed: &str) -> Result<Domain, AskError> {
    let typed = typed.trim().trim_end_matches('.');
    let name = typed.rsplit_once('@').map_or(typed, |(_, name)| name);
    if name.starts_with('[') {
        return Err(AskError::Literal);
    }
    let domain = Domain::parse(name).map_err(|_| AskError::Malformed)?;
    match domain.as_str().rsplit_once('.') {
        // The last label of a name that exists has a letter (RFC 3696 section 2).
        Some((_, last)) if last.bytes().all(|byte| byte.is_ascii_digit()) => Err(AskError::Literal),
        Some(_) => Ok(domain),
        // Names of one label belong to machines, not to providers.
        None => Err(AskError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_behind_the_at_sign_counts() {
        for typed in
            ["kunde.example", " ada@Kunde.Example ", "@kunde.example", "a@b@kunde.example", "<x>\n@kunde.example."]
        {
            assert_eq!(domain(typed).unwrap().as_str(), "kunde.example", "{typed}");
        }
        assert_eq!(domain("ada@bücher.example").unwrap().as_str(), "xn--bcher-kva.example");
    }

    #[test]
    fn what_is_no_provider_is_said_so() {
        let long = format!("{}.example", "a".repeat(64));
        for typed in ["", "@", "ada@", "localhost", "a b.example", "..", "-a.example", "https://kunde.example", &long] {
            assert_eq!(domain(typed), Err(AskError::Malformed), "{typed}");
        }
        for typed in ["ada@[192.0.2.1]", "[IPv6:2001:db8::1]", "192.0.2.1", "ada@192.0.2.1"] {
            assert_eq!(domain(typed), Err(AskError::Literal), "{typed}");
        }
    }
}
