//! What others report of TLS to our own servers: taken in once, added up, forgotten.

use app::{
    housekeeping::tidy,
    tls_report::{
        self, Incoming, LOCAL_PART, NotTaken, RECEIVED_DAYS_MAX, REPORT_MAIL_BYTES_MAX, Taken, is_for_reports,
    },
};
use jiff::SignedDuration;
use store::ReceivedReport;
use wire::{address::EmailAddress, tlsrpt::Report};

use crate::{
    house::{House, on_both},
    mails::mail,
};

on_both! {
    what_others_report_of_own_domains_is_added_up
    only_what_is_new_in_a_report_is_counted
    reports_are_remembered_to_an_end_and_for_a_time
    what_was_received_is_forgotten_though_nothing_is_reported
    what_is_no_report_or_about_others_is_dropped
    a_report_mail_has_an_edge
}

async fn reports_are_remembered_to_an_end_and_for_a_time(house: &House) {
    let mut tx = house.app.store.begin().await.unwrap();
    let mut is_new = async |day: i64, (reporter, id, domain): (&str, &str, &str)| {
        tx.tls_reports().remember(day, &ReceivedReport { reporter, id, domain }).await.unwrap()
    };
    assert!(is_new(1, ("ab", "c", "d")).await && !is_new(1, ("ab", "c", "d")).await);
    for other in [("a", "bc", "d"), ("ab", "x", "d"), ("ab", "c", "x")] {
        assert!(is_new(1, other).await, "{other:?}");
    }
    assert!(is_new(2, ("ab", "c", "d")).await, "of another day");
    for number in 4..store::RECEIVED_REPORTS_MAX {
        assert!(is_new(1, ("p", &number.to_string(), "d")).await);
    }
    assert!(is_new(1, ("p", "late", "d")).await && is_new(1, ("p", "late", "d")).await, "the day is full");
    assert!(!is_new(1, ("ab", "c", "d")).await);
    tx.tls_reports().forget_received(2, 2).await.unwrap();
    let mut is_new = async |day: i64| {
        let report = ReceivedReport { reporter: "ab", id: "c", domain: "d" };
        tx.tls_reports().remember(day, &report).await.unwrap()
    };
    assert!(is_new(1).await && !is_new(2).await);
}

/// Others report whether or not we do.
async fn what_was_received_is_forgotten_though_nothing_is_reported(house: &House) {
    let silent = house.app_with(|settings| settings.transport.tls_reports = false);
    let json = json("musterkasse.example", "2026-11-21");
    assert_eq!(take(house, &report_mail("application/tlsrpt+json", json.as_bytes())).await, Ok(Taken::Counted));
    let received = async || tls_report::picture(&silent, u16::MAX).await.unwrap().received.len();
    house.advance(SignedDuration::from_hours(24 * (RECEIVED_DAYS_MAX - 2)));
    tidy(&silent).await.unwrap();
    assert_eq!(received().await, 2);
    house.advance(SignedDuration::from_hours(24 * 3));
    tidy(&silent).await.unwrap();
    assert_eq!(received().await, 0);
}

fn json(domain: &str, day: &str) -> String {
    format!(
        r#"{{"organization-name":"Provider\n","date-range":{{"start-datetime":"{day}T00:00:00Z","end-datetime":"{day}T23:59:59Z"}},
        "report-id":"1","policies":[{{"policy":{{"policy-type":"sts","policy-domain":"{domain}"}},
        "summary":{{"total-successful-session-count":7,"total-failure-session-count":3}},
        "failure-details":[{{"result-type":"certificate-expired","failed-session-count":2}},
        {{"result-type":"certificate-expired","failed-session-count":1}}]}}]}}"#
    )
}

fn report_mail(media_type: &str, content: &[u8]) -> Vec<u8> {
    let body = data_encoding::BASE64_MIME.encode(content);
    format!(
        "From: <tls@provider.example>\r\nContent-Type: multipart/report; report-type=tlsrpt; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n\
         --b\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}\r\n--b--\r\n"
    )
    .into_bytes()
}

async fn take(house: &House, bytes: &[u8]) -> Result<Taken, NotTaken> {
    let mut incoming = Incoming::default();
    for piece in bytes.chunks(50_000) {
        incoming.write(piece)?;
    }
    incoming.accept(&house.app).await
}

