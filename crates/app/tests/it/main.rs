//! The use cases, each scenario on SQLite and on a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this whole program is a test; clippy sees only functions marked as such"
)]

mod account;
mod activation;
mod archive;
mod bounces;
mod delivery;
mod destinations;
mod entrance;
mod house;
mod housekeeping;
mod intake;
mod jobs;
mod lists;
mod mails;
mod own;
mod provider;
mod reading;
mod reports;
mod scanning;
mod seams;
mod secrecy;
mod story;
mod sweep;
mod tls_reports;
mod tls_reports_received;
mod untold;
mod writing;
