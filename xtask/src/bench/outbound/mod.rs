//! Delivery to the world against Postfix: a queue that is full before the clock starts, and mail servers that take everything.
//!
//! Both sides ask for the same signed zones, connect to the same server with STARTTLS, and send by DANE or not at all. What is measured lies between the first
//! mail that the server took and the last; CPU time is counted from the start of the work until nothing is left to do, and with it that of the name server
//! that the side asks: what one validates itself, the other has validated there.

mod bed;
mod queue;

use std::net::TcpListener;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, ensure};

use self::bed::WorldBed;
use super::house::{self, House};
use super::load::{Mails, flood};
use super::postfix::{Delivery, Postfix};
use super::report::{Table, costs, figure, medians, rates};
use super::{Bench, usage};

/// How often each case is measured, in turn with the peer.
const ROUNDS: usize = 3;
/// Domains of the bed.
const DOMAINS: u32 = 1000;
/// How long filling a queue, and delivering one, may take.
const WORK_MAX: Duration = Duration::from_mins(15);
/// How long a process that is asked to stop gets to hear of it.
const STOP_HEARD: Duration = Duration::from_millis(500);
/// The same most connections for both, in all; to one domain both have 20 unless told otherwise.
const CONNECTIONS: &str = "connections_max = 100\n";

struct Case {
    name: &'static str,
    /// Recipient; the number is that of the domain or, in one domain, of the mailbox.
    to: &'static str,
    /// So many mails, with numbers from 0, so often.
    mails: u32,
    times: u32,
    /// Whether Postfix uses a connection again.
    reuses: bool,
    /// Whether Siegelpost believes the validating name server, as Postfix has to.
    believes: bool,
}

const PLAIN: Case =
    Case { name: "", to: "customer@d{}.test", mails: DOMAINS, times: 3, reuses: false, believes: false };
const CASES: &[Case] = &[
    Case { name: "one domain", to: "customer{}@d0.test", mails: 3000, times: 1, ..PLAIN },
    Case { name: "one domain, Postfix reuses", to: "customer{}@d0.test", mails: 3000, times: 1, reuses: true, ..PLAIN },
    Case { name: "1,000 domains", ..PLAIN },
    Case { name: "1,000 domains, Postfix reuses", reuses: true, ..PLAIN },
    Case { name: "1,000 domains, one validator for both", believes: true, ..PLAIN },
];

impl Case {
    fn count(&self) -> u32 {
        self.mails * self.times
    }

    /// Hands the mails in.
    fn fill(&self, bench: &Bench, server: std::net::SocketAddr) -> Result<()> {
        let from = "claims@insurer.example";
        for _ in 0..self.times {
            let mails =
                Mails { count: self.mails, bytes: 10 * 1024, tls: "none", class: "ordinary", from, to: self.to };
            flood(bench, server, mails)?;
        }
        Ok(())
    }
}

/// One delivery of a full queue.
struct Run {
    per_second: f64,
    /// CPU time a mail, in milliseconds.
    cpu_ms: f64,
    /// The same, with that of the name server.
    all_cpu_ms: f64,
    /// Seconds from the start to the first mail.
    first: f64,
}

/// Measures the rates, and what a long queue costs.
pub(super) fn compare(bench: &Bench) -> Result<Vec<Table>> {
    let bed = WorldBed::start(bench, DOMAINS)?;
    let rows = CASES.iter().map(|case| compare_case(bench, &bed, case)).collect::<Result<_>>()?;
    let head = vec![
        "to",
        "msg/s",
        "Postfix",
        "ratio",
        "CPU ms/msg",
        "Postfix",
        "ratio",
        "with name server",
        "Postfix",
        "ratio",
    ];
    let rates = Table { name: "outbound", title: "Delivery by DANE, against Postfix", head, rows };
    Ok(vec![rates, queue::memory_and_start(bench, &bed)?, queue::next(bench)?])
}