async fn what_others_report_of_own_domains_is_added_up(house: &House) {
    let address = |text: &str| EmailAddress::parse(text).unwrap();
    assert!(is_for_reports(&house.app, &address(&format!("{}@Musterkasse.example", LOCAL_PART.to_uppercase()))));
    assert!(!is_for_reports(&house.app, &address(&format!("{LOCAL_PART}@kunde.example"))));
    let json = json("musterkasse.example", "2026-11-21");
    let report = Report::read_json(json.as_bytes()).unwrap();
    let zipped = report_mail("application/tlsrpt+gzip", &report.to_gzip().unwrap());
    assert_eq!(take(house, &zipped).await, Ok(Taken::Counted));
    let plain = |json: &str| report_mail("application/tlsrpt+json", json.as_bytes());
    assert_eq!(take(house, &plain(&json)).await, Ok(Taken::Repeated), "in whatever form it comes again");
    for other in [
        json.replace("\"report-id\":\"1\"", "\"report-id\":\"2\""),
        json.replace("\"policy-domain\":\"", "\"policy-domain\":\"mx."),
        json.replace("Provider", "Other"),
    ] {
        assert_eq!(take(house, &plain(&other)).await, Ok(Taken::Counted), "{other}");
        assert_eq!(take(house, &plain(&other)).await, Ok(Taken::Repeated), "{other}");
    }
    let received = tls_report::picture(&house.app, 7).await.unwrap().received;
    let told: Vec<_> = received
        .iter()
        .map(|total| {
            assert_eq!((total.domain.as_str(), total.policy.as_str()), ("musterkasse.example", "sts"));
            (total.reporter.as_str(), total.result.as_str(), total.number)
        })
        .collect();
    let expected = [
        ("Other", "certificate-expired", 3),
        ("Other", "success", 7),
        ("Provider", "certificate-expired", 9),
        ("Provider", "success", 21),
    ];
    assert_eq!(told, expected);
    assert_eq!(tallies(house).await, [("repeated-tls-report".to_owned(), 4), ("tls-report".to_owned(), 4)]);
}

/// Part of a report came before, part of it did not.
async fn only_what_is_new_in_a_report_is_counted(house: &House) {
    let one = Report::read_json(json("musterkasse.example", "2026-11-21").as_bytes()).unwrap();
    let other = Report::read_json(json("mx.musterkasse.example", "2026-11-21").as_bytes()).unwrap();
    let both = Report { policies: [&one.policies[..], &other.policies[..]].concat(), ..one.clone() };
    let zipped = |report: &Report| report_mail("application/tlsrpt+gzip", &report.to_gzip().unwrap());
    for (report, taken) in [(&one, Taken::Counted), (&both, Taken::Counted), (&both, Taken::Repeated)] {
        assert_eq!(take(house, &zipped(report)).await, Ok(taken));
    }
    let received = tls_report::picture(&house.app, 7).await.unwrap().received;
    assert_eq!(received.iter().map(|total| total.number).collect::<Vec<_>>(), [6, 14]);
}

/// What came to the address of reports today.
async fn tallies(house: &House) -> Vec<(String, u64)> {
    tidy(&house.app).await.unwrap();
    let day = app::bounce::day(house.app.now());
    house.app.store.read().await.unwrap().bounces().tallies(day).await.unwrap()
}

async fn what_is_no_report_or_about_others_is_dropped(house: &House) {
    let zipped = |domain: &str, day: &str| {
        let report = Report::read_json(json(domain, day).as_bytes()).unwrap();
        report_mail("application/tlsrpt+gzip", &report.to_gzip().unwrap())
    };
    for bytes in [
        mail("Hello", "Are you there?", ""),
        Vec::new(),
        report_mail("application/tlsrpt+gzip", b"no gzip"),
        report_mail("application/tlsrpt+json", b"{}"),
        report_mail("message/delivery-status", b"Action: failed\r\n"),
        zipped("kunde.example", "2026-11-21"),
        zipped("not-musterkasse.example", "2026-11-21"),
        zipped("musterkasse.example", "2026-11-01"),
        zipped("musterkasse.example", "2027-11-21"),
    ] {
        assert_eq!(take(house, &bytes).await, Ok(Taken::Dropped), "{}", String::from_utf8_lossy(&bytes));
    }
    assert_eq!(tls_report::picture(&house.app, 7).await.unwrap().received, []);
    assert_eq!(tallies(house).await, [("no-tls-report".to_owned(), 9)]);
}

async fn a_report_mail_has_an_edge(house: &House) {
    assert_eq!(take(house, &vec![b'x'; REPORT_MAIL_BYTES_MAX]).await, Ok(Taken::Dropped));
    assert_eq!(take(house, &vec![b'x'; REPORT_MAIL_BYTES_MAX + 1]).await, Err(NotTaken::TooLarge));
}
