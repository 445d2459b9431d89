//! The allow-list: elements, attributes and URL schemes that a mail may use.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::css;

/// Elements kept, sorted. `style` is collected apart; everything else is dropped and its content kept.
pub(super) const ELEMENTS: [&str; 62] = [
    "a",
    "abbr",
    "address",
    "article",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
];
/// Kept elements that are not in the sorted list above because few mails use them.
pub(super) const ELEMENTS_RARE: [&str; 6] = ["samp", "tt", "u", "ul", "var", "wbr"];
/// Attributes kept on every element.
pub(super) const ATTRIBUTES: [&str; 6] = ["class", "dir", "lang", "style", "title", "align"];
/// Attributes kept on some elements.
pub(super) const ELEMENT_ATTRIBUTES: [(&str, &[&str]); 15] = [
    ("a", &["href", "name"]),
    ("blockquote", &["type"]),
    ("col", &["span", "valign", "width"]),
    ("colgroup", &["span", "valign", "width"]),
    ("font", &["color", "face", "size"]),
    ("hr", &["color", "noshade", "size", "width"]),
    ("img", &["alt", "border", "height", "hspace", "src", "vspace", "width"]),
    ("li", &["type", "value"]),
    ("ol", &["start", "type"]),
    ("table", &["bgcolor", "border", "bordercolor", "cellpadding", "cellspacing", "height", "valign", "width"]),
    ("tbody", &["valign"]),
    ("td", &["bgcolor", "colspan", "height", "nowrap", "rowspan", "valign", "width"]),
    ("th", &["bgcolor", "colspan", "height", "nowrap", "rowspan", "scope", "valign", "width"]),
    ("tr", &["bgcolor", "height", "valign"]),
    ("ul", &["type"]),
];

/// The name as this crate spells it, if the element is kept.
pub(super) fn element(name: &str) -> Option<&'static str> {
    let kept = ELEMENTS.iter().chain(&ELEMENTS_RARE);
    kept.copied().find(|known| known.eq_ignore_ascii_case(name))
}

/// Whether `element` may have `attribute` (in lower case).
pub(super) fn attribute(element: &str, attribute: &str) -> bool {
    ATTRIBUTES.contains(&attribute)
        || ELEMENT_ATTRIBUTES.iter().any(|(known, list)| *known == element && list.contains(&attribute))
}

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    let elements: HashSet<&str> = ELEMENTS.iter().chain(&ELEMENTS_RARE).copied().collect();
    let by_element: HashMap<&str, HashSet<&str>> =
        ELEMENT_ATTRIBUTES.iter().map(|(name, list)| (*name, list.iter().copied().collect())).collect();
    builder
        .tags(elements)
        .clean_content_tags(HashSet::from(["script", "style", "svg", "math", "title", "textarea", "template"]))
        .generic_attributes(ATTRIBUTES.into_iter().collect())
        .tag_attributes(by_element)
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "data"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .strip_comments(true)
        .attribute_filter(filter);
    builder
});

/// Judges single values: styles, link and image addresses, and the colours, sizes and words of old HTML.
fn filter<'u>(element: &str, attribute: &str, value: &'u str) -> Option<Cow<'u, str>> {
    let trimmed = value.trim();
    match attribute {
        "style" => Some(css::declarations(value)).filter(|kept| !kept.is_empty()).map(Cow::Owned),
        "src" => (element == "img" && is_inline_image(trimmed)).then_some(Cow::Borrowed(value)),
        "href" => (!has_scheme(trimmed, "data")).then_some(Cow::Borrowed(value)),
        "alt" | "title" | "lang" | "dir" | "rel" | "target" => Some(Cow::Borrowed(value)),
        "class" | "name" => trimmed.chars().all(is_name_character).then_some(Cow::Borrowed(value)),
        _ => trimmed.chars().all(is_legacy_character).then_some(Cow::Borrowed(value)),
    }
}

fn is_name_character(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_' | ' ' | '.')
}

/// Colours, lengths, numbers, font lists.
fn is_legacy_character(character: char) -> bool {
    character.is_alphanumeric() || "#%.,+-_ '\"".contains(character)
}

fn has_scheme(url: &str, scheme: &str) -> bool {
    let mut letters = url.chars().filter(|character| !character.is_whitespace() && !character.is_control());
    scheme.chars().all(|wanted| letters.next().is_some_and(|found| found.eq_ignore_ascii_case(&wanted)))
        && letters.next() == Some(':')
}

/// `data:` addresses as [`super::balance`] writes them.
fn is_inline_image(url: &str) -> bool {
    let rest = ["png", "jpeg", "gif", "webp"]
        .iter()
        .find_map(|kind| url.strip_prefix("data:image/")?.strip_prefix(kind)?.strip_prefix(";base64,"));
    rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')))
}

/// Rebuilds `html` with what is allowed. Give it balanced markup only: its time grows with the square of the depth.
pub(super) fn sanitise(html: &str) -> String {
    SANITISER.clean(html).to_string()
}
