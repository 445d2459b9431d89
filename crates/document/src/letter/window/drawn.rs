//! Frames taken apart: everything that is drawn, with its place on the page.

use typst::layout::{Abs, Frame, FrameItem, Point, Rect, Size, Transform};
use typst::text::{Glyph, TextItem};
use typst::visualize::{Image, Shape};

use super::{Area, Violation};
use crate::flow::is_seen;
use crate::letter::origin::Origin;

/// How far letters reach beyond their width, in sizes of the letters.
const OVERHANG: f64 = 0.15;

/// Something drawn.
pub(super) struct Drawn<'x> {
    /// The page, from 1.
    pub page: usize,
    pub what: What<'x>,
    /// From its own coordinates to those of the page.
    place: Transform,
    /// All that is seen of it, if not all is.
    pub clip: Option<Area>,
}

/// What is drawn.
#[derive(Clone, Copy)]
pub(super) enum What<'x> {
    Text(&'x TextItem),
    Shape(&'x Shape),
    Image(&'x Image, Size),
}

/// Everything on a page.
pub(super) fn on(page: usize, frame: &Frame) -> Vec<Drawn<'_>> {
    let mut all = Vec::new();
    walk(page, frame, Transform::identity(), None, &mut all);
    all
}

fn walk<'x>(page: usize, frame: &'x Frame, place: Transform, clip: Option<Area>, all: &mut Vec<Drawn<'x>>) {
    for (at, item) in frame.items() {
        let place = place.pre_concat(Transform::translate(at.x, at.y));
        let what = match item {
            FrameItem::Group(group) => {
                let place = place.pre_concat(group.transform);
                let inner = group.clip.as_ref().map(|curve| area(curve.bbox(None), place));
                let clip = match (clip, inner) {
                    (Some(outer), Some(inner)) => Some(both(outer, inner)),
                    (outer, inner) => outer.or(inner),
                };
                walk(page, &group.frame, place, clip, all);
                continue;
            }
            FrameItem::Text(text) => What::Text(text),
            FrameItem::Shape(shape, _) => What::Shape(shape),
            FrameItem::Image(image, size, _) => What::Image(image, *size),
            FrameItem::Link(..) | FrameItem::Tag(_) => continue,
        };
        all.push(Drawn { page, what, place, clip });
    }
}

fn both(one: Area, other: Area) -> Area {
    Area {
        left: one.left.max(other.left),
        top: one.top.max(other.top),
        right: one.right.min(other.right),
        bottom: one.bottom.min(other.bottom),
    }
}

/// The smallest upright rectangle around a placed one.
fn area(rect: Rect, place: Transform) -> Area {
    let corners = [rect.min, Point::new(rect.max.x, rect.min.y), Point::new(rect.min.x, rect.max.y), rect.max];
    let corners = corners.map(|corner| corner.transform(place));
    let least = |side: fn(&Point) -> Abs| corners.iter().map(side).fold(Abs::inf(), Abs::min).to_mm();
    let most = |side: fn(&Point) -> Abs| corners.iter().map(side).fold(-Abs::inf(), Abs::max).to_mm();
    Area { left: least(|at| at.x), top: least(|at| at.y), right: most(|at| at.x), bottom: most(|at| at.y) }
}

fn top_left(text: &TextItem, x: Abs) -> Point {
    Point::new(x, -text.font.metrics().cap_height.at(text.size))
}

fn bottom_right(text: &TextItem, x: Abs) -> Point {
    Point::new(x, -text.font.metrics().descender.at(text.size))
}

impl<'x> Drawn<'x> {
    /// Where a text comes from, as its first glyph says that says so.
    pub(super) fn origin(&self) -> Option<Origin> {
        match self.what {
            What::Text(text) => text.glyphs.iter().find_map(|glyph| Origin::of(glyph.span.0)),
            What::Shape(_) | What::Image(..) => None,
        }
    }

