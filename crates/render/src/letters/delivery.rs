//! The record of a delivery, to be handed out.

use jiff::Timestamp;

use super::{Ground, LetterText, Line, Part};

/// What became of a message, step by step, without what it says [D6].
#[derive(Debug, Clone, Copy)]
pub struct DeliveryRecord<'a> {
    /// What it stands on.
    pub ground: Ground<'a>,
    /// The id of the delivery.
    pub delivery: &'a str,
    /// The id its sender gave the message, if it had one.
    pub message_id: Option<&'a str>,
    /// To whom.
    pub recipient: &'a str,
    /// The size of the message, in bytes.
    pub size_bytes: u64,
    /// What happened, in this order.
    pub steps: &'a [Step<'a>],
}

/// A step of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    /// When.
    pub at: Timestamp,
    /// What happened, as a sentence.
    pub what: &'a str,
}

impl DeliveryRecord<'_> {
    /// The letter.
    pub fn text(&self) -> LetterText {
        let ground = &self.ground;
        let say = |key| ground.say(key);
        let size = crate::sizes::Size(self.size_bytes).text(ground.language);
        let mut facts = vec![
            Line::new(&say("letter-record-delivery"), &self.delivery),
            Line::new(&say("fact-to"), &self.recipient),
        ];
        facts.extend(self.message_id.map(|id| Line::new(&say("letter-record-message"), &id)));
        facts.push(Line::new(&say("letter-record-size"), &size));
        let steps = self.steps.iter().map(|step| Line::new(&ground.dates().moment(&step.at), &step.what));
        let body = vec![
            ground.paragraph("letter-record-lead"),
            Part::Table(facts),
            Part::Heading(say("letter-record-steps").to_string()),
            Part::Table(steps.collect()),
            Part::Paragraph(say("letter-record-content").to_string()),
        ];
        ground.letter(&say("letter-record-subject"), body)
    }
}
