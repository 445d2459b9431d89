//! The headers of every answer.
//!
//! Pages may load nothing but the portal's own style sheet and pictures, run no script, send forms only here, and be framed by nobody. Answers that
//! are no pages (a file, the frame with a message) bring their own content policy; [`layer`] only adds what is missing.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::house::House;

/// The content policy of pages.
pub(crate) const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
     frame-src 'self'; frame-ancestors 'none'; base-uri 'none'";
/// The content policy of a page of ours in a frame of ours.
pub(crate) const INNER_POLICY: &str = "default-src 'none'; style-src 'self'; frame-ancestors 'self'; base-uri 'none'";
/// The content policy of a message's HTML. `sandbox` gives it an origin of its own, which is neither the portal's nor anybody's: without it
/// the frame's attribute would hold only inside our page, and not where somebody opens the address by itself.
pub(crate) const FRAME_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
     style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
/// The content policy of a page that is printed and holds a message's HTML itself: that of the frame, and framed by nobody. Such a page needs the
/// [`OPENER_POLICY`] `unsafe-none`: browsers refuse a page of its own that is sandboxed and wants to be parted from its opener as well (HTML,
/// "create navigation params by fetching").
pub(crate) const PAPER_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
     style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
/// The content policy of files: should a browser show one after all, it can do nothing.
pub(crate) const FILE_POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// Whether a page shares a group of windows with the one that opened it.
pub(crate) const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), usb=(), payment=(), browsing-topics=()",
    ),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    (header::VARY, "Cookie, Accept-Language"),
];

const UNLESS_SET: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
    (OPENER_POLICY, "same-origin"),
];

/// Two years, as the lists of the browsers ask for.
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// Adds the headers.
///
/// It also keeps answers uncompressed where another site led here: the length of a compressed page that holds both a secret and words from
/// the address tells of the secret (BREACH), and only a foreign page would choose such words.
pub(crate) async fn layer(State(house): State<Arc<House>>, mut request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.append(name, HeaderValue::from_static(value));
    }
    for (name, value) in UNLESS_SET {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if house.secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
    response
}
