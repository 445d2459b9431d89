//! Tests of the store, each on SQLite and on a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this whole program is a test; clippy sees only functions marked as such"
)]

mod archives;
mod audit;
mod blobs;
mod cancellation;
mod deliveries;
mod house;
mod jobs;
mod outage;
mod postgres_tls;
mod sqlite;
mod tables;
mod transactions;
