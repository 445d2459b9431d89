//! A message on paper: with all its facts, without navigation, as plain text or as its sender formatted it [J9].

use askama::Template;
use jiff::Timestamp;

use crate::{
    page::Page,
    pages::message::{Attachment, Body, Correspondent, Event, Nested, Opened},
    paths,
    words::Phrase,
};

/// A message arranged for paper as plain text: no navigation, all facts.
#[derive(Debug, Template)]
#[template(path = "print.html")]
pub struct Print<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// What was opened, with its text.
    pub opened: Opened<'a>,
}

/// A message arranged for paper as its sender formatted it.
///
/// A frame has a height and is cut off there on paper. So here the cleaned HTML stands in the page itself, and the page is one that has nothing to
/// lose: the caller gives it a content policy with `sandbox`, so that it has no origin, no script, no form, and nothing is fetched. It brings its own
/// style, because such a page is not given the portal's. What the portal says around the mail (who wrote, when, about what) is guarded by
/// styles of its own that no style sheet of the mail outweighs, and the mail keeps its place and is clipped to it: it cannot print as if somebody else
/// had sent it.
#[derive(Debug, Template)]
#[template(path = "print_formatted.html")]
pub struct PrintFormatted<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// What was opened.
    pub opened: Opened<'a>,
    /// The cleaned HTML of the message.
    pub html: &'a str,
}

/// Undoes whatever a style sheet says of an element: what is important in its own `style` outweighs every sheet (CSS Cascade 4 section 6.1).
const GUARD: &str = "all:initial!important;direction:ltr!important;color:#000!important;";

impl PrintFormatted<'_> {
    /// What stands above the mail, one line each.
    fn facts(&self) -> Vec<(Phrase<'_>, Vec<String>)> {
        let opened = &self.opened;
        let people = |people: &[Correspondent<'_>]| people.iter().map(Correspondent::in_words).collect::<Vec<_>>();
        let mut facts = vec![
            (self.page.say("fact-from"), vec![opened.from.in_words()]),
            (self.page.say("fact-to"), people(opened.to)),
            (self.page.say("fact-cc"), people(opened.cc)),
            (self.page.say("fact-date"), vec![self.page.dates().moment(&opened.at)]),
        ];
        facts.extend(
            opened
                .progress
                .map(|progress| (self.page.say("fact-progress"), vec![progress.text(self.page).to_string()])),
        );
        facts.extend(opened.events.iter().map(|event| event.in_words(self.page)));
        facts.retain(|(_, values)| !values.is_empty());
        facts
    }
}

impl Correspondent<'_> {
    fn in_words(&self) -> String {
        if self.name.is_empty() { self.address.to_owned() } else { format!("{} <{}>", self.name, self.address) }
    }
}

impl Nested<'_> {
    /// What stands above it, one line each.
    fn facts<'p>(&self, page: &Page<'p>) -> Vec<(Phrase<'p>, String)> {
        let subject =
            if self.subject.is_empty() { page.say("subject-none").to_string() } else { self.subject.to_owned() };
        let mut facts = vec![(page.say("fact-from"), self.from.in_words()), (page.say("fact-subject"), subject)];
        facts.extend(self.at.map(|at| (page.say("fact-date"), page.dates().moment(&at))));
        facts
    }
}

impl Event<'_> {
    fn in_words<'p>(&self, page: &Page<'p>) -> (Phrase<'p>, Vec<String>) {
        let moment = |at: &Option<Timestamp>| at.as_ref().map(|at| page.dates().moment(at));
        let words =
            [Some(self.title.to_owned()), moment(&self.starts_at), moment(&self.ends_at), Some(self.place.to_owned())];
        let name = if self.cancelled { page.say("event-cancelled") } else { page.say("event-title") };
        (name, words.into_iter().flatten().filter(|word| !word.is_empty()).collect())
    }
}

impl Attachment<'_> {
    fn shown_name(&self, page: &Page<'_>) -> String {
        match self.name {
            "" => page.say("attachment-nameless").with("number", self.number + 1).to_string(),
            name => name.to_owned(),
        }
    }
}

super::pages! { Print PrintFormatted }
