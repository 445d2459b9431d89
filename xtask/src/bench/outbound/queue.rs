//! What a long queue costs: memory while it is delivered, time until the first mail leaves, and time to pick the next.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};

use super::bed::WorldBed;
use super::{CONNECTIONS, DOMAINS, WORK_MAX};
use crate::bench::house::{self, House};
use crate::bench::report::{Table, figure};
use crate::bench::{Bench, usage};
use crate::shell;

/// Mails in the queue while memory is looked at, and how many of them leave meanwhile.
const QUEUED: u32 = 100_000;
const LEAVE: u32 = 10_000;
/// Mails in the long queue.
const MANY: u32 = 1_000_000;

/// Memory with 100,000 mails queued, and the time to the first mail with a million.
pub(super) fn memory_and_start(bench: &Bench, bed: &WorldBed) -> Result<Table> {
    let row = |name: &str, value: f64, unit: &str, most: &str| {
        vec![name.to_owned(), figure(value), unit.to_owned(), most.to_owned()]
    };
    let memory = memory(bench, bed)?;
    let (even, crowd) = (first_mail(bench, bed, "one")?, first_mail(bench, bed, "crowd")?);
    Ok(Table {
        name: "outbound-queue",
        title: "A long queue",
        head: vec!["what", "measured", "unit", "at most"],
        rows: vec![
            row("highest resident memory, 100,000 mails queued, 10,000 of them delivered", memory, "MiB", "256"),
            row("from the start of `serve` to the first mail, a million queued to 1,000 domains", even, "s", "2"),
            row("the same, nearly all of them to one domain", crowd, "s", "2"),
        ],
    })
}

fn memory(bench: &Bench, bed: &WorldBed) -> Result<f64> {
    let folder = house::init(bench, "queued")?;
    fill(bench, &folder, QUEUED, "each")?;
    bed.reset()?;
    let house = House::serve_on(bench, folder.clone(), &bed.sections(CONNECTIONS))?;
    bed.wait_for_some(LEAVE, WORK_MAX)?;
    let (_, highest) = usage::memory_mib(house.id())?;
    println!("{} MiB", figure(highest));
    drop(house);
    Ok(fs::remove_dir_all(folder).map(|()| highest)?)
}

fn first_mail(bench: &Bench, bed: &WorldBed, content: &str) -> Result<f64> {
    let folder = house::init(bench, &format!("many-{content}"))?;
    fill(bench, &folder, MANY, content)?;
    bed.reset()?;
    let begun = Instant::now();
    let house = House::serve_on(bench, folder.clone(), &bed.sections(CONNECTIONS))?;
    let first = bed.wait_for_some(1, WORK_MAX)?;
    let seconds = begun.elapsed().saturating_sub(first).as_secs_f64();
    println!("first of {MANY} mails after {} s", figure(seconds));
    drop(house);
    Ok(fs::remove_dir_all(folder).map(|()| seconds)?)
}

fn fill(bench: &Bench, folder: &std::path::Path, mails: u32, content: &str) -> Result<()> {
    println!("queueing {mails} mails");
    let numbers = [mails, DOMAINS, 10 * 1024].map(|number| number.to_string());
    shell::run(bench.example("queue").arg(folder).args(numbers).arg(content))
}

/// What picking the next mail costs, by the length of the queue.
pub(super) fn next(bench: &Bench) -> Result<Table> {
    let mut rows = Vec::new();
    for spread in ["even", "crowd"] {
        for jobs in [DOMAINS, MANY] {
            let folder = tempfile::tempdir_in(bench.folder.path())?;
            let numbers = [jobs, DOMAINS].map(|number| number.to_string());
            let said = shell::output(bench.example("lanes").arg(folder.path()).args(numbers).arg(spread))?;
            print!("{jobs} jobs, {spread}: {said}");
            let words: Vec<&str> = said.split_whitespace().collect();
            let [_, look, _, lease] = words.as_slice() else { anyhow::bail!("lanes said: {said}") };
            let milliseconds =
                |micros: &str| -> Result<String> { Ok(figure(micros.parse::<f64>().context("no number")? / 1000.0)) };
            let name = if spread == "even" { "1,000 domains" } else { "nearly all to one of 1,000 domains" };
            rows.push(vec![name.to_owned(), jobs.to_string(), milliseconds(look)?, milliseconds(lease)?]);
        }
    }
    let head = vec!["mails to", "queued", "look at 32 domains, ms", "lease one mail, commit included, ms"];
    Ok(Table { name: "outbound-next", title: "Picking the next mail", head, rows })
}
