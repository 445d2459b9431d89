//! The accent: one colour of the brand, for buttons, links and focus rings.
//!
//! People must be able to read it. So a colour is taken only if white text on it and it as text on our paper reach a contrast
//! of 4.5 to 1 (WCAG 2.2, 1.4.3 AA); otherwise the error tells what it reaches and names the nearest colour of the same hue that does. For dark
//! screens a lighter sister is derived; an organisation that has a colour of its own for them names it ([`Accent::with_dark`]), and it is
//! checked likewise.

use std::fmt;

use crate::brand::{Color, ColorError};

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
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum AccentError {
    /// It is no colour.
    #[error(transparent)]
    Malformed(#[from] ColorError),
    /// It is too light to be read on light pages.
    #[error(
        "{color} is too pale to be read on light pages: its contrast is {contrast} to 1 where {min} to 1 is needed (WCAG 2.2, 1.4.3); \
         {suggestion} of the same hue would do",
        min = TEXT_CONTRAST_MIN
    )]
    TooLight {
        /// The colour.
        color: Color,
        /// Its least contrast, to white and to the paper.
        contrast: Contrast,
        /// The nearest colour of the same hue that would do.
        suggestion: Color,
    },
    /// It is too dark to be read on dark pages.
    #[error(
        "{color} is too dark to be read on dark pages: its contrast is {contrast} to 1 where {min} to 1 is needed (WCAG 2.2, 1.4.3); \
         {suggestion} of the same hue would do",
        min = TEXT_CONTRAST_MIN
    )]
    TooDark {
        /// The colour.
        color: Color,
        /// Its least contrast, to the dark text on it and to the grounds it is text on.
        contrast: Contrast,
        /// The nearest colour of the same hue that would do.
        suggestion: Color,
    },
}

/// A contrast as it is shown: with two places, cut and not rounded, because 4.499 is not 4.5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast(f64);

impl fmt::Display for Contrast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", (self.0 * 100.0).floor() / 100.0)
    }
}

impl Accent {
    /// The house's own accent, a green like old sealing ink.
    pub const DEFAULT_HEX: &str = "#1c5d4f";

    /// Reads `#rrggbb` and checks that the colour can be read on light pages. The one for dark pages is derived.
    pub fn parse(hex: &str) -> Result<Self, AccentError> {
        let light = Color::parse(hex)?;
        let contrast = contrast_in_light(light);
        if contrast < TEXT_CONTRAST_MIN {
            return Err(AccentError::TooLight {
                color: light,
                contrast: Contrast(contrast),
                suggestion: darker(light),
            });
        }
        Ok(Self { light, dark: sister(light) })
    }

    /// The same accent with another colour for dark pages, read and checked likewise.
    pub fn with_dark(self, hex: &str) -> Result<Self, AccentError> {
        let dark = Color::parse(hex)?;
        let contrast = contrast_in_dark(dark);
        if contrast < TEXT_CONTRAST_MIN {
            let suggestion = lighter(dark, dark.lightness(), 1.0);
            return Err(AccentError::TooDark { color: dark, contrast: Contrast(contrast), suggestion });
        }
        Ok(Self { dark, ..self })
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
        tint_in_dark(self.dark)
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
        Self { light, dark: sister(light) }
    }
}

/// The least contrast of an accent on light pages: to the white text on it, and to the darkest ground it is text on.
fn contrast_in_light(color: Color) -> f64 {
    color.contrast(Color::WHITE).min(color.contrast(LIGHT_GROUND))
}

/// The least contrast of an accent on dark pages: to the dark text on it, and to the lightest grounds it is text on.
fn contrast_in_dark(color: Color) -> f64 {
    [DARK_INK, DARK_GROUND, tint_in_dark(color)].into_iter().map(|other| color.contrast(other)).fold(f64::MAX, f64::min)
}

fn tint_in_dark(color: Color) -> Color {
    color.over(DARK_SHEET, TINT)
}

