//! Computed styles: what of CSS, of old HTML and of Outlook a page of a mail follows.

use super::length::{Length, color};
use super::style::{Align, Boxing, Case, Color, Display, Family, Shift, Sides, Style};
use super::tree::Element;
use super::value::{align, border, distance, family, is_bold, line, marker, sides, valign};

/// Smallest and largest size of text, in points: below it nobody reads, beyond it nothing fits.
const SIZE_RANGE: std::ops::RangeInclusive<f64> = 4.5..=72.0;

/// Computes the style of `element` within `outer`; `sheet` are the declarations of style sheets for it.
pub(crate) fn compute(element: &Element<'_>, outer: &Style, sheet: &[&str]) -> (Style, Boxing) {
    let mut computed = Computed { style: *outer, outer: *outer, boxing: Boxing::NONE };
    computed.style.backdrop_outside = outer.backdrop;
    computed.defaults(element.name);
    computed.attributes(element);
    for declarations in sheet {
        computed.declarations(declarations);
    }
    if let Some(own) = element.attribute("style") {
        computed.declarations(own);
    }
    if let Some(background) = computed.boxing.background {
        computed.style.backdrop = background;
    }
    (computed.style, computed.boxing)
}

struct Computed {
    style: Style,
    outer: Style,
    boxing: Boxing,
}

