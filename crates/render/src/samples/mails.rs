//! Mails.

use jiff::SignedDuration;
use model::{Language, assessment::Code};

use super::{ADDRESS, MailSample, moment};
use crate::{
    brand::Brand,
    mails::{
        NoticeFirst, NoticeLater, Report, ReportKind, ReportRecipient, SecurityEvent, SecurityNotice, Untold, Why,
    },
    pages::message::Correspondent,
};

const LINK: &str = "https://post.musterkasse.example/activate/7Qd0n3vK2mXw8LrT5uYbZcAeFgHiJkMnOpQrStUvWxY";
const MESSAGE: &str = "https://post.musterkasse.example/messages/aaaabbbbccccddddeeeeffffgg";
const MAX: Correspondent<'_> = Correspondent { name: "Max Muster", address: "max.muster@musterkasse.example" };
const HOSTILE: &str = "<script>alert(1)</script>\r\nBcc: <b>\"x\"@beispiel.de</b>";

/// Every mail in `language`, in the dress of `brand`.
pub fn mails(brand: &Brand, language: Language) -> Vec<MailSample> {
    let (recipient, sender, sent_at) = (ADDRESS, MAX, moment());
    let later = moment() + SignedDuration::from_hours(24 * 39);
    let first = NoticeFirst {
        brand,
        language,
        recipient,
        sender,
        subject: Some("Ihre Abrechnung ist da"),
        sent_at,
        why: Why::Marked,
        link: LINK,
        activate_by: later,
    };
    let later = NoticeLater {
        brand,
        language,
        recipient,
        sender,
        subject: Some("Rückfrage zu Ihren Unterlagen"),
        sent_at,
        link: MESSAGE,
        kept_until: Some(later),
    };
    let nameless = Correspondent { name: "", ..MAX };
    let hostile = Correspondent { name: HOSTILE, address: HOSTILE };
    let security = |event| SecurityNotice { brand, language, recipient, event, at: sent_at }.mail();
    let recipients = [
        ReportRecipient {
            address: ADDRESS,
            reason: "Der Server des Empfängers nimmt keine verschlüsselte Verbindung an, und für diese Adresse ist kein anderer Weg erlaubt.",
            reply: "550 5.1.1 <ada.musterfrau@beispiel.de>: Recipient address rejected",
        },
        ReportRecipient { address: "zweite@beispiel.de", reason: "", reply: "" },
    ];
    let delayed = |has_another_way| ReportKind::Delayed { tried_until: later.sent_at, has_another_way };
    let untold = |why, way_closed| ReportKind::Untold { why, way_closed };
    let no_starttls = format!("mx.beispiel.de: {}", Code::NoStartTls.meaning(language));
    let unprotected = Report {
        brand,
        language,
        kind: ReportKind::Unprotected,
        subject: Some("Speiseplan"),
        sent_at,
        recipients: &[ReportRecipient { address: ADDRESS, reason: &no_starttls, reply: "" }],
    };
    let report = |kind, subject| Report { brand, language, kind, subject, sent_at, recipients: &recipients }.mail();
    [
        ("notice-first", first.mail()),
        ("notice-first-hidden", NoticeFirst { subject: None, why: Why::Rule, sender: nameless, ..first }.mail()),
        (
            "notice-first-hostile",
            NoticeFirst { subject: Some(HOSTILE), why: Why::Answer, sender: hostile, ..first }.mail(),
        ),
        ("notice-later", later.mail()),
        ("notice-later-hidden", NoticeLater { subject: None, kept_until: None, ..later }.mail()),
        ("notice-later-empty", NoticeLater { subject: Some(""), ..later }.mail()),
        ("notice-later-hostile", NoticeLater { subject: Some(HOSTILE), sender: hostile, ..later }.mail()),
        ("security-activated", security(SecurityEvent::Activated)),
        ("security-password", security(SecurityEvent::PasswordChanged)),
        ("security-question", security(SecurityEvent::QuestionChanged)),
        ("security-deleted", security(SecurityEvent::MailboxDeleted)),
        ("report-returned", report(ReportKind::Returned, Some("Ihre Abrechnung"))),
        ("report-unprotected", unprotected.mail()),
        ("report-untold-refused", report(untold(Untold::Refused, false), Some("Ihre Abrechnung"))),
        ("report-untold-late", report(untold(Untold::Late, true), None)),
        ("report-untold-unprotected", report(untold(Untold::Unprotected, false), Some("Ihre Abrechnung"))),
        ("report-untold-refused-before", report(untold(Untold::RefusedBefore, false), Some(""))),
        ("report-untold-objected", report(untold(Untold::Objected, false), None)),
        ("report-delayed", report(delayed(false), Some(""))),
        ("report-delayed-way", report(delayed(true), Some(""))),
        ("report-relayed", report(ReportKind::Relayed, Some("Ihre Abrechnung"))),
        ("report-delivered", report(ReportKind::Delivered, Some("Ihre Abrechnung"))),
    ]
    .map(|(name, mail)| MailSample { name, mail })
    .into()
}
