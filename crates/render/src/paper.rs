//! Words on pages of paper: what stands around a mail that is saved as PDF [J12].

use model::Language;

use crate::words::Words;

/// Words around a mail on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// Before who wrote.
    pub from: String,
    /// Before whom it was written to.
    pub to: String,
    /// Before who got a copy.
    pub cc: String,
    /// Before when it was sent.
    pub date: String,
    /// In place of a subject.
    pub subject_none: String,
    /// Before the attachments.
    pub files: String,
    /// The foot of a page, with `{page}` and `{pages}` for numbers to come.
    pub foot: String,
    /// Says that the mail is set more plainly than it was written.
    pub plain: String,
    /// Says that the mail is set as text.
    pub text: String,
    /// Says that images are missing.
    pub images: String,
    /// Says that the end is missing.
    pub cut: String,
}

impl Paper {
    /// The words of `language`.
    pub fn of(language: Language) -> Self {
        let words = Words::of(language);
        Self {
            from: words.say("fact-from").to_string(),
            to: words.say("fact-to").to_string(),
            cc: words.say("fact-cc").to_string(),
            date: words.say("fact-date").to_string(),
            subject_none: words.say("subject-none").to_string(),
            files: words.say("paper-files").to_string(),
            foot: words.say("paper-foot").with("page", "{page}").with("pages", "{pages}").to_string(),
            plain: words.say("paper-plain").to_string(),
            text: words.say("paper-text").to_string(),
            images: words.say("paper-images").to_string(),
            cut: words.say("paper-cut").to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_foot_keeps_places_for_numbers() {
        for (language, foot) in [(Language::De, "Seite {page} von {pages}"), (Language::En, "Page {page} of {pages}")] {
            assert_eq!(Paper::of(language).foot, foot);
        }
    }
}
