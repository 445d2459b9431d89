//! What every handler stands on.

use std::{net::IpAddr, sync::Arc};

use app::App;
use render::Brand;

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
}

impl House {
    pub(crate) fn new(settings: PortalSettings, app: Arc<App>) -> Self {
        let url = app.settings.brand.url.trim_end_matches('/').to_ascii_lowercase();
        Self {
            secure: url.starts_with("https://"),
            origin: url,
            logo: settings.logo,
            trusted_proxies: settings.trusted_proxies,
            app,
        }
    }

    pub(crate) fn brand(&self) -> &Brand {
        &self.app.settings.brand
    }
}
