//! Questions about e-mail providers: counted by source, on both engines.

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use app::{
    App, Trouble,
    provider::{AskError, FAILURE_KEPT, Prober, Probing, QUESTIONS_MAX, QUESTIONS_TIME, ask},
};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use model::{
    assessment::{Assessment, Code, Dnssec, MtaSts},
    verdict::Verdict,
};
use wire::address::Domain;

use crate::house::{ADA, House, on_both};

on_both! {
    p7_a_customers_domain_is_answered_like_any_other
    so_many_new_domains_for_one_source_and_no_more
    questions_at_the_same_time_are_counted_each
    a_failure_is_asked_again_after_a_while
    without_a_prober_there_is_no_answer
}

/// Finds out nothing, and counts.
#[derive(Default)]
struct Counting(AtomicU32);

impl Counting {
    fn asked(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Prober for Counting {
    fn probe<'a>(&'a self, domain: &'a Domain, now: Timestamp) -> Probing<'a> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let code = if domain.as_str().starts_with("silent") { Code::MxUnavailable } else { Code::NullMx };
        Box::pin(ready(Assessment {
            domain: domain.to_string(),
            at: now,
            mx_dnssec: Dnssec::Insecure,
            hosts: Vec::new(),
            mta_sts: MtaSts::None,
            faults: vec![code.into()],
        }))
    }
}

/// The house's use cases, with somebody who looks at providers.
fn with_prober(house: &House) -> (Arc<App>, Arc<Counting>) {
    let counting = Arc::new(Counting::default());
    (house.app_with_prober(Arc::clone(&counting) as Arc<dyn Prober>), counting)
}

async fn p7_a_customers_domain_is_answered_like_any_other(house: &House) {
    house.ada().await;
    let (app, counting) = with_prober(house);
    let stranger = ask(&app, "a", "nobody@kunde.example").await.unwrap();
    assert_eq!(ask(&app, "b", ADA).await.unwrap(), stranger);
    assert_eq!(counting.asked(), 1, "and only the domain is asked about");
    let own = ask(&app, "a", "leistung@musterkasse.example").await.unwrap();
    assert_eq!((own.finding.verdict, counting.asked()), (Verdict::Own, 1), "nobody is asked about ourselves");
}

async fn so_many_new_domains_for_one_source_and_no_more(house: &House) {
    let (app, counting) = with_prober(house);
    for number in 0..QUESTIONS_MAX {
        assert!(ask(&app, "a", &format!("n{number}.example")).await.is_ok(), "{number}");
        assert!(ask(&app, "a", "n0.example").await.is_ok(), "what is known is not counted");
    }
    let Err(AskError::Wait(wait)) = ask(&app, "a", "more.example").await else { panic!("no wait") };
    let left = wait.until.duration_since(app.now());
    assert!(left > SignedDuration::ZERO && left <= QUESTIONS_TIME);
    assert_eq!(counting.asked(), QUESTIONS_MAX, "who waits reaches nobody");
    assert!(ask(&app, "a", "n0.example").await.is_ok(), "what is known is told all the same");
    assert!(ask(&app, "b", "more.example").await.is_ok(), "another source does not wait");
    house.advance(left);
    assert!(ask(&app, "a", "later.example").await.is_ok());
    for typed in ["", "localhost", "192.0.2.1"] {
        assert!(matches!(ask(&app, "c", typed).await, Err(AskError::Malformed | AskError::Literal)), "{typed}");
    }
}

async fn questions_at_the_same_time_are_counted_each(house: &House) {
    let (app, counting) = with_prober(house);
    let typed: Vec<String> = (0..3 * QUESTIONS_MAX).map(|number| format!("n{number}.example")).collect();
    let answers = join_all(typed.iter().map(|typed| ask(&app, "a", typed))).await;
    let told = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!((told, counting.asked()), (QUESTIONS_MAX as usize, QUESTIONS_MAX));
}

async fn a_failure_is_asked_again_after_a_while(house: &House) {
    let (app, counting) = with_prober(house);
    for _ in 0..3 {
        assert_eq!(ask(&app, "a", "silent.example").await.unwrap().finding.verdict, Verdict::Unknown);
    }
    assert_eq!(counting.asked(), 1);
    house.advance(FAILURE_KEPT);
    ask(&app, "a", "silent.example").await.unwrap();
    assert_eq!(counting.asked(), 2);
}

async fn without_a_prober_there_is_no_answer(house: &House) {
    let answer = ask(&house.app, "a", "kunde.example").await;
    assert!(matches!(answer, Err(AskError::Trouble(Trouble::Broken(_)))));
}
