//! The binary from outside: commands, the demo, and what survives when it is killed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this whole program is a test; clippy sees only functions marked as such"
)]

mod assess;
mod commands;
mod demo;
mod house;
mod kill;
mod own;
mod postfix;
mod samples;
mod typesetting;
