//! HTML read as plain text, for the text view, search and answers.

use super::balance;
use crate::limits::BODY_BYTES_MAX;

/// Columns that the text is wrapped at.
const COLUMNS: usize = 78;
/// Bytes of balanced markup that are laid out; a layout of tables in tables is costly.
const LAYOUT_BYTES_MAX: usize = 512 * 1024;

/// The text of an HTML body, laid out in 78 columns, links as footnotes.
///
/// Markup that is too big to lay out or defeats the layout is answered by its bare text.
pub fn to_text(html: &str) -> String {
    let balanced = balance::balance(html, &|_| None).html;
    let laid_out = (balanced.len() <= LAYOUT_BYTES_MAX).then(|| {
        let layout = html2text::config::plain().no_table_borders().allow_width_overflow().raw_mode(true);
        layout.string_from_read(balanced.as_bytes(), COLUMNS).ok()
    });
    let text = laid_out.flatten().unwrap_or_else(|| bare_text(&balanced));
    crate::charset::cut(text.trim(), BODY_BYTES_MAX).to_owned()
}

/// The text between the tags of balanced markup.
fn bare_text(balanced: &str) -> String {
    let mut text = String::new();
    for piece in balanced.split('<') {
        let content = piece.split_once('>').map_or(piece, |(_, content)| content);
        if !content.trim().is_empty() {
            text.push_str(content.trim());
            text.push('\n');
        }
    }
    text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
