//! A letter as a value of the typesetter: what a template finds in `sys.inputs`.
//!
//! Texts are content that carries where it comes from ([`Origin`]); texts of the brand are plain texts.

use typst::foundations::{Array, Bytes, Dict, IntoValue, Value};
use typst::layout::{Abs, Length};
use typst::visualize::Color;

use super::geometry::{ADDITIONS_HEIGHT, ADDITIONS_LINE, ADDRESS_LINE, LetterForm, PUNCH};
use super::measure::Sizes;
use super::origin::Origin;
use super::texts::{Texts, marked};
use super::{Block, Letter, LetterError, Letterhead, Part, qr};
use crate::mail::Field;

/// Families in which letters are looked for. None has a sign for letters that it does not know: those are an error.
const FONTS: [&str; 3] = ["Liberation Sans", "DejaVu Sans", "Noto Emoji"];
const CODE_FONTS: [&str; 1] = ["Liberation Mono"];

/// The letter as a dictionary, and the texts in it.
pub(super) fn dict(letter: &Letter, sizes: Sizes, images: Dict) -> Result<(Dict, Texts<'_>), LetterError> {
    let mut texts = Texts::default();
    let additions = letter.additions.iter().enumerate().map(|(index, line)| marked(line, Origin::Addition(index)));
    let address = letter.address.iter().enumerate().map(|(index, line)| marked(line, Origin::Address(index)));
    let information = letter.information.iter().enumerate();
    let information: Array =
        information.map(|(index, row)| field(&mut texts, Part::InformationField(index + 1), row)).collect();
    let body = letter.body.iter().enumerate().map(|(index, this)| block(&mut texts, index, this));
    let body = body.collect::<Result<Array, _>>()?;
    let enclosures = letter.enclosures.iter().enumerate();
    let enclosures: Array = enclosures.map(|(index, line)| texts.give(Part::Enclosure(index + 1), line)).collect();
    let words = match letter.enclosures.len() {
        0 => Value::None,
        _ => texts.give(Part::Words, &letter.words.enclosures),
    };
    let dict = dictionary([
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
        ("information", Value::Array(information)),
        ("date", field(&mut texts, Part::Date, &letter.date)),
        ("subject", texts.give(Part::Subject, &letter.subject)),
        ("salutation", optional(&mut texts, Part::Salutation, &letter.salutation)),
        ("body", Value::Array(body)),
        ("closing", optional(&mut texts, Part::Closing, &letter.closing)),
        ("signature", optional(&mut texts, Part::Signature, &letter.signature)),
        ("enclosures", Value::Array(enclosures)),
        ("words", Value::Dict(dictionary([("page", text(&letter.words.page)), ("enclosures", words)]))),
        ("letterhead", Value::Dict(letterhead(&letter.letterhead))),
        ("images", Value::Dict(images)),
    ]);
    Ok((dict, texts))
}

fn dictionary<const COUNT: usize>(pairs: [(&str, Value); COUNT]) -> Dict {
    pairs.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

fn text(text: &str) -> Value {
    Value::Str(text.into())
}

fn optional<'x>(texts: &mut Texts<'x>, part: Part, given: &'x str) -> Value {
    if given.is_empty() { Value::None } else { texts.give(part, given) }
}

fn points(size: f64) -> Value {
    Length::from(Abs::pt(size)).into_value()
}

fn millimetres(length: f64) -> Value {
    Length::from(Abs::mm(length)).into_value()
}

fn field<'x>(texts: &mut Texts<'x>, part: Part, field: &'x Field) -> Value {
    let (label, value) = (texts.give(part, &field.label), texts.give(part, &field.value));
    Value::Dict(dictionary([("label", label), ("value", value)]))
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

fn plain(lines: &[String]) -> Value {
    Value::Array(lines.iter().map(|line| text(line)).collect())
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
        ("lines", plain(&letterhead.lines)),
        ("logo", logo),
        ("footer", Value::Array(letterhead.footer.iter().map(|column| plain(column)).collect::<Array>())),
        ("color", Color::from_u8(color.red, color.green, color.blue, u8::MAX).into_value()),
    ])
}

fn block<'x>(texts: &mut Texts<'x>, index: usize, block: &'x Block) -> Result<Value, LetterError> {
    let part = Part::Block(index + 1);
    let kind = |kind: &str, name: &str, value: Value| dictionary([("kind", text(kind)), (name, value)]);
    Ok(Value::Dict(match block {
        Block::Paragraph(words) => kind("paragraph", "text", texts.give(part, words)),
        Block::Heading(words) => kind("heading", "text", texts.give(part, words)),
        Block::List(all) => kind("list", "items", items(texts, part, all)),
        Block::Steps(all) => kind("steps", "items", items(texts, part, all)),
        Block::Table(rows) => {
            kind("table", "rows", Value::Array(rows.iter().map(|row| field(texts, part, row)).collect()))
        }
        Block::Code(code) => {
            let groups = groups(&code.code).map(|group| texts.give(part, group)).collect();
            let label = texts.give(part, &code.label);
            dictionary([("kind", text("code")), ("label", label), ("groups", Value::Array(groups))])
        }
        Block::Qr(qr) => {
            let drawing = qr::drawing(&qr.text).ok_or(LetterError::Qr(part))?;
            dictionary([
                ("kind", text("qr")),
                ("alt", text(&qr.alt)),
                ("side", millimetres(qr::SIDE)),
                ("data", Value::Bytes(texts.draw(part, drawing))),
            ])
        }
    }))
}

fn items<'x>(texts: &mut Texts<'x>, part: Part, items: &'x [String]) -> Value {
    Value::Array(items.iter().map(|item| texts.give(part, item)).collect())
}

/// Letters of a code that are read at once.
const GROUP: usize = 4;

/// The groups of a code, which is ASCII.
fn groups(code: &str) -> impl Iterator<Item = &str> {
    code.as_bytes().chunks(GROUP).filter_map(|group| std::str::from_utf8(group).ok())
}
