//! What is added below a customer's message when it goes to the organisation as an ordinary mail [J10].

use askama::Template;
use model::Language;

use crate::{
    Brand,
    mails::layout::{say, wrap},
    page::draw,
};

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
        let sentence = say(self.language, "footer-reply")
            .with("customer", self.customer)
            .with("organisation", &self.brand.organisation)
            .to_string();
        let mut text = String::from("-- \n");
        wrap(&mut text, &sentence, "", "");
        Footer { html: draw(&Paragraph { sentence: &sentence }), text }
    }
}

#[derive(Template)]
#[template(
    source = r#"<hr style="border:0;border-top:1px solid #ddd5c5"><p style="font-size:14px;color:#5f584c">{{ sentence }}</p>"#,
    ext = "html"
)]
struct Paragraph<'a> {
    sentence: &'a str,
}
