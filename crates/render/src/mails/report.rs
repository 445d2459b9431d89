//! Reports to the sender: the part of a delivery status notification that people read (RFC 3464 section 2, first part).

use jiff::Timestamp;
use model::Language;

use crate::{
    Brand,
    dates::Dates,
    mails::{
        Mail,
        layout::{self, Part, say},
    },
};

/// Tells a sender what became of a mail.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The organisation.
    pub brand: &'a Brand,
    /// The sender's language.
    pub language: Language,
    /// What became of it.
    pub kind: ReportKind,
    /// The mail's subject; may be empty.
    pub subject: &'a str,
    /// When it was accepted.
    pub sent_at: Timestamp,
    /// Whom it concerns.
    pub recipients: &'a [ReportRecipient<'a>],
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// It could not be delivered and will not be tried again.
    Returned,
    /// The same, because no connection to the recipient's mail server is as protected as it must be.
    Unprotected,
    /// It is on its way for longer than usual.
    Delayed {
        /// Until when it will be tried.
        tried_until: Timestamp,
        /// Whether another way to the recipient is taken then.
        has_another_way: bool,
    },
    /// It was handed to a server that sends no reports.
    Relayed,
    /// It was delivered.
    Delivered,
}

/// One recipient in a report.
#[derive(Debug, Clone, Copy)]
pub struct ReportRecipient<'a> {
    /// The address.
    pub address: &'a str,
    /// The reason in words, one or more sentences; may be empty.
    pub reason: &'a str,
    /// What the other server said; may be empty.
    pub reply: &'a str,
}

impl Report<'_> {
    /// The mail.
    pub fn mail(&self) -> Mail {
        let (brand, language) = (self.brand, self.language);
        let say = |key| say(language, key);
        let dates = Dates::new(language, &brand.zone);
        let (headline, lead, next) = match self.kind {
            ReportKind::Returned => ("report-returned-subject", say("report-returned"), say("report-returned-next")),
            ReportKind::Unprotected => {
                ("report-returned-subject", say("report-unprotected"), say("report-unprotected-next"))
            }
            ReportKind::Delayed { tried_until, has_another_way } => {
                let next = say(if has_another_way { "report-delayed-next-way" } else { "report-delayed-next" });
                let next = next.with("time", dates.moment(&tried_until));
                ("report-delayed-subject", say("report-delayed"), next)
            }
            ReportKind::Relayed => ("report-relayed-subject", say("report-relayed"), say("report-relayed-next")),
            ReportKind::Delivered => {
                ("report-delivered-subject", say("report-delivered"), say("report-delivered-next"))
            }
        };
        let subject =
            if self.subject.trim().is_empty() { say("subject-none").to_string() } else { self.subject.to_owned() };
        let mut parts = vec![
            Part::Lead(lead.to_string()),
            Part::Facts(vec![
                (say("mail-subject").to_string(), subject.clone()),
                (say("mail-date").to_string(), dates.moment(&self.sent_at)),
            ]),
        ];
        for recipient in self.recipients {
            let mut facts = vec![(say("report-recipient").to_string(), recipient.address.to_owned())];
            if !recipient.reason.is_empty() {
                facts.push((say("report-reason").to_string(), recipient.reason.to_owned()));
            }
            if !recipient.reply.is_empty() {
                facts.push((say("report-reply").to_string(), recipient.reply.to_owned()));
            }
            parts.push(Part::Facts(facts));
        }
        parts.push(Part::Text(next.to_string()));
        parts.push(Part::Quiet(say("report-automatic").to_string()));
        layout::mail(brand, language, &say(headline).with("subject", subject).to_string(), &parts)
    }
}
