//! Who runs the house and how it looks.
//!
//! A [`Brand`] is made once, from the configuration. With its colours it also makes the one style sheet and the icon,
//! each under a name that holds a hash of its content, so that browsers may keep them for ever.

mod accent;
mod asset;
mod color;
mod header;
mod prose;

pub use accent::{Accent, AccentError, Contrast};
pub use asset::Asset;
pub use color::{Color, ColorError};
pub use header::Header;
use jiff::tz::TimeZone;
use model::Language;
pub use prose::{Block, Prose};

/// The organisation, its words and its look.
#[derive(Debug, Clone)]
pub struct Brand {
    /// The organisation's name, as customers know it.
    pub organisation: String,
    /// What the portal is called, such as "Kundenpostfach".
    pub portal: String,
    /// The tag in front of notice subjects, without brackets.
    pub tag: String,
    /// The portal's address as typed into a browser, `https://` included, without a slash at the end.
    pub url: String,
    /// Path or URL on the portal's own host of the organisation's logo; `None` shows the seal.
    pub logo: Option<String>,
    /// The accent colour.
    pub accent: Accent,
    /// The organisation's time zone.
    pub zone: TimeZone,
    /// The address notices come from.
    pub service_address: String,
    /// Whom to ask.
    pub contact: Contact,
    /// The imprint, if there is one.
    pub imprint: Option<Prose>,
    /// The privacy notice, if there is one.
    pub privacy: Option<Prose>,
    /// Whom people can turn to who are not satisfied with an answer about accessibility, with the article, German and English.
    pub accessibility_authority: Option<(String, String)>,
    /// Answers of the organisation's own, shown above ours on the help page.
    pub help: Option<Prose>,
    /// Whether the portal has the page about e-mail providers, so that others lead there.
    pub provider_page: bool,
    /// The style sheet with this brand's colours; make it by [`Asset::style`].
    pub style: Asset,
    /// The icon of browser tabs; make it by [`Asset::icon`].
    pub icon: Asset,
}

/// Whom to ask. Whatever is given is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// Telephone number, as shown.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// When somebody is there, German and English.
    pub hours: Option<(String, String)>,
}

impl Contact {
    /// Whether there is anybody to ask.
    pub const fn is_empty(&self) -> bool {
        self.phone.is_none() && self.email.is_none()
    }

    /// The telephone number as a phone dials it: digits and a leading plus.
    pub fn dialled(&self) -> String {
        let phone = self.phone.as_deref().unwrap_or_default();
        phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
    }

    /// The hours in `language`.
    pub fn hours(&self, language: Language) -> Option<&str> {
        given(self.hours.as_ref(), language)
    }
}

/// The text in `language`, if there is one.
fn given(both: Option<&(String, String)>, language: Language) -> Option<&str> {
    let text = both.map(|(de, en)| match language {
        Language::De => de.as_str(),
        Language::En => en.as_str(),
    });
    text.filter(|text| !text.is_empty())
}

impl Brand {
    /// The portal's address without `https://`, as people type it.
    pub fn typed_url(&self) -> &str {
        self.url.strip_prefix("https://").or_else(|| self.url.strip_prefix("http://")).unwrap_or(&self.url)
    }

    /// Whom people can turn to about accessibility, in `language`.
    pub fn accessibility_authority(&self, language: Language) -> Option<&str> {
        given(self.accessibility_authority.as_ref(), language)
    }

    /// Assets to serve below [`crate::paths::ASSETS`].
    pub const fn assets(&self) -> [&Asset; 2] {
        [&self.style, &self.icon]
    }
}
