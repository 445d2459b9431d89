//! Mails that tell an owner that something about the mailbox's security changed.

use jiff::Timestamp;
use model::Language;

use crate::{
    Brand,
    dates::Dates,
    mails::{
        Mail,
        layout::{self, Part, ending, say},
    },
    paths,
};

/// Tells the owner what changed, and what to do if it was somebody else.
#[derive(Debug, Clone, Copy)]
pub struct SecurityNotice<'a> {
    /// The organisation.
    pub brand: &'a Brand,
    /// The reader's language.
    pub language: Language,
    /// The mailbox's address.
    pub recipient: &'a str,
    /// What happened.
    pub event: SecurityEvent,
    /// When.
    pub at: Timestamp,
}

/// What happened to a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityEvent {
    /// It was activated.
    Activated,
    /// The password was changed.
    PasswordChanged,
    /// The security question was changed.
    QuestionChanged,
    /// It was deleted with all messages.
    MailboxDeleted,
}

impl SecurityNotice<'_> {
    /// The mail.
    pub fn mail(&self) -> Mail {
        let (brand, language) = (self.brand, self.language);
        let say = |key| say(language, key);
        let (headline, lead) = match self.event {
            SecurityEvent::Activated => {
                ("security-activated-subject", say("security-activated").with("typed", brand.typed_url()))
            }
            SecurityEvent::PasswordChanged => ("security-password-subject", say("security-password")),
            SecurityEvent::QuestionChanged => ("security-question-subject", say("security-question")),
            SecurityEvent::MailboxDeleted => ("security-deleted-subject", say("security-deleted")),
        };
        let time = Dates::new(language, &brand.zone).moment(&self.at);
        let lead = lead.with("organisation", &brand.organisation).with("time", time);
        let mut parts = vec![
            Part::Lead(lead.to_string()),
            Part::Facts(vec![(say("mail-for").to_string(), self.recipient.to_owned())]),
            Part::Text(say("security-you").to_string()),
            Part::Text(say("security-not-you").with("organisation", &brand.organisation).to_string()),
        ];
        if self.event != SecurityEvent::MailboxDeleted {
            parts.push(Part::Button {
                label: say("security-button").to_string(),
                link: format!("{}{}", brand.url, paths::INBOX),
                fallback: say("mail-link-plain").to_string(),
            });
        }
        parts.extend(ending(brand, language));
        layout::mail(brand, language, &format!("[{}] {}", brand.tag, say(headline)), &parts)
    }
}
