//! Next hops and mail that leaves, from configuration to settings.

use std::path::Path;

use anyhow::{Context, ensure};
use gateway::outbound::{Login, NextHop, NextHopTls, OutboundSettings, Way};
use wire::address::Domain;

use crate::{
    assemble::{portal_host, roots},
    config::{
        Config,
        sections::{Hop, HopTls},
    },
    secret,
};

/// Settings for mail that leaves; relative paths begin at `folder`.
pub(crate) fn outbound(config: &Config, folder: &Path) -> anyhow::Result<OutboundSettings> {
    let section = &config.delivery;
    ensure!((1..=100).contains(&section.connections_max), "delivery.connections_max can be 1 to 100");
    let host_name = host_name(config)?;
    let hop = |hop: &Hop, key: &str, variable: &str| -> anyhow::Result<NextHop> {
        Ok(NextHop {
            host: hop.host.clone(),
            port: hop.port,
            tls: tls(hop.tls),
            extra_roots: roots(folder, &hop.ca_file, &format!("{key}.ca_file"))?,
            login: login(hop, folder, key, variable)?,
            connections_max: section.connections_max,
        })
    };
    let exchanges = crate::transport::exchanges(config, folder)?;
    let world = match &section.world {
        Some(world) => Way::NextHop(hop(world, "delivery.world", "SIEGELPOST_WORLD_PASSWORD")?),
        None => Way::Exchanges(exchanges),
    };
    Ok(OutboundSettings::new(
        host_name,
        world,
        hop(&section.organisation, "delivery.organisation", "SIEGELPOST_ORGANISATION_PASSWORD")?,
    ))
}

/// The name this server gives itself towards others.
pub(crate) fn host_name(config: &Config) -> anyhow::Result<Domain> {
    let configured = &config.delivery.hostname;
    let name = if configured.is_empty() { portal_host(config) } else { configured.clone() };
    Domain::parse(&name).context("delivery.hostname")
}

const fn tls(tls: HopTls) -> NextHopTls {
    match tls {
        HopTls::Starttls => NextHopTls::StartTls,
        HopTls::Implicit => NextHopTls::Implicit,
        HopTls::Loopback => NextHopTls::Loopback,
    }
}

fn login(hop: &Hop, folder: &Path, key: &str, variable: &str) -> anyhow::Result<Option<Login>> {
    if hop.user.is_empty() {
        return Ok(None);
    }
    ensure!(hop.tls != HopTls::Loopback, "{key}.user: a password is sent over TLS only, and tls is \"loopback\"");
    let password = secret::read(folder, &hop.password_file, variable)?
        .with_context(|| format!("{key}.user is given, but neither {key}.password_file nor {variable}"))?;
    Ok(Some(Login { user: hop.user.clone(), password }))
}
