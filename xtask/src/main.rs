//! The workshop of the house: what developers and continuous integration run around the product.
//!
//! `cargo xtask test` is the one command that installs what tests need and runs every test there is. Its parts can be
//! run alone: `cargo xtask test --only tidy`. `cargo xtask docs` writes the documents that are made from the code.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks through its terminal")]

mod bench;
mod capture;
mod docs;
mod fuzz;
mod place;
mod process;
mod promises;
mod setup;
mod shell;
mod steps;
mod tidy;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};
use place::Place;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tests, checks and documents of the house")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what tests need, then run every test
    Test {
        /// Run these steps only; give it more than once for several
        #[arg(long, value_name = "STEP", value_parser = steps::names())]
        only: Vec<String>,
    },
    /// Install what tests need, and nothing else
    Setup,
    /// Check the rules of the house: layers, file lengths, words, module docs
    Tidy,
    /// Build the fuzz targets and run them
    Fuzz {
        /// How long each target runs
        #[arg(long, default_value_t = fuzz::SECONDS)]
        seconds: u32,
        /// Run these targets only
        #[arg(value_name = "TARGET", value_parser = fuzz::names())]
        only: Vec<String>,
    },
    /// Measure the release build against its peers and print the figures
    Bench {
        /// Measure these parts only; give it more than once for several
        #[arg(long, value_name = "PART", value_parser = bench::PARTS)]
        only: Vec<String>,
        /// How long each page of the portal is asked for in each round
        #[arg(long, default_value_t = bench::SECONDS)]
        seconds: u32,
        /// Put the figures into docs/performance.md
        #[arg(long)]
        write: bool,
    },
    /// Write the documents that are made from the code
    Docs {
        /// Write nothing; fail when a document is not what the code says
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let place = Place::find()?;
    match Arguments::parse().command {
        Command::Test { only } => steps::run(&place, &only),
        Command::Setup => setup::run(&place),
        Command::Tidy => tidy::run(&place),
        Command::Fuzz { seconds, only } => fuzz::run(&place, seconds, &only),
        Command::Bench { only, seconds, write } => bench::run(&place, &only, seconds, write),
        Command::Docs { check: true } => docs::check(&place),
        Command::Docs { check: false } => docs::write(&place),
    }
}

/// Ends with an error that lists `findings`, or quietly when there are none.
fn fail_on(findings: &[String], what: &str) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    for finding in findings {
        eprintln!("{finding}");
    }
    bail!("{}: {what}", findings.len())
}
