//! Where things are kept.

use std::{fmt, path::PathBuf};

use crate::StoreError;

/// Where everything is kept.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// The database.
    pub database: DatabaseSettings,
    /// The large content objects.
    pub blobs: BlobSettings,
}

/// The database.
#[derive(Debug, Clone)]
pub enum DatabaseSettings {
    /// A SQLite file; its folder exists, the file is made where missing. For one process on one machine.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A PostgreSQL server, for any number of processes.
    Postgres(PostgresSettings),
}

/// How to reach PostgreSQL.
#[derive(Clone)]
pub struct PostgresSettings {
    /// Connection URL or key-value string, with the password if one is needed.
    pub url: String,
    /// Certificates (PEM) that the server's certificate must lead to; without them, those that the machine trusts.
    ///
    /// Connections to another machine are always encrypted, and the certificate is verified with the host's name. To loopback addresses they are so
    /// where the URL asks for it (`sslmode=verify-full`), or where it leaves that open and certificates are given here; with `sslmode=disable` they
    /// are not, whatever is given here. To Unix sockets they never are.
    pub roots_pem: Option<Vec<u8>>,
    /// The most connections at a time.
    pub connections_max: usize,
}

impl PostgresSettings {
    /// How the server would be reached, or why these settings cannot work. Connects to nothing.
    pub fn check(&self) -> Result<Protection, StoreError> {
        crate::engine::postgres_protection(self)
    }
}

/// What protects the way to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// A file: there is no way.
    File,
    /// A connection that does not leave this machine.
    OnThisMachine,
    /// TLS, with the server's certificate verified.
    VerifiedTls,
}

impl fmt::Debug for PostgresSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresSettings").field("connections_max", &self.connections_max).finish_non_exhaustive()
    }
}

/// The large content objects.
#[derive(Debug, Clone)]
pub enum BlobSettings {
    /// Files below a folder, which is made where missing.
    Files {
        /// The folder.
        dir: PathBuf,
    },
    /// A bucket in an S3-compatible store.
    S3(S3Settings),
}

/// How to reach a bucket.
#[derive(Clone)]
pub struct S3Settings {
    /// URL of the service. `http` is refused except to loopback.
    pub endpoint: String,
    /// Name of the bucket; it exists.
    pub bucket: String,
    /// Name of the region.
    pub region: String,
    /// Id of the access key.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
}

impl fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Settings")
            .field("endpoint", &self.endpoint)
            .field("bucket", &self.bucket)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
