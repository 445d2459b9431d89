//! Lengths and colours of CSS and of old HTML. Unit inside: points (1 px is 0.75 pt).

use std::str::FromStr;

use super::style::Color;

/// Points of one pixel.
pub(crate) const PX: f64 = 0.75;

/// A count as a number to calculate with.
pub(crate) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Length {
    /// Points.
    Points(f64),
    /// A part of what surrounds it; 1 is all.
    Part(f64),
}

impl Length {
    /// Reads a CSS length; `size` is the size of the font in points.
    pub(crate) fn css(value: &str, size: f64) -> Option<Self> {
        let value = value.trim();
        let end = value.find(|letter: char| letter.is_ascii_alphabetic() || letter == '%').unwrap_or(value.len());
        let (number, unit) = value.split_at(end);
        let number: f64 = number.trim().parse().ok().filter(|number: &f64| number.is_finite())?;
        let factor = match unit.to_ascii_lowercase().as_str() {
            "px" => PX,
            "" if number == 0.0 => 1.0,
            "pt" => 1.0,
            "em" | "ch" => size,
            "ex" => size / 2.0,
            "rem" | "pc" => 12.0,
            "in" => 72.0,
            "cm" => 72.0 / 2.54,
            "mm" => 72.0 / 25.4,
            "%" => return Some(Self::Part(number / 100.0)),
            _ => return None,
        };
        Some(Self::Points(number * factor))
    }

    /// Reads a length of old HTML: pixels or a percentage.
    pub(crate) fn html(value: &str) -> Option<Self> {
        let value = value.trim();
        match value.strip_suffix('%') {
            Some(part) => part.trim().parse().ok().map(|part: f64| Self::Part(part / 100.0)),
            None => value.trim_end_matches("px").trim().parse().ok().map(|number: f64| Self::Points(number * PX)),
        }
        .filter(
            |length| matches!(length, Self::Points(number) | Self::Part(number) if number.is_finite() && *number > 0.0),
        )
    }

    /// In points, as a part of `whole`.
    pub(crate) fn of(self, whole: f64) -> f64 {
        match self {
            Self::Points(points) => points,
            Self::Part(part) => part * whole,
        }
    }
}

/// Reads a colour of CSS or of old HTML (which may lack its `#`). Transparent ones are none.
pub(crate) fn color(value: &str) -> Option<Color> {
    let value = value.trim();
    let read = svgtypes::Color::from_str(value).or_else(|_| svgtypes::Color::from_str(&format!("#{value}")));
    let found = read.ok().filter(|found| found.alpha > 0)?;
    // What shines through is paper.
    let mix = |part: u8| {
        let alpha = u16::from(found.alpha);
        u8::try_from((u16::from(part) * alpha + 255 * (255 - alpha)) / 255).unwrap_or(part)
    };
    Some(Color { red: mix(found.red), green: mix(found.green), blue: mix(found.blue) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lengths() {
        assert_eq!(Length::css("16px", 10.0), Some(Length::Points(12.0)));
        assert_eq!(Length::css("1.5em", 10.0), Some(Length::Points(15.0)));
        assert_eq!(Length::css("50%", 10.0), Some(Length::Part(0.5)));
        assert_eq!(Length::css("0", 10.0), Some(Length::Points(0.0)));
        assert_eq!(Length::css("auto", 10.0), None);
        assert_eq!(Length::html("600"), Some(Length::Points(450.0)));
        assert_eq!(Length::html("0"), None);
    }

    #[test]
    fn reads_colours() {
        let red = Some(Color { red: 255, green: 0, blue: 0 });
        assert_eq!((color("red"), color("#f00"), color("FF0000"), color("rgb(255,0,0)")), (red, red, red, red));
        assert_eq!(color("transparent"), None);
        assert_eq!(color("rgba(0,0,0,0)"), None);
    }
}
