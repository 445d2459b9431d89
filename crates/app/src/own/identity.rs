//! Who it is that connects: the name in `EHLO`, its addresses, and their names.
//!
//! Large receivers refuse mail from an address without a name, or whose name does not lead back to it. Best is one name for all: said in `EHLO`, leading to
//! the address, and found from it (RFC 5321 section 4.1.1.1, RFC 1912 section 2.1).

use std::net::IpAddr;

use resolve::Resolver;
use wire::zone::Record;

use super::{Finding, Own, addresses, listed, names};

/// The addresses from which mail reaches the world, as far as they are known, and what came of looking.
pub(super) async fn examine(resolver: &Resolver, own: &Own) -> (Vec<IpAddr>, Vec<Finding>) {
    let (ours, hello) = hello(resolver, own).await;
    let mut findings = vec![hello];
    for address in &ours {
        findings.push(pointer(resolver, own, *address).await);
    }
    (ours, findings)
}

async fn hello(resolver: &Resolver, own: &Own) -> (Vec<IpAddr>, Finding) {
    let (host, configured) = (&own.host_name, &own.addresses);
    let what = format!("{host}: name in EHLO");
    let found = match addresses(resolver, host.as_str()).await {
        Ok(found) => found,
        Err(failure) => return (configured.clone(), Finding::failed(what, host.as_str(), &failure)),
    };
    let missing: Vec<IpAddr> = configured.iter().copied().filter(|address| !found.contains(address)).collect();
    if !missing.is_empty() {
        let finding =
            Finding::wrong(what, format!("it does not lead to {}, from where mail is sent", listed(&missing)));
        let finding = missing.iter().fold(finding, |finding, one| finding.publish(Record::address(host, *one)));
        return (configured.clone(), finding);
    }
    let ours = if configured.is_empty() { found } else { configured.clone() };
    let finding = if ours.is_empty() {
        let cure = "publish the address from which mail is sent, or correct delivery.hostname";
        Finding::wrong(what, format!("it has no address: {cure}"))
    } else if let Some(inner) = ours.iter().find(|address| is_inner(**address)) {
        let cure = "name the public addresses in transport.public_addresses";
        return (Vec::new(), Finding::wrong(what, format!("it leads to {inner}, which the world cannot see: {cure}")));
    } else {
        Finding::good(what, format!("leads to {}", listed(&ours)))
    };
    (ours, finding)
}

/// Whether an address is one of this machine, of a private network, or of one that many customers of a provider share (RFC 6598).
fn is_inner(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            is_shared
                || address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_unspecified()
        }
        IpAddr::V6(address) => {
            let is_local = address.is_unique_local() || address.is_unicast_link_local();
            is_local || address.is_loopback() || address.is_unspecified()
        }
    }
}

async fn pointer(resolver: &Resolver, own: &Own, address: IpAddr) -> Finding {
    let (host, what) = (&own.host_name, format!("{address}: name of the address (PTR)"));
    let record = || Record::pointer(address, host);
    let network = "whoever gave out the address can publish it";
    let found = match names(resolver, address).await {
        Ok(found) => found,
        Err(failure) => return Finding::failed(what, &address.to_string(), &failure),
    };
    if found.is_empty() {
        return Finding::wrong(what, format!("it has none; {network}")).publish(record());
    }
    let mut lead_back = Vec::new();
    for name in &found {
        if addresses(resolver, name).await.is_ok_and(|addresses| addresses.contains(&address)) {
            lead_back.push(name.as_str());
        }
    }
    if lead_back.contains(&host.as_str()) {
        return Finding::good(what, format!("{host}, which leads back"));
    }
    let finding = if let Some(name) = lead_back.first() {
        let found = format!("it is {name}, which leads back, but this server calls itself {host}; {network}");
        Finding::better(what, found)
    } else {
        Finding::wrong(what, format!("it is {}, which does not lead back to it; {network}", listed(&found)))
    };
    finding.publish(record())
}
