//! Every letter, written from its samples in every language.

use model::Language;
use render::{
    letters::{LetterText, Line, Part},
    samples::{self, LetterSample},
};

fn both(line: &Line) -> [&str; 2] {
    [&line.label, &line.value]
}

fn texts(text: &LetterText) -> Vec<&str> {
    let mut all = vec![text.subject.as_str(), &text.salutation, &text.closing, &text.signature, &text.page];
    all.extend(text.information.iter().chain([&text.date]).flat_map(both));
    for part in &text.body {
        match part {
            Part::Paragraph(text) | Part::Heading(text) => all.push(text),
            Part::List(items) | Part::Steps(items) => all.extend(items.iter().map(String::as_str)),
            Part::Table(lines) => all.extend(lines.iter().flat_map(both)),
            Part::Code { label, code } => all.extend([label.as_str(), code]),
            Part::Qr { text, alt } => all.extend([text.as_str(), alt]),
        }
    }
    all
}

#[test]
fn every_letter_says_everything_in_every_language() {
    for brand in [samples::brand(), samples::hostile()] {
        for language in Language::ALL {
            for LetterSample { name, text } in samples::letters(&brand, language) {
                for said in texts(&text) {
                    assert!(!said.is_empty() && !said.contains(['⟦', '⟧']), "{name} ({language}): {said}");
                }
                assert!(text.body.len() >= 2, "{name} ({language})");
            }
        }
    }
}

/// L3: the code can be typed and read by a telephone, and the letter says until when.
#[test]
fn an_activation_letter_has_its_code_twice() {
    for (language, until) in [(Language::De, "22.\u{a0}Dezember 2026"), (Language::En, "22\u{a0}December 2026")] {
        let letters = samples::letters(&samples::brand(), language);
        let text = &letters.iter().find(|letter| letter.name == "activation").unwrap().text;
        let code = text.body.iter().find_map(|part| if let Part::Code { code, .. } = part { Some(code) } else { None });
        let qr = text.body.iter().find_map(|part| if let Part::Qr { text, .. } = part { Some(text) } else { None });
        assert!(qr.unwrap().ends_with(code.unwrap().as_str()));
        assert!(texts(text).iter().any(|said| said.contains(until)), "{language}");
    }
}

/// R4, D6: what proves something about a message says nothing of what is in it.
#[test]
fn receipts_and_records_have_no_place_for_content() {
    for name in ["deletion", "delivery-record"] {
        let letters = samples::letters(&samples::brand(), Language::De);
        let text = &letters.iter().find(|letter| letter.name == name).unwrap().text;
        let labels: Vec<&str> = text
            .body
            .iter()
            .flat_map(|part| if let Part::Table(lines) = part { lines.as_slice() } else { &[] })
            .map(|line| line.label.as_str())
            .collect();
        assert!(!labels.is_empty() && !labels.contains(&"Betreff"), "{name}: {labels:?}");
    }
}
