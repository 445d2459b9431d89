//! From clean HTML to a flow.

use std::sync::Arc;

use super::inline::{Sink, Stand, printable, seen};
use super::{Block, BoxWidth, Boxed, Census, Flow, List, Paragraph, Placed, Role, image};
use crate::html::{
    Align, Border, Boxing, Color, Display, Element, Length, Node, PX, Place, ROOT, Sheet, Sides, Style, Tree, color,
    compute,
};
use crate::limits::{BLOCKS_MAX, NEST_MAX, RUNS_MAX};

/// What the typesetter's depth is spent on.
pub(super) const BOX_COST: usize = 2;
const LIST_COST: usize = 4;
pub(super) const TABLE_COST: usize = 6;
/// Largest indent in points.
const INDENT_MAX: f64 = 150.0;
/// Indent of lists that are set flat.
const LIST_INDENT: f64 = 18.0;

/// The colour of a line across.
const RULE: Color = Color { red: 0x99, green: 0x99, blue: 0x99 };

/// Elements that stand on lines of their own.
const BLOCKS: [&str; 27] = [
    "address",
    "article",
    "blockquote",
    "caption",
    "center",
    "dd",
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
    "li",
    "main",
    "p",
    "pre",
    "section",
    "tbody",
    "td",
    "tr",
];

/// Makes a flow of the clean HTML of a mail. `plain` takes text, links, lists as lines and images, and nothing that nests.
pub(crate) fn from_html(html: &str, plain: bool) -> Flow {
    let tree = Tree::read(html);
    let sheet = Sheet::read(&tree);
    let mut builder = Builder {
        tree: &tree,
        sheet,
        plain,
        census: Census::default(),
        runs: 0,
        blocks: 0,
        cells: 0,
        over: false,
        pixels: 0,
        images_missing: 0,
        line: vec![ROOT],
    };
    let mut sink = Sink::new(Stand { role: Role::Body, align: Align::Start, indent: 0.0, rtl: None });
    let within = Within { style: Style::ROOT, link: None, nest: 0 };
    builder.children(ROOT, &within, &mut sink);
    sink.flush();
    level(&mut sink.blocks, &mut 1);
    builder.over |= builder.runs > RUNS_MAX || builder.blocks > BLOCKS_MAX;
    Flow {
        blocks: sink.blocks,
        census: builder.census,
        over: builder.over && !plain,
        images_missing: builder.images_missing,
        cut: false,
    }
}

/// What surrounds a node.
#[derive(Clone)]
pub(super) struct Within {
    pub style: Style,
    pub link: Option<Arc<str>>,
    /// What is spent of [`NEST_MAX`].
    pub nest: usize,
}

/// An element with its style.
struct Styled<'t, 'x> {
    place: Place,
    element: &'t Element<'x>,
    boxing: Boxing,
    /// What it stands in.
    outer: Style,
    /// What is in it.
    inner: Within,
}

pub(super) struct Builder<'t, 'x> {
    pub tree: &'t Tree<'x>,
    sheet: Sheet<'x>,
    pub plain: bool,
    census: Census,
    runs: usize,
    blocks: usize,
    pub cells: usize,
    pub over: bool,
    pixels: u64,
    images_missing: usize,
    /// The elements around, outermost first.
    line: Vec<Place>,
}

impl<'t, 'x> Builder<'t, 'x> {
    pub(super) fn children(&mut self, place: Place, within: &Within, sink: &mut Sink) {
        let tree = self.tree;
        for child in tree.children(place) {
            match tree.get(*child) {
                Some(Node::Text(text)) => self.text(text, within, sink),
                Some(Node::Element(element)) => self.element(*child, element, within, sink),
                None => {}
            }
        }
    }

    pub(super) fn text(&mut self, text: &str, within: &Within, sink: &mut Sink) {
        let text = printable(text, within.style.case);
        self.census.count(&text);
        self.runs += sink.text(&text, &seen(&within.style), within.link.as_ref());
    }

