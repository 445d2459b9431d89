//! The letter that tells somebody by paper that electronic post was stopped.

use jiff::Timestamp;

use super::{Ground, LetterText, Part};

/// A mailbox was locked [T7].
#[derive(Debug, Clone, Copy)]
pub struct LockNotice<'a> {
    /// What it stands on.
    pub ground: Ground<'a>,
    /// The e-mail address of the mailbox.
    pub address: &'a str,
    /// When it was locked.
    pub locked_at: Timestamp,
    /// Why.
    pub reason: LockReason,
}

/// Why a mailbox was locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockReason {
    /// Somebody else may have got in, or may be trying to.
    Misuse,
    /// Its owner asked for it.
    Asked,
}

impl LockNotice<'_> {
    /// The letter.
    pub fn text(&self) -> LetterText {
        let ground = &self.ground;
        let say = |key| ground.say(key).to_string();
        let why = match self.reason {
            LockReason::Misuse => "letter-lock-misuse",
            LockReason::Asked => "letter-lock-asked",
        };
        let lead = ground.say("letter-lock-lead").with("address", self.address);
        let mut body = vec![
            Part::Paragraph(lead.with("time", ground.dates().moment(&self.locked_at)).to_string()),
            Part::Paragraph(say(why)),
            Part::Heading(say("letter-lock-means")),
            Part::List(vec![say("letter-lock-nobody"), say("letter-lock-kept"), say("letter-lock-paper")]),
            Part::Heading(say("letter-lock-do")),
            Part::Paragraph(say("letter-lock-open")),
        ];
        body.extend(ground.whom_to_ask());
        ground.letter(&say("letter-lock-subject"), body)
    }
}
