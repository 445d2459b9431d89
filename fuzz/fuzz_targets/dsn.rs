//! Delivery status notifications: those of others are read whatever they hold, and no text from outside adds a field to
//! ours.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use wire::address::{Domain, EmailAddress, TypedAddress};
use wire::dsn::{self, Action, Notification, REPORT_RECIPIENTS_MAX, RecipientReport};
use wire::smtp::reply::{EnhancedCode, Reply};

fuzz_target!(|input: &[u8]| {
    let report = dsn::read(input);
    assert!(report.recipients.len() <= REPORT_RECIPIENTS_MAX);
    report.verdict(&TypedAddress::parse("anna@example.net").unwrap());
    written_is_read(input);
});

fn written_is_read(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let host = Domain::parse("mail.example.org").unwrap();
    let address = EmailAddress::parse("sender@example.org").unwrap();
    let recipients = [RecipientReport {
        recipient: TypedAddress::parse("anna@example.net").unwrap(),
        original: None,
        action: Action::Failed,
        status: EnhancedCode::new(5, 1, 1),
        remote_mta: Some(host.clone()),
        diagnostic: Some(Reply::new(550, None, &text)),
        last_attempt_at: None,
        will_retry_until: None,
    }];
    let notification = Notification {
        reporting_mta: &host,
        from_name: &text,
        from: &address,
        to: &address,
        subject: &text,
        text: &text,
        date: Timestamp::UNIX_EPOCH,
        token: "token1",
        arrival_date: None,
        envelope_id: Some(&text),
        recipients: &recipients,
        original: input,
    };
    let Ok(mail) = notification.compose() else { return };
    assert!(mail.is_ascii());
    assert!(mail.split(|byte| *byte == b'\n').all(|line| line.is_empty() || line.ends_with(b"\r")), "bare line feeds");
    let part = mime::report::find(&mail).expect("not too complex").expect("our own notification is a report");
    let report = dsn::read(&part.content);
    let [only] = report.recipients.as_slice() else { panic!("{} recipients", report.recipients.len()) };
    assert_eq!(only.final_recipient.as_deref(), Some("anna@example.net"));
    assert_eq!(only.action, Some(Action::Failed));
}
