//! What is tidied from time to time.

use app::housekeeping::tidy;
use jiff::Timestamp;
use store::{CHAINED_EVENTS_MAX, NewAuditEvent};

use crate::house::{BEGINNING, House, on_both};

on_both! {
    however_many_events_there_are_all_are_chained
}

fn event(at: Timestamp) -> NewAuditEvent {
    let (actor, event) = ("house".into(), "tested".into());
    NewAuditEvent { at, actor, event, mailbox_id: None, delivery_id: None, data: "{}".into() }
}

async fn however_many_events_there_are_all_are_chained(house: &House) {
    let mut tx = house.app.store.begin().await.unwrap();
    for _ in 0..=CHAINED_EVENTS_MAX {
        tx.audit().record(&event(BEGINNING)).await.unwrap();
    }
    tx.commit().await.unwrap();
    tidy(&house.app).await.unwrap();
    let mut reader = house.app.store.read().await.unwrap();
    let last = reader.audit().list(i64::from(CHAINED_EVENTS_MAX), 10).await.unwrap();
    assert!(!last.is_empty() && last.iter().all(|event| event.hash.is_some()));
    assert_eq!(reader.audit().verify_chain().await.unwrap(), None);
}
