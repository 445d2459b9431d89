//! Every page, drawn from its samples in every language, is well formed, accessible in its structure and safe.

use crate::html::{Document, Tag, VOID};
use model::Language;
use render::{
    Brand,
    samples::{self, PageSample},
};

/// Largest page with its style sheet, in bytes before compression; text like ours shrinks to less than a third.
const PAGE_BYTES_MAX: usize = 60_000;

fn every_page() -> Vec<(Language, PageSample)> {
    let mut all = Vec::new();
    for brand in [samples::brand(), samples::hostile()] {
        for language in Language::ALL {
            all.extend(samples::pages(&brand, language).into_iter().map(|sample| (language, sample)));
        }
    }
    all
}

/// P8: what assistive technology needs is there.
#[test]
fn pages_are_well_formed_and_labelled() {
    for (language, PageSample { name, html }) in every_page() {
        let page = Document::read(&html).unwrap_or_else(|error| panic!("{name} ({language}): {error}"));
        let at = |problem: &str| format!("{name} ({language}): {problem}");
        assert_eq!(page.all("h1").count(), 1, "{}", at("one h1"));
        assert_eq!(page.all("main").count(), 1, "{}", at("one main"));
        assert_eq!(page.all("html").next().unwrap().get("lang"), Some(language.tag()), "{}", at("lang"));
        assert!(page.all("title").count() == 1, "{}", at("one title"));
        let ids: Vec<&str> = page.tags.iter().filter_map(|tag| tag.get("id")).collect();
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{}", at(&format!("id {id} is unique")));
        }
        for tag in &page.tags {
            for reference in ["for", "aria-describedby", "aria-labelledby"] {
                for id in tag.get(reference).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(&id), "{}", at(&format!("{reference} names {id}")));
                }
            }
            if let Some(anchor) = tag.get("href").and_then(|href| href.strip_prefix('#')) {
                assert!(ids.contains(&anchor), "{}", at(&format!("#{anchor} exists")));
            }
        }
        for field in page.tags.iter().filter(|tag| ["input", "select", "textarea"].contains(&tag.name.as_str())) {
            let labelled = field.get("type") == Some("hidden")
                || field.get("aria-label").is_some()
                || field.inside.contains(&"label".to_owned())
                || page.all("label").any(|label| label.get("for").is_some() && label.get("for") == field.get("id"));
            assert!(labelled, "{}", at(&format!("a label for {field:?}")));
        }
        for form in page.all("form").filter(|form| form.get("method") == Some("post")) {
            assert!(form.get("action").is_some(), "{}", at("a form says where it goes"));
        }
    }
}

/// The content security policy forbids inline style and script, and every form that changes something carries its token.
#[test]
fn pages_keep_the_content_security_policy() {
    for (language, PageSample { name, html }) in every_page() {
        if name.starts_with("print-formatted") || name.starts_with("archive-index") {
            assert!(html.contains("content=\"default-src 'none'; style-src 'unsafe-inline'; "), "{name} ({language})");
            assert!(html.contains("form-action 'none'; base-uri 'none'\""), "{name} ({language})");
            assert!(!html.contains("<script") && !html.contains("<form"), "{name} ({language})");
            continue;
        }
        let page = Document::read(&html).unwrap();
        for tag in &page.tags {
            assert!(tag.name != "script" && tag.name != "style", "{name} ({language}): {}", tag.name);
            for (attribute, value) in &tag.attributes {
                assert!(
                    attribute != "style" && !attribute.starts_with("on"),
                    "{name} ({language}): {attribute}={value}"
                );
                assert!(!value.trim_start().to_lowercase().starts_with("javascript:"), "{name} ({language}): {value}");
            }
        }
        let posts = page.all("form").filter(|form| form.get("method") == Some("post")).count();
        let tokens = page.all("input").filter(|input| input.get("name") == Some("csrf")).count();
        assert_eq!(posts, tokens, "{name} ({language})");
        for frame in page.all("iframe") {
            let sandbox = frame.get("sandbox").unwrap();
            let own = frame.get("src") == Some(render::paths::ARCHIVE_PROGRESS);
            assert!(!sandbox.contains("allow-scripts") && (own || !sandbox.contains("allow-same-origin")));
        }
    }
}

/// Whatever stands in a name, subject or file name is shown and never becomes markup.
#[test]
fn hostile_content_stays_text() {
    for (language, PageSample { name, html }) in every_page() {
        for needle in ["<script", "<b>", "<i>", "onerror=\"alert", "<img src=x"] {
            assert!(!html.contains(needle), "{name} ({language}) holds {needle}");
        }
    }
    let brand = samples::hostile();
    let page =
        samples::pages(&brand, Language::De).into_iter().find(|sample| sample.name == "message-hostile").unwrap();
    assert!(page.html.contains("&#60;script&#62;"), "the hostile subject is shown");
}

/// One thing to do a page: at most one primary button beside "write".
#[test]
fn a_page_has_one_primary_button() {
    for (language, PageSample { name, html }) in every_page() {
        let page = Document::read(&html).unwrap();
        let primary = page.tags.iter().filter(|tag| {
            let classes = tag.get("class").unwrap_or_default();
            classes.split(' ').any(|class| class == "primary") && !classes.split(' ').any(|class| class == "write")
        });
        assert!(primary.count() <= 1, "{name} ({language})");
    }
}

