//! Hands mail to the next server.
//!
//! Each destination (the world, the organisation) has a worker of its own: it leases mail that is due, sends it over a few connections, and
//! records what came of it. A destination that hangs fills its own connections and delays no other.
//!
//! Content is written only to a [`VerifiedPeer`] (P1): a connection whose TLS handshake proved the configured host, or one that does
//! not leave this machine. `STARTTLS` that is missing, refused or tampered with, and a certificate that proves something else, defer the mail with the
//! reason; there is no way on in clear.
//!
//! A mail is `Sent` when the server has answered its end with `250`. If the connection dies between the end of the content and that answer,
//! nobody can know whether the server has the mail; it is sent again, as RFC 5321 section 4.5.4.1 wants, and may arrive twice. The same
//! holds if this process dies before it has recorded the answer.

mod connection;
mod peer;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::outgoing::{self, Destination, Outcome, Parcel, Protection};
use app::{App, job};
use rustls::RootCertStore;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::smtp::client::ClientSettings;

pub use connection::ConnectError;
pub(crate) use connection::exchange;
pub use peer::VerifiedPeer;
pub use settings::{Login, NextHop, NextHopTls, OutboundSettings};

use crate::tls::{self, TlsError};
use connection::{Connection, Hop};

/// The most mails leased at once.
const LEASED_MAX: u32 = 32;
/// How often to look for mail that became due, or that another process has queued.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Mails that are queued within this time are leased together.
const GATHER: Duration = Duration::from_millis(5);
/// How long to wait when the store is in trouble.
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);
/// How often an outcome is tried to be recorded. If it never is, the mail is sent again.
const RECORD_TRIES: u32 = 10;

/// Why the worker cannot begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No connection, no mail.
    #[error("connections_max must be at least 1")]
    NoConnections,
}

/// The worker for all mail that leaves.
pub struct Outbound {
    lanes: [Arc<Lane>; 2],
    settings: OutboundSettings,
}

/// One destination and its connections.
struct Lane {
    app: Arc<App>,
    destination: Destination,
    hop: Hop,
    attempt_max: Duration,
    idle_max: Duration,
    idle: Mutex<Vec<Connection>>,
}

impl Outbound {
    /// Checks the settings. Nothing is sent before [`run`](Self::run).
    pub fn new(settings: OutboundSettings, app: &Arc<App>) -> Result<Self, OutboundError> {
        let native = tls::native_roots();
        let lanes = [
            lane(app, &settings, Destination::World, &settings.world, native)?,
            lane(app, &settings, Destination::Organisation, &settings.organisation, native)?,
        ];
        Ok(Self { lanes, settings })
    }

    /// Connects to a destination as a mail would, proves it, and says goodbye: whether mail could leave, and how protected.
    pub async fn probe(&self, destination: Destination) -> Result<Protection, ConnectError> {
        let [world, organisation] = &self.lanes;
        let lane = if destination == Destination::World { world } else { organisation };
        let connection = Connection::open(&lane.hop).await?;
        let protection = connection.protection();
        connection.quit().await;
        Ok(protection)
    }

    /// Sends what is due until `stop` is cancelled; then running attempts may finish for a while. What is cut off is sent again later.
    pub async fn run(self, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        let abandon = CancellationToken::new();
        let [world, organisation] = &self.lanes;
        tokio::join!(work(world, &tasks, &stop, &abandon), work(organisation, &tasks, &stop, &abandon));
        tasks.close();
        if timeout(self.settings.drain_max, tasks.wait()).await.is_err() {
            tracing::warn!(attempts = tasks.len(), "attempts were cut off by the shutdown");
            abandon.cancel();
            tasks.wait().await;
        }
    }
}

fn lane(
    app: &Arc<App>,
    settings: &OutboundSettings,
    destination: Destination,
    next_hop: &NextHop,
    native: &RootCertStore,
) -> Result<Arc<Lane>, OutboundError> {
    if next_hop.connections_max == 0 {
        return Err(OutboundError::NoConnections);
    }
    let hop = Hop {
        tls: tls::client(native, &next_hop.extra_roots)?,
        settings: next_hop.clone(),
        client: ClientSettings { timeouts: settings.timeouts, ..ClientSettings::new(settings.host_name.clone()) },
        connect_max: settings.connect_max,
    };
    Ok(Arc::new(Lane {
        app: Arc::clone(app),
        destination,
        hop,
        attempt_max: settings.attempt_max,
        idle_max: settings.idle_max,
        idle: Mutex::default(),
    }))
}

