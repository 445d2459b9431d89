//! Destinations: what is known of the domains that mail goes to, how that has changed, and what administrators allow there.

use jiff::Timestamp;
use model::{
    assurance::{Assurance, Exception, Level, Minimum},
    destination::{Change, Known},
    id::ExceptionId,
};

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, params},
};

/// The most rows of one page.
pub const DESTINATIONS_PAGE_MAX: u32 = 1000;

/// A change of the level of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelChange {
    /// The domain.
    pub domain: String,
    /// When it was seen.
    pub at: Timestamp,
    /// What changed.
    pub change: Change,
}

/// How many domains have been seen at a level last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelCount {
    /// The level, and whether names are proved.
    pub assurance: Assurance,
    /// How many domains.
    pub domains: u64,
}

/// An exception, and where it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainException {
    /// Its id.
    pub id: ExceptionId,
    /// The domain.
    pub domain: String,
    /// What is allowed, why, and until when.
    pub exception: Exception,
}

pub(crate) const FIND: &str =
    "SELECT level, name_secure, good_in_a_row, held, seen_at FROM destinations WHERE domain = $1";
pub(crate) const EXCEPTION: &str = "SELECT id, domain, minimum, reason, author, from_at, until_at FROM exceptions \
     WHERE domain = $1 AND until_at > $2 AND from_at <= $2 ORDER BY until_at DESC LIMIT 1";

fn level(word: &str) -> Result<Level, StoreError> {
    Level::from_word(word).ok_or_else(|| StoreError::Corrupt(format!("no such level: {word}")))
}

fn assurance(row: &mut Row) -> Result<Assurance, StoreError> {
    Ok(Assurance { level: level(&row.take::<String>()?)?, name_secure: row.take()? })
}

fn known(mut row: Row) -> Result<Known, StoreError> {
    Ok(Known {
        assurance: assurance(&mut row)?,
        good_in_a_row: row.take()?,
        is_held: row.take()?,
        seen_at: row.take()?,
    })
}

fn exception(mut row: Row) -> Result<DomainException, StoreError> {
    let (id, domain, minimum): (_, _, String) = (row.take()?, row.take()?, row.take()?);
    let minimum = Minimum::from_word(&minimum);
    let minimum = minimum.ok_or_else(|| StoreError::Corrupt("an exception without minimum".into()))?;
    let (reason, author, from, until) = (row.take()?, row.take()?, row.take()?, row.take()?);
    Ok(DomainException { id, domain, exception: Exception { minimum, reason, author, from, until } })
}

/// Access to the destinations.
pub struct Destinations<'a, A>(pub(crate) Access<'a, A>);

impl<A> Destinations<'_, A> {
    /// What is known of a domain.
    pub async fn find(&mut self, domain: &str) -> Result<Option<Known>, StoreError> {
        self.0.query_one(FIND, params![domain]).await?.map(known).transpose()
    }

    /// The exception that holds for a domain now; of several the one that ends last.
    pub async fn exception(&mut self, domain: &str, now: Timestamp) -> Result<Option<Exception>, StoreError> {
        let row = self.0.query_one(EXCEPTION, params![domain, now]).await?;
        Ok(row.map(exception).transpose()?.map(|found| found.exception))
    }

    /// All exceptions, also those that have ended, the one that ends last first, at most [`DESTINATIONS_PAGE_MAX`].
    pub async fn exceptions(&mut self) -> Result<Vec<DomainException>, StoreError> {
        let sql = "SELECT id, domain, minimum, reason, author, from_at, until_at FROM exceptions \
                   ORDER BY until_at DESC, domain LIMIT $1";
        let rows = self.0.query(sql, params![DESTINATIONS_PAGE_MAX]).await?;
        rows.into_iter().map(exception).collect()
    }

    /// How many domains have been seen at each level last.
    pub async fn count_levels(&mut self) -> Result<Vec<LevelCount>, StoreError> {
        let sql = "SELECT level, name_secure, COUNT(*) FROM destinations GROUP BY level, name_secure";
        let rows = self.0.query(sql, params![]).await?;
        rows.into_iter()
            .map(|mut row| Ok(LevelCount { assurance: assurance(&mut row)?, domains: row.take()? }))
            .collect()
    }

    /// Changes since a moment, newest first, at most [`DESTINATIONS_PAGE_MAX`].
    pub async fn changes(&mut self, since: Timestamp) -> Result<Vec<LevelChange>, StoreError> {
        let sql = "SELECT domain, at, level_before, name_secure_before, level, name_secure FROM level_changes \
                   WHERE at >= $1 ORDER BY at DESC, domain LIMIT $2";
        let rows = self.0.query(sql, params![since, DESTINATIONS_PAGE_MAX]).await?;
        rows.into_iter()
            .map(|mut row| {
                let (domain, at) = (row.take()?, row.take()?);
                let change = Change { before: assurance(&mut row)?, after: assurance(&mut row)? };
                Ok(LevelChange { domain, at, change })
            })
            .collect()
    }
}

impl Destinations<'_, Write> {
    /// Keeps what is known of a domain now, and what has changed with it.
    pub async fn put(&mut self, domain: &str, known: &Known, change: Option<Change>) -> Result<(), StoreError> {
        let Known { assurance, good_in_a_row, is_held, seen_at } = known;
        let sql = "INSERT INTO destinations (domain, level, name_secure, good_in_a_row, held, seen_at) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (domain) DO UPDATE SET level = excluded.level, \
                   name_secure = excluded.name_secure, good_in_a_row = excluded.good_in_a_row, \
                   held = CASE WHEN excluded.held > destinations.held THEN excluded.held ELSE destinations.held END, \
                   seen_at = excluded.seen_at";
        let level = assurance.level.word();
        self.0.execute(sql, params![domain, level, assurance.name_secure, good_in_a_row, is_held, seen_at]).await?;
        if let Some(Change { before, after }) = change {
            let sql = "INSERT INTO level_changes (domain, at, level_before, name_secure_before, level, name_secure) \
                       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (domain, at) DO NOTHING";
            let (from, to) = (before.level.word(), after.level.word());
            let params = params![domain, seen_at, from, before.name_secure, to, after.name_secure];
            self.0.execute(sql, params).await?;
        }
        Ok(())
    }

    /// Adds an exception.
    pub async fn except(&mut self, added: &DomainException) -> Result<(), StoreError> {
        let sql = "INSERT INTO exceptions (id, domain, minimum, reason, author, from_at, until_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let Exception { minimum, reason, author, from, until } = &added.exception;
        let minimum = minimum.word();
        let params = params![added.id, added.domain, minimum, reason, author, from, until];
        self.0.execute(sql, params).await?;
        Ok(())
    }

    /// Ends all exceptions of a domain that would hold later than `now`. Answers how many.
    pub async fn end_exceptions(&mut self, domain: &str, now: Timestamp) -> Result<u64, StoreError> {
        let sql = "UPDATE exceptions SET until_at = $2 WHERE domain = $1 AND until_at > $2";
        self.0.execute(sql, params![domain, now]).await
    }
}
