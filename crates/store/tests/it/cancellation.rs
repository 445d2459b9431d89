//! A task that is cancelled at any point of waiting leaves all or nothing, and nobody stuck.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use store::{Message, Store};
use tokio::task::JoinSet;

use crate::house::{House, id, message, on_both};

on_both! {
    cancelled_anywhere_it_is_all_or_nothing
    cancelled_in_a_crowd_nobody_is_stuck
}

/// How long a test waits before it calls something stuck.
const STUCK: Duration = Duration::from_mins(1);

/// Gives a future up when it has waited `polls` times.
struct Cancelled<F> {
    future: Pin<Box<F>>,
    polls: u32,
}

impl<F: Future> Future for Cancelled<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        self.future.as_mut().poll(context).map(Some)
    }
}

async fn write_both(store: Store, first: Message, second: Message) {
    let mut tx = store.begin().await.unwrap();
    tx.messages().insert(&first).await.unwrap();
    tx.messages().insert(&second).await.unwrap();
    tx.commit().await.unwrap();
}

/// Whether both are there; neither alone.
async fn both_are_there(store: &Store, first: &Message, second: &Message) -> bool {
    let mut reader = store.read().await.unwrap();
    let found = [first, second].map(|message| message.id);
    let first = reader.messages().find(found[0]).await.unwrap().is_some();
    let second = reader.messages().find(found[1]).await.unwrap().is_some();
    assert_eq!(first, second, "half of a transaction is there");
    first
}

async fn cancelled_anywhere_it_is_all_or_nothing(house: &House) {
    let mut ran_to_the_end = 0;
    for polls in 0..60 {
        // Another transaction holds the writer at first, so that waiting in turn is a point of waiting too.
        let holder = house.store.begin().await.unwrap();
        let (first, second) = (message(), message());
        let work = Box::pin(write_both(house.store.clone(), first.clone(), second.clone()));
        let mut tasks = JoinSet::new();
        tasks.spawn(Cancelled { future: work, polls });
        tokio::task::yield_now().await;
        drop(holder);
        let ended = tokio::time::timeout(STUCK, tasks.join_next()).await.unwrap().unwrap().unwrap();
        // Whatever was given up, the next in turn is served, behind it.
        tokio::time::timeout(STUCK, write_both(house.store.clone(), message(), message())).await.unwrap();
        let there = both_are_there(&house.store, &first, &second).await;
        assert!(there || ended.is_none(), "what was acknowledged is there");
        ran_to_the_end += u32::from(ended.is_some());
    }
    assert!(ran_to_the_end > 0, "cancelled too early to tell");
}

async fn cancelled_in_a_crowd_nobody_is_stuck(house: &House) {
    let mut tasks = JoinSet::new();
    for number in 0..400_u32 {
        let store = house.store.clone();
        tasks.spawn(async move {
            let (first, second) = (message(), message());
            let work = Box::pin(write_both(store.clone(), first.clone(), second.clone()));
            let polls = if number % 4 == 0 { u32::MAX } else { number % 13 };
            let ended = Cancelled { future: work, polls }.await;
            (first, second, ended.is_some())
        });
    }
    let ended = tokio::time::timeout(STUCK, tasks.join_all()).await.expect("somebody is stuck");
    let mut tx = house.store.begin().await.unwrap();
    tx.blobs().insert(id(), b"last", crate::house::at(0)).await.unwrap();
    tx.commit().await.unwrap();
    for (first, second, acknowledged) in ended {
        let there = both_are_there(&house.store, &first, &second).await;
        assert!(there || !acknowledged, "what was acknowledged is there");
    }
}
