//! Leases mail that is due, has it sent, and records what came of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::outgoing::{self, Attempt, Destination, Next, Outcome, Parcel, Protection, Share};
use app::{App, Trouble, job};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::smtp::client::SessionError;

use super::OutboundError;
use super::connection::{ConnectError, Connection, Hop, SendError};
use super::exchanges::ToExchanges;
use super::false_offers::FalseOffers;
use super::hold::Hold;
use super::idle::Idle;
use super::lanes::{Ended, Lanes};
use super::settings::{Exchanges, OutboundSettings};

/// The most mails leased at once.
const LEASED_MAX: usize = 32;
/// The fewest lanes that are looked at with one question: most that are looked at have something, but not all.
const LOOKED_AT_MIN: usize = 16;
/// How often to look for mail that became due, or that another process has queued.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Mails that are queued within this time are leased together.
const GATHER: Duration = Duration::from_millis(5);
/// Connections that become free within this time, when all were taken, get their next mails together.
const GATHER_FREED: Duration = Duration::from_millis(2);
/// How long to wait when the store is in trouble.
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);
/// How long a connection that has to go for another may take leave.
const GOODBYE_MAX: Duration = Duration::from_secs(1);
/// How often an outcome is tried to be recorded. If it never is, the mail is sent again.
const RECORD_TRIES: u32 = 10;

/// Sends all mail to one destination.
pub(super) struct Worker {
    app: Arc<App>,
    destination: Destination,
    route: Route,
    /// One for each mail that may be on its way.
    slots: Arc<Semaphore>,
    attempt_max: Duration,
    idle_max: Duration,
    idle: Idle,
    /// A connection is free again.
    freed: Notify,
    false_offers: FalseOffers,
}

/// Where connections lead.
enum Route {
    /// To a configured server.
    Hop(Hop),
    /// To the mail servers of the recipients' domains, each with a lane.
    Exchanges { to: ToExchanges, lanes: Mutex<Lanes>, cursor: Mutex<String> },
}

/// What came of a try, and what it says of the lane.
type Tried = (Attempt, Ended);

impl Worker {
    /// A worker that hands all to one server.
    pub(super) fn to_hop(app: &Arc<App>, settings: &OutboundSettings, destination: Destination, hop: Hop) -> Self {
        let connections_max = hop.settings.connections_max;
        Self::new(app, settings, destination, (Route::Hop(hop), connections_max))
    }

    /// A worker that finds the servers of each recipient.
    pub(super) fn to_exchanges(
        app: &Arc<App>,
        settings: &OutboundSettings,
        exchanges: &Exchanges,
    ) -> Result<Self, OutboundError> {
        let (all, each) = (exchanges.connections_max, exchanges.domain_connections_max);
        if all == 0 || each == 0 {
            return Err(OutboundError::NoConnections);
        }
        let route = Route::Exchanges {
            to: ToExchanges::new(Arc::clone(&exchanges.world)),
            lanes: Mutex::new(Lanes::new(all, each)),
            cursor: Mutex::default(),
        };
        Ok(Self::new(app, settings, Destination::World, (route, all)))
    }

    fn new(
        app: &Arc<App>,
        settings: &OutboundSettings,
        destination: Destination,
        (route, connections_max): (Route, usize),
    ) -> Self {
        Self {
            app: Arc::clone(app),
            destination,
            route,
            slots: Arc::new(Semaphore::new(connections_max)),
            attempt_max: settings.attempt_max,
            idle_max: settings.idle_max,
            idle: Idle::default(),
            freed: Notify::new(),
            false_offers: FalseOffers::default(),
        }
    }

    /// Connects to the configured server, if there is one, and takes leave.
    pub(super) async fn probe(&self) -> Option<Result<Protection, ConnectError>> {
        let Route::Hop(hop) = &self.route else { return None };
        Some(match Connection::open(hop).await {
            Ok(connection) => {
                let protection = connection.protection();
                connection.quit().await;
                Ok(protection)
            }
            Err(error) => Err(error),
        })
    }