    /// Computes the style of the element at `place`, which becomes the innermost one until [`Self::leave`].
    pub(super) fn enter(&mut self, place: Place, element: &Element<'_>, outer: &Style) -> (Style, Boxing) {
        self.line.push(place);
        let declarations = self.sheet.declarations(self.tree, &self.line);
        compute(element, outer, &declarations)
    }

    pub(super) fn leave(&mut self) {
        self.line.pop();
    }

    fn element(&mut self, place: Place, element: &'t Element<'x>, within: &Within, sink: &mut Sink) {
        let link = if element.name == "a" { element.attribute("href").and_then(link) } else { None };
        let mut outer = within.style;
        if link.is_some() {
            outer.color = Color::LINK;
            outer.underline = true;
        }
        let (style, boxing) = self.enter(place, element, &outer);
        if !boxing.hidden {
            let inner = Within { style, link: link.or_else(|| within.link.clone()), nest: within.nest };
            self.shown(&Styled { place, element, boxing, outer: within.style, inner }, sink);
        }
        self.leave();
    }

    fn shown(&mut self, found: &Styled<'t, 'x>, sink: &mut Sink) {
        let Styled { place, element, boxing, outer, inner } = found;
        match element.name {
            "br" => sink.line_break(&inner.style),
            "wbr" => {}
            "img" => self.image(element, boxing, inner, sink),
            "hr" => {
                sink.gap(boxing.margin.top);
                let color = element.attribute("color").and_then(color).unwrap_or(RULE);
                let border = boxing.border.top.unwrap_or(Border { width: PX, color });
                self.block(Block::Rule(border), sink);
                sink.gap(boxing.margin.bottom);
            }
            "table" => {
                sink.flush();
                sink.gap(boxing.margin.top);
                self.table(*place, element, boxing, inner, sink);
                sink.gap(boxing.margin.bottom);
            }
            "ul" | "ol" | "dir" => self.list(*place, element, boxing, inner, sink),
            name if BLOCKS.contains(&name) || boxing.display == Some(Display::Block) => self.boxed(found, sink),
            _ if is_button(boxing, outer) => self.boxed(found, sink),
            _ => {
                let mut inner = inner.clone();
                inner.style.mark = boxing.background.or(inner.style.mark).filter(|mark| *mark != outer.backdrop);
                self.children(*place, &inner, sink);
            }
        }
    }

    pub(super) fn block(&mut self, block: Block, sink: &mut Sink) {
        self.blocks += 1;
        sink.push(block);
    }

    fn image(&mut self, element: &Element<'_>, boxing: &Boxing, within: &Within, sink: &mut Sink) {
        match image::read(element, boxing, within.link.as_ref(), &mut self.pixels) {
            image::Found::Picture(picture) => sink.picture(picture),
            image::Found::Nothing => {}
            image::Found::Missing => {
                self.images_missing += usize::from(element.attribute("src").is_some());
                // As browsers do, the words for an image stand where it is missing.
                if let Some(alt) = element.attribute("alt").map(str::trim).filter(|alt| !alt.is_empty()) {
                    self.text(alt, within, sink);
                }
            }
        }
    }

    /// An element on lines of its own.
    fn boxed(&mut self, found: &Styled<'t, 'x>, sink: &mut Sink) {
        let Styled { place, element, boxing, outer, inner } = found;
        self.blocks += 1;
        sink.flush();
        sink.gap(boxing.margin.top);
        let stand = sink.stand;
        let role = heading(element.name).unwrap_or(stand.role);
        let is_box = shows(boxing, outer) || is_button(boxing, outer);
        if is_box && !self.plain && inner.nest + BOX_COST <= NEST_MAX {
            sink.stand.align = if boxing.centered { Align::Center } else { outer.align };
            sink.stand.indent = (stand.indent + boxing.margin.left).min(INDENT_MAX);
            self.framed(found, role, sink);
        } else {
            let padding = boxing.padding;
            sink.pad(padding.top.unwrap_or_default());
            let indent = stand.indent + boxing.margin.left + padding.left.unwrap_or_default();
            sink.stand = Stand { role, align: inner.style.align, indent: indent.min(INDENT_MAX), rtl: inner.style.rtl };
            self.children(*place, inner, sink);
            sink.flush();
            sink.pad(padding.bottom.unwrap_or_default());
        }
        sink.stand = stand;
        sink.gap(boxing.margin.bottom);
    }

