//! Forms sent by `POST`, with the token that proves they were drawn for this browser.
//!
//! Forms of a signed-in person carry the session's form token. Forms of strangers carry a token derived from the visit cookie (a
//! double submit: a foreign page can neither read the cookie nor the token). Both are compared in constant time.

use std::sync::Arc;

use axum::{
    extract::{FromRequest, FromRequestParts, RawForm, Request, rejection::RawFormRejection},
    http::StatusCode,
    response::IntoResponse,
};
use vault::{Token, TokenKind};

use crate::{
    house::House,
    next,
    refusal::Refusal,
    visit::{Guest, Visit},
};

/// The largest form without files, in bytes.
pub(crate) const FORM_BYTES_MAX: usize = 64 * 1024;
/// The most fields of a form.
const FIELDS_MAX: usize = 64;

/// A form that was drawn for this browser.
pub(crate) struct Form(Fields);

/// A form that may be too old: [`AnyForm::is_genuine`] tells.
pub(crate) struct AnyForm(Fields);

/// Names and values of a form.
pub struct Fields(Vec<(String, String)>);

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fields(..)")
    }
}

impl Fields {
    /// Reads `application/x-www-form-urlencoded` (WHATWG URL section 5.1); `None` with more than 64 fields.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let fields: Vec<_> =
            form_urlencoded::parse(bytes).take(FIELDS_MAX + 1).map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        (fields.len() <= FIELDS_MAX).then_some(Self(fields))
    }

    /// The first value of a field; empty where it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

impl Form {
    /// The value of a field; empty where it was not sent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name)
    }
}

impl AnyForm {
    /// The value of a field; empty where it was not sent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name)
    }

    /// Whether it was drawn for this browser, signed in or not.
    pub(crate) fn is_genuine(&self, visit: &Visit) -> bool {
        let token = self.get("csrf");
        same(token, &visit.csrf) || same(token, &visit.stranger_csrf)
    }
}

impl FromRequest<Arc<House>> for AnyForm {
    type Rejection = Refusal;

    async fn from_request(request: Request, house: &Arc<House>) -> Result<Self, Refusal> {
        let back = next::page_of(request.uri().path()).to_owned();
        let RawForm(bytes) =
            RawForm::from_request(request, house).await.map_err(|rejection| refuse(rejection, back.clone()))?;
        let fields = Fields::read(&bytes).ok_or(Refusal::FormOutdated { back })?;
        Ok(Self(fields))
    }
}

impl FromRequest<Arc<House>> for Form {
    type Rejection = Refusal;

    async fn from_request(request: Request, house: &Arc<House>) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let Guest(visit) = Guest::from_request_parts(&mut parts, house).await?;
        let back = next::page_of(parts.uri.path()).to_owned();
        let form = AnyForm::from_request(Request::from_parts(parts, body), house).await?;
        if same(form.get("csrf"), &visit.csrf) { Ok(Self(form.0)) } else { Err(Refusal::FormOutdated { back }) }
    }
}

fn refuse(rejection: RawFormRejection, back: String) -> Refusal {
    if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
        Refusal::TooLarge { bytes_max: FORM_BYTES_MAX as u64, back }
    } else {
        Refusal::FormOutdated { back }
    }
}

/// Compares two tokens in a time that tells nothing about either.
pub(crate) fn same(typed: &str, expected: &str) -> bool {
    let differences = typed.bytes().zip(expected.bytes()).fold(0, |differences, (a, b)| differences | (a ^ b));
    typed.len() == expected.len() && !expected.is_empty() && std::hint::black_box(differences) == 0
}

/// The visit cookie of a stranger's browser, and the token its forms carry.
pub(crate) struct Double {
    pub(crate) token: String,
    /// The cookie, where the browser has none yet.
    pub(crate) fresh_cookie: Option<String>,
}

impl Double {
    /// From the cookie a browser sent, or from a fresh one.
    pub(crate) fn of(house: &House, cookie: Option<&str>) -> Self {
        let known = cookie.and_then(|cookie| Token::parse(TokenKind::Visit, cookie).ok());
        let fresh = known.is_none().then(|| Token::generate(TokenKind::Visit, &mut *house.app.entropy()));
        let token = known
            .as_ref()
            .or(fresh.as_ref())
            .map(|visit| data_encoding::BASE64URL_NOPAD.encode(visit.secret_key().derive("form token").expose()));
        Self { token: token.unwrap_or_default(), fresh_cookie: fresh.map(|visit| visit.text().to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_the_same_or_not() {
        assert!(same("abc", "abc"));
        for other in ["", "ab", "abd", "abcd"] {
            assert!(!same(other, "abc"), "{other}");
        }
        assert!(!same("", ""));
    }

    #[test]
    fn fields_at_their_limit() {
        let fields = |count: usize| vec!["a=%C3%BC+x"; count].join("&");
        assert_eq!(Fields::read(fields(FIELDS_MAX).as_bytes()).unwrap().get("a"), "ü x");
        assert!(Fields::read(fields(FIELDS_MAX + 1).as_bytes()).is_none());
        assert_eq!(Fields::read(b"").unwrap().get("a"), "");
    }
}
