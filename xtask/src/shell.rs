//! Running other programs: one that is missing or fails is an error that names it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::place::Place;

/// The value of an environment variable, if it is set and not empty.
#[expect(clippy::disallowed_methods, reason = "the workshop follows the developer's environment, not a configuration")]
pub(crate) fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Runs a program to its end; its output goes to the terminal.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    if status.success() { Ok(()) } else { bail!("{} failed ({status})", shown(command)) }
}

/// Runs a program to its end and returns what it printed; its errors go to the terminal.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    command.stderr(std::process::Stdio::inherit());
    let output = command.output().with_context(|| format!("cannot start {}", shown(command)))?;
    if !output.status.success() {
        bail!("{} failed ({})", shown(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed bytes that are not text", shown(command)))
}

/// Whether a program can be started and ends well; it prints nothing.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Where on the search path a program lies.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&search_path(&[])).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The search path for programs under test: `first`, then what is set, then where Debian keeps servers.
pub(crate) fn search_path(first: &[&Path]) -> OsString {
    let set = environment("PATH").unwrap_or_default();
    let folders = first
        .iter()
        .map(|folder| folder.to_path_buf())
        .chain(std::env::split_paths(&set))
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .chain(postgresql_bin());
    std::env::join_paths(folders).unwrap_or(set)
}

/// The folder of PostgreSQL's server programs, which Debian keeps off the search path; the newest version wins.
fn postgresql_bin() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let newest = versions.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok()).max()?;
    Some(Path::new("/usr/lib/postgresql").join(newest.to_string()).join("bin"))
}

/// The folder that cargo builds into.
pub(crate) fn target(place: &Place) -> Result<PathBuf> {
    #[derive(serde::Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let arguments = ["metadata", "--quiet", "--no-deps", "--format-version", "1"];
    let metadata: Metadata =
        serde_json::from_str(&output(Command::new("cargo").current_dir(&place.root).args(arguments))?)?;
    Ok(metadata.target_directory)
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
