//! Measures durable commits: 1, 20 and 200 tasks, each transaction a 10 KB content object and four small rows.
//!
//! `cargo run --release -p siegelpost-store --example commit_rate -- FOLDER`: FOLDER lies on the disk to be measured.
#![allow(clippy::print_stdout, reason = "prints its figures")]

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use model::Id;
use store::{
    BlobSettings, DatabaseSettings, Direction, Message, NewAuditEvent, NewDelivery, NewJob, Store, StoreError,
    StoreSettings,
};
use tokio::task::JoinSet;

const MEASURED: Duration = Duration::from_secs(5);
const CONTENT_BYTES: usize = 10 * 1024;
/// What `/proc/self/stat` counts in, on Linux.
const TICK_MILLIS: u64 = 10;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| ".".into()));
    for tasks in [1, 20, 200] {
        let dir = tempfile::tempdir_in(&folder)?;
        let store = Store::open(StoreSettings {
            database: DatabaseSettings::Sqlite { path: dir.path().join("store.db") },
            blobs: BlobSettings::Files { dir: dir.path().join("blobs") },
        })
        .await?;
        let (began, cpu_before) = (Instant::now(), cpu_millis()?);
        let mut running = JoinSet::new();
        for _ in 0..tasks {
            let store = store.clone();
            running.spawn(async move {
                while began.elapsed() < MEASURED {
                    accept(&store).await?;
                }
                Ok::<_, StoreError>(())
            });
        }
        while let Some(ended) = running.join_next().await {
            ended??;
        }
        let (seconds, counts) = (began.elapsed().as_secs_f64(), store.commit_counts());
        let [transactions, commits] =
            [counts.transactions, counts.commits].map(|count| f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
        let cpu = f64::from(u32::try_from(cpu_millis()? - cpu_before)?);
        println!(
            "{tasks:>3} tasks: {:>6.0} transactions/s, {:.1} a commit, {:.3} ms CPU each",
            transactions / seconds,
            transactions / commits,
            cpu / transactions
        );
    }
    Ok(())
}

/// What taking responsibility for a message writes.
async fn accept(store: &Store) -> Result<(), StoreError> {
    let (now, content) = (Timestamp::UNIX_EPOCH, vec![0x5a; CONTENT_BYTES]);
    let message = Message {
        id: id(),
        direction: Direction::In,
        class: "special".into(),
        decision: "{}".into(),
        reverse_path: "claims@insurer.example".into(),
        envelope: "{}".into(),
        message_id_hash: Some(vec![7; 32]),
        size_bytes: content.len() as u64,
        blob_id: id(),
        data_key_sealed: Some(vec![1; 61]),
        accepted_at: now,
        deliveries_open: 1,
    };
    let delivery = NewDelivery {
        id: id(),
        message_id: message.id,
        mailbox_id: None,
        recipient: "ada@customer.example".into(),
        state: "routed".into(),
        channel: Some("deposit".into()),
        route: "[]".into(),
        dsn: None,
        accepted_at: now,
        has_attachments: false,
        size_bytes: message.size_bytes,
    };
    let job = NewJob {
        id: id(),
        kind: "route".into(),
        subject: Some(delivery.id.as_bytes().to_vec()),
        due_at: now,
        dedup: None,
        lane: store::NO_LANE.into(),
        created_at: now,
    };
    let event = NewAuditEvent {
        at: now,
        actor: "system".into(),
        event: "accepted".into(),
        mailbox_id: None,
        delivery_id: Some(delivery.id),
        data: "{}".into(),
    };
    let mut tx = store.begin().await?;
    tx.blobs().insert(message.blob_id, &content, now).await?;
    tx.messages().insert(&message).await?;
    tx.deliveries().insert(&delivery).await?;
    tx.jobs().enqueue(&job).await?;
    tx.audit().record(&event).await?;
    tx.commit().await
}

fn id<K>() -> Id<K> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Id::from_bytes(u128::from(NEXT.fetch_add(1, Ordering::Relaxed)).to_be_bytes())
}

/// CPU time of this process so far, user and system.
fn cpu_millis() -> std::io::Result<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Ok(ticks * TICK_MILLIS)
}
