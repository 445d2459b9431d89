use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::address::{Domain, EmailAddress, TypedAddress};
use crate::smtp::data::LineEndingCheck;
use crate::smtp::reply::{EnhancedCode, Reply};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn recipient(address: &str) -> RecipientReport {
    RecipientReport {
        recipient: TypedAddress::parse(address).unwrap(),
        original: None,
        action: Action::Failed,
        status: EnhancedCode::new(5, 1, 1),
        remote_mta: Some(Domain::parse("mx.example.net").unwrap()),
        diagnostic: Some(Reply::new(550, Some(EnhancedCode::new(5, 1, 1)), "No such user\nReally")),
        last_attempt_at: Some(at("2026-11-22T06:00:00Z")),
        will_retry_until: None,
    }
}

fn compose(subject: &str, text: &str, recipients: &[RecipientReport], original: &[u8]) -> Vec<u8> {
    let notification = Notification {
        reporting_mta: &Domain::parse("gateway.example.org").unwrap(),
        from_name: "Mail system",
        from: &EmailAddress::parse("postmaster@example.org").unwrap(),
        to: &EmailAddress::parse("jane@example.org").unwrap(),
        subject,
        text,
        date: at("2026-11-22T07:00:00Z"),
        token: "token1",
        arrival_date: Some(at("2026-11-22T05:00:00Z")),
        envelope_id: Some("envelope 1"),
        recipients,
        original,
    };
    notification.compose().unwrap()
}

#[test]
fn what_is_written_can_be_read() {
    let original = b"Message-ID: <first@example.org>\r\nSubject: secret f\xc3\xbcr\r\n\r\nBODY-OF-THE-MAIL\r\n";
    let mail = compose(
        "Nicht zugestellt: Pr\u{fc}fung",
        "Gr\u{fc}\u{df}e\n",
        &[recipient("Bob@example.net"), recipient("jörg@example.net")],
        original,
    );
    let report = parse(&mail).unwrap();
    assert_eq!(report.reporting_mta.as_deref(), Some("gateway.example.org"));
    assert_eq!(report.original_envelope_id.as_deref(), Some("envelope 1"));
    assert_eq!(report.arrival_date, Some(at("2026-11-22T05:00:00Z")));
    assert_eq!(report.original_message_id.as_deref(), Some("first@example.org"));
    let [bob, joerg] = report.recipients.as_slice() else { panic!("two recipients") };
    assert_eq!(bob.final_recipient.as_deref(), Some("Bob@example.net"));
    assert_eq!((bob.action, bob.status), (Some(Action::Failed), Some(EnhancedCode::new(5, 1, 1))));
    assert_eq!(bob.diagnostic.as_deref(), Some("550 5.1.1 No such user Really"));
    assert_eq!(joerg.final_recipient.as_deref(), Some("j\\x{F6}rg@example.net"));
}

#[test]
fn content_never_travels_back() {
    for original in [&b"Subject: a\r\n\r\nBODY"[..], b"Subject: a\n\nBODY", b"\r\nBODY", b"Subject: a\r\n \r\nBODY"] {
        let mail = compose("s", "t", &[recipient("bob@example.net")], original);
        assert!(!String::from_utf8(mail).unwrap().contains("BODY"), "{original:?}");
    }
}

#[test]
fn texts_from_outside_add_no_fields() {
    let mail = compose(
        "a\r\nBcc: x@example.net",
        "--=_token1\r\nContent-Type: text/html",
        &[recipient("bob@example.net")],
        b"",
    );
    let mail = String::from_utf8(mail).unwrap();
    assert!(!mail.contains("Bcc:"));
    assert_eq!(mail.matches("\r\n--=_token1").count(), 4, "three parts and the end: {mail}");
    assert!(mail.contains("Auto-Submitted: auto-replied\r\n"));
}

