//! A whole mailbox saved as one file: how long it takes, and what the server and the process that sets pages need for it.

use std::{
    fs::{self, File},
    io,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use super::{
    Bench,
    house::House,
    load::{Mails, flood},
    portal::{letter, ours},
    report::{Table, figure},
    usage,
};

/// Short texts of 4 KB in the mailbox, and letters of 10 KB with a table beside them.
const TEXTS: u32 = 900;
const LETTERS: u32 = 100;
/// How long all of them may take to be deposited and announced.
const QUIET_WAIT_MAX: Duration = Duration::from_mins(10);
/// How often memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

pub(super) fn save(bench: &Bench) -> Result<Table> {
    let house = House::demo(bench)?;
    let mails =
        Mails { count: TEXTS, bytes: 4096, tls: "none", class: "special", from: letter::SENDER, to: letter::RECIPIENT };
    flood(bench, house.smtp, mails)?;
    for _ in 0..LETTERS {
        ours::hand_in(bench, &house)?;
    }
    usage::wait_until_quiet(&[house.id()], QUIET_WAIT_MAX)?;
    let browser = ours::activate(&house, letter::RECIPIENT)?;
    let (before, _) = usage::memory_mib(house.id())?;
    let file = bench.folder.path().join("mailbox.zip");
    let cpu = usage::cpu_ms(&[house.id()])?;
    let done = AtomicBool::new(false);
    let begun = Instant::now();
    let (saved, seen) = thread::scope(|scope| {
        let looks = scope.spawn(|| highest(house.id(), &done));
        let saved = browser.download("/archive/mailbox.zip", &mut File::create(&file)?);
        done.store(true, Ordering::Relaxed);
        let seen = looks.join().map_err(|_| io::Error::other("nobody looked at the memory"))?;
        Ok::<_, anyhow::Error>((saved, seen?))
    })?;
    saved?;
    let (seconds, cpu) = (begun.elapsed().as_secs_f64(), usage::cpu_ms(&[house.id()])? - cpu);
    check(&file)?;
    let count = f64::from(TEXTS + LETTERS);
    let row = vec![
        figure(count),
        format!("{} MB", fs::metadata(&file)?.len() / 1_000_000),
        figure(seconds),
        figure(count / seconds),
        figure(cpu / count),
        figure(before),
        figure(seen.server),
        figure(seen.workers),
    ];
    let head = vec![
        "messages",
        "file",
        "seconds",
        "messages a second",
        "CPU ms a message",
        "MiB before",
        "MiB at most, server",
        "MiB at most, process for pages",
    ];
    Ok(Table { name: "archive", title: "A whole mailbox saved", head, rows: vec![row] })
}

/// The most memory seen, in MiB.
#[derive(Default)]
struct Highest {
    server: f64,
    workers: f64,
}

/// Looks at the server and the processes it started until it is done.
fn highest(server: u32, done: &AtomicBool) -> Result<Highest> {
    let mut seen = Highest::default();
    while !done.load(Ordering::Relaxed) {
        seen.server = seen.server.max(usage::memory_mib(server)?.0);
        let workers = usage::children(server)?.into_iter();
        // One that is replaced meanwhile has none.
        let workers = workers.filter_map(|id| usage::memory_mib(id).ok()).map(|(now, _)| now).sum();
        seen.workers = seen.workers.max(workers);
        thread::sleep(LOOK_EVERY);
    }
    Ok(seen)
}

/// A reader that is not ours finds every file whole, and as many as there were messages.
fn check(file: &Path) -> Result<()> {
    let listed = Command::new("python3").args(["-m", "zipfile", "-l"]).arg(file).output()?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    for ending in [".eml ", ".pdf "] {
        let found = listed.lines().filter(|line| line.contains(ending)).count();
        ensure!(found == (TEXTS + LETTERS) as usize, "{found} files end in {ending}: {listed:.500}");
    }
    let tested = Command::new("python3").args(["-m", "zipfile", "-t"]).arg(file).output()?;
    ensure!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
    Ok(())
}
