//! Migrations: the schema, step by step. Steps are only ever added, so that an old and a new process may run side by side; what has been released
//! is never changed, and a checksum of each step that was applied makes sure.
//!
//! Several processes may start at once: each takes a lock (SQLite: the writer; PostgreSQL: an advisory lock), looks which steps are missing, and
//! applies them in the same transaction.

use aws_lc_rs::digest;

use crate::{
    StoreError,
    engine::{Connection, Engine},
    value::params,
};

/// One step of the schema.
pub(crate) struct Migration {
    /// Counts from 1.
    version: i64,
    pub(crate) sql: &'static str,
}

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: include_str!("../migrations/0001_main_job.sql") },
    Migration { version: 2, sql: include_str!("../migrations/0002_lanes.sql") },
    Migration { version: 3, sql: include_str!("../migrations/0003_bounces.sql") },
    Migration { version: 4, sql: include_str!("../migrations/0004_destinations.sql") },
    Migration { version: 5, sql: include_str!("../migrations/0005_tls_reports.sql") },
    Migration { version: 6, sql: include_str!("../migrations/0006_tls_reports_told.sql") },
    Migration { version: 7, sql: include_str!("../migrations/0007_archives.sql") },
];

/// Brings the schema up to date.
pub(crate) async fn apply(engine: &Engine) -> Result<(), StoreError> {
    let mut connection = engine.begin().await?;
    if let Some(lock) = connection.dialect().migration_lock() {
        connection.query(lock, &[]).await?;
    }
    apply_missing(&mut connection, MIGRATIONS).await?;
    connection.commit().await
}

async fn apply_missing(connection: &mut Connection, migrations: &[Migration]) -> Result<(), StoreError> {
    let table = "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, checksum BYTES NOT NULL)";
    let table = connection.dialect().migration(table);
    connection.execute_batch(&table).await?;
    for migration in migrations {
        let checksum = digest::digest(&digest::SHA256, migration.sql.as_bytes());
        let sql = "SELECT checksum FROM schema_migrations WHERE version = $1";
        if let Some(mut row) = connection.query_one(sql, params![migration.version]).await? {
            if row.take::<Vec<u8>>()? != checksum.as_ref() {
                return Err(StoreError::Corrupt(format!(
                    "migration {} is not the one that was applied",
                    migration.version
                )));
            }
            continue;
        }
        let sql = connection.dialect().migration(migration.sql);
        connection.execute_batch(&sql).await?;
        let sql = "INSERT INTO schema_migrations (version, checksum) VALUES ($1, $2)";
        connection.execute(sql, params![migration.version, checksum.as_ref()]).await?;
    }
    Ok(())
}
