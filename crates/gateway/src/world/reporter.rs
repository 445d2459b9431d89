//! Where domains want reports about TLS, and how these get to web servers (RFC 8460 sections 3 and 5.4).

use app::tls_report::{Asking, Reporter};
use http_body_util::Full;
use hyper::{Request, Uri, header};
use resolve::Lookup;
use tokio::time::timeout;
use wire::{
    address::Domain,
    tlsrpt::{self, MEDIA_TYPE_GZIP, Record},
};

use super::{
    World,
    https::{self, HTTPS_PORT, NoAnswer, Place},
};

/// The most that is read of what a web server says to a report, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

impl Reporter for World {
    fn wanted<'a>(&'a self, domain: &'a Domain) -> Asking<'a, Option<Record>> {
        Box::pin(async move {
            let Ok(name) = resolve::Name::parse(&tlsrpt::record_name(domain)) else { return Ok(None) };
            let texts = match self.resolver.txt(&name).await {
                Lookup::Found { records, .. } => records,
                Lookup::Nothing { .. } => return Ok(None),
                Lookup::Failed(failure) => return Err(failure.to_string()),
            };
            // A record that breaks the rules counts as none.
            Ok(tlsrpt::find(texts.iter().filter_map(|text| std::str::from_utf8(text).ok())).unwrap_or_default())
        })
    }

    fn post<'a>(&'a self, url: &'a str, compressed: Vec<u8>) -> Asking<'a, ()> {
        Box::pin(async move {
            let posted = timeout(self.settings.connect_max, self.send(url, compressed)).await;
            posted.unwrap_or_else(|_| Err("the web server did not answer in time".to_owned()))
        })
    }
}

impl World {
    async fn send(&self, url: &str, compressed: Vec<u8>) -> Result<(), String> {
        let url: Uri = url.parse().map_err(|_| "it is no URL".to_owned())?;
        if url.scheme_str() != Some("https") {
            return Err("reports go by https alone".to_owned());
        }
        let host = url.host().ok_or("the URL names no host")?;
        let port = url.port_u16().unwrap_or(HTTPS_PORT);
        // Who writes a record must not make us knock at any door.
        if port != HTTPS_PORT && port != self.settings.bed.policy_port {
            return Err(format!("web servers are asked on port {HTTPS_PORT} only"));
        }
        let path = url.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, MEDIA_TYPE_GZIP)
            .body(Full::from(compressed))
            .map_err(|error| error.to_string())?;
        let answer = https::ask(self.way(), Place { host, port }, request, ANSWER_BYTES_MAX).await;
        let answer = answer.map_err(|error| match error {
            NoAnswer::Certificate(detail) | NoAnswer::Other(detail) => detail,
        })?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(format!("the web server answers {status}")) }
    }
}
