//! What every handler stands on.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use app::App;
use render::Brand;
use wire::mta_sts;

use crate::settings::{Logo, PortalSettings};

/// The use cases, and what the portal knows of itself.
pub(crate) struct House {
    pub(crate) app: Arc<App>,
    /// Scheme, host and port of the portal as browsers name them in `Origin`.
    pub(crate) origin: String,
    /// Whether the portal is reached by https: then cookies are `Secure` and browsers are told to stay with https.
    pub(crate) secure: bool,
    pub(crate) logo: Option<Logo>,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// The text of each MTA-STS policy, by the host it is served under.
    pub(crate) policies: BTreeMap<String, String>,
}

impl House {
    pub(crate) fn new(settings: PortalSettings, app: Arc<App>) -> Self {
        let url = app.settings.brand.url.trim_end_matches('/').to_ascii_lowercase();
        let policies = settings.policies.iter();
        Self {
            secure: url.starts_with("https://"),
            origin: url,
            logo: settings.logo,
            trusted_proxies: settings.trusted_proxies,
            policies: policies.map(|(domain, policy)| (mta_sts::policy_host(domain), policy.to_string())).collect(),
            app,
        }
    }

    pub(crate) fn brand(&self) -> &Brand {
        &self.app.settings.brand
    }
}
