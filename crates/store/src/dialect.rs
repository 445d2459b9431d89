//! What differs between the engines. Everything else is one SQL text for both, with `$1` placeholders.

/// The SQL that a database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The text for this engine out of `[sqlite, postgres]`.
    pub(crate) const fn pick(self, [sqlite, postgres]: [&'static str; 2]) -> &'static str {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }

    /// Types in migrations: `BYTES` and `SERIAL_KEY` stand for what the engine calls them.
    pub(crate) fn migration(self, sql: &str) -> String {
        let (bytes, serial_key) = match self {
            Self::Sqlite => ("BLOB", "INTEGER PRIMARY KEY AUTOINCREMENT"),
            Self::Postgres => ("BYTEA", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
        };
        sql.replace("SERIAL_KEY", serial_key).replace("BYTES", bytes)
    }

    /// The lock that whoever records audit events holds until its transaction ends. SQLite has one writer and needs none.
    pub(crate) const fn audit_lock_shared(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT pg_advisory_xact_lock_shared(7310577)::text"),
        }
    }

    /// The lock that waits for all who record, and holds them off.
    pub(crate) const fn audit_lock_exclusive(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT pg_advisory_xact_lock(7310577)::text"),
        }
    }

    /// The lock that lets one process at a time migrate. SQLite's one writer is lock enough.
    pub(crate) const fn migration_lock(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT pg_advisory_xact_lock(7310578)::text"),
        }
    }
}