fn compare_case(bench: &Bench, bed: &WorldBed, case: &Case) -> Result<Vec<String>> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let resolv_conf = bed.resolv_conf()?;
    let name = format!("postfix-{}-{}-{}", case.to.len(), case.reuses, case.believes);
    let delivery = Delivery { name: &name, resolv_conf: &resolv_conf, port: bed.port(), reuses: case.reuses };
    let postfix = Postfix::start_delivering(bench, &delivery)?;
    for round in 0..ROUNDS {
        let folder = house::init(bench, &format!("outbound-{name}-{round}"))?;
        let sections = if case.believes { bed.believing_sections(CONNECTIONS) } else { bed.sections(CONNECTIONS) };
        fill_ours(bench, case, folder.clone())?;
        ours.push(ours_delivers(bench, bed, case, (folder, &sections))?);
        theirs.push(postfix_delivers(bench, bed, case, &postfix)?);
        postfix.empty()?;
    }
    let both = |value| medians(&ours, &theirs, value);
    let mut row = vec![case.name.to_owned()];
    row.extend(rates(both(|run| run.per_second)));
    row.extend(costs(both(|run| run.cpu_ms)));
    row.extend(costs(both(|run| run.all_cpu_ms)));
    Ok(row)
}

/// Fills the queue of a house that cannot deliver: its one connection leads to a server that never speaks. The mail that waits there is deferred at the end.
fn fill_ours(bench: &Bench, case: &Case, folder: PathBuf) -> Result<()> {
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let hop = house::next_hop(silent.local_addr()?);
    let house = House::serve_on(bench, folder, &format!("[delivery]\nconnections_max = 1\n[delivery.world]\n{hop}"))?;
    case.fill(bench, house.smtp)?;
    usage::wait_until_quiet(&[house.id()], WORK_MAX)?;
    ensure!(house.ask_to_stop(), "the house cannot be asked to stop");
    sleep(STOP_HEARD);
    // Now the connection breaks, and nothing is left to wait for.
    drop(silent);
    Ok(())
}

fn ours_delivers(bench: &Bench, bed: &WorldBed, case: &Case, (folder, sections): (PathBuf, &str)) -> Result<Run> {
    bed.reset()?;
    let names_before = bed.name_server_cpu_ms(case.believes)?;
    let begun = std::time::Instant::now();
    let house = House::serve_on(bench, folder, sections)?;
    // All but the one that was deferred.
    let (per_second, first) = bed.wait_for(case.count() - 1, begun, WORK_MAX)?;
    usage::wait_until_quiet(&[house.id()], WORK_MAX)?;
    let count = f64::from(case.count() - 1);
    let cpu_ms = usage::cpu_ms(&[house.id()])? / count;
    let all_cpu_ms = cpu_ms + (bed.name_server_cpu_ms(case.believes)? - names_before) / count;
    Ok(told("Siegelpost", case, Run { per_second, cpu_ms, all_cpu_ms, first }))
}

fn postfix_delivers(bench: &Bench, bed: &WorldBed, case: &Case, postfix: &Postfix) -> Result<Run> {
    case.fill(bench, postfix.smtp)?;
    usage::wait_until_quiet(&[postfix.process], WORK_MAX)?;
    bed.reset()?;
    let (before, names_before) = (usage::cpu_ms(&[postfix.process])?, bed.name_server_cpu_ms(true)?);
    let begun = std::time::Instant::now();
    postfix.let_go()?;
    let (per_second, first) = bed.wait_for(case.count(), begun, WORK_MAX)?;
    usage::wait_until_quiet(&[postfix.process], WORK_MAX)?;
    let cpu_ms = (usage::cpu_ms(&[postfix.process])? - before) / f64::from(case.count());
    let all_cpu_ms = cpu_ms + (bed.name_server_cpu_ms(true)? - names_before) / f64::from(case.count());
    Ok(told("Postfix", case, Run { per_second, cpu_ms, all_cpu_ms, first }))
}

/// Prints it.
fn told(who: &str, case: &Case, run: Run) -> Run {
    let Run { per_second, cpu_ms, all_cpu_ms, first } = &run;
    println!(
        "{}, {who}: {} msg/s, {} CPU ms/msg ({} with the name server), first after {} s",
        case.name,
        figure(*per_second),
        figure(*cpu_ms),
        figure(*all_cpu_ms),
        figure(*first)
    );
    run
}
