//! MTA-STS policies: asked for in DNS, fetched over HTTPS (RFC 8461 section 3).
//!
//! The fetch follows no redirect, takes no more than [`POLICY_BYTES_MAX`] and no longer than its time, and connects to public addresses only: whoever
//! writes the DNS of a domain decides where it leads.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use app::{
    App,
    sts_policy::{self, StsPolicy},
};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use model::assessment::{Code, Fault};
use resolve::{Lookup, Resolver};
use rustls::ClientConfig;
use tokio::time::timeout;
use wire::{
    address::Domain,
    mta_sts::{POLICY_BYTES_MAX, POLICY_PATH, Policy, announced_id, announcement_name, policy_host},
};

use super::{
    https::{self, NoAnswer, Place},
    settings::WorldSettings,
};

/// The most domains whose policies are kept.
const POLICIES_MAX: usize = 10_000;
/// How long a policy that could not be had is not asked for again (section 3.3).
const FETCH_PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// How long after its fetch a policy is fetched again at the latest; at half of its time if that is earlier.
const REFRESH_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The way to policies.
#[derive(Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) resolver: &'a Resolver,
    pub(crate) settings: &'a WorldSettings,
    pub(crate) https: &'a Arc<ClientConfig>,
}

/// What a domain says about MTA-STS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Published {
    /// Nothing.
    Nothing,
    /// A policy, with the `id` of its announcement.
    Policy { id: String, policy: Policy },
    /// It announces one that cannot be had. Without an older one in memory, mail goes as if there were none (section 5).
    Failed(Fault),
}

/// Policies that were fetched, each kept as long as it allows.
///
/// What a domain announces in DNS tells whether the one that is kept is the present one. If the announcement is gone, or the new policy cannot be had,
/// the one that is kept holds until its end (section 5.1): whoever blocks DNS or the policy's host wins nothing.
#[derive(Debug, Default)]
pub(crate) struct Policies(Mutex<HashMap<Domain, Arc<Seat>>>);

/// The place of a domain. Who looks after its policy holds the lock, so that a crowd asks once.
type Seat = tokio::sync::Mutex<Kept>;

#[derive(Debug, Default)]
struct Kept {
    /// Whether the store was asked.
    was_sought: bool,
    policy: Option<Fetched>,
    /// What went wrong at the last fetch of this `id`, and until when that is not tried again.
    failed: Option<(String, Fault, Timestamp)>,
}

/// A policy that was fetched.
#[derive(Debug, Clone)]
struct Fetched {
    id: String,
    policy: Policy,
    since: Timestamp,
    until: Timestamp,
}

impl Fetched {
    /// Whether it need not be fetched again yet.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let half = self.until.duration_since(self.since) / 2;
        now.duration_since(self.since) < half.min(REFRESH_AFTER)
    }
}

impl Policies {
    /// What a domain says about MTA-STS, fetched if it is not known. With `app`, policies are kept in its store as well.
    pub(crate) async fn find(&self, way: Way<'_>, app: Option<&App>, (domain, now): (&Domain, Timestamp)) -> Published {
        let announced = announced(way.resolver, domain).await;
        let seat = self.seat(domain);
        let mut kept = seat.lock().await;
        kept.recall(app, domain).await;
        kept.policy.take_if(|fetched| fetched.until <= now);
        kept.failed.take_if(|(_, _, until)| *until <= now);
        let fault = match announced {
            Ok(None) => None,
            Ok(Some(id)) => match kept.refresh(way, (domain, now), id).await {
                Ok(false) => None,
                Ok(true) => {
                    kept.keep(app, domain).await;
                    None
                }
                Err(fault) => Some(fault),
            },
            Err(fault) => Some(fault),
        };
        match (&kept.policy, fault) {
            (Some(Fetched { id, policy, .. }), _) => Published::Policy { id: id.clone(), policy: policy.clone() },
            (None, Some(fault)) => Published::Failed(fault),
            (None, None) => Published::Nothing,
        }
    }

    /// If all seats are taken, some that nobody uses just now are given up.
    fn seat(&self, domain: &Domain) -> Arc<Seat> {
        let mut seats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seats.len() >= POLICIES_MAX && !seats.contains_key(domain) {
            let idle = seats.iter().filter(|(_, seat)| Arc::strong_count(seat) == 1);
            let given_up: HashSet<Domain> = idle.take(POLICIES_MAX / 8).map(|(domain, _)| domain.clone()).collect();
            seats.retain(|domain, _| !given_up.contains(domain));
        }
        Arc::clone(seats.entry(domain.clone()).or_default())
    }
}

