//! Fills the queue of a house that does not run: rows as the intake leaves them, straight into its store, with content and keys that are good.
//!
//! ```text
//! cargo run --release -p siegelpost-gateway --example queue -- FOLDER 1000000 1000 10240 each
//! ```
//!
//! Writes so many mails to so many domains (`d0.test` and so on), of so many bytes. The last word says where the content lies: `each` mail has its own, or
//! `one` is that of all; and `crowd` is like `one`, with all mails but one for each domain to the domain in the middle.

use std::{error::Error, path::PathBuf};

use jiff::Timestamp;
use model::{
    Entropy,
    id::{BlobId, JobId, OutgoingId},
};
use store::{
    BlobSettings, DatabaseSettings, NewJob, OutgoingKind, OutgoingMail, OutgoingState, Store, StoreSettings, Tx,
};
use vault::{
    DataKey, Purpose, ServerKey, content,
    keyfile::{self, KeyFileKind},
};

type Failure = Box<dyn Error + Send + Sync>;

const USAGE: &str = "usage: queue FOLDER MAILS DOMAINS BYTES each|one|crowd";
/// Mails of one transaction.
const BATCH: usize = 2000;

struct SystemChance;

impl Entropy for SystemChance {
    #[expect(clippy::disallowed_methods, reason = "a program of its own, at the edge")]
    #[expect(clippy::expect_used, reason = "without randomness there is no key")]
    fn fill(&mut self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the system gives random bytes");
    }
}

/// Content that lies in the store already.
#[derive(Clone)]
struct Content {
    id: [u8; 16],
    key: DataKey,
    size_bytes: u64,
}

struct Plan {
    domains: usize,
    bytes: usize,
    is_each: bool,
    is_crowd: bool,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or(USAGE)?);
    let mut number = || -> Result<usize, Failure> { Ok(arguments.next().ok_or(USAGE)?.parse()?) };
    let (mails, domains, bytes) = (number()?, number()?, number()?);
    let word = arguments.next().ok_or(USAGE)?;
    let plan = Plan { domains, bytes, is_each: word == "each", is_crowd: word == "crowd" };
    let text = std::fs::read_to_string(folder.join("keys/server.key"))?;
    let key = ServerKey::new(&keyfile::read_secret(KeyFileKind::Server, &text)?);
    let database = DatabaseSettings::Sqlite { path: folder.join("siegelpost.db") };
    let blobs = BlobSettings::Files { dir: folder.join("blobs") };
    let store = Store::open(StoreSettings { database, blobs }).await?;
    let mut shared = None;
    for begin in (0..mails).step_by(BATCH) {
        let mut tx = store.begin().await?;
        for number in begin..mails.min(begin + BATCH) {
            let content = match &shared {
                Some(content) if !plan.is_each => Content::clone(content),
                _ => shared.insert(content(&mut tx, plan.bytes).await?).clone(),
            };
            enqueue(&mut tx, &key, &plan, number, content).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a program of its own, at the edge")]
fn now() -> Timestamp {
    Timestamp::now()
}

async fn content(tx: &mut Tx, bytes: usize) -> Result<Content, Failure> {
    let mut text = b"From: claims@insurer.example\r\nSubject: Your request\r\n\r\n".to_vec();
    while text.len() < bytes {
        text.extend_from_slice(b"The quick brown fox jumps over the lazy dog and writes it down here.\r\n");
    }
    let blob = BlobId::new(now(), &mut SystemChance);
    let (id, key) = (*blob.as_bytes(), DataKey::generate(&mut SystemChance));
    tx.blobs().insert(blob, &content::encrypt(&key, &id, &text, &mut SystemChance)?, now()).await?;
    Ok(Content { id, key, size_bytes: u64::try_from(text.len())? })
}

async fn enqueue(tx: &mut Tx, key: &ServerKey, plan: &Plan, number: usize, content: Content) -> Result<(), Failure> {
    let is_one_of_crowd = plan.is_crowd && number >= plan.domains;
    let domain = if is_one_of_crowd { plan.domains / 2 } else { number % plan.domains };
    let lane = format!("d{domain}.test");
    let id = OutgoingId::new(now(), &mut SystemChance);
    let sealed = content.key.seal(key.content(), Purpose::OutgoingKey, id.as_bytes(), &mut SystemChance)?;
    tx.outgoing()
        .insert(&OutgoingMail {
            id,
            kind: OutgoingKind::Notice,
            delivery_id: None,
            mailbox_id: None,
            reverse_path: "claims@insurer.example".to_owned(),
            recipient: format!("customer{number}@{lane}"),
            destination: "world".to_owned(),
            options: "{}".to_owned(),
            blob_id: BlobId::from_bytes(content.id),
            data_key_sealed: Some(sealed.into_bytes()),
            object_id: content.id,
            size_bytes: content.size_bytes,
            state: OutgoingState::Queued,
            attempts: 0,
            accepted_at: now(),
            ended_at: None,
        })
        .await?;
    tx.jobs()
        .enqueue(&NewJob {
            id: JobId::new(now(), &mut SystemChance),
            kind: "send-world".to_owned(),
            subject: Some(id.as_bytes().to_vec()),
            due_at: now(),
            dedup: None,
            lane,
            created_at: now(),
        })
        .await?;
    Ok(())
}
