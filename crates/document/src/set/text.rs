//! Paragraphs.

use std::num::NonZeroUsize;

use typst::foundations::{Content, NativeElement, Smart, Styles};
use typst::layout::{Abs, AlignElem, Alignment, Dir, Em, HAlignment, Length};
use typst::model::{Destination, FirstLineIndent, HeadingElem, LinkElem, LinkTarget, ParElem, Url};
use typst::text::{
    BottomEdge, FontFamily, FontList, FontStyle, FontWeight, HighlightElem, LinebreakElem, StrikeElem, TextDir,
    TextElem, TextSize, TopEdge, UnderlineElem,
};

use super::{image, length, paint};
use crate::flow::{Inline, Paragraph, Role, Run};
use crate::html::{Align, Family, Shift, Style};

/// Families in the order in which a letter is looked for.
fn families(family: Family) -> FontList {
    let first = match family {
        Family::Sans => "Liberation Sans",
        Family::Serif => "Liberation Serif",
        Family::Mono => "Liberation Mono",
        Family::Calibri => "Carlito",
        Family::Cambria => "Caladea",
    };
    let all = [first, "Liberation Sans", "DejaVu Sans", "Noto Emoji", "Siegelpost Box"];
    FontList(all.iter().map(|name| FontFamily::new(name)).collect())
}

pub(super) fn align(align: Align, rtl: bool) -> HAlignment {
    match align {
        Align::Center => HAlignment::Center,
        Align::Right => HAlignment::Right,
        Align::Start | Align::Justify if rtl => HAlignment::Right,
        Align::Left | Align::Start | Align::Justify => HAlignment::Left,
    }
}

pub(super) fn paragraph(paragraph: &Paragraph, indent: f64, alignment: Align, width: f64) -> Content {
    let mut inlines = Content::sequence(inlines(&paragraph.inlines, width));
    let dir = if paragraph.rtl { Dir::RTL } else { Dir::LTR };
    let mut styles = Styles::new();
    styles.set(TextElem::dir, TextDir(Smart::Custom(dir)));
    styles.set(TextElem::size, TextSize(length(paragraph.size)));
    styles.set(AlignElem::alignment, Alignment::H(align(alignment, paragraph.rtl)));
    let leading = length(paragraph.size * (paragraph.line - 1.0).max(0.0));
    let body = match paragraph.role {
        Role::Heading(level) => {
            inlines = inlines.set(ParElem::leading, leading);
            let level = NonZeroUsize::new(level).unwrap_or(NonZeroUsize::MIN);
            let heading = HeadingElem::new(inlines).with_level(Smart::Custom(level)).pack();
            if indent > 0.0 { super::block::padded(heading, indent) } else { heading }
        }
        Role::Body => {
            let mut par = ParElem::new(inlines).with_leading(leading).with_justify(alignment == Align::Justify);
            if indent > 0.0 {
                let dict = typst::foundations::dict! { "amount" => length(indent), "all" => true };
                if let Ok(first) = typst::foundations::Value::Dict(dict).cast::<FirstLineIndent>() {
                    par = par.with_first_line_indent(first).with_hanging_indent(length(indent));
                }
            }
            par.pack()
        }
    };
    body.styled_with_map(styles)
}

fn inlines(inlines: &[Inline], width: f64) -> impl Iterator<Item = Content> + '_ {
    inlines.iter().map(move |inline| match inline {
        Inline::Break => LinebreakElem::shared().clone(),
        Inline::Image(picture) => image::inline(picture, width),
        Inline::Run(found) => run(found),
    })
}

fn run(run: &Run) -> Content {
    let style = &run.style;
    let mut content = TextElem::packed(run.text.as_str());
    if style.underline {
        content = UnderlineElem::new(content).pack();
    }
    if style.strike {
        content = StrikeElem::new(content).pack();
    }
    if let Some(mark) = style.mark {
        content = HighlightElem::new(content).with_fill(Some(paint(mark).into())).pack();
    }
    let content = content.styled_with_map(styles(style));
    linked(content, run.link.as_deref())
}

/// Content that leads to an address.
pub(super) fn linked(content: Content, link: Option<&str>) -> Content {
    match link.and_then(|link| Url::new(link).ok()) {
        Some(url) => LinkElem::new(LinkTarget::Dest(Destination::Url(url)), content).pack(),
        None => content,
    }
}

fn styles(style: &Style) -> Styles {
    let mut styles = Styles::new();
    styles.set(TextElem::font, families(style.family));
    styles.set(TextElem::size, TextSize(length(style.size)));
    styles.set(TextElem::weight, if style.bold { FontWeight::BOLD } else { FontWeight::REGULAR });
    styles.set(TextElem::style, if style.italic { FontStyle::Italic } else { FontStyle::Normal });
    styles.set(TextElem::fill, paint(style.color).into());
    // Lines are as high as the size, so that the distance of lines is what the mail says.
    styles.set(TextElem::top_edge, TopEdge::Length(em(0.8)));
    styles.set(TextElem::bottom_edge, BottomEdge::Length(em(-0.2)));
    match style.shift {
        Shift::None => {}
        Shift::Sub => styles.set(TextElem::baseline, em(0.25)),
        Shift::Super => styles.set(TextElem::baseline, em(-0.45)),
    }
    styles
}

fn em(amount: f64) -> Length {
    Length { abs: Abs::zero(), em: Em::new(amount) }
}
