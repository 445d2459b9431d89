//! The first pass over hostile markup: linear, with an explicit stack of bounded depth.
//!
//! It reads start tags, end tags, comments and text as the HTML standard's tokenizer does, and writes them again so that every
//! element is closed where it ends. What follows (a tree builder) then has nothing to repair: no implied end tags, no
//! misnested formatting to rebuild, no depth beyond [`HTML_DEPTH_MAX`].

use std::collections::HashMap;

use data_encoding::BASE64;
use memchr::memmem;

use super::tag::{Tag, content_id, count_addresses, is_local, read_tag, strip_scheme};
use super::{InlineImage, allow};
use crate::limits::{
    BODY_BYTES_MAX, CSS_BYTES_MAX, HTML_ATTRIBUTE_BYTES_MAX, HTML_DEPTH_MAX, HTML_ELEMENTS_MAX, HTML_RUN_BYTES_MAX,
    INLINE_DECODED_BYTES_MAX, INLINE_IMAGE_BYTES_MAX, INLINE_IMAGES_BYTES_MAX,
};
use crate::sniff;

/// What the pass gives.
#[derive(Default)]
pub(super) struct Balanced {
    /// Known elements only, balanced.
    pub html: String,
    /// Content of all `<style>` elements.
    pub css: String,
    /// Remote things left out.
    pub blocked: usize,
    /// Words of text.
    pub words: usize,
    /// Whether a limit cut something.
    pub cut: bool,
}

/// Elements whose content is no markup; it is dropped with them.
const RAW_TEXT: [&str; 9] =
    ["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext"];
/// Elements dropped with everything in them, if they are closed at all.
const DROPPED: [&str; 6] = ["svg", "math", "template", "select", "datalist", "applet"];
/// Elements without content.
const VOID: [&str; 5] = ["br", "col", "hr", "img", "wbr"];
/// Attributes whose address a browser fetches.
const FETCHED: [&str; 7] = ["src", "srcset", "background", "poster", "dynsrc", "lowsrc", "data"];
/// Elements that end an open paragraph (HTML standard, "optional tags").
const BLOCKS: [&str; 28] = [
    "address",
    "article",
    "blockquote",
    "center",
    "dd",
    "dir",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
];

pub(super) fn balance(html: &str, inline_image: &InlineImage<'_>) -> Balanced {
    let bounded = crate::charset::cut(html, BODY_BYTES_MAX);
    let mut pass = Pass {
        rest: bounded,
        out: Balanced { cut: bounded.len() < html.len(), ..Balanced::default() },
        open: Vec::new(),
        flattened: HashMap::new(),
        unclosed: Vec::new(),
        elements: 0,
        image_bytes: 0,
        decoded_bytes: 0,
        run_bytes: 0,
        inline_image,
    };
    pass.run();
    pass.out
}

struct Pass<'x, 'r, 'i> {
    rest: &'x str,
    out: Balanced,
    open: Vec<&'static str>,
    /// Elements left out because of the depth, whose end tags are still to come.
    flattened: HashMap<&'static str, usize>,
    /// Dropped elements known to have no end tag ahead.
    unclosed: Vec<&'static str>,
    elements: usize,
    image_bytes: usize,
    /// Bytes of everything that images were looked for in.
    decoded_bytes: usize,
    /// Bytes of text since the last tag that was written.
    run_bytes: usize,
    inline_image: &'r InlineImage<'i>,
}

