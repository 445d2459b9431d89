//! The header: the strip above every page, in the organisation's colour if it names one.
//!
//! Any colour will do, because we choose the text on it: black or white, whichever stands out more. One of the two always reaches more than 4.5 to 1
//! (the worst ground there is has 4.58 to 1 with both). Whatever else stands in the strip takes the same ink: the name, the address, the button,
//! the ring around what has the focus, and the seal.

use crate::brand::Color;

/// The colours of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    light: Color,
    dark: Color,
}

impl Header {
    /// A header with these grounds on light pages and on dark ones.
    pub const fn new(light: Color, dark: Color) -> Self {
        Self { light, dark }
    }

    /// The rules that give the strip its colours. They change the tokens for everything in it.
    pub(super) fn rules(self) -> String {
        format!("{}\n@media (prefers-color-scheme: dark) {{ {} }}\n", rule(self.light), rule(self.dark))
    }
}

fn rule(ground: Color) -> String {
    let ink = ink(ground);
    format!(
        ".top {{ --ink: {ink}; --quiet: {ink}; --accent: {ink}; --pressed: {ink}; --on-accent: {ground}; \
         color: {ink}; background: {ground}; margin-bottom: var(--s); }}"
    )
}

/// Black or white, whichever stands out more.
fn ink(ground: Color) -> Color {
    if ground.contrast(Color::WHITE) >= ground.contrast(Color::BLACK) { Color::WHITE } else { Color::BLACK }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::brand::accent::TEXT_CONTRAST_MIN;

    #[test]
    fn light_and_dark_have_their_own() {
        let rules = Header::new(Color([255, 204, 0]), Color([0, 51, 102])).rules();
        let (light, dark) = rules.split_once("@media").unwrap();
        assert!(light.contains("background: #ffcc00") && light.contains("--accent: #000000"));
        assert!(dark.contains("background: #003366") && dark.contains("--accent: #ffffff"));
    }

    proptest! {
        /// P8: no colour of the header can hide what stands in it.
        #[test]
        fn every_header_can_be_read(rgb: [u8; 3]) {
            let ground = Color(rgb);
            prop_assert!(ground.contrast(ink(ground)) >= TEXT_CONTRAST_MIN);
        }
    }
}
