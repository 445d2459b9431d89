//! Reports: which part of which mail speaks to machines.
#![allow(clippy::expect_used, reason = "a report that cannot be read is a failing test")]

use mime::report::{ReportType, find};

const STATUS: &str =
    "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ada@kunde.example\r\nAction: failed\r\n";

/// A multipart of parts: header lines and body each.
fn multipart(content_type: &str, parts: &[(&str, &str)]) -> String {
    let mut mail = format!("Content-Type: {content_type}; boundary=\"=_b;1\"\r\n\r\npreamble\r\n");
    for (header, body) in parts {
        mail.extend(["--=_b;1\r\n", header, "\r\n\r\n", body, "\r\n"]);
    }
    mail + "--=_b;1--\r\n"
}

fn report(part: (&str, &str)) -> String {
    let rest = ("Content-Type: text/rfc822-headers", "Subject: x\r\nContent-Type: message/delivery-status");
    multipart("multipart/report; report-type=delivery-status", &[("", "Sorry."), part, rest])
}

fn found(mail: &str) -> Option<(ReportType, String)> {
    let part = find(mail.as_bytes()).expect("not too complex")?;
    Some((part.report_type, String::from_utf8_lossy(&part.content).into_owned()))
}

#[test]
fn the_part_for_machines_is_found_however_it_is_written() {
    let base64 = "UmVwb3J0aW5nLU1UQTogZG5zOyBteC5leGFtcGxlDQoNCkZpbmFsLVJlY2lwaWVudDogcmZjODIyOyBh\r\nZGFAa3VuZGUuZXhhbXBsZQ0KQWN0aW9uOiBmYWlsZWQNCg==";
    let quoted = STATUS.replace("ada@", "=61da=40");
    for (header, body) in [
        ("Content-Type: message/delivery-status", STATUS),
        ("content-type: Message/Delivery-Status; charset=utf-16\r\nContent-Description: status", STATUS),
        ("Content-Type: message/delivery-status; name=\"status.txt\"\r\nContent-Disposition: attachment", STATUS),
        ("Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit", STATUS),
        ("Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: base64", base64),
        ("Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: quoted-printable", quoted.as_str()),
    ] {
        let (kind, content) = found(&report((header, body))).expect(header);
        assert_eq!((kind, content.trim_end()), (ReportType::DeliveryStatus, STATUS.trim_end()), "{header}");
    }
    let feedback = multipart(
        "multipart/report; report-type=feedback-report",
        &[("", "A customer calls this spam."), ("Content-Type: message/feedback-report", "Feedback-Type: abuse")],
    );
    assert_eq!(found(&feedback), Some((ReportType::Feedback, "Feedback-Type: abuse".into())));
}

#[test]
fn wrappers_are_looked_through_and_wrong_report_types_forgiven() {
    let inner = report(("Content-Type: message/delivery-status", STATUS));
    let (header, body) = inner.split_once("\r\n\r\n").expect("a header");
    let header = header.replace("=_b;1", "inner");
    let body = body.replace("=_b;1", "inner");
    let wrapped = multipart("multipart/mixed", &[(&header, &body), ("", "A footer.")]);
    assert!(found(&wrapped).is_some());
    let wrong = multipart(
        "multipart/report; report-type=disposition-notification",
        &[("", "x"), ("Content-Type: message/delivery-status", STATUS)],
    );
    assert!(found(&wrong).is_some());
    let endless = report(("Content-Type: message/delivery-status", STATUS)).replace("--=_b;1--", "");
    assert!(found(&endless).is_some(), "its end is missing");
}

#[test]
fn what_is_no_report_of_its_own_is_none() {
    let inner = report(("Content-Type: message/delivery-status", STATUS)).replace("=_b;1", "inner");
    let returned = multipart(
        "multipart/report; report-type=delivery-status",
        &[("", "Sorry."), ("Content-Type: message/rfc822", &inner)],
    );
    let forwarded = multipart("multipart/mixed", &[("", "Look:"), ("Content-Type: message/rfc822", &inner)]);
    let attached = multipart("multipart/mixed", &[("", "x"), ("Content-Type: message/delivery-status", STATUS)]);
    let bare = format!("Content-Type: message/delivery-status\r\n\r\n{STATUS}");
    let unbounded =
        format!("Content-Type: multipart/report\r\n\r\nContent-Type: message/delivery-status\r\n\r\n{STATUS}");
    let plain = format!("Subject: failure notice\r\n\r\nHi. This is the mail program.\r\n{STATUS}");
    for mail in [returned, forwarded, attached, bare, unbounded, plain, String::new()] {
        assert_eq!(found(&mail), None, "{mail}");
    }
}

#[test]
fn of_nested_reports_the_outer_one_counts() {
    let inner = report(("Content-Type: message/delivery-status", "Action: delivered")).replace("=_b;1", "inner");
    let outer = multipart(
        "multipart/report; report-type=delivery-status",
        &[
            ("Content-Type: message/rfc822", &inner),
            ("Content-Type: message/delivery-status", STATUS),
            ("Content-Type: message/delivery-status", "Action: delivered"),
        ],
    );
    assert_eq!(found(&outer).map(|(_, content)| content.trim_end().to_owned()), Some(STATUS.trim_end().to_owned()));
}