    /// What has to be done beside the mail, until `stop` is cancelled.
    pub(super) async fn look_after(&self, stop: &CancellationToken) {
        if let Route::Exchanges { to, .. } = &self.route {
            tokio::select! {
                () = stop.cancelled() => {}
                () = to.look_after_policies(&self.app) => {}
            }
        }
    }

    /// Leases as many mails as there are free connections, and starts an attempt for each, until `stop` is cancelled.
    pub(super) async fn work(
        self: &Arc<Self>,
        tasks: &TaskTracker,
        stop: &CancellationToken,
        abandon: &CancellationToken,
    ) {
        let slots = &self.slots;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = self.until_due(tasks) => {}
            }
            let all_taken = slots.available_permits() == 0;
            let free = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Ok(first) = Arc::clone(slots).acquire_owned() => first,
            };
            if all_taken {
                sleep(GATHER_FREED).await;
            }
            let count = slots.available_permits().saturating_add(1).min(LEASED_MAX);
            drop(free);
            let freed = self.freed.notified();
            let parcels = match self.lease(count).await {
                Ok(parcels) => parcels,
                Err(trouble) => {
                    tracing::error!(code = trouble.code(), %trouble, "mail to be sent cannot be looked up");
                    sleep(TROUBLE_PAUSE).await;
                    continue;
                }
            };
            if parcels.is_empty() {
                // What is due has to wait for connections of its lane.
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = freed => {}
                    () = sleep(LOOK_EVERY) => {}
                }
                continue;
            }
            for parcel in parcels {
                // Nobody else takes slots, so there are as many as there were.
                let Ok(slot) = Arc::clone(slots).acquire_owned().await else { break };
                let (worker, stop, abandon) = (Arc::clone(self), stop.clone(), abandon.clone());
                tasks.spawn(async move {
                    tokio::select! {
                        () = worker.deliver_in_turn(parcel, &stop) => {}
                        () = abandon.cancelled() => {}
                    }
                    drop(slot);
                    worker.freed.notify_one();
                });
            }
        }
        for connection in self.idle.take_all() {
            tasks.spawn(connection.quit());
        }
    }

    /// Waits until a mail is due. Closes connections that were not used for long meanwhile.
    async fn until_due(&self, tasks: &TaskTracker) {
        let mut changed = self.app.store.jobs_changed();
        loop {
            for connection in self.idle.take_stale(self.idle_max) {
                tasks.spawn(connection.quit());
            }
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
        }
    }

    async fn lease(&self, count: usize) -> Result<Vec<Parcel>, Trouble> {
        let Route::Exchanges { lanes, cursor, .. } = &self.route else {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            return outgoing::lease(&self.app, self.destination, count).await;
        };
        let shares = self.shares(count, lanes, cursor).await?;
        if shares.is_empty() {
            return Ok(Vec::new());
        }
        let leased = outgoing::lease_shares(&self.app, self.destination, &shares).await;
        // What was not there after all, or went to another process, makes room again.
        let mut lanes = lanes.lock().unwrap_or_else(PoisonError::into_inner);
        for share in &shares {
            let got = leased.iter().flatten().filter(|parcel| parcel.lane() == share.lane).count();
            lanes.release(&share.lane, usize::try_from(share.count).unwrap_or(usize::MAX).saturating_sub(got));
        }
        leased
    }

    /// Goes round the lanes in which mail is due, from where the last round ended, and gives each that has room its share.
    async fn shares(
        &self,
        mut left: usize,
        lanes: &Mutex<Lanes>,
        cursor: &Mutex<String>,
    ) -> Result<Vec<Share>, Trouble> {
        let mut shares: Vec<Share> = Vec::new();
        let begin = cursor.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let starts = if begin.is_empty() { vec![begin] } else { vec![begin, String::new()] };
        for mut after in starts {
            loop {
                let count = u32::try_from(left.saturating_mul(2).max(LOOKED_AT_MIN)).unwrap_or(u32::MAX);
                let page = outgoing::due_lanes(&self.app, self.destination, &after, count).await?;
                let mut lanes = lanes.lock().unwrap_or_else(PoisonError::into_inner);
                let each = (left / page.due.len().max(1)).max(1);
                for lane in page.due {
                    let count = lanes.room(&lane).min(each).min(left);
                    if count == 0 {
                        continue;
                    }
                    lanes.begin(&lane, count);
                    left -= count;
                    lane.clone_into(&mut cursor.lock().unwrap_or_else(PoisonError::into_inner));
                    let count = u32::try_from(count).unwrap_or(u32::MAX);
                    match shares.iter_mut().find(|share| share.lane == lane) {
                        Some(share) => share.count += count,
                        None => shares.push(Share { lane, count }),
                    }
                    if left == 0 {
                        return Ok(shares);
                    }
                }
                match page.last {
                    Some(last) => after = last,
                    None => break,
                }
            }
        }
        Ok(shares)
    }

    /// Delivers a mail, and then those that may follow it.
    async fn deliver_in_turn(&self, first: Parcel, stop: &CancellationToken) {
        let mut hold = Hold::since(Instant::now());
        let mut next = Some(first);
        while let Some(parcel) = next {
            next = self.deliver(&parcel, &mut hold, stop).await;
        }
    }

    /// One attempt, from the lease to the record. Answers the next mail, if one may follow.
    async fn deliver(&self, parcel: &Parcel, hold: &mut Hold, stop: &CancellationToken) -> Option<Parcel> {
        let (attempt, ended) = tokio::select! {
            tried = timeout(self.attempt_max, self.attempt(parcel)) => {
                tried.unwrap_or_else(|_| tried_on(Outcome::Deferred { reason: "the attempt took too long".into() }))
            }
            () = self.lease_lost(parcel) => {
                tracing::warn!(outgoing = %parcel.id, "another worker has taken over the mail");
                self.end(parcel, Ended::Neither);
                return None;
            }
        };
        let may_follow = !stop.is_cancelled() && hold.goes_on(Instant::now(), self.slots.available_permits() == 0);
        let next = self.record(parcel, &attempt, may_follow).await;
        self.end(parcel, ended);
        if let Some(next) = &next {
            self.begin(next);
        }
        next
    }

    /// Records what came of a mail. Answers the next one, if it may follow and there is one.
    async fn record(&self, parcel: &Parcel, attempt: &Attempt, may_follow: bool) -> Option<Parcel> {
        let next = match &self.route {
            _ if !may_follow => Next::Nothing,
            Route::Hop(_) => Next::OfAny,
            Route::Exchanges { .. } => Next::OfLane,
        };
        for tried in 1..=RECORD_TRIES {
            match outgoing::record_and_lease(&self.app, parcel, attempt, next).await {
                Ok(next) => {
                    log(parcel, &attempt.outcome);
                    return next;
                }
                Err(trouble) => {
                    tracing::error!(outgoing = %parcel.id, code = trouble.code(), %trouble, tried, "an outcome cannot be recorded");
                    sleep(TROUBLE_PAUSE).await;
                }
            }
        }
        None
    }

    /// The next mail of a lane follows on the connection of the one before.
    fn begin(&self, parcel: &Parcel) {
        if let Route::Exchanges { lanes, .. } = &self.route {
            let mut lanes = lanes.lock().unwrap_or_else(PoisonError::into_inner);
            let lane = parcel.lane();
            lanes.begin(&lane, 1);
            if lanes.room(&lane) > 0 {
                // The lane has earned another connection.
                self.freed.notify_one();
            }
        }
    }

    fn end(&self, parcel: &Parcel, ended: Ended) {
        if let Route::Exchanges { lanes, .. } = &self.route {
            lanes.lock().unwrap_or_else(PoisonError::into_inner).end(&parcel.lane(), ended);
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

    /// Sends over a connection that is open already, or over a new one. One that has died while it was idle is no reason to wait, nor is a server that does
    /// not know `BDAT`.
    pub(super) async fn attempt(&self, parcel: &Parcel) -> Tried {
        if let Some(open) = self.idle.take(&self.leads_to(parcel), &parcel.wishes, self.app.now()) {
            match self.send(open, parcel).await {
                Err(SendError::Broken { content_begun: false, .. } | SendError::FalseOffer) => {}
                Err(SendError::Broken { reason, .. }) => return tried_on(Outcome::Deferred { reason }),
                Ok(outcome) => return tried_on(outcome),
            }
        }
        match self.attempt_anew(parcel, false).await {
            Some(tried) => tried,
            // By DATA no server can be asked for too much.
            None => self
                .attempt_anew(parcel, true)
                .await
                .unwrap_or_else(|| tried_on(Outcome::Deferred { reason: SessionError::FalseOffer.to_string() })),
        }
    }

    /// Sends over a new connection. `None` if the server offers what it does not know, so that the mail has to go by `DATA`.
    async fn attempt_anew(&self, parcel: &Parcel, by_data: bool) -> Option<Tried> {
        // There are never more connections than allowed, with those that wait.
        if let Some(spare) = self.idle.spare(self.slots.available_permits()) {
            let _too_slow = timeout(GOODBYE_MAX, spare.quit()).await;
        }
        let (mut connection, found) = match &self.route {
            Route::Hop(hop) => match Connection::open(hop).await {
                Ok(connection) => (connection, None),
                Err(error) => return Some(tried_on(Outcome::Deferred { reason: error.to_string() })),
            },
            Route::Exchanges { to, .. } => match Box::pin(to.open(&self.app, parcel)).await {
                Ok((connection, found)) => (connection, Some(found)),
                Err(attempt) => {
                    let ended = if attempt.is_remembered { Ended::Neither } else { ended(&attempt.outcome) };
                    return Some((attempt, ended));
                }
            },
        };
        if by_data || self.false_offers.knows(connection.server(), self.app.now()) {
            connection.send_by_data();
        }
        let outcome = match self.send(connection, parcel).await {
            Ok(outcome) => outcome,
            Err(SendError::Broken { reason, .. }) => Outcome::Deferred { reason },
            Err(SendError::FalseOffer) => return None,
        };
        let ended = ended(&outcome);
        Some(match found {
            Some(found) => (Attempt::at_exchanges(outcome, found), ended),
            None => (outcome.into(), ended),
        })
    }

    fn leads_to(&self, parcel: &Parcel) -> String {
        match &self.route {
            Route::Hop(_) => String::new(),
            Route::Exchanges { .. } => parcel.recipient.address().domain_text().to_owned(),
        }
    }

    async fn send(&self, mut connection: Connection, parcel: &Parcel) -> Result<Outcome, SendError> {
        let sent = connection.send(&self.app, parcel).await;
        let is_in_doubt = match sent {
            Err(SendError::FalseOffer) => true,
            // It may have hung up on what it took for commands, before its answer could be read.
            Err(SendError::Broken { content_begun, .. }) => content_begun && connection.is_offer_unproved(),
            Ok(_) => false,
        };
        if is_in_doubt {
            tracing::info!(outgoing = %parcel.id, "the server offers CHUNKING and may not know BDAT; mail goes there by DATA");
            self.false_offers.remember(connection.server(), self.app.now());
        }
        let outcome = sent?;
        connection.idle_since = Instant::now();
        if connection.is_ready() {
            self.idle.put(self.leads_to(parcel), connection);
        }
        Ok(outcome)
    }
}

fn tried_on(outcome: Outcome) -> Tried {
    let ended = ended(&outcome);
    (outcome.into(), ended)
}

const fn ended(outcome: &Outcome) -> Ended {
    match outcome {
        Outcome::Sent { .. } => Ended::Taken,
        Outcome::Deferred { .. } => Ended::Trouble,
        Outcome::Unprotected { .. } | Outcome::Refused { .. } => Ended::Neither,
    }
}

fn log(parcel: &Parcel, outcome: &Outcome) {
    match outcome {
        Outcome::Sent { .. } => tracing::info!(outgoing = %parcel.id, "mail sent"),
        // The server's words may name the recipient, so they go into the record only.
        Outcome::Deferred { .. } => tracing::info!(outgoing = %parcel.id, "mail deferred"),
        Outcome::Unprotected { because, .. } => {
            tracing::info!(outgoing = %parcel.id, ?because, "mail held: the protection it needs is not to be had");
        }
        Outcome::Refused { status, .. } => tracing::info!(outgoing = %parcel.id, status, "mail refused"),
    }
}
