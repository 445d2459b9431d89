//! Tags in the subject by which a sender marks a message as confidential, such as `[vertraulich]`.

/// The most tags.
pub const TAGS_MAX: usize = 32;
/// The longest tag, in bytes.
pub const TAG_BYTES_MAX: usize = 64;

/// Why a list of tags is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotATag {
    /// A tag is empty or white space, and would be in every subject.
    #[error("a subject tag must not be empty")]
    Empty,
    /// A tag is longer than [`TAG_BYTES_MAX`].
    #[error("a subject tag may have {TAG_BYTES_MAX} bytes at most")]
    TooLong,
    /// There are more than [`TAGS_MAX`].
    #[error("there may be {TAGS_MAX} subject tags at most")]
    TooMany,
}

/// The tags where the configuration names none: `[vertraulich]` and `[confidential]`.
pub(super) fn usual() -> Vec<String> {
    vec!["[vertraulich]".to_owned(), "[confidential]".to_owned()]
}

/// Whether these can be tags.
pub(super) fn check(tags: &[String]) -> Result<(), NotATag> {
    if tags.len() > TAGS_MAX {
        return Err(NotATag::TooMany);
    }
    if tags.iter().any(|tag| tag.trim().is_empty()) {
        return Err(NotATag::Empty);
    }
    if tags.iter().any(|tag| tag.len() > TAG_BYTES_MAX) {
        return Err(NotATag::TooLong);
    }
    Ok(())
}

/// Whether the subject carries one of the tags, anywhere and in whatever case.
pub(super) fn carries(subject: &str, tags: &[String]) -> bool {
    find(subject, tags).is_some()
}

/// The subject as it is shown: without the tags, and without the gaps they would leave.
pub fn without_tags(subject: &str, tags: &[String]) -> String {
    let (mut shown, mut rest) = (String::with_capacity(subject.len()), subject);
    while let Some((before, after)) = find(rest, tags) {
        shown.push_str(before.trim_end());
        rest = after.trim_start();
        if !shown.is_empty() && !rest.is_empty() {
            shown.push(' ');
        }
    }
    shown.push_str(rest);
    shown.trim().to_owned()
}

/// What stands before and after the first tag.
fn find<'a>(subject: &'a str, tags: &[String]) -> Option<(&'a str, &'a str)> {
    subject.char_indices().find_map(|(start, _)| {
        let (before, rest) = subject.split_at_checked(start)?;
        tags.iter().map(|tag| tag.trim()).find_map(|tag| Some((before, without_prefix(rest, tag)?)))
    })
}

/// What follows `prefix` in `text`, where case does not matter.
fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for expected in prefix.chars() {
        let found = rest.next()?;
        if found != expected && !found.to_lowercase().eq(expected.to_lowercase()) {
            return None;
        }
    }
    Some(rest.as_str())
}
