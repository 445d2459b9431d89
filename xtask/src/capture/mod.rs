//! What left, read from outside: tests that deliver mail run in a network namespace of their own, in which every packet is recorded, and the record is read.
//!
//! The tests themselves ask each server they start what it heard. That leaves out what went to somebody whom no test asks. Here nobody is asked: whatever
//! connection was made, to whomever, may have carried `EHLO`, `STARTTLS` and `QUIT` in clear, and TLS (P1). Besides, one word stands in subject and text of the
//! mails of these tests, and must be nowhere, however it is written.
//!
//! | part | module |
//! | --- | --- |
//! | the namespace, and the recording in it | `namespace` |
//! | packets put together to what was said over each connection | `record` |
//! | what may be said | `verdict` |
//!
//! Mail goes in clear to one place: the organisation's own servers on the same machine. Where a test plays such a server, or its people, the listener has an address
//! of [`verdict::is_organisation`]. These connections are left out and counted, and hold the word: so the search is known to find it.

mod namespace;
mod record;
#[cfg(test)]
mod tests;
mod verdict;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::place::Place;
use crate::{fail_on, shell};
use namespace::Namespace;
use verdict::Verdict;

/// The tests of a crate that deliver mail.
struct Delivering {
    /// The folder of the crate.
    folder: &'static str,
    /// The test program.
    program: &'static str,
    /// The names of its tests begin like this.
    tests: &'static [&'static str],
    /// At least so many connections carry something over TLS, or the tests are not those that were meant.
    tls_min: usize,
}

const DELIVERING: &[Delivering] = &[
    Delivering { folder: "crates/gateway", program: "gateway", tests: &["outbound::", "world::"], tls_min: 100 },
    Delivering { folder: "crates/server", program: "it", tests: &["postfix::"], tls_min: 2 },
];

/// Runs the tests, and fails if anything of a mail left outside TLS.
pub(crate) fn run(place: &Place) -> Result<()> {
    let programs = build(place)?;
    for delivering in DELIVERING {
        let verdict = record(place, delivering, &programs)?;
        println!("{}: {verdict}", delivering.folder);
        hold(delivering, &verdict)?;
    }
    Ok(())
}

fn record(place: &Place, delivering: &Delivering, programs: &[Built]) -> Result<Verdict> {
    let Delivering { folder, program, tests, .. } = delivering;
    let folder = place.root.join(folder);
    let manifest = folder.join("Cargo.toml");
    let built = programs.iter().find(|built| built.manifest_path == manifest && built.target.name == *program);
    let executable = built.and_then(|built| built.executable.as_deref());
    let executable = executable.with_context(|| format!("no test program {program} in {}", folder.display()))?;
    let namespace = Namespace::begin()?;
    let path = shell::search_path(&[&place.python_bin()]);
    shell::run(namespace.command(executable).current_dir(&folder).args(*tests).env("PATH", path))?;
    Ok(Verdict::of(&namespace.end()?))
}

/// Nothing may have left, and what would show if anything had must be there.
fn hold(delivering: &Delivering, verdict: &Verdict) -> Result<()> {
    fail_on(&verdict.leaks, "something of a mail left outside TLS")?;
    if verdict.tls < delivering.tls_min {
        bail!("at least {} connections with TLS were expected", delivering.tls_min);
    }
    if verdict.known_mails == 0 {
        bail!("no mail with the word went to the organisation's own servers: whether it would be found is not known");
    }
    Ok(())
}

/// What cargo says of something it built.
#[derive(Deserialize)]
struct Built {
    manifest_path: PathBuf,
    target: Target,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Builds what the step `cargo` builds, so that nothing is built twice.
fn build(place: &Place) -> Result<Vec<Built>> {
    let arguments = ["test", "--workspace", "--locked", "--quiet", "--no-run", "--message-format", "json"];
    let told = shell::output(Command::new("cargo").current_dir(&place.root).args(arguments))?;
    // Of what is told, only artifacts have all that is read here.
    let built = told.lines().filter_map(|line| serde_json::from_str::<Built>(line).ok());
    Ok(built.filter(|built| built.executable.as_deref().is_some_and(is_test)).collect())
}

/// Test programs lie among the dependencies, others of the same name beside them.
fn is_test(executable: &Path) -> bool {
    executable.parent().and_then(Path::file_name) == Some(OsStr::new("deps"))
}
