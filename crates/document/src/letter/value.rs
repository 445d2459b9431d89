//! A letter as a value of the typesetter: what a template finds in `sys.inputs`.
//!
//! The lines of the address field are content that carries where it comes from ([`Origin`]) to the finished page, glyph by glyph.
//! A template can place it, and cannot make anything else look like it.

use std::num::NonZeroU64;
use std::sync::LazyLock;

use typst::foundations::{Array, Bytes, Content, Dict, IntoValue, NativeElement, Value};
use typst::layout::{Abs, Length};
use typst::syntax::{FileId, Span};
use typst::text::TextElem;
use typst::visualize::Color;

use super::geometry::{ADDITIONS_HEIGHT, ADDITIONS_LINE, ADDRESS_LINE, LetterForm, PUNCH};
use super::measure::Sizes;
use super::{Block, Letter, Letterhead, Part, qr};
use crate::letter::LetterError;
use crate::mail::Field;
use crate::world;

/// Families in which letters are looked for. None has a sign for letters that it does not know: those are an error.
const FONTS: [&str; 3] = ["Liberation Sans", "DejaVu Sans", "Noto Emoji"];
const CODE_FONTS: [&str; 1] = ["Liberation Mono"];

/// A file that does not exist; what comes from a letter says it comes from there.
static FILE: LazyLock<Option<FileId>> = LazyLock::new(|| world::id("/letter"));

/// Where a glyph or a shape comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// The return line.
    ReturnLine,
    /// A line of the additions, from 0.
    Addition(usize),
    /// A line of the address, from 0.
    Address(usize),
    /// A QR code.
    Qr,
}

/// Bits of a span that tell where in a file something is.
const PLACE_BITS: u32 = 48;
/// The first place in a file.
const FIRST_PLACE: u64 = 2;
/// Lines of one kind.
const LINES: u64 = 1000;

impl Origin {
    pub(super) fn span(self) -> Span {
        let number = match self {
            Self::ReturnLine => 0,
            Self::Qr => 1,
            Self::Addition(line) => LINES + line as u64,
            Self::Address(line) => 2 * LINES + line as u64,
        };
        let file = FILE.map_or(0, |file| u64::from(file.into_raw().get()));
        NonZeroU64::new(file << PLACE_BITS | (FIRST_PLACE + number)).map_or_else(Span::detached, Span::from_raw)
    }

    /// The origin that a span tells of.
    pub(super) fn of(span: Span) -> Option<Self> {
        if span.id().is_none() || span.id() != *FILE {
            return None;
        }
        let number = (span.into_raw().get() & ((1 << PLACE_BITS) - 1)).checked_sub(FIRST_PLACE)?;
        let line = usize::try_from(number % LINES).ok()?;
        match (number / LINES, line) {
            (0, 0) => Some(Self::ReturnLine),
            (0, 1) => Some(Self::Qr),
            (1, line) => Some(Self::Addition(line)),
            (2, line) => Some(Self::Address(line)),
            _ => None,
        }
    }
}

/// The letter as a dictionary.
pub(super) fn dict(letter: &Letter, sizes: Sizes, images: Dict) -> Result<Dict, LetterError> {
    let additions = letter.additions.iter().enumerate().map(|(index, line)| marked(line, Origin::Addition(index)));
    let address = letter.address.iter().enumerate().map(|(index, line)| marked(line, Origin::Address(index)));
    let body = letter.body.iter().enumerate().map(|(index, this)| block(Part::Block(index + 1), this));
    Ok(dictionary([
        ("language", text(&letter.language)),
        ("form", text(if letter.form == LetterForm::A { "A" } else { "B" })),
        ("geometry", Value::Dict(geometry(letter.form))),
        ("fonts", Value::Array(FONTS.iter().map(|name| text(name)).collect())),
        ("code-fonts", Value::Array(CODE_FONTS.iter().map(|name| text(name)).collect())),
        ("address", Value::Array(address.collect())),
        ("address-size", points(sizes.address)),
        ("return-line", marked(&letter.return_line, Origin::ReturnLine)),
        ("return-size", points(sizes.return_line)),
        ("additions", Value::Array(additions.collect())),
        ("additions-size", points(sizes.additions)),
        ("information", fields(&letter.information)),
        ("date", field(&letter.date)),
        ("subject", text(&letter.subject)),
        ("salutation", text(&letter.salutation)),
        ("body", Value::Array(body.collect::<Result<_, _>>()?)),
        ("closing", text(&letter.closing)),
        ("signature", text(&letter.signature)),
        ("enclosures", texts(&letter.enclosures)),
        (
            "words",
            Value::Dict(dictionary([
                ("page", text(&letter.words.page)),
                ("enclosures", text(&letter.words.enclosures)),
            ])),
        ),
        ("letterhead", Value::Dict(letterhead(&letter.letterhead))),
        ("images", Value::Dict(images)),
    ]))
}

