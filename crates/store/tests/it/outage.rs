//! A database that goes away and comes back.

use store::{StoreError, testing::PostgresServer};

use crate::house::{House, message};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_comes_back_is_used_again() {
    let mut server = PostgresServer::start().unwrap();
    let database = server.create_store_database().await.unwrap();
    let house = House::open(tempfile::tempdir().unwrap(), database).await;
    let (kept, lost) = (message(), message());
    let mut tx = house.store.begin().await.unwrap();
    tx.messages().insert(&kept).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = house.store.begin().await.unwrap();
    tx.messages().insert(&lost).await.unwrap();
    server.stop().unwrap();
    assert!(matches!(tx.commit().await, Err(StoreError::Unavailable(_))));
    for _ in 0..3 {
        assert!(matches!(house.store.begin().await, Err(StoreError::Unavailable(_))));
        assert!(matches!(house.store.ping().await, Err(StoreError::Unavailable(_))));
    }

    server.resume().unwrap();
    assert_eq!(house.store.ping().await, Ok(()));
    let mut reader = house.store.read().await.unwrap();
    assert!(reader.messages().find(kept.id).await.unwrap().is_some());
    assert!(reader.messages().find(lost.id).await.unwrap().is_none());
}
