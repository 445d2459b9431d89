//! Where to go afterwards: only ever a path of this portal (open redirects).

/// The longest path taken, in bytes.
pub const PATH_BYTES_MAX: usize = 2_000;

/// The path if it is one of this portal: absolute, without scheme or host in any browser's reading.
///
/// Browsers take `//host` and `/\host` for hosts and drop tabs and line ends from addresses before they read them (WHATWG URL section 4.4), so
/// whatever is not plain and printable is refused.
pub fn own(path: &str) -> Option<&str> {
    let rest = path.strip_prefix('/')?;
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>'));
    (plain && !rest.starts_with('/') && path.len() <= PATH_BYTES_MAX).then_some(path)
}

/// Where a person goes on who could not send a form to `path`: the page the form stands on.
pub(crate) fn page_of(path: &str) -> &str {
    if let Some(message) = path.strip_suffix("/reply") {
        return message;
    }
    if path.starts_with("/settings/sessions/") {
        return render::paths::SETTINGS_SESSIONS;
    }
    if matches!(path, render::paths::SIGN_OUT | render::paths::LANGUAGE) {
        return render::paths::INBOX;
    }
    own(path).unwrap_or(render::paths::INBOX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_are_gone_to() {
        for good in ["/", "/messages/abc?view=text", "/sent?before=1-abc#end", "/%2F%2Fevil.example", "/a//b"] {
            assert_eq!(own(good), Some(good));
        }
        for bad in [
            "",
            "messages",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " /x",
            "https://evil.example",
            "https:/evil.example",
            "javascript:alert(1)",
            "/\u{2f}evil",
            "/a\r\nSet-Cookie: x=y",
            "/ü",
            "/a b",
            "/<script>",
            "data:text/html,x",
            "@evil.example",
            ".evil.example",
        ] {
            assert_eq!(own(bad), None, "{bad:?}");
        }
        assert!(own(&format!("/{}", "a".repeat(PATH_BYTES_MAX - 1))).is_some());
        assert!(own(&format!("/{}", "a".repeat(PATH_BYTES_MAX))).is_none());
    }

    #[test]
    fn forms_lead_back_to_their_pages() {
        assert_eq!(page_of("/messages/abc/reply"), "/messages/abc");
        assert_eq!(page_of("/settings/sessions/abc/end"), "/settings/sessions");
        assert_eq!(page_of("/settings/sessions/end"), "/settings/sessions");
        assert_eq!(page_of("/sign-out"), "/");
        assert_eq!(page_of("/settings/password"), "/settings/password");
    }
}
