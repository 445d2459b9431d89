//! PostgreSQL: a pool of connections, one transaction on each.
//!
//! Statements are prepared once per connection. `synchronous_commit=on` makes each commit wait for the disk; the server groups commits by
//! itself. Writing transactions run at `READ COMMITTED` and lock what they change; reading ones see one snapshot (`REPEATABLE READ`).
//!
//! A pooler that hands each transaction to another server connection must support protocol-level prepared statements
//! (`PgBouncer` from 1.21).

mod transport;

use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::BytesMut;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio_postgres::{
    NoTls,
    error::SqlState,
    types::{IsNull, ToSql, Type, to_sql_checked},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    CommitCounts, PostgresSettings, Protection, StoreError,
    value::{Param, Row, Value},
};
use transport::Transport;

/// How long to wait for a connection: to be made, or to become free.
const CONNECTION_WAIT: Duration = Duration::from_secs(10);

/// How long a server that went silent is waited for.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Settings of every connection: commits wait for the disk, locks are not waited for without end, and a transaction that a lost process left
/// open ends by itself.
const SESSION_OPTIONS: &str = "-c synchronous_commit=on -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s -c client_min_messages=warning";

/// A PostgreSQL database.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
    shared: Arc<Shared>,
}

struct Shared {
    protection: Protection,
    jobs_changed: Arc<watch::Sender<u64>>,
    transactions: AtomicU64,
}

impl Postgres {
    pub(super) fn open(settings: &PostgresSettings, jobs_changed: Arc<watch::Sender<u64>>) -> Result<Self, StoreError> {
        let (mut config, transport) = transport::choose(settings)?;
        let options = config.get_options().map_or_else(String::new, |given| format!("{given} ")) + SESSION_OPTIONS;
        config.options(options).application_name("siegelpost").tcp_user_timeout(SILENCE_MAX);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECTION_WAIT);
        }
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let protection = transport.protection();
        let manager = match transport {
            Transport::Clear => Manager::from_config(config, NoTls, manager),
            Transport::Tls(tls) => Manager::from_config(config, MakeRustlsConnect::new(*tls), manager),
        };
        let pool = Pool::builder(manager)
            .max_size(settings.connections_max)
            .wait_timeout(Some(CONNECTION_WAIT))
            .create_timeout(Some(CONNECTION_WAIT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| refused(&error.to_string()))?;
        Ok(Self { pool, shared: Arc::new(Shared { protection, jobs_changed, transactions: AtomicU64::new(0) }) })
    }

    pub(super) async fn begin(&self) -> Result<PostgresTransaction, StoreError> {
        self.open_transaction("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await
    }

    pub(super) async fn read(&self) -> Result<PostgresTransaction, StoreError> {
        self.open_transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    async fn open_transaction(&self, begin: &str) -> Result<PostgresTransaction, StoreError> {
        let client = self.pool.get().await.map_err(pool_failure)?;
        // Made before `BEGIN` is sent: cancelled in the middle of it, it is rolled back too.
        let transaction =
            PostgresTransaction { client: Some(client), shared: Arc::clone(&self.shared), has_jobs: false };
        transaction.client()?.batch_execute(begin).await.map_err(failure)?;
        Ok(transaction)
    }

    pub(super) fn protection(&self) -> Protection {
        self.shared.protection
    }

    pub(super) fn commit_counts(&self) -> CommitCounts {
        let transactions = self.shared.transactions.load(Ordering::Relaxed);
        CommitCounts { transactions, commits: transactions }
    }
}

/// How the server would be reached.
pub(crate) fn protection(settings: &PostgresSettings) -> Result<Protection, StoreError> {
    transport::choose(settings).map(|(_, transport)| transport.protection())
}

fn refused(reason: &str) -> StoreError {
    StoreError::Settings(reason.to_owned())
}

/// A connection with an open transaction.
pub(crate) struct PostgresTransaction {
    /// There until the transaction has ended.
    client: Option<Object>,
    shared: Arc<Shared>,
    has_jobs: bool,
}

impl PostgresTransaction {
    fn client(&self) -> Result<&Object, StoreError> {
        self.client.as_ref().ok_or_else(|| StoreError::Unavailable("the transaction has ended".into()))
    }

    pub(crate) const fn note_jobs(&mut self) {
        self.has_jobs = true;
    }

    pub(crate) async fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await.map_err(failure)?;
        let rows = client.query(&statement, &dynamic(params)).await.map_err(failure)?;
        rows.iter().map(read).collect()
    }

    pub(crate) async fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await.map_err(failure)?;
        client.execute(&statement, &dynamic(params)).await.map_err(failure)
    }

    pub(crate) async fn execute_batch(&self, sql: &str) -> Result<(), StoreError> {
        self.client()?.batch_execute(sql).await.map_err(failure)
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.client()?.batch_execute("COMMIT").await.map_err(failure)?;
        self.client = None;
        self.shared.transactions.fetch_add(1, Ordering::Relaxed);
        if self.has_jobs {
            self.shared.jobs_changed.send_modify(|changes| *changes = changes.wrapping_add(1));
        }
        Ok(())
    }
}

/// Sends `ROLLBACK` without waiting for the answer: whoever gets the connection next is served behind it.
///
/// A statement is sent when its future is first polled, so polling once is enough.
impl Drop for PostgresTransaction {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            let _answer_is_not_awaited = client.batch_execute("ROLLBACK").now_or_never();
        }
    }
}

fn dynamic<'a>(params: &'a [Param<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|param| param as &(dyn ToSql + Sync)).collect()
}

fn read(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let value = |(index, column): (usize, &tokio_postgres::Column)| {
        let value = match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(index).map(|value| value.map(Value::Int)),
            Type::INT4 => row.try_get::<_, Option<i32>>(index).map(|value| value.map(|value| Value::Int(value.into()))),
            Type::TEXT => row.try_get::<_, Option<String>>(index).map(|value| value.map(Value::Text)),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(index).map(|value| value.map(Value::Bytes)),
            ref other => return Err(StoreError::Corrupt(format!("column of type {other}"))),
        };
        value.map(|value| value.unwrap_or(Value::Null)).map_err(failure)
    };
    Ok(Row::new(row.columns().iter().enumerate().map(value).collect::<Result<_, _>>()?))
}

impl ToSql for Param<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}

fn pool_failure(error: PoolError) -> StoreError {
    match error {
        PoolError::Backend(error) => failure(error),
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// An error of the connection says only in its cause what is wrong, such as with a certificate.
fn with_cause(error: &tokio_postgres::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// What an error of PostgreSQL means to the caller. Its `DETAIL` is left out, for it holds values.
#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` takes")]
fn failure(error: tokio_postgres::Error) -> StoreError {
    let Some(db) = error.as_db_error() else { return StoreError::Unavailable(with_cause(&error)) };
    let (code, message) = (db.code(), format!("{} ({})", db.message(), db.code().code()));
    match code.code().get(..2) {
        Some("23") => StoreError::Constraint(message),
        Some("40") => StoreError::Conflict(message),
        Some("XX" | "42" | "22") => StoreError::Corrupt(message),
        _ if *code == SqlState::LOCK_NOT_AVAILABLE => StoreError::Conflict(message),
        _ => StoreError::Unavailable(message),
    }
}
