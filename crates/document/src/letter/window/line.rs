//! Lines of the address field, put together again from their glyphs.

use std::collections::BTreeMap;

use typst::visualize::Paint;

use super::drawn::{Drawn, What};
use super::{Area, HAIR, limits};
use crate::flow::is_seen;
use crate::letter::origin::Origin;
use crate::letter::{Letter, Part, Violation};

/// Brightness (0 to 255) of the lightest letters that are dark enough for machines.
const BRIGHTNESS_MAX: u32 = 96;
/// Gaps between lines of an address that machines read, in millimetres.
const LEAST_GAP: f64 = 0.5;
const MOST_GAP: f64 = 2.5;
/// Height of a line without its gap, in sizes of its letters.
const BODY: f64 = 0.94;
/// Millimetres of a point.
const POINT: f64 = 25.4 / 72.0;

/// Where a line may stand, and how large.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub zone: Area,
    /// Points.
    pub least: f64,
    /// Points.
    pub most: f64,
}

/// A line, as far as it was found.
struct Line {
    look: Look,
    area: Area,
    /// Pieces of its text by where they stand in what was given, each with the number of what drew it.
    pieces: BTreeMap<u16, (usize, String)>,
}

/// What all letters of a line have in common.
#[derive(Clone, PartialEq)]
struct Look {
    page: usize,
    /// Millimetres from above, in hundredths.
    baseline: i64,
    /// Size, in hundredths of points.
    size: i64,
    family: String,
}

#[expect(clippy::cast_possible_truncation, reason = "lengths on paper are small")]
fn hundredths(length: f64) -> i64 {
    (length * 100.0).round() as i64
}

/// All lines that come from the address field's own texts.
#[derive(Default)]
pub(super) struct Lines {
    found: BTreeMap<Origin, Line>,
    drawn: usize,
}

impl Lines {
    /// Takes the glyphs of a text to the lines they come from.
    pub(super) fn add(&mut self, drawn: &Drawn<'_>, violations: &mut Vec<Violation>) {
        let What::Text(text) = drawn.what else { return };
        self.drawn += 1;
        let (baseline, is_upright) = drawn.baseline();
        let wrong = if !is_upright {
            Some("turned or stretched")
        } else if drawn.clip.is_some() {
            Some("in a box that cuts off")
        } else if !is_dark(&text.fill) || text.stroke.is_some() {
            Some("not plain and dark")
        } else {
            None
        };
        if let Some(wrong) = wrong {
            violations.push(drawn.says(format!("a line of the address field is {wrong}")));
        }
        let look = Look {
            page: drawn.page,
            baseline: hundredths(baseline),
            size: hundredths(text.size.to_pt()),
            family: text.font.font().info().family.clone(),
        };
        for (glyph, from, to) in Drawn::glyphs(text) {
            let Some(origin) = Origin::of(glyph.span.0) else { continue };
            let Some(area) = drawn.part(text, from, to) else { continue };
            let words = text.text.get(glyph.range()).unwrap_or_default();
            let line =
                self.found.entry(origin).or_insert_with(|| Line { look: look.clone(), area, pieces: BTreeMap::new() });
            if let Err(wrong) = line.take(glyph.span.1, words, area, &look, self.drawn) {
                violations.push(area.violation(drawn.page, format!("a line of the address field is {wrong}")));
                return;
            }
        }
    }

    /// Checks that every line is there, as it was given, and where it belongs.
    pub(super) fn check(&self, letter: &Letter, violations: &mut Vec<Violation>) {
        let additions = (0..letter.additions.len()).map(Origin::Addition);
        let address = (0..letter.address.len()).map(Origin::Address);
        for origin in [Origin::ReturnLine].into_iter().chain(additions).chain(address) {
            let Some((part, given, limits)) = limits(letter, origin) else { continue };
            match self.found.get(&origin) {
                Some(line) => violations.extend(line.check(part, given, &limits)),
                None => violations.push(limits.zone.violation(1, format!("{part} is not printed"))),
            }
        }
        let lines: Vec<&Line> =
            (0..letter.address.len()).filter_map(|line| self.found.get(&Origin::Address(line))).collect();
        violations.extend(lines.windows(2).filter_map(|pair| match pair {
            [upper, lower] => upper.before(lower),
            _ => None,
        }));
    }
}

impl Line {
    /// Takes a glyph: what was given from `offset` on.
    fn take(&mut self, offset: u16, words: &str, area: Area, look: &Look, drawn: usize) -> Result<(), &'static str> {
        if *look != self.look {
            return Err("broken in two, printed twice or in two fonts");
        }
        self.area = Area {
            left: self.area.left.min(area.left),
            top: self.area.top.min(area.top),
            right: self.area.right.max(area.right),
            bottom: self.area.bottom.max(area.bottom),
        };
        // Glyphs that stand for the same letters follow each other in one text.
        let (before, _) = self.pieces.entry(offset).or_insert_with(|| (drawn, words.to_owned()));
        if *before == drawn { Ok(()) } else { Err("printed twice") }
    }

    fn check(&self, part: Part, given: &str, limits: &Limits) -> Option<Violation> {
        let printed: String = self.pieces.values().map(|(_, words)| words.as_str()).collect();
        let size = self.look.size;
        let wrong = if self.look.page != 1 {
            "is not on the first page".to_owned()
        } else if !limits.zone.holds(&self.area) {
            let Area { left, top, right, bottom } = limits.zone;
            format!(
                "is not wholly in its zone ({left:.1} to {right:.1} mm from the left, {top:.1} to {bottom:.1} mm from above)"
            )
        } else if size < hundredths(limits.least) || size > hundredths(limits.most) {
            format!("is not in letters of {} to {} points", limits.least, limits.most)
        } else if seen(&printed) != seen(given) {
            "is not printed as it was given".to_owned()
        } else {
            return None;
        };
        Some(self.area.violation(self.look.page, format!("{part} {wrong}")))
    }

    /// What is wrong between this line of an address and the next one.
    fn before(&self, next: &Self) -> Option<Violation> {
        let tall = |line: &Self| f64::from(i32::try_from(line.look.size).unwrap_or_default()) / 100.0 * POINT * BODY;
        let gap =
            f64::from(i32::try_from(next.look.baseline - self.look.baseline).unwrap_or_default()) / 100.0 - tall(next);
        let wrong = if (self.area.left - next.area.left).abs() > HAIR {
            "begins elsewhere than the line before".to_owned()
        } else if self.look.family != next.look.family || self.look.size != next.look.size {
            "is in other letters than the line before".to_owned()
        } else if !(LEAST_GAP - HAIR..=MOST_GAP + HAIR).contains(&gap) {
            format!("is {gap:.1} mm below the line before, and machines read gaps of {LEAST_GAP} to {MOST_GAP} mm")
        } else {
            return None;
        };
        Some(next.area.violation(next.look.page, format!("a line of the address {wrong}")))
    }
}

/// A text without what nobody sees.
fn seen(text: &str) -> String {
    text.chars().filter(|letter| is_seen(*letter) || *letter == ' ').collect::<String>().trim().to_owned()
}

fn is_dark(fill: &Paint) -> bool {
    let Paint::Solid(color) = fill else { return false };
    let [red, green, blue, alpha] = color.to_vec4_u8().map(u32::from);
    alpha == u32::from(u8::MAX) && (red * 299 + green * 587 + blue * 114) / 1000 <= BRIGHTNESS_MAX
}
