//! From parts to a mail: the same parts become plain text and HTML, so that both always say the same.

use askama::Template;
use model::Language;

use crate::{
    Brand,
    mails::{LINE_CHARACTERS_MAX, Mail},
    page::draw,
    words::{Phrase, Words},
};

/// A piece of a mail.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// The first sentence, which phones show in their list.
    Lead(String),
    /// A paragraph.
    Text(String),
    /// A paragraph of less weight.
    Quiet(String),
    /// A paragraph of less weight in another language than the rest.
    Other {
        /// Its language.
        language: Language,
        /// What it says.
        text: String,
    },
    /// A line above what follows.
    Heading(String),
    /// Names and values, one a line.
    Facts(Vec<(String, String)>),
    /// Numbered steps.
    Steps(Vec<String>),
    /// The one button, and what stands before its link where the link is shown whole.
    Button {
        /// What the button says.
        label: String,
        /// Where it leads.
        link: String,
        /// The sentence before the whole link.
        fallback: String,
    },
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Document<'a> {
    brand: &'a Brand,
    language: Language,
    subject: &'a str,
    light: String,
    dark: String,
    parts: &'a [Part],
}

/// Puts a mail together.
pub(super) fn mail(brand: &Brand, language: Language, subject: &str, parts: &[Part]) -> Mail {
    let subject = one_line(subject);
    let document = Document {
        brand,
        language,
        subject: &subject,
        light: brand.accent.light().to_string(),
        dark: brand.accent.dark().to_string(),
        parts,
    };
    Mail { html: draw(&document), text: plain(parts), subject }
}

/// A text of the reader's language.
pub(super) fn say<'a>(language: Language, key: &'static str) -> Phrase<'a> {
    Words::of(language).say(key)
}

/// What every mail to a customer ends with: how to know that it is genuine, and whom to ask.
pub(super) fn ending(brand: &Brand, language: Language) -> Vec<Part> {
    let say = |key| say(language, key);
    let genuine = say("mail-genuine-text")
        .with("address", &brand.service_address)
        .with("url", &brand.url)
        .with("typed", brand.typed_url());
    let mut parts = vec![Part::Heading(say("mail-genuine").to_string()), Part::Quiet(genuine.to_string())];
    let contact = &brand.contact;
    let ways: Vec<&str> =
        [contact.phone.as_deref(), contact.email.as_deref(), contact.hours(language)].into_iter().flatten().collect();
    if !contact.is_empty() {
        let questions = say("mail-questions").with("organisation", &brand.organisation);
        parts.push(Part::Quiet(format!("{questions} {}", ways.join(", "))));
    }
    parts.push(Part::Quiet(say("mail-automatic").to_string()));
    parts
}

/// The parts as plain text.
fn plain(parts: &[Part]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Lead(paragraph)
            | Part::Text(paragraph)
            | Part::Quiet(paragraph)
            | Part::Other { text: paragraph, .. } => {
                wrap(&mut text, paragraph, "", "");
            }
            Part::Heading(heading) => {
                wrap(&mut text, heading, "", "");
                continue;
            }
            Part::Facts(facts) => {
                for (name, value) in facts {
                    wrap(&mut text, &format!("{name} {value}"), "  ", "    ");
                }
            }
            Part::Steps(steps) => {
                for (number, step) in (1..).zip(steps) {
                    wrap(&mut text, &format!("{number}. {step}"), "  ", "     ");
                }
            }
            Part::Button { label, link, .. } => {
                wrap(&mut text, &format!("{label}:"), "", "");
                text.push_str(link);
                text.push('\n');
            }
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Breaks `paragraph` into lines of at most [`LINE_CHARACTERS_MAX`] characters; a longer word stays whole, so that links work.
pub(super) fn wrap(text: &mut String, paragraph: &str, first: &str, further: &str) {
    let mut line = first.to_owned();
    let mut begun = false;
    for word in paragraph.split([' ', '\n', '\r', '\t']).filter(|word| !word.is_empty()) {
        if begun && line.chars().count() + 1 + word.chars().count() > LINE_CHARACTERS_MAX {
            text.push_str(&line);
            text.push('\n');
            further.clone_into(&mut line);
            begun = false;
        }
        if begun {
            line.push(' ');
        }
        line.push_str(word);
        begun = true;
    }
    text.push_str(&line);
    text.push('\n');
}

/// `text` without line breaks and other control characters, as a subject must be (RFC 5322 section 2.2).
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_the_limit_and_links_stay_whole() {
        let mut text = String::new();
        wrap(&mut text, &format!("{} bc", "a".repeat(LINE_CHARACTERS_MAX - 3)), "", "");
        assert_eq!(text.lines().count(), 1);
        text.clear();
        wrap(&mut text, &format!("{} bc", "a".repeat(LINE_CHARACTERS_MAX - 2)), "", "");
        assert_eq!(text.lines().count(), 2);
        text.clear();
        let link = format!("https://{}", "x".repeat(100));
        wrap(&mut text, &link, "", "");
        assert_eq!(text, format!("{link}\n"));
    }

    #[test]
    fn a_subject_cannot_bring_a_header() {
        assert_eq!(one_line("Hallo\r\nBcc: x@example.org"), "Hallo Bcc: x@example.org");
    }
}
