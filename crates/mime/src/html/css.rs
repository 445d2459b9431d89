//! Styles by allow-list of properties and values.
//!
//! A property must be on the list and every token of its value harmless: words, numbers, lengths, colours, quoted font names.
//! There is no `url()`, no `var()`, no `expression()`, no `@import` and no `position`, so a style can neither fetch nor report
//! anything nor take itself out of its place. (Large letters still reach beyond their line: whoever shows a mail beside other things clips it.) A declaration with anything else in it is dropped as a whole.

use cssparser::{Parser, ToCss, Token, serialize_identifier};

use crate::limits::CSS_BYTES_MAX;

/// Properties kept; a trailing `-` keeps a family.
const PROPERTIES: [&str; 45] = [
    "background",
    "background-color",
    "border",
    "border-",
    "border-collapse",
    "border-radius",
    "border-spacing",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style",
    "list-style-type",
    "margin",
    "margin-",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "overflow-wrap",
    "padding",
    "padding-",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
];
/// Functions kept, with plain numbers inside.
const FUNCTIONS: [&str; 4] = ["rgb", "rgba", "hsl", "hsla"];
/// Words that no value needs and that old browsers or effects attach a meaning to.
const WORDS_REFUSED: [&str; 6] = ["fixed", "absolute", "sticky", "expression", "javascript", "behavior"];
/// Nesting of `@media` blocks that is followed.
const MEDIA_DEPTH_MAX: usize = 2;

fn is_property(name: &str) -> bool {
    PROPERTIES.iter().any(|known| match known.strip_suffix('-') {
        Some(_) => name.starts_with(known) && !name.ends_with("-image"),
        None => name == *known,
    })
}

/// The harmless declarations of a `style` attribute, as `name:value;name:value`.
pub(super) fn declarations(style: &str) -> String {
    let style = crate::charset::cut(style, CSS_BYTES_MAX);
    let mut kept = String::new();
    read_declarations(&mut Parser::new(style), &mut kept);
    kept
}

/// The harmless rules of a style sheet, without `<`.
pub(super) fn stylesheet(sheet: &str) -> String {
    let sheet = crate::charset::cut(sheet, CSS_BYTES_MAX);
    let mut kept = String::new();
    read_rules(&mut Parser::new(sheet), &mut kept, 0);
    kept
}

/// A declaration while it is read.
#[derive(Default)]
struct Declaration {
    name: Option<String>,
    colon: bool,
    value: String,
    refused: bool,
}

impl Declaration {
    fn keep(self, kept: &mut String) {
        let Some(name) = self.name else { return };
        let value = self.value.trim();
        if self.refused || !self.colon || value.is_empty() || !is_property(&name) {
            return;
        }
        if !kept.is_empty() && !kept.ends_with('{') {
            kept.push(';');
        }
        kept.push_str(&name);
        kept.push(':');
        kept.push_str(value);
    }
}

fn read_declarations(input: &mut Parser<'_>, kept: &mut String) {
    let mut current = Declaration::default();
    while let Ok(token) = input.next_including_whitespace() {
        let token = token.clone();
        match token {
            Token::Semicolon => std::mem::take(&mut current).keep(kept),
            Token::WhiteSpace(_) if !current.colon => {}
            Token::Ident(name) if current.name.is_none() => current.name = Some(name.to_ascii_lowercase()),
            Token::Colon if current.name.is_some() && !current.colon => current.colon = true,
            token if current.colon => {
                if !push_value(input, &token, &mut current) {
                    current.refused = true;
                }
            }
            _ => current.refused = true,
        }
    }
    current.keep(kept);
}

/// Adds `token` to the value if it is harmless there.
fn push_value(input: &mut Parser<'_>, token: &Token<'_>, declaration: &mut Declaration) -> bool {
    let name = declaration.name.as_deref().unwrap_or_default();
    let value = &mut declaration.value;
    match token {
        Token::WhiteSpace(_) if value.ends_with(' ') => {}
        Token::WhiteSpace(_) => value.push(' '),
        Token::Comma => value.push(','),
        Token::Delim('/') => value.push('/'),
        Token::Delim('!') => value.push('!'),
        Token::Ident(word) => {
            let harmless = word.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character));
            if !harmless || WORDS_REFUSED.iter().any(|refused| word.eq_ignore_ascii_case(refused)) {
                return false;
            }
            value.push_str(word);
        }
        Token::Number { value: number, .. } | Token::Dimension { value: number, .. } => {
            let may_be_negative = name == "letter-spacing" || name == "word-spacing";
            if !number.is_finite() || (*number < 0.0 && !may_be_negative) || !is_plain_unit(token) {
                return false;
            }
            value.push_str(&token.to_css_string());
        }
        Token::Percentage { unit_value, .. } if unit_value.is_finite() && *unit_value >= 0.0 => {
            value.push_str(&token.to_css_string());
        }
        Token::Hash(colour) | Token::IDHash(colour) if is_colour(colour) => {
            value.push('#');
            value.push_str(colour);
        }
        Token::QuotedString(font) if name.starts_with("font") && is_font(font) => {
            value.push('\'');
            value.push_str(font);
            value.push('\'');
        }
        // What a background would fetch is left out; its colour stays, or white text on it would be lost.
        Token::UnquotedUrl(_) if name == "background" => {}
        Token::Function(function) if name == "background" && function.eq_ignore_ascii_case("url") => skip_block(input),
        Token::Function(function) => {
            let Some(known) = FUNCTIONS.iter().find(|known| function.eq_ignore_ascii_case(known)) else { return false };
            let Some(numbers) = read_numbers(input) else { return false };
            value.extend([known, "(", &numbers, ")"]);
        }
        _ => return false,
    }
    true
}

