//! The binary from outside: commands, the demo, and what survives when it is killed.

mod commands;
mod demo;
mod house;
mod kill;
