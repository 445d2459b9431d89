//! HTML in ASCII: what readers take for the code page does not matter then.

use std::fmt::Write as _;

/// Writes everything beyond ASCII as a reference (`&#228;`), within style sheets as an escape (`\E4 `).
pub(crate) fn to_ascii(html: &str) -> Vec<u8> {
    if html.is_ascii() {
        return html.replace('\0', "").into_bytes();
    }
    let mut ascii = String::with_capacity(html.len() + html.len() / 8);
    let mut rest = html;
    loop {
        let style = find(rest, "<style").unwrap_or(rest.len());
        let (markup, from_style) = rest.split_at(style);
        escape(&mut ascii, markup, |ascii, character| write!(ascii, "&#{};", u32::from(character)));
        if from_style.is_empty() {
            return ascii.into_bytes();
        }
        let end = find(from_style, "</style").unwrap_or(from_style.len());
        let (sheet, after) = from_style.split_at(end);
        escape(&mut ascii, sheet, |ascii, character| write!(ascii, "\\{:X} ", u32::from(character)));
        rest = after;
    }
}

fn escape(ascii: &mut String, text: &str, write: impl Fn(&mut String, char) -> std::fmt::Result) {
    for character in text.chars() {
        match character {
            '\0' => {}
            _ if character.is_ascii() => ascii.push(character),
            // Writing into a string never fails.
            _ => drop(write(ascii, character)),
        }
    }
}

/// Where `word` (in lower case) stands first, whatever its case.
fn find(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).position(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ascii(html: &str) -> String {
        String::from_utf8(to_ascii(html)).unwrap()
    }

    #[test]
    fn what_is_not_ascii_is_referred_to() {
        assert_eq!(ascii("<p title=\"Größe\">ä 🙂</p>"), "<p title=\"Gr&#246;&#223;e\">&#228; &#128578;</p>");
        assert_eq!(ascii("<STYLE>a{font:Ü}</STYLE>ü"), "<STYLE>a{font:\\DC }</STYLE>&#252;");
        assert_eq!(ascii("<style>ü"), "<style>\\FC ");
        assert_eq!(ascii("a\0b"), "ab");
        assert_eq!(ascii("ä\0b"), "&#228;b");
    }
}
