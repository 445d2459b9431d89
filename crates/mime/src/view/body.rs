//! Choosing what is body and what is attachment.
//!
//! - `multipart/alternative`: the same content in several forms (RFC 2046 section 5.1.4); the last plain text and the last HTML are
//!   taken, other forms (invitations) are kept as files.
//! - `multipart/related`: a body and what it shows (RFC 2387); the root is the body, the rest are inline parts.
//! - every other multipart: text parts that are not declared attachments follow each other, as Apple Mail and mailing lists write.

use crate::field::{self, Fields};
use crate::limits::{BODY_BYTES_MAX, PART_DEPTH_MAX};
use crate::structure::{Kind, Part, Structure};
use crate::text::{self, Flow};
use crate::{charset, head, html, name};

/// A piece of body: the same content as text, as HTML, or both (indices of parts).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Piece {
    pub text: Option<usize>,
    pub html: Option<usize>,
}

/// The division of a mail.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// Pieces that follow each other.
    pub body: Vec<Piece>,
    /// Parts to be listed as files or used inline.
    pub rest: Vec<usize>,
}

pub(super) fn choose(raw: &[u8], structure: &Structure) -> Chosen {
    let mut chosen = Chosen::default();
    Chooser { raw, structure }.visit(0, &mut chosen, 0);
    chosen
}

struct Chooser<'a> {
    raw: &'a [u8],
    structure: &'a Structure,
}

impl Chooser<'_> {
    fn visit(&self, index: usize, chosen: &mut Chosen, depth: usize) {
        let Some(part) = self.structure.part(index) else { return };
        if depth > PART_DEPTH_MAX {
            return;
        }
        match (part.kind, part.media_type.as_str()) {
            (Kind::Multipart, "multipart/alternative") => self.alternative(part, chosen, depth),
            (Kind::Multipart, "multipart/related") => self.related(index, part, chosen, depth),
            (Kind::Multipart, _) => part.children.iter().for_each(|child| self.visit(*child, chosen, depth + 1)),
            // A multipart whose boundary is missing is readable as text, at the top.
            (Kind::Leaf, _) if index == 0 && part.media_type.starts_with("multipart/") => {
                chosen.body.push(Piece { text: Some(index), html: None });
            }
            (Kind::Leaf, "text/plain") if self.is_body(part) => {
                chosen.body.push(Piece { text: Some(index), html: None });
            }
            (Kind::Leaf, "text/html") if self.is_body(part) => {
                chosen.body.push(Piece { text: None, html: Some(index) });
            }
            // A mail whose only part is a message is a forwarded mail.
            _ => chosen.rest.push(index),
        }
    }

    fn alternative(&self, part: &Part, chosen: &mut Chosen, depth: usize) {
        let mut piece = Piece::default();
        for child in &part.children {
            let mut inner = Chosen::default();
            self.visit(*child, &mut inner, depth + 1);
            for found in &inner.body {
                piece.text = found.text.or(piece.text);
                piece.html = found.html.or(piece.html);
            }
            chosen.rest.append(&mut inner.rest);
        }
        chosen.body.push(piece);
    }

    fn related(&self, index: usize, part: &Part, chosen: &mut Chosen, depth: usize) {
        let start = super::attachment::parameter(self.raw, self.structure, index, "start");
        let start = start.and_then(|id| {
            let id = id.trim().trim_matches(['<', '>']);
            part.children.iter().copied().find(|child| self.content_id(*child).is_some_and(|known| known == id))
        });
        let root = start.or_else(|| part.children.first().copied());
        for child in &part.children {
            if Some(*child) == root {
                self.visit(*child, chosen, depth + 1);
            } else {
                self.leaves(*child, chosen, depth + 1);
            }
        }
    }

    /// What is related to a body is never body itself.
    fn leaves(&self, index: usize, chosen: &mut Chosen, depth: usize) {
        match self.structure.part(index) {
            Some(part) if part.kind == Kind::Multipart && depth <= PART_DEPTH_MAX => {
                part.children.iter().for_each(|child| self.leaves(*child, chosen, depth + 1));
            }
            _ => chosen.rest.push(index),
        }
    }

    fn content_id(&self, index: usize) -> Option<String> {
        let fields = Fields::read(self.raw.get(self.structure.part(index)?.header.clone())?);
        field::message_ids(fields.first("content-id")?).into_iter().next()
    }

    fn is_body(&self, part: &Part) -> bool {
        let fields = Fields::read(self.raw.get(part.header.clone()).unwrap_or_default());
        !head::is_attached(&fields) && name::declared(&fields).is_none()
    }
}

/// The decoded text of a part in its charset.
pub(super) fn decoded_text(raw: &[u8], structure: &Structure, index: usize) -> Option<String> {
    let part = structure.part(index)?;
    let body = raw.get(part.body.clone())?;
    // Three encoded bytes for one is the worst that an encoding makes of text that is shown.
    let body = body.get(..BODY_BYTES_MAX * 3).unwrap_or(body);
    let bytes = part.encoding.decode(body);
    let declared = super::attachment::parameter(raw, structure, index, "charset");
    let label = declared.or_else(|| (part.media_type == "text/html").then(|| charset::of_html(&bytes)).flatten());
    let text = charset::decode(&bytes, label.as_deref());
    Some(charset::cut(&text, BODY_BYTES_MAX).replace('\0', ""))
}

fn plain_text(raw: &[u8], structure: &Structure, index: usize) -> Option<String> {
    let is = |name: &str, wanted: &str| {
        let value = super::attachment::parameter(raw, structure, index, name);
        value.is_some_and(|value| value.trim().eq_ignore_ascii_case(wanted))
    };
    let flow = Flow { flowed: is("format", "flowed"), delete_space: is("delsp", "yes") };
    Some(text::unflow(&decoded_text(raw, structure, index)?, flow))
}

/// The body as text and as HTML; each only if some piece has it of its own.
pub(super) fn render(raw: &[u8], structure: &Structure, body: &[Piece]) -> (Option<String>, Option<String>) {
    let has_text = body.iter().any(|piece| piece.text.is_some());
    let has_html = body.iter().any(|piece| piece.html.is_some());
    let mut all_text = String::new();
    let mut all_html = String::new();
    for piece in body {
        let plain = piece.text.and_then(|index| plain_text(raw, structure, index));
        let markup = piece.html.and_then(|index| decoded_text(raw, structure, index));
        if has_text && all_text.len() < BODY_BYTES_MAX {
            if !all_text.is_empty() {
                all_text.push('\n');
            }
            match (&plain, &markup) {
                (Some(plain), _) => all_text.push_str(plain),
                (None, Some(markup)) => all_text.push_str(&html::to_text(markup)),
                (None, None) => {}
            }
        }
        if has_html && all_html.len() < BODY_BYTES_MAX {
            match (markup, &plain) {
                (Some(markup), _) => all_html.push_str(&markup),
                (None, Some(plain)) => all_html.push_str(&text::to_html(plain)),
                (None, None) => {}
            }
        }
    }
    (has_text.then_some(all_text), has_html.then_some(all_html))
}
