//! Jobs: each leased once, retried, buried, revived.

use std::collections::HashSet;

use model::id::JobId;
use store::{Job, JobState, LANES_MAX, LEASED_JOBS_MAX, Lanes, NewJob, Store};
use tokio::task::JoinSet;

use crate::house::{House, at, job, on_both};

on_both! {
    eight_workers_get_every_job_once
    a_lease_that_runs_out_is_leased_again
    jobs_come_when_due_and_by_kind
    a_job_is_retried_buried_and_revived
    of_jobs_with_the_same_dedup_one_waits
    a_lease_is_limited
    lanes_are_seen_in_turn_and_leased_from_one_by_one
    a_lane_that_is_full_hides_no_other
    of_a_hundred_thousand_the_oldest_due_come_first
}

async fn enqueue(store: &Store, jobs: &[NewJob]) -> Vec<bool> {
    let mut tx = store.begin().await.unwrap();
    let mut new = Vec::new();
    for job in jobs {
        new.push(tx.jobs().enqueue(job).await.unwrap());
    }
    tx.commit().await.unwrap();
    new
}

async fn lease(store: &Store, kind: &str, count: u32, now: i64, until: i64) -> Vec<Job> {
    let mut tx = store.begin().await.unwrap();
    let jobs = tx.jobs().lease(kind, count, at(now), at(until)).await.unwrap();
    tx.commit().await.unwrap();
    jobs
}

async fn eight_workers_get_every_job_once(house: &House) {
    let jobs: Vec<NewJob> = (0..500).map(|second| job("route", second % 7)).collect();
    enqueue(&house.store, &jobs).await;
    let mut workers = JoinSet::new();
    for _ in 0..8 {
        let store = house.store.clone();
        workers.spawn(async move {
            let mut done: Vec<JobId> = Vec::new();
            loop {
                let leased = lease(&store, "route", 7, 10, 1000).await;
                if leased.is_empty() {
                    return done;
                }
                for job in leased {
                    let mut tx = store.begin().await.unwrap();
                    assert!(tx.jobs().complete(&job).await.unwrap());
                    tx.commit().await.unwrap();
                    done.push(job.id);
                }
            }
        });
    }
    let done: Vec<JobId> = workers.join_all().await.concat();
    assert_eq!(done.len(), 500);
    assert_eq!(done.into_iter().collect::<HashSet<_>>(), jobs.iter().map(|job| job.id).collect());
}

async fn a_lease_that_runs_out_is_leased_again(house: &House) {
    enqueue(&house.store, &[job("route", 0)]).await;
    let first = lease(&house.store, "route", 1, 0, 60).await;
    assert_eq!((first[0].attempts, first[0].state), (1, JobState::Leased));
    assert!(lease(&house.store, "route", 1, 59, 120).await.is_empty());
    let mut tx = house.store.begin().await.unwrap();
    assert_eq!(tx.jobs().next_due(&["route"]).await.unwrap(), Some(at(60)));
    assert!(tx.jobs().prolong(&first[0], at(70)).await.unwrap());
    tx.commit().await.unwrap();
    assert!(lease(&house.store, "route", 1, 69, 120).await.is_empty());
    let second = lease(&house.store, "route", 1, 70, 130).await;
    assert_eq!(second[0].attempts, 2);

    let mut tx = house.store.begin().await.unwrap();
    assert!(!tx.jobs().complete(&first[0]).await.unwrap(), "the first worker has lost the job");
    assert!(!tx.jobs().retry(&first[0], at(0), "").await.unwrap());
    assert!(!tx.jobs().bury(&first[0], "").await.unwrap());
    assert!(!tx.jobs().prolong(&first[0], at(900)).await.unwrap());
    assert!(tx.jobs().complete(&second[0]).await.unwrap());
    assert_eq!(tx.jobs().find(second[0].id).await.unwrap(), None);
}

