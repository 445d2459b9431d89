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

/// The content of the part for machines in a notification of ours.
fn status_part(mail: &[u8]) -> &[u8] {
    let start = memmem(mail, b"Content-Type: message/delivery-status\r\n\r\n").expect("a delivery status");
    let part = &mail[start..];
    &part[..memmem(part, b"\r\n--=_token1").expect("the next part")]
}

/// Where the first `needle` ends at the start, or begins behind it.
fn memmem(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let at = hay.windows(needle.len()).position(|window| window == needle)?;
    Some(if needle.starts_with(b"Content-Type") { at + needle.len() } else { at })
}

fn read_back(mail: &[u8]) -> Report {
    read(status_part(mail))
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
    let report = read_back(&mail);
    assert_eq!(report.reporting_mta.as_deref(), Some("gateway.example.org"));
    assert_eq!(report.original_envelope_id.as_deref(), Some("envelope 1"));
    assert_eq!(report.arrival_date, Some(at("2026-11-22T05:00:00Z")));
    let [bob, joerg] = report.recipients.as_slice() else { panic!("two recipients") };
    assert_eq!(bob.final_recipient.as_deref(), Some("Bob@example.net"));
    assert_eq!((bob.action, bob.status), (Some(Action::Failed), Some(EnhancedCode::new(5, 1, 1))));
    assert_eq!(bob.diagnostic.as_deref(), Some("550 5.1.1 No such user Really"));
    assert_eq!(joerg.final_recipient.as_deref(), Some("jörg@example.net"), "escapes are undone");
    assert!(!format!("{report:?}").contains("ob@"), "addresses stay out of logs");
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
    assert_eq!(Notification { token: "a b", ..base.clone() }.compose(), Err(DsnError::Head(HeadError::Token)));
    assert_eq!(Notification { token: &"t".repeat(61), ..base }.compose(), Err(DsnError::Head(HeadError::Token)));
}

/// What a status says of a mail to `bob@example.net`.
fn verdict(status: &str) -> Option<(Action, Option<String>)> {
    let verdict = read(status.as_bytes()).verdict(&TypedAddress::parse("bob@example.net").unwrap())?;
    Some((verdict.action, verdict.status.map(|status| status.to_string())))
}

