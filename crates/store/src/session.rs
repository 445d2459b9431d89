//! [`Reader`] and [`Tx`]: the two ways into the database, and what their tables have in common.

use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

use crate::{
    StoreError,
    engine::Connection,
    tables::{
        Activations, Archives, Audit, Blobs, Bounces, Deliveries, Destinations, Drafts, Jobs, KeptViews, Mailboxes,
        Messages, Outgoing, Sessions, StsPolicies, Threads, Throttles, TlsReports, Wraps,
    },
};

/// Marks tables reached through a [`Reader`]: lookups only.
#[derive(Debug, Clone, Copy)]
pub enum Read {}

/// Marks tables reached through a [`Tx`]: lookups and changes.
#[derive(Debug, Clone, Copy)]
pub enum Write {}

/// The connection as a table sees it, with `A` for what it may do.
pub struct Access<'a, A> {
    connection: &'a mut Connection,
    access: PhantomData<A>,
}

impl<'a, A> Access<'a, A> {
    fn new(connection: &'a mut Connection) -> Self {
        Self { connection, access: PhantomData }
    }
}

impl<A> Deref for Access<'_, A> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl<A> DerefMut for Access<'_, A> {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection
    }
}

/// Reads from one snapshot of the database: what is committed while it is held is not seen. Hold it briefly.
pub struct Reader {
    connection: Connection,
}

/// A transaction: reads and changes that happen together or not at all.
///
/// Dropped without [`Tx::commit`], it is rolled back, also when its task is cancelled in the middle of a statement. On SQLite a transaction
/// holds the one writer: make it short, and do not wait for anything but its own statements in between, least of all for a
/// second transaction.
///
/// Every lookup of a [`Reader`] works on a transaction too: `&mut tx` can be handed to what takes `&mut Reader`.
pub struct Tx {
    reader: Reader,
}

impl Reader {
    pub(crate) const fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

impl Tx {
    pub(crate) const fn new(connection: Connection) -> Self {
        Self { reader: Reader::new(connection) }
    }

    /// Makes the changes durable. Only after this answers `Ok` they are.
    ///
    /// After an error nothing was written, except that a connection lost in the very moment of committing leaves it open; repeating the work
    /// is then safe if it is safe to do twice. If the future is dropped, the outcome is likewise open.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.reader.connection.commit().await
    }
}

impl Deref for Tx {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.reader
    }
}

macro_rules! tables {
    ($($name:ident $table:ident $doc:literal;)*) => {
        impl Reader {
            $(#[doc = concat!("Looks up ", $doc, ".")]
            pub fn $name(&mut self) -> $table<'_, Read> {
                $table(Access::new(&mut self.connection))
            })*
        }
        impl Tx {
            $(#[doc = concat!("Looks up and changes ", $doc, ".")]
            pub fn $name(&mut self) -> $table<'_, Write> {
                $table(Access::new(&mut self.reader.connection))
            })*
        }
    };
}

tables! {
    mailboxes Mailboxes "mailboxes";
    wraps Wraps "wraps";
    activations Activations "activation links";
    messages Messages "messages";
    deliveries Deliveries "deliveries";
    kept_views KeptViews "kept views";
    drafts Drafts "drafts and their attachments";
    sessions Sessions "sessions";
    archives Archives "archives of mailboxes";
    outgoing Outgoing "mails that leave, and their attempts";
    destinations Destinations "the domains that mail goes to, and exceptions for them";
    sts_policies StsPolicies "policies of the domains that mail goes to";
    bounces Bounces "bounces and their tallies";
    tls_reports TlsReports "how TLS to mail servers went, and reports about it";
    threads Threads "remembered threads";
    throttles Throttles "throttles";
    blobs Blobs "content objects inside the database";
    jobs Jobs "jobs";
    audit Audit "the audit log";
}
