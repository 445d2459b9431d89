//! The portal against Roundcube on Dovecot: the list of messages and a message, signed in, with as many requests in flight
//! as a busy hour brings.
//!
//! Both show the same letters. Every request is measured alone, one side after the other, in rounds; while one server is
//! loaded the other has nothing to do. The two divide a click into different requests, so what a click costs is added up
//! from the requests it takes: we send the list as one page, Roundcube a page and then the rows as JSON; Roundcube sends a
//! message as one page for its frame, we send a page and then the HTML for a frame in it.

mod crowd;
pub(super) mod letter;
pub(super) mod ours;
mod roundcube;

use anyhow::Result;

use self::crowd::Request;
use self::roundcube::Roundcube;
use super::Bench;
use super::report::{Table, costs, rates};

/// How often every request is measured; the median counts.
const ROUNDS: usize = 3;

/// Measures both sides, every request for so many seconds in each round.
pub(super) fn compare(bench: &Bench, seconds: u32) -> Result<Vec<Table>> {
    let house = ours::house(bench)?;
    let roundcube = Roundcube::start(bench)?;
    let (mut few, mut many, mut peer) = (ours::few(&house)?, ours::many(&house)?, roundcube.people()?);
    for _ in 0..ROUNDS {
        few.load(seconds)?;
        peer.load(seconds)?;
        many.load(seconds)?;
    }
    few.check()?;
    peer.check()?;
    many.check()?;
    let rows = few.rows().chain(many.rows()).chain(peer.rows()).collect();
    let ([list, message, html], [mailbox, rows_of_list, preview]) = (&few.requests, &peer.requests);
    let clicks = vec![
        click("open the mailbox", &[list], &[mailbox, rows_of_list]),
        click("look at the list again", &[list], &[rows_of_list]),
        click("open a message", &[message, html], &[preview]),
        click("the same without our frame", &[message], &[preview]),
    ];
    Ok(vec![clicks_table(clicks), requests_table(rows)])
}

/// What a click costs on both sides, by the requests it takes.
fn click(name: &str, ours: &[&Request], theirs: &[&Request]) -> Vec<String> {
    let names = |requests: &[&Request]| requests.iter().map(|request| request.name).collect::<Vec<_>>().join(" + ");
    // A server that answers a requests of one kind a second and b of another answers both this often.
    let rate = |requests: &[&Request]| 1.0 / requests.iter().map(|request| 1.0 / request.rate()).sum::<f64>();
    let cpu = |requests: &[&Request]| requests.iter().map(|request| request.cpu_ms()).sum::<f64>();
    let mut row = vec![name.to_owned(), names(ours), names(theirs)];
    row.extend(rates((rate(ours), rate(theirs))));
    row.extend(costs((cpu(ours), cpu(theirs))));
    row
}

fn clicks_table(rows: Vec<Vec<String>>) -> Table {
    Table {
        name: "portal",
        title: "What a click costs, against Roundcube on Dovecot",
        head: vec![
            "click",
            "takes",
            "takes in Roundcube",
            "a second",
            "Roundcube",
            "ratio",
            "CPU ms",
            "Roundcube",
            "ratio",
        ],
        rows,
    }
}

fn requests_table(rows: Vec<Vec<String>>) -> Table {
    Table {
        name: "requests",
        title: "Each request, signed in, 50 in flight",
        head: vec![
            "server",
            "request",
            "requests/s",
            "CPU ms/request",
            "CPU ms of the generator",
            "p50 / p99 ms",
            "first time, ms",
        ],
        rows,
    }
}
