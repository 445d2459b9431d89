//! The fonts that are linked in. Their sources and licences are listed in `fonts/README.md`.

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

macro_rules! files {
    ($($name:literal),* $(,)?) => { [$(include_bytes!(concat!("../fonts/", $name)).as_slice()),*] };
}

/// In the order in which the typesetter looks for a family; the last one has a box for every letter.
static FILES: [&[u8]; 24] = files![
    "LiberationSans-Regular.ttf",
    "LiberationSans-Bold.ttf",
    "LiberationSans-Italic.ttf",
    "LiberationSans-BoldItalic.ttf",
    "LiberationSerif-Regular.ttf",
    "LiberationSerif-Bold.ttf",
    "LiberationSerif-Italic.ttf",
    "LiberationSerif-BoldItalic.ttf",
    "LiberationMono-Regular.ttf",
    "LiberationMono-Bold.ttf",
    "LiberationMono-Italic.ttf",
    "LiberationMono-BoldItalic.ttf",
    "Carlito-Regular.ttf",
    "Carlito-Bold.ttf",
    "Carlito-Italic.ttf",
    "Carlito-BoldItalic.ttf",
    "Caladea-Regular.ttf",
    "Caladea-Bold.ttf",
    "Caladea-Italic.ttf",
    "Caladea-BoldItalic.ttf",
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "NotoEmoji-Regular.ttf",
    "Box.ttf",
];

/// Fonts and what is known of them.
pub(crate) struct Fonts {
    pub all: Vec<Font>,
    pub book: LazyHash<FontBook>,
}

impl Fonts {
    pub(crate) fn load() -> Self {
        Self::of(FILES.iter().flat_map(|file| Font::iter(Bytes::new(*file))).collect())
    }

    /// With fonts of a brand before them.
    pub(crate) fn behind(&self, brand: Vec<Font>) -> Self {
        Self::of(brand.into_iter().chain(self.all.iter().cloned()).collect())
    }

    fn of(all: Vec<Font>) -> Self {
        let book = LazyHash::new(FontBook::from_fonts(&all));
        Self { all, book }
    }
}
