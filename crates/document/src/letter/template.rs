//! Templates of letters: ours, and what a brand has instead.

use std::collections::BTreeMap;
use std::sync::Arc;

use typst::WorldExt;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Bytes, Dict, Value};
use typst::syntax::Source;
use typst::text::Font;

use super::LetterError;
use crate::fonts::Fonts;
use crate::limits::{TEMPLATE_BYTES_MAX, TEMPLATE_FILES_BYTES_MAX};
use crate::typesetter::Typesetter;
use crate::world::{self, Page};

/// A template of letters, with its fonts and images, ready to be used for many.
///
/// It is a text in the language of the typesetter (Typst) that finds the letter in `sys.inputs`. It can read no file, load no package
/// and reach no network; what it needs is given with it. `templates/README.md` lists what it finds.
#[derive(Clone)]
pub struct Template {
    pub(super) source: Source,
    pub(super) fonts: Arc<Fonts>,
    pub(super) images: Dict,
}

impl std::fmt::Debug for Template {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Template").finish_non_exhaustive()
    }
}

impl Template {
    /// A template of this crate.
    pub(super) fn built_in(text: &str, fonts: &Arc<Fonts>) -> Result<Self, LetterError> {
        Self::of(text, Arc::clone(fonts), Dict::new())
    }

    fn of(text: &str, fonts: Arc<Fonts>, images: Dict) -> Result<Self, LetterError> {
        let id = world::id("/letter.typ").ok_or_else(|| LetterError::Typesetter("the template has no path".into()))?;
        Ok(Self { source: Source::new(id, text.to_owned()), fonts, images })
    }
}

impl Typesetter {
    /// Makes a template of a brand's text, fonts (TrueType or OpenType) and images, which the text finds in `sys.inputs.images` by their names.
    ///
    /// Whether the text works shows when it is used.
    pub fn template(
        &self,
        text: &str,
        fonts: &[Vec<u8>],
        images: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Template, LetterError> {
        let refused = |words: String| Err(LetterError::TemplateFile(words));
        if text.len() > TEMPLATE_BYTES_MAX {
            return refused(format!("text has {} bytes, more than {TEMPLATE_BYTES_MAX}", text.len()));
        }
        let bytes: usize = fonts.iter().chain(images.values()).map(Vec::len).sum();
        if bytes > TEMPLATE_FILES_BYTES_MAX {
            return refused(format!("fonts and images have {bytes} bytes, more than {TEMPLATE_FILES_BYTES_MAX}"));
        }
        let mut brand = Vec::new();
        for (index, font) in fonts.iter().enumerate() {
            let before = brand.len();
            brand.extend(Font::iter(Bytes::new(font.clone())));
            if brand.len() == before {
                return refused(format!("font {} is none", index + 1));
            }
        }
        let fonts = if brand.is_empty() { Arc::clone(&self.fonts) } else { Arc::new(self.fonts.behind(brand)) };
        let images = images.iter().map(|(name, image)| (name.as_str().into(), Value::Bytes(Bytes::new(image.clone()))));
        Template::of(text, fonts, images.collect())
    }
}

/// What the typesetter says of a template, and where.
pub(super) fn said(page: &Page, errors: &[SourceDiagnostic]) -> LetterError {
    let Some(error) = errors.first() else { return LetterError::Typesetter(String::new()) };
    let mut words = error.message.to_string();
    for hint in &error.hints {
        words.push_str(" (");
        words.push_str(&hint.v);
        words.push(')');
    }
    let is_here = error.span.id() == Some(page.template.id());
    let place = is_here.then(|| page.range(error.span)).flatten();
    let place = place.and_then(|range| page.template.lines().byte_to_line_column(range.start));
    let (line, column) = place.map_or((0, 0), |(line, column)| (line + 1, column + 1));
    LetterError::Template { line, column, words }
}
