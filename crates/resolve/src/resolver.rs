//! The questions that mail has for the DNS.

use std::{future::Future, net::IpAddr, sync::Arc, time::Duration};

use futures_util::future::join;
use jiff::Timestamp;
use model::chance::Clock;
use tokio::time::timeout;
use wire::{dane::Tlsa, zone};

use crate::{
    anchor::{AnchorError, TrustAnchor},
    answer::{Answer, Kind, Question, Records},
    believer::Believer,
    cache::Cache,
    limits::{CACHE_BYTES_MAX, QUESTION_MAX},
    lookup::{Absence, Failure, Lookup, Security},
    name::Name,
    records::{Addresses, MailServers},
    servers::{Loopback, Servers},
    validator::Validator,
};

/// Asks, and says of every answer how far it can be believed. One for the whole process: its memory is shared.
pub struct Resolver {
    maker: Maker,
    cache: Cache,
    clock: Arc<dyn Clock>,
}

/// Who finds out whether an answer is secure.
enum Maker {
    Validator(Box<Validator>),
    Believer(Believer),
}

impl Resolver {
    /// A resolver that validates every answer itself, up to `anchor`. The servers need not be trusted, but must pass signatures on: one that strips
    /// them makes every signed zone fail. [`mx`](Self::mx) of the root name is secure where all is well.
    pub fn validating(servers: &Servers, anchor: &TrustAnchor, clock: Arc<dyn Clock>) -> Result<Self, AnchorError> {
        Ok(Self::of(Maker::Validator(Box::new(Validator::new(servers, anchor)?)), clock))
    }

    /// A resolver that takes the word of a validating server on this machine; [`prove`](crate::prove) it first.
    pub fn trusting(server: Loopback, clock: Arc<dyn Clock>) -> Self {
        Self::of(Maker::Believer(Believer::new(server)), clock)
    }

    fn of(maker: Maker, clock: Arc<dyn Clock>) -> Self {
        Self { maker, cache: Cache::new(CACHE_BYTES_MAX), clock }
    }

    /// Where a domain takes mail. A domain without MX record is [`MailServers::Implicit`]; one that does not exist is nothing.
    pub async fn mx(&self, domain: &Name) -> Lookup<MailServers> {
        match self.ask(domain, Kind::Mx).await {
            Lookup::Nothing { kind: Absence::NoData, security, ttl } => {
                Lookup::Found { records: MailServers::Implicit, security, ttl }
            }
            lookup => select(lookup, |records| match records {
                Records::Mx(hosts) if hosts.is_empty() => Some(MailServers::Null),
                Records::Mx(hosts) => Some(MailServers::Listed(hosts)),
                _ => None,
            }),
        }
    }

    /// The addresses of a host, and the names under which its TLSA records are to be sought.
    ///
    /// One family may fail while the other is found: what was found is as good as its own security, and goes.
    pub async fn addresses(&self, host: &Name) -> Lookup<Addresses> {
        let (ipv4, ipv6) = join(self.family(host, Kind::Ipv4), self.family(host, Kind::Ipv6)).await;
        match merge(ipv4, ipv6) {
            Lookup::Found { records, security, ttl } => self.with_tlsa_bases(host, records, security, ttl).await,
            other => other,
        }
    }

    /// The TLSA records of a TCP service (RFC 6698 section 3).
    pub async fn tlsa(&self, port: u16, host: &Name) -> Lookup<Vec<Tlsa>> {
        let Some(name) = host.below(&format!("_{port}._tcp")) else {
            return Lookup::Failed(Failure::unavailable("the host name is too long for TLSA records"));
        };
        select(self.ask(&name, Kind::Tlsa).await, |records| match records {
            Records::Tlsa(records) => Some(records),
            _ => None,
        })
    }

    /// The texts at a name; the strings of one record are joined, as MTA-STS, TLSRPT and SPF want it (RFC 7208 section 3.3).
    pub async fn txt(&self, name: &Name) -> Lookup<Vec<Vec<u8>>> {
        select(self.ask(name, Kind::Txt).await, |records| match records {
            Records::Txt(texts) => Some(texts),
            _ => None,
        })
    }

    /// The names of an address, at most [`NAMES_MAX`](crate::NAMES_MAX). Whoever has the address writes them: they mean something where they lead
    /// back to it.
    pub async fn names(&self, address: IpAddr) -> Lookup<Vec<Name>> {
        let Ok(name) = Name::parse(&zone::reverse_name(address)) else { return mixed_up() };
        select(self.ask(&name, Kind::Pointer).await, |records| match records {
            Records::Pointer(names) => Some(names),
            _ => None,
        })
    }