fn darker(color: Color) -> Color {
    let mut lightness = color.lightness();
    let mut darker = color;
    while contrast_in_light(darker) < TEXT_CONTRAST_MIN && lightness > 0.0 {
        lightness -= STEP;
        darker = color.with_lightness(lightness, 1.0);
    }
    darker
}

/// What an accent becomes on dark pages: light enough to look at home there, and a little less colourful.
fn sister(color: Color) -> Color {
    lighter(color, color.lightness().max(0.72), 0.9)
}

/// The first colour from `lightness` on that can be read on dark pages.
fn lighter(color: Color, mut lightness: f64, chroma: f64) -> Color {
    let mut lighter = color.with_lightness(lightness, chroma);
    while contrast_in_dark(lighter) < TEXT_CONTRAST_MIN && lightness < 1.0 {
        lightness += STEP;
        lighter = color.with_lightness(lightness, chroma);
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
        let error = Accent::parse("#ffcc00").unwrap_err();
        let AccentError::TooLight { suggestion, .. } = error else { panic!("{error}") };
        assert!(Accent::parse(&suggestion.to_string()).is_ok(), "{suggestion}");
        let words = error.to_string();
        assert!(
            words.contains("1.24 to 1") && words.contains("4.5 to 1") && words.contains(&suggestion.to_string()),
            "{words}"
        );
        assert_eq!(Accent::parse("yellow"), Err(AccentError::Malformed(ColorError)));
    }

    #[test]
    fn a_dark_colour_is_refused_on_dark_pages_with_one_that_would_do() {
        let accent = Accent::default();
        let error = accent.with_dark("#003366").unwrap_err();
        let AccentError::TooDark { suggestion, .. } = error else { panic!("{error}") };
        let own = accent.with_dark(&suggestion.to_string()).unwrap();
        assert_eq!((own.light(), own.dark()), (accent.light(), suggestion));
        assert!(error.to_string().contains("4.5 to 1"), "{error}");
        assert_eq!(Contrast(4.499_9).to_string(), "4.49");
    }

    proptest! {
        /// P8: whatever the brand's colour, it or its suggestion can be read in light and dark.
        #[test]
        fn every_colour_ends_readable(rgb: [u8; 3]) {
            let color = Color(rgb);
            let accent = match Accent::parse(&color.to_string()) {
                Ok(accent) => accent,
                Err(AccentError::TooLight { suggestion, .. }) => Accent::parse(&suggestion.to_string()).unwrap(),
                Err(error) => unreachable!("{error}"),
            };
            reads(accent)?;
            let accent = match accent.with_dark(&color.to_string()) {
                Ok(accent) => accent,
                Err(AccentError::TooDark { suggestion, .. }) => accent.with_dark(&suggestion.to_string()).unwrap(),
                Err(error) => unreachable!("{error}"),
            };
            reads(accent)?;
        }
    }

    fn reads(accent: Accent) -> Result<(), TestCaseError> {
        prop_assert!(accent.light().contrast(LIGHT_GROUND) >= TEXT_CONTRAST_MIN);
        prop_assert!(accent.light_pressed().contrast(Color::WHITE) >= TEXT_CONTRAST_MIN);
        prop_assert!(accent.dark().contrast(DARK_GROUND) >= TEXT_CONTRAST_MIN);
        prop_assert!(accent.light().contrast(accent.light_tint()) >= TEXT_CONTRAST_MIN);
        prop_assert!(accent.dark().contrast(accent.dark_tint()) >= TEXT_CONTRAST_MIN);
        prop_assert!(accent.dark().contrast(DARK_INK) >= TEXT_CONTRAST_MIN);
        prop_assert!(accent.dark_pressed().contrast(DARK_INK) >= TEXT_CONTRAST_MIN);
        prop_assert!(accent.dark_pressed().contrast(accent.dark_tint()) >= TEXT_CONTRAST_MIN);
        Ok(())
    }
}
