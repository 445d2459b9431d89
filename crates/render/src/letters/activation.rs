//! The letter with the code that opens a mailbox for the first time.

use jiff::Timestamp;

use super::{Ground, LetterText, Part};

/// A code by a second way: only who gets post at this address can activate the mailbox [L3].
#[derive(Debug, Clone, Copy)]
pub struct Activation<'a> {
    /// What it stands on.
    pub ground: Ground<'a>,
    /// The e-mail address of the mailbox.
    pub address: &'a str,
    /// The code, as it is typed.
    pub code: &'a str,
    /// The page that asks for the code, as it is typed into a browser.
    pub page: &'a str,
    /// The address that a telephone opens: the page, with the code.
    pub link: &'a str,
    /// Until when the code is good.
    pub valid_until: Timestamp,
}

impl Activation<'_> {
    /// The letter.
    pub fn text(&self) -> LetterText {
        let ground = &self.ground;
        let say = |key| ground.say(key).to_string();
        let mut body = vec![
            Part::Paragraph(ground.say("letter-activation-lead").with("address", self.address).to_string()),
            Part::Heading(say("letter-activation-how")),
            Part::Steps(vec![
                ground.say("letter-activation-open").with("page", self.page).to_string(),
                say("letter-activation-type"),
                say("letter-activation-choose"),
            ]),
            Part::Code { label: say("letter-activation-code"), code: self.code.to_owned() },
            Part::Qr { text: self.link.to_owned(), alt: say("letter-activation-qr") },
            Part::Paragraph(
                ground.say("letter-activation-until").with("date", ground.dates().day(&self.valid_until)).to_string(),
            ),
            ground.paragraph("letter-activation-unasked"),
        ];
        body.extend(ground.whom_to_ask());
        ground.letter(&ground.organisation("letter-activation-subject"), body)
    }
}
