//! The texts, from Fluent files, one set a language.
//!
//! Fluent (projectfluent.org) keeps each text under a key and lets a language choose by number, which German and English both
//! need ("1 Nachricht", "2 Nachrichten"). The files are part of the program and are read once, on first use; afterwards a text
//! costs one hash lookup and one copy. Every key exists in every language: a test holds that, and that no key is idle.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
    sync::LazyLock,
};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use model::Language;
use unic_langid::LanguageIdentifier;

macro_rules! files {
    ($language:literal) => {
        [
            include_str!(concat!("../locales/", $language, "/common.ftl")),
            include_str!(concat!("../locales/", $language, "/access.ftl")),
            include_str!(concat!("../locales/", $language, "/mailbox.ftl")),
            include_str!(concat!("../locales/", $language, "/archive.ftl")),
            include_str!(concat!("../locales/", $language, "/settings.ftl")),
            include_str!(concat!("../locales/", $language, "/help.ftl")),
            include_str!(concat!("../locales/", $language, "/provider.ftl")),
            include_str!(concat!("../locales/", $language, "/trouble.ftl")),
            include_str!(concat!("../locales/", $language, "/mails.ftl")),
            include_str!(concat!("../locales/", $language, "/letters.ftl")),
            include_str!(concat!("../locales/", $language, "/trace.ftl")),
        ]
    };
}

/// The Fluent sources of `language`, in the order they are read.
pub const fn sources(language: Language) -> [&'static str; 11] {
    match language {
        Language::De => files!("de"),
        Language::En => files!("en"),
    }
}

/// The language a reader of `language` can switch to.
pub(crate) const fn other_language(language: Language) -> Language {
    match language {
        Language::De => Language::En,
        Language::En => Language::De,
    }
}

/// The texts of one language.
pub struct Words {
    bundle: FluentBundle<FluentResource>,
}

static GERMAN: LazyLock<Words> = LazyLock::new(|| Words::read(Language::De));
static ENGLISH: LazyLock<Words> = LazyLock::new(|| Words::read(Language::En));

impl Words {
    /// The texts of `language`.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::De => &GERMAN,
            Language::En => &ENGLISH,
        }
    }

    /// Reads the files. What Fluent cannot read it leaves out; tests hold that there is no such thing.
    fn read(language: Language) -> Self {
        let locale: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Isolating marks are for values of unknown direction inside a sentence. They would end up in mail subjects, and pages
        // isolate by `<bdi>`.
        bundle.set_use_isolating(false);
        for source in sources(language) {
            let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(partial, _)| partial);
            bundle.add_resource_overriding(resource);
        }
        Self { bundle }
    }

    /// The text of `key`.
    pub fn say<'a>(&'static self, key: &'static str) -> Phrase<'a> {
        Phrase { words: self, key, values: None }
    }

    /// Whether there is a text for `key`.
    pub fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Words").field("locales", &self.bundle.locales).finish_non_exhaustive()
    }
}

/// A text about to be shown: a key and its values.
#[must_use]
#[derive(Debug)]
pub struct Phrase<'a> {
    words: &'static Words,
    key: &'static str,
    values: Option<FluentArgs<'a>>,
}

impl<'a> Phrase<'a> {
    /// Gives the text a value.
    pub fn with(mut self, name: &'static str, value: impl Value<'a>) -> Self {
        self.values.get_or_insert_default().set(name, value.into_fluent());
        self
    }
}

/// What can be put into a text. Templates hand values over by reference, hence the borrowed forms.
pub trait Value<'a> {
    /// The value as Fluent takes it.
    fn into_fluent(self) -> FluentValue<'a>;
}

impl<'a> Value<'a> for &'a str {
    fn into_fluent(self) -> FluentValue<'a> {
        FluentValue::String(Cow::Borrowed(self))
    }
}

impl<'a> Value<'a> for &'a &str {
    fn into_fluent(self) -> FluentValue<'a> {
        FluentValue::String(Cow::Borrowed(self))
    }
}

impl<'a> Value<'a> for &'a String {
    fn into_fluent(self) -> FluentValue<'a> {
        FluentValue::String(Cow::Borrowed(self))
    }
}

impl<'a> Value<'a> for String {
    fn into_fluent(self) -> FluentValue<'a> {
        FluentValue::String(Cow::Owned(self))
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl<'a> Value<'a> for $number {
            fn into_fluent(self) -> FluentValue<'a> {
                FluentValue::from(self)
            }
        }

        impl<'a> Value<'a> for &$number {
            fn into_fluent(self) -> FluentValue<'a> {
                FluentValue::from(*self)
            }
        }
    )*};
}

numbers! { i32 u16 u64 usize }

impl fmt::Display for Phrase<'_> {
    /// A key without text shows itself in double brackets, which a test of all samples looks for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(pattern) = self.words.bundle.get_message(self.key).and_then(|message| message.value()) else {
            return write!(f, "⟦{}⟧", self.key);
        };
        let mut errors = Vec::new();
        self.words.bundle.write_pattern(f, pattern, self.values.as_ref(), &mut errors)?;
        if errors.is_empty() { Ok(()) } else { f.write_char('⟧') }
    }
}