    /// Where it is, as far as it is seen. Nothing is where nothing is drawn.
    pub(super) fn area(&self) -> Option<Area> {
        let rect = match self.what {
            What::Text(text) => {
                let seen = text.text.chars().any(is_seen);
                seen.then(|| Rect::new(top_left(text, Abs::zero()), bottom_right(text, text.width())))?
            }
            What::Shape(shape) if shape.fill.is_none() && shape.stroke.is_none() => return None,
            What::Shape(shape) => shape.bbox(true),
            What::Image(_, size) => Rect::from_pos_size(Point::zero(), size),
        };
        self.seen(rect)
    }

    fn seen(&self, rect: Rect) -> Option<Area> {
        let area = area(rect, self.place);
        let Some(clip) = self.clip else { return Some(area) };
        let seen = both(area, clip);
        (seen.left <= seen.right && seen.top <= seen.bottom).then_some(seen)
    }

    /// Where the baseline is, in millimetres from above; and whether letters stand upright and as large as they say.
    pub(super) fn baseline(&self) -> (f64, bool) {
        (Point::zero().transform(self.place).y.to_mm(), self.place.is_only_translate())
    }

    /// Every glyph with what it begins and ends at, measured along the baseline.
    pub(super) fn glyphs(text: &'x TextItem) -> impl Iterator<Item = (&'x Glyph, Abs, Abs)> {
        let mut cursor = Abs::zero();
        text.glyphs.iter().map(move |glyph| {
            let start = cursor;
            cursor += glyph.x_advance.at(text.size);
            (glyph, start, cursor)
        })
    }

    /// Where a part of a text is.
    pub(super) fn part(&self, text: &TextItem, from: Abs, to: Abs) -> Option<Area> {
        self.seen(Rect::new(top_left(text, from), bottom_right(text, to)))
    }

    /// What cannot be read of a text, because no font has a letter, or no printer reaches it.
    pub(super) fn unreadable(&self, text: &TextItem, printable: &Area) -> Option<Violation> {
        let letters = text.text.chars().count();
        if text.glyphs.iter().any(|glyph| glyph.id == 0) {
            return Some(self.says(format!("text of {letters} letters, some of which no font has")));
        }
        let area = self.area().filter(|area| !printable.holds(area))?;
        Some(area.violation(self.page, format!("text of {letters} letters beyond what printers reach")))
    }

    pub(super) fn says(&self, what: String) -> Violation {
        let area = self.area().unwrap_or(Area { left: 0.0, top: 0.0, right: 0.0, bottom: 0.0 });
        area.violation(self.page, what)
    }

    /// What stands in the window and is none of the address zone's own.
    pub(super) fn foreign_in(&self, window: &Area) -> Option<Violation> {
        let text = match self.what {
            What::Text(text) => text,
            What::Shape(..) => {
                let area = self.area().filter(|area| area.meets(window))?;
                return Some(area.violation(self.page, "a line or an area in the window".to_owned()));
            }
            What::Image(..) => {
                let area = self.area().filter(|area| area.meets(window))?;
                return Some(area.violation(self.page, "a picture in the window".to_owned()));
            }
        };
        let (overhang, metrics) = (Abs::pt(text.size.to_pt() * OVERHANG), text.font.metrics());
        let (top, bottom) = (-metrics.ascender.at(text.size), -metrics.descender.at(text.size));
        let mut first = None;
        let mut letters = 0;
        for (glyph, from, to) in Self::glyphs(text) {
            let is_own =
                matches!(Origin::of(glyph.span.0), Some(Origin::ReturnLine | Origin::Addition(_) | Origin::Address(_)));
            let words = text.text.get(glyph.range()).unwrap_or_default();
            if is_own || !words.chars().any(is_seen) {
                continue;
            }
            let rect = Rect::new(Point::new(from - overhang, top), Point::new(to + overhang, bottom));
            if let Some(area) = self.seen(rect).filter(|area| area.meets(window)) {
                first = first.or(Some(area));
                letters += 1;
            }
        }
        first.map(|area| area.violation(self.page, format!("text of {letters} letters in the window")))
    }
}
