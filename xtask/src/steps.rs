//! `cargo xtask test`: every test there is, in named steps, the quick ones first.
//!
//! A step fails when one of its tools is missing; none is ever skipped. The first failure ends the run.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::{capture, docs, fuzz as fuzzing, setup, shell, tidy};

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
    Step { name: "capture", about: "nothing of a mail leaves outside TLS, packet by packet", run: capture::run },
    Step { name: "dkim", about: "a verifier nobody here wrote believes our signatures", run: dkim },
    Step { name: "corpus", about: "thousands of real mails are read without a stall", run: corpus },
    Step { name: "pdf", about: "readers nobody here wrote find in PDF files what the mails say", run: pdf },
    Step { name: "msg", about: "readers nobody here wrote find in .msg files what the mails say", run: msg },
    Step { name: "fuzz", about: "inputs nobody thought of crash nothing", run: fuzz },
    Step { name: "e2e", about: "a browser walks the portal of a running demo", run: e2e },
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
    shell::run(program(place, "cargo").args(["test", "--workspace", "--locked"]))
}

fn dkim(place: &Place) -> Result<()> {
    let signer = example(place, "dkim_sign")?;
    shell::run(program(place, "python3").arg("xtask/dkim_check.py").arg(signer))
}

fn corpus(place: &Place) -> Result<()> {
    shell::run(program(place, example(place, "view_all")?).arg(place.corpus()))
}

/// Every mail of the corpus, and some made for it, becomes a .msg file; three readers compare each with what we say of the mail.
fn msg(place: &Place) -> Result<()> {
    let folder = empty_folder(place, "msgs")?;
    shell::run(program(place, example(place, "msgs")?).arg(&folder).arg("--made").arg(place.corpus()))?;
    for (reader, script) in
        [("python3", "xtask/msg_check.py"), ("node", "e2e/msg_check.mjs"), ("perl", "xtask/msg_check.pl")]
    {
        shell::run(program(place, reader).arg(script).arg(&folder))?;
    }
    // Kept after a failure, to look into.
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))
}

/// Every mail of the corpus, and some made for it, becomes a PDF; readers compare a part of them with what went in. So do letters, and PDFs of
/// others that are sent as letters.
fn pdf(place: &Place) -> Result<()> {
    let folder = empty_folder(place, "pages")?;
    let log = fs::File::create(shell::target(place)?.join("pages.log"))?;
    shell::run(program(place, example(place, "pages")?).arg(&folder).arg("--samples").arg(place.corpus()).stdout(log))?;
    shell::run(program(place, "python3").arg("xtask/pdf_check.py").arg(&folder))?;
    letters(place, &folder.join("letters"))?;
    // Kept after a failure, to look into.
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))
}

fn letters(place: &Place, folder: &Path) -> Result<()> {
    let letters = example(place, "letters")?;
    let check = |what: &str| shell::run(program(place, "python3").args(["xtask/letter_check.py", what]).arg(folder));
    shell::run(program(place, &letters).arg(folder))?;
    check("given")?;
    let mut send = program(place, &letters);
    send.arg(folder.join("sent"));
    for given in fs::read_dir(folder.join("given"))? {
        send.arg("--given").arg(given?.path());
    }
    shell::run(&mut send)?;
    check("check")
}

/// Where an example of this name is, built. Of the whole workspace, as its tests are: one crate alone would have its libraries compiled again,
/// with the few features that it needs itself.
fn example(place: &Place, name: &str) -> Result<PathBuf> {
    shell::run(program(place, "cargo").args(["build", "--quiet", "--locked", "--workspace", "--example", name]))?;
    Ok(shell::target(place)?.join("debug/examples").join(name))
}

/// A folder for files of a step, without those of the last time.
fn empty_folder(place: &Place, name: &str) -> Result<PathBuf> {
    let folder = shell::target(place)?.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    Ok(folder)
}

fn fuzz(place: &Place) -> Result<()> {
    fuzzing::run(place, fuzzing::SECONDS, &[])
}

fn e2e(place: &Place) -> Result<()> {
    shell::run(program(place, "cargo").args(["build", "--locked", "--package", "siegelpost"]))?;
    let siegelpost = shell::target(place)?.join("debug/siegelpost");
    shell::run(program(place, "node").arg("e2e/run.mjs").env("SIEGELPOST", siegelpost))
}

/// A program that runs in the clone; programs that setup installed come first on its search path.
fn program(place: &Place, name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(&place.root).env("PATH", shell::search_path(&[&place.python_bin()]));
    command
}
