//! How many domains a second are assessed, with nothing in memory: names, policies, handshakes and all.
//!
//! Every domain is a zone of its own, every second one signed. Name servers, mail server and the program that is measured share the machine.

use std::{fs, process::Command, time::Instant};

use anyhow::{Result, ensure};

use super::{
    Bench, median,
    report::{Table, figure},
    usage,
};
use crate::process::{Process, SLOW_START_WAIT_MAX};

/// Domains in the bed.
const DOMAINS: u16 = 10_000;
/// How often they are assessed, each time by a new process with a cold cache.
const ROUNDS: usize = 3;

pub(super) fn rate(bench: &Bench) -> Result<Table> {
    let folder = bench.folder.path().join("assess");
    fs::create_dir_all(&folder)?;
    let mut command = bench.example("assess_bed");
    command.arg(&folder).arg(DOMAINS.to_string());
    let mut bed = Process::start(&mut command, &folder.join("log"))?;
    println!("signing {DOMAINS} zones");
    bed.wait_until_within(SLOW_START_WAIT_MAX, || folder.join("ready").exists())?;
    let (mut rates, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let before = usage::ended_children_ms()?;
        let begun = Instant::now();
        let output = Command::new(&bench.siegelpost)
            .args(["assess", "--csv", "--parallel", "128", "--config", "assess.toml", "--file", "domains.txt"])
            .current_dir(&folder)
            .output()?;
        let seconds = begun.elapsed().as_secs_f64();
        check(&String::from_utf8_lossy(&output.stdout))?;
        let domains = f64::from(DOMAINS);
        rates.push(domains / seconds);
        cpu.push((usage::ended_children_ms()? - before) / domains);
        println!("{:.0} domains/s", domains / seconds);
    }
    Ok(Table {
        name: "assess",
        title: "Assessment of 10,000 domains from a cold cache",
        head: vec!["domains/s", "CPU ms/domain"],
        rows: vec![vec![figure(median(rates)), figure(median(cpu))]],
    })
}

/// Each signed domain has to come out as `dane`, each other one as `encrypted`.
fn check(csv: &str) -> Result<()> {
    let count = |level: &str| csv.lines().filter(|line| line.split(',').nth(1) == Some(level)).count();
    let (dane, encrypted) = (count("dane"), count("encrypted"));
    ensure!(
        [dane, encrypted] == [usize::from(DOMAINS / 2); 2],
        "{dane} domains came out as dane and {encrypted} as encrypted, of {DOMAINS}: {}",
        csv.lines().take(5).collect::<Vec<_>>().join("\n")
    );
    Ok(())
}
