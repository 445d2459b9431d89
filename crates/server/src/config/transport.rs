//! The sections about DNS and about reaching the world's mail servers.

#![expect(missing_docs, reason = "every key is documented in reference.toml, which the reference page is made from")]

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use model::assurance::Minimum;
use serde::Deserialize;

/// `[dns]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dns {
    pub servers: Vec<SocketAddr>,
    pub validating_server: String,
    pub broken_zone: String,
    pub signed_zone: String,
    pub trust_anchor_file: PathBuf,
}

impl Default for Dns {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            validating_server: String::new(),
            broken_zone: "dnssec-failed.org".into(),
            signed_zone: ".".into(),
            trust_anchor_file: PathBuf::new(),
        }
    }
}

/// `[transport]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transport {
    pub profile: Profile,
    pub minimum: Minimum,
    pub domain_minimums: BTreeMap<String, Minimum>,
    pub connections_max: usize,
    pub domain_connections_max: usize,
    pub connect_seconds_max: u16,
    pub public_addresses: Vec<IpAddr>,
    pub tls_reports: bool,
    pub smtp_port: u16,
    pub policy_port: u16,
    pub extra_ca_file: PathBuf,
    pub private_addresses: bool,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            minimum: Minimum::Encrypted,
            domain_minimums: BTreeMap::new(),
            connections_max: 200,
            domain_connections_max: 20,
            connect_seconds_max: 30,
            public_addresses: Vec::new(),
            tls_reports: true,
            smtp_port: 25,
            policy_port: 443,
            extra_ca_file: PathBuf::new(),
            private_addresses: false,
        }
    }
}

/// `[[mta_sts]]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MtaSts {
    pub domain: String,
    #[serde(default = "MtaSts::mode")]
    pub mode: String,
    pub mx: Vec<String>,
    #[serde(default = "MtaSts::max_age_seconds")]
    pub max_age_seconds: u64,
}

impl MtaSts {
    fn mode() -> String {
        "testing".into()
    }
    const fn max_age_seconds() -> u64 {
        604_800
    }
}

/// Which algorithms are offered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    Bsi,
    #[default]
    Compat,
}
