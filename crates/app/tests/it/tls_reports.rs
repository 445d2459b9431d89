//! Reports about TLS to the servers of others: counted, and sent to those that ask.

use std::sync::Mutex;

use app::{
    housekeeping::{tidy, write_counts},
    outgoing::{self, Attempt, Destination},
    tls_report::{self, Asking, RANDOM_DELAY_MAX, ReceivedTotal, Reporter},
};
use jiff::SignedDuration;
use model::{
    Language,
    assessment::{Assessment, Code, Connection, Dnssec, Host, MtaSts, Tls, Tlsa},
    assurance::{Assurance, Exception, Level, Minimum, Wishes},
};
use store::{OutgoingKind, TlsSessions};
use wire::{
    address::Domain,
    tlsrpt::{PolicyType, Record, Report, ResultType, find},
};

use crate::{
    house::{ADA, House, Left, on_both, unprotected},
    mails::mail,
};

on_both! {
    a_domain_that_asks_is_told_once_by_every_way
    failures_are_on_record_with_their_try_and_successes_when_all_is_written_down
    what_is_only_remembered_is_no_session
    people_are_told_in_the_language_of_the_house
    nobody_is_told_who_does_not_ask
    who_cannot_be_reached_is_tried_for_a_day
    one_report_for_each_domain_and_day_however_many_plan
    p1_reports_are_never_sent_in_clear
    a_full_day_takes_no_new_results_and_counts_known_ones
}

/// What a domain publishes, and what came to its web server.
struct World {
    record: Result<Option<&'static str>, &'static str>,
    web: Result<(), &'static str>,
    posts: Mutex<Vec<(String, Vec<u8>)>>,
}

impl World {
    fn publishes(record: Result<Option<&'static str>, &'static str>) -> Self {
        Self { record, web: Ok(()), posts: Mutex::default() }
    }

    fn posts(&self) -> Vec<(String, Vec<u8>)> {
        self.posts.lock().unwrap().clone()
    }
}

impl Reporter for World {
    fn wanted<'a>(&'a self, _: &'a Domain) -> Asking<'a, Option<Record>> {
        Box::pin(async { self.record.map(|text| find(text).unwrap()).map_err(str::to_owned) })
    }

    fn post<'a>(&'a self, url: &'a str, compressed: Vec<u8>) -> Asking<'a, ()> {
        self.posts.lock().unwrap().push((url.to_owned(), compressed));
        Box::pin(async { self.web.map_err(str::to_owned) })
    }
}

/// A try at two servers: one without STARTTLS, and one that was good enough.
fn tried(house: &House) -> Attempt {
    let host = |name: &str, fault: Option<Code>| Host {
        name: name.into(),
        preference: Some(10),
        addresses: Vec::new(),
        dnssec: Dnssec::Insecure,
        tlsa: Tlsa::default(),
        connection: Some(Connection {
            address: "192.0.2.1:25".parse().unwrap(),
            from: Some("2001:db8::25".parse().unwrap()),
            tls: fault.is_none().then(|| Tls {
                version: String::new(),
                suite: String::new(),
                group: String::new(),
                certificate: model::assessment::Certificate::default(),
            }),
        }),
        assurance: Assurance { level: Level::Encrypted, name_secure: false },
        faults: fault.into_iter().map(Into::into).collect(),
    };
    let found = Assessment {
        domain: "kunde.example".into(),
        at: house.app.now(),
        mx_dnssec: Dnssec::Insecure,
        hosts: vec![host("old.kunde.example", Some(Code::NoStartTls)), host("mx.kunde.example", None)],
        mta_sts: MtaSts::None,
        faults: Vec::new(),
    };
    Attempt::at_exchanges(unprotected(), found)
}

/// A mail is tried like this, and the day ends; all that is counted is written down and planned.
async fn a_day_ends(house: &House) {
    house.accept(&mail("Speiseplan", "Montag", ""), &[ADA]).await;
    app::job::work(&house.app).await.unwrap();
    let parcel = outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop().unwrap();
    outgoing::record(&house.app, &parcel, &tried(house)).await.unwrap();
    tidy(&house.app).await.unwrap();
    house.advance(SignedDuration::from_hours(24));
    tidy(&house.app).await.unwrap();
}

async fn work(house: &House, world: &World) {
    while tls_report::work(&house.app, world).await.unwrap() > 0 {}
}

async fn due(house: &House, world: &World) {
    house.advance(RANDOM_DELAY_MAX);
    work(house, world).await;
    house.pump().await;
}

fn sent(house: &House) -> Vec<Left> {
    house.left(OutgoingKind::TlsReport)
}

/// The words of the reports of this house and how many there are.
async fn outcomes(house: &House) -> Vec<(Option<String>, u64)> {
    let picture = tls_report::picture(&house.app, 5).await.unwrap();
    picture.reports.into_iter().map(|(_, outcome, number)| (outcome, number)).collect()
}

