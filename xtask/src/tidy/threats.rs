//! `docs/THREATS.md` says which test holds each cure; this rule makes sure that those tests exist.

use anyhow::Result;

use super::Findings;
use crate::place::{Place, has_extension};

const DOCUMENT: &str = "docs/THREATS.md";
/// How the line begins that names a threat's tests, in backquotes.
const TESTS: &str = "**Tests.**";

pub(super) fn check(place: &Place) -> Result<Findings> {
    let document = place.text(DOCUMENT)?.unwrap_or_default();
    let mut sources = Vec::new();
    for path in place.files()? {
        if has_extension(&path, "rs") || has_extension(&path, "mjs") {
            sources.push(place.text(&path)?.unwrap_or_default());
        }
    }
    let exists = |name: &str| {
        let (function, title) = (format!("fn {name}("), format!("'{name}"));
        sources.iter().any(|source| source.contains(&function) || source.contains(&title))
    };
    let unknown = named_tests(&document).filter(|name| !exists(name));
    Ok(unknown.map(|name| format!("{DOCUMENT}: no test is called `{name}`")).chain(bare_threats(&document)).collect())
}

fn named_tests(document: &str) -> impl Iterator<Item = &str> {
    document.lines().filter_map(|line| line.strip_prefix(TESTS)).flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// Threats that do not say how they are held.
fn bare_threats(document: &str) -> impl Iterator<Item = String> {
    document.split("\n### ").skip(1).filter(|threat| !threat.contains(TESTS)).map(|threat| {
        format!("{DOCUMENT}: \"{}\" has no line that begins with {TESTS}", threat.lines().next().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_read_from_their_lines_only() {
        let document = "### A\nuses `rustls`\n**Tests.** `first`, `second` in the portal\n### B\n**Tests.** none yet\n";
        assert_eq!(named_tests(document).collect::<Vec<_>>(), ["first", "second"]);
    }

    #[test]
    fn a_threat_without_tests_is_found() {
        assert_eq!(bare_threats("# T\n\n### A\n**Tests.** none yet\n\n### B\ncure\n").count(), 1);
    }
}
