//! Records as callers want them: typed, bounded, in order.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::name::Name;

/// Where a domain takes mail (RFC 5321 section 5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailServers {
    /// These hosts, lowest preference first; at most [`MX_MAX`](crate::MX_MAX). The order among equals is as the DNS gave it: callers draw.
    Listed(Vec<MxRecord>),
    /// Nowhere, and it says so: "null MX" (RFC 7505). Mail to it fails at once and for good.
    Null,
    /// No MX record: the domain's own addresses are its mail server ("implicit MX"). Whether it has any is another question.
    Implicit,
}

/// One mail server of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MxRecord {
    /// Lower is tried first.
    pub preference: u16,
    /// The host.
    pub host: Name,
}

/// The addresses of a host, at most [`ADDRESSES_MAX`](crate::ADDRESSES_MAX) of each family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// IPv4 addresses, as the DNS gave them. They may lie in private networks: callers judge.
    pub ipv4: Vec<Ipv4Addr>,
    /// IPv6 addresses, likewise.
    pub ipv6: Vec<Ipv6Addr>,
    /// The name at the end of the aliases; the host itself where it is no alias.
    pub canonical: Name,
    /// The names whose TLSA records count, in this order; the first that has secure ones decides, and a lookup that fails ends the search
    /// (RFC 7672 sections 2.1.3 and 2.2.2). Empty: DANE does not apply to this host.
    pub tlsa_bases: Vec<Name>,
}
