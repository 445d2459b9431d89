//! What is added below a customer's message when it goes to the organisation as an ordinary mail [J10].

use model::Language;

use crate::Brand;

/// Says to the organisation's employee where the mail comes from and that answering is as always.
#[derive(Debug, Clone, Copy)]
pub struct ReplyFooter<'a> {
    /// The organisation.
    pub brand: &'a Brand,
    /// The organisation's language.
    pub language: Language,
    /// The customer's address.
    pub customer: &'a str,
}

/// The footer, to be put below the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// As plain text, lines ended by `\n`, signature mark included.
    pub text: String,
    /// As a piece of HTML.
    pub html: String,
}

impl ReplyFooter<'_> {
    /// The footer.
    pub fn footer(&self) -> Footer {
        Footer { text: String::new(), html: String::new() }
    }
}
