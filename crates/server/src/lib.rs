//! The binary's rooms: configuration, keys, life cycle, the demo and the command line. Everything is wired together here, and only here.

pub mod assemble;
mod assess;
pub mod command;
pub mod config;
pub mod demo;
mod destinations;
mod doctor;
mod errors;
mod hops;
mod init;
pub mod keys;
pub mod lifecycle;
mod policies;
mod samples;
mod scanning;
mod secret;
mod stationery;
mod storage;
mod submit;
mod telemetry;
mod tls_reports;
mod trace;
mod transport;
pub mod typesetting;
mod world;
