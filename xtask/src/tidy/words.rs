//! Words that no committed file may hold: notes to oneself, and places that exist on one machine only.

use anyhow::Result;

use super::Findings;
use crate::place::Place;

/// A forbidden text and what to do about it.
const FORBIDDEN: &[(&str, &str)] = &[
    ("TODO", "do it now, or say in an issue that it is missing"),
    ("FIXME", "fix it now, or say in an issue that it is broken"),
    ("crates.io", "name the package, not the host it comes from"),
    ("pypi.org", "name the package, not the host it comes from"),
    ("npmjs.org", "name the package, not the host it comes from"),
    ("debian.org", "name the package, not the host it comes from"),
    ("/home/", "use a path relative to the clone"),
    ("/root/", "use a path relative to the clone"),
    ("/work/", "use a path relative to the clone"),
];

/// Files that need such words: lock files and the list itself.
const EXEMPT: &[&str] = &["Cargo.lock", "fuzz/Cargo.lock", "e2e/package-lock.json", "xtask/src/tidy/words.rs"];

pub(super) fn check(place: &Place) -> Result<Findings> {
    let mut findings = Findings::new();
    for path in place.files()?.into_iter().filter(|path| !EXEMPT.contains(&path.as_str())) {
        let Some(text) = place.text(&path)? else { continue };
        for (index, line) in text.lines().enumerate() {
            findings.extend(breaches(line).map(|(word, cure)| format!("{path}:{}: {word}: {cure}", index + 1)));
        }
    }
    Ok(findings)
}

fn breaches(line: &str) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    FORBIDDEN.iter().filter(move |(word, _)| holds(line, word))
}

/// Whether `line` holds `word` and not merely a longer word around it; a path may go on behind its folder.
fn holds(line: &str, word: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric();
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_letter) && (word.ends_with('/') || !after.is_some_and(is_letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_and_paths_are_found() {
        assert!(holds("// TODO: later", "TODO"));
        assert!(holds("path = \"/home/ada/x\"", "/home/"));
        assert!(!holds("TODOS and MASTODON", "TODO"));
        assert!(!holds("https://example.test/work/x", "/work/"), "the path of an address is no folder");
    }
}
