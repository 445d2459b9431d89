//! What was found out about providers, kept for a while; and the doors through which new questions go.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use model::{
    assurance::Minimum,
    verdict::{Finding, Verdict},
};
use tokio::{
    sync::{OnceCell, Semaphore},
    time::timeout,
};
use wire::address::Domain;

use super::Prober;

/// Domains that are looked at at the same time.
pub const PROBES_MAX: usize = 8;
/// How long looking at one domain may take. Afterwards the answer is that it cannot be told now.
pub const PROBE_TIME_MAX: Duration = Duration::from_secs(25);
/// How long somebody waits for an answer in all, the wait for a free place included.
pub const PATIENCE_MAX: Duration = Duration::from_secs(40);
/// Domains whose finding is kept.
pub const DOMAINS_KEPT_MAX: usize = 1_000;
/// How long a finding is kept.
pub const FINDING_KEPT: SignedDuration = SignedDuration::from_hours(1);
/// How long it is kept that nothing could be found out.
pub const FAILURE_KEPT: SignedDuration = SignedDuration::from_mins(5);

/// Asks about providers, and remembers the answers.
pub(crate) struct Providers {
    prober: Arc<dyn Prober>,
    probes: Semaphore,
    kept: Mutex<HashMap<Domain, Entry>>,
}

/// A finding, or the place where it will be.
#[derive(Clone)]
struct Entry {
    finding: Arc<OnceCell<Arc<Finding>>>,
    asked_at: Timestamp,
}

impl Entry {
    fn is_over(&self, now: Timestamp) -> bool {
        let kept = match self.finding.get() {
            Some(finding) if finding.verdict == Verdict::Unknown => FAILURE_KEPT,
            _ => FINDING_KEPT,
        };
        now.duration_since(self.asked_at) >= kept
    }
}

impl Providers {
    pub(crate) fn new(prober: Arc<dyn Prober>) -> Self {
        Self { prober, probes: Semaphore::new(PROBES_MAX), kept: Mutex::default() }
    }

