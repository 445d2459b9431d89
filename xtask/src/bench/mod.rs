//! `cargo xtask bench`: whole programs against each other, in one run on one machine.
//!
//! What is measured is the release build as people run it: processes, sockets, a disk. The peer for the intake is a
//! throwaway Postfix that keeps what it takes in its `hold` queue, that for the portal a throwaway Roundcube on Dovecot.
//! Both sides get the same load from the same generator, in turn and never at once, several times; what is quoted is the
//! median. CPU time is that of the server's processes and no others, and moves less than rates do when something else
//! runs. A busy machine distorts everything all the same: believe ratios.

mod archive;
mod assess;
mod browser;
mod house;
mod intake;
mod load;
mod outbound;
mod pages;
mod portal;
mod postfix;
mod report;
mod usage;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::place::Place;
use crate::{setup, shell};

/// Where figures are written with `--write`.
const DOCUMENT: &str = "docs/performance.md";

/// The parts that can be run alone.
pub(crate) const PARTS: [&str; 8] = ["archive", "assess", "intake", "memory", "outbound", "pages", "portal", "start"];

/// Programs that are measured with: the load generator for SMTP, the worlds of domains to assess and to deliver to, what fills queues, and what sets pages.
const EXAMPLES: [&str; 6] = ["flood", "assess_bed", "outbound_bed", "queue", "lanes", "pages"];

/// How long each page of the portal is asked for in each round, unless told otherwise.
pub(crate) const SECONDS: u32 = 10;

/// What the parts work with.
struct Bench {
    /// The program that is measured.
    siegelpost: PathBuf,
    /// The folder of [`EXAMPLES`].
    examples: PathBuf,
    /// A folder on disk that other users may enter, as Postfix must; gone at the end.
    folder: TempDir,
}

/// Measures the parts in `only`, or all of them, and prints the figures; `write` puts them into the document too.
pub(crate) fn run(place: &Place, only: &[String], seconds: u32, write: bool) -> Result<()> {
    let parts = || PARTS.into_iter().filter(|part| only.is_empty() || only.iter().any(|name| name == part));
    setup::for_bench()?;
    if parts().any(|part| part == "portal") {
        setup::for_roundcube()?;
    }
    let bench = Bench::prepare(place)?;
    for part in parts() {
        println!("== {part}");
        let before = report::load()?;
        let tables = match part {
            "archive" => vec![archive::save(&bench)?],
            "assess" => vec![assess::rate(&bench)?],
            "intake" => vec![intake::compare(&bench)?],
            "memory" => vec![intake::memory(&bench)?],
            "outbound" => outbound::compare(&bench)?,
            "pages" => vec![pages::compare(place, &bench)?],
            "portal" => portal::compare(&bench, seconds)?,
            _ => vec![house::starts(&bench)?],
        };
        let circumstances = report::circumstances(&before)?;
        for table in &tables {
            println!("{}", table.markdown());
        }
        println!("{circumstances}");
        if write {
            report::write(&place.root.join(DOCUMENT), &tables, &circumstances)?;
        }
    }
    Ok(())
}

impl Bench {
    fn prepare(place: &Place) -> Result<Self> {
        println!("building the release programs");
        let packages = ["siegelpost", "siegelpost-document", "siegelpost-gateway", "siegelpost-store"]
            .map(|name| ["--package", name]);
        let examples = EXAMPLES.map(|name| ["--example", name]);
        shell::run(
            Command::new("cargo")
                .current_dir(&place.root)
                .args(["build", "--release", "--locked", "--quiet"])
                .args(packages.as_flattened())
                .args(["--bin", "siegelpost"])
                .args(examples.as_flattened()),
        )?;
        let target = shell::target(place)?.join("release");
        // Not the usual folder for temporary files, which may lie in memory.
        let folder = tempfile::Builder::new().prefix("siegelpost-bench-").tempdir_in("/var/tmp")?;
        shell::run(Command::new("chmod").arg("755").arg(folder.path()))?;
        let bench = Self { siegelpost: target.join("siegelpost"), examples: target.join("examples"), folder };
        bench.make_certificate()?;
        Ok(bench)
    }

    /// A certificate for both servers: P-256, as most have.
    fn make_certificate(&self) -> Result<()> {
        let arguments =
            ["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-days", "2"];
        let made = Command::new("openssl")
            .current_dir(self.folder.path())
            .args(arguments)
            .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
            .args(["-keyout", "tls.key", "-out", "tls.pem"])
            .output()
            .context("cannot start openssl")?;
        anyhow::ensure!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
        Ok(())
    }

    /// One of [`EXAMPLES`].
    fn example(&self, name: &str) -> Command {
        Command::new(self.examples.join(name))
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("tls.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("tls.key")
    }
}

/// The middle one; of an even number the lower.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let medians = [vec![], vec![2.0], vec![3.0, 1.0], vec![9.0, 1.0, 5.0]].map(median);
        assert_eq!(medians.map(|value| value.to_string()), ["0", "2", "1", "5"]);
    }
}
