//! What the portal reads before it knows who asks: forms of both kinds, cookies, paths to go on to, carried texts, addresses.
//!
//! The readers are those of the portal itself ([`portal::input`]); what they take must be what they would have made, and a path to go on to must be one
//! of the portal in the eyes of another reader of addresses (the crate `url`, which reads them as browsers do).
#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
};
use futures_util::stream;
use libfuzzer_sys::fuzz_target;
use model::Language;
use portal::input::{Cookie, Fields, Kept, PATH_BYTES_MAX, carry, network, own, take, typed_text};

const PORTAL: &str = "https://post.portal.example/";
/// The size of the pieces a form comes in, in bytes: small enough to cut through every boundary.
const PIECE_BYTES: usize = 7;

fuzz_target!(|input: &[u8]| {
    if let Some(fields) = Fields::read(input) {
        assert!(
            ["csrf", "next", "text"].map(|name| fields.get(name).len()).iter().all(|length| *length <= 3 * input.len())
        );
    }
    headers(input);
    in_parts(input);
    let Ok(text) = std::str::from_utf8(input) else { return };
    path(text);
    carried(text);
    round_trip(text);
});

/// A path that is taken leads nowhere but into the portal.
fn path(text: &str) {
    let Some(path) = own(text) else { return };
    assert!(path.len() <= PATH_BYTES_MAX);
    let portal = url::Url::parse(PORTAL).expect("the portal has an address");
    let gone = portal.join(path).expect("a path of the portal is an address");
    assert_eq!(gone.origin(), portal.origin(), "{path:?} leads elsewhere");
    assert!(HeaderValue::from_str(path).is_ok(), "{path:?} does not fit into a header");
}

/// What is carried through a sign-in comes back the same.
fn carried(text: &str) {
    if let (path, Some(kept)) = take(text) {
        assert!(own(path).is_some(), "text is carried to {path:?}");
        assert!(take(&carry(path, &kept)) == (path, Some(kept)));
    }
    let kept = Kept { recipient: text.to_owned(), subject: text.to_owned(), text: text.to_owned() };
    assert!(take(&carry("/write", &kept)) == ("/write", Some(kept)));
}

fn headers(input: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(input) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, value.clone());
    headers.insert("x-forwarded-for", value);
    for cookie in Cookie::ALL {
        for secure in [false, true] {
            let Some(value) = cookie.read(&headers, secure) else { continue };
            let set = cookie.set(&value, secure).expect("what is read could have been set");
            let start = format!("{}={value}; Path=/; ", cookie.name(secure));
            assert!(set.to_str().is_ok_and(|set| set.starts_with(&start)));
        }
    }
    let proxy = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let source = network(proxy, &headers, &[proxy]);
    assert!(source.ends_with("/24") || source.ends_with("/56"), "{source}");
    if let Ok(accepted) = std::str::from_utf8(input) {
        let _ = Language::accepted(accepted);
    }
}

/// A form in parts as it may come: anything at all.
fn in_parts(input: &[u8]) {
    let kept = read(input).expect("its type says that it comes in parts");
    // What is no text is shown as a replacement character, which takes three bytes for one.
    assert!(kept.recipient.len() + kept.subject.len() + kept.text.len() <= 3 * input.len());
}

/// A form in parts as browsers send it: what was typed comes back.
fn round_trip(text: &str) {
    if text.contains("\r\n--b") {
        return;
    }
    let part = |name: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
    let kept = read([part("csrf"), part("text"), part("subject"), "--b--\r\n".to_owned()].concat().as_bytes());
    let kept = kept.expect("its type says that it comes in parts");
    assert!(kept.text == text && kept.subject == text && kept.recipient.is_empty());
}

fn read(body: &[u8]) -> Option<Kept> {
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
        body.chunks(PIECE_BYTES).map(|piece| Ok(piece.to_vec())).collect();
    let request = Request::post("/write")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(Body::from_stream(stream::iter(pieces)))
        .expect("a request");
    futures_executor::block_on(typed_text(request))
}