impl<'x> Pass<'x, '_, '_> {
    fn run(&mut self) {
        while !self.rest.is_empty() {
            let (text, markup) = self.rest.split_at(self.rest.find('<').unwrap_or(self.rest.len()));
            self.text(text);
            self.rest = markup;
            let Some(behind) = markup.strip_prefix('<') else { break };
            match behind.bytes().next() {
                Some(b'!') if behind.starts_with("!--") => self.comment(behind),
                Some(b'/') if behind.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic) => self.end_tag(behind),
                Some(b'!' | b'?' | b'/') => self.skip_past(">"),
                Some(letter) if letter.is_ascii_alphabetic() => self.start_tag(behind),
                _ => {
                    self.out.html.push_str("&lt;");
                    self.rest = behind;
                }
            }
        }
        self.close_to(0);
    }

    fn text(&mut self, text: &str) {
        self.out.words += text.split_whitespace().filter(|word| *word != "&nbsp;").count();
        for (number, piece) in text.split('&').enumerate() {
            if number > 0 {
                if self.run_bytes >= HTML_RUN_BYTES_MAX {
                    self.out.html.push_str("<wbr>");
                    self.run_bytes = 0;
                }
                self.out.html.push('&');
            }
            self.run_bytes += piece.len() + 1;
            self.out.html.extend(piece.split('\0'));
        }
    }

    fn skip_past(&mut self, end: &str) {
        self.rest = self.rest.split_once(end).map_or("", |(_, rest)| rest);
    }

    /// `behind` begins with `!--`.
    fn comment(&mut self, behind: &'x str) {
        let inside = behind.get(3..).unwrap_or_default();
        let short = inside.strip_prefix('>').or_else(|| inside.strip_prefix("->"));
        self.rest = short.unwrap_or_else(|| {
            let ends =
                |at: &usize| inside.get(..*at).is_some_and(|before| before.ends_with("--") || before.ends_with("--!"));
            let end = memchr::memchr_iter(b'>', inside.as_bytes()).find(ends);
            end.and_then(|at| inside.get(at + 1..)).unwrap_or_default()
        });
    }

    /// `behind` begins with `/` and a letter.
    fn end_tag(&mut self, behind: &'x str) {
        let (tag, rest) = read_tag(behind.get(1..).unwrap_or_default());
        self.rest = rest;
        let Some(name) = allow::element(tag.name) else { return };
        if name == "br" {
            self.out.html.push_str("<br>");
        } else if let Some(count) = self.flattened.get_mut(name).filter(|count| **count > 0) {
            *count -= 1;
        } else if let Some(level) = self.find_open(name) {
            self.close_to(level);
        }
    }

    /// `behind` begins with a letter.
    fn start_tag(&mut self, behind: &'x str) {
        let (tag, rest) = read_tag(behind);
        self.rest = rest;
        self.count_remote(&tag);
        let raw_text = RAW_TEXT.iter().find(|known| known.eq_ignore_ascii_case(tag.name));
        if let Some(name) = raw_text {
            let content = self.skip_content(name).unwrap_or_else(|| std::mem::take(&mut self.rest));
            if *name == "style" {
                self.collect_style(content);
            }
            return;
        }
        if let Some(name) = DROPPED.iter().find(|known| known.eq_ignore_ascii_case(tag.name)) {
            self.skip_content(name);
            return;
        }
        let is_body = tag.name.eq_ignore_ascii_case("body");
        let Some(name) = allow::element(if is_body { "div" } else { tag.name }) else { return };
        self.elements += 1;
        if self.elements > HTML_ELEMENTS_MAX {
            self.out.cut = true;
            self.flatten(name);
            return;
        }
        self.close_implied(name);
        if self.open.len() >= HTML_DEPTH_MAX && !VOID.contains(&name) {
            self.flatten(name);
        } else {
            self.open_element(name, &tag);
        }
    }

    /// Skips to behind `</name>`; answers what was skipped, or `None` (and skips nothing) if there is none.
    fn skip_content(&mut self, name: &'static str) -> Option<&'x str> {
        if self.unclosed.contains(&name) {
            return None;
        }
        let rest = self.rest;
        let found = memmem::find_iter(rest.as_bytes(), b"</").find(|at| {
            let behind = rest.as_bytes().get(at + 2..).unwrap_or_default();
            let (found, after) = behind.split_at(name.len().min(behind.len()));
            found.eq_ignore_ascii_case(name.as_bytes())
                && after.first().is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'))
        });
        let Some(at) = found else {
            self.unclosed.push(name);
            return None;
        };
        let (content, end) = rest.split_at_checked(at)?;
        self.rest = read_tag(end.get(2..).unwrap_or_default()).1;
        Some(content)
    }

    fn collect_style(&mut self, content: &str) {
        let room = CSS_BYTES_MAX.saturating_sub(self.out.css.len());
        let kept = crate::charset::cut(content, room);
        self.out.cut |= kept.len() < content.len();
        self.out.blocked += count_addresses(kept);
        self.out.css.push_str(kept);
        self.out.css.push('\n');
    }

    /// Counts what a browser would fetch for this tag.
    fn count_remote(&mut self, tag: &Tag<'_>) {
        let is_link = tag.name.eq_ignore_ascii_case("link");
        for (name, value) in &tag.attributes {
            let fetched = FETCHED.contains(&name.as_str()) || (is_link && name == "href");
            if fetched && !is_local(value) {
                self.out.blocked += 1;
            } else if name == "style" {
                self.out.blocked += count_addresses(value);
            }
        }
    }

    /// Leaves an element out, but not its content.
    fn flatten(&mut self, name: &'static str) {
        if !VOID.contains(&name) {
            *self.flattened.entry(name).or_default() += 1;
        }
    }

    fn open_element(&mut self, name: &'static str, tag: &Tag<'_>) {
        self.run_bytes = 0;
        self.out.html.push('<');
        self.out.html.push_str(name);
        for (attribute, value) in &tag.attributes {
            if attribute == "src" {
                self.image(value);
            } else if allow::attribute(name, attribute) && value.len() <= HTML_ATTRIBUTE_BYTES_MAX {
                self.attribute(attribute, value);
            }
        }
        self.out.html.push('>');
        if !VOID.contains(&name) {
            self.open.push(name);
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.html.push(' ');
        self.out.html.push_str(name);
        self.out.html.push_str("=\"");
        self.out.html.push_str(&value.replace('"', "&quot;").replace('\0', ""));
        self.out.html.push('"');
    }

    /// Writes the `src` of an image that came with the mail.
    fn image(&mut self, address: &str) {
        let room = INLINE_IMAGE_BYTES_MAX.min(INLINE_IMAGES_BYTES_MAX.saturating_sub(self.image_bytes));
        if self.decoded_bytes >= INLINE_DECODED_BYTES_MAX {
            return;
        }
        let bytes = if let Some(id) = strip_scheme(address, "cid:") {
            (self.inline_image)(&content_id(id))
        } else {
            strip_scheme(address, "data:").and_then(|data| {
                let encoded = data.split_once(";base64,").map(|(_, encoded)| encoded)?;
                Some(crate::transfer::Encoding::Base64.decode(encoded.as_bytes()))
            })
        };
        self.decoded_bytes = self.decoded_bytes.saturating_add(bytes.as_ref().map_or(0, |bytes| bytes.len()));
        let Some(bytes) = bytes.filter(|bytes| bytes.len() <= room) else { return };
        let Some(media_type) = sniff::shown_image(&bytes) else { return };
        self.image_bytes += bytes.len();
        self.out.html.push_str(" src=\"data:");
        self.out.html.push_str(media_type);
        self.out.html.push_str(";base64,");
        BASE64.encode_append(&bytes, &mut self.out.html);
        self.out.html.push('"');
    }

    /// Closes what a start tag of `name` ends by itself (HTML standard, "optional tags").
    fn close_implied(&mut self, name: &'static str) {
        let (ended, within): (&[&str], &[&str]) = match name {
            "li" => (&["li"], &["ul", "ol", "dir"]),
            "dd" | "dt" => (&["dd", "dt"], &["dl"]),
            "td" | "th" => (&["td", "th"], &["table"]),
            "tr" => (&["tr"], &["table"]),
            "tbody" | "thead" | "tfoot" | "colgroup" => {
                (&["tbody", "thead", "tfoot", "colgroup", "caption"], &["table"])
            }
            "a" => (&["a"], &["td", "th", "table"]),
            _ => (&[], &[]),
        };
        self.close_within(ended, within);
        if BLOCKS.contains(&name) {
            self.close_within(&["p"], &["td", "th", "table", "caption", "li", "div", "blockquote"]);
        }
    }

    /// Closes the innermost of `ended`, unless one of `within` lies between.
    fn close_within(&mut self, ended: &[&str], within: &[&str]) {
        let found = self.open.iter().rposition(|open| ended.contains(open) || within.contains(open));
        if let Some(level) = found.filter(|level| self.open.get(*level).is_some_and(|open| ended.contains(open))) {
            self.close_to(level);
        }
    }

    /// The innermost open `name` that an end tag can reach: those of other things stay inside their table cell.
    fn find_open(&self, name: &str) -> Option<usize> {
        let walls: &[&str] = match name {
            "table" => &[],
            "td" | "th" | "tr" | "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => &["table"],
            _ => &["td", "th", "caption", "table"],
        };
        let found = self.open.iter().rposition(|open| *open == name || walls.contains(open))?;
        self.open.get(found).filter(|open| **open == name).map(|_| found)
    }

    fn close_to(&mut self, level: usize) {
        while self.open.len() > level {
            if let Some(name) = self.open.pop() {
                self.run_bytes = 0;
                self.out.html.push_str("</");
                self.out.html.push_str(name);
                self.out.html.push('>');
            }
        }
    }
}
