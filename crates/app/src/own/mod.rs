//! Checks what the DNS says about the organisation's own mail, and names the records to publish.
//!
//! Whether a notice arrives is decided by strangers, who look the organisation up before they take its mail. They ask, in this order:
//!
//! | question | where the answer lies | module |
//! | --- | --- | --- |
//! | who is it that connects? | the name in `EHLO`, its addresses, and their names (PTR) | `identity` |
//! | may that address send for the domain? | SPF | `spf` |
//! | is the mail signed by the domain? | the public key of DKIM | `dkim` |
//! | what if neither holds? | DMARC | `dmarc` |
//!
//! For mail that comes in, the same domains should say how their servers are known: TLSA records and an MTA-STS policy (`servers`), and where reports about
//! that go (`reports`).
//!
//! Nothing is changed here, and nothing is sent. What is asked of mail servers goes through a [`Prober`].

mod dkim;
mod dmarc;
mod finding;
mod identity;
mod reports;
mod servers;
mod spf;

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use jiff::Timestamp;
use resolve::{Failure, Lookup, Name, Resolver};
use wire::{
    address::{Domain, EmailAddress},
    dane::Tlsa,
    dkim::Signer,
    mta_sts::Policy,
};

pub use finding::{Finding, Grade};

use crate::provider::Prober;

/// What is the organisation's own.
#[derive(Debug, Clone)]
pub struct Own {
    /// The name in `EHLO`.
    pub host_name: Domain,
    /// The addresses from which mail reaches the world; empty for those of `host_name`.
    pub addresses: Vec<IpAddr>,
    /// The address that notices come from.
    pub sender: EmailAddress,
    /// The mail domains of the organisation.
    pub domains: Vec<Domain>,
    /// What signs.
    pub signers: Vec<Arc<Signer>>,
    /// The MTA-STS policies that the portal serves.
    pub policies: BTreeMap<Domain, Policy>,
    /// The portal's host.
    pub portal: Domain,
    /// The name of the intake and the record for its certificate, where it has one.
    pub intake: Option<(Domain, Tlsa)>,
}

impl Own {
    /// The domains that mail comes from, that of the notices first.
    fn domains(&self) -> Vec<Domain> {
        let mut domains: Vec<Domain> = self.sender.domain().into_iter().collect();
        for domain in self.domains.iter().chain(self.policies.keys()) {
            if !domains.contains(domain) {
                domains.push(domain.clone());
            }
        }
        domains
    }
}

/// Looks at everything; the findings stand in the order in which they are best mended.
pub async fn examine(resolver: &Resolver, prober: &dyn Prober, own: &Own, now: Timestamp) -> Vec<Finding> {
    let (addresses, mut findings) = identity::examine(resolver, own).await;
    let domains = own.domains();
    if !domains.contains(&own.host_name) {
        findings.push(spf::of_host(resolver, own, &addresses).await);
    }
    for domain in &domains {
        findings.push(spf::of_domain(resolver, own, domain, &addresses).await);
        if own.sender.domain().as_ref() == Some(domain) {
            findings.extend(dkim::examine(resolver, own, domain).await);
        }
        findings.push(dmarc::examine(resolver, own, domain).await);
        let assessment = prober.probe(domain, now).await;
        findings.extend(servers::examine(own, domain, &assessment));
        if servers::takes_mail(&assessment) {
            findings.push(reports::examine(resolver, domain, &own.sender).await);
        }
    }
    findings
}

/// The texts at a name, those that are texts; none where there is no such name.
async fn texts(resolver: &Resolver, name: &str) -> Result<Vec<String>, Failure> {
    let Ok(name) = Name::parse(name) else { return Ok(Vec::new()) };
    match resolver.txt(&name).await {
        Lookup::Found { records, .. } => {
            Ok(records.into_iter().filter_map(|text| String::from_utf8(text).ok()).collect())
        }
        Lookup::Nothing { .. } => Ok(Vec::new()),
        Lookup::Failed(failure) => Err(failure),
    }
}

/// The addresses of a host; none where it has none.
async fn addresses(resolver: &Resolver, host: &str) -> Result<Vec<IpAddr>, Failure> {
    let Ok(host) = Name::parse(host) else { return Ok(Vec::new()) };
    match resolver.addresses(&host).await {
        Lookup::Found { records, .. } => {
            let ipv4 = records.ipv4.into_iter().map(IpAddr::from);
            Ok(ipv4.chain(records.ipv6.into_iter().map(IpAddr::from)).collect())
        }
        Lookup::Nothing { .. } => Ok(Vec::new()),
        Lookup::Failed(failure) => Err(failure),
    }
}

/// The names of an address; none where it has none.
async fn names(resolver: &Resolver, address: IpAddr) -> Result<Vec<String>, Failure> {
    match resolver.names(address).await {
        Lookup::Found { records, .. } => Ok(records.iter().map(ToString::to_string).collect()),
        Lookup::Nothing { .. } => Ok(Vec::new()),
        Lookup::Failed(failure) => Err(failure),
    }
}

/// Several things as they stand in a sentence.
fn listed<T: ToString>(things: impl IntoIterator<Item = T>) -> String {
    things.into_iter().map(|thing| thing.to_string()).collect::<Vec<_>>().join(", ")
}
