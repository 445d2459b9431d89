//! The intake against Postfix: 20 sessions at once, one message a connection, every message to another recipient.
//!
//! Ours does more for its `250` than Postfix, which only keeps what it gets: it seals the content, decides, and enqueues.
//! Then it goes on: in the background each message is sealed to a mailbox, which is made first, and a notice is written.
//! So two figures of CPU time are given for ours: until the last `250`, which has some of that in it, and until all is done.

use std::time::Duration;

use anyhow::Result;

use super::house::House;
use super::load::{Mails, Outcome, SESSIONS, flood};
use super::postfix::Postfix;
use super::report::{Table, costs, figure, medians, rates};
use super::{Bench, usage};

/// How often each case is measured, in turn with the peer.
const ROUNDS: usize = 3;
/// How long the work behind a load may take.
const QUIET_WAIT_MAX: Duration = Duration::from_mins(15);

const SENDER: &str = "claims@insurer.example";
/// The number makes every recipient another one.
const RECIPIENT: &str = "customer{}@customer.example";

struct Case {
    name: &'static str,
    count: u32,
    bytes: u32,
    tls: &'static str,
}

const CASES: &[Case] = &[
    Case { name: "10 KB, plain", count: 4000, bytes: 10 * 1024, tls: "none" },
    Case { name: "10 KB, STARTTLS", count: 4000, bytes: 10 * 1024, tls: "starttls" },
    Case { name: "1 MB, plain", count: 300, bytes: 1024 * 1024, tls: "none" },
];

impl Case {
    fn mails(&self) -> Mails<'static> {
        Mails { count: self.count, bytes: self.bytes, tls: self.tls, class: "special", from: SENDER, to: RECIPIENT }
    }
}

/// One run against one server.
struct Run {
    outcome: Outcome,
    /// CPU time a message until the last `250`, in milliseconds.
    cpu_ms: f64,
    /// The same until the server has nothing left to do.
    cpu_all_ms: f64,
}

/// Measures all cases.
pub(super) fn compare(bench: &Bench) -> Result<Table> {
    let rows = CASES.iter().map(|case| compare_case(bench, case)).collect::<Result<_>>()?;
    let head = vec![
        "case",
        "msg/s",
        "Postfix",
        "ratio",
        "CPU ms/msg",
        "Postfix",
        "ratio",
        "CPU ms/msg, all done",
        "p50/p99 ms",
        "Postfix",
    ];
    Ok(Table { name: "intake", title: "Intake, against Postfix into its hold queue", head, rows })
}

fn compare_case(bench: &Bench, case: &Case) -> Result<Vec<String>> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let postfix = Postfix::start(bench)?;
    for round in 0..ROUNDS {
        // A new house each time, so that every run begins with an empty database, as the queue is.
        let house = House::serve(bench, &format!("intake-{}-{}-{round}", case.bytes, case.tls))?;
        ours.push(load(bench, case, house.smtp, &[house.id()])?);
        drop(house);
        theirs.push(load(bench, case, postfix.smtp, &[postfix.process])?);
        postfix.empty()?;
    }
    let both = |value| medians(&ours, &theirs, value);
    let (ours_p50, theirs_p50) = both(|run| run.outcome.p50_ms);
    let (ours_p99, theirs_p99) = both(|run| run.outcome.p99_ms);
    let (all_done, _) = both(|run| run.cpu_all_ms);
    let times = |p50, p99| format!("{} / {}", figure(p50), figure(p99));
    let mut row = vec![case.name.to_owned()];
    row.extend(rates(both(|run| run.outcome.per_second)));
    row.extend(costs(both(|run| run.cpu_ms)));
    row.extend([figure(all_done), times(ours_p50, ours_p99), times(theirs_p50, theirs_p99)]);
    Ok(row)
}

fn load(bench: &Bench, case: &Case, smtp: std::net::SocketAddr, processes: &[u32]) -> Result<Run> {
    // What is done once, such as starting processes and opening files, is done before.
    flood(bench, smtp, Mails { count: SESSIONS * 5, ..case.mails() })?;
    usage::wait_until_quiet(processes, QUIET_WAIT_MAX)?;
    let before = usage::cpu_ms(processes)?;
    let outcome = flood(bench, smtp, case.mails())?;
    let cpu_ms = (usage::cpu_ms(processes)? - before) / outcome.count;
    usage::wait_until_quiet(processes, QUIET_WAIT_MAX)?;
    let cpu_all_ms = (usage::cpu_ms(processes)? - before) / outcome.count;
    let run = Run { outcome, cpu_ms, cpu_all_ms };
    println!(
        "{}: {} msg/s, {} CPU ms/msg, {} when all is done",
        case.name,
        figure(outcome.per_second),
        figure(cpu_ms),
        figure(cpu_all_ms)
    );
    Ok(run)
}

/// Measures resident memory: of a house that just started, and its highest while large messages come in.
pub(super) fn memory(bench: &Bench) -> Result<Table> {
    let house = House::serve(bench, "memory")?;
    usage::wait_until_quiet(&[house.id()], QUIET_WAIT_MAX)?;
    let (idle, _) = usage::memory_mib(house.id())?;
    let large =
        Mails { count: 200, bytes: 10 * 1024 * 1024, tls: "none", class: "special", from: SENDER, to: RECIPIENT };
    flood(bench, house.smtp, large)?;
    let (_, highest) = usage::memory_mib(house.id())?;
    usage::wait_until_quiet(&[house.id()], QUIET_WAIT_MAX)?;
    let (after, highest_after) = usage::memory_mib(house.id())?;
    let row = |name: &str, value: f64, most: &str| vec![name.to_owned(), figure(value), most.to_owned()];
    Ok(Table {
        name: "memory",
        title: "Resident memory",
        head: vec!["when", "MiB", "at most"],
        rows: vec![
            row("started, idle", idle, "64"),
            row("highest while 20 sessions push 10 MB messages", highest, "256"),
            row("highest until all of them are deposited", highest_after, "256"),
            row("idle again", after, ""),
        ],
    })
}
