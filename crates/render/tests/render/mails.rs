//! Every mail, written from its samples in every language.

use crate::html::Document;
use model::Language;
use render::{
    mails::{LINE_CHARACTERS_MAX, ReplyFooter, TlsReportText},
    samples::{self, MailSample},
};

/// Largest HTML of a mail, in bytes.
const HTML_BYTES_MAX: usize = 20_000;

fn every_mail() -> Vec<(Language, MailSample)> {
    let mut all = Vec::new();
    for brand in [samples::brand(), samples::hostile()] {
        for language in Language::ALL {
            all.extend(samples::mails(&brand, language).into_iter().map(|sample| (language, sample)));
        }
    }
    all
}

#[test]
fn text_is_narrow_and_subjects_are_one_line() {
    for (language, MailSample { name, mail }) in every_mail() {
        for line in mail.text.lines().filter(|line| line.trim_start().contains(' ')) {
            let longest_word = line.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
            assert!(line.chars().count() <= LINE_CHARACTERS_MAX.max(longest_word + 6), "{name} ({language}): {line}");
        }
        assert!(!mail.subject.contains(['\r', '\n']) && !mail.subject.is_empty(), "{name} ({language})");
        assert!(!mail.text.contains('\r') && mail.text.ends_with('\n'), "{name} ({language})");
    }
}

/// No remote content, no script, small enough, and well formed.
#[test]
fn html_is_small_and_fetches_nothing() {
    for (language, MailSample { name, mail }) in every_mail() {
        let document = Document::read(&mail.html).unwrap_or_else(|error| panic!("{name} ({language}): {error}"));
        assert!(mail.html.len() < HTML_BYTES_MAX, "{name} ({language}): {}", mail.html.len());
        assert!(document.all("img").next().is_none() && document.all("link").next().is_none(), "{name}");
        assert!(!mail.html.contains("url(") && !mail.html.contains("<script"), "{name}");
        for tag in &document.tags {
            assert!(tag.get("src").is_none() && tag.get("background").is_none(), "{name}");
        }
    }
}

/// J2: the first notice says all it has to, in text and in HTML.
#[test]
fn the_first_notice_is_complete() {
    let brand = samples::brand();
    for (language, date) in [(Language::De, "31.\u{a0}Dezember 2026"), (Language::En, "31\u{a0}December 2026")] {
        let mails = samples::mails(&brand, language);
        let mail = &mails.iter().find(|sample| sample.name == "notice-first").unwrap().mail;
        assert!(mail.subject.starts_with("[Musterkasse] "));
        for said in [
            "Max Muster",
            "max.muster@musterkasse.example",
            "Ihre Abrechnung ist da",
            date,
            "/activate/",
            brand.typed_url(),
        ] {
            assert!(mail.text.contains(said), "{language} text: {said}");
            assert!(mail.html.contains(said), "{language} html: {said}");
        }
        assert!(mail.text.contains("  1. ") && mail.text.contains("  4. "));
        let hidden = &mails.iter().find(|sample| sample.name == "notice-first-hidden").unwrap().mail;
        assert!(!hidden.text.contains("Abrechnung") && !hidden.html.contains("Abrechnung"));
    }
}

/// J4: the subject of a later notice is the tag and the message's own; hidden, neither part of the mail holds it.
#[test]
fn later_notices_carry_the_subject_or_hide_it() {
    let mails = samples::mails(&samples::brand(), Language::De);
    let find = |name| &mails.iter().find(|sample| sample.name == name).unwrap().mail;
    assert_eq!(find("notice-later").subject, "[Musterkasse] Rückfrage zu Ihren Unterlagen");
    let hidden = find("notice-later-hidden");
    assert_eq!(hidden.subject, "[Musterkasse] Neue Nachricht von Max Muster");
    assert!(!hidden.text.contains("Rückfrage") && !hidden.html.contains("Rückfrage"));
}

#[test]
fn the_footer_escapes_the_customer() {
    let brand = samples::brand();
    let footer = ReplyFooter { brand: &brand, language: Language::De, customer: "<b>@x" }.footer();
    assert!(footer.text.starts_with("-- \n") && footer.text.contains("<b>@x"));
    assert!(!footer.html.contains("<b>"));
}

#[test]
fn reports_about_tls_say_what_they_are_in_short_lines() {
    let text = |language| TlsReportText { language, domain: "kunde.example", submitter: "musterkasse.example" }.text();
    assert_ne!(text(Language::De), text(Language::En));
    for language in Language::ALL {
        let text = text(language);
        assert!(text.contains("kunde.example") && text.contains("musterkasse.example") && text.ends_with(".\n"));
        assert!(text.lines().all(|line| line.chars().count() <= LINE_CHARACTERS_MAX), "{text}");
    }
}

#[test]
fn texts_read_as_agreed() {
    for language in Language::ALL {
        let mut all = String::new();
        for MailSample { name, mail } in samples::mails(&samples::brand(), language) {
            if !name.contains("hostile") {
                all.push_str(&["=== ", name, "\nSubject: ", &mail.subject, "\n\n", &mail.text, "\n"].concat());
            }
        }
        insta::assert_snapshot!(format!("mails-{language}"), all.replace('\u{a0}', "~"));
    }
}
