//! What processes use: CPU time and memory, as the kernel counts them (proc(5)).

use std::collections::BTreeMap;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The kernel counts CPU time in ticks of this many milliseconds, on every machine Linux runs on today.
const TICK_MS: f64 = 10.0;
/// Processes that take less than this much CPU time in a second, for so many seconds, have nothing left to do.
const QUIET_MS: f64 = 30.0;
const QUIET_SECONDS: u32 = 3;

/// Parent and CPU ticks of a process, and those of its children that have ended.
struct Process {
    parent: u32,
    ticks: f64,
    children_ticks: f64,
}

/// CPU time, in milliseconds, of some processes and all that descend from them.
pub(super) fn cpu_ms(roots: &[u32]) -> Result<f64> {
    let mut processes = BTreeMap::new();
    for entry in fs::read_dir("/proc")? {
        let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // One that ends meanwhile is counted with its parent.
        if let Some(process) = fs::read_to_string(format!("/proc/{id}/stat")).ok().as_deref().and_then(process) {
            processes.insert(id, process);
        }
    }
    if let Some(ended) = roots.iter().find(|root| !processes.contains_key(root)) {
        bail!("process {ended} has ended");
    }
    let belongs = |mut id: u32| {
        while !roots.contains(&id) {
            match processes.get(&id) {
                Some(process) => id = process.parent,
                None => return false,
            }
        }
        true
    };
    let ticks: f64 = processes.iter().filter(|(id, _)| belongs(**id)).map(|(_, process)| process.all_ticks()).sum();
    Ok(ticks * TICK_MS)
}

/// CPU time, in milliseconds, of the programs that this process ran and that have ended, as load generators do.
pub(super) fn ended_children_ms() -> Result<f64> {
    let this = process(&fs::read_to_string("/proc/self/stat")?).context("the kernel tells no CPU time")?;
    Ok(this.children_ticks * TICK_MS)
}

/// Reads a line of `stat`; the name, in parentheses, may itself hold blanks and parentheses.
fn process(stat: &str) -> Option<Process> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = after_name.split(' ').collect();
    let sum = |fields: &[&str]| fields.iter().map(|field| field.parse::<f64>().ok()).sum::<Option<f64>>();
    Some(Process {
        parent: fields.get(1)?.parse().ok()?,
        ticks: sum(fields.get(11..13)?)?,
        children_ticks: sum(fields.get(13..15)?)?,
    })
}

impl Process {
    /// Nothing is lost when a child ends.
    fn all_ticks(&self) -> f64 {
        self.ticks + self.children_ticks
    }
}

/// The processes that a process started and that run.
pub(super) fn children(parent: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok();
        if stat.as_deref().and_then(process).is_some_and(|process| process.parent == parent) {
            children.push(id);
        }
    }
    Ok(children)
}

/// Resident memory of a process now and at its highest, in MiB.
pub(super) fn memory_mib(id: u32) -> Result<(f64, f64)> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).with_context(|| format!("process {id} has ended"))?;
    let field = |name: &str| {
        let kilobytes = status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
        Some(kilobytes?.parse::<f64>().ok()? / 1024.0)
    };
    field("VmRSS:").zip(field("VmHWM:")).context("the kernel tells no memory")
}

/// Waits until processes have worked off what they have to do, at most so long.
pub(super) fn wait_until_quiet(ids: &[u32], at_most: Duration) -> Result<()> {
    let begun = Instant::now();
    let (mut before, mut quiet_seconds) = (cpu_ms(ids)?, 0);
    while begun.elapsed() < at_most {
        sleep(Duration::from_secs(1));
        let now = cpu_ms(ids)?;
        quiet_seconds = if now - before < QUIET_MS { quiet_seconds + 1 } else { 0 };
        if quiet_seconds == QUIET_SECONDS {
            return Ok(());
        }
        before = now;
    }
    bail!("processes {ids:?} are still busy after {} seconds", at_most.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_confuse() {
        let stat = "7 (a) b) c) S 3 7 7 0 -1 4194560 1 0 0 0 10 20 30 40 20 0 1";
        let process = process(stat).unwrap();
        let ticks = [process.ticks, process.children_ticks, process.all_ticks()].map(|ticks| ticks.to_string());
        assert_eq!((process.parent, ticks.join(" ")), (3, "30 70 100".to_owned()));
    }

    #[test]
    fn this_process_is_seen() {
        let id = std::process::id();
        assert!(cpu_ms(&[id]).unwrap() >= 0.0);
        let (now, highest) = memory_mib(id).unwrap();
        assert!(0.0 < now && now <= highest);
        assert!(cpu_ms(&[id, u32::MAX]).is_err());
    }
}
