//! What the portal needs to know beyond the organisation's wishes, which the use cases hold.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    net::{IpAddr, SocketAddr},
};

use bytes::Bytes;
use wire::{address::Domain, mta_sts::Policy};

/// How the portal is reached. Its own address (`https://…`) is that of the brand; cookies are `Secure` where it is https.
#[derive(Debug, Clone)]
pub struct PortalSettings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Certificate and key; `None` speaks plain HTTP, for loopback or behind a proxy that ends TLS.
    pub tls: Option<Tls>,
    /// The organisation's logo. [`Logo::path`] belongs into the brand.
    pub logo: Option<Logo>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The MTA-STS policies that are served under hosts of their own.
    pub policies: BTreeMap<Domain, Policy>,
    /// How many connections are served at a time; further ones wait.
    pub connections_max: usize,
}

/// A certificate with its key.
#[derive(Clone)]
pub struct Tls {
    /// The chain as PEM, the server's own certificate first.
    pub chain_pem: Vec<u8>,
    /// The private key as PEM.
    pub key_pem: Vec<u8>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls(..)")
    }
}

/// The organisation's logo, served under a name that changes with its content.
#[derive(Debug, Clone)]
pub struct Logo {
    /// What it is.
    pub kind: LogoType,
    /// The file.
    pub bytes: Bytes,
}

/// The kinds of pictures a logo may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoType {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// SVG; scripts in it do not run.
    Svg,
}

impl LogoType {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Svg => "image/svg+xml",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Svg => "svg",
        }
    }
}

impl Logo {
    /// Where the portal serves it.
    pub fn path(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.bytes.hash(&mut hasher);
        format!("{}logo-{:016x}.{}", render::paths::ASSETS, hasher.finish(), self.kind.ending())
    }
}
