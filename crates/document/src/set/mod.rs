//! From a flow to what the typesetter takes.
//!
//! Values are made, not markup: no letter of a mail is ever read as instructions.

mod block;
mod image;
mod table;
mod text;

use typst::foundations::{Content, NativeElement};
use typst::layout::{Abs, Em, Length, Rel, Spacing, VElem};
use typst::visualize::{Color as Paint, Stroke};

use crate::flow::{Block, Placed};
use crate::html::{Border, Color};

/// Makes content of blocks for a place of this width in points.
pub(crate) fn blocks(blocks: &[Placed], width: f64) -> Content {
    let mut before = 0.0;
    Content::sequence(blocks.iter().flat_map(|placed| {
        let own = half_leading(placed);
        let distance = placed.above + before + own;
        before = own;
        let gap = (distance > 0.0).then(|| gap(distance));
        gap.into_iter().chain(std::iter::once(block::placed(placed, width)))
    }))
}

/// What a line is higher than its letters, above and below each (CSS 2.2, section 10.8), in points.
fn half_leading(placed: &Placed) -> f64 {
    match &placed.block {
        Block::Paragraph(paragraph) => paragraph.size * (paragraph.line - 1.0).max(0.0) / 2.0,
        _ => 0.0,
    }
}

fn gap(points: f64) -> Content {
    VElem::new(Spacing::Rel(rel(points))).with_weak(true).pack()
}

/// A length in points.
fn length(points: f64) -> Length {
    Length { abs: Abs::pt(points), em: Em::zero() }
}

fn rel(points: f64) -> Rel<Length> {
    length(points).into()
}

fn paint(color: Color) -> Paint {
    Paint::from_u8(color.red, color.green, color.blue, 255)
}

fn stroke(border: Border) -> Stroke {
    Stroke::from_pair(paint(border.color), length(border.width))
}