#[test]
fn refuses_what_makes_no_notification() {
    let domain = Domain::parse("example.org").unwrap();
    let address = EmailAddress::parse("a@example.org").unwrap();
    let recipients = [recipient("bob@example.net")];
    let base = Notification {
        reporting_mta: &domain,
        from_name: "",
        from: &address,
        to: &address,
        subject: "",
        text: "",
        date: at("2026-11-22T07:00:00Z"),
        token: "t",
        arrival_date: None,
        envelope_id: None,
        recipients: &recipients,
        original: b"",
    };
    assert!(base.compose().is_ok());
    assert_eq!(Notification { recipients: &[], ..base.clone() }.compose(), Err(DsnError::NoRecipients));
    assert_eq!(Notification { token: "a b", ..base.clone() }.compose(), Err(DsnError::Token));
    assert_eq!(Notification { token: &"t".repeat(61), ..base }.compose(), Err(DsnError::Token));
}

/// Odd forms that real servers send: LF line ends, folded fields, comments, missing empty line, other parts, no end.
#[test]
fn reads_odd_notifications() {
    let mail = "Subject: x\nContent-type: Multipart/Report;\n report-type=\"delivery-status\"; boundary=b1\n\n\
        preamble\n--b1\n\nsorry\n--b1\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;mx.example\n\
        Final-Recipient: RFC822;\n  <bob@example.net>\naction: FAILED (gone)\nStatus: 5.2.2 (full)\n\
        Diagnostic-Code: X-Own;\n out of room\n\n";
    let report = parse(mail.as_bytes()).unwrap();
    assert_eq!(report.recipients.len(), 1);
    let bob = &report.recipients[0];
    assert_eq!(bob.final_recipient.as_deref(), Some("<bob@example.net>"));
    assert_eq!((bob.action, bob.status), (Some(Action::Failed), Some(EnhancedCode::new(5, 2, 2))));
    assert_eq!(bob.diagnostic.as_deref(), Some("out of room"));
    assert!(!format!("{report:?}").contains("bob"));
}

#[test]
fn what_is_no_notification_is_not_read_as_one() {
    for mail in [
        "",
        "Subject: x\r\n\r\nStatus: 5.1.1",
        "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n",
        "Content-Type: multipart/report\r\n\r\n",
    ] {
        assert_eq!(parse(mail.as_bytes()), None, "{mail:?}");
    }
}

#[test]
fn limits_hold_at_their_edges() {
    let mail = |recipients: usize| {
        let group = "\nFinal-Recipient: rfc822; a@example.net\nAction: failed\nStatus: 5.0.0\n";
        format!(
            "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n{}",
            group.repeat(recipients)
        )
    };
    assert_eq!(parse(mail(REPORT_RECIPIENTS_MAX).as_bytes()).unwrap().recipients.len(), REPORT_RECIPIENTS_MAX);
    assert_eq!(parse(mail(REPORT_RECIPIENTS_MAX + 1).as_bytes()).unwrap().recipients.len(), REPORT_RECIPIENTS_MAX);
    let long = b"X: y\r\n".repeat(ORIGINAL_HEADER_BYTES_MAX / 6 + 10);
    assert!(compose("s", "t", &[recipient("bob@example.net")], &long).len() < ORIGINAL_HEADER_BYTES_MAX + 2000);
}

proptest! {
    #[test]
    fn composed_mail_is_always_clean(subject in any::<String>(), text in any::<String>(), original in prop::collection::vec(any::<u8>(), 0..200)) {
        let mail = compose(&subject, &text, &[recipient("bob@example.net")], &original);
        prop_assert!(mail.is_ascii());
        prop_assert_eq!(LineEndingCheck::default().check(&mail), Ok(()));
        prop_assert!(mail.split(|byte| *byte == b'\n').all(|line| line.len() <= 998));
        let report = parse(&mail).unwrap();
        prop_assert_eq!(report.recipients.len(), 1);
    }

    #[test]
    fn parsing_never_panics(body in "(--b\n|Status: |Content-Type: message/delivery-status\n|\n|[a-z;: ü]|\r){0,60}") {
        let _ = parse(format!("Content-Type: multipart/report; boundary=b\n\n{body}").as_bytes());
    }
}
