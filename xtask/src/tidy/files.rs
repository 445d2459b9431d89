//! Rules about files: those that must be there, how long they get, how they are called, and that they explain themselves.

use anyhow::Result;

use super::{Findings, is_test_file};
use crate::place::{Place, has_extension};

/// A Rust file may not be longer; split it where a rule changes.
const LINES_MAX: usize = 500;
/// A Rust file longer than this is worth a look.
const LINES_USUAL: usize = 350;
/// Files that may be longer, each with its reason.
const LONGER: &[(&str, &str)] = &[];

/// What every clone must hold.
const REQUIRED: &[&str] = &[
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "docs/GLOSSARY.md",
    "docs/LOGGING.md",
    "docs/PROMISES.md",
    "docs/THREATS.md",
];

/// Names that say nothing about what a module is for.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"];

pub(super) fn check_required(place: &Place) -> Result<Findings> {
    let files = place.files()?;
    let missing = REQUIRED.iter().filter(|required| !files.iter().any(|file| file == *required));
    Ok(missing.map(|required| format!("{required} is missing")).collect())
}

pub(super) fn check_lengths(place: &Place) -> Result<Findings> {
    let lengths = lengths(place)?.into_iter();
    let too_long =
        lengths.filter(|(path, lines)| *lines > LINES_MAX && !LONGER.iter().any(|(longer, _)| longer == path));
    Ok(too_long.map(|(path, lines)| format!("{path}: {lines} lines, at most {LINES_MAX}: split it by rule")).collect())
}

/// Files that are allowed and yet longer than usual.
pub(super) fn long_files(place: &Place) -> Result<Findings> {
    let lengths = lengths(place)?.into_iter();
    let long = lengths.filter(|(_, lines)| (LINES_USUAL + 1..=LINES_MAX).contains(lines));
    Ok(long.map(|(path, lines)| format!("{path}: {lines} lines, usual are up to {LINES_USUAL}")).collect())
}

fn lengths(place: &Place) -> Result<Vec<(String, usize)>> {
    let mut lengths = Vec::new();
    for path in place.files()?.into_iter().filter(|path| has_extension(path, "rs")) {
        let lines = place.text(&path)?.unwrap_or_default().lines().count();
        lengths.push((path, lines));
    }
    Ok(lengths)
}

pub(super) fn check_names(place: &Place) -> Result<Findings> {
    Ok(place.files()?.iter().filter_map(|path| empty_name(path)).collect())
}

fn empty_name(path: &str) -> Option<String> {
    let name =
        path.trim_end_matches(".rs").trim_end_matches(".mjs").split('/').find(|name| EMPTY_NAMES.contains(name))?;
    Some(format!("{path}: `{name}` says nothing; name the module for its topic"))
}

pub(super) fn check_docs(place: &Place) -> Result<Findings> {
    let mut findings = Findings::new();
    for path in place.files()? {
        let is_module = has_extension(&path, "rs") && path.contains("src/") && !is_test_file(&path);
        if is_module && !place.text(&path)?.unwrap_or_default().starts_with("//!") {
            findings.push(format!("{path}: begins without `//!`; say what the module is for"));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_are_found_anywhere_in_a_path() {
        assert!(empty_name("crates/app/src/utils.rs").is_some());
        assert!(empty_name("crates/app/tests/common/mod.rs").is_some());
        assert!(empty_name("e2e/helpers.mjs").is_some());
        assert!(empty_name("crates/app/src/receive.rs").is_none());
    }

    #[test]
    fn longer_files_exist_and_say_why() {
        let files = Place::find().unwrap().files().unwrap();
        for (path, reason) in LONGER {
            assert!(files.iter().any(|file| file == path), "{path} is gone: take it off the list");
            assert!(reason.len() > 20, "{path}: give the reason");
        }
    }
}
