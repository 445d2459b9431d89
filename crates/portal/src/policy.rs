//! MTA-STS policies of the organisation's domains (RFC 8461 section 3.3), each under a host of its own: `mta-sts.<domain>`.
//!
//! Such a host has one file and nothing else. The portal is not to be had there: its forms, cookies and links belong to the one address that is
//! configured. A mail server that fetches the file follows no redirect, sends no cookie and reads plain text.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use wire::mta_sts::POLICY_PATH;

use crate::{headers::FILE_POLICY, house::House};

/// Answers whatever is asked of a policy's host; all else goes on to the portal.
pub(crate) async fn layer(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    let policy = host(&request).and_then(|host| house.policies.get(&host));
    let Some(policy) = policy else { return next.run(request).await };
    if request.uri().path() != POLICY_PATH {
        return StatusCode::NOT_FOUND.into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, FILE_POLICY)];
    (headers, policy.clone()).into_response()
}

/// The host that is asked, without its port: that of the target where it is named there (RFC 9112 section 3.2.2), else of the field `Host`.
fn host(request: &Request) -> Option<String> {
    let named = request.uri().authority().map(Authority::as_str);
    let named = named.or_else(|| request.headers().get(header::HOST)?.to_str().ok())?;
    let name = named.split(':').next().unwrap_or_default();
    Some(name.trim_end_matches('.').to_ascii_lowercase())
}
