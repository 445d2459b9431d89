//! What stands on finished pages, and whether it may stand there.
//!
//! An envelope has a window over the address field, and paper moves in it by up to [`SHIFT`]. What is drawn there (letters, lines, areas,
//! pictures, whatever their colour) must be the address zone's own and nothing else. It is not told apart by where it stands, nor by
//! anything a template could say of it: every glyph of return line, additions and address carries its [`Origin`], which
//! only this crate can give.

mod drawn;
mod line;

use typst_layout::PagedDocument;

use super::geometry::{
    ADDITIONS_HEIGHT, FIELD_HEIGHT, FIELD_LEFT, FIELD_WIDTH, LetterForm, PAGE_HEIGHT, PAGE_WIDTH, SHIFT, UNPRINTABLE,
};
use super::value::Origin;
use super::{Block, Letter, LetterError, Part, Violation};
use crate::flow::Census;
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
    pub(super) fn check(&self, letter: &Letter) -> Result<(), LetterError> {
        let mut violations = self.paper();
        let mut found = Census::default();
        let mut lines = Lines::default();
        let mut codes = 0;
        let (window, printable) = (window(letter.form), printable());
        for drawn in &self.drawn {
            let origin = drawn.origin();
            match drawn.what {
                What::Text(text) if drawn.draws_unknown() => {
                    violations.push(drawn.says(format!("{} letters, some of which no font has", text.text.chars().count())));
                }
                What::Text(text) if drawn.area().is_some_and(|area| !printable.holds(&area)) => {
                    let count = text.text.chars().count();
                    violations.push(drawn.says(format!("text of {count} letters beyond what printers reach")));
                }
                What::Text(text) => found.count(&text.text),
                What::Shape(..) if origin == Some(Origin::Qr) => codes += 1,
                What::Shape(..) | What::Image(_) => {}
            }
            match origin {
                Some(Origin::ReturnLine | Origin::Addition(_) | Origin::Address(_)) => lines.add(drawn, &mut violations),
                Some(Origin::Qr) | None => {}
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
        whole(letter, &found, codes)
    }

    fn paper(&self) -> Vec<Violation> {
        let mut violations = Vec::new();
        let corner = Area { left: 0.0, top: 0.0, right: 0.0, bottom: 0.0 };
        for (index, [width, height]) in self.pages.iter().enumerate() {
            if (width - PAGE_WIDTH).abs() > HAIR || (height - PAGE_HEIGHT).abs() > HAIR {
                violations.push(corner.violation(index + 1, format!("the page has {width:.1} by {height:.1} mm and is not A4")));
            }
        }
        if let Some(index) = self.filled {
            violations.push(corner.violation(index + 1, "the page is filled with a colour".to_owned()));
        }
        violations
    }
}

/// Proves that every letter of the letter is on a page, and every QR code.
fn whole(letter: &Letter, found: &Census, codes: usize) -> Result<(), LetterError> {
    let mut expected = Census::default();
    let rows = letter.information.iter().chain([&letter.date]).flat_map(|row| [&row.label, &row.value]);
    let ends = [&letter.return_line, &letter.subject, &letter.salutation, &letter.closing, &letter.signature];
    let heading = Some(&letter.words.enclosures).filter(|_| !letter.enclosures.is_empty());
    let lines = letter.address.iter().chain(&letter.additions).chain(&letter.enclosures);
    lines.chain(rows).chain(ends).chain(heading).for_each(|text| expected.count(text));
    letter.body.iter().flat_map(Block::texts).for_each(|text| expected.count(text));
    let missing = expected.missing_in(found);
    if !missing.is_empty() {
        let named: Vec<String> = missing.iter().map(|(letter, count)| format!("{count} times {letter:?}")).collect();
        return Err(LetterError::Missing(named.join(", ")));
    }
    let wanted = letter.body.iter().filter(|block| matches!(block, Block::Qr(_))).count();
    if codes < wanted {
        return Err(LetterError::Missing(format!("{} QR codes", wanted - codes)));
    }
    Ok(())
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
        Origin::Qr => return None,
    })
}
