//! Fuzzing: the programs in `fuzz/` try inputs of their own making against everything that reads what strangers send.
//!
//! Each target runs for so many seconds, as many at once as there are processors. It begins with its seeds and with what
//! earlier runs found interesting (kept in the cache folder). An input that makes a target panic, take more than
//! [`INPUT_SECONDS_MAX`] or more than [`MEMORY_MEGABYTES_MAX`] fails the run; it is kept, to become a named test of the
//! crate at fault.
//!
//! The stable compiler is enough: [`COVERAGE`] asks it for the counters that libFuzzer steers by.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::{num::NonZero, thread};

use anyhow::{Context, Result, bail};

use crate::place::Place;
use crate::{fail_on, shell};

/// How long each target runs in `cargo xtask test`, in seconds. Longer runs are for `cargo xtask fuzz --seconds N`.
pub(crate) const SECONDS: u32 = 60;
/// The longest an input may take, in seconds.
const INPUT_SECONDS_MAX: u32 = 10;
/// The most memory a target may take, in megabytes.
const MEMORY_MEGABYTES_MAX: u32 = 1024;
/// How many lines of a failed target's output are shown.
const LINES_SHOWN: usize = 40;

/// Counters at every edge and the operands of every comparison, where the fuzzer looks for them.
const COVERAGE: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "--cfg=fuzzing",
];

/// A program in `fuzz/fuzz_targets/`.
struct Target {
    name: &'static str,
    /// Words worth trying: a file in `fuzz/dictionaries/`, without `.dict`.
    dictionary: Option<&'static str>,
    /// The longest input tried, in bytes.
    input_bytes_max: u32,
    /// Whether the samples of the mime crate are seeds too.
    samples: bool,
}

const TARGETS: &[Target] = &[
    Target { name: "smtp_server", dictionary: Some("smtp"), input_bytes_max: 4096, samples: false },
    Target { name: "smtp_client", dictionary: Some("smtp"), input_bytes_max: 4096, samples: false },
    Target { name: "smtp_data", dictionary: Some("smtp"), input_bytes_max: 1024, samples: false },
    Target { name: "address", dictionary: Some("smtp"), input_bytes_max: 1024, samples: false },
    Target { name: "dsn", dictionary: Some("mime"), input_bytes_max: 8192, samples: false },
    Target { name: "report", dictionary: Some("mime"), input_bytes_max: 8192, samples: false },
    Target { name: "mime_view", dictionary: Some("mime"), input_bytes_max: 16384, samples: true },
    Target { name: "mime_head", dictionary: Some("mime"), input_bytes_max: 8192, samples: true },
    Target { name: "html_clean", dictionary: Some("html"), input_bytes_max: 8192, samples: true },
    Target { name: "tnef", dictionary: None, input_bytes_max: 8192, samples: false },
    Target { name: "archive", dictionary: None, input_bytes_max: 8192, samples: false },
    Target { name: "tokens", dictionary: None, input_bytes_max: 4096, samples: false },
    Target { name: "dkim_header", dictionary: Some("mime"), input_bytes_max: 4096, samples: false },
    Target { name: "portal_input", dictionary: Some("portal"), input_bytes_max: 2048, samples: false },
    Target { name: "mail_policy", dictionary: None, input_bytes_max: 2048, samples: false },
    Target { name: "sender_records", dictionary: None, input_bytes_max: 2048, samples: false },
    Target { name: "tls_report", dictionary: None, input_bytes_max: 4096, samples: false },
    Target { name: "given_pdf", dictionary: Some("pdf"), input_bytes_max: 4096, samples: false },
];

/// The names of all targets.
pub(crate) fn names() -> Vec<&'static str> {
    TARGETS.iter().map(|target| target.name).collect()
}

