//! Colours: reading, contrast, and lightness that looks even.
//!
//! Contrast is that of WCAG 2.2 (1.4.3): the ratio of relative luminances. To make a colour lighter or darker without changing
//! its character we move along L of `OKLab`, a space in which equal steps look equal.

use std::fmt;

/// A colour of the screen, red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub [u8; 3]);

/// It is no colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a colour is written as #rrggbb, such as #1f5d4c")]
pub struct ColorError;

impl Color {
    /// White.
    pub const WHITE: Self = Self([255; 3]);
    /// Black.
    pub const BLACK: Self = Self([0; 3]);

    /// Reads `#rrggbb` or `#rgb`.
    pub fn parse(hex: &str) -> Result<Self, ColorError> {
        let digit = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let digits: Option<Vec<u8>> = hex.strip_prefix('#').and_then(|digits| digits.chars().map(digit).collect());
        match digits.as_deref() {
            Some(&[r, g, b]) => Ok(Self([r * 17, g * 17, b * 17])),
            Some(&[r, r2, g, g2, b, b2]) => Ok(Self([r * 16 + r2, g * 16 + g2, b * 16 + b2])),
            _ => Err(ColorError),
        }
    }

    /// The contrast to `other`, from 1 (none) to 21 (black on white).
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn linear(self) -> [f64; 3] {
        self.0.map(|channel| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// The same hue with another lightness `l` (0 to 1) and its colourfulness multiplied by `chroma`.
    #[must_use]
    pub fn with_lightness(self, l: f64, chroma: f64) -> Self {
        let [_, a, b] = self.oklab();
        Self::from_oklab([l, a * chroma, b * chroma])
    }

    /// The lightness in `OKLab`, 0 to 1.
    pub fn lightness(self) -> f64 {
        let [l, ..] = self.oklab();
        l
    }

    /// This colour laid over `ground` with the opacity `part` (0 to 1).
    #[must_use]
    pub fn over(self, ground: Self, part: f64) -> Self {
        let mut mixed = ground.0;
        for (below, top) in mixed.iter_mut().zip(self.0) {
            *below = byte((f64::from(top) * part + f64::from(*below) * (1.0 - part)) / 255.0);
        }
        Self(mixed)
    }

    // The matrices are those of the definition of `OKLab` (linear sRGB to cone responses, cube root, opponent axes).
    fn oklab(self) -> [f64; 3] {
        let cones = product(&TO_CONES, self.linear()).map(f64::cbrt);
        product(&TO_OPPONENT, cones)
    }

    fn from_oklab(opponent: [f64; 3]) -> Self {
        let cones = product(&FROM_OPPONENT, opponent).map(|part| part.powi(3));
        Self(product(&FROM_CONES, cones).map(|part| {
            let part = part.clamp(0.0, 1.0);
            byte(if part <= 0.003_130_8 { part * 12.92 } else { 1.055 * part.powf(1.0 / 2.4) - 0.055 })
        }))
    }
}

type Matrix = [[f64; 3]; 3];

const TO_CONES: Matrix = [
    [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
    [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
    [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
];
const TO_OPPONENT: Matrix = [
    [0.210_454_255_3, 0.793_617_785, -0.004_072_046_8],
    [1.977_998_495_1, -2.428_592_205, 0.450_593_709_9],
    [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766],
];
const FROM_OPPONENT: Matrix = [
    [1.0, 0.396_337_777_4, 0.215_803_757_3],
    [1.0, -0.105_561_345_8, -0.063_854_172_8],
    [1.0, -0.089_484_177_5, -1.291_485_548],
];
const FROM_CONES: Matrix = [
    [4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2],
    [-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5],
    [-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701],
];

fn product(matrix: &Matrix, vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.into_iter().zip(vector).map(|(factor, part)| factor * part).sum())
}

/// A part of 1 as a byte.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=255 just before")]
fn byte(part: f64) -> u8 {
    (part.clamp(0.0, 1.0) * 255.0).round() as u8
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_and_shown() {
        assert_eq!(Color::parse("#0af"), Ok(Color([0, 170, 255])));
        assert_eq!(Color::parse("#1F5d4C").unwrap().to_string(), "#1f5d4c");
        for bad in ["", "#", "1f5d4c", "#1f5d4", "#1f5d4cc", "#gggggg", "#ééé", "red"] {
            assert_eq!(Color::parse(bad), Err(ColorError), "{bad}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Color::WHITE.contrast(Color::BLACK) - 21.0).abs() < 1e-9);
        let grey = Color::parse("#767676").unwrap();
        assert!((4.5..4.6).contains(&grey.contrast(Color::WHITE)));
    }

    #[test]
    fn oklab_and_back_changes_nothing() {
        for color in [Color::BLACK, Color::WHITE, Color([31, 93, 76]), Color([200, 0, 0]), Color([10, 40, 250])] {
            assert_eq!(color.with_lightness(color.lightness(), 1.0), color);
        }
    }
}