    /// An element as a box that is seen.
    fn framed(&mut self, found: &Styled<'t, 'x>, role: Role, sink: &mut Sink) {
        let Styled { place, element, boxing, outer, inner } = found;
        let mut content = Sink::new(Stand { role, align: inner.style.align, indent: 0.0, rtl: inner.style.rtl });
        self.children(*place, &Within { nest: inner.nest + BOX_COST, ..inner.clone() }, &mut content);
        content.flush();
        let side = |value: Option<f64>| value.unwrap_or_default();
        let padding = Sides {
            top: side(boxing.padding.top) + content.top,
            right: side(boxing.padding.right),
            bottom: side(boxing.padding.bottom) + content.bottom,
            left: side(boxing.padding.left),
        };
        if content.blocks.is_empty() && padding.top + padding.bottom <= 0.0 {
            return;
        }
        let width = match boxing.width {
            _ if boxing.display != Some(Display::Block) && !BLOCKS.contains(&element.name) => BoxWidth::Content,
            Some(width) if width != Length::Part(1.0) => BoxWidth::Fixed(width),
            _ => BoxWidth::Place,
        };
        let fill = boxing.background.filter(|fill| *fill != outer.backdrop);
        let (border, radius) = (boxing.border, boxing.radius);
        sink.push(Block::Boxed(Boxed { blocks: content.blocks, fill, border, padding, radius, width }));
    }

    fn list(&mut self, place: Place, element: &'t Element<'x>, boxing: &Boxing, within: &Within, sink: &mut Sink) {
        sink.flush();
        sink.gap(boxing.margin.top);
        let numbering = numbering(element, boxing);
        let nest = within.nest + LIST_COST;
        let start = element.number("start").unwrap_or(1);
        let start = u64::try_from(start.min(1_000_000)).unwrap_or(1);
        if self.plain || nest > NEST_MAX {
            self.flat_list(place, numbering, start, within, sink);
        } else {
            let stand = Stand { role: Role::Body, align: within.style.align, indent: 0.0, rtl: within.style.rtl };
            let mut items: Vec<Sink> = Vec::new();
            let inner = Within { nest, ..within.clone() };
            let tree = self.tree;
            for child in tree.children(place) {
                match tree.get(*child) {
                    Some(Node::Element(item)) => {
                        if item.name == "li" || items.is_empty() {
                            items.push(Sink::new(stand));
                        }
                        if let Some(content) = items.last_mut() {
                            self.element(*child, item, &inner, content);
                            content.flush();
                        }
                    }
                    Some(Node::Text(text)) if !text.trim().is_empty() => {
                        let mut content = Sink::new(stand);
                        self.text(text, &inner, &mut content);
                        content.flush();
                        items.push(content);
                    }
                    _ => {}
                }
            }
            let items: Vec<_> = items.into_iter().map(|item| item.blocks).filter(|blocks| !blocks.is_empty()).collect();
            if !items.is_empty() {
                let bare = numbering == Some("");
                let numbering = numbering.filter(|numbering| !numbering.is_empty());
                self.block(Block::List(List { numbering, bare, start, items, size: within.style.size }), sink);
            }
        }
        sink.gap(boxing.margin.bottom);
    }