    /// What is known already.
    pub(crate) fn known(&self, domain: &Domain, now: Timestamp) -> Option<Arc<Finding>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(domain).filter(|entry| !entry.is_over(now)).and_then(|entry| entry.finding.get().cloned())
    }

    /// Finds out, or joins whoever is about to. If the one who began goes away, the next one begins anew.
    pub(crate) async fn find(&self, domain: &Domain, now: Timestamp) -> Arc<Finding> {
        let entry = self.entry(domain, now);
        let finding = entry.finding.get_or_init(|| self.probe(domain, now));
        // That nobody had time is not kept: it says nothing about the domain.
        timeout(PATIENCE_MAX, finding).await.map_or_else(|_| Arc::new(Finding::bare(Verdict::Unknown)), Arc::clone)
    }

    async fn probe(&self, domain: &Domain, now: Timestamp) -> Arc<Finding> {
        let _place = self.probes.acquire().await;
        let finding = match timeout(PROBE_TIME_MAX, self.prober.probe(domain, now)).await {
            Ok(assessment) => Finding::of(&assessment, Minimum::Encrypted),
            Err(_) => Finding::bare(Verdict::Unknown),
        };
        Arc::new(finding)
    }

    /// The place for the domain's finding. Where there is no room, the oldest gives way.
    fn entry(&self, domain: &Domain, now: Timestamp) -> Entry {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = kept.get(domain).filter(|entry| !entry.is_over(now)) {
            return entry.clone();
        }
        kept.remove(domain);
        if kept.len() >= DOMAINS_KEPT_MAX {
            kept.retain(|_, entry| !entry.is_over(now));
        }
        if kept.len() >= DOMAINS_KEPT_MAX {
            let oldest = kept.iter().min_by_key(|(_, entry)| entry.asked_at).map(|(domain, _)| domain.clone());
            oldest.and_then(|oldest| kept.remove(&oldest));
        }
        let entry = Entry { finding: Arc::default(), asked_at: now };
        kept.insert(domain.clone(), entry.clone());
        entry
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use model::assessment::{Assessment, Code, Dnssec, MtaSts};

    use super::*;
    use crate::provider::Probing;

    /// Answers after a while, and counts.
    struct Slow {
        takes: Duration,
        code: Code,
        asked: AtomicUsize,
        busy: AtomicUsize,
        busy_most: AtomicUsize,
    }

    impl Prober for Slow {
        fn probe<'a>(&'a self, domain: &'a Domain, now: Timestamp) -> Probing<'a> {
            Box::pin(async move {
                self.asked.fetch_add(1, Ordering::SeqCst);
                let busy = self.busy.fetch_add(1, Ordering::SeqCst) + 1;
                self.busy_most.fetch_max(busy, Ordering::SeqCst);
                tokio::time::sleep(self.takes).await;
                self.busy.fetch_sub(1, Ordering::SeqCst);
                Assessment {
                    domain: domain.to_string(),
                    at: now,
                    mx_dnssec: Dnssec::Insecure,
                    hosts: Vec::new(),
                    mta_sts: MtaSts::None,
                    faults: vec![self.code.into()],
                }
            })
        }
    }

    fn slow(takes: Duration, code: Code) -> (Arc<Slow>, Providers) {
        let slow = Slow { takes, code, asked: 0.into(), busy: 0.into(), busy_most: 0.into() };
        let slow = Arc::new(slow);
        (Arc::clone(&slow), Providers::new(slow))
    }

    fn number(number: usize) -> Domain {
        Domain::parse(&format!("n{number}.example")).unwrap()
    }

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const A_MOMENT: Duration = Duration::from_millis(10);

    #[tokio::test(start_paused = true)]
    async fn equal_questions_at_the_same_time_are_one() {
        let (slow, providers) = slow(A_MOMENT, Code::NullMx);
        let domain = number(1);
        let answers = join_all((0..50).map(|_| providers.find(&domain, NOW))).await;
        assert!(answers.iter().all(|finding| finding.verdict == Verdict::NoMail));
        assert_eq!(slow.asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_goes_away_leaves_the_question_to_the_next() {
        let (slow, providers) = slow(A_MOMENT * 2, Code::NullMx);
        let domain = number(1);
        let left = timeout(A_MOMENT, providers.find(&domain, NOW)).await;
        assert!(left.is_err() && providers.known(&domain, NOW).is_none());
        assert_eq!(providers.find(&domain, NOW).await.verdict, Verdict::NoMail);
        assert_eq!(slow.asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_are_looked_at_at_once_and_no_more() {
        let (slow, providers) = slow(A_MOMENT, Code::NullMx);
        let domains: Vec<Domain> = (0..3 * PROBES_MAX).map(number).collect();
        join_all(domains.iter().map(|domain| providers.find(domain, NOW))).await;
        assert_eq!(slow.asked.load(Ordering::SeqCst), domains.len());
        assert_eq!(slow.busy_most.load(Ordering::SeqCst), PROBES_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn a_domain_that_takes_too_long_is_unknown_for_a_while() {
        let (slow, providers) = slow(PROBE_TIME_MAX + A_MOMENT, Code::NullMx);
        let domain = number(1);
        assert_eq!(providers.find(&domain, NOW).await.verdict, Verdict::Unknown);
        let shortly = NOW + FAILURE_KEPT - SignedDuration::from_secs(1);
        assert_eq!(providers.find(&domain, shortly).await.verdict, Verdict::Unknown);
        assert_eq!(slow.asked.load(Ordering::SeqCst), 1);
        assert!(providers.known(&domain, NOW + FAILURE_KEPT).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn that_nobody_had_time_is_answered_and_not_kept() {
        let (_slow, providers) = slow(PROBE_TIME_MAX / 10 * 9, Code::NullMx);
        let domains: Vec<Domain> = (0..3 * PROBES_MAX).map(number).collect();
        let findings = join_all(domains.iter().map(|domain| providers.find(domain, NOW))).await;
        let told = findings.iter().filter(|finding| finding.verdict == Verdict::NoMail).count();
        assert_eq!(told, PROBES_MAX, "a second round does not fit into the patience of one person");
        let known = domains.iter().filter(|domain| providers.known(domain, NOW).is_some()).count();
        assert_eq!(known, told);
    }

    #[tokio::test(start_paused = true)]
    async fn findings_are_kept_their_time_and_failures_a_shorter_one() {
        for (code, kept) in
            [(Code::NullMx, FINDING_KEPT), (Code::NoStartTls, FINDING_KEPT), (Code::MxUnavailable, FAILURE_KEPT)]
        {
            let (slow, providers) = slow(A_MOMENT, code);
            let domain = number(1);
            providers.find(&domain, NOW).await;
            let last = NOW + kept - SignedDuration::from_secs(1);
            assert!(providers.known(&domain, last).is_some(), "{code:?}");
            providers.find(&domain, last).await;
            assert_eq!(slow.asked.load(Ordering::SeqCst), 1, "{code:?}");
            assert!(providers.known(&domain, NOW + kept).is_none(), "{code:?}");
            providers.find(&domain, NOW + kept).await;
            assert_eq!(slow.asked.load(Ordering::SeqCst), 2, "{code:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_gives_way_where_there_is_no_room() {
        let (_slow, providers) = slow(Duration::ZERO, Code::NullMx);
        let at = |count: usize| NOW + SignedDuration::from_millis(i64::try_from(count).unwrap());
        for count in 0..DOMAINS_KEPT_MAX {
            providers.find(&number(count), at(count)).await;
        }
        let now = at(DOMAINS_KEPT_MAX);
        assert!(providers.known(&number(0), now).is_some(), "so many have room");
        providers.find(&number(DOMAINS_KEPT_MAX), now).await;
        assert!(providers.known(&number(0), now).is_none() && providers.known(&number(1), now).is_some());
        assert_eq!(providers.kept.lock().unwrap().len(), DOMAINS_KEPT_MAX);
    }
}
