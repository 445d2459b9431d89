//! Files that pages load: the style sheet and the icon, each under a name with a hash of its content.

use data_encoding::HEXLOWER;

use crate::{
    brand::{Accent, Header},
    paths,
};

const STYLE: &str = include_str!("../../assets/style.css");
const ICON: &str = include_str!("../../assets/icon.svg");

/// A file that pages load. Its name changes with its content, so it may be kept for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its path, such as `/assets/style-0123456789abcdef.css`.
    pub path: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub content: String,
}

impl Asset {
    /// The style sheet with the colours of `accent`, and of `header` if there are any.
    pub fn style(accent: Accent, header: Option<Header>) -> Self {
        let style = colored(STYLE, accent) + &header.map(Header::rules).unwrap_or_default();
        Self::new("style", "css", "text/css; charset=utf-8", style)
    }

    /// The icon with the colours of `accent`.
    pub fn icon(accent: Accent) -> Self {
        Self::new("icon", "svg", "image/svg+xml", colored(ICON, accent))
    }

    fn new(name: &str, ending: &str, media_type: &'static str, content: String) -> Self {
        let hash = HEXLOWER.encode(&fnv1a(content.as_bytes()).to_be_bytes());
        Self { path: format!("{}{name}-{hash}.{ending}", paths::ASSETS), media_type, content }
    }
}

/// Puts the accent in where the file names it.
fn colored(file: &str, accent: Accent) -> String {
    file.replace("ACCENT_TINT_LIGHT", &accent.light_tint().to_string())
        .replace("ACCENT_TINT_DARK", &accent.dark_tint().to_string())
        .replace("ACCENT_LIGHT_PRESSED", &accent.light_pressed().to_string())
        .replace("ACCENT_DARK_PRESSED", &accent.dark_pressed().to_string())
        .replace("ACCENT_LIGHT", &accent.light().to_string())
        .replace("ACCENT_DARK", &accent.dark().to_string())
}

/// FNV-1a, 64 bit: a short name for content that we made ourselves; it protects against nothing and need not.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::Color;

    #[test]
    fn names_follow_content() {
        let green = Asset::style(Accent::default(), None);
        let blue = Asset::style(Accent::parse("#123a7a").unwrap(), None);
        let headed = Asset::style(Accent::default(), Some(Header::new(Color([255, 204, 0]), Color::BLACK)));
        assert!(green.path != blue.path && green.path != headed.path);
        assert_eq!(green, Asset::style(Accent::default(), None));
        assert!(headed.content.starts_with(&green.content) && headed.content.contains("#ffcc00"));
        assert!(blue.content.contains("#123a7a"));
        assert!(!blue.content.contains("ACCENT_"));
    }
}
