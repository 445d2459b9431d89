//! Where a form was sent from (cross-site request forgery).
//!
//! Browsers say so themselves: `Sec-Fetch-Site` (Fetch Metadata), or, before that existed, `Origin` (RFC 6454 section 7). Neither can be set
//! by a page. The address compared with comes from the configuration, never from the `Host` header.
//!
//! Our own `Referrer-Policy: no-referrer` makes browsers send `Origin: null` with forms (Fetch, "append a request `Origin` header"), so `null` alone says nothing. A request with
//! neither header comes from no browser that carries somebody's cookies. In both cases the token of the form decides, as it does always.

use axum::http::HeaderMap;

/// Whether a change may be asked for from where this request comes from.
pub(crate) fn is_own(headers: &HeaderMap, own: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    if let Some(site) = text("sec-fetch-site")
        && site != "same-origin"
    {
        return false;
    }
    match text("origin") {
        None | Some("null") => true,
        Some(origin) => origin.eq_ignore_ascii_case(own),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn forms_of_other_pages_are_told_apart() {
        let own = "https://post.beispiel.example";
        let cases: [(&[(&'static str, &'static str)], bool); 12] = [
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://post.beispiel.example")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://post.beispiel.example")], false),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "https://post.beispiel.example.evil.example")], false),
            (&[("origin", "http://post.beispiel.example")], false),
            (&[("origin", "https://evil.example"), ("host", "evil.example")], false),
            (&[], true),
        ];
        for (pairs, expected) in cases {
            let headers = pairs
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(is_own(&headers, own), expected, "{pairs:?}");
        }
    }
}
