//! Pages to read: help, accessibility statement, imprint, privacy [J16].

use askama::Template;

use crate::{
    brand::{Block, Prose},
    page::Page,
    paths,
    words::Phrase,
};

/// Answers to what people ask, written for this organisation.
#[derive(Debug, Template)]
#[template(path = "help.html")]
pub struct Help<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
}

/// A question with its answer.
type Entry<'a> = (Phrase<'a>, Phrase<'a>);

impl<'a> Help<'a> {
    fn topics(&self) -> Vec<(Phrase<'a>, Vec<Entry<'a>>)> {
        let page = self.page;
        let brand = page.brand;
        let organisation = |phrase: Phrase<'a>| phrase.with("organisation", &brand.organisation);
        let address = |phrase: Phrase<'a>| phrase.with("address", &brand.service_address);
        let typed = |phrase: Phrase<'a>| phrase.with("typed", brand.typed_url());
        let genuine = address(typed(page.say("help-genuine-a"))).with("url", &brand.url);
        vec![
            (
                page.say("help-topic-start"),
                vec![
                    (page.say("help-why-q"), organisation(page.say("help-why-a"))),
                    (page.say("help-told-q"), address(page.say("help-told-a"))),
                    (page.say("help-genuine-q"), genuine),
                    (page.say("help-sign-in-q"), typed(page.say("help-sign-in-a"))),
                    (page.say("help-link-q"), address(page.say("help-link-a"))),
                    (page.say("help-password-q"), page.say("help-password-a")),
                    (page.say("help-again-q"), page.say("help-again-a")),
                ],
            ),
            (
                page.say("help-topic-read"),
                vec![
                    (page.say("help-kept-q"), page.say("help-kept-a")),
                    (page.say("help-export-q"), page.say("help-export-a")),
                    (page.say("help-attachment-q"), page.say("help-attachment-a")),
                ],
            ),
            (
                page.say("help-topic-write"),
                vec![
                    (page.say("help-write-q"), organisation(page.say("help-write-a"))),
                    (page.say("help-draft-q"), page.say("help-draft-a")),
                ],
            ),
            (page.say("help-topic-leave"), vec![(page.say("help-delete-q"), page.say("help-delete-a"))]),
        ]
    }
}

/// The accessibility statement.
#[derive(Debug, Template)]
#[template(path = "accessibility.html")]
pub struct Accessibility<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
}

/// The imprint, from the organisation's own text.
#[derive(Debug, Template)]
#[template(path = "imprint.html")]
pub struct Imprint<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The text.
    pub text: &'a Prose,
}

/// The privacy notice, from the organisation's own text.
#[derive(Debug, Template)]
#[template(path = "privacy.html")]
pub struct Privacy<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The text.
    pub text: &'a Prose,
}

super::pages! { Help Accessibility Imprint Privacy }