async fn a_domain_that_asks_is_told_once_by_every_way(house: &House) {
    let world = World::publishes(Ok(Some(
        "v=TLSRPTv1; rua=mailto:tls@kunde.example,https://kunde.example/tls,mailto:b@c.example,mailto:too@many.example",
    )));
    a_day_ends(house).await;
    due(house, &world).await;
    due(house, &world).await;
    let mails = sent(house);
    let to: Vec<_> = mails.iter().map(|mail| (mail.to.as_str(), mail.from.as_str())).collect();
    assert_eq!(to, [("tls@kunde.example", ""), ("b@c.example", "")]);
    let part = mime::report::find(&mails[0].bytes).unwrap().unwrap();
    let report = Report::read_gzip(&part.content).unwrap();
    assert_eq!(world.posts(), [("https://kunde.example/tls".to_owned(), part.content.to_vec())]);
    let range = (report.date_range.start_datetime.to_string(), report.date_range.end_datetime.to_string());
    assert_eq!(range, ("2026-11-22T00:00:00Z".into(), "2026-11-22T23:59:59Z".into()));
    let [about] = &report.policies[..] else { panic!("one policy") };
    assert_eq!(
        (about.policy.policy_type, about.policy.policy_domain.as_str()),
        (PolicyType::NoPolicyFound, "kunde.example")
    );
    let summary = (about.summary.total_successful_session_count, about.summary.total_failure_session_count);
    assert_eq!(summary, (1, 1));
    let [failure] = &about.failure_details[..] else { panic!("one failure") };
    assert_eq!(failure.result_type, ResultType::StartTlsNotSupported);
    assert_eq!(failure.receiving_mx_hostname.as_deref(), Some("old.kunde.example"));
    assert_eq!(failure.receiving_ip, Some("192.0.2.1".parse().unwrap()));
    assert_eq!(failure.sending_mta_ip, Some("2001:db8::25".parse().unwrap()));
    assert_eq!(outcomes(house).await, [(Some("sent".into()), 1)]);
    let text = String::from_utf8(serde_json::to_vec(&report).unwrap()).unwrap();
    assert!(!text.contains("ada"), "no recipient is named: {text}");
}

/// A killed process loses the successes since the last tidying, and no failure.
async fn failures_are_on_record_with_their_try_and_successes_when_all_is_written_down(house: &House) {
    let collected = async || {
        let collected = tls_report::picture(&house.app, 0).await.unwrap().collected;
        collected.into_iter().map(|(_, successes, failures)| (successes, failures)).collect::<Vec<_>>()
    };
    for _ in 0..2 {
        house.accept(&mail("Speiseplan", "Montag", ""), &[ADA]).await;
        app::job::work(&house.app).await.unwrap();
        let parcel = outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop().unwrap();
        outgoing::record(&house.app, &parcel, &tried(house)).await.unwrap();
    }
    assert_eq!(collected().await, [(0, 2)]);
    write_counts(&house.app).await.unwrap();
    assert_eq!(collected().await, [(2, 2)]);
    write_counts(&house.app).await.unwrap();
    assert_eq!(collected().await, [(2, 2)], "nothing is written twice");
}

/// A crowd of mails hears what one of them has found out: that was one session with each server, not one for each mail.
async fn what_is_only_remembered_is_no_session(house: &House) {
    for is_remembered in [false, true, true] {
        house.accept(&mail("Speiseplan", "Montag", ""), &[ADA]).await;
        app::job::work(&house.app).await.unwrap();
        let parcel = outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop().unwrap();
        let mut attempt = tried(house);
        attempt.is_remembered = is_remembered;
        outgoing::record(&house.app, &parcel, &attempt).await.unwrap();
    }
    tidy(&house.app).await.unwrap();
    let collected = tls_report::picture(&house.app, 1).await.unwrap().collected;
    let [(_, successes, failures)] = collected.as_slice() else { panic!("{collected:?}") };
    assert_eq!((*successes, *failures), (1, 1));
}

async fn people_are_told_in_the_language_of_the_house(house: &House) {
    let world = World::publishes(Ok(Some("v=TLSRPTv1; rua=mailto:tls@kunde.example")));
    for (language, beginning) in [(Language::De, "Dies ist ein Bericht"), (Language::En, "This is a report")] {
        let app = house.app_with(|settings| settings.language = language);
        a_day_ends(house).await;
        house.advance(RANDOM_DELAY_MAX);
        assert_eq!(tls_report::work(&app, &world).await, Ok(1));
        house.pump().await;
        let mails = sent(house);
        let text = String::from_utf8(mails.last().unwrap().bytes.clone()).unwrap();
        assert!(text.contains(&format!("\r\n\r\n{beginning}")), "{text}");
    }
}

async fn nobody_is_told_who_does_not_ask(house: &House) {
    let world = World::publishes(Ok(None));
    a_day_ends(house).await;
    due(house, &world).await;
    assert_eq!((sent(house).len(), world.posts().len()), (0, 0));
    assert_eq!(outcomes(house).await, [(Some("unasked".into()), 1)]);
}

