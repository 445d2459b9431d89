//! The outbox: takes every mail that leaves the demo and keeps it as two files, for people and programs.
//!
//! `NNNNNN.eml` holds the exact bytes, `NNNNNN.json` the envelope (`mail_from`, `rcpt_to`, `at`). The JSON file appears last, whole, so
//! a program that sees it can read both.

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::Context;
use gateway::sink::{Keep, Received, Sink};
use model::chance::Clock;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::page;
use crate::world::SystemClock;

/// The running outbox.
pub(super) struct Outbox {
    /// Where it takes mail.
    pub(super) smtp: SocketAddr,
    /// Where its page is.
    pub(super) page: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// The envelope of a mail, as its JSON file holds it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Envelope {
    /// The reverse-path; empty for the null reverse-path.
    pub(super) mail_from: String,
    /// The recipients.
    pub(super) rcpt_to: Vec<String>,
    /// When it was taken.
    pub(super) at: jiff::Timestamp,
}

impl Outbox {
    /// Starts the receiver and the page.
    pub(super) async fn start(folder: &Path, page: SocketAddr) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let sink = Sink::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.context("the outbox")?;
        let smtp = sink.address()?;
        tasks.spawn(sink.run(stop.clone(), Shelf::open(folder.to_owned())?));
        let listener =
            tokio::net::TcpListener::bind(page).await.with_context(|| format!("the outbox page at {page}"))?;
        let page = listener.local_addr()?;
        let pages = page::routes(folder.to_owned());
        let stopped = stop.clone();
        tasks.spawn(async move {
            let served = axum::serve(listener, pages).with_graceful_shutdown(stopped.cancelled_owned()).await;
            if let Err(error) = served {
                tracing::error!(%error, "the outbox page ended");
            }
        });
        Ok(Self { smtp, page, stop, tasks })
    }

    /// Ends it.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// The folder, and the number the next mail gets.
struct Shelf {
    folder: PathBuf,
    next: Mutex<u32>,
}

impl Shelf {
    fn open(folder: PathBuf) -> anyhow::Result<Self> {
        let next = numbers(&folder)?.into_iter().max().unwrap_or(0) + 1;
        Ok(Self { folder, next: Mutex::new(next) })
    }
}

impl Keep for Shelf {
    async fn keep(&self, mail: Received) -> io::Result<()> {
        let mut next = self.next.lock().await;
        let envelope = Envelope { mail_from: mail.mail_from, rcpt_to: mail.rcpt_to, at: SystemClock.now() };
        let json = serde_json::to_vec_pretty(&envelope).map_err(io::Error::other)?;
        fs::write(file(&self.folder, *next, "eml"), &mail.content)?;
        let unfinished = file(&self.folder, *next, "json.new");
        fs::write(&unfinished, json)?;
        fs::rename(unfinished, file(&self.folder, *next, "json"))?;
        *next += 1;
        Ok(())
    }
}

/// The file of a mail.
pub(super) fn file(folder: &Path, number: u32, ending: &str) -> PathBuf {
    folder.join(format!("{number:06}.{ending}"))
}

/// The numbers of the mails in the folder.
pub(super) fn numbers(folder: &Path) -> io::Result<Vec<u32>> {
    let names = fs::read_dir(folder)?.filter_map(Result::ok).filter_map(|entry| entry.file_name().into_string().ok());
    let mut numbers: Vec<u32> = names.filter_map(|name| name.strip_suffix(".json")?.parse().ok()).collect();
    numbers.sort_unstable();
    Ok(numbers)
}
