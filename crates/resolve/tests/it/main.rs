//! Tests of the resolver over real sockets, against name servers that nobody here wrote and a man in the middle of our own.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this whole program is a test; clippy sees only functions marked as such"
)]

mod attacks;
mod support;
mod zones;
