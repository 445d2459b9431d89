//! Every text exists in every language, is used, and every colour can be read.

use std::{collections::BTreeSet, fs, path::Path};

use model::Language;
use render::{brand::Color, samples, words};

fn keys(language: Language) -> BTreeSet<String> {
    let is_key = |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase());
    words::sources(language)
        .iter()
        .flat_map(|source| source.lines().filter(is_key).filter_map(|line| line.split_once(" =")))
        .map(|(key, _)| key.to_owned())
        .collect()
}

fn values(source: &str, key: &str) -> BTreeSet<String> {
    let start = source.find(&format!("{key} =")).unwrap_or_default();
    let text = &source[start..];
    let end = text.find('\n').map_or(text.len(), |first| {
        text[first..]
            .match_indices('\n')
            .find(|(at, _)| !text[first + at + 1..].starts_with(' '))
            .map_or(text.len(), |(at, _)| first + at)
    });
    text[..end].split('$').skip(1).map(|rest| rest.chars().take_while(char::is_ascii_lowercase).collect()).collect()
}

fn code() -> String {
    fn read(folder: &Path, all: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, all);
            } else {
                all.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = String::new();
    read(&root.join("src"), &mut all);
    read(&root.join("templates"), &mut all);
    all
}

#[test]
fn languages_have_the_same_texts() {
    assert_eq!(keys(Language::De), keys(Language::En));
    let [de, en] = [Language::De, Language::En].map(|language| format!("\n{}", words::sources(language).join("\n")));
    for key in keys(Language::De) {
        assert!(words::Words::of(Language::De).has(&key) && words::Words::of(Language::En).has(&key), "{key}");
        let key = format!("\n{key}");
        assert_eq!(values(&de, &key), values(&en, &key), "values of {key}");
    }
}

#[test]
fn every_text_is_used_and_every_used_text_exists() {
    let (code, keys) = (code(), keys(Language::De));
    for key in &keys {
        assert!(code.contains(&format!("\"{key}\"")), "{key} is idle");
    }
    for (at, _) in code.match_indices("say(\"") {
        let key = code[at + 5..].split('"').next().unwrap();
        assert!(keys.contains(key), "{key} has no text");
    }
    for language in Language::ALL {
        let brand = samples::brand();
        let pages = samples::pages(&brand, language).into_iter().map(|sample| (sample.name, sample.html));
        let mails = samples::mails(&brand, language)
            .into_iter()
            .map(|sample| (sample.name, sample.mail.subject + &sample.mail.text));
        for (name, text) in pages.chain(mails) {
            assert!(!text.contains('⟦') && !text.contains('⟧'), "{name} ({language}) lacks a text or a value");
        }
    }
}

/// House rule: one word per thing in what people read.
#[test]
fn german_has_one_word_for_password() {
    let text = words::sources(Language::De).join("\n");
    for word in ["Kennwort", "Token", "Session", "ungültig", "Account", "Login"] {
        assert!(!text.contains(word), "{word}");
    }
}

fn token(block: &str, name: &str) -> Color {
    let at = block.find(&format!("--{name}: ")).unwrap();
    let value = block[at..].split_once(": ").unwrap().1.split(';').next().unwrap();
    Color::parse(value).unwrap()
}

/// P8: WCAG 2.2, 1.4.3 for text and 1.4.11 for the edges of fields, light and dark.
#[test]
fn all_pairs_of_colours_can_be_read() {
    let style = samples::brand().style.content;
    let (light, rest) = style.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let dark = rest.split_once("/* Ground. */").unwrap().0;
    for (scheme, block) in [("light", light), ("dark", dark)] {
        let color = |name| token(block, name);
        for text in ["ink", "quiet", "accent", "pressed", "danger"] {
            for ground in ["paper", "sheet", "raised", "tint"] {
                let contrast = color(text).contrast(color(ground));
                assert!(contrast >= 4.5, "{scheme}: {text} on {ground} is {contrast:.2}");
            }
        }
        for (text, ground) in
            [("on-accent", "accent"), ("on-accent", "pressed"), ("on-danger", "danger"), ("danger", "danger-ground")]
        {
            let contrast = color(text).contrast(color(ground));
            assert!(contrast >= 4.5, "{scheme}: {text} on {ground} is {contrast:.2}");
        }
        for ground in ["paper", "sheet"] {
            let contrast = color("edge").contrast(color(ground));
            assert!(contrast >= 3.0, "{scheme}: edge on {ground} is {contrast:.2}");
        }
    }
}