fn skip_block(input: &mut Parser<'_>) {
    let skipped = input.parse_nested_block(|input| {
        while input.next().is_ok() {}
        Ok::<(), cssparser::ParseError<()>>(())
    });
    debug_assert!(skipped.is_ok(), "a block that is read to its end is read");
}

fn is_plain_unit(token: &Token<'_>) -> bool {
    match token {
        Token::Dimension { unit, .. } => unit.len() <= 4 && unit.bytes().all(|byte| byte.is_ascii_alphabetic()),
        _ => true,
    }
}

fn is_colour(colour: &str) -> bool {
    (3..=8).contains(&colour.len()) && colour.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_font(font: &str) -> bool {
    font.chars().all(|character| character.is_alphanumeric() || " -_.,".contains(character))
}

/// The numbers of a colour function.
fn read_numbers(input: &mut Parser<'_>) -> Option<String> {
    let read = input.parse_nested_block(|input| {
        let mut numbers = String::new();
        while let Ok(token) = input.next() {
            match token {
                Token::Number { .. } | Token::Percentage { .. } => {
                    numbers.push_str(&token.to_css_string());
                    numbers.push(' ');
                }
                Token::Comma => {
                    numbers.truncate(numbers.trim_end().len());
                    numbers.push(',');
                }
                Token::Delim('/') => numbers.push('/'),
                _ => return Err(cssparser::ParseError::<()>::unexpected_token()),
            }
        }
        Ok(numbers.trim_end().to_owned())
    });
    read.ok()
}

/// What stands before a `{`.
#[derive(Default)]
struct Prelude {
    text: String,
    media: bool,
    refused: bool,
}

fn read_rules(input: &mut Parser<'_>, kept: &mut String, depth: usize) {
    let mut prelude = Prelude::default();
    while let Ok(token) = input.next_including_whitespace() {
        let token = token.clone();
        match token {
            Token::CurlyBracketBlock => read_block(input, &std::mem::take(&mut prelude), kept, depth),
            Token::Semicolon => prelude = Prelude::default(),
            Token::CDO | Token::CDC => {}
            Token::AtKeyword(name) if prelude.text.trim().is_empty() && name.eq_ignore_ascii_case("media") => {
                prelude.media = true;
            }
            Token::ParenthesisBlock if prelude.media => match read_condition(input) {
                Some(condition) => prelude.text.extend(["(", &condition, ")"]),
                None => prelude.refused = true,
            },
            token => push_prelude(&token, &mut prelude),
        }
    }
}

/// States of links that a selector may name. No other pseudo-class, and no pseudo-element: those make boxes that no element owns.
const STATES: [&str; 5] = ["active", "focus", "hover", "link", "visited"];

/// Selectors of names, classes, ids and states with combinators; nothing that looks at attributes or counts.
fn push_prelude(token: &Token<'_>, prelude: &mut Prelude) {
    let name = |text: &mut String, mark: &str, name: &str| {
        text.push_str(mark);
        serialize_identifier(name, text).is_ok() && !name.contains(['<', '>', '&'])
    };
    let harmless = match token {
        Token::WhiteSpace(_) => {
            let after_colon = prelude.text.ends_with(':');
            prelude.text.push(' ');
            !after_colon
        }
        Token::Comma => {
            prelude.text.push(',');
            true
        }
        Token::Colon => {
            prelude.text.push(':');
            !prelude.text.ends_with("::")
        }
        Token::Ident(word) if prelude.text.ends_with(':') => {
            prelude.text.push_str(word);
            STATES.iter().any(|state| word.eq_ignore_ascii_case(state))
        }
        Token::Delim(mark @ ('.' | '*' | '+' | '~')) => {
            prelude.text.push(*mark);
            true
        }
        // `>` as is: the sheet is raw text, where only `</style` ends it.
        Token::Delim('>') => {
            prelude.text.push('>');
            true
        }
        Token::Ident(word) => name(&mut prelude.text, "", word),
        Token::IDHash(word) => name(&mut prelude.text, "#", word),
        _ => false,
    };
    prelude.refused |= !harmless;
}

/// A media condition like `max-width: 600px`.
fn read_condition(input: &mut Parser<'_>) -> Option<String> {
    let read = input.parse_nested_block(|input| {
        let mut condition = String::new();
        while let Ok(token) = input.next() {
            match token {
                Token::Ident(word) if word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => {
                    condition.push_str(word);
                }
                Token::Colon => condition.push(':'),
                Token::Number { .. } | Token::Dimension { .. } if is_plain_unit(token) => {
                    condition.push_str(&token.to_css_string());
                }
                _ => return Err(cssparser::ParseError::<()>::unexpected_token()),
            }
        }
        Ok(condition)
    });
    read.ok()
}

fn read_block(input: &mut Parser<'_>, prelude: &Prelude, kept: &mut String, depth: usize) {
    let selector = prelude.text.trim();
    if prelude.refused || selector.is_empty() || selector.ends_with(':') || (prelude.media && depth >= MEDIA_DEPTH_MAX)
    {
        return;
    }
    let mut inner = String::new();
    let read = input.parse_nested_block(|input| {
        if prelude.media {
            read_rules(input, &mut inner, depth + 1);
        } else {
            read_declarations(input, &mut inner);
        }
        Ok::<(), cssparser::ParseError<()>>(())
    });
    if read.is_ok() && !inner.is_empty() {
        let mark = if prelude.media { "@media " } else { "" };
        kept.extend([mark, selector, "{", &inner, "}"]);
    }
}