/// Builds the targets and runs those named in `only`, or all, for so many seconds each.
pub(crate) fn run(place: &Place, seconds: u32, only: &[String]) -> Result<()> {
    let programs = build(place)?;
    let chosen = TARGETS.iter().filter(|target| only.is_empty() || only.iter().any(|name| name == target.name));
    let waiting: Mutex<VecDeque<&Target>> = Mutex::new(chosen.collect());
    let findings = Mutex::new(Vec::new());
    let work = || {
        while let Some(target) = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
            if let Err(error) = fuzz(place, &programs, target, seconds) {
                findings.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{}: {error:#}", target.name));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(work);
        }
    });
    fail_on(&findings.into_inner().unwrap_or_else(PoisonError::into_inner), "fuzz targets failed")
}

/// Builds all targets and gives the folder they are in.
fn build(place: &Place) -> Result<PathBuf> {
    let target = shell::target(place)?.join("fuzz");
    let version = shell::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    // With a target named, build scripts and macros are left without counters, which they could not be linked with.
    let arguments = ["build", "--quiet", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--target", host];
    shell::run(
        Command::new("cargo")
            .current_dir(&place.root)
            .args(arguments)
            .env("CARGO_TARGET_DIR", &target)
            .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}")),
    )?;
    Ok(target.join(host).join("debug"))
}

fn fuzz(place: &Place, programs: &Path, target: &Target, seconds: u32) -> Result<()> {
    let cache = place.cache.join("fuzz");
    let (kept, crashes, log) =
        (cache.join("kept").join(target.name), cache.join("crashes"), cache.join(format!("{}.log", target.name)));
    fs::create_dir_all(&kept)?;
    fs::create_dir_all(&crashes)?;
    let mut command = Command::new(programs.join(target.name));
    command
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
        .arg(format!("-rss_limit_mb={MEMORY_MEGABYTES_MAX}"))
        .arg(format!("-max_len={}", target.input_bytes_max))
        .arg(format!("-artifact_prefix={}/{}-", crashes.display(), target.name))
        .arg("-print_final_stats=1");
    if let Some(dictionary) = target.dictionary {
        command.arg(format!("-dict={}", place.root.join(format!("fuzz/dictionaries/{dictionary}.dict")).display()));
    }
    // What is new goes to the first folder; the others are read only.
    command.arg(&kept).arg(place.root.join("fuzz/seeds").join(target.name));
    if target.samples {
        command.arg(place.root.join("crates/mime/samples"));
    }
    let output = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let status = command.stdout(output.try_clone()?).stderr(output).status().context("cannot start the target")?;
    let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if !status.success() {
        bail!("{}\nall it said: {}", last_lines(&said), log.display());
    }
    println!("{:12} {:>9} inputs, no crash", target.name, figure(&said, "stat::number_of_executed_units:"));
    Ok(())
}

fn last_lines(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    lines.get(lines.len().saturating_sub(LINES_SHOWN)..).unwrap_or_default().join("\n")
}

/// The figure that a line of the final statistics gives.
fn figure<'a>(said: &'a str, name: &str) -> &'a str {
    said.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("?").trim()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_target_is_run_and_has_seeds() {
        let root = Place::find().unwrap().root;
        let sources: BTreeSet<String> = fs::read_dir(root.join("fuzz/fuzz_targets"))
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(sources, names().into_iter().map(str::to_owned).collect());
        for target in TARGETS {
            let seeds = root.join("fuzz/seeds").join(target.name);
            assert!(fs::read_dir(&seeds).unwrap().count() > 0, "{} has no seeds", target.name);
            if let Some(dictionary) = target.dictionary {
                assert!(root.join(format!("fuzz/dictionaries/{dictionary}.dict")).is_file());
            }
        }
    }

    #[test]
    fn statistics_are_found() {
        assert_eq!(figure("x\nstat::number_of_executed_units: 12\n", "stat::number_of_executed_units:"), "12");
        assert_eq!(figure("", "stat::number_of_executed_units:"), "?");
    }
}
