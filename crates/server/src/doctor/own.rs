//! The name servers, and what they say about the own domains.

use std::{net::IpAddr, path::Path};

use anyhow::Context;
use app::own::{Finding, Grade, Own, examine};
use model::chance::Clock as _;
use resolve::{Distrust, Failure, Lookup, Loopback, Name, Resolver, Security, Servers};
use wire::address::Domain;

use crate::{
    assemble::{Assembly, portal_host},
    config::{Config, transport::Dns},
    transport,
    world::SystemClock,
};

/// Looks at the name servers, and by them at the own domains.
pub(super) async fn look(config: &Config, folder: &Path, assembly: &Assembly) -> Vec<Finding> {
    let mut findings = match name_servers(&config.dns, folder).await {
        Ok(findings) => findings,
        Err(error) => return vec![Finding::wrong("dns", format!("{error:#}"))],
    };
    if !findings.iter().any(|finding| finding.grade == Grade::Good) {
        findings.push(Finding::unknown("own domains", "not looked at, for no name server can be relied on"));
        return findings;
    }
    match own_domains(config, folder, assembly).await {
        Ok(own) => findings.extend(own),
        Err(error) => findings.push(Finding::wrong("own domains", format!("{error:#}"))),
    }
    findings
}

/// Each server that is asked, tried by itself.
async fn name_servers(dns: &Dns, folder: &Path) -> anyhow::Result<Vec<Finding>> {
    if let Some(server) = transport::validating_server(dns)? {
        return Ok(vec![believed(dns, server).await?]);
    }
    let mut findings = Vec::new();
    for address in transport::servers(dns)?.addresses() {
        let resolver = transport::validating(dns, &Servers::new(vec![*address])?, folder)?;
        findings.push(validated(format!("dns {address}"), &resolver).await?);
    }
    Ok(findings)
}

/// Whether the server on this machine deserves that its word is taken.
async fn believed(dns: &Dns, server: Loopback) -> anyhow::Result<Finding> {
    let broken = Name::parse(&dns.broken_zone).context("dns.broken_zone")?;
    let signed = Name::parse(&dns.signed_zone).context("dns.signed_zone")?;
    let what = format!("dns {}", dns.validating_server);
    Ok(match resolve::prove(server, &broken, &signed).await {
        Ok(()) => {
            let found =
                format!("it validates: it refuses {broken}, whose signatures are broken, and vouches for {signed}");
            Finding::good(what, found)
        }
        Err(untried @ Distrust::Untried { .. }) => Finding::unknown(what, untried.to_string()),
        Err(distrust) => Finding::wrong(what, format!("{distrust}; leave dns.validating_server empty, or mend it")),
    })
}

/// Whether a server passes on what is needed to validate its answers here: the root is signed.
async fn validated(what: String, resolver: &Resolver) -> anyhow::Result<Finding> {
    Ok(match resolver.mx(&Name::parse(".")?).await {
        Lookup::Found { security: Security::Secure, .. } | Lookup::Nothing { security: Security::Secure, .. } => {
            Finding::good(what, "answers, and its answers are validated here")
        }
        Lookup::Failed(Failure::Unavailable { why }) => Finding::unknown(what, why),
        Lookup::Failed(Failure::Bogus { why }) => {
            let causes = "it passes no signatures on, or clock or dns.trust_anchor_file are wrong";
            Finding::wrong(what, format!("what it says about the root fails validation ({why}): {causes}"))
        }
        Lookup::Found { .. } | Lookup::Nothing { .. } => Finding::wrong(what, "the root is not signed there"),
    })
}

async fn own_domains(config: &Config, folder: &Path, assembly: &Assembly) -> anyhow::Result<Vec<Finding>> {
    let settings = &assembly.settings;
    let certificate = assembly.intake.certificate.as_ref();
    let own = Own {
        host_name: crate::hops::host_name(config)?,
        addresses: config.transport.public_addresses.iter().map(IpAddr::to_canonical).collect(),
        sender: settings.notices.sender.clone(),
        domains: settings.domains.clone(),
        signers: settings.signers.clone(),
        policies: assembly.portal.policies.clone(),
        portal: Domain::parse(&portal_host(config)).context("portal.url")?,
        intake: certificate.and_then(gateway::tls::ServerCertificate::tlsa).map(|tlsa| {
            let host = assembly.intake.host_name.clone();
            (host, tlsa)
        }),
    };
    let resolver = transport::resolver(&config.dns, folder)?;
    let prober = transport::prober_of_own(config, folder)?;
    Ok(examine(&resolver, &prober, &own, SystemClock.now()).await)
}
