//! The portal as browsers meet it: requests go through the whole router onto real use cases with a real store,
//! each test on SQLite and on a real PostgreSQL.

mod access;
mod archive;
mod browser;
mod defence;
mod forms;
mod mailbox;
mod policy;
mod provider;
mod scanning;
mod sockets;
mod table;
mod tls;
mod trouble;
mod world;
mod writing;