    /// A list as lines with a sign in front.
    fn flat_list(
        &mut self,
        place: Place,
        numbering: Option<&'static str>,
        start: u64,
        within: &Within,
        sink: &mut Sink,
    ) {
        let outer = sink.stand;
        sink.stand.indent = (outer.indent + LIST_INDENT).min(INDENT_MAX);
        let mut number = start;
        let tree = self.tree;
        for child in tree.children(place) {
            match tree.get(*child) {
                Some(Node::Element(item)) => {
                    if item.name == "li" {
                        sink.flush();
                        let sign = match numbering {
                            None => "• ".to_owned(),
                            Some("") => String::new(),
                            Some(_) => format!("{number}. "),
                        };
                        number += 1;
                        let (style, boxing) = self.enter(*child, item, &within.style);
                        if !boxing.hidden {
                            sink.text(&sign, &seen(&style), None);
                            self.children(*child, &Within { style, ..within.clone() }, sink);
                            sink.flush();
                        }
                        self.leave();
                    } else {
                        self.element(*child, item, within, sink);
                    }
                }
                Some(Node::Text(text)) => self.text(text, within, sink),
                None => {}
            }
        }
        sink.flush();
        sink.stand = outer;
    }
}

fn heading(name: &str) -> Option<Role> {
    let level: usize = name.strip_prefix('h')?.parse().ok()?;
    Some(Role::Heading((level + 1).min(HEADING_MAX)))
}

/// Deepest level of headings.
const HEADING_MAX: usize = 6;

/// Lets headings go down one level at a time (ISO 14289-1, 7.4.2). `last` is the level before.
fn level(blocks: &mut [Placed], last: &mut usize) {
    for placed in blocks {
        match &mut placed.block {
            Block::Paragraph(Paragraph { role: Role::Heading(level), .. }) => {
                *level = (*level).min(*last + 1);
                *last = *level;
            }
            Block::List(found) => found.items.iter_mut().for_each(|item| level(item, last)),
            Block::Table(table) => table.cells.iter_mut().for_each(|cell| level(&mut cell.blocks, last)),
            Block::Boxed(boxed) => level(&mut boxed.blocks, last),
            Block::Paragraph(_) | Block::Image(_) | Block::Rule(_) => {}
        }
    }
}

/// Whether a box is seen.
fn shows(boxing: &Boxing, outer: &Style) -> bool {
    boxing.border.any() || boxing.background.is_some_and(|fill| fill != outer.backdrop)
}

/// Padding above and below from which text on a colour is a box, in points.
const BUTTON_PADDING: f64 = 4.0;

/// Whether something within a line is a box of its own.
fn is_button(boxing: &Boxing, outer: &Style) -> bool {
    let padded = boxing.padding.top.is_some_and(|top| top >= BUTTON_PADDING);
    match boxing.display {
        Some(Display::InlineBlock) => shows(boxing, outer),
        Some(Display::Block) => false,
        _ => padded && boxing.background.is_some(),
    }
}

/// `None` for bullets, an empty word for no sign at all.
fn numbering(element: &Element<'_>, boxing: &Boxing) -> Option<&'static str> {
    if boxing.marker.is_some() {
        return boxing.marker;
    }
    match (element.name, element.attribute("type").unwrap_or_default()) {
        ("ol", "a") => Some("a."),
        ("ol", "A") => Some("A."),
        ("ol", "i") => Some("i."),
        ("ol", "I") => Some("I."),
        ("ol", _) => Some("1."),
        _ => None,
    }
}

/// Longest address of a link that is followed.
const LINK_BYTES_MAX: usize = 2_000;

/// An address that a reader may follow.
fn link(href: &str) -> Option<Arc<str>> {
    let href = href.trim();
    let scheme = href.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase())?;
    let known = matches!(scheme.as_str(), "http" | "https" | "mailto" | "tel");
    let plain = href.chars().all(|letter| !letter.is_control() && !letter.is_whitespace());
    (known && plain && href.len() <= LINK_BYTES_MAX).then(|| Arc::from(href))
}
