//! The languages Siegelpost speaks, equal citizens.

use std::{fmt, str::FromStr};

/// A language of pages, mails and letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// German.
    #[default]
    De,
    /// English.
    En,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::De, Self::En];

    /// The BCP 47 tag, for `lang` attributes and `Content-Language`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }

    /// The best language for an `Accept-Language` header (RFC 9110 section 12.5.4), or `None` where it asks for neither.
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for range in header.split(',').take(RANGES_MAX) {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight =
                parts.find_map(|p| p.trim().strip_prefix("q=")).and_then(|q| q.trim().parse().ok()).unwrap_or(1.0);
            let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
            if let Ok(language) = primary.parse()
                && weight > 0.0
                && best.is_none_or(|(most, _)| weight > most)
            {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// How many language ranges of a header are looked at.
const RANGES_MAX: usize = 32;

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// A tag that names none of our languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a language Siegelpost speaks (de, en)")]
pub struct UnknownLanguage;

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(tag: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL.into_iter().find(|language| language.tag() == tag).ok_or(UnknownLanguage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_weight_wins() {
        assert_eq!(Language::accepted("de-DE,de;q=0.9,en;q=0.8"), Some(Language::De));
        assert_eq!(Language::accepted("fr, en-GB;q=0.5, de;q=0.1"), Some(Language::En));
        assert_eq!(Language::accepted("fr"), None);
        assert_eq!(Language::accepted("de;q=0"), None);
    }
}
