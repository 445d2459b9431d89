//! What stands on finished pages, and whether it may stand there.
//!
//! An envelope has a window over the address field, and paper moves in it by up to [`SHIFT`]. What is drawn there (letters, lines, areas,
//! pictures, whatever their colour) must be the address zone's own and nothing else. It is not told apart by where it stands, nor by
//! anything a template could say of it: every glyph of a text carries its [`Origin`], which
//! only this crate can give.

mod drawn;
mod line;

use typst_layout::PagedDocument;

use super::geometry::{
    ADDITIONS_HEIGHT, FIELD_HEIGHT, FIELD_LEFT, FIELD_WIDTH, LetterForm, PAGE_HEIGHT, PAGE_WIDTH, SHIFT, UNPRINTABLE,
};
use super::origin::Origin;
use super::texts::Texts;
use super::{Letter, LetterError, Part, Violation};
use crate::limits::{ADDITIONS_POINTS, ADDRESS_POINTS, ADDRESS_POINTS_MAX};
use drawn::{Drawn, What};
use line::{Limits, Lines};

/// Violations that are told at once.
const TOLD_MAX: usize = 8;
/// Millimetres that do not count: half a hair.
const HAIR: f64 = 0.05;

/// A rectangle on a page, in millimetres from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    fn meets(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    fn holds(&self, other: &Self) -> bool {
        self.left - HAIR <= other.left
            && self.top - HAIR <= other.top
            && other.right <= self.right + HAIR
            && other.bottom <= self.bottom + HAIR
    }

    fn around(&self, distance: f64) -> Self {
        Self {
            left: self.left - distance,
            top: self.top - distance,
            right: self.right + distance,
            bottom: self.bottom + distance,
        }
    }

    fn violation(&self, page: usize, what: String) -> Violation {
        let rounded = |length: f64| (length * 10.0).round() / 10.0;
        Violation { page, x: rounded(self.left), y: rounded(self.top), what }
    }
}

/// The address field.
pub(crate) fn field(form: LetterForm) -> Area {
    let top = form.field_top();
    Area { left: FIELD_LEFT, top, right: FIELD_LEFT + FIELD_WIDTH, bottom: top + FIELD_HEIGHT }
}

/// All that may be seen through the window of an envelope.
pub(crate) fn window(form: LetterForm) -> Area {
    field(form).around(SHIFT)
}

fn printable() -> Area {
    let [top, right, bottom, left] = UNPRINTABLE;
    Area { left, top, right: PAGE_WIDTH - right, bottom: PAGE_HEIGHT - bottom }
}

/// Everything that is drawn.
pub(super) struct Finding<'x> {
    drawn: Vec<Drawn<'x>>,
    pages: Vec<[f64; 2]>,
    filled: Option<usize>,
}

impl<'x> Finding<'x> {
    /// Finds everything that is drawn on the pages.
    pub(super) fn of(document: &'x PagedDocument) -> Self {
        let pages = document.pages();
        let sizes = pages.iter().map(|page| [page.frame.width().to_mm(), page.frame.height().to_mm()]).collect();
        let filled = pages.iter().position(|page| page.fill_or_transparent().is_some());
        let drawn = pages.iter().enumerate().flat_map(|(page, it)| drawn::on(page + 1, &it.frame)).collect();
        Self { drawn, pages: sizes, filled }
    }

    /// Checks that all of the letter is there, and where it belongs.
    pub(super) fn check(&self, letter: &Letter, mut texts: Texts<'_>) -> Result<(), LetterError> {
        let mut violations = self.paper();
        let mut lines = Lines::default();
        let (window, printable) = (window(letter.form), printable());
        for drawn in &self.drawn {
            match drawn.what {
                What::Text(text) => {
                    texts.find(text);
                    violations.extend(drawn.unreadable(text, &printable));
                }
                What::Image(image, _) => texts.find_drawing(image),
                What::Shape(_) => {}
            }
            if let Some(Origin::ReturnLine | Origin::Addition(_) | Origin::Address(_)) = drawn.origin() {
                lines.add(drawn, &mut violations);
            }
            if drawn.page == 1 {
                violations.extend(drawn.foreign_in(&window));
            }
        }
        lines.check(letter, &mut violations);
        violations.truncate(TOLD_MAX);
        if !violations.is_empty() {
            return Err(LetterError::Window(violations));
        }
        let missing = texts.missing();
        if missing.is_empty() { Ok(()) } else { Err(LetterError::Missing(missing)) }
    }

    fn paper(&self) -> Vec<Violation> {
        let mut violations = Vec::new();
        let corner = Area { left: 0.0, top: 0.0, right: 0.0, bottom: 0.0 };
        for (index, [width, height]) in self.pages.iter().enumerate() {
            if (width - PAGE_WIDTH).abs() > HAIR || (height - PAGE_HEIGHT).abs() > HAIR {
                violations.push(
                    corner.violation(index + 1, format!("the page has {width:.1} by {height:.1} mm and is not A4")),
                );
            }
        }
        if let Some(index) = self.filled {
            violations.push(corner.violation(index + 1, "the page is filled with a colour".to_owned()));
        }
        violations
    }
}

/// What a line of the address field is to be.
fn limits(letter: &Letter, origin: Origin) -> Option<(Part, &str, Limits)> {
    let field = field(letter.form);
    let middle = field.top + ADDITIONS_HEIGHT;
    let (upper, lower) = (Area { bottom: middle, ..field }, Area { top: middle, ..field });
    let upper = Limits { zone: upper, least: ADDITIONS_POINTS[1], most: ADDRESS_POINTS_MAX };
    let lower = Limits { zone: lower, least: ADDRESS_POINTS[1], most: ADDRESS_POINTS_MAX };
    Some(match origin {
        Origin::ReturnLine => (Part::ReturnLine, &letter.return_line, upper),
        Origin::Addition(line) => (Part::Addition(line + 1), letter.additions.get(line)?, upper),
        Origin::Address(line) => (Part::AddressLine(line + 1), letter.address.get(line)?, lower),
        Origin::Text(_) => return None,
    })
}
