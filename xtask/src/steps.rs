//! `cargo xtask test`: every test there is, in named steps, the quick ones first.
//!
//! A step fails when one of its tools is missing; none is ever skipped. The first failure ends the run.

use std::ffi::OsString;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::{docs, setup, shell, tidy};

/// A step: its name for `--only`, what it is for, and what it does.
struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&Place) -> Result<()>,
}

const STEPS: &[Step] = &[
    Step { name: "setup", about: "install what tests need", run: setup::run },
    Step { name: "tidy", about: "rules of the house", run: tidy::run },
    Step { name: "docs", about: "documents made from the code are fresh", run: docs::check },
    Step { name: "cargo", about: "unit, integration and documentation tests", run: cargo },
];

/// The names of all steps, in order.
pub(crate) fn names() -> Vec<&'static str> {
    STEPS.iter().map(|step| step.name).collect()
}

/// Runs the steps named in `only`, or all of them.
pub(crate) fn run(place: &Place, only: &[String]) -> Result<()> {
    let mut report = Vec::new();
    for step in STEPS.iter().filter(|step| only.is_empty() || only.iter().any(|name| name == step.name)) {
        println!("== {}: {}", step.name, step.about);
        let begun = Instant::now();
        (step.run)(place)
            .with_context(|| format!("step `{0}` failed; alone: cargo xtask test --only {0}", step.name))?;
        report.push(format!("{:8} {:6.1} s", step.name, begun.elapsed().as_secs_f64()));
    }
    println!("== steps\n{}\nsteps: {} passed, 0 failed", report.join("\n"), report.len());
    Ok(())
}

fn cargo(place: &Place) -> Result<()> {
    shell::run(
        Command::new("cargo")
            .current_dir(&place.root)
            .args(["test", "--workspace", "--locked"])
            .env("PATH", test_path(place)),
    )
}

/// The search path of tests: what setup installed comes first.
fn test_path(place: &Place) -> OsString {
    shell::search_path(&[&place.python_bin()])
}
