//! The rules of the house that neither compiler nor clippy holds.
//!
//! Each rule is a function from the clone to findings, one line each: where, what, and the cure. `cargo xtask tidy`
//! prints them all; the tests below hold them in `cargo test` too.

mod files;
mod layers;
mod threats;
mod words;

use anyhow::Result;

use crate::place::Place;
use crate::{fail_on, promises};

/// What a rule found: one line for each breach.
type Findings = Vec<String>;

/// A rule: its name, and what finds its breaches.
type Rule = (&'static str, fn(&Place) -> Result<Findings>);

const RULES: &[Rule] = &[
    ("layers", layers::check),
    ("purity", layers::check_purity),
    ("required files", files::check_required),
    ("file lengths", files::check_lengths),
    ("module names", files::check_names),
    ("module docs", files::check_docs),
    ("words", words::check),
    ("promise ids", promises::check),
    ("threats", threats::check),
];

/// Checks every rule and fails with all findings at once.
pub(crate) fn run(place: &Place) -> Result<()> {
    let mut findings = Findings::new();
    for (name, check) in RULES {
        findings.extend(check(place)?.into_iter().map(|finding| format!("{name}: {finding}")));
    }
    for warning in files::long_files(place)? {
        println!("note: {warning}");
    }
    fail_on(&findings, "breaches of the rules of the house")?;
    println!("{} rules hold", RULES.len());
    Ok(())
}

/// The product part of a source file: what stands before its tests, which the house keeps at the end.
fn without_tests(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line)).take_while(|(_, line)| *line != "#[cfg(test)]")
}

/// Whether a file holds nothing but tests.
fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_the_house_hold() {
        run(&Place::find().unwrap()).unwrap();
    }

    #[test]
    fn tests_at_the_end_are_left_out() {
        let lines: Vec<_> = without_tests("a\nb\n#[cfg(test)]\nmod tests {}\n").collect();
        assert_eq!(lines, [(1, "a"), (2, "b")]);
    }
}
