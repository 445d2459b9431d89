//! Setting a letter, proving that all of it is where it belongs, and writing it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use typst::foundations::Dict;
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard};

use super::measure::Ruler;
use super::template::{Template, said};
use super::window::Finding;
use super::{AddressBlock, AddressPage, Conformance, Letter, LetterError, LetterPages, value};
use crate::fonts::Fonts;
use crate::limits::LETTER_PAGES_MAX;
use crate::typesetter::{Typesetter, written};
use crate::world::Page;

/// Letters after which the typesetter forgets what none of them used again. What all letters of a batch share is made once, and
/// forgetting takes time, so it is done now and then.
const REMEMBERED_LETTERS: usize = 16;

/// What letters need beside the fonts, made once.
pub(crate) struct LetterTools {
    template: Template,
    address: Template,
    ruler: Ruler,
    /// How many were set.
    count: AtomicUsize,
}

impl LetterTools {
    pub(crate) fn new(fonts: &Arc<Fonts>) -> Result<Self, LetterError> {
        let ruler =
            Ruler::new(fonts).ok_or_else(|| LetterError::Typesetter("the font of addresses is missing".into()))?;
        let built_in = |text| Template::built_in(text, fonts);
        let template = built_in(include_str!("../../templates/letter.typ"))?;
        let address = built_in(include_str!("../../templates/address.typ"))?;
        Ok(Self { template, address, ruler, count: AtomicUsize::new(0) })
    }
}

impl Typesetter {
    /// Sets a letter by the template of this crate, or by the brand's own.
    ///
    /// The finished pages are checked whatever the template did: see [`crate::letter`].
    pub fn letter(&self, letter: &Letter, template: Option<&Template>) -> Result<LetterPages, LetterError> {
        letter.check()?;
        let tools = self.letters.as_ref().map_err(Clone::clone)?;
        let set = tools.set(letter, template.unwrap_or(&tools.template));
        tools.forget();
        set
    }

    /// Sets what stands in the address field, and nothing else.
    pub fn address(&self, block: &AddressBlock) -> Result<AddressPage, LetterError> {
        let letter = block.letter();
        letter.check_field()?;
        let tools = self.letters.as_ref().map_err(Clone::clone)?;
        let set = tools.set_address(&letter);
        tools.forget();
        Ok(AddressPage { form: block.form, pdf: set? })
    }
}

impl LetterTools {
    fn forget(&self) {
        if self.count.fetch_add(1, Ordering::Relaxed).is_multiple_of(REMEMBERED_LETTERS) {
            typst::comemo::evict(1);
        }
    }

    fn set(&self, letter: &Letter, template: &Template) -> Result<LetterPages, LetterError> {
        let (page, document) = self.lay_out(letter, template)?;
        let options = written(&letter.id, letter.stamp, PdfStandard::A_2a).map_err(LetterError::Typesetter)?;
        let pdf = typst_pdf::pdf(&document, &options).map_err(|errors| said(&page, &errors))?;
        Ok(LetterPages { pdf, count: document.pages().len(), conformance: Conformance::Archive })
    }

    /// A drawing for another page has no tags of its own.
    fn set_address(&self, letter: &Letter) -> Result<Vec<u8>, LetterError> {
        let (page, document) = self.lay_out(letter, &self.address)?;
        let options = PdfOptions { tagged: false, ..PdfOptions::default() };
        typst_pdf::pdf(&document, &options).map_err(|errors| said(&page, &errors))
    }

    /// Pages on which all is where it belongs.
    fn lay_out(&self, letter: &Letter, template: &Template) -> Result<(Page, PagedDocument), LetterError> {
        let sizes = self.ruler.sizes(letter)?;
        let (inputs, texts) = value::dict(letter, sizes, template.images.clone())?;
        let page = Page {
            library: LazyHash::new(library(inputs)),
            fonts: Arc::clone(&template.fonts),
            template: template.source.clone(),
        };
        let document: PagedDocument = typst::compile(&page).output.map_err(|errors| said(&page, &errors))?;
        let count = document.pages().len();
        if count > LETTER_PAGES_MAX {
            return Err(LetterError::Pages(count));
        }
        Finding::of(&document).check(letter, texts)?;
        Ok((page, document))
    }
}

fn library(inputs: Dict) -> Library {
    // Cells of tables that are the heads of their rows.
    let features = [Feature::A11yExtras].into_iter().collect();
    Library::builder().with_inputs(inputs).with_features(features).build()
}
