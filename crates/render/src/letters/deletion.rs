//! The receipt for a mailbox that was deleted.

use jiff::Timestamp;

use super::{Ground, LetterText, Line, Part};

/// A mailbox was deleted: what is left of it, without content [R4].
#[derive(Debug, Clone, Copy)]
pub struct DeletionReceipt<'a> {
    /// What it stands on. Its reference is the number of the receipt.
    pub ground: Ground<'a>,
    /// The e-mail address the mailbox had.
    pub address: &'a str,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// How many messages were deleted with it.
    pub messages: u64,
    /// The entry in the log of the house that says so.
    pub entry: &'a str,
}

impl DeletionReceipt<'_> {
    /// The letter.
    pub fn text(&self) -> LetterText {
        let ground = &self.ground;
        let say = |key| ground.say(key);
        let body = vec![
            Part::Paragraph(say("letter-deletion-lead").to_string()),
            Part::Table(vec![
                Line::new(&say("letter-mailbox"), &self.address),
                Line::new(&say("letter-deletion-at"), &ground.dates().moment(&self.deleted_at)),
                Line::new(&say("letter-deletion-messages"), &self.messages),
                Line::new(&say("letter-entry"), &self.entry),
            ]),
            Part::Paragraph(say("letter-deletion-keys").to_string()),
            Part::Paragraph(say("letter-deletion-keep").to_string()),
        ];
        ground.letter(&say("letter-deletion-subject"), body)
    }
}
