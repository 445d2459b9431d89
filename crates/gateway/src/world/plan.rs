//! Which servers take a domain's mail, and what DNS says of each (RFC 5321 section 5.1, RFC 7672 section 2.2).

use std::net::{IpAddr, SocketAddr};

use model::assessment::{Code, Dnssec, Fault};
use resolve::{Addresses, Failure, Lookup, MailServers, Name, Resolver, Security};
use wire::{
    address::Domain,
    dane::Associations,
    mx::{self, Exchange},
};

use super::settings::WorldSettings;

/// The servers of a domain, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) exchanges: Vec<Exchange>,
    /// Whether the domain has no list, and stands for itself.
    pub(crate) is_implicit: bool,
    /// Whether the list is proved.
    pub(crate) dnssec: Dnssec,
}

/// Why there is no server to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoPlan {
    pub(crate) dnssec: Dnssec,
    pub(crate) fault: Fault,
}

/// A server, ready to be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: Domain,
    /// Both families in turn.
    pub(crate) addresses: Vec<SocketAddr>,
    /// Whether the addresses are proved.
    pub(crate) dnssec: Dnssec,
    pub(crate) dane: Dane,
}

/// What signed DNS asks of a server's certificate (the table of RFC 7672 section 2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dane {
    /// Nothing, or nothing that is proved.
    Nothing,
    /// Records under this name, usable or not. With usable ones the certificate has to match; with others TLS is mandatory all the same.
    Published {
        /// The name that the records lie under: it is told to the server (SNI), and certificates may be for it.
        base: Domain,
        associations: Associations,
    },
}

/// Why a server cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unusable {
    pub(crate) dnssec: Dnssec,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) fault: Fault,
}

/// Finds the servers of a domain. `draw(n)` answers a number below `n` by chance.
pub(crate) async fn plan(
    resolver: &Resolver,
    settings: &WorldSettings,
    domain: &Domain,
    draw: &mut (dyn FnMut(usize) -> usize + Send),
) -> Result<Plan, NoPlan> {
    let none = |dnssec, fault| Err(NoPlan { dnssec, fault });
    // The longest mail domains are a byte too long for DNS.
    let Ok(name) = Name::parse(domain.as_str()) else { return none(Dnssec::Insecure, Code::NoSuchDomain.into()) };
    let (records, security) = match resolver.mx(&name).await {
        Lookup::Found { records, security, .. } => (records, security),
        Lookup::Nothing { security, .. } => return none(dnssec(security), Code::NoSuchDomain.into()),
        Lookup::Failed(failure) => {
            let code = if is_bogus(&failure) { Code::MxBogus } else { Code::MxUnavailable };
            return none(failed(&failure), Fault::new(code, failure.to_string()));
        }
    };
    let is_implicit = records == MailServers::Implicit;
    let exchanges = match records {
        MailServers::Null => return none(dnssec(security), Code::NullMx.into()),
        MailServers::Implicit => vec![Exchange { preference: 0, host: domain.clone() }],
        // A name that is no host name leads nowhere.
        MailServers::Listed(listed) => {
            listed.iter().filter_map(|mx| Some(Exchange { preference: mx.preference, host: host(&mx.host)? })).collect()
        }
    };
    match mx::order(exchanges, &settings.own_names, draw) {
        Ok(exchanges) if exchanges.is_empty() => none(dnssec(security), Code::NoAddress.into()),
        Ok(exchanges) => Ok(Plan { exchanges, is_implicit, dnssec: dnssec(security) }),
        Err(mx::LeadsBack) => none(dnssec(security), Code::LeadsBack.into()),
    }
}

/// Finds the addresses of a server, and what DNS says of its certificate.
pub(crate) async fn target(
    resolver: &Resolver,
    settings: &WorldSettings,
    exchange: &Domain,
) -> Result<Target, Unusable> {
    let unusable = |dnssec, addresses, fault| Err(Unusable { dnssec, addresses, fault });
    let Ok(name) = Name::parse(exchange.as_str()) else {
        return unusable(Dnssec::Insecure, Vec::new(), Code::NoAddress.into());
    };
    let (found, security) = match resolver.addresses(&name).await {
        Lookup::Found { records, security, .. } => (records, security),
        Lookup::Nothing { security, .. } => return unusable(dnssec(security), Vec::new(), Code::NoAddress.into()),
        Lookup::Failed(failure) => {
            let code = if is_bogus(&failure) { Code::AddressBogus } else { Code::AddressUnavailable };
            return unusable(failed(&failure), Vec::new(), Fault::new(code, failure.to_string()));
        }
    };
    let all = alternating(&found);
    let addresses: Vec<SocketAddr> = all
        .iter()
        .filter(|address| settings.bed.allows(**address))
        .map(|address| SocketAddr::new(*address, settings.bed.smtp_port))
        .collect();
    if addresses.is_empty() {
        return unusable(dnssec(security), all, Code::AddressNotPublic.into());
    }
    match dane(resolver, settings.bed.smtp_port, &found.tlsa_bases).await {
        Ok(dane) => Ok(Target { host: exchange.clone(), addresses, dnssec: dnssec(security), dane }),
        Err(fault) => unusable(dnssec(security), all, fault),
    }
}

/// Asks under each name that counts; the first with records decides. A question that fails is no "there is none": the server is left out for now.
async fn dane(resolver: &Resolver, port: u16, bases: &[Name]) -> Result<Dane, Fault> {
    for base in bases {
        match resolver.tlsa(port, base).await {
            Lookup::Found { records, security: Security::Secure, .. } => {
                let Some(base) = host(base) else { continue };
                return Ok(Dane::Published { base, associations: Associations::of(&records) });
            }
            Lookup::Found { .. } | Lookup::Nothing { .. } => {}
            Lookup::Failed(failure) => {
                let code = if is_bogus(&failure) { Code::TlsaBogus } else { Code::TlsaUnavailable };
                return Err(Fault::new(code, failure.to_string()));
            }
        }
    }
    Ok(Dane::Nothing)
}

/// Families in turn, IPv6 first, so that a network without one of them costs one try at most.
pub(super) fn alternating(found: &Addresses) -> Vec<IpAddr> {
    let (mut v6, mut v4) = (found.ipv6.iter().copied().map(IpAddr::V6), found.ipv4.iter().copied().map(IpAddr::V4));
    let mut addresses = Vec::with_capacity(found.ipv4.len() + found.ipv6.len());
    loop {
        let (one, other) = (v6.next(), v4.next());
        if one.is_none() && other.is_none() {
            return addresses;
        }
        addresses.extend(one.into_iter().chain(other));
    }
}

fn host(name: &Name) -> Option<Domain> {
    Domain::parse(&name.to_string()).ok()
}

pub(super) const fn dnssec(security: Security) -> Dnssec {
    match security {
        Security::Secure => Dnssec::Secure,
        Security::Insecure { .. } => Dnssec::Insecure,
    }
}

const fn failed(failure: &Failure) -> Dnssec {
    if is_bogus(failure) { Dnssec::Bogus } else { Dnssec::Unavailable }
}

const fn is_bogus(failure: &Failure) -> bool {
    matches!(failure, Failure::Bogus { .. })
}
