//! Hands mail to the next server.
//!
//! | module | does |
//! | --- | --- |
//! | `worker` | leases mail that is due and records what came of it; one for the world, one for the organisation |
//! | `lanes` | how many connections each domain may have |
//! | `hold` | how long a connection stays with its domain |
//! | `idle` | connections that wait for their next mail |
//! | `exchanges` | opens a connection to a mail server of the recipient's domain |
//! | `connection` | a connection: to a configured server or one of the world; sends one mail after the other |
//! | `false_offers` | which servers offer CHUNKING and do not know `BDAT` |
//! | `peer` | the proof that content may be written to it |
//!
//! The world and the organisation have a worker each, and mail to one domain of the world waits for no other's: a destination that hangs fills its own
//! connections and delays no other.
//!
//! Content is written only to a [`VerifiedPeer`] (P1). `STARTTLS` that is missing, refused or tampered with, and a certificate that proves something else
//! than what is needed, defer the mail with the reason; there is no way on in clear.
//!
//! A mail is `Sent` when the server has answered its end with `250`. If the connection dies between the end of the content and that answer,
//! nobody can know whether the server has the mail; it is sent again, as RFC 5321 section 4.5.4.1 wants, and may arrive twice. The same
//! holds if this process dies before it has recorded the answer.
//!
//! Where CHUNKING and PIPELINING are offered, small content goes right behind its envelope, before the server has said anything of it. So what has reached the
//! server is not known from the moment on in which that is written, and a connection that waited is looked at first: if its server has ended it meanwhile, the
//! mail goes over another one at once.

mod connection;
mod exchanges;
mod false_offers;
mod hold;
mod idle;
mod lanes;
mod peer;
mod settings;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;

use app::App;
use app::outgoing::{Destination, Protection};
use futures_util::future::join_all;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::smtp::client::ClientSettings;

pub use connection::ConnectError;
pub(crate) use connection::exchange;
pub use peer::VerifiedPeer;
pub use settings::{Exchanges, Login, NextHop, NextHopTls, OutboundSettings, Way};

use crate::tls::{self, TlsError};
use connection::Hop;
use worker::Worker;

/// Why the worker cannot begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No connection, no mail.
    #[error("there must be at least 1 connection, in all and to one domain")]
    NoConnections,
}

/// The workers for all mail that leaves.
pub struct Outbound {
    workers: [Arc<Worker>; 2],
    settings: OutboundSettings,
}

impl Outbound {
    /// Checks the settings. Nothing is sent before [`run`](Self::run).
    pub fn new(settings: OutboundSettings, app: &Arc<App>) -> Result<Self, OutboundError> {
        let world = match &settings.world {
            Way::NextHop(next_hop) => Worker::to_hop(app, &settings, Destination::World, hop(&settings, next_hop)?),
            Way::Exchanges(exchanges) => Worker::to_exchanges(app, &settings, exchanges)?,
        };
        let organisation = hop(&settings, &settings.organisation)?;
        let organisation = Worker::to_hop(app, &settings, Destination::Organisation, organisation);
        Ok(Self { workers: [Arc::new(world), Arc::new(organisation)], settings })
    }

    /// Connects to a configured server as a mail would, proves it, and says goodbye: whether mail could leave, and how protected. `None` where mail goes to
    /// the servers of its recipients.
    pub async fn probe(&self, destination: Destination) -> Option<Result<Protection, ConnectError>> {
        let [world, organisation] = &self.workers;
        if destination == Destination::World { world } else { organisation }.probe().await
    }

    /// Sends what is due until `stop` is cancelled; then running attempts may finish for a while. What is cut off is sent again later.
    pub async fn run(self, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        let abandon = CancellationToken::new();
        let [world, organisation] = &self.workers;
        let work = [world, organisation].map(|worker| worker.work(&tasks, &stop, &abandon));
        tokio::join!(join_all(work), world.look_after(&stop));
        tasks.close();
        if timeout(self.settings.drain_max, tasks.wait()).await.is_err() {
            tracing::warn!(attempts = tasks.len(), "attempts were cut off by the shutdown");
            abandon.cancel();
            tasks.wait().await;
        }
    }
}

fn hop(settings: &OutboundSettings, next_hop: &NextHop) -> Result<Hop, OutboundError> {
    if next_hop.connections_max == 0 {
        return Err(OutboundError::NoConnections);
    }
    Ok(Hop {
        tls: tls::client(tls::native_roots(), &next_hop.extra_roots)?,
        settings: next_hop.clone(),
        client: ClientSettings { timeouts: settings.timeouts, ..ClientSettings::new(settings.host_name.clone()) },
        connect_max: settings.connect_max,
    })
}