impl Kept {
    /// Looks once whether an earlier process has kept the policy.
    async fn recall(&mut self, app: Option<&App>, domain: &Domain) {
        let Some(app) = app.filter(|_| !self.was_sought) else { return };
        match sts_policy::find(app, domain).await {
            Ok(found) => {
                self.was_sought = true;
                self.policy = found.and_then(|found| {
                    let policy = Policy::parse(found.policy.as_bytes()).ok()?;
                    let StsPolicy { policy_id: id, fetched_at: since, expires_at: until, .. } = found;
                    Some(Fetched { id, policy, since, until })
                });
            }
            Err(trouble) => tracing::warn!(%domain, code = trouble.code(), %trouble, "a kept policy cannot be read"),
        }
    }

    async fn keep(&self, app: Option<&App>, domain: &Domain) {
        let (Some(app), Some(fetched)) = (app, &self.policy) else { return };
        let Fetched { id, policy, since, until } = fetched;
        let (policy_id, policy) = (id.clone(), policy.to_string());
        let kept = StsPolicy { policy_id, policy, fetched_at: *since, expires_at: *until };
        if let Err(trouble) = sts_policy::keep(app, domain, &kept).await {
            tracing::warn!(%domain, code = trouble.code(), %trouble, "a policy cannot be kept beyond this process");
        }
    }

    /// Makes sure that the policy with this `id` is kept. Answers whether it was fetched.
    ///
    /// A policy that was fetched longer ago than [`REFRESH_AFTER`] is fetched again, so that it ends later (section 3.3); if that fails, it still holds.
    async fn refresh(&mut self, way: Way<'_>, (domain, now): (&Domain, Timestamp), id: String) -> Result<bool, Fault> {
        if self.policy.as_ref().is_some_and(|kept| kept.id == id && kept.is_fresh(now)) {
            return Ok(false);
        }
        if let Some((_, fault, _)) = self.failed.as_ref().filter(|(failed, ..)| *failed == id) {
            return Err(fault.clone());
        }
        let fetched = timeout(way.settings.connect_max, fetch(way, domain)).await;
        let fetched = fetched.unwrap_or_else(|_| Err(failed("the policy did not come in time")));
        let parsed = fetched.and_then(|text| {
            Policy::parse(&text).map_err(|error| Fault::new(Code::StsPolicyInvalid, error.to_string()))
        });
        match parsed {
            Ok(policy) => {
                let until = now + SignedDuration::try_from(policy.max_age).unwrap_or(SignedDuration::ZERO);
                self.policy = Some(Fetched { id, policy, since: now, until });
                self.failed = None;
                Ok(true)
            }
            Err(fault) => {
                self.failed = Some((id, fault.clone(), now + FETCH_PAUSE));
                Err(fault)
            }
        }
    }
}

/// The `id` of the policy that a domain announces, if it does.
async fn announced(resolver: &Resolver, domain: &Domain) -> Result<Option<String>, Fault> {
    let Ok(name) = resolve::Name::parse(&announcement_name(domain)) else { return Ok(None) };
    let texts = match resolver.txt(&name).await {
        Lookup::Found { records, .. } => records,
        Lookup::Nothing { .. } => return Ok(None),
        Lookup::Failed(failure) => return Err(Fault::new(Code::StsFetchFailed, failure.to_string())),
    };
    let texts = texts.iter().filter_map(|text| std::str::from_utf8(text).ok());
    match announced_id(texts) {
        Ok(id) => Ok(id.map(str::to_owned)),
        Err(error) => Err(Fault::new(Code::StsAnnouncementInvalid, error.to_string())),
    }
}

fn failed(detail: impl Into<String>) -> Fault {
    Fault::new(Code::StsFetchFailed, detail)
}

async fn fetch(way: Way<'_>, domain: &Domain) -> Result<Bytes, Fault> {
    let request = Request::get(POLICY_PATH).body(Full::default()).map_err(|error| failed(error.to_string()))?;
    let place = Place { host: &policy_host(domain), port: way.settings.bed.policy_port };
    let response = https::ask(way, place, request, POLICY_BYTES_MAX).await.map_err(|error| match error {
        NoAnswer::Certificate(detail) => Fault::new(Code::StsWebpkiInvalid, detail),
        NoAnswer::Other(detail) => failed(detail),
    })?;
    if response.status() != StatusCode::OK {
        return Err(failed(format!("the server answers {}", response.status())));
    }
    let is_text =
        response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(|kind| {
            kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/plain"))
        });
    if !is_text {
        return Err(Fault::new(Code::StsPolicyInvalid, "the policy is not text/plain"));
    }
    Ok(response.into_body())
}