/// A name, the content of the part for machines, and what it says of a mail to `bob@example.net`.
type Shape = (&'static str, &'static str, Option<(Action, Option<&'static str>)>);

const SHAPES: &[Shape] = &[
    (
        "with a queue id and a diagnostic over several lines",
        "Reporting-MTA: dns; mail.example\nX-Some-Queue-ID: 4ZqR1x\nX-Some-Sender: rfc822; b+x@insurer.example\nArrival-Date: Sun, 22 Nov 2026 10:00:00 +0100 (CET)\n\nFinal-Recipient: rfc822; bob@example.net\nOriginal-Recipient: rfc822;bob@example.net\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.example.net\nDiagnostic-Code: smtp; 550 5.1.1 <bob@example.net>: Recipient address\n    rejected: User unknown\n",
        Some((Action::Failed, Some("5.1.1"))),
    ),
    (
        "with trailing blanks, display names and dates",
        "Reporting-MTA: dns;EX01.corp.example\r\nReceived-From-MTA: dns;intake.example\r\nArrival-Date: Sun, 22 Nov 2026 09:00:00 +0000\r\n\r\nOriginal-Recipient: rfc822;Bob@example.net\r\nFinal-Recipient: rfc822;bob@example.net\r\nAction: failed\r\nStatus: 5.1.10\r\nDiagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found\r\nX-Display-Name: Bob\r\n\r\n",
        Some((Action::Failed, Some("5.1.10"))),
    ),
    (
        "short, with a bare class as status",
        "Reporting-MTA: dns; mx.example\n\nAction: failed\nFinal-Recipient: rfc822;bob@example.net\nStatus: 5.0.0\nRemote-MTA: dns; mx.example.net\nDiagnostic-Code: smtp; 550 no such mailbox\n",
        Some((Action::Failed, Some("5.0.0"))),
    ),
    (
        "given up after days of trying",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; bob@example.net\nAction: failed\nStatus: 4.4.1\n",
        Some((Action::Failed, Some("4.4.1"))),
    ),
    (
        "late",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; bob@example.net\nAction: delayed\nStatus: 4.4.1\nWill-Retry-Until: Tue, 24 Nov 2026 10:00:00 +0100\n",
        Some((Action::Delayed, Some("4.4.1"))),
    ),
    (
        "delivered",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; bob@example.net\nAction: delivered\nStatus: 2.1.5\n",
        Some((Action::Delivered, Some("2.1.5"))),
    ),
    (
        "relayed",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; bob@example.net\nAction: relayed\nStatus: 2.1.9\n",
        Some((Action::Relayed, Some("2.1.9"))),
    ),
    (
        "expanded",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; bob@example.net\nAction: expanded\nStatus: 2.1.5\n",
        Some((Action::Expanded, Some("2.1.5"))),
    ),
    (
        "comments, odd case, folded address",
        "Reporting-MTA: dns;mx.example\nFinal-Recipient: RFC822;\n  <bob@example.net>\naction: FAILED (gone)\nStatus: 5.2.2 (full)\n",
        Some((Action::Failed, Some("5.2.2"))),
    ),
    (
        "no fields about the mail",
        "Final-Recipient: rfc822; bob@example.net\nAction: failed\nStatus: 5.1.1\n",
        Some((Action::Failed, Some("5.1.1"))),
    ),
    (
        "no fields about the mail and no address",
        "Action: failed\nStatus: 5.1.1\n",
        Some((Action::Failed, Some("5.1.1"))),
    ),
    (
        "no status, but the answer of the server",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; bob@example.net\nAction: failed\nDiagnostic-Code: smtp; 552-5.2.2 full\n",
        Some((Action::Failed, Some("5.2.2"))),
    ),
    (
        "no status, and an answer without one",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; bob@example.net\nAction: failed\nDiagnostic-Code: smtp; 452 full\n",
        Some((Action::Failed, Some("4.0.0"))),
    ),
    (
        "no status at all",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; bob@example.net\nAction: failed\nDiagnostic-Code: x-own; gone\n",
        Some((Action::Failed, None)),
    ),
    (
        "no action",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; bob@example.net\nStatus: 5.1.1\n",
        Some((Action::Failed, Some("5.1.1"))),
    ),
    (
        "an unknown action",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; bob@example.net\nAction: bounced\nStatus: 4.2.2\n",
        Some((Action::Delayed, Some("4.2.2"))),
    ),
    ("neither action nor status", "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; bob@example.net\n", None),
    (
        "failed and well",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; bob@example.net\nAction: failed\nStatus: 2.0.0\n",
        None,
    ),
    (
        "delivered and refused",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; bob@example.net\nAction: delivered\nStatus: 5.0.0\n",
        None,
    ),
    ("about the mail alone", "Reporting-MTA: dns; mx.example\n\n", None),
    ("nothing", "", None),
    (
        "about a list, half of it reached",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; a@list.example\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; b@list.example\nAction: delivered\nStatus: 2.0.0\n",
        Some((Action::Delivered, Some("2.0.0"))),
    ),
    (
        "about a forwarded mail",
        "Reporting-MTA: dns; m\n\nOriginal-Recipient: rfc822; bob@example.net\nFinal-Recipient: rfc822; bob@elsewhere.example\nAction: failed\nStatus: 5.1.1\n",
        Some((Action::Failed, Some("5.1.1"))),
    ),
    (
        "about others too",
        "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; eve@example.net\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient: rfc822; BOB@Example.NET\nAction: failed\nStatus: 5.1.1\n",
        Some((Action::Failed, Some("5.1.1"))),
    ),
];

#[test]
fn statuses_of_real_shapes_are_understood() {
    for (name, status, expected) in SHAPES {
        let expected = expected.map(|(action, status)| (action, status.map(str::to_owned)));
        assert_eq!(verdict(status), expected, "{name}");
        assert_eq!(verdict(&status.replace('\n', "\r\n").replace("\r\r", "\r")), expected, "{name}, with CRLF");
    }
}

/// RFC 6533 sections 3 and 4
#[test]
fn addresses_beyond_ascii_are_read_with_and_without_escapes() {
    let joerg = TypedAddress::parse("jörg@example.net").unwrap();
    for (address, named) in [
        ("utf-8; jörg@example.net", true),
        ("utf-8; j\\x{F6}rg@example.net", true),
        ("UTF-8;j\\x{00F6}rg@example.net", true),
        ("rfc822; j\\x{F6}rg@example.net", false),
        ("utf-8; j\\x{zz}rg@example.net", false),
        ("utf-8; j\\x{F6rg@example.net", false),
        ("utf-8; j\\x{110000}rg@example.net", false),
        ("utf-8; j\\x{0A}rg@example.net", false),
    ] {
        let status = format!(
            "Reporting-MTA: dns; m\n\nFinal-Recipient: utf-8; other@example.net\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient: {address}\nAction: failed\nStatus: 5.1.1\n"
        );
        let failed = read(status.as_bytes()).verdict(&joerg).unwrap().action == Action::Failed;
        assert_eq!(failed, named, "{address}");
    }
    let latin_1 =
        b"Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; j\xf6rg@example.net\nAction: failed\nStatus: 5.1.1\n";
    assert_eq!(read(latin_1).verdict(&joerg).unwrap().action, Action::Failed, "a wrong charset hides nothing");
}

#[test]
fn limits_hold_at_their_edges() {
    let status = |recipients: usize| {
        let group = "\nFinal-Recipient: rfc822; a@example.net\nAction: failed\nStatus: 5.0.0\n";
        format!("Reporting-MTA: dns; x\n{}", group.repeat(recipients))
    };
    assert_eq!(read(status(REPORT_RECIPIENTS_MAX).as_bytes()).recipients.len(), REPORT_RECIPIENTS_MAX);
    assert_eq!(read(status(REPORT_RECIPIENTS_MAX + 1).as_bytes()).recipients.len(), REPORT_RECIPIENTS_MAX);
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
        prop_assert_eq!(read_back(&mail).recipients.len(), 1);
    }

    #[test]
    fn reading_never_panics(status in "(Status: |Action: |Final-Recipient: utf-8; |\\\\x\\{|\\}|F6|\n|[a-z;: ü]|\r|\t){0,60}") {
        let bob = TypedAddress::parse("bob@example.net").unwrap();
        let _ = read(status.as_bytes()).verdict(&bob);
    }
}
