//! Documents that are made from the code, so that they cannot be wrong: written by `cargo xtask docs`, committed, and
//! held fresh by the tests.

use std::{
    fs,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::place::Place;
use crate::{fail_on, promises};

/// A document: its path in the clone, and what makes its text.
type Document = (&'static str, fn(&Place) -> Result<String>);

const DOCUMENTS: &[Document] = &[
    ("docs/PROMISES.md", promises::document),
    ("docs/configuration.md", |place| printed(place, "configuration")),
    ("docs/errors.md", |place| printed(place, "errors")),
    ("docs/assessment.md", |place| printed(place, "assessment")),
];

/// What the binary prints as one of its reference pages.
fn printed(place: &Place, page: &str) -> Result<String> {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "siegelpost", "--", "docs", page])
        .current_dir(&place.root)
        .stderr(Stdio::inherit())
        .output()
        .context("cargo run")?;
    ensure!(output.status.success(), "siegelpost docs {page} failed");
    Ok(String::from_utf8(output.stdout)?)
}

/// Writes every document.
pub(crate) fn write(place: &Place) -> Result<()> {
    for (path, make) in DOCUMENTS {
        let text = make(place)?;
        fs::write(place.root.join(path), text).with_context(|| format!("cannot write {path}"))?;
        println!("wrote {path}");
    }
    Ok(())
}

/// Fails when a committed document is not what the code says.
pub(crate) fn check(place: &Place) -> Result<()> {
    let mut stale = Vec::new();
    for (path, make) in DOCUMENTS {
        if place.text(path)?.as_deref() != Some(make(place)?.as_str()) {
            stale.push(format!("{path} is stale: run `cargo xtask docs` and commit it"));
        }
    }
    fail_on(&stale, "stale documents")?;
    println!("{} documents are fresh", DOCUMENTS.len());
    Ok(())
}