async fn jobs_come_when_due_and_by_kind(house: &House) {
    let (late, early, other) = (job("route", 9), job("route", 3), job("send", 1));
    enqueue(&house.store, &[late.clone(), early.clone(), other.clone()]).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(reader.jobs().next_due(&["route", "none"]).await.unwrap(), Some(at(3)));
    assert_eq!(reader.jobs().next_due(&["route", "send"]).await.unwrap(), Some(at(1)));
    assert_eq!(reader.jobs().next_due(&["none"]).await.unwrap(), None);
    drop(reader);
    assert!(lease(&house.store, "route", 5, 2, 60).await.is_empty());
    assert_eq!(lease(&house.store, "route", 5, 3, 60).await[0].id, early.id);
    assert_eq!(lease(&house.store, "route", 5, 9, 60).await[0].id, late.id);
    let leased = lease(&house.store, "send", 5, 9, 60).await;
    assert_eq!((leased[0].id, leased[0].subject.clone()), (other.id, Some(vec![5; 16])));
}

async fn a_job_is_retried_buried_and_revived(house: &House) {
    enqueue(&house.store, &[job("send", 0)]).await;
    let leased = lease(&house.store, "send", 1, 0, 60).await;
    let mut tx = house.store.begin().await.unwrap();
    assert!(tx.jobs().retry(&leased[0], at(30), "host is down").await.unwrap());
    tx.commit().await.unwrap();
    assert!(lease(&house.store, "send", 1, 29, 60).await.is_empty());
    let again = lease(&house.store, "send", 1, 30, 60).await;
    assert_eq!((again[0].attempts, again[0].last_error.as_deref()), (2, Some("host is down")));
    let mut tx = house.store.begin().await.unwrap();
    assert!(tx.jobs().bury(&again[0], "gave up").await.unwrap());
    tx.commit().await.unwrap();
    assert!(lease(&house.store, "send", 1, 9999, 99999).await.is_empty());

    let mut tx = house.store.begin().await.unwrap();
    let dead = tx.jobs().list_dead(10).await.unwrap();
    assert_eq!((dead.len(), dead[0].state, dead[0].last_error.as_deref()), (1, JobState::Dead, Some("gave up")));
    assert_eq!(tx.jobs().next_due(&["send"]).await.unwrap(), None);
    assert!(tx.jobs().revive(dead[0].id, at(50)).await.unwrap());
    assert!(!tx.jobs().revive(dead[0].id, at(50)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(lease(&house.store, "send", 1, 50, 60).await[0].id, leased[0].id);
}

async fn of_jobs_with_the_same_dedup_one_waits(house: &House) {
    let named = |due| NewJob { dedup: Some("sweep".into()), ..job("sweep", due) };
    assert_eq!(enqueue(&house.store, &[named(50), named(40), named(60)]).await, [true, false, false]);
    let leased = lease(&house.store, "sweep", 9, 40, 90).await;
    assert_eq!(leased.len(), 1, "the earliest time counts");
    assert_eq!(enqueue(&house.store, &[named(41)]).await, [true], "a change during the work causes work again");
    assert_eq!(lease(&house.store, "sweep", 9, 41, 90).await.len(), 1);
}

async fn a_lease_is_limited(house: &House) {
    let jobs: Vec<NewJob> = (0..=LEASED_JOBS_MAX).map(|_| job("route", 0)).collect();
    enqueue(&house.store, &jobs).await;
    assert_eq!(lease(&house.store, "route", u32::MAX, 0, 60).await.len(), LEASED_JOBS_MAX as usize);
    assert_eq!(lease(&house.store, "route", u32::MAX, 0, 60).await.len(), 1);
}

/// Jobs that wait, each due a second after another, enqueued in an order that has nothing to do with it.
const WAITING: i64 = 100_000;

async fn of_a_hundred_thousand_the_oldest_due_come_first(house: &House) {
    let (n, due) =
        (house.id_of("n"), format!("{} + (CAST(n AS BIGINT) * 7919 % {WAITING}) * 1000000", at(0).as_microsecond()));
    house
        .execute(&format!(
            "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {WAITING}) \
             INSERT INTO jobs (id, kind, state, due_at, attempts, created_at) SELECT {n}, 'route', 'ready', {due}, 0, 0 FROM s"
        ))
        .await;
    let mut expected = 0;
    for count in [1, 7, LEASED_JOBS_MAX, LEASED_JOBS_MAX] {
        let leased = lease(&house.store, "route", count, 2000, WAITING).await;
        let mut ids: Vec<JobId> = leased.iter().map(|job| job.id).collect();
        assert_eq!(ids.len(), usize::try_from(count.min(2001 - expected)).unwrap(), "only what is due");
        ids.sort();
        let until = expected + u32::try_from(ids.len()).unwrap();
        let mut oldest: Vec<JobId> = (expected..until).map(id_due).collect();
        oldest.sort();
        assert_eq!(ids, oldest, "from second {expected} on");
        expected = until;
    }
    assert_eq!(expected, 2001);
    assert!(lease(&house.store, "route", 1, 2000, WAITING).await.is_empty());
    assert_eq!(house.store.read().await.unwrap().jobs().next_due(&["route"]).await.unwrap(), Some(at(2001)));
}

/// The id of the job that is due in this second: 7919 and [`WAITING`] have no common divisor, so each second has one.
fn id_due(second: u32) -> JobId {
    const INVERSE: i64 = 17679;
    assert_eq!(7919 * INVERSE % WAITING, 1);
    let n = (i64::from(second) * INVERSE - 1).rem_euclid(WAITING) + 1;
    JobId::from_bytes(u128::try_from(n).unwrap().to_be_bytes())
}

fn mail(lane: &str, due_second: i64) -> NewJob {
    NewJob { lane: lane.into(), ..job("send", due_second) }
}

async fn due_lanes(store: &Store, after: &str, now: i64) -> Lanes {
    store.read().await.unwrap().jobs().due_lanes(("send", after), LANES_MAX, at(now)).await.unwrap()
}

async fn lease_from(store: &Store, lane: &str, count: u32, now: i64, until: i64) -> Vec<Job> {
    let mut tx = store.begin().await.unwrap();
    let jobs = tx.jobs().lease_from_lane(("send", lane), count, at(now), at(until)).await.unwrap();
    tx.commit().await.unwrap();
    jobs
}

async fn lanes_are_seen_in_turn_and_leased_from_one_by_one(house: &House) {
    let store = &house.store;
    let due = [mail("b.example", 5), mail("a.example", 7), mail("b.example", 4), mail("c.example", 50)];
    enqueue(store, &due).await;
    enqueue(store, &[job("route", 1)]).await;
    assert_eq!(due_lanes(store, "", 10).await, Lanes { due: vec!["a.example".into(), "b.example".into()], last: None });
    assert_eq!(due_lanes(store, "a.example", 10).await.due, ["b.example"]);
    assert_eq!(due_lanes(store, "", 50).await.due, ["a.example", "b.example", "c.example"]);
    let leased = lease_from(store, "b.example", 1, 10, 100).await;
    assert_eq!(leased.iter().map(|job| job.id).collect::<Vec<_>>(), [due[2].id], "the oldest first");
    assert_eq!(lease_from(store, "b.example", 9, 10, 100).await.len(), 1);
    assert_eq!(due_lanes(store, "", 10).await.due, ["a.example"], "what is leased is not due");
    assert_eq!(due_lanes(store, "", 100).await.due.len(), 3, "unless its lease runs out");
    assert!(lease_from(store, "c.example", 9, 10, 100).await.is_empty());
    // No page of lanes is longer than the limit, and the next one begins behind it.
    let many: Vec<NewJob> = (0..=LANES_MAX).map(|n| mail(&format!("d{n:04}.example"), 200 + i64::from(n))).collect();
    enqueue(store, &many).await;
    let first = due_lanes(store, "c.example", 200).await;
    assert_eq!(first.due, ["d0000.example"], "those that are not due count as looked at");
    assert_eq!(first.last.as_deref(), Some(format!("d{:04}.example", LANES_MAX - 1).as_str()));
    let rest = due_lanes(store, &first.last.unwrap(), 10_000).await;
    assert_eq!((rest.due, rest.last), (vec![format!("d{LANES_MAX:04}.example")], None));
}

async fn a_lane_that_is_full_hides_no_other(house: &House) {
    let store = &house.store;
    let flood: Vec<NewJob> = (0..20_000).map(|second| mail("a.example", second % 100)).collect();
    enqueue(store, &flood).await;
    enqueue(store, &[mail("z.example", 99)]).await;
    assert_eq!(due_lanes(store, "", 100).await.due, ["a.example", "z.example"]);
    assert_eq!(lease_from(store, "z.example", 5, 100, 200).await.len(), 1);
}
