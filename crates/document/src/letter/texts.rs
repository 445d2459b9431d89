//! All texts of a letter, each with where it comes from, and what of them was found on the pages.

use typst::foundations::{NativeElement, Value};
use typst::text::{TextElem, TextItem};

use super::Part;
use super::origin::Origin;
use crate::flow::is_seen;

/// Texts in the order in which they were given to a template.
#[derive(Default)]
pub(super) struct Texts<'x> {
    all: Vec<Text<'x>>,
}

struct Text<'x> {
    part: Part,
    given: &'x str,
    /// For each byte whether it was found.
    found: Vec<bool>,
}

impl<'x> Texts<'x> {
    /// A text as content that carries where it comes from.
    pub(super) fn give(&mut self, part: Part, given: &'x str) -> Value {
        let origin = Origin::Text(self.all.len());
        self.all.push(Text { part, given, found: vec![false; given.len()] });
        marked(given, origin)
    }

    /// Takes what a text on a page says.
    pub(super) fn find(&mut self, item: &TextItem) {
        for glyph in &item.glyphs {
            let Some(Origin::Text(number)) = Origin::of(glyph.span.0) else { continue };
            let Some(text) = self.all.get_mut(number) else { continue };
            let words = item.text.get(glyph.range()).unwrap_or_default();
            let from = usize::from(glyph.span.1);
            let place = from..from + words.len();
            if text.given.get(place.clone()) == Some(words) {
                text.found.get_mut(place).into_iter().flatten().for_each(|found| *found = true);
            }
        }
    }

    /// The parts that are not on the pages in full.
    pub(super) fn missing(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = self.all.iter().filter(|text| !text.is_whole()).map(|text| text.part).collect();
        parts.dedup();
        parts
    }
}

impl Text<'_> {
    fn is_whole(&self) -> bool {
        let mut letters = self.given.char_indices().filter(|(_, letter)| is_seen(*letter));
        letters.all(|(at, _)| self.found.get(at).copied().unwrap_or_default())
    }
}

/// A text as content that carries its origin.
pub(super) fn marked(text: &str, origin: Origin) -> Value {
    Value::Content(TextElem::new(text.into()).pack().spanned(origin.span()))
}
