//! MTA-STS policies: asked for in DNS, fetched over HTTPS (RFC 8461 section 3).
//!
//! The fetch follows no redirect, takes no more than [`POLICY_BYTES_MAX`] and no longer than its time, and connects to public addresses only: whoever
//! writes the DNS of a domain decides where it leads.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use model::assessment::{Code, Fault};
use resolve::{Lookup, Resolver};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use wire::{
    address::Domain,
    mta_sts::{POLICY_BYTES_MAX, POLICY_PATH, Policy, announced_id, announcement_name, policy_host},
};

use super::{plan, settings::WorldSettings};
use crate::stream;

/// What a domain says about MTA-STS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Published {
    /// Nothing.
    Nothing,
    /// A policy, with the `id` of its announcement.
    Policy { id: String, policy: Policy },
    /// It announces one that cannot be had. Without an older one in memory, mail goes as if there were none (section 5).
    Failed(Fault),
}

/// Fetches what a domain says about MTA-STS.
pub(crate) async fn find(
    resolver: &Resolver,
    settings: &WorldSettings,
    https: &Arc<ClientConfig>,
    domain: &Domain,
) -> Published {
    let Ok(name) = resolve::Name::parse(&announcement_name(domain)) else { return Published::Nothing };
    let texts = match resolver.txt(&name).await {
        Lookup::Found { records, .. } => records,
        Lookup::Nothing { .. } => return Published::Nothing,
        Lookup::Failed(failure) => return Published::Failed(Fault::new(Code::StsFetchFailed, failure.to_string())),
    };
    let texts = texts.iter().filter_map(|text| std::str::from_utf8(text).ok());
    let id = match announced_id(texts) {
        Ok(Some(id)) => id.to_owned(),
        Ok(None) => return Published::Nothing,
        Err(error) => return Published::Failed(Fault::new(Code::StsAnnouncementInvalid, error.to_string())),
    };
    let fetched = timeout(settings.connect_max, fetch(resolver, settings, https, domain)).await;
    match fetched.unwrap_or_else(|_| Err(failed("the policy did not come in time"))) {
        Ok(text) => match Policy::parse(&text) {
            Ok(policy) => Published::Policy { id, policy },
            Err(error) => Published::Failed(Fault::new(Code::StsPolicyInvalid, error.to_string())),
        },
        Err(fault) => Published::Failed(fault),
    }
}

fn failed(detail: impl Into<String>) -> Fault {
    Fault::new(Code::StsFetchFailed, detail)
}

async fn fetch(
    resolver: &Resolver,
    settings: &WorldSettings,
    https: &Arc<ClientConfig>,
    domain: &Domain,
) -> Result<Bytes, Fault> {
    let host = policy_host(domain);
    let addresses = addresses(resolver, settings, &host).await?;
    let (tcp, _) = stream::connect(addresses, settings.connect_max).await.map_err(failed)?;
    let server = ServerName::try_from(host.clone()).map_err(|error| failed(error.to_string()))?;
    let tls = TlsConnector::from(Arc::clone(https)).connect(server, tcp).await;
    let tls = tls.map_err(|error| {
        let is_certificate = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let is_certificate = matches!(is_certificate, Some(rustls::Error::InvalidCertificate(_)));
        Fault::new(if is_certificate { Code::StsWebpkiInvalid } else { Code::StsFetchFailed }, error.to_string())
    })?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(tls)).await.map_err(|error| failed(error.to_string()))?;
    let request = Request::get(POLICY_PATH)
        .header(header::HOST, authority(&host, settings.bed.policy_port))
        .header(header::USER_AGENT, "Siegelpost")
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| failed(error.to_string()))?;
    let answer = async { read(sender.send_request(request).await.map_err(|error| failed(error.to_string()))?).await };
    // The connection has to be driven beside what is read from it; its end is no failure of its own.
    tokio::pin!(answer);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        text = &mut answer => text,
        _ended = &mut connection => answer.await,
    }
}

fn authority(host: &str, port: u16) -> String {
    if port == 443 { host.to_owned() } else { format!("{host}:{port}") }
}

async fn read(response: hyper::Response<hyper::body::Incoming>) -> Result<Bytes, Fault> {
    if response.status() != StatusCode::OK {
        return Err(failed(format!("the server answers {}", response.status())));
    }
    let is_text =
        response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(|kind| {
            kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/plain"))
        });
    if !is_text {
        return Err(Fault::new(Code::StsPolicyInvalid, "the policy is not text/plain"));
    }
    let body = Limited::new(response.into_body(), POLICY_BYTES_MAX).collect().await;
    body.map(http_body_util::Collected::to_bytes).map_err(|error| failed(error.to_string()))
}

async fn addresses(resolver: &Resolver, settings: &WorldSettings, host: &str) -> Result<Vec<SocketAddr>, Fault> {
    let name = resolve::Name::parse(host).map_err(|error| failed(error.to_string()))?;
    match resolver.addresses(&name).await {
        Lookup::Found { records, .. } => {
            let allowed = plan::alternating(&records).into_iter().filter(|address| settings.bed.allows(*address));
            let addresses: Vec<_> = allowed.map(|address| SocketAddr::new(address, settings.bed.policy_port)).collect();
            if addresses.is_empty() { Err(failed("the policy's host has no public address")) } else { Ok(addresses) }
        }
        Lookup::Nothing { .. } => Err(failed("the policy's host has no address")),
        Lookup::Failed(failure) => Err(failed(failure.to_string())),
    }
}