/// Leases as many mails as there are free connections, and starts an attempt for each.
async fn work(lane: &Arc<Lane>, tasks: &TaskTracker, stop: &CancellationToken, abandon: &CancellationToken) {
    let slots = Arc::new(Semaphore::new(lane.hop.settings.connections_max));
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = lane.until_due(tasks) => {}
        }
        let free = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Ok(first) = Arc::clone(&slots).acquire_owned() => first,
        };
        let count = u32::try_from(slots.available_permits()).unwrap_or(LEASED_MAX).saturating_add(1).min(LEASED_MAX);
        drop(free);
        let parcels = match outgoing::lease(&lane.app, lane.destination, count).await {
            Ok(parcels) => parcels,
            Err(trouble) => {
                tracing::error!(code = trouble.code(), %trouble, "mail to be sent cannot be looked up");
                sleep(TROUBLE_PAUSE).await;
                continue;
            }
        };
        for parcel in parcels {
            // Nobody else takes slots, so there are as many as there were.
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { break };
            let (lane, abandon) = (Arc::clone(lane), abandon.clone());
            tasks.spawn(async move {
                tokio::select! {
                    () = lane.deliver(&parcel) => {}
                    () = abandon.cancelled() => {}
                }
                drop(slot);
            });
        }
    }
    let idle = std::mem::take(&mut *lane.idle.lock().unwrap_or_else(PoisonError::into_inner));
    for connection in idle {
        tasks.spawn(connection.quit());
    }
}

impl Lane {
    /// Waits until a mail is due. Closes connections that were not used for long meanwhile.
    async fn until_due(&self, tasks: &TaskTracker) {
        let mut changed = self.app.store.jobs_changed();
        loop {
            match outgoing::next_due(&self.app, self.destination).await {
                Ok(Some(due_at)) if due_at <= self.app.now() => return,
                Ok(_) => {}
                Err(trouble) => {
                    tracing::error!(code = trouble.code(), %trouble, "mail to be sent cannot be looked up");
                    sleep(TROUBLE_PAUSE).await;
                }
            }
            tokio::select! {
                _ = changed.changed() => sleep(GATHER).await,
                () = sleep(LOOK_EVERY) => {}
            }
            for connection in self.take_stale() {
                tasks.spawn(connection.quit());
            }
        }
    }

    fn take_stale(&self) -> Vec<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let (stale, fresh) = idle.drain(..).partition(|connection| connection.idle_since.elapsed() > self.idle_max);
        *idle = fresh;
        stale
    }

    /// One attempt, from the lease to the record.
    async fn deliver(&self, parcel: &Parcel) {
        let outcome = tokio::select! {
            outcome = timeout(self.attempt_max, self.attempt(parcel)) => {
                outcome.unwrap_or_else(|_| Outcome::Deferred { reason: "the attempt took too long".into() })
            }
            () = self.lease_lost(parcel) => {
                tracing::warn!(outgoing = %parcel.id, "another worker has taken over the mail");
                return;
            }
        };
        for attempt in 1..=RECORD_TRIES {
            match outgoing::record(&self.app, parcel, &outcome).await {
                Ok(()) => return log(parcel, &outcome),
                Err(trouble) => {
                    tracing::error!(outgoing = %parcel.id, code = trouble.code(), %trouble, attempt, "an outcome cannot be recorded");
                    sleep(TROUBLE_PAUSE).await;
                }
            }
        }
    }

    /// Prolongs the lease while an attempt takes long; ends when it is lost.
    async fn lease_lost(&self, parcel: &Parcel) {
        loop {
            sleep(job::LEASE.unsigned_abs() / 4).await;
            match outgoing::prolong(&self.app, parcel).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(trouble) => tracing::warn!(outgoing = %parcel.id, %trouble, "a lease cannot be prolonged"),
            }
        }
    }

    /// Sends over a connection that is open already, or over a new one. One that has died while it was idle is no reason to wait.
    async fn attempt(&self, parcel: &Parcel) -> Outcome {
        let open = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = open {
            match self.send(connection, parcel).await {
                Err(error) if !error.content_begun => {}
                outcome => return outcome.unwrap_or_else(|error| Outcome::Deferred { reason: error.reason }),
            }
        }
        match Connection::open(&self.hop).await {
            Ok(connection) => {
                let outcome = self.send(connection, parcel).await;
                outcome.unwrap_or_else(|error| Outcome::Deferred { reason: error.reason })
            }
            Err(error) => Outcome::Deferred { reason: error.to_string() },
        }
    }

    async fn send(&self, mut connection: Connection, parcel: &Parcel) -> Result<Outcome, connection::SendError> {
        let outcome = connection.send(&self.app, parcel).await?;
        connection.idle_since = Instant::now();
        if connection.is_ready() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        Ok(outcome)
    }
}

fn log(parcel: &Parcel, outcome: &Outcome) {
    match outcome {
        Outcome::Sent { .. } => tracing::info!(outgoing = %parcel.id, "mail sent"),
        // The server's words may name the recipient, so they go into the record only.
        Outcome::Deferred { .. } => tracing::info!(outgoing = %parcel.id, "mail deferred"),
        Outcome::Refused { status, .. } => tracing::info!(outgoing = %parcel.id, status, "mail refused"),
    }
}
