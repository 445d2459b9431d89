//! How wide lines are that must fit before anything is set.

use typst::layout::Abs;
use typst::text::{Font, FontInstance, FontVariant, FontVariations};

use super::geometry::LINE_WIDTH;
use super::{Letter, LetterError, Part};
use crate::flow::is_seen;
use crate::fonts::Fonts;
use crate::limits::{ADDITIONS_POINTS, ADDRESS_POINTS};

/// Millimetres of a point.
const POINT: f64 = 25.4 / 72.0;

/// Sizes of letters in points that make all lines fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sizes {
    pub address: f64,
    pub return_line: f64,
    pub additions: f64,
}

/// Widths of the letters of the built-in address font.
pub(crate) struct Ruler(FontInstance);

impl Ruler {
    /// Of the first font of the crate, which has the widths of Arial.
    pub(crate) fn new(fonts: &Fonts) -> Option<Self> {
        let is_plain =
            |font: &&Font| font.info().family == "Liberation Sans" && font.info().variant == FontVariant::default();
        let font = fonts.all.iter().find(is_plain)?.clone();
        Some(Self(font.instantiate(FontVariant::default(), Abs::pt(ADDRESS_POINTS[0]), &FontVariations::default())))
    }

    /// The sizes in which all lines of the address field fit.
    pub(super) fn sizes(&self, letter: &Letter) -> Result<Sizes, LetterError> {
        let lines =
            letter.address.iter().enumerate().map(|(index, line)| (Part::AddressLine(index + 1), line.as_str()));
        let additions =
            letter.additions.iter().enumerate().map(|(index, line)| (Part::Addition(index + 1), line.as_str()));
        Ok(Sizes {
            address: self.size(lines, ADDRESS_POINTS)?,
            return_line: self.size([(Part::ReturnLine, letter.return_line.as_str())], ADDITIONS_POINTS)?,
            additions: self.size(additions, ADDITIONS_POINTS)?,
        })
    }

    fn size<'x>(
        &self,
        lines: impl IntoIterator<Item = (Part, &'x str)>,
        [wished, least]: [f64; 2],
    ) -> Result<f64, LetterError> {
        let mut size = wished;
        for (part, line) in lines {
            let ems = self.ems(part, line)?;
            let fitting = LINE_WIDTH / (ems * POINT);
            if fitting < least {
                return Err(LetterError::TooWide { part, width: ems * POINT * least, most: LINE_WIDTH, points: least });
            }
            size = size.min(fitting);
        }
        // Whole quarters of points: letters of one brand look alike.
        Ok(((size * 4.0).floor() / 4.0).max(least))
    }

    /// The width of a line in sizes of its letters.
    fn ems(&self, part: Part, line: &str) -> Result<f64, LetterError> {
        let mut width = 0.0;
        for letter in line.chars() {
            let glyph = self.0.ttf().glyph_index(letter).and_then(|glyph| self.0.x_advance(glyph.0));
            match glyph {
                Some(advance) if is_seen(letter) || letter.is_whitespace() => width += advance.get(),
                None if is_seen(letter) => return Err(LetterError::Letter { part, letter }),
                _ => {}
            }
        }
        Ok(width)
    }
}
