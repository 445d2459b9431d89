//! Notices: the mails that say a message is waiting [J2, J4].

use jiff::Timestamp;
use model::Language;

use crate::{
    Brand,
    dates::Dates,
    mails::{
        Mail,
        layout::{self, Part, ending, say},
    },
    pages::message::Correspondent,
    words::other_language,
};

/// The notice of the first message: what this is, who wrote, and how to activate the mailbox [J2].
///
/// Nobody has said yet which language the reader wants. So one line in each other language tells what this is, and where to change it.
#[derive(Debug, Clone, Copy)]
pub struct NoticeFirst<'a> {
    /// The organisation.
    pub brand: &'a Brand,
    /// The reader's language.
    pub language: Language,
    /// The address the mailbox is for.
    pub recipient: &'a str,
    /// Who wrote.
    pub sender: Correspondent<'a>,
    /// The message's subject; `None` hides it.
    pub subject: Option<&'a str>,
    /// When the message was sent.
    pub sent_at: Timestamp,
    /// Why it does not come as an ordinary mail.
    pub why: Why,
    /// The activation link, whole.
    pub link: &'a str,
    /// By when to activate.
    pub activate_by: Timestamp,
}

/// Why a message is confidential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The sender marked it so.
    Marked,
    /// A rule of the organisation, for what such messages usually hold.
    Rule,
    /// It answers a confidential message.
    Answer,
}

/// The notice of every later message, with a link straight to it [J4].
#[derive(Debug, Clone, Copy)]
pub struct NoticeLater<'a> {
    /// The organisation.
    pub brand: &'a Brand,
    /// The reader's language.
    pub language: Language,
    /// The mailbox's address.
    pub recipient: &'a str,
    /// Who wrote.
    pub sender: Correspondent<'a>,
    /// The message's subject; `None` hides it.
    pub subject: Option<&'a str>,
    /// When the message was sent.
    pub sent_at: Timestamp,
    /// The link to the message, whole.
    pub link: &'a str,
    /// Until when the message is kept, where an end is set.
    pub kept_until: Option<Timestamp>,
}

impl NoticeFirst<'_> {
    /// The mail.
    pub fn mail(&self) -> Mail {
        let (brand, language) = (self.brand, self.language);
        let say = |key| say(language, key);
        let sender = named(&self.sender);
        let typed = brand.typed_url();
        let why = say(match self.why {
            Why::Marked => "notice-why-marked",
            Why::Rule => "notice-why-rule",
            Why::Answer => "notice-why-answer",
        });
        let date = Dates::new(language, &brand.zone).day(&self.activate_by);
        let other = other_language(language);
        let mut parts = vec![
            Part::Lead(say("notice-first-lead").with("sender", sender).to_string()),
            Part::Other {
                language: other,
                text: layout::say(other, "notice-first-other").with("sender", sender).to_string(),
            },
            facts(brand, language, &self.sender, self.subject, &self.sent_at, Some(self.recipient)),
            Part::Text(say("notice-first-where").with("organisation", &brand.organisation).to_string()),
            Part::Button {
                label: say("notice-first-button").to_string(),
                link: self.link.to_owned(),
                fallback: say("mail-link-plain").to_string(),
            },
            Part::Text(say("notice-first-until").with("date", date).to_string()),
            Part::Heading(say("notice-first-steps").to_string()),
            Part::Steps(
                [
                    "notice-first-step-open",
                    "notice-first-step-password",
                    "notice-first-step-question",
                    "notice-first-step-read",
                ]
                .map(|key| say(key).to_string())
                .into(),
            ),
            Part::Quiet(why.with("sender", sender).to_string()),
            Part::Quiet(say("notice-first-without").with("typed", typed).to_string()),
        ];
        parts.extend(ending(brand, language));
        let subject = say("notice-first-subject").with("sender", sender);
        layout::mail(brand, language, &format!("[{}] {subject}", brand.tag), &parts)
    }
}

impl NoticeLater<'_> {
    /// The mail. Its subject is the tag and the message's own, where that may be shown.
    pub fn mail(&self) -> Mail {
        let (brand, language) = (self.brand, self.language);
        let say = |key| say(language, key);
        let sender = named(&self.sender);
        let mut parts = vec![
            Part::Lead(say("notice-later-lead").with("sender", sender).to_string()),
            facts(brand, language, &self.sender, self.subject, &self.sent_at, None),
            Part::Button {
                label: say("notice-later-button").to_string(),
                link: self.link.to_owned(),
                fallback: say("mail-link-plain").to_string(),
            },
            Part::Quiet(say("notice-later-sign-in").to_string()),
        ];
        if let Some(until) = &self.kept_until {
            let date = Dates::new(language, &brand.zone).day(until);
            parts.push(Part::Quiet(say("notice-later-kept").with("date", date).to_string()));
        }
        parts.push(Part::Quiet(say("notice-later-without").with("typed", brand.typed_url()).to_string()));
        parts.extend(ending(brand, language));
        let subject = match self.subject {
            Some(subject) if !subject.trim().is_empty() => subject.to_owned(),
            _ => say("notice-later-subject-hidden").with("sender", sender).to_string(),
        };
        layout::mail(brand, language, &format!("[{}] {subject}", brand.tag), &parts)
    }
}

/// The name, or the address where no name is known.
const fn named<'a>(who: &Correspondent<'a>) -> &'a str {
    if who.name.is_empty() { who.address } else { who.name }
}

fn facts(
    brand: &Brand,
    language: Language,
    sender: &Correspondent<'_>,
    subject: Option<&str>,
    sent_at: &Timestamp,
    recipient: Option<&str>,
) -> Part {
    let say = |key| say(language, key).to_string();
    let from = if sender.name.is_empty() {
        sender.address.to_owned()
    } else {
        format!("{} <{}>", sender.name, sender.address)
    };
    let mut facts = vec![(say("mail-from"), from)];
    if let Some(subject) = subject {
        let subject = if subject.trim().is_empty() { say("subject-none") } else { subject.to_owned() };
        facts.push((say("mail-subject"), subject));
    }
    facts.push((say("mail-date"), Dates::new(language, &brand.zone).moment(sent_at)));
    facts.extend(recipient.map(|recipient| (say("mail-for"), recipient.to_owned())));
    Part::Facts(facts)
}
