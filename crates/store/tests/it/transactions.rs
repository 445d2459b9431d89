//! Transactions: all or nothing, in turn, and grouped.

use std::sync::atomic::{AtomicU32, Ordering};

use store::{Store, StoreError};
use tokio::{sync::Barrier, task::JoinSet};

use crate::house::{House, at, id, job, mailbox, message, on_both};

on_both! {
    what_is_not_committed_is_not_there
    a_failed_statement_spoils_its_transaction_only
    lookups_of_a_reader_work_in_a_transaction
    a_reader_sees_one_snapshot
    one_of_many_makes_the_mailbox_j1
    several_processes_may_open_at_once
    committed_jobs_are_announced
    ping_answers
}

async fn what_is_not_committed_is_not_there(house: &House) {
    let (kept, dropped) = (message(), message());
    let mut tx = house.store.begin().await.unwrap();
    tx.messages().insert(&kept).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = house.store.begin().await.unwrap();
    tx.messages().insert(&dropped).await.unwrap();
    assert!(tx.messages().find(dropped.id).await.unwrap().is_some());
    drop(tx);
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(reader.messages().find(kept.id).await.unwrap(), Some(kept));
    assert_eq!(reader.messages().find(dropped.id).await.unwrap(), None);
}

async fn a_failed_statement_spoils_its_transaction_only(house: &House) {
    let message = message();
    let other = crate::house::message();
    let mut tx = house.store.begin().await.unwrap();
    tx.messages().insert(&other).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = house.store.begin().await.unwrap();
    tx.messages().insert(&message).await.unwrap();
    assert!(matches!(tx.messages().insert(&message).await, Err(StoreError::Constraint(_))));
    assert!(tx.commit().await.is_err(), "PostgreSQL would roll back and call it a success");

    let mut reader = house.store.read().await.unwrap();
    assert_eq!(reader.messages().find(message.id).await.unwrap(), None);
    assert!(reader.messages().find(other.id).await.unwrap().is_some());
}

async fn lookups_of_a_reader_work_in_a_transaction(house: &House) {
    async fn exists(reader: &mut store::Reader, id: model::id::MessageId) -> bool {
        reader.messages().find(id).await.unwrap().is_some()
    }
    let message = message();
    let mut tx = house.store.begin().await.unwrap();
    tx.messages().insert(&message).await.unwrap();
    assert!(exists(&mut tx, message.id).await);
    assert!(!exists(&mut house.store.read().await.unwrap(), message.id).await);
}

async fn a_reader_sees_one_snapshot(house: &House) {
    let message = message();
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(reader.messages().find(message.id).await.unwrap(), None);
    let mut tx = house.store.begin().await.unwrap();
    tx.messages().insert(&message).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(reader.messages().find(message.id).await.unwrap(), None);
    drop(reader);
    assert!(house.store.read().await.unwrap().messages().find(message.id).await.unwrap().is_some());
}

async fn one_of_many_makes_the_mailbox_j1(house: &House) {
    let barrier = std::sync::Arc::new(Barrier::new(12));
    let mut tasks = JoinSet::new();
    for _ in 0..12 {
        let (store, barrier) = (house.store.clone(), barrier.clone());
        tasks.spawn(async move {
            barrier.wait().await;
            let mut tx = store.begin().await.unwrap();
            let ensured = tx.mailboxes().insert_if_absent(&mailbox("Ada@customer.example")).await.unwrap();
            tx.commit().await.unwrap();
            ensured
        });
    }
    let ensured = tasks.join_all().await;
    assert_eq!(ensured.iter().filter(|ensured| ensured.new).count(), 1);
    assert!(ensured.iter().all(|other| other.mailbox.id == ensured[0].mailbox.id));
}

async fn several_processes_may_open_at_once(house: &House) {
    // Stores share nothing but the database, as processes do. The first is open already; a fresh database follows.
    let fresh = match &house.settings.database {
        store::DatabaseSettings::Sqlite { .. } => {
            let path = house.dir.path().join("fresh.db");
            store::StoreSettings { database: store::DatabaseSettings::Sqlite { path }, ..house.settings.clone() }
        }
        store::DatabaseSettings::Postgres(_) => {
            let fresh = House::unopened_postgres().await;
            store::StoreSettings { database: fresh, ..house.settings.clone() }
        }
    };
    for settings in [house.settings.clone(), fresh] {
        let mut tasks = JoinSet::new();
        for _ in 0..6 {
            let settings = settings.clone();
            tasks.spawn(async move { Store::open(settings).await.map(drop) });
        }
        assert_eq!(tasks.join_all().await, vec![Ok(()); 6]);
    }
}

async fn committed_jobs_are_announced(house: &House) {
    let mut changes = house.store.jobs_changed();
    changes.mark_unchanged();
    let mut tx = house.store.begin().await.unwrap();
    tx.jobs().enqueue(&job("route", 0)).await.unwrap();
    drop(tx);
    let mut tx = house.store.begin().await.unwrap();
    tx.messages().insert(&message()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!changes.has_changed().unwrap());
    let mut tx = house.store.begin().await.unwrap();
    tx.jobs().enqueue(&job("route", 0)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(changes.has_changed().unwrap());
}

async fn ping_answers(house: &House) {
    assert_eq!(house.store.ping().await, Ok(()));
}

/// Commits of tasks that come while another holds the writer become one commit on disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_are_grouped() {
    static BEGUN: AtomicU32 = AtomicU32::new(0);
    let house = House::sqlite().await;
    let before = house.store.commit_counts();
    let first = house.store.begin().await.unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let store = house.store.clone();
        tasks.spawn(async move {
            BEGUN.fetch_add(1, Ordering::SeqCst);
            let mut tx = store.begin().await.unwrap();
            tx.blobs().insert(id(), &[1; 100], at(0)).await.unwrap();
            tx.commit().await.unwrap();
        });
    }
    while BEGUN.load(Ordering::SeqCst) < 100 {
        tokio::task::yield_now().await;
    }
    first.commit().await.unwrap();
    tasks.join_all().await;
    let counts = house.store.commit_counts();
    assert_eq!(counts.transactions - before.transactions, 101);
    assert!(counts.commits - before.commits <= 20, "{counts:?}");
}

/// A member of a group that rolls back takes nobody with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_in_a_group_concerns_nobody_else() {
    let house = House::sqlite().await;
    let mut tasks = JoinSet::new();
    for number in 0..200 {
        let store = house.store.clone();
        tasks.spawn(async move {
            let blob = id();
            let mut tx = store.begin().await.unwrap();
            tx.blobs().insert(blob, &[1; 100], at(0)).await.unwrap();
            let commits = number % 3 != 0;
            if commits {
                tx.commit().await.unwrap();
            }
            (blob, commits)
        });
    }
    let ended = tasks.join_all().await;
    let mut reader = house.store.read().await.unwrap();
    for (blob, committed) in ended {
        assert_eq!(reader.blobs().find(blob).await.unwrap().is_some(), committed);
    }
}
