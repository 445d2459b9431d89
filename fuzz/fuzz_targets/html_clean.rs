//! HTML mail, cleaned: whatever goes in, nothing that runs or loads comes out.
//!
//! The output is read by a small scanner of its own, that knows nothing of how it was made.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mime::html::{self, CleanOptions};
use mime::text::{self, Flow};

const ELEMENTS_BANNED: [&str; 24] = [
    "script",
    "iframe",
    "frame",
    "frameset",
    "object",
    "embed",
    "applet",
    "form",
    "input",
    "button",
    "textarea",
    "select",
    "link",
    "meta",
    "base",
    "svg",
    "math",
    "video",
    "audio",
    "source",
    "template",
    "noscript",
    "xmp",
    "plaintext",
];
const STYLE_BANNED: [&str; 6] = ["url(", "@import", "expression(", "javascript:", "-moz-binding:", "behavior:"];

fuzz_target!(|input: &[u8]| {
    let markup = String::from_utf8_lossy(input);
    let image = |_: &str| Some(std::borrow::Cow::Borrowed(&b"\x89PNG\r\n\x1a\n"[..]));
    let cleaned = html::clean(&markup, &CleanOptions { inline_image: &image }).html;
    check(&cleaned);
    check(&html::clean(&cleaned, &CleanOptions::default()).html);
    check(&text::to_html(&text::unflow(&markup, Flow { delete_space: true, ..Flow::default() })));
    html::to_text(&markup);
});

fn check(output: &str) {
    let mut rest = output;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let closing = rest.starts_with('/');
        let name_at = usize::from(closing);
        let name_end =
            rest[name_at..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(rest.len(), |end| name_at + end);
        let name = rest[name_at..name_end].to_ascii_lowercase();
        assert!(!name.is_empty(), "a comment, a declaration or a bare `<` in {output:?}");
        assert!(!ELEMENTS_BANNED.contains(&name.as_str()), "<{name}> in {output:?}");
        rest = attributes(&name, &rest[name_end..], output);
        if name == "style" && !closing {
            let end = rest.find("</style>").unwrap_or_else(|| panic!("an open style element in {output:?}"));
            sheet(&rest[..end], output);
            rest = &rest[end..];
        }
    }
}

/// Checks the attributes of a tag and gives what follows the tag.
fn attributes<'a>(element: &str, mut rest: &'a str, output: &str) -> &'a str {
    loop {
        rest = rest.trim_start_matches([' ', '\n', '\t', '/']);
        if let Some(behind) = rest.strip_prefix('>') {
            return behind;
        }
        let end = rest.find(['=', ' ', '>']).unwrap_or_else(|| panic!("an open tag in {output:?}"));
        let name = rest[..end].to_ascii_lowercase();
        assert!(!name.starts_with("on"), "{name} in {output:?}");
        assert!(!matches!(name.as_str(), "srcdoc" | "formaction" | "id" | "ping"), "{name} in {output:?}");
        rest = &rest[end..];
        let Some(quoted) = rest.strip_prefix("=\"") else {
            assert!(!rest.starts_with('='), "a value without quotes in {output:?}");
            continue;
        };
        let end = quoted.find('"').unwrap_or_else(|| panic!("an open value in {output:?}"));
        value(element, &name, &quoted[..end], output);
        rest = &quoted[end + 1..];
    }
}

fn value(element: &str, name: &str, value: &str, output: &str) {
    // What browsers ignore in front of and within the scheme of an address.
    let plain: String = value
        .replace("&amp;", "&")
        .chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .collect::<String>()
        .to_ascii_lowercase();
    match name {
        "style" => style(value, output),
        "src" => assert!(element == "img" && plain.starts_with("data:image/"), "{plain} in {output:?}"),
        "href" => {
            let known = ["http:", "https:", "mailto:", "tel:", "#"].iter().any(|scheme| plain.starts_with(scheme));
            assert!(known || !plain.contains(':'), "{plain} in {output:?}");
        }
        "background" | "poster" | "data" | "action" | "srcset" => panic!("{name} in {output:?}"),
        _ => {}
    }
}

/// Selectors may read like anything; what stands between the innermost braces are declarations.
fn sheet(sheet: &str, output: &str) {
    assert!(!sheet.contains('<'), "markup in a style element in {output:?}");
    for rule in sheet.split('}') {
        let (selector, declarations) = rule.rsplit_once('{').unwrap_or((rule, ""));
        assert!(!selector.contains("url(") && !selector.contains("@import"), "{selector} in {output:?}");
        style(declarations, output);
    }
}

fn style(declarations: &str, output: &str) {
    let plain = declarations.to_ascii_lowercase();
    for banned in STYLE_BANNED {
        assert!(!plain.contains(banned), "{banned} in {output:?}");
    }
}
