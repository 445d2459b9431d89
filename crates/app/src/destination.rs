//! The domains that mail goes to: what is remembered of them, what administrators allow there, and the picture of all (C6, P6).

use jiff::Timestamp;
use model::{
    assurance::{Exception, Minimum},
    audit::{Actor, Event},
    destination::{Known, Met},
    id::ExceptionId,
};
use store::{DomainException, LevelChange, LevelCount, Tx};
use wire::address::Domain;

use crate::{
    App, audit,
    outgoing::{Attempt, Outcome, Protection},
    trouble::Trouble,
};

/// How long the time at which a domain was seen last may be behind: writing it down with every mail would make all mail to a big domain wait for one row.
const SEEN_AGAIN: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);
/// The longest reason of an exception, in bytes.
pub const REASON_BYTES_MAX: usize = 500;
/// The longest name of an author, in bytes.
pub const AUTHOR_BYTES_MAX: usize = 200;

/// Why an exception is not added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotExcepted {
    /// Who comes later has to know why.
    #[error("an exception needs a reason, of at most {REASON_BYTES_MAX} bytes")]
    Reason,
    /// Somebody has to answer for it.
    #[error("an exception needs the name of whoever decides, of at most {AUTHOR_BYTES_MAX} bytes")]
    Author,
    /// It has ended before it begins.
    #[error("the end of the exception lies in the past")]
    End,
}

/// What is remembered of a domain, and what is allowed there.
pub(crate) async fn remembered(
    tx: &mut Tx,
    domain: &Domain,
    now: Timestamp,
) -> Result<(Option<Minimum>, Option<Exception>), Trouble> {
    let known = tx.destinations().find(domain.as_str()).await?;
    Ok((known.and_then(|known| known.memory()), tx.destinations().exception(domain.as_str(), now).await?))
}

/// Takes note of what a mail met at the servers of a domain.
pub(crate) async fn note(tx: &mut Tx, domain: &Domain, attempt: &Attempt, now: Timestamp) -> Result<(), Trouble> {
    let (met, assurance) = match (&attempt.outcome, &attempt.found) {
        (Outcome::Sent { protection: Protection::Exchange(protection), .. }, _) => (Met::Taken, protection.assurance),
        (Outcome::Unprotected { .. }, Some(found)) => (Met::Held, found.assurance()),
        _ => return Ok(()),
    };
    let before = tx.destinations().find(domain.as_str()).await?;
    let (known, change) = Known::after(before, met, assurance, now);
    let is_news =
        before.is_none_or(|before| known.differs(&before) || now.duration_since(before.seen_at) >= SEEN_AGAIN);
    if is_news {
        tx.destinations().put(domain.as_str(), &known, change).await?;
    }
    if let Some(change) = change.filter(model::destination::Change::is_loss) {
        tracing::warn!(
            %domain,
            before = change.before.level.word(),
            after = change.after.level.word(),
            names_proved = change.after.name_secure,
            "mail to a domain is less protected than before"
        );
    }
    Ok(())
}

/// Allows less for a domain, for a time. What the domain itself asks for is asked for all the same, and nothing is sent in clear.
pub async fn except(app: &App, domain: &Domain, exception: Exception) -> Result<Result<(), NotExcepted>, Trouble> {
    if let Err(wrong) = check(&exception, app.now()) {
        return Ok(Err(wrong));
    }
    let id = ExceptionId::new(app.now(), &mut *app.entropy());
    let mut tx = app.store.begin().await?;
    let event =
        Event::ExceptionAdded { domain: domain.to_string(), minimum: exception.minimum, until: exception.until };
    tx.destinations().except(&DomainException { id, domain: domain.to_string(), exception }).await?;
    audit::record(&mut tx, app.now(), Actor::Administrator, None, &event).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

fn check(exception: &Exception, now: Timestamp) -> Result<(), NotExcepted> {
    let is_told = |text: &str, bytes_max| !text.trim().is_empty() && text.len() <= bytes_max;
    if !is_told(&exception.reason, REASON_BYTES_MAX) {
        return Err(NotExcepted::Reason);
    }
    if !is_told(&exception.author, AUTHOR_BYTES_MAX) {
        return Err(NotExcepted::Author);
    }
    if exception.until <= now { Err(NotExcepted::End) } else { Ok(()) }
}

/// Ends the exceptions of a domain. Answers how many there were.
pub async fn end_exceptions(app: &App, domain: &Domain) -> Result<u64, Trouble> {
    let mut tx = app.store.begin().await?;
    let ended = tx.destinations().end_exceptions(domain.as_str(), app.now()).await?;
    if ended > 0 {
        let event = Event::ExceptionsEnded { domain: domain.to_string() };
        audit::record(&mut tx, app.now(), Actor::Administrator, None, &event).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

/// All exceptions, the one that ends last first.
pub async fn exceptions(app: &App) -> Result<Vec<DomainException>, Trouble> {
    Ok(app.store.read().await?.destinations().exceptions().await?)
}

/// How mail to all domains is protected, and what has changed.
#[derive(Debug)]
pub struct Picture {
    /// How many domains at each level, the best first.
    pub levels: Vec<LevelCount>,
    /// What has changed, newest first.
    pub changes: Vec<LevelChange>,
}

/// The picture of all domains, with what has changed since a moment.
pub async fn picture(app: &App, since: Timestamp) -> Result<Picture, Trouble> {
    let mut reader = app.store.read().await?;
    let mut levels = reader.destinations().count_levels().await?;
    levels.sort_by_key(|count| std::cmp::Reverse((count.assurance.level, count.assurance.name_secure)));
    Ok(Picture { levels, changes: reader.destinations().changes(since).await? })
}

/// What is known of one domain, and what is allowed there now.
pub async fn known(app: &App, domain: &Domain) -> Result<(Option<Known>, Option<Exception>), Trouble> {
    let mut reader = app.store.read().await?;
    let known = reader.destinations().find(domain.as_str()).await?;
    Ok((known, reader.destinations().exception(domain.as_str(), app.now()).await?))
}
