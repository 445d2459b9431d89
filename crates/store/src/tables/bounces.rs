//! Bounces: what was said about a mail after it had left, and how often what came in at the bounce addresses meant what.
//!
//! Anybody who has seen a bounce address can write to it as often as he likes. So a mail has at most one row for each word that can be said
//! about it, and everything beyond that is only counted, by day and word.

use jiff::Timestamp;
use model::id::OutgoingId;

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, debug_shows, params, words},
};

words! {
    /// What was said about a mail.
    BounceWord {
        /// It could not be delivered.
        Failed = "failed",
        /// It is late.
        Delayed = "delayed",
        /// It was delivered.
        Delivered = "delivered",
        /// It went on to a server that reports nothing.
        Relayed = "relayed",
        /// It went on to the members of a list.
        Expanded = "expanded",
        /// Its recipient does not want such mail.
        Complaint = "complaint",
    }
}

/// What was said about a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Bounce {
    /// The mail.
    pub outgoing_id: OutgoingId,
    /// What was said.
    pub word: BounceWord,
    /// The enhanced status code, if there was one.
    pub status: Option<String>,
    /// When it was first said.
    pub at: Timestamp,
}

debug_shows!(Bounce: outgoing_id, word, status, at);

fn read(mut row: Row) -> Result<Bounce, StoreError> {
    Ok(Bounce { outgoing_id: row.take()?, word: row.take()?, status: row.take()?, at: row.take()? })
}

pub(crate) const OF_OUTGOING: &str =
    "SELECT outgoing_id, word, status, at FROM bounces WHERE outgoing_id = $1 ORDER BY at, word";

/// Access to the bounces.
pub struct Bounces<'a, A>(pub(crate) Access<'a, A>);

impl<A> Bounces<'_, A> {
    /// What was said about a mail, in the order in which it was said.
    pub async fn of_outgoing(&mut self, id: OutgoingId) -> Result<Vec<Bounce>, StoreError> {
        self.0.query(OF_OUTGOING, params![id]).await?.into_iter().map(read).collect()
    }

    /// How often each word was counted on a day (days since 1970), in the order of the alphabet.
    pub async fn tallies(&mut self, day: i64) -> Result<Vec<(String, u64)>, StoreError> {
        let sql = "SELECT word, number FROM bounce_tallies WHERE day = $1 ORDER BY word";
        let rows = self.0.query(sql, params![day]).await?;
        rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
    }
}

impl Bounces<'_, Write> {
    /// Remembers what was said. `false` if the same was said about the same mail before: then nothing changes.
    pub async fn remember(&mut self, bounce: &Bounce) -> Result<bool, StoreError> {
        let sql = "INSERT INTO bounces (outgoing_id, word, status, at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (outgoing_id, word) DO NOTHING";
        let params = params![bounce.outgoing_id, bounce.word, bounce.status, bounce.at];
        Ok(self.0.execute(sql, params).await? == 1)
    }

    /// Adds to the count of a word on a day.
    pub async fn count(&mut self, day: i64, word: &str, number: u64) -> Result<(), StoreError> {
        let sql = "INSERT INTO bounce_tallies (day, word, number) VALUES ($1, $2, $3) ON CONFLICT (day, word) DO UPDATE \
                   SET number = bounce_tallies.number + excluded.number";
        self.0.execute(sql, params![day, word, number]).await?;
        Ok(())
    }

    /// Forgets the counts of days before `day`. Answers how many.
    pub async fn forget_tallies(&mut self, day: i64) -> Result<u64, StoreError> {
        self.0.execute("DELETE FROM bounce_tallies WHERE day < $1", params![day]).await
    }
}
