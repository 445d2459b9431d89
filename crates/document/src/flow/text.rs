//! From plain text to a flow.

use super::inline::{Sink, Stand, printable};
use super::{Census, Flow, Role};
use crate::html::{Align, Case, Color, Style, number};
use crate::limits::{LINES_MAX, TEXT_BYTES_MAX};

/// Lines after which a paragraph goes on in another without a gap.
const PARAGRAPH_LINES_MAX: usize = 40;
/// Empty lines that are kept in a row.
const EMPTY_LINES_MAX: usize = 2;
/// What was quoted.
const QUOTED: Color = Color { red: 0x44, green: 0x4f, blue: 0x63 };

/// Makes a flow of text as it is: lines stay lines, empty lines distances.
pub(crate) fn from_text(text: &str) -> Flow {
    let mut sink = Sink::new(Stand { role: Role::Body, align: Align::Start, indent: 0.0, rtl: None });
    let mut census = Census::default();
    let bounded = cut(text, TEXT_BYTES_MAX);
    let mut is_cut = bounded.len() < text.len();
    let style = Style { pre: true, ..Style::ROOT };
    let height = style.size * style.line;
    let (mut lines, mut empty) = (0, 0);
    for (count, line) in bounded.split(['\n', '\u{c}']).enumerate() {
        if count >= LINES_MAX {
            is_cut = true;
            break;
        }
        let line = line.trim_end();
        if line.trim().is_empty() {
            sink.flush();
            lines = 0;
            empty += 1;
            continue;
        }
        if empty > 0 {
            sink.gap(height * number(empty.min(EMPTY_LINES_MAX)) * 0.6);
            empty = 0;
        } else if lines >= PARAGRAPH_LINES_MAX {
            sink.flush();
            lines = 0;
        } else if lines > 0 {
            sink.line_break(&style);
        }
        lines += 1;
        let style = if line.trim_start().starts_with('>') { Style { color: QUOTED, ..style } } else { style };
        let line = printable(line, Case::Asis);
        census.count(&line);
        sink.text(&line, &style, None);
    }
    sink.flush();
    Flow { blocks: sink.blocks, census, over: false, images_missing: 0, cut: is_cut }
}

/// The beginning of `text`, at most `bytes` long.
fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_said_to_be_cut() {
        let lines = |count: usize| vec!["x"; count].join("\n");
        assert!(!from_text(&lines(LINES_MAX)).cut);
        assert!(from_text(&lines(LINES_MAX + 1)).cut);
        assert!(!from_text(&"x".repeat(TEXT_BYTES_MAX)).cut);
        assert!(from_text(&"x".repeat(TEXT_BYTES_MAX + 1)).cut);
    }
}
