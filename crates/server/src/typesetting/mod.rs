//! Setting pages in processes of their own.
//!
//! What is set comes from whoever wrote a mail, and a typesetter can be made to need any time and memory, or to crash. So the server never
//! sets anything itself: it starts copies of its own program that read jobs and write answers ([`worker`]), have no files, no network and
//! bounded memory, and are killed at a deadline ([`pool`]).

mod pool;
pub mod worker;

pub use pool::Pool;
