//! What the tests of this crate stand on: a house with a fresh store, raw sockets to it, certificates, and peers that misbehave.

mod certificates;
mod house;
mod peer;
mod raw;
pub(crate) mod small_world;

pub(crate) use certificates::{Authority, Issued};
pub(crate) use house::House;
pub(crate) use peer::{Peer, Step};
pub(crate) use raw::Raw;
