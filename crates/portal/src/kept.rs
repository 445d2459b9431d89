//! What somebody had typed when the session was over.
//!
//! The form of a draft that comes without a session cannot be saved: only a session opens the mailbox. So the sign-in page that answers it carries
//! the typed text along, inside the path it leads to (`/drafts/…?kept=…`), and signing in saves it. The server keeps nothing meanwhile, and nothing is
//! shown that the browser had not sent itself. The text goes into the draft it came from if that is in the mailbox that was signed in to, and is
//! dropped otherwise; a message without draft begins one. It is only ever taken from a form, never from a link ([`without`]).

use data_encoding::BASE64URL_NOPAD;
use model::id::DraftId;
use render::paths;
use serde::{Deserialize, Serialize};

use crate::next;

/// The longest text that is carried, in bytes of its carried form.
pub(crate) const KEPT_BYTES_MAX: usize = 768 * 1024;

const MARK: &str = "?kept=";

/// What was typed into the form of a draft.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The address that was chosen or typed.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(..)")
    }
}

/// The path of a draft or of the empty form, with what was typed; without it where that is too much.
pub fn carry(path: &str, kept: &Kept) -> String {
    let Ok(bytes) = serde_json::to_vec(kept) else { return path.to_owned() };
    let carried = format!("{path}{MARK}{}", BASE64URL_NOPAD.encode(&bytes));
    if carried.len() <= KEPT_BYTES_MAX { carried } else { path.to_owned() }
}

/// Takes apart what [`carry`] made.
pub fn take(path: &str) -> (&str, Option<Kept>) {
    let Some((path, carried)) = path.split_once(MARK).filter(|(path, _)| next::own(path).is_some()) else {
        return (path, None);
    };
    let kept = BASE64URL_NOPAD.decode(carried.as_bytes()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    (path, kept)
}

/// The path alone.
pub(crate) fn without(path: &str) -> &str {
    path.split_once(MARK).map_or(path, |(path, _)| path)
}

/// Where typed text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Into a new draft.
    New,
    /// Into this draft.
    Draft(DraftId),
}

/// The place that a path of the write form means.
pub(crate) fn place(path: &str) -> Option<Place> {
    if path == paths::WRITE {
        return Some(Place::New);
    }
    path.strip_prefix("/drafts/")?.parse().ok().map(Place::Draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back() {
        let kept =
            Kept { recipient: "a@b.example".into(), subject: "Grüße".into(), text: "Zeile\r\n\"<b>&?kept=".into() };
        let carried = carry("/write", &kept);
        assert_eq!(take(&carried), ("/write", Some(kept)));
        assert_eq!(without(&carried), "/write");
        assert_eq!(take("/write"), ("/write", None));
        assert_eq!(take("/write?kept=nonsense"), ("/write", None));
    }

    #[test]
    fn too_much_is_left_out() {
        let kept = Kept { text: "x".repeat(KEPT_BYTES_MAX), ..Kept::default() };
        assert_eq!(carry("/write", &kept), "/write");
    }

    #[test]
    fn only_write_forms_are_places() {
        assert_eq!(place("/write"), Some(Place::New));
        assert!(matches!(place(&paths::draft(DraftId::from_bytes([7; 16]))), Some(Place::Draft(_))));
        for path in ["/drafts/x", "/drafts/", "/settings", "/drafts/../write"] {
            assert_eq!(place(path), None);
        }
    }
}
