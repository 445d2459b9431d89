//! Servers that nobody here wrote, for tests (feature `testing`).

mod postgres;
mod s3;

pub use postgres::PostgresServer;
pub use s3::S3Server;