    async fn family(&self, host: &Name, kind: Kind) -> Lookup<Addresses> {
        self.ask(host, kind).await.and_then(|answer, security, ttl| {
            let (ipv4, ipv6) = match answer.records {
                Records::Ipv4(ipv4) => (ipv4, Vec::new()),
                Records::Ipv6(ipv6) => (Vec::new(), ipv6),
                _ => return mixed_up(),
            };
            let records = Addresses { ipv4, ipv6, canonical: answer.canonical, tlsa_bases: Vec::new() };
            Lookup::Found { records, security, ttl }
        })
    }

    /// Which names have the say (RFC 7672 sections 2.1.3 and 2.2.2). All secure: the canonical name, then the host. Insecure without alias: none, for
    /// TLSA records of an unsigned zone prove nothing. Insecure behind an alias: the host itself, if the alias is secure, because
    /// then the zone of the host is signed, and only that of its target is not.
    async fn with_tlsa_bases(
        &self,
        host: &Name,
        mut addresses: Addresses,
        security: Security,
        mut ttl: Duration,
    ) -> Lookup<Addresses> {
        let is_alias = addresses.canonical != *host;
        addresses.tlsa_bases = match security {
            Security::Secure if is_alias => vec![addresses.canonical.clone(), host.clone()],
            Security::Secure => vec![host.clone()],
            Security::Insecure { .. } if is_alias => match self.ask(host, Kind::Alias).await {
                Lookup::Found { security: Security::Secure, ttl: alias_ttl, .. } => {
                    ttl = ttl.min(alias_ttl);
                    vec![host.clone()]
                }
                Lookup::Failed(failure) => return Lookup::Failed(failure),
                Lookup::Found { .. } | Lookup::Nothing { .. } => Vec::new(),
            },
            Security::Insecure { .. } => Vec::new(),
        };
        Lookup::Found { records: addresses, security, ttl }
    }

    async fn ask(&self, name: &Name, kind: Kind) -> Lookup<Answer> {
        let question = Question { name: name.clone(), kind };
        let now = self.clock.now();
        // On the heap: the walk along the chain is a large future, and would else be part of every future that asks.
        let asked = Box::pin(within(QUESTION_MAX, self.maker.ask(&question, now)));
        self.cache.get(question.clone(), now, asked).await
    }
}

impl Maker {
    async fn ask(&self, question: &Question, now: Timestamp) -> Lookup<Answer> {
        match self {
            Self::Validator(validator) => validator.ask(question, now).await,
            Self::Believer(believer) => believer.ask(question).await,
        }
    }
}

/// The end of a question, or that there is none in time.
async fn within(patience: Duration, asked: impl Future<Output = Lookup<Answer>>) -> Lookup<Answer> {
    let in_time = timeout(patience, asked).await;
    in_time.unwrap_or_else(|_| Lookup::Failed(Failure::unavailable("no reply in time")))
}

/// The records of the kind that was asked for.
fn select<T>(lookup: Lookup<Answer>, choose: impl FnOnce(Records) -> Option<T>) -> Lookup<T> {
    lookup.and_then(|answer, security, ttl| match choose(answer.records) {
        Some(records) => Lookup::Found { records, security, ttl },
        None => mixed_up(),
    })
}

fn mixed_up<T>() -> Lookup<T> {
    Lookup::Failed(Failure::unavailable("the answer is of another type than the question"))
}

/// Both families as one. Found is found; nothing needs both; what rests on both is as weak as the weaker.
fn merge(ipv4: Lookup<Addresses>, ipv6: Lookup<Addresses>) -> Lookup<Addresses> {
    match (ipv4, ipv6) {
        (
            Lookup::Found { mut records, security, ttl },
            Lookup::Found { records: others, security: other_security, ttl: other_ttl },
        ) => {
            records.ipv6 = others.ipv6;
            Lookup::Found { records, security: security.weaker(other_security), ttl: ttl.min(other_ttl) }
        }
        (found @ Lookup::Found { .. }, _) | (_, found @ Lookup::Found { .. }) => found,
        (failed @ Lookup::Failed(_), _) | (_, failed @ Lookup::Failed(_)) => failed,
        (
            Lookup::Nothing { kind, security, ttl },
            Lookup::Nothing { kind: other_kind, security: other_security, ttl: other_ttl },
        ) => Lookup::Nothing {
            kind: if kind == other_kind { kind } else { Absence::NoData },
            security: security.weaker(other_security),
            ttl: ttl.min(other_ttl),
        },
    }
}

#[cfg(test)]
mod tests;
