//! SQLite: one writer with group commit, and readers beside it.
//!
//! The database is in WAL mode: readers see the last commit and neither wait for the writer nor hold it up. Statements are short and run where
//! they are called; only what waits for the disk has threads of its own: the commit, and moving pages from the log to the database.
//!
//! A savepoint keeps every page it changes as it was before, to be able to roll back. `temp_store=MEMORY` keeps them out of a file: written there
//! page by page, they cost more than all that is written for good.

mod committer;
mod log;
mod readers;
mod seat;
mod writer;

use std::{path::PathBuf, sync::Arc, time::Duration};

use rusqlite::{
    Connection, ToSql,
    config::DbConfig,
    types::{ToSqlOutput, ValueRef},
};
use tokio::sync::watch;

pub(super) use readers::ReadTransaction;
pub(super) use writer::WriteTransaction;

use crate::{
    CommitCounts, StoreError,
    value::{Param, Row, Value},
};

/// How long a statement waits for another process that holds the database.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// How many prepared statements a connection keeps: more than there are texts in this crate.
const STATEMENTS_MAX: usize = 256;

/// An open SQLite database.
#[derive(Clone)]
pub(crate) struct Sqlite {
    writer: Arc<writer::Writer>,
    readers: Arc<readers::Readers>,
}

impl Sqlite {
    pub(super) async fn open(path: PathBuf, jobs_changed: Arc<watch::Sender<u64>>) -> Result<Self, StoreError> {
        let opened = tokio::task::spawn_blocking({
            let path = path.clone();
            move || open_writer(&path)
        });
        let connection = opened.await.map_err(|error| StoreError::Unavailable(error.to_string()))??;
        let disk = committer::disk(&path)?;
        let writer = writer::Writer::start(connection, &path, disk, jobs_changed, log::Limits::USUAL)?;
        Ok(Self { writer: Arc::new(writer), readers: Arc::new(readers::Readers::new(path)) })
    }

    pub(super) async fn begin(&self) -> Result<WriteTransaction, StoreError> {
        WriteTransaction::begin(&self.writer).await
    }

    pub(super) async fn read(&self) -> Result<ReadTransaction, StoreError> {
        ReadTransaction::begin(&self.readers).await
    }

    pub(super) fn commit_counts(&self) -> CommitCounts {
        self.writer.commit_counts()
    }

    pub(super) async fn lost(&self) -> StoreError {
        self.writer.lost().await
    }
}

fn open_writer(path: &std::path::Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path).map_err(failure)?;
    connection.busy_timeout(BUSY_WAIT).map_err(failure)?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 64000; \
             PRAGMA secure_delete = ON; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;",
        )
        .map_err(failure)?;
    // The first read makes the log's file, which the thread that commits has to find.
    connection.execute_batch("SELECT 1 FROM sqlite_schema").map_err(failure)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Lets a connection prepare each text once. Without the guarantee of stable plans, SQLite would prepare anew whenever another value is bound to
/// a `LIMIT`.
fn keep_statements(connection: &Connection) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop).map_err(failure)
}

/// Runs a statement and reads all its rows.
fn query(connection: &Connection, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    bind(&mut statement, params)?;
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    let mut answer = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        let values = (0..columns).map(|column| row.get_ref(column).map_err(failure).and_then(read));
        answer.push(Row::new(values.collect::<Result<_, _>>()?));
    }
    Ok(answer)
}

/// Runs a statement and answers how many rows it changed.
fn execute(connection: &Connection, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    bind(&mut statement, params)?;
    statement.raw_execute().map(|changed| changed as u64).map_err(failure)
}

/// Binds `$1` to the first parameter and so on.
///
/// To SQLite `$1` is a name, and names are numbered as they appear in the text; so each place is asked for its name.
fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Param<'_>]) -> Result<(), StoreError> {
    for place in 1..=statement.parameter_count() {
        let number = statement
            .parameter_name(place)
            .and_then(|name| name.strip_prefix('$'))
            .and_then(|n| n.parse::<usize>().ok());
        let param = number.and_then(|number| params.get(number.checked_sub(1)?));
        let param = param.ok_or_else(|| StoreError::Corrupt("statement has a parameter without a value".into()))?;
        statement.raw_bind_parameter(place, param).map_err(failure)?;
    }
    Ok(())
}

fn read(value: ValueRef<'_>) -> Result<Value, StoreError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => return Err(StoreError::Corrupt("column does not hold UTF-8".into())),
        },
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Real(_) => return Err(StoreError::Corrupt("column holds a fraction".into())),
    })
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// What an error of SQLite means to the caller. Messages name statements and constraints, never values.
#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` takes")]
fn failure(error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode;
    let message = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Conflict(message),
        Some(ErrorCode::ConstraintViolation) => StoreError::Constraint(message),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::TypeMismatch) => {
            StoreError::Corrupt(message)
        }
        _ => StoreError::Unavailable(message),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::value::params;

    #[test]
    fn another_limit_prepares_nothing_anew() {
        let dir = tempfile::tempdir().unwrap();
        let connection = open_writer(&dir.path().join("store.db")).unwrap();
        connection.execute_batch("CREATE TABLE things (number);").unwrap();
        let sql = "SELECT number FROM things ORDER BY number LIMIT $1";
        for limit in [7_i64, 8, 7] {
            query(&connection, sql, params![limit]).unwrap();
        }
        let statement = connection.prepare_cached(sql).unwrap();
        assert_eq!(statement.get_status(StatementStatus::Run), 3, "it is the one that was kept");
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
