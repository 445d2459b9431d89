//! Plain text as HTML: everything escaped, links recognised, quotes and signature marked.
//!
//! The result uses few elements and classes, which the page styles: `<blockquote class="quote quote-N">` for each level of quoting,
//! `<div class="signature">` for what follows the signature mark `-- ` (RFC 3676 section 4.3), `<div class="line">` for each line.

use crate::limits::{BODY_BYTES_MAX, QUOTE_DEPTH_MAX};

/// How lines are to be read (RFC 3676): the parameters `format` and `delsp` of `text/plain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flow {
    /// `format=flowed`: a line that ends in a space continues on the next.
    pub flowed: bool,
    /// `delsp=yes`: that space is not part of the text.
    pub delete_space: bool,
}

/// Schemes that are recognised in text.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// Bytes of an address that is made a link.
const LINK_BYTES_MAX: usize = 2_048;

/// Escapes text for HTML content and quoted attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\0' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Joins the lines of flowed text (RFC 3676 section 4.2); other text only loses its carriage returns.
pub fn unflow(text: &str, flow: Flow) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let quotes = if flow.flowed { line.bytes().take_while(|byte| *byte == b'>').count() } else { 0 };
        let content = line.get(quotes..).unwrap_or_default();
        let content = if flow.flowed { content.strip_prefix(' ').unwrap_or(content) } else { content };
        if open.is_some_and(|level| level == quotes) && content != "-- " {
            joined.push_str(content);
        } else {
            if open.is_some() {
                joined.push('\n');
            }
            joined.push_str(line.get(..quotes).unwrap_or_default());
            if quotes > 0 && !content.is_empty() {
                joined.push(' ');
            }
            joined.push_str(content);
        }
        open = (flow.flowed && content.ends_with(' ') && content != "-- ").then_some(quotes);
        if open.is_none() {
            joined.push('\n');
        } else if flow.delete_space {
            joined.pop();
        }
    }
    joined
}

/// Levels of quoting of a line, and what follows the marks. `> > x`, `>> x` and `>>x` are all level two.
fn quoted(line: &str) -> (usize, &str) {
    let mut rest = line;
    let mut level = 0;
    while let Some(behind) = rest.trim_start_matches(' ').strip_prefix('>') {
        // `>From` was quoted by a mail store, not by a person.
        if level == 0 && behind.starts_with("From ") {
            return (0, line);
        }
        rest = behind;
        level += 1;
    }
    (level, if level > 0 { rest.strip_prefix(' ').unwrap_or(rest) } else { line })
}

/// Plain text as an HTML fragment. Give flowed text through [`unflow`] first.
pub fn to_html(text: &str) -> String {
    let text = crate::charset::cut(text, BODY_BYTES_MAX);
    let mut html = String::with_capacity(text.len() * 2);
    let mut level = 0;
    let mut signature = false;
    html.push_str("<div class=\"plain-text\">");
    for line in text.lines() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let (wanted, content) = quoted(line);
        let wanted = wanted.min(QUOTE_DEPTH_MAX);
        if content == "-- " && wanted == 0 && !signature {
            set_level(&mut html, &mut level, 0);
            html.push_str("<div class=\"signature\">");
            signature = true;
        }
        set_level(&mut html, &mut level, wanted);
        html.push_str("<div class=\"line\">");
        if content.trim().is_empty() {
            html.push_str("<br>");
        } else {
            push_linked(&mut html, content);
        }
        html.push_str("</div>");
    }
    set_level(&mut html, &mut level, 0);
    if signature {
        html.push_str("</div>");
    }
    html.push_str("</div>");
    html
}

fn set_level(html: &mut String, level: &mut usize, wanted: usize) {
    while *level < wanted {
        *level += 1;
        html.extend(["<blockquote class=\"quote quote-", &level.to_string(), "\">"]);
    }
    while *level > wanted {
        *level -= 1;
        html.push_str("</blockquote>");
    }
}

/// Writes a line escaped, addresses in it as links.
fn push_linked(html: &mut String, line: &str) {
    let mut rest = line;
    while let Some((before, address, after)) = next_link(rest) {
        html.push_str(&spaced(before));
        let scheme = if address.starts_with("www.") { "https://" } else { "" };
        let address = escape(address);
        let attributes = "\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">";
        html.extend(["<a href=\"", scheme, &address, attributes, &address, "</a>"]);
        rest = after;
    }
    html.push_str(&spaced(rest));
}

/// Escapes, and keeps runs of spaces, which plain text draws tables with.
fn spaced(text: &str) -> String {
    escape(text).replace("  ", " \u{a0}").replace('\t', " \u{a0}\u{a0}\u{a0}")
}

/// The first address in `line`, with what is before and behind it.
fn next_link(line: &str) -> Option<(&str, &str, &str)> {
    let mut word_start = 0;
    for word in line.split_inclusive(char::is_whitespace) {
        if let Some(at) = link_start(word) {
            let start = word_start + at;
            let end = start + link_end(word.get(at..)?);
            let address = line.get(start..end)?;
            let bare = SCHEMES.iter().find_map(|scheme| address.strip_prefix(scheme)).unwrap_or(address);
            if bare.len() > 3 && bare.contains(['.', '@', ':']) {
                return Some((line.get(..start)?, address, line.get(end..)?));
            }
        }
        word_start += word.len();
    }
    None
}

fn link_start(word: &str) -> Option<usize> {
    let scheme = SCHEMES.iter().filter_map(|scheme| word.find(scheme)).min();
    let bare =
        word.find("www.").filter(|at| word.get(..*at).is_some_and(|before| !before.ends_with(char::is_alphanumeric)));
    scheme.into_iter().chain(bare).min()
}

/// Where an address that begins `word` ends: before brackets and quotes around it, and before punctuation behind it.
fn link_end(word: &str) -> usize {
    let word = crate::charset::cut(word.trim_end(), LINK_BYTES_MAX);
    let end = word.find(['<', '>', '"', '|', '\\', '^', '`', '{', '}']).unwrap_or(word.len());
    let mut address = word.get(..end).unwrap_or_default();
    loop {
        let shorter = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '»', '“', '”']);
        let opened = shorter.matches('(').count();
        let shorter =
            if shorter.matches(')').count() > opened { shorter.strip_suffix(')').unwrap_or(shorter) } else { shorter };
        if shorter.len() == address.len() {
            return address.len();
        }
        address = shorter;
    }
}
