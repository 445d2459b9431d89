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
    words::Phrase,
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
    /// The mail's subject, which may be empty; `None` where it cannot be read any more.
    pub subject: Option<&'a str>,
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
    /// It came back unread, because its recipient could not be told of it.
    Untold {
        /// Why not.
        why: Untold,
        /// Whether another way was planned that could not be taken, because the server cannot read the mail any more.
        way_closed: bool,
    },
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

/// Why a recipient could not be told of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untold {
    /// The address does not take the notice.
    Refused,
    /// The notice could not be handed over in time.
    Late,
    /// No server for the address takes the notice on a connection that is protected as required.
    Unprotected,
    /// An earlier notice to the address was refused.
    RefusedBefore,
    /// The recipient objected to notices.
    Objected,
}

/// One recipient in a report.
#[derive(Debug, Clone, Copy)]
pub struct ReportRecipient<'a> {
    /// The address.
    pub address: &'a str,
    /// The reason in words, one or more sentences; may be empty, and is not shown where the kind of the report says it.
    pub reason: &'a str,
    /// What the other server said; may be empty.
    pub reply: &'a str,
}

impl Untold {
    fn words(self, language: Language) -> Phrase<'static> {
        say(
            language,
            match self {
                Self::Refused => "report-untold-refused",
                Self::Late => "report-untold-late",
                Self::Unprotected => "report-untold-unprotected",
                Self::RefusedBefore => "report-untold-refused-before",
                Self::Objected => "report-untold-objected",
            },
        )
    }
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
            ReportKind::Untold { .. } => ("report-returned-subject", say("report-untold"), say("report-untold-next")),
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
        let mut facts = vec![(say("mail-date").to_string(), dates.moment(&self.sent_at))];
        let subject = match self.subject {
            None => say("report-subject-sealed").with("time", dates.moment(&self.sent_at)).to_string(),
            Some(subject) => {
                let empty = subject.trim().is_empty();
                let shown = if empty { say("subject-none").to_string() } else { subject.to_owned() };
                facts.insert(0, (say("mail-subject").to_string(), shown.clone()));
                shown
            }
        };
        let mut parts = vec![Part::Lead(lead.to_string()), Part::Facts(facts)];
        for recipient in self.recipients {
            let mut facts = vec![(say("report-recipient").to_string(), recipient.address.to_owned())];
            let reason = match self.kind {
                ReportKind::Untold { why, .. } => why.words(language).to_string(),
                _ => recipient.reason.to_owned(),
            };
            if !reason.is_empty() {
                facts.push((say("report-reason").to_string(), reason));
            }
            if !recipient.reply.is_empty() {
                facts.push((say("report-reply").to_string(), recipient.reply.to_owned()));
            }
            parts.push(Part::Facts(facts));
        }
        if matches!(self.kind, ReportKind::Untold { way_closed: true, .. }) {
            parts.push(Part::Text(say("report-untold-way").to_string()));
        }
        parts.push(Part::Text(next.to_string()));
        if self.subject.is_none() {
            parts.push(Part::Quiet(say("report-sealed").to_string()));
        }
        parts.push(Part::Quiet(say("report-automatic").to_string()));
        layout::mail(brand, language, &say(headline).with("subject", subject).to_string(), &parts)
    }
}
