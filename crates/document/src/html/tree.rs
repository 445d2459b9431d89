//! The tree of clean HTML.
//!
//! It reads what the sanitiser wrote and nothing else: every element is closed, attributes stand in double quotes, and five entities
//! occur. Whatever deviates from that is text.

use std::borrow::Cow;

/// Elements without content.
const VOID: [&str; 5] = ["br", "col", "hr", "img", "wbr"];

/// Elements and texts, each with its place in the arena.
#[derive(Debug, Default)]
pub(crate) struct Tree<'x> {
    nodes: Vec<Node<'x>>,
    /// The content of the `<style>` in front.
    pub sheet: &'x str,
}

/// A place in a [`Tree`].
pub(crate) type Place = usize;

/// The root of every tree.
pub(crate) const ROOT: Place = 0;

#[derive(Debug)]
pub(crate) enum Node<'x> {
    Text(Cow<'x, str>),
    Element(Element<'x>),
}

#[derive(Debug, Default)]
pub(crate) struct Element<'x> {
    pub name: &'x str,
    attributes: Vec<(&'x str, Cow<'x, str>)>,
    pub children: Vec<Place>,
}

impl Element<'_> {
    /// The value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_ref())
    }

    /// The value of an attribute that is a number of pixels, rows or the like.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        let digits: &str = self.attribute(name)?.trim();
        digits.get(..digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len()))?.parse().ok()
    }
}

impl<'x> Tree<'x> {
    /// Reads clean HTML.
    pub(crate) fn read(html: &'x str) -> Self {
        let (sheet, rest) = split_sheet(html);
        let mut tree = Self { nodes: vec![Node::Element(Element::default())], sheet };
        let mut open = vec![ROOT];
        let mut rest = rest;
        while !rest.is_empty() {
            let (text, markup) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            if !text.is_empty() {
                tree.add(&open, Node::Text(decoded(text)));
            }
            rest = if let Some(behind) = markup.strip_prefix("</") {
                let (name, behind) = behind.split_once('>').unwrap_or((behind, ""));
                if let Some(level) = open.iter().rposition(|place| tree.name(*place) == name).filter(|level| *level > 0)
                {
                    open.truncate(level);
                }
                behind
            } else if let Some(behind) = markup.strip_prefix('<') {
                let (element, behind) = start(behind);
                let name = element.name;
                let place = tree.add(&open, Node::Element(element));
                if !VOID.contains(&name) {
                    open.push(place);
                }
                behind
            } else {
                ""
            };
        }
        tree
    }

    fn add(&mut self, open: &[Place], node: Node<'x>) -> Place {
        let place = self.nodes.len();
        self.nodes.push(node);
        let parent = open.last().and_then(|parent| self.nodes.get_mut(*parent));
        if let Some(Node::Element(parent)) = parent {
            parent.children.push(place);
        }
        place
    }

    /// What stands at a place.
    pub(crate) fn get(&self, place: Place) -> Option<&Node<'x>> {
        self.nodes.get(place)
    }

    /// The element at a place, if it is one.
    pub(crate) fn element(&self, place: Place) -> Option<&Element<'x>> {
        match self.nodes.get(place)? {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        }
    }

    /// The places within the element at a place.
    pub(crate) fn children(&self, place: Place) -> &[Place] {
        self.element(place).map_or(&[], |element| &element.children)
    }

    /// Nodes of the tree.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn name(&self, place: Place) -> &'x str {
        match self.nodes.get(place) {
            Some(Node::Element(element)) => element.name,
            _ => "",
        }
    }
}

/// The style sheet in front, and what follows.
fn split_sheet(html: &str) -> (&str, &str) {
    html.strip_prefix("<style>").and_then(|behind| behind.split_once("</style>")).unwrap_or(("", html))
}

/// Reads a start tag behind its `<`; answers what follows its `>`.
fn start(behind: &str) -> (Element<'_>, &str) {
    let end = behind.find([' ', '>']).unwrap_or(behind.len());
    let (name, mut rest) = behind.split_at(end);
    let mut element = Element { name, ..Element::default() };
    loop {
        rest = rest.trim_start_matches(' ');
        if let Some(behind) = rest.strip_prefix('>') {
            return (element, behind);
        }
        let Some((name, value)) = rest.split_once("=\"") else { return (element, "") };
        let Some((value, behind)) = value.split_once('"') else { return (element, "") };
        element.attributes.push((name, decoded(value)));
        rest = behind;
    }
}

/// The entities that a serialiser writes.
const ENTITIES: [(&str, &str); 5] = [("amp;", "&"), ("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("nbsp;", "\u{a0}")];

fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut pieces = text.split('&');
    let mut decoded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let known = ENTITIES.iter().find_map(|(entity, letter)| Some((piece.strip_prefix(entity)?, letter)));
        let (rest, letter) = known.unwrap_or((piece, &"&"));
        decoded.push_str(letter);
        decoded.push_str(rest);
    }
    Cow::Owned(decoded)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn reads_elements_attributes_and_entities() {
        let tree = Tree::read("<style>p{color:red}</style><p title=\"a &amp; &quot;b&quot;\">x&nbsp;<b>y</b><br>z</p>");
        assert_eq!(tree.sheet, "p{color:red}");
        let p = tree.element(*tree.children(ROOT).first().unwrap()).unwrap();
        assert_eq!((p.name, p.attribute("title")), ("p", Some("a & \"b\"")));
        assert_eq!(p.children.len(), 4);
        assert!(matches!(tree.get(*p.children.first().unwrap()), Some(Node::Text(text)) if text == "x\u{a0}"));
    }

    #[test]
    fn keeps_the_text_of_what_it_does_not_know() {
        let tree = Tree::read("a &copy; b</i>");
        assert!(matches!(tree.get(1), Some(Node::Text(text)) if text == "a &copy; b"));
    }
}
