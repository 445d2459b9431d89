//! The letter that confirms that somebody gets paper again.

use jiff::Timestamp;

use super::{Ground, LetterText, Part};

/// Consent to electronic post was withdrawn.
#[derive(Debug, Clone, Copy)]
pub struct WithdrawalConfirmation<'a> {
    /// What it stands on.
    pub ground: Ground<'a>,
    /// The e-mail address of the mailbox.
    pub address: &'a str,
    /// When it was withdrawn.
    pub withdrawn_at: Timestamp,
    /// Until when what lies in the mailbox can be read there.
    pub kept_until: Timestamp,
}

impl WithdrawalConfirmation<'_> {
    /// The letter.
    pub fn text(&self) -> LetterText {
        let ground = &self.ground;
        let (day, until) = (ground.dates().day(&self.withdrawn_at), ground.dates().day(&self.kept_until));
        let mut body = vec![
            Part::Paragraph(ground.organisation("letter-withdrawal-lead").with("date", day).to_string()),
            Part::List(vec![
                ground.say("letter-withdrawal-paper").to_string(),
                ground.say("letter-withdrawal-kept").with("address", self.address).with("date", until).to_string(),
                ground.say("letter-withdrawal-again").to_string(),
            ]),
        ];
        body.extend(ground.whom_to_ask());
        ground.letter(&ground.say("letter-withdrawal-subject"), body)
    }
}
