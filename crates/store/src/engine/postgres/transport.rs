//! How the bytes travel to PostgreSQL: over TLS with a verified certificate, or without leaving this machine (P1).
//!
//! Content is sealed before it is stored, but statements carry addresses of people. So there is no connection in clear to another machine, and none
//! that trusts a certificate it cannot verify: every `sslmode` that asks for TLS means what libpq calls `verify-full` (the certificate leads to a
//! trusted root and names the host).

use std::{net::IpAddr, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

use super::refused;
use crate::{PostgresSettings, Protection, StoreError};

/// The modes of libpq that ask for TLS. `verify-ca` asks for less than is done.
const TLS_MODES: [&str; 2] = ["verify-full", "verify-ca"];

pub(super) enum Transport {
    /// Not beyond this machine.
    Clear,
    Tls(Box<ClientConfig>),
}

impl Transport {
    pub(super) const fn protection(&self) -> Protection {
        match self {
            Self::Clear => Protection::OnThisMachine,
            Self::Tls(_) => Protection::VerifiedTls,
        }
    }
}

/// Reads where the server is, and decides how to reach it: in clear only where nothing leaves this machine and nobody asks for TLS.
pub(super) fn choose(settings: &PostgresSettings) -> Result<(Config, Transport), StoreError> {
    let url = TLS_MODES
        .iter()
        .fold(settings.url.clone(), |url, mode| url.replace(&format!("sslmode={mode}"), "sslmode=require"));
    let mut config: Config = url.parse().map_err(|_| refused("the PostgreSQL URL cannot be read"))?;
    if is_socket(&config) {
        config.ssl_mode(SslMode::Disable);
        return Ok((config, Transport::Clear));
    }
    let near = stays_on_this_machine(&config);
    let tls = match config.get_ssl_mode() {
        SslMode::Disable if near => false,
        SslMode::Disable => {
            return Err(refused(
                "PostgreSQL on another machine is reached over TLS only: take sslmode=disable out of the URL",
            ));
        }
        SslMode::Prefer if near => settings.roots_pem.is_some(),
        _ => true,
    };
    if !tls {
        return Ok((config, Transport::Clear));
    }
    config.ssl_mode(SslMode::Require);
    Ok((config, Transport::Tls(Box::new(client(settings.roots_pem.as_deref())?))))
}

/// Whether it is a Unix socket, over which PostgreSQL speaks no TLS, whatever is asked for.
fn is_socket(config: &Config) -> bool {
    let sockets = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
    sockets && !config.get_hosts().is_empty() && config.get_hostaddrs().is_empty()
}

/// Whether every host is a Unix socket or a loopback address, so that nothing crosses a wire.
fn stays_on_this_machine(config: &Config) -> bool {
    let loopback = |ip: &IpAddr| ip.is_loopback();
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().as_ref().is_ok_and(loopback),
        Host::Unix(_) => true,
    });
    hosts && config.get_hostaddrs().iter().all(loopback)
}

fn client(roots_pem: Option<&[u8]>) -> Result<ClientConfig, StoreError> {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = roots_pem {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| refused(&error.to_string()))?;
            roots.add(certificate).map_err(|error| refused(&error.to_string()))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err(refused("no certificate to trust the PostgreSQL server by"));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(&error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How this URL would be reached, with a CA file of its own or without; `None` where it is refused.
    fn chosen(url: &str, with_roots: bool) -> Option<Protection> {
        let authority = rcgen::generate_simple_self_signed(vec!["ca.example".to_owned()]).unwrap();
        let roots_pem = with_roots.then(|| authority.cert.pem().into_bytes());
        let settings = PostgresSettings { url: url.to_owned(), roots_pem, connections_max: 1 };
        settings.check().ok()
    }

    #[test]
    fn nothing_goes_to_another_machine_in_clear_p1() {
        let (clear, tls) = (Some(Protection::OnThisMachine), Some(Protection::VerifiedTls));
        for (url, expected, with_roots_expected) in [
            ("postgres://u@127.0.0.1/d", clear, tls),
            ("postgres://u@localhost:5433/d", clear, tls),
            ("postgres://u@[::1]/d", clear, tls),
            ("host=/run/postgresql user=u", clear, clear),
            ("host=/run/postgresql user=u sslmode=verify-full", clear, clear),
            ("postgres://u@127.0.0.1/d?sslmode=disable", clear, clear),
            ("postgres://u@127.0.0.1/d?sslmode=prefer", clear, tls),
            ("postgres://u@db.example/d?sslmode=disable", None, None),
            ("host=127.0.0.1,db.example user=u sslmode=disable", None, None),
            ("host=localhost hostaddr=192.0.2.1 user=u sslmode=disable", None, None),
            ("postgres://u@127.0.0.1.example/d?sslmode=disable", None, None),
            ("postgres://u@db.example/d?sslmode=never", None, None),
        ] {
            assert_eq!(chosen(url, false), expected, "{url}");
            assert_eq!(chosen(url, true), with_roots_expected, "{url} with a CA file");
        }
        for url in [
            "postgres://u@db.example/d",
            "postgres://u@db.example/d?sslmode=prefer",
            "postgres://u@db.example/d?sslmode=verify-full",
            "postgres://u@127.0.0.1/d?sslmode=require",
            "postgres://u@localhost/d?sslmode=verify-full",
            "host=127.0.0.1,db.example user=u",
            "host=db.example hostaddr=127.0.0.1 user=u",
        ] {
            assert_eq!(chosen(url, true), tls, "{url}");
        }
    }
}
