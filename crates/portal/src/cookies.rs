//! The cookies of the portal: all of them `HttpOnly`, `SameSite=Lax`, for the whole portal and this host only.
//!
//! With https their names begin with `__Host-`: browsers then take them only over https, for this very host and for all of its paths
//! (RFC 6265bis section 4.1.3.2), so that no neighbour under the same domain can plant one. `Lax` and not `Strict`, because the
//! link in a notice comes from a web mailer and has to find its session; forms are protected by tokens besides.

use axum::http::{HeaderMap, HeaderValue, header};

/// The longest value of a cookie, in bytes.
const VALUE_BYTES_MAX: usize = 256;

/// What the portal leaves with a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The session. It ends with the browser, and with the session on the server.
    Session,
    /// Binds the forms of strangers to their browser. Proves nothing else.
    Visit,
    /// The secret of an activation link, so that it stands in no address.
    Activation,
    /// Tells the browser of a mailbox's owner from others, so that strangers cannot lock the owner out.
    Device,
    /// What just happened, for the next page: one of a few known words.
    Flash,
    /// The language a stranger chose.
    Language,
}

impl Cookie {
    /// Every cookie.
    pub const ALL: [Self; 6] =
        [Self::Session, Self::Visit, Self::Activation, Self::Device, Self::Flash, Self::Language];

    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Session => ("session", "__Host-session"),
            Self::Visit => ("visit", "__Host-visit"),
            Self::Activation => ("activation", "__Host-activation"),
            Self::Device => ("device", "__Host-device"),
            Self::Flash => ("flash", "__Host-flash"),
            Self::Language => ("language", "__Host-language"),
        }
    }

    /// Its name on a portal that is reached by https (`secure`) or not.
    pub const fn name(self, secure: bool) -> &'static str {
        if secure { self.names().1 } else { self.names().0 }
    }

    /// How long it is kept, in seconds; `None` until the browser closes.
    const fn seconds(self) -> Option<u64> {
        match self {
            Self::Session | Self::Visit => None,
            Self::Activation => Some(24 * 60 * 60),
            Self::Flash => Some(60),
            Self::Device | Self::Language => Some(400 * 24 * 60 * 60),
        }
    }

    /// The value a browser sent.
    pub fn read(self, headers: &HeaderMap, secure: bool) -> Option<String> {
        let name = self.name(secure);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, value)| *key == name && is_plain(value))
            .map(|(_, value)| value.to_owned())
    }

    /// Leaves it with the browser. `None` for values that are none of ours.
    pub fn set(self, value: &str, secure: bool) -> Option<HeaderValue> {
        if !is_plain(value) {
            return None;
        }
        let age = self.seconds().map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        HeaderValue::from_str(&format!("{}={value}{}{age}", self.name(secure), flags(secure))).ok()
    }

    /// Takes it away from the browser.
    pub(crate) fn clear(self, secure: bool) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!("{}={}; Max-Age=0", self.name(secure), flags(secure))).ok()
    }
}

const fn flags(secure: bool) -> &'static str {
    if secure { "; Path=/; Secure; HttpOnly; SameSite=Lax" } else { "; Path=/; HttpOnly; SameSite=Lax" }
}

/// Every value is a token or a word: nothing that would need quoting.
fn is_plain(value: &str) -> bool {
    (1..=VALUE_BYTES_MAX).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_names_by_scheme() {
        for cookie in Cookie::ALL {
            let secure = cookie.set("abc", true).unwrap();
            let secure = secure.to_str().unwrap();
            assert!(secure.starts_with("__Host-") && !secure.contains("Domain"), "{secure}");
            for flag in ["; Path=/;", "; Secure;", "; HttpOnly;", "; SameSite=Lax"] {
                assert!(secure.contains(flag), "{secure} lacks {flag}");
            }
            let plain = cookie.set("abc", false).unwrap();
            assert!(!plain.to_str().unwrap().contains("Secure"));
        }
    }

    #[test]
    fn values_that_are_none_of_ours_are_not_there() {
        assert_eq!(Cookie::Flash.set("a; Domain=evil.example", true), None);
        assert_eq!(Cookie::Flash.set("a\r\nSet-Cookie: b=c", true), None);
        assert!(Cookie::Flash.set(&"a".repeat(VALUE_BYTES_MAX), true).is_some());
        assert_eq!(Cookie::Flash.set(&"a".repeat(VALUE_BYTES_MAX + 1), true), None);
        let mut headers = HeaderMap::new();
        headers
            .insert(header::COOKIE, HeaderValue::from_static("a=b; session=<x>; session=good; __Host-session=other"));
        assert_eq!(Cookie::Session.read(&headers, false).as_deref(), Some("good"));
        assert_eq!(Cookie::Session.read(&headers, true).as_deref(), Some("other"));
        assert_eq!(Cookie::Visit.read(&headers, true), None);
    }
}