async fn who_cannot_be_reached_is_tried_for_a_day(house: &House) {
    let mut world = World::publishes(Ok(Some("v=TLSRPTv1; rua=https://kunde.example/tls")));
    world.web = Err("503");
    a_day_ends(house).await;
    due(house, &world).await;
    house.advance(SignedDuration::from_mins(31));
    work(house, &world).await;
    assert_eq!((world.posts().len(), outcomes(house).await), (2, vec![(None, 1)]));
    house.advance(SignedDuration::from_hours(24));
    work(house, &world).await;
    assert_eq!((world.posts().len(), outcomes(house).await), (3, vec![(Some("failed".into()), 1)]));
    house.advance(SignedDuration::from_hours(24));
    work(house, &World::publishes(Err("no DNS"))).await;
    assert_eq!(sent(house).len(), 0);
}

async fn one_report_for_each_domain_and_day_however_many_plan(house: &House) {
    a_day_ends(house).await;
    let other = house.app_with_prober(std::sync::Arc::new(Nobody));
    tidy(&other).await.unwrap();
    tidy(&house.app).await.unwrap();
    let world = World::publishes(Ok(Some("v=TLSRPTv1; rua=mailto:tls@kunde.example")));
    due(house, &world).await;
    assert_eq!(sent(house).len(), 1);
}

struct Nobody;

impl app::provider::Prober for Nobody {
    fn probe<'a>(&'a self, _: &'a Domain, _: jiff::Timestamp) -> app::provider::Probing<'a> {
        unreachable!("nobody asks")
    }
}

async fn p1_reports_are_never_sent_in_clear(house: &House) {
    let held = Exception {
        minimum: Minimum::Encrypted,
        reason: "x".into(),
        author: "x".into(),
        from: house.app.now(),
        until: house.app.now() + SignedDuration::from_hours(240),
    };
    app::destination::except(&house.app, &Domain::parse("kunde.example").unwrap(), held).await.unwrap().unwrap();
    a_day_ends(house).await;
    house.advance(RANDOM_DELAY_MAX);
    work(house, &World::publishes(Ok(Some("v=TLSRPTv1; rua=mailto:tls@kunde.example")))).await;
    let parcels = outgoing::lease(&house.app, Destination::World, 10).await.unwrap();
    let report = parcels.iter().find(|parcel| parcel.kind == OutgoingKind::TlsReport).unwrap();
    assert_eq!(report.wishes, Wishes::of_class(Minimum::Encrypted));
    // Reports are not reported, or two houses would do so for ever.
    outgoing::record(&house.app, report, &tried(house)).await.unwrap();
    tidy(&house.app).await.unwrap();
    let collected = tls_report::picture(&house.app, 0).await.unwrap().collected;
    assert_eq!(collected, []);
}

async fn a_full_day_takes_no_new_results_and_counts_known_ones(house: &House) {
    let sessions = |number: u64| TlsSessions {
        policy: "{}".into(),
        host: number.to_string(),
        address: String::new(),
        from: String::new(),
        result: "success".into(),
        reason: String::new(),
    };
    let total = |number: u64| ReceivedTotal {
        day: 1,
        reporter: number.to_string(),
        domain: "musterkasse.example".into(),
        policy: "sts".into(),
        result: "success".into(),
        number: 1,
    };
    let mut tx = house.app.store.begin().await.unwrap();
    for number in 0..store::RESULTS_OF_DOMAIN_MAX {
        assert!(tx.tls_reports().count((1, "kunde.example"), &sessions(number), 1).await.unwrap());
    }
    assert!(!tx.tls_reports().count((1, "kunde.example"), &sessions(1000), 1).await.unwrap());
    assert!(tx.tls_reports().count((1, "kunde.example"), &sessions(0), 2).await.unwrap());
    assert!(tx.tls_reports().count((1, "other.example"), &sessions(0), 1).await.unwrap());
    assert!(tx.tls_reports().count((2, "kunde.example"), &sessions(0), 1).await.unwrap());
    let found = tx.tls_reports().results(1, "kunde.example").await.unwrap();
    assert_eq!(found.first(), Some(&(sessions(0), 3)));
    for number in 0..store::RECEIVED_ROWS_MAX {
        assert!(tx.tls_reports().receive(&total(number)).await.unwrap());
    }
    assert!(!tx.tls_reports().receive(&total(5000)).await.unwrap());
    assert!(tx.tls_reports().receive(&total(0)).await.unwrap());
    tx.tls_reports().forget(2).await.unwrap();
    tx.tls_reports().forget_received(2, 2).await.unwrap();
    assert_eq!(tx.tls_reports().collected(0).await.unwrap(), [(2, 1, 0)]);
    assert_eq!(tx.tls_reports().received(0).await.unwrap(), []);
}
