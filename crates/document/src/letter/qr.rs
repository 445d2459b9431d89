//! QR codes as vectors.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};

/// Side of a QR code with its quiet zone, in millimetres.
pub(super) const SIDE: f64 = 32.0;
/// Light dots around the code (ISO/IEC 18004, 5.3.8).
const QUIET: usize = 4;

/// Draws `text` as an SVG with one path, if it fits into a code.
pub(super) fn drawing(text: &str) -> Option<String> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let side = code.size + 2 * QUIET;
    let mut svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\"><path d=\"");
    for (row, dots) in code.data.chunks(code.size).take(code.size).enumerate() {
        let mut column = 0;
        for run in dots.chunk_by(|left, right| left.value() == right.value()) {
            if run.first().is_some_and(|dot| dot.value()) {
                // A dark bar of one row. Writing to a text does not fail.
                let (x, y, width) = (column + QUIET, row + QUIET, run.len());
                let _ = write!(svg, "M{x} {y}h{width}v1H{x}z");
            }
            column += run.len();
        }
    }
    svg.push_str("\"/></svg>");
    Some(svg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::QR_BYTES_MAX;

    #[test]
    fn the_longest_text_has_dots_that_are_wide_enough() {
        let longest = QRBuilder::new("x".repeat(QR_BYTES_MAX)).ecl(ECL::M).build().ok().map(|code| code.size);
        assert!(
            longest
                .and_then(|size| u32::try_from(size + 2 * QUIET).ok())
                .is_some_and(|side| SIDE / f64::from(side) > 0.4),
            "{longest:?}"
        );
        let longer = QRBuilder::new("x".repeat(QR_BYTES_MAX + 1)).ecl(ECL::M).build().ok().map(|code| code.size);
        assert!(longer > longest, "the limit is where the next version begins");
    }
}
