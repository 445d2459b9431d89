//! DNS and the way to the world's mail servers, from configuration to settings.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};
use app::provider::{Prober, Probing};
use gateway::{
    outbound::Exchanges,
    verify::TlsProfile,
    world::{Bed, World, WorldSettings},
};
use jiff::Timestamp;
use resolve::{Loopback, Resolver, Servers, TrustAnchor};
use wire::address::Domain;

use crate::{
    assemble::{optional_file, roots},
    config::{
        Config,
        transport::{Dns, Profile, Transport},
    },
    world::SystemClock,
};

/// Where the system names its name servers.
const RESOLV_CONF: &str = "/etc/resolv.conf";
/// The port of name servers.
const DNS_PORT: u16 = 53;

/// The longest wait for a server in each step, where a person waits for the answer.
const PROBE_STEP_MAX: Duration = Duration::from_secs(8);

/// Looks at providers for the public page. Its caches are its own, so that no answer tells by its speed where mail has gone.
pub(crate) struct WorldProber(World);

impl fmt::Debug for WorldProber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WorldProber(..)")
    }
}

impl Prober for WorldProber {
    fn probe<'a>(&'a self, domain: &'a Domain, now: Timestamp) -> Probing<'a> {
        Box::pin(self.0.assess(domain, now))
    }
}

/// The prober for the public page, if the portal has that; relative paths begin at `folder`. `[dns]` and `[transport]` are checked either way. Until
/// somebody asks, nobody is contacted.
pub(crate) fn prober(config: &Config, folder: &Path) -> anyhow::Result<Option<Arc<WorldProber>>> {
    let mut settings = settings(&config.transport, crate::hops::host_name(config)?, folder)?;
    settings.connect_max = settings.connect_max.min(PROBE_STEP_MAX);
    let resolver = Arc::new(resolver(&config.dns, folder)?);
    if !config.portal.provider_page {
        return Ok(None);
    }
    Ok(Some(Arc::new(WorldProber(World::new(settings, resolver)?))))
}

/// The way to the mail servers of the recipients' domains; relative paths begin at `folder`.
pub(crate) fn exchanges(config: &Config, folder: &Path) -> anyhow::Result<Exchanges> {
    let section = &config.transport;
    ensure!((1..=2000).contains(&section.connections_max), "transport.connections_max can be 1 to 2000");
    ensure!((1..=200).contains(&section.domain_connections_max), "transport.domain_connections_max can be 1 to 200");
    let world = world(&config.dns, section, crate::hops::host_name(config)?, folder)?;
    Ok(Exchanges {
        world: Arc::new(world),
        connections_max: section.connections_max,
        domain_connections_max: section.domain_connections_max,
    })
}

/// What connections have to have, whatever the servers publish.
pub(crate) fn minimums(section: &Transport) -> anyhow::Result<app::settings::Transport> {
    let named = |name: &String| Domain::parse(name).with_context(|| format!("transport.domain_minimums: {name}"));
    let domains = section.domain_minimums.iter().map(|(name, minimum)| Ok((named(name)?, *minimum)));
    Ok(app::settings::Transport {
        minimum: section.minimum,
        domains: domains.collect::<anyhow::Result<_>>()?,
        tls_reports: section.tls_reports,
    })
}

/// Looks at the organisation's own domains, and so at this server too, which is nobody to send mail to.
pub(crate) fn prober_of_own(config: &Config, folder: &Path) -> anyhow::Result<WorldProber> {
    let mut settings = settings(&config.transport, crate::hops::host_name(config)?, folder)?;
    settings.connect_max = settings.connect_max.min(PROBE_STEP_MAX);
    settings.own_names.clear();
    Ok(WorldProber(World::new(settings, Arc::new(resolver(&config.dns, folder)?))?))
}

/// The way to the world's mail servers; relative paths begin at `folder`.
pub(crate) fn world(dns: &Dns, transport: &Transport, host_name: Domain, folder: &Path) -> anyhow::Result<World> {
    let resolver = Arc::new(resolver(dns, folder)?);
    Ok(World::new(settings(transport, host_name, folder)?, resolver)?)
}

/// Asks as `[dns]` says.
pub(crate) fn resolver(dns: &Dns, folder: &Path) -> anyhow::Result<Resolver> {
    let clock = Arc::new(SystemClock);
    match validating_server(dns)? {
        Some(server) => Ok(Resolver::trusting(server, clock)),
        None => validating(dns, &servers(dns)?, folder),
    }
}

