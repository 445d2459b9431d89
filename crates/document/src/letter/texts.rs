//! All texts and drawings of a letter, and what of them was found on the pages.

use typst::foundations::{Bytes, NativeElement, Value};
use typst::text::{TextElem, TextItem};
use typst::visualize::{Image, ImageKind};

use super::Part;
use super::origin::Origin;
use crate::flow::is_seen;

/// Texts in the order in which they were given to a template.
#[derive(Default)]
pub(super) struct Texts<'x> {
    all: Vec<Text<'x>>,
    drawings: Vec<Drawing>,
}

/// A drawing is known by its bytes.
struct Drawing {
    part: Part,
    given: Bytes,
    is_found: bool,
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

    /// A drawing as the bytes of an SVG.
    pub(super) fn draw(&mut self, part: Part, svg: String) -> Bytes {
        let given = Bytes::from_string(svg);
        self.drawings.push(Drawing { part, given: given.clone(), is_found: false });
        given
    }

    /// Takes a picture on a page.
    pub(super) fn find_drawing(&mut self, image: &Image) {
        let ImageKind::Svg(image) = image.kind() else { return };
        for drawing in self.drawings.iter_mut().filter(|drawing| drawing.given == *image.data()) {
            drawing.is_found = true;
        }
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
        parts.extend(self.drawings.iter().filter(|drawing| !drawing.is_found).map(|drawing| drawing.part));
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
