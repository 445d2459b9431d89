//! Blocks.

use typst::foundations::{Content, NativeElement, Packed, Smart};
use typst::layout::{Alignment, BlockBody, BlockElem, Corners, PadElem, Rel, Sides as Around};
use typst::model::{EnumElem, EnumItem, ListElem, ListItem, ListMarker, Numbering, NumberingPattern, ParElem};
use typst::text::TextElem;
use typst::visualize::{LineElem, Stroke};

use super::{blocks, image, length, rel, stroke, table, text};
use crate::flow::{Block, BoxWidth, Boxed, List, Placed};
use crate::html::{Border, Sides};

pub(super) fn placed(placed: &Placed, width: f64) -> Content {
    let width = (width - placed.indent).max(24.0);
    let content = match &placed.block {
        Block::Paragraph(paragraph) => return text::paragraph(paragraph, placed.indent, placed.align, width),
        Block::Image(picture) => image::block(picture, width),
        Block::Rule(border) => LineElem::new()
            .with_length(Rel::one())
            .with_stroke(stroke(*border))
            .pack()
            .artifact(typst::pdf::ArtifactKind::Other),
        Block::List(found) => list(found, width),
        Block::Table(found) => table::table(found, width),
        Block::Boxed(found) => boxed(found, width),
    };
    let content = content.aligned(Alignment::H(text::align(placed.align, false)));
    let content = aligned_block(content, placed);
    if placed.indent > 0.0 { padded(content, placed.indent) } else { content }
}

/// Moves a block that is narrower than its place.
fn aligned_block(content: Content, placed: &Placed) -> Content {
    let is_wide = matches!(placed.block, Block::List(_) | Block::Rule(_));
    if is_wide {
        return content;
    }
    typst::layout::AlignElem::new(content).with_alignment(Alignment::H(text::align(placed.align, false))).pack()
}

/// Content with an indent in points.
pub(super) fn padded(content: Content, indent: f64) -> Content {
    PadElem::new(content).with_left(rel(indent)).pack()
}

#[expect(clippy::option_option, reason = "how the typesetter tells no stroke from none said")]
pub(super) fn strokes(border: Sides<Option<Border>>) -> Around<Option<Option<Stroke>>> {
    let side = |border: Option<Border>| Some(border.map(stroke));
    Around { left: side(border.left), top: side(border.top), right: side(border.right), bottom: side(border.bottom) }
}

pub(super) fn inset(padding: Sides<f64>) -> Around<Option<Rel<typst::layout::Length>>> {
    Around {
        left: Some(rel(padding.left)),
        top: Some(rel(padding.top)),
        right: Some(rel(padding.right)),
        bottom: Some(rel(padding.bottom)),
    }
}

fn boxed(found: &Boxed, place: f64) -> Content {
    let around = found.padding.left + found.padding.right;
    let (width, inner) = match found.width {
        BoxWidth::Place => (Smart::Custom(Rel::one()), place),
        BoxWidth::Content => (Smart::Auto, place),
        BoxWidth::Fixed(wanted) => {
            let points = wanted.of(place).clamp(around.min(place), place);
            (Smart::Custom(rel(points)), points)
        }
    };
    BlockElem::new()
        .with_width(width)
        .with_fill(found.fill.map(|fill| super::paint(fill).into()))
        .with_stroke(strokes(found.border))
        .with_inset(inset(found.padding))
        .with_radius(Corners::splat(Some(rel(found.radius))))
        .with_body(Some(BlockBody::Content(blocks(&found.blocks, (inner - around).max(24.0)))))
        .pack()
}

/// Indent of the texts of a list in points, in front of which the signs stand.
const LIST_INDENT: f64 = 20.0;

fn list(found: &List, width: f64) -> Content {
    let inner = (width - LIST_INDENT).max(24.0);
    let spacing = Smart::Custom(length(found.size * 0.35));
    let items = found.items.iter().map(|item| blocks(item, inner));
    let content = if let Some(pattern) = found.numbering.and_then(|pattern| pattern.parse::<NumberingPattern>().ok()) {
        EnumElem::new(items.map(|item| Packed::new(EnumItem::new(item))).collect())
            .with_numbering(Numbering::Pattern(pattern))
            .with_start(Smart::Custom(found.start))
            .with_indent(length(6.0))
            .with_body_indent(length(6.0))
            .with_spacing(spacing)
            .pack()
    } else {
        let marker = if found.bare { Content::empty() } else { TextElem::packed("•") };
        ListElem::new(items.map(|item| Packed::new(ListItem::new(item))).collect())
            .with_marker(ListMarker::Content(vec![marker]))
            .with_indent(length(8.0))
            .with_body_indent(length(7.0))
            .with_spacing(spacing)
            .pack()
    };
    content
        .set(TextElem::size, typst::text::TextSize(length(found.size)))
        .set(ParElem::leading, length(found.size * 0.25))
}
