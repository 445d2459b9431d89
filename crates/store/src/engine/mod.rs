//! The engines: how statements reach SQLite and PostgreSQL.
//!
//! An enum, not a trait: there are two, the callers never add a third, and so futures stay concrete and `Send`.

mod postgres;
mod sqlite;

pub(crate) use postgres::protection as postgres_protection;

use std::sync::Arc;

use tokio::sync::watch;

use crate::{
    CommitCounts, DatabaseSettings, Protection, StoreError,
    dialect::Dialect,
    value::{Param, Row},
};

/// A database.
#[derive(Clone)]
pub(crate) enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Engine {
    pub(crate) async fn open(
        settings: DatabaseSettings,
        jobs_changed: Arc<watch::Sender<u64>>,
    ) -> Result<Self, StoreError> {
        Ok(match settings {
            DatabaseSettings::Sqlite { path } => Self::Sqlite(sqlite::Sqlite::open(path, jobs_changed).await?),
            DatabaseSettings::Postgres(settings) => Self::Postgres(postgres::Postgres::open(&settings, jobs_changed)?),
        })
    }

    pub(crate) async fn begin(&self) -> Result<Connection, StoreError> {
        let transaction = match self {
            Self::Sqlite(sqlite) => Transaction::SqliteWrite(sqlite.begin().await?),
            Self::Postgres(postgres) => Transaction::Postgres(postgres.begin().await?),
        };
        Ok(Connection { transaction, in_doubt: false })
    }

    pub(crate) async fn read(&self) -> Result<Connection, StoreError> {
        let transaction = match self {
            Self::Sqlite(sqlite) => Transaction::SqliteRead(sqlite.read().await?),
            Self::Postgres(postgres) => Transaction::Postgres(postgres.read().await?),
        };
        Ok(Connection { transaction, in_doubt: false })
    }

    /// Answers once nothing can be written any more until the process is started anew. PostgreSQL ends itself then, so it is SQLite's to say.
    pub(crate) async fn lost(&self) -> StoreError {
        match self {
            Self::Sqlite(sqlite) => sqlite.lost().await,
            Self::Postgres(_) => std::future::pending().await,
        }
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        self.read().await?.query_one("SELECT 1", &[]).await.map(drop)
    }

    pub(crate) fn protection(&self) -> Protection {
        match self {
            Self::Sqlite(_) => Protection::File,
            Self::Postgres(postgres) => postgres.protection(),
        }
    }

    pub(crate) fn commit_counts(&self) -> CommitCounts {
        match self {
            Self::Sqlite(sqlite) => sqlite.commit_counts(),
            Self::Postgres(postgres) => postgres.commit_counts(),
        }
    }
}

/// A connection with an open transaction, which is rolled back when this is dropped.
pub struct Connection {
    transaction: Transaction,
    /// Whether a statement failed, or was abandoned before its end was known. Then nothing can be committed: PostgreSQL would roll back and
    /// call it a success.
    in_doubt: bool,
}

enum Transaction {
    SqliteWrite(sqlite::WriteTransaction),
    SqliteRead(sqlite::ReadTransaction),
    Postgres(postgres::PostgresTransaction),
}

impl Connection {
    pub(crate) const fn dialect(&self) -> Dialect {
        match self.transaction {
            Transaction::SqliteWrite(_) | Transaction::SqliteRead(_) => Dialect::Sqlite,
            Transaction::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement and answers its rows.
    ///
    /// The text is `'static`: nothing that comes from outside can be part of it, and each text is prepared once per connection.
    pub(crate) async fn query(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        let certain = !std::mem::replace(&mut self.in_doubt, true);
        let rows = match &mut self.transaction {
            Transaction::SqliteWrite(transaction) => transaction.query(sql, params),
            Transaction::SqliteRead(transaction) => transaction.query(sql, params),
            Transaction::Postgres(transaction) => transaction.query(sql, params).await,
        }?;
        self.in_doubt = !certain;
        Ok(rows)
    }

    /// Runs a statement and answers its first row.
    pub(crate) async fn query_one(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// Runs a statement and answers how many rows it changed.
    pub(crate) async fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        let certain = !std::mem::replace(&mut self.in_doubt, true);
        let changed = match &mut self.transaction {
            Transaction::SqliteWrite(transaction) => transaction.execute(sql, params),
            Transaction::SqliteRead(transaction) => transaction.execute(sql, params),
            Transaction::Postgres(transaction) => transaction.execute(sql, params).await,
        }?;
        self.in_doubt = !certain;
        Ok(changed)
    }

    /// Runs statements without parameters, for migrations.
    pub(crate) async fn execute_batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let certain = !std::mem::replace(&mut self.in_doubt, true);
        match &mut self.transaction {
            Transaction::SqliteWrite(transaction) => transaction.execute_batch(sql),
            Transaction::SqliteRead(transaction) => transaction.execute_batch(sql),
            Transaction::Postgres(transaction) => transaction.execute_batch(sql).await,
        }?;
        self.in_doubt = !certain;
        Ok(())
    }

    /// Notes that this transaction changes when jobs are due.
    pub(crate) const fn note_jobs(&mut self) {
        match &mut self.transaction {
            Transaction::SqliteWrite(transaction) => transaction.note_jobs(),
            Transaction::SqliteRead(_) => {}
            Transaction::Postgres(transaction) => transaction.note_jobs(),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        if self.in_doubt {
            return Err(StoreError::Unavailable("a statement of this transaction failed or was abandoned".into()));
        }
        match self.transaction {
            Transaction::SqliteWrite(transaction) => transaction.commit().await,
            Transaction::SqliteRead(_) => Ok(()),
            Transaction::Postgres(transaction) => transaction.commit().await,
        }
    }
}
