//! The accent: one colour of the brand, for buttons, links and focus rings.
//!
//! People must be able to read it. So a colour is taken only if white text on it and it as text on our paper reach a contrast
//! of 4.5 to 1 (WCAG 2.2, 1.4.3 AA); otherwise the error names the nearest colour of the same hue that does. For dark screens
//! a lighter sister is derived, which needs no choice.

use crate::brand::Color;

/// The least contrast of text (WCAG 2.2, 1.4.3).
pub(crate) const TEXT_CONTRAST_MIN: f64 = 4.5;
/// The darkest ground the accent is text on, in light pages: the paper tinted with the accent itself.
const LIGHT_GROUND: Color = Color([238, 233, 223]);
/// The lightest ground the accent is text on, in dark pages.
const DARK_GROUND: Color = Color([49, 47, 43]);
/// What most text stands on, in light pages.
const LIGHT_SHEET: Color = Color([255, 253, 249]);
/// What most text stands on, in dark pages.
const DARK_SHEET: Color = Color([33, 31, 28]);
/// How much of the accent is in its tint.
const TINT: f64 = 0.08;
/// The text on the accent, in dark pages.
const DARK_INK: Color = Color([22, 21, 19]);
/// How finely a fitting lightness is looked for.
const STEP: f64 = 0.005;

/// An accent colour that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent {
    light: Color,
    dark: Color,
}

/// Why a colour cannot be the accent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccentError {
    /// It is no colour.
    #[error("the accent colour must be written as #rrggbb, such as #1f5d4c")]
    Malformed,
    /// It is too light to be read.
    #[error(
        "this accent colour is too light to be read on our paper or under white text; {suggestion} of the same hue would do"
    )]
    TooLight {
        /// The nearest colour of the same hue that would do.
        suggestion: Color,
    },
}

impl Accent {
    /// The house's own accent, a green like old sealing ink.
    pub const DEFAULT_HEX: &str = "#1c5d4f";

    /// Reads `#rrggbb` and checks that the colour can be read.
    pub fn parse(hex: &str) -> Result<Self, AccentError> {
        let light = Color::parse(hex).ok_or(AccentError::Malformed)?;
        if !reads_on_paper(light) {
            return Err(AccentError::TooLight { suggestion: darker(light) });
        }
        Ok(Self { light, dark: lighter(light) })
    }

    /// The colour on light pages.
    pub const fn light(self) -> Color {
        self.light
    }

    /// The colour on dark pages.
    pub const fn dark(self) -> Color {
        self.dark
    }

    /// A breath of it over a sheet, on light pages.
    pub fn light_tint(self) -> Color {
        self.light.over(LIGHT_SHEET, TINT)
    }

    /// A breath of it over a sheet, on dark pages.
    pub fn dark_tint(self) -> Color {
        self.dark.over(DARK_SHEET, TINT)
    }

    /// Its shade under the pointer, on light pages.
    pub fn light_pressed(self) -> Color {
        self.light.with_lightness((self.light.lightness() - 0.07).max(0.0), 1.0)
    }

    /// Its shade under the pointer, on dark pages.
    pub fn dark_pressed(self) -> Color {
        self.dark.with_lightness((self.dark.lightness() + 0.06).min(1.0), 0.9)
    }
}

impl Default for Accent {
    fn default() -> Self {
        let light = Color([28, 93, 79]);
        Self { light, dark: lighter(light) }
    }
}

fn reads_on_paper(color: Color) -> bool {
    color.contrast(Color::WHITE) >= TEXT_CONTRAST_MIN && color.contrast(LIGHT_GROUND) >= TEXT_CONTRAST_MIN
}

fn darker(color: Color) -> Color {
    let mut lightness = color.lightness();
    let mut darker = color;
    while !reads_on_paper(darker) && lightness > 0.0 {
        lightness -= STEP;
        darker = color.with_lightness(lightness, 1.0);
    }
    darker
}

fn lighter(color: Color) -> Color {
    let mut lightness = color.lightness().max(0.72);
    let mut lighter = color.with_lightness(lightness, 0.9);
    while (lighter.contrast(DARK_GROUND) < TEXT_CONTRAST_MIN || lighter.contrast(DARK_INK) < TEXT_CONTRAST_MIN)
        && lightness < 1.0
    {
        lightness += STEP;
        lighter = color.with_lightness(lightness, 0.9);
    }
    lighter
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_default_is_what_its_hex_says() {
        assert_eq!(Accent::parse(Accent::DEFAULT_HEX), Ok(Accent::default()));
    }

    #[test]
    fn a_light_colour_is_refused_with_one_that_would_do() {
        let Err(AccentError::TooLight { suggestion }) = Accent::parse("#ffcc00") else { panic!("must be refused") };
        assert!(Accent::parse(&suggestion.to_string()).is_ok(), "{suggestion}");
        assert!(AccentError::TooLight { suggestion }.to_string().contains(&suggestion.to_string()));
        assert_eq!(Accent::parse("yellow"), Err(AccentError::Malformed));
    }

    proptest! {
        /// P8: whatever the brand's colour, it or its suggestion can be read in light and dark.
        #[test]
        fn every_colour_ends_readable(rgb: [u8; 3]) {
            let color = Color(rgb);
            let accent = match Accent::parse(&color.to_string()) {
                Ok(accent) => accent,
                Err(AccentError::TooLight { suggestion }) => Accent::parse(&suggestion.to_string()).unwrap(),
                Err(AccentError::Malformed) => unreachable!(),
            };
            prop_assert!(accent.light().contrast(LIGHT_GROUND) >= TEXT_CONTRAST_MIN);
            prop_assert!(accent.light_pressed().contrast(Color::WHITE) >= TEXT_CONTRAST_MIN);
            prop_assert!(accent.dark().contrast(DARK_GROUND) >= TEXT_CONTRAST_MIN);
            prop_assert!(accent.light().contrast(accent.light_tint()) >= TEXT_CONTRAST_MIN);
            prop_assert!(accent.dark().contrast(accent.dark_tint()) >= TEXT_CONTRAST_MIN);
            prop_assert!(accent.dark().contrast(DARK_INK) >= TEXT_CONTRAST_MIN);
            prop_assert!(accent.dark_pressed().contrast(DARK_INK) >= TEXT_CONTRAST_MIN);
        }
    }
}