/// Asks these servers, and validates what they answer.
pub(crate) fn validating(dns: &Dns, servers: &Servers, folder: &Path) -> anyhow::Result<Resolver> {
    let anchor = match optional_file(folder, &dns.trust_anchor_file, "dns.trust_anchor_file")? {
        Some(text) => TrustAnchor::parse(&String::from_utf8(text).context("dns.trust_anchor_file")?)
            .context("dns.trust_anchor_file")?,
        None => TrustAnchor::built_in(),
    };
    Resolver::validating(servers, &anchor, Arc::new(SystemClock)).context("dns")
}

/// The server whose word about DNSSEC is taken, if one is configured.
pub(crate) fn validating_server(dns: &Dns) -> anyhow::Result<Option<Loopback>> {
    if dns.validating_server.is_empty() {
        return Ok(None);
    }
    let address = dns.validating_server.parse().context("dns.validating_server")?;
    Ok(Some(Loopback::new(address).context("dns.validating_server")?))
}

/// The servers that are asked where no validating one is configured.
pub(crate) fn servers(dns: &Dns) -> anyhow::Result<Servers> {
    if dns.servers.is_empty() {
        return servers_of_the_system();
    }
    Servers::new(dns.servers.clone()).context("dns.servers")
}

/// Without a server in the file, or without the file, the one on this machine is meant (resolv.conf(5)).
fn servers_of_the_system() -> anyhow::Result<Servers> {
    let text = std::fs::read_to_string(RESOLV_CONF).unwrap_or_default();
    let local = || Servers::new(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, DNS_PORT))]);
    Servers::from_resolv_conf(&text).or_else(|_| local()).context(RESOLV_CONF)
}

/// Checks the section and makes settings of it.
pub(crate) fn settings(section: &Transport, host_name: Domain, folder: &Path) -> anyhow::Result<WorldSettings> {
    ensure!((1..=300).contains(&section.connect_seconds_max), "transport.connect_seconds_max can be 1 to 300");
    ensure!(section.smtp_port > 0 && section.policy_port > 0, "transport: port 0 is nobody's");
    let extra_roots = roots(folder, &section.extra_ca_file, "transport.extra_ca_file")?;
    Ok(WorldSettings {
        profile: match section.profile {
            Profile::Bsi => TlsProfile::Bsi,
            Profile::Compat => TlsProfile::Compat,
        },
        connect_max: Duration::from_secs(u64::from(section.connect_seconds_max)),
        bed: Bed {
            smtp_port: section.smtp_port,
            policy_port: section.policy_port,
            extra_roots,
            private_addresses: section.private_addresses,
        },
        ..WorldSettings::new(host_name)
    })
}

/// What is configured for test beds only, in words that warn.
pub(crate) fn warnings(transport: &Transport) -> Vec<String> {
    let usual = Transport::default();
    let mut warnings = Vec::new();
    let mut warn = |is_unusual: bool, what: String| {
        if is_unusual {
            warnings.push(what);
        }
    };
    warn(
        transport.smtp_port != usual.smtp_port,
        format!(
            "transport.smtp_port: mail servers are sought on port {}, where the world has none",
            transport.smtp_port
        ),
    );
    warn(
        transport.policy_port != usual.policy_port,
        format!("transport.policy_port: policies are fetched from port {}", transport.policy_port),
    );
    warn(
        !transport.extra_ca_file.as_os_str().is_empty(),
        "transport.extra_ca_file: these authorities may vouch for every mail server of the world".into(),
    );
    warn(
        transport.private_addresses,
        "transport.private_addresses: what strangers write into DNS can lead into the inner network".into(),
    );
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, reference::REFERENCE};

    fn prober_with(page: &str, servers: &str) -> anyhow::Result<Option<Arc<WorldProber>>> {
        let text = REFERENCE.replacen("#provider_page = true", page, 1).replacen("#servers = []", servers, 1);
        assert!(text.contains(page) && text.contains(servers), "the reference has both keys");
        prober(&config::parse(&text).unwrap(), Path::new("."))
    }

    /// The page is there unless somebody says otherwise.
    #[test]
    fn the_page_about_providers_can_be_switched_off() {
        assert!(prober_with("#provider_page = true", "servers = [\"127.0.0.1:53\"]").unwrap().is_some());
        assert!(prober_with("provider_page = false", "servers = [\"127.0.0.1:53\"]").unwrap().is_none());
        assert!(config::parse(&REFERENCE.replacen("#provider_page = true", "provider_page = \"no\"", 1)).is_err());
    }
}
