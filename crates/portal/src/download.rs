//! Answers with a body: pages, files, streams.

use app::{Content, Trouble, export::Streamed};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;

use crate::headers::FILE_POLICY;

/// The media type of pages.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// The media type of messages as Outlook keeps them.
pub(crate) const OUTLOOK: &str = "application/vnd.ms-outlook";

/// The media type of archives.
pub(crate) const ZIP: &str = "application/zip";

/// The media type of messages as pages.
pub(crate) const PDF: &str = "application/pdf";

/// Media types that are named to the browser. All others are bytes: the name's ending decides what opens a file.
const NAMED_TYPES: [&str; 13] = [
    PDF,
    ZIP,
    "application/msword",
    "application/vnd.ms-excel",
    OUTLOOK,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "message/rfc822",
    "text/calendar",
];

/// A page.
pub(crate) fn html(html: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(HTML))], html).into_response()
}

/// A file, to be saved and never to be shown.
pub(crate) fn file(name: &str, media_type: &str, bytes: Bytes) -> Response {
    (file_headers(name, media_type), bytes).into_response()
}

/// A file of `size_bytes` that is read while it is sent, with little in memory. Where reading fails in the middle the connection breaks, and
/// the browser knows by the announced length that it has not got all.
pub(crate) fn stream(name: &str, media_type: &str, size_bytes: u64, content: Content) -> Response {
    let pieces = stream::try_unfold(content.pieces(), |mut pieces| async move {
        let piece = pieces.next().await.inspect_err(|trouble| {
            tracing::error!(code = trouble.code(), %trouble, "a download broke off");
        })?;
        Ok::<_, Trouble>(piece.map(|piece| (piece, pieces)))
    });
    let mut headers = file_headers(name, media_type);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size_bytes));
    (headers, Body::from_stream(pieces)).into_response()
}

/// A file that is made while it is sent. Where making it fails in the middle the connection breaks, likewise.
pub(crate) fn streamed(media_type: &str, file: Streamed) -> Response {
    let mut headers = file_headers(&file.name, media_type);
    headers.extend(file.size_bytes.map(|size_bytes| (header::CONTENT_LENGTH, HeaderValue::from(size_bytes))));
    let pieces = stream::try_unfold(file, |mut file| async move {
        let piece = file.next().await.inspect_err(|trouble| {
            tracing::error!(code = trouble.code(), %trouble, "a download broke off");
        })?;
        Ok::<_, Trouble>(piece.map(|piece| (piece, file)))
    });
    (headers, Body::from_stream(pieces)).into_response()
}

/// The headers of a file whose bytes nobody asked for (`HEAD`). A size that only the bytes would tell is left out (RFC 9110 section 9.3.2).
pub(crate) fn head(name: &str, media_type: &str, size_bytes: Option<u64>) -> Response {
    let mut headers = file_headers(name, media_type);
    headers.extend(size_bytes.map(|size_bytes| (header::CONTENT_LENGTH, HeaderValue::from(size_bytes))));
    // Its length is not known, so that none is announced.
    let nothing = Body::from_stream(stream::empty::<Result<Vec<u8>, Trouble>>());
    (headers, nothing).into_response()
}

fn file_headers(name: &str, media_type: &str) -> HeaderMap {
    let media_type = media_type.to_ascii_lowercase();
    let named = NAMED_TYPES.into_iter().find(|named| *named == media_type).unwrap_or("application/octet-stream");
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(named));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FILE_POLICY));
    headers.insert(header::CONTENT_DISPOSITION, disposition(name));
    headers
}

/// `Content-Disposition` with the name for everybody: plain for old readers, and in full (RFC 6266 section 4.3, RFC 8187 section 3.2).
fn disposition(name: &str) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_') { c } else { '_' })
        .collect();
    let mut full = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            full.push(char::from(byte));
        } else {
            full.push('%');
            full.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_reach_everybody_and_break_out_of_nothing() {
        let shown = |name| disposition(name).to_str().unwrap().to_owned();
        assert_eq!(
            shown("Gutachten Müller.pdf"),
            "attachment; filename=\"Gutachten M_ller.pdf\"; filename*=UTF-8''Gutachten%20M%C3%BCller.pdf"
        );
        assert_eq!(
            shown("a\"; x=\r\nSet-Cookie: b=c"),
            "attachment; filename=\"a__ x___Set-Cookie_ b_c\"; filename*=UTF-8''a%22%3B%20x%3D%0D%0ASet-Cookie%3A%20b%3Dc"
        );
        assert_eq!(
            shown("../../etc/passwd"),
            "attachment; filename=\".._.._etc_passwd\"; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd"
        );
        assert_eq!(shown("\u{202e}gpj.exe"), "attachment; filename=\"_gpj.exe\"; filename*=UTF-8''%E2%80%AEgpj.exe");
    }

    #[test]
    fn types_that_could_run_are_bytes() {
        for (given, named) in [
            ("application/pdf", "application/pdf"),
            ("Image/PNG", "image/png"),
            ("text/html", "application/octet-stream"),
            ("image/svg+xml", "application/octet-stream"),
            ("application/xhtml+xml", "application/octet-stream"),
            ("text/plain\r\nX: y", "application/octet-stream"),
        ] {
            assert_eq!(file_headers("x", given).get(header::CONTENT_TYPE).unwrap(), named);
        }
    }
}