impl Computed {
    /// What a browser does without being told.
    fn defaults(&mut self, name: &str) {
        let size = self.outer.size;
        let (style, boxing) = (&mut self.style, &mut self.boxing);
        let mut between = |distance: f64| {
            boxing.margin.top = distance;
            boxing.margin.bottom = distance;
        };
        match name {
            "b" | "strong" => style.bold = true,
            "i" | "em" | "cite" | "dfn" | "var" | "address" => style.italic = true,
            "u" | "ins" => style.underline = true,
            "s" | "strike" | "del" => style.strike = true,
            "code" | "kbd" | "samp" | "tt" => style.family = Family::Mono,
            "small" => style.size = size * 0.85,
            "big" => style.size = size * 1.2,
            "sub" | "sup" => {
                style.shift = if name == "sub" { Shift::Sub } else { Shift::Super };
                style.size = size * 0.75;
            }
            "mark" => style.mark = Some(Color { red: 0xff, green: 0xf3, blue: 0xa3 }),
            "center" => {
                style.align = Align::Center;
                style.moves = true;
            }
            "th" => {
                style.bold = true;
                style.align = Align::Center;
            }
            "caption" => style.align = Align::Center,
            "p" | "dl" => between(size),
            "ul" | "ol" | "dir" => between(size * 0.6),
            "blockquote" | "figure" => {
                between(size * 0.6);
                boxing.margin.left = 24.0;
            }
            "dd" => boxing.margin.left = 24.0,
            "pre" => {
                between(size * 0.6);
                style.pre = true;
                style.family = Family::Mono;
            }
            "hr" => between(size * 0.5),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                style.bold = true;
                style.size = match name {
                    "h1" => 20.0,
                    "h2" => 16.0,
                    "h3" => 13.5,
                    "h4" => 12.0,
                    _ => 10.5,
                };
                between(style.size * 0.7);
            }
            _ => {}
        }
    }

    /// Attributes of old HTML.
    fn attributes(&mut self, element: &Element<'_>) {
        let style = &mut self.style;
        if let Some(value) = element.attribute("dir") {
            style.rtl = match value.to_ascii_lowercase().as_str() {
                "rtl" => Some(true),
                "ltr" => Some(false),
                _ => style.rtl,
            };
        }
        if let Some(value) = element.attribute("align") {
            let align = align(value);
            match element.name {
                // The place of the thing itself, not of what is in it.
                "table" | "hr" => self.boxing.centered = align == Some(Align::Center),
                "img" => {}
                _ => {
                    style.align = align.unwrap_or(style.align);
                    style.moves |= align.is_some();
                }
            }
        }
        self.boxing.valign = element.attribute("valign").and_then(valign);
        self.boxing.background = element.attribute("bgcolor").and_then(color);
        if element.name != "font" {
            self.boxing.width = element.attribute("width").and_then(Length::html);
            self.boxing.height = element.attribute("height").and_then(Length::html);
            return;
        }
        if let Some(found) = element.attribute("color").and_then(color) {
            style.color = found;
        }
        if let Some(found) = element.attribute("face").and_then(family) {
            style.family = found;
        }
        if let Some(value) = element.attribute("size") {
            // HTML standard, "rules for parsing a legacy font size".
            let steps = [7.5, 10.0, 12.0, 13.5, 18.0, 24.0, 36.0];
            let number: Option<isize> = value.trim().trim_start_matches('+').parse().ok();
            let relative = value.trim().starts_with(['+', '-']);
            let step = number.map(|number| if relative { number + 3 } else { number }.clamp(1, 7) - 1);
            let found = step.and_then(|step| steps.get(step.unsigned_abs()));
            style.size = found.copied().unwrap_or(style.size);
        }
    }

    fn declarations(&mut self, declarations: &str) {
        for declaration in declarations.split(';') {
            let Some((name, value)) = declaration.split_once(':') else { continue };
            let value = value.split('!').next().unwrap_or_default().trim();
            self.declaration(name.trim(), value);
        }
    }

    fn declaration(&mut self, name: &str, value: &str) {
        let lower = value.to_ascii_lowercase();
        let style = &mut self.style;
        match name {
            "color" => style.color = color(value).unwrap_or(style.color),
            "background" | "background-color" => self.background(&lower),
            "font" => self.font(value),
            "font-family" => style.family = family(value).unwrap_or(style.family),
            "font-size" => self.size(&lower),
            "font-style" => style.italic = lower == "italic" || lower == "oblique",
            "font-weight" => style.bold = is_bold(&lower).unwrap_or(style.bold),
            "line-height" => style.line = line(&lower, style.size).unwrap_or(style.line),
            "text-align" => {
                style.align = align(&lower).unwrap_or(style.align);
                style.moves = false;
            }
            "text-decoration" => {
                style.underline = lower.contains("underline") || (style.underline && !lower.contains("none"));
                style.strike = lower.contains("line-through") || (style.strike && !lower.contains("none"));
            }
            "text-transform" => {
                style.case = match lower.as_str() {
                    "uppercase" => Case::Upper,
                    "lowercase" => Case::Lower,
                    _ => Case::Asis,
                }
            }
            "direction" => style.rtl = Some(lower == "rtl"),
            "white-space" => style.pre = lower.starts_with("pre") && lower != "pre-line",
            "display" => self.display(&lower),
            "vertical-align" => self.vertical(&lower),
            "width" | "height" | "max-height" => self.extent(name, &lower),
            "margin" => self.margin(&lower),
            "padding" => {
                let size = style.size;
                let each = sides(&lower, |value| Some(distance(value, size)));
                self.boxing.padding = each;
            }
            "border" => self.boxing.border = Sides::all(border(&lower)),
            "border-radius" => self.boxing.radius = distance(&lower, style.size).unwrap_or_default().min(12.0),
            "list-style" | "list-style-type" => self.boxing.marker = marker(&lower),
            _ => self.side(name, &lower),
        }
    }

    /// `margin-left`, `padding-top`, `border-bottom` and the like.
    fn side(&mut self, name: &str, value: &str) {
        let size = self.style.size;
        if let Some(side) = name.strip_prefix("margin-") {
            if value == "auto" {
                self.boxing.centered = true;
            }
            self.boxing.margin.set(side, distance(value, size).unwrap_or_default());
        } else if let Some(side) = name.strip_prefix("padding-") {
            self.boxing.padding.set(side, distance(value, size));
        } else if let Some(side) = name.strip_prefix("border-") {
            self.boxing.border.set(side, border(value));
        }
    }

    fn background(&mut self, value: &str) {
        // `background` holds more than a colour; the colour is the word (or function) that reads as one.
        let found = color(value).or_else(|| value.split(' ').find_map(color));
        if found.is_some() {
            self.boxing.background = found;
        }
    }

    /// `font: italic bold 12px/1.5 Arial, sans-serif`.
    fn font(&mut self, value: &str) {
        let mut words = value.split(' ').filter(|word| !word.is_empty());
        let mut families = String::new();
        for word in words.by_ref() {
            let lower = word.to_ascii_lowercase();
            let (size, height) = lower.split_once('/').unwrap_or((&lower, ""));
            if lower == "italic" || lower == "oblique" {
                self.style.italic = true;
            } else if Length::css(size, 1.0).is_some() && !size.bytes().all(|byte| byte.is_ascii_digit()) {
                self.size(size);
                self.style.line = line(height, self.style.size).unwrap_or(self.style.line);
                break;
            } else if let Some(bold) = is_bold(&lower) {
                self.style.bold = bold;
            } else if lower != "normal" {
                families.push_str(word);
                break;
            }
        }
        for word in words {
            families.push(' ');
            families.push_str(word);
        }
        self.style.family = family(&families).unwrap_or(self.style.family);
    }

    fn size(&mut self, value: &str) {
        let outer = self.outer.size;
        let found = match value {
            "xx-small" => Some(7.0),
            "x-small" => Some(7.5),
            "small" => Some(10.0),
            "medium" => Some(12.0),
            "large" => Some(13.5),
            "x-large" => Some(18.0),
            "xx-large" => Some(24.0),
            "smaller" => Some(outer * 0.85),
            "larger" => Some(outer * 1.2),
            _ => Length::css(value, outer).map(|length| length.of(outer)),
        };
        match found {
            // The usual way to hide what only lists of mails should show.
            Some(size) if size < 0.76 => self.boxing.hidden = true,
            Some(size) => self.style.size = size.clamp(*SIZE_RANGE.start(), *SIZE_RANGE.end()),
            None => {}
        }
    }

    fn display(&mut self, value: &str) {
        match value {
            "none" => self.boxing.hidden = true,
            "block" | "list-item" | "flex" | "grid" => self.boxing.display = Some(Display::Block),
            "inline-block" | "inline-table" | "inline-flex" => self.boxing.display = Some(Display::InlineBlock),
            "inline" => self.boxing.display = Some(Display::Inline),
            _ => {}
        }
    }

    fn vertical(&mut self, value: &str) {
        self.boxing.valign = valign(value).or(self.boxing.valign);
        match value {
            "sub" => self.style.shift = Shift::Sub,
            "super" => self.style.shift = Shift::Super,
            _ => {}
        }
    }

    fn extent(&mut self, name: &str, value: &str) {
        let found = Length::css(value, self.style.size);
        match name {
            "width" => self.boxing.width = found.or(self.boxing.width),
            "height" => self.boxing.height = found.or(self.boxing.height),
            _ => {}
        }
    }

    fn margin(&mut self, value: &str) {
        let size = self.style.size;
        self.boxing.centered |= value.contains("auto");
        self.boxing.margin = sides(value, |value| Some(distance(value, size).unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::style::Border;
    use super::super::tree::{ROOT, Tree};
    use super::*;

    fn of(html: &str) -> (Style, Boxing) {
        let tree = Tree::read(html);
        compute(tree.element(*tree.children(ROOT).first().unwrap()).unwrap(), &Style::ROOT, &[])
    }

    #[test]
    fn follows_declarations() {
        let (style, boxing) = of(
            "<p style=\"font:italic bold 16px/1.5 Arial,sans-serif;color:#ff0000;background:#eee;margin:0 0 8px;border-left:2px solid blue\">x</p>",
        );
        assert_eq!((style.size, style.line, style.bold, style.italic), (12.0, 1.5, true, true));
        assert_eq!(style.color, Color { red: 255, green: 0, blue: 0 });
        assert_eq!(style.backdrop, Color { red: 0xee, green: 0xee, blue: 0xee });
        assert_eq!((boxing.margin.top, boxing.margin.bottom), (0.0, 6.0));
        assert_eq!(boxing.border.left, Some(Border { width: 1.5, color: Color { red: 0, green: 0, blue: 255 } }));
    }

    #[test]
    fn follows_old_attributes() {
        let (style, _) = of("<font face=\"Courier New\" color=\"red\" size=\"+1\">x</font>");
        assert_eq!((style.family, style.size), (Family::Mono, 13.5));
    }

    #[test]
    fn knows_what_is_hidden() {
        assert!(of("<div style=\"display:none\">x</div>").1.hidden);
        assert!(of("<div style=\"font-size:1px\">x</div>").1.hidden);
        assert!(!of("<div style=\"font-size:2px\">x</div>").1.hidden);
    }
}
