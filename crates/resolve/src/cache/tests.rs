use std::{
    net::Ipv4Addr,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures_util::future::join_all;
use tokio::sync::Notify;

use super::*;
use crate::{
    answer::{Kind, Records},
    limits::CACHE_BYTES_MAX,
    lookup::{Absence, Security},
    name::Name,
};

const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn question(name: &str) -> Question {
    Question { name: Name::parse(name).unwrap(), kind: Kind::Ipv4 }
}

fn found(ttl_secs: u64) -> Lookup<Answer> {
    let records = Records::Ipv4(vec![Ipv4Addr::LOCALHOST]);
    let canonical = Name::parse("example.org").unwrap();
    let records = Answer { canonical, records };
    Lookup::Found { records, security: Security::Secure, ttl: Duration::from_secs(ttl_secs) }
}

fn nothing(ttl_secs: u64) -> Lookup<Answer> {
    Lookup::Nothing { kind: Absence::NoData, security: Security::Secure, ttl: Duration::from_secs(ttl_secs) }
}

fn failed() -> Lookup<Answer> {
    Lookup::Failed(Failure::unavailable("silence"))
}

/// Puts `lookup` into an empty cache and says whether it is still there `seconds` later.
async fn is_kept(lookup: Lookup<Answer>, seconds: i64) -> bool {
    let cache = Cache::new(CACHE_BYTES_MAX);
    let _first = cache.get(question("example.org"), START, async { lookup }).await;
    let asked_again = AtomicUsize::new(0);
    let later = START.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    let again = async {
        asked_again.fetch_add(1, Ordering::Relaxed);
        failed()
    };
    let _second = cache.get(question("example.org"), later, again).await;
    asked_again.into_inner() == 0
}

#[tokio::test]
async fn an_answer_is_kept_for_its_time_and_no_longer() {
    for (lookup, seconds) in
        [(found(300), 300), (found(7 * 86_400), 86_400), (nothing(60), 60), (nothing(86_400), 3600), (failed(), 30)]
    {
        assert!(is_kept(lookup.clone(), seconds - 1).await, "{lookup:?}");
        assert!(!is_kept(lookup.clone(), seconds).await, "{lookup:?}");
    }
    assert!(!is_kept(found(0), 0).await, "an answer without time is for whoever asked");
}

#[tokio::test]
async fn what_is_left_of_the_time_is_told() {
    let cache = Cache::new(CACHE_BYTES_MAX);
    for (seconds, left) in [(0, 300), (120, 180), (299, 1)] {
        let now = START.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        assert_eq!(cache.get(question("example.org"), now, async { found(300) }).await, found(left));
    }
}

#[tokio::test]
async fn equal_questions_at_the_same_time_are_asked_once() {
    let (cache, asked, go) = (Cache::new(CACHE_BYTES_MAX), AtomicUsize::new(0), Notify::new());
    let ask = || {
        cache.get(question("example.org"), START, async {
            asked.fetch_add(1, Ordering::Relaxed);
            go.notified().await;
            found(300)
        })
    };
    let release = async {
        tokio::task::yield_now().await;
        go.notify_waiters();
        Vec::new()
    };
    let all: std::pin::Pin<Box<dyn Future<Output = Vec<_>>>> = Box::pin(join_all((0..20).map(|_| ask())));
    let ends = join_all([all, Box::pin(release)]).await;
    assert!(ends[0].iter().all(|end| *end == found(300)) && ends[0].len() == 20);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn who_waits_with_an_earlier_one_has_no_more_time_than_is_left() {
    let (cache, go) = (Cache::new(CACHE_BYTES_MAX), Notify::new());
    let ask = |seconds| {
        let now = START.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        cache.get(question("example.org"), now, async {
            go.notified().await;
            found(2)
        })
    };
    let release = async {
        tokio::task::yield_now().await;
        go.notify_waiters();
    };
    let (first, second, ()) = tokio::join!(ask(0), ask(5), release);
    assert_eq!((first, second), (found(2), found(0)));
}

#[tokio::test]
async fn bytes_are_bounded_and_the_oldest_goes_first() {
    let entry = Entry { lookup: found(300), expires_at: START };
    let one = u64::try_from(weight(&question("n0.example.org"), &entry)).unwrap();
    let cache = Cache::new(5 * one);
    let put = async |number: usize| {
        let _end = cache.get(question(&format!("n{number}.example.org")), START, async { found(300) }).await;
        cache.entries.run_pending_tasks().await;
    };
    for number in 0..5 {
        put(number).await;
    }
    assert_eq!(cache.entries.weighted_size(), 5 * one, "what fits exactly stays");
    put(5).await;
    assert_eq!(cache.entries.weighted_size(), 5 * one);
    assert!(!cache.entries.contains_key(&question("n0.example.org")));
    assert!(cache.entries.contains_key(&question("n5.example.org")));
}

#[tokio::test]
async fn an_answer_larger_than_the_bound_is_given_and_not_kept() {
    let cache = Cache::new(1);
    assert_eq!(cache.get(question("example.org"), START, async { found(300) }).await, found(300));
    cache.entries.run_pending_tasks().await;
    assert_eq!(cache.entries.entry_count(), 0);
}