fn dictionary<const COUNT: usize>(pairs: [(&str, Value); COUNT]) -> Dict {
    pairs.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

fn text(text: &str) -> Value {
    Value::Str(text.into())
}

fn texts(all: &[String]) -> Value {
    Value::Array(all.iter().map(|line| text(line)).collect())
}

fn marked(line: &str, origin: Origin) -> Value {
    Value::Content(TextElem::new(line.into()).pack().spanned(origin.span()))
}

fn points(size: f64) -> Value {
    Length::from(Abs::pt(size)).into_value()
}

fn millimetres(length: f64) -> Value {
    Length::from(Abs::mm(length)).into_value()
}

fn field(field: &Field) -> Value {
    Value::Dict(dictionary([("label", text(&field.label)), ("value", text(&field.value))]))
}

fn fields(all: &[Field]) -> Value {
    Value::Array(all.iter().map(field).collect())
}

fn geometry(form: LetterForm) -> Dict {
    dictionary([
        ("field-top", millimetres(form.field_top())),
        ("additions-top", millimetres(form.field_top())),
        ("additions-height", millimetres(ADDITIONS_HEIGHT)),
        ("additions-line", millimetres(ADDITIONS_LINE)),
        ("address-top", millimetres(form.address_top())),
        ("address-line", millimetres(ADDRESS_LINE)),
        ("information-top", millimetres(form.information_top())),
        ("body-top", millimetres(form.body_top())),
        ("folds", Value::Array(form.folds().into_iter().map(millimetres).collect())),
        ("punch", millimetres(PUNCH)),
    ])
}

fn letterhead(letterhead: &Letterhead) -> Dict {
    let logo = letterhead.logo.as_ref().map_or(Value::None, |logo| {
        Value::Dict(dictionary([
            ("data", Value::Bytes(Bytes::new(logo.bytes.clone()))),
            ("format", text(logo.format.name())),
            ("alt", text(&logo.alt)),
        ]))
    });
    let color = letterhead.color;
    dictionary([
        ("name", text(&letterhead.name)),
        ("lines", texts(&letterhead.lines)),
        ("logo", logo),
        ("footer", Value::Array(letterhead.footer.iter().map(|column| texts(column)).collect::<Array>())),
        ("color", Color::from_u8(color.red, color.green, color.blue, u8::MAX).into_value()),
    ])
}

fn block(part: Part, block: &Block) -> Result<Value, LetterError> {
    let kind = |kind: &str, name: &str, value: Value| dictionary([("kind", text(kind)), (name, value)]);
    Ok(Value::Dict(match block {
        Block::Paragraph(words) => kind("paragraph", "text", text(words)),
        Block::Heading(words) => kind("heading", "text", text(words)),
        Block::List(items) => kind("list", "items", texts(items)),
        Block::Steps(items) => kind("steps", "items", texts(items)),
        Block::Table(rows) => kind("table", "rows", fields(rows)),
        Block::Code(code) => {
            dictionary([("kind", text("code")), ("label", text(&code.label)), ("code", text(&code.code))])
        }
        Block::Qr(qr) => {
            let drawing: Content = qr::drawing(&qr.text, Origin::Qr.span()).ok_or(LetterError::Qr(part))?;
            dictionary([
                ("kind", text("qr")),
                ("alt", text(&qr.alt)),
                ("side", millimetres(qr::SIDE)),
                ("drawing", Value::Content(drawing)),
            ])
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_survive_as_spans() {
        for origin in [Origin::ReturnLine, Origin::Qr, Origin::Addition(3), Origin::Address(0), Origin::Address(5)] {
            assert_eq!(Origin::of(origin.span()), Some(origin));
        }
        assert_eq!(Origin::of(Span::detached()), None);
    }
}
