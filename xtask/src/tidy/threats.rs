//! `docs/THREATS.md` says which test holds each cure; this rule makes sure that those tests exist.

use anyhow::Result;

use super::Findings;
use crate::place::{Place, has_extension};

const DOCUMENT: &str = "docs/THREATS.md";
/// How the paragraph begins that names a threat's tests, in backquotes, and ends the threat.
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
    let paragraphs = document.split(TESTS).skip(1).map(|rest| rest.split("\n#").next().unwrap_or(rest));
    paragraphs.flat_map(|paragraph| paragraph.split('`').skip(1).step_by(2))
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
    fn tests_are_read_from_their_paragraphs_only() {
        let document =
            "### A\nuses `rustls`\n**Tests.** `first`,\n`second` in the portal\n\n## `C`\n### B\n**Tests.** none yet\n";
        assert_eq!(named_tests(document).collect::<Vec<_>>(), ["first", "second"]);
    }

    #[test]
    fn a_threat_without_tests_is_found() {
        assert_eq!(bare_threats("# T\n\n### A\n**Tests.** none yet\n\n### B\ncure\n").count(), 1);
    }
}
