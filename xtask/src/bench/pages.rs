//! How long it takes to make pages of a mail, beside a browser that prints the same.
//!
//! Ours is warm and on one core: the example `pages` of the crate `document` sets one mail after the other, proves that no letter is missing, validates
//! PDF/A-3a and PDF/UA-1, and embeds the original and the attachments. The worker's pipes are not in it. The browser's PDF is neither archived
//! nor has it files.

use std::{collections::BTreeMap, fs, process::Command};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{
    Bench, median,
    report::{Table, costs},
};
use crate::place::Place;

/// How often each mail is set; the first two rounds are not counted.
const ROUNDS: usize = 60;
/// How often the browser prints each mail.
const PRINT_ROUNDS: usize = 10;

#[derive(Deserialize)]
struct Printed {
    warm: Vec<f64>,
    cold: Vec<f64>,
}

pub(super) fn compare(place: &Place, bench: &Bench) -> Result<Table> {
    let folder = bench.folder.path().join("pages");
    let set = bench.example("pages").arg(&folder).args(["--rounds", &ROUNDS.to_string(), "--samples"]).output()?;
    anyhow::ensure!(set.status.success(), "pages: {}", String::from_utf8_lossy(&set.stderr));
    let mut ours: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&set.stdout).lines() {
        let (ms, name) = read(line).with_context(|| format!("not a line of `pages`: {line}"))?;
        ours.entry(name).or_default().push(ms);
    }
    let print = Command::new("node")
        .current_dir(&place.root)
        .arg("e2e/print_bench.mjs")
        .arg(&folder)
        .arg(PRINT_ROUNDS.to_string())
        .output()?;
    anyhow::ensure!(print.status.success(), "print_bench: {}", String::from_utf8_lossy(&print.stderr));
    let mut printed: BTreeMap<String, Printed> = serde_json::from_slice(&print.stdout)?;
    let mut rows = Vec::new();
    for (name, times) in ours {
        let Printed { warm, cold } = printed.remove(&name).with_context(|| format!("the browser printed no {name}"))?;
        let size = fs::metadata(folder.join(format!("{name}.pdf")))?.len();
        let ours = median(times.into_iter().skip(2).collect());
        let mut row = vec![name, format!("{} KB", size / 1000)];
        row.extend(costs((ours, median(warm))));
        row.extend(costs((ours, median(cold))).into_iter().skip(1));
        rows.push(row);
    }
    let head = vec!["mail", "PDF", "ms", "Chromium, warm", "ratio", "Chromium, a process each", "ratio"];
    Ok(Table { name: "pages", title: "A mail as pages, wall time", head, rows })
}

/// Milliseconds and name of a line of the example.
fn read(line: &str) -> Option<(f64, String)> {
    let (ms, rest) = line.trim_start().split_once(" ms ")?;
    let (_, rest) = rest.split_once(" bytes ")?;
    let path = rest.split_whitespace().next()?;
    Some((ms.trim().parse().ok()?, path.rsplit('/').next()?.to_owned()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_lines_of_the_example() {
        let line = "     8.33 ms LaidOut 1 pages 63255 bytes pdf/outlook None";
        assert_eq!(super::read(line), Some((8.33, "outlook".to_owned())));
        assert_eq!(super::read("outlook: too complex"), None);
    }
}