#[test]
fn pages_are_small() {
    let style = samples::brand().style.content.len();
    for (language, PageSample { name, html }) in every_page() {
        if !name.contains("rich") {
            assert!(html.len() + style < PAGE_BYTES_MAX, "{name} ({language}): {}", html.len() + style);
        }
    }
}

/// J14: every message says until when it is kept.
#[test]
fn messages_say_until_when_they_are_kept() {
    let brand = samples::brand();
    for (language, words) in [(Language::De, "15.\u{a0}Mai 2028"), (Language::En, "15\u{a0}May 2028")] {
        let pages = samples::pages(&brand, language);
        for name in ["inbox", "message"] {
            assert!(pages.iter().find(|sample| sample.name == name).unwrap().html.contains(words), "{name}");
        }
    }
}

/// J9: what was found is paged like the list, and its links keep the words that were searched for.
#[test]
fn what_is_found_turns_its_pages() {
    for language in Language::ALL {
        let pages = samples::pages(&samples::brand(), language);
        let html = &pages.iter().find(|sample| sample.name == "inbox-search").unwrap().html;
        let search: Vec<&str> = html
            .lines()
            .filter(|line| ["name=\"q\"", "class=\"found\"", "paging"].iter().any(|mark| line.contains(mark)))
            .collect();
        insta::assert_snapshot!(format!("search-{language}"), search.join("\n"));
    }
}

/// A mail's own style sheet stands in the page that is printed: nothing around the mail can be hidden or dressed up by it.
#[test]
fn what_stands_around_a_printed_mail_is_guarded() {
    for (language, PageSample { name, html }) in every_page() {
        if !name.starts_with("print-formatted") {
            continue;
        }
        let page = Document::read(&html).unwrap();
        let around = ["header", "section", "footer"].map(str::to_owned);
        // The text of a forwarded mail is the mail's own; the block around it is ours.
        let own = |tag: &&Tag| !tag.inside.iter().any(|part| part == "div");
        let guarded = page
            .tags
            .iter()
            .filter(|tag| around.iter().any(|part| tag.name == *part || tag.inside.contains(part)))
            .filter(own);
        for tag in guarded.clone() {
            let style = tag.get("style").unwrap_or_default();
            assert!(style.starts_with("all:initial!important;"), "{name} ({language}): {tag:?}");
            assert!(style.split(';').all(|part| part.is_empty() || part.ends_with("!important")), "{name}: {style}");
        }
        assert!(guarded.count() > 10, "{name} ({language})");
        // Nor can the mail change places with them, or paint over them.
        let style =
            |part: &str| page.tags.iter().find(|tag| tag.name == part).and_then(|tag| tag.get("style")).unwrap();
        assert!(style("body").starts_with("display:block!important;"));
        for rule in ["all:initial!important;", "display:block!important;", "overflow:clip!important;"] {
            assert!(style("main").contains(rule), "{name} ({language}): {rule}");
        }
        assert!(style("header").contains("position:relative!important;z-index:1!important;"));
    }
}

/// P7, J8: the page for links that do not work says nothing about the link or an address.
#[test]
fn the_page_for_links_knows_no_address() {
    let brand = samples::brand();
    for language in Language::ALL {
        let page =
            samples::pages(&brand, language).into_iter().find(|sample| sample.name == "activation-help").unwrap();
        assert!(!page.html.contains("ada."));
    }
}

/// P8: technical terms stand in the text for the people who run mail servers, which is folded away, and nowhere else.
#[test]
fn answers_about_providers_are_in_plain_words() {
    let mut letters = 0;
    for (language, PageSample { name, html }) in every_page() {
        if !name.starts_with("provider") {
            continue;
        }
        let (before, rest) = html.split_once("<textarea").unwrap_or((&html, ""));
        let after = rest.split_once("</textarea>").map_or("", |(_, after)| after);
        for term in ["DANE", "TLS", "MTA-STS", "DNSSEC", "MX", "Zertifikat", "certificate"] {
            assert!(!before.contains(term) && !after.contains(term), "{name} ({language}) says {term}");
        }
        letters += usize::from(!rest.is_empty());
        if name == "provider-unprotected-long" {
            assert_eq!(
                rest.matches("\n- mx1.beispiel.de, mx2.beispiel.de, mx3.beispiel.de ").count(),
                25,
                "{language}"
            );
        }
    }
    assert_eq!(letters, 2 * 2 * 5, "every answer that somebody can better comes with its letter");
}

/// P8: the accessibility statement names the authority that the organisation names, or none.
#[test]
fn accessibility_names_whom_the_organisation_names() {
    for (language, named) in [(Language::De, "hilft die Musterstelle"), (Language::En, "the Sample Office")] {
        let statement = |brand: &Brand| {
            samples::pages(brand, language).into_iter().find(|sample| sample.name == "accessibility").unwrap().html
        };
        assert!(statement(&samples::brand()).contains(named));
        let unnamed =
            statement(&Brand { accessibility_authority: Some((String::new(), String::new())), ..samples::brand() });
        for words in [named, "nicht zufrieden", "not satisfied"] {
            assert!(!unnamed.contains(words) && !statement(&samples::hostile()).contains(words), "{words}");
        }
    }
}

#[test]
fn the_reader_of_html_notices_mistakes() {
    for bad in ["<p><b></p></b>", "<p>", "</p>", "<p id=a>x</p>"] {
        assert!(Document::read(bad).is_err(), "{bad}");
    }
    assert!(Document::read("<p>a<br>b</p>").is_ok() && VOID.contains(&"br"));
}
