//! QR codes as vectors.

use fast_qr::{ECL, QRBuilder};
use typst::foundations::{Content, NativeElement, Packed, Smart};
use typst::layout::{Abs, Axes, Length, Rel};
use typst::syntax::Span;
use typst::visualize::{Color, CurveClose, CurveComponent, CurveElem, CurveLine, CurveMove, Paint};

/// Side of a QR code with its quiet zone, in millimetres.
pub(super) const SIDE: f64 = 32.0;
/// Light dots around the code (ISO/IEC 18004, 5.3.8).
const QUIET: usize = 4;

/// Draws `text` as one shape that comes from `origin`, if it fits into a code.
pub(super) fn drawing(text: &str, origin: Span) -> Option<Content> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let dot = SIDE / f64::from(u32::try_from(code.size + 2 * QUIET).ok()?);
    let mut curve = Vec::new();
    // The quiet zone belongs to the drawing: the shape begins and ends in its corners.
    corner(&mut curve, 0.0, 0.0);
    for (row, dots) in code.data.chunks(code.size).take(code.size).enumerate() {
        let mut column = 0;
        for run in dots.chunk_by(|left, right| left.value() == right.value()) {
            if run.first().is_some_and(|dot| dot.value()) {
                bar(&mut curve, [column + QUIET, row + QUIET, run.len()].map(|dots| dot * number(dots)), dot);
            }
            column += run.len();
        }
    }
    corner(&mut curve, SIDE, SIDE);
    let black = Some(Paint::Solid(Color::BLACK));
    Some(CurveElem::new(curve).with_fill(black).with_stroke(Smart::Custom(None)).pack().spanned(origin))
}

fn number(dots: usize) -> f64 {
    f64::from(u32::try_from(dots).unwrap_or_default())
}

/// A dark bar of one row, as high as a dot.
fn bar(curve: &mut Vec<CurveComponent>, [x, y, width]: [f64; 3], height: f64) {
    curve.push(CurveComponent::Move(Packed::new(CurveMove::new(point(x, y)))));
    for (x, y) in [(x + width, y), (x + width, y + height), (x, y + height)] {
        curve.push(CurveComponent::Line(Packed::new(CurveLine::new(point(x, y)))));
    }
    curve.push(CurveComponent::Close(Packed::new(CurveClose::new())));
}

/// A place that the shape reaches without drawing anything.
fn corner(curve: &mut Vec<CurveComponent>, x: f64, y: f64) {
    curve.push(CurveComponent::Move(Packed::new(CurveMove::new(point(x, y)))));
    curve.push(CurveComponent::Line(Packed::new(CurveLine::new(point(x, y)))));
    curve.push(CurveComponent::Close(Packed::new(CurveClose::new())));
}

fn point(x: f64, y: f64) -> Axes<Rel<Length>> {
    Axes::new(x, y).map(|side| Rel::from(Length::from(Abs::mm(side))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::QR_BYTES_MAX;

    #[test]
    fn the_longest_text_has_dots_that_are_wide_enough() {
        let longest = QRBuilder::new("x".repeat(QR_BYTES_MAX)).ecl(ECL::M).build().ok().map(|code| code.size);
        assert!(longest.is_some_and(|size| SIDE / number(size + 2 * QUIET) > 0.4), "{longest:?}");
        let longer = QRBuilder::new("x".repeat(QR_BYTES_MAX + 1)).ecl(ECL::M).build().ok().map(|code| code.size);
        assert!(longer > longest, "the limit is where the next version begins");
    }
}
