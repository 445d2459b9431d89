//! What a computed style is.

use super::length::Length;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Color {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

impl Color {
    pub(crate) const BLACK: Self = Self { red: 0, green: 0, blue: 0 };
    pub(crate) const WHITE: Self = Self { red: 255, green: 255, blue: 255 };
    pub(crate) const LINK: Self = Self { red: 0x0b, green: 0x4f, blue: 0x9e };

    /// Relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(self.red) + 0.7152 * part(self.green) + 0.0722 * part(self.blue)
    }

    /// Contrast ratio (WCAG 2.2), 1 to 21.
    pub(crate) fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }
}

/// Fonts that are at hand; families of mails are mapped to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Arial and its like.
    Sans,
    /// Times and its like.
    Serif,
    /// Courier and its like.
    Mono,
    /// Calibri.
    Calibri,
    /// Cambria.
    Cambria,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Start,
    Left,
    Center,
    Right,
    Justify,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VAlign {
    Top,
    Middle,
    Bottom,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Asis,
    Upper,
    Lower,
}

/// Above or below the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shift {
    None,
    Sub,
    Super,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Display {
    Inline,
    InlineBlock,
    Block,
}

/// What an element hands on to what is in it.
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own, as CSS has it")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub family: Family,
    /// Points.
    pub size: f64,
    pub bold: bool,
    pub italic: bool,
    pub underline: bool,
    pub strike: bool,
    pub color: Color,
    /// What the text stands on.
    pub backdrop: Color,
    /// What the element itself stands on.
    pub backdrop_outside: Color,
    /// Marked text.
    pub mark: Option<Color>,
    pub align: Align,
    /// Whether the alignment is that of old HTML, which moves tables and ends at them.
    pub moves: bool,
    /// Distance of lines as a multiple of the size.
    pub line: f64,
    pub pre: bool,
    pub case: Case,
    pub shift: Shift,
    /// Whether the mail says from right to left.
    pub rtl: Option<bool>,
}

impl Style {
    /// What the body of a mail begins with.
    pub(crate) const ROOT: Self = Self {
        family: Family::Sans,
        size: 11.0,
        bold: false,
        italic: false,
        underline: false,
        strike: false,
        color: Color::BLACK,
        backdrop: Color::WHITE,
        backdrop_outside: Color::WHITE,
        mark: None,
        align: Align::Start,
        moves: false,
        line: 1.25,
        pre: false,
        case: Case::Asis,
        shift: Shift::None,
        rtl: None,
    };
}

/// Values for four sides.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Sides<T> {
    pub top: T,
    pub right: T,
    pub bottom: T,
    pub left: T,
}

impl<T: Copy> Sides<T> {
    pub(crate) const fn all(value: T) -> Self {
        Self { top: value, right: value, bottom: value, left: value }
    }

    pub(super) fn set(&mut self, side: &str, value: T) {
        match side {
            "top" => self.top = value,
            "right" => self.right = value,
            "bottom" => self.bottom = value,
            "left" => self.left = value,
            _ => {}
        }
    }
}

impl<T> Sides<Option<T>> {
    /// Whether there is something on any side.
    pub(crate) fn any(&self) -> bool {
        self.top.is_some() || self.right.is_some() || self.bottom.is_some() || self.left.is_some()
    }
}

/// A line beside a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Border {
    /// Points.
    pub width: f64,
    pub color: Color,
}

/// What an element keeps to itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Boxing {
    pub hidden: bool,
    pub display: Option<Display>,
    pub background: Option<Color>,
    /// Points.
    pub margin: Sides<f64>,
    /// Points; nothing where the mail says nothing.
    pub padding: Sides<Option<f64>>,
    pub border: Sides<Option<Border>>,
    /// Points.
    pub radius: f64,
    pub width: Option<Length>,
    pub height: Option<Length>,
    pub valign: Option<VAlign>,
    /// Whether the box itself goes to the middle.
    pub centered: bool,
    /// Whether lists show numbers or letters.
    pub marker: Option<&'static str>,
}

impl Boxing {
    pub(super) const NONE: Self = Self {
        hidden: false,
        display: None,
        background: None,
        margin: Sides::all(0.0),
        padding: Sides::all(None),
        border: Sides::all(None),
        radius: 0.0,
        width: None,
        height: None,
        valign: None,
        centered: false,
        marker: None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_contrast() {
        assert!((Color::BLACK.contrast(Color::WHITE) - 21.0).abs() < 0.01);
        assert!((Color::WHITE.contrast(Color::WHITE) - 1.0).abs() < 0.01);
    }
}
