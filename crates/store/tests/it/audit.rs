//! The audit log: chained in an order that stays, and broken by any change.

use store::{CHAINED_EVENTS_MAX, DatabaseSettings, NewAuditEvent, Store};
use tokio::task::JoinSet;

use crate::house::{House, at, id, on_both};

on_both! {
    a_change_breaks_the_chain
    chaining_beside_writers_leaves_nobody_out
    a_rolled_back_event_was_never_there
    a_call_chains_a_limited_number
}

fn event(name: &str) -> NewAuditEvent {
    NewAuditEvent {
        at: at(1),
        actor: "system".into(),
        event: name.into(),
        mailbox_id: None,
        delivery_id: Some(id()),
        data: "{}".into(),
    }
}

async fn record(store: &Store, name: &str) {
    let mut tx = store.begin().await.unwrap();
    tx.audit().record(&event(name)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn chain(store: &Store, limit: u32) -> u32 {
    let mut tx = store.begin().await.unwrap();
    let chained = tx.audit().chain(limit).await.unwrap();
    tx.commit().await.unwrap();
    chained
}

async fn verify(store: &Store) -> Option<i64> {
    store.read().await.unwrap().audit().verify_chain().await.unwrap().map(|broken| broken.seq)
}

/// Changes the database as somebody with access to it could.
async fn tamper(house: &House, sql: &str) {
    match &house.settings.database {
        DatabaseSettings::Sqlite { path } => {
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.execute_batch(sql).unwrap();
        }
        DatabaseSettings::Postgres(settings) => {
            let (client, connection) = tokio_postgres::connect(&settings.url, tokio_postgres::NoTls).await.unwrap();
            let work = async move { client.batch_execute(sql).await };
            futures_util::future::join(work, connection).await.0.unwrap();
        }
    }
}

async fn a_change_breaks_the_chain(house: &House) {
    for name in ["accepted", "routed", "deposited", "read"] {
        record(&house.store, name).await;
    }
    assert_eq!((chain(&house.store, 3).await, verify(&house.store).await), (3, None));
    assert_eq!((chain(&house.store, 3).await, verify(&house.store).await), (1, None));
    assert_eq!(chain(&house.store, 3).await, 0);
    let events = house.store.read().await.unwrap().audit().list(0, 10).await.unwrap();
    assert_eq!(
        events.iter().map(|event| event.recorded.event.as_str()).collect::<Vec<_>>(),
        ["accepted", "routed", "deposited", "read"]
    );
    let third = events[2].recorded.delivery_id.unwrap();
    assert_eq!(house.store.read().await.unwrap().audit().of_delivery(third, 9).await.unwrap(), [events[2].clone()]);
    let second = events[1].seq;

    tamper(house, &format!("UPDATE audit_events SET actor = 'somebody' WHERE seq = {second}")).await;
    assert_eq!(verify(&house.store).await, Some(second));
    tamper(house, &format!("UPDATE audit_events SET actor = 'system' WHERE seq = {second}")).await;
    assert_eq!(verify(&house.store).await, None);
    tamper(house, &format!("DELETE FROM audit_events WHERE seq = {second}")).await;
    assert_eq!(verify(&house.store).await, Some(events[2].seq));
}

async fn chaining_beside_writers_leaves_nobody_out(house: &House) {
    let mut tasks = JoinSet::new();
    for _ in 0..6 {
        let store = house.store.clone();
        tasks.spawn(async move {
            for _ in 0..30 {
                let mut tx = store.begin().await.unwrap();
                tx.audit().record(&event("accepted")).await.unwrap();
                tokio::task::yield_now().await;
                tx.audit().record(&event("routed")).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
    }
    let mut chained = 0;
    while !tasks.is_empty() {
        chained += chain(&house.store, 20).await;
        assert_eq!(verify(&house.store).await, None);
        while let Some(ended) = tasks.try_join_next() {
            ended.unwrap();
        }
    }
    loop {
        let more = chain(&house.store, 1000).await;
        chained += more;
        if more == 0 {
            break;
        }
    }
    assert_eq!((chained, verify(&house.store).await), (6 * 30 * 2, None));
}

async fn a_rolled_back_event_was_never_there(house: &House) {
    let mut tx = house.store.begin().await.unwrap();
    tx.audit().record(&event("accepted")).await.unwrap();
    drop(tx);
    record(&house.store, "routed").await;
    assert_eq!((chain(&house.store, 9).await, verify(&house.store).await), (1, None));
}

async fn a_call_chains_a_limited_number(house: &House) {
    let mut tx = house.store.begin().await.unwrap();
    for _ in 0..=CHAINED_EVENTS_MAX {
        tx.audit().record(&event("accepted")).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(chain(&house.store, u32::MAX).await, CHAINED_EVENTS_MAX);
    assert_eq!((chain(&house.store, u32::MAX).await, verify(&house.store).await), (1, None));
}
