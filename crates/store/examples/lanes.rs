//! What picking the next job costs, by the length of the queue: a fresh SQLite store, jobs in lanes, and the two questions that a worker asks.
//!
//! ```text
//! cargo run --release -p siegelpost-store --example lanes -- FOLDER 1000000 1000 even
//! ```
//!
//! So many jobs in so many lanes; `even` spreads them, `crowd` puts all but one for each lane into the lane in the middle. Prints medians in microseconds:
//! of looking at the next 32 lanes, going round, and of leasing one job from a lane, commit included.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::{error::Error, path::PathBuf, time::Instant};

use jiff::Timestamp;
use model::{Entropy, id::JobId};
use store::{BlobSettings, DatabaseSettings, NewJob, Store, StoreSettings};

type Failure = Box<dyn Error + Send + Sync>;

const USAGE: &str = "usage: lanes FOLDER JOBS LANES even|crowd";
const KIND: &str = "send-world";
/// Jobs of one transaction.
const BATCH: usize = 2000;
/// Lanes that are looked at with one question.
const LOOKED_AT: u32 = 32;
/// How often each question is asked.
const ROUNDS: usize = 200;

/// Numbers in turn, scattered: ids need only differ here.
#[derive(Default)]
struct Counted(u64);

impl Entropy for Counted {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0 += 1;
        let scattered = self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = scattered.get(index % scattered.len()).copied().unwrap_or_default();
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or(USAGE)?);
    let mut number = || -> Result<usize, Failure> { Ok(arguments.next().ok_or(USAGE)?.parse()?) };
    let (jobs, lanes) = (number()?, number()?);
    let is_crowd = arguments.next().ok_or(USAGE)? == "crowd";
    let database = DatabaseSettings::Sqlite { path: folder.join("lanes.db") };
    let store =
        Store::open(StoreSettings { database, blobs: BlobSettings::Files { dir: folder.join("blobs") } }).await?;
    let lane =
        |number: usize| format!("d{}.test", if is_crowd && number >= lanes { lanes / 2 } else { number % lanes });
    let (mut ids, begun) = (Counted::default(), Timestamp::from_second(1_795_000_000)?);
    for begin in (0..jobs).step_by(BATCH) {
        let mut tx = store.begin().await?;
        for number in begin..jobs.min(begin + BATCH) {
            let due_at = begun + jiff::SignedDuration::from_millis(i64::try_from(number)?);
            let new = NewJob {
                id: JobId::new(due_at, &mut ids),
                kind: KIND.to_owned(),
                subject: Some(vec![0; 16]),
                due_at,
                dedup: None,
                lane: lane(number),
                created_at: due_at,
            };
            tx.jobs().enqueue(&new).await?;
        }
        tx.commit().await?;
    }
    let now = begun + jiff::SignedDuration::from_hours(24);
    let (mut looked, mut leased, mut after) = (Vec::new(), Vec::new(), String::new());
    for round in 0..ROUNDS {
        let asked = Instant::now();
        let page = store.read().await?.jobs().due_lanes((KIND, &after), LOOKED_AT, now).await?;
        looked.push(asked.elapsed());
        after = page.last.unwrap_or_default();
        let at = page.due.get(round % page.due.len().max(1)).ok_or("no lane is due")?.clone();
        let at = if is_crowd { lane(lanes) } else { at };
        let asked = Instant::now();
        let mut tx = store.begin().await?;
        let jobs = tx.jobs().lease_from_lane((KIND, &at), 1, now, now + jiff::SignedDuration::from_secs(30)).await?;
        tx.commit().await?;
        leased.push(asked.elapsed());
        let mut tx = store.begin().await?;
        for job in &jobs {
            tx.jobs().complete(job).await?;
        }
        tx.commit().await?;
    }
    looked.sort();
    leased.sort();
    let median = |times: &[std::time::Duration]| times.get(ROUNDS / 2).map_or(0, std::time::Duration::as_micros);
    println!("look {} lease {}", median(&looked), median(&leased));
    Ok(())
}
