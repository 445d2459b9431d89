//! Values of declarations.

use super::length::{Length, color};
use super::style::{Align, Border, Color, Family, Sides, VAlign};

/// Largest margin, padding and line that is followed, in points.
const DISTANCE_MAX: f64 = 120.0;

/// The one to four values of a shorthand for the sides.
pub(super) fn sides<T: Copy + Default>(value: &str, read: impl Fn(&str) -> Option<T>) -> Sides<T> {
    let values: Vec<T> = value.split(' ').filter(|word| !word.is_empty()).filter_map(read).take(4).collect();
    match *values.as_slice() {
        [all] => Sides::all(all),
        [block, inline] => Sides { top: block, right: inline, bottom: block, left: inline },
        [top, inline, bottom] => Sides { top, right: inline, bottom, left: inline },
        [top, right, bottom, left] => Sides { top, right, bottom, left },
        _ => Sides::all(T::default()),
    }
}

pub(super) fn distance(value: &str, size: f64) -> Option<f64> {
    match Length::css(value, size)? {
        Length::Points(points) => Some(points.clamp(0.0, DISTANCE_MAX)),
        Length::Part(_) => None,
    }
}

pub(super) fn is_bold(value: &str) -> Option<bool> {
    match value {
        "bold" | "bolder" => Some(true),
        "normal" | "lighter" => Some(false),
        number => number.parse::<u32>().ok().map(|weight| weight >= 600),
    }
}

pub(super) fn line(value: &str, size: f64) -> Option<f64> {
    let found = if value == "normal" {
        1.25
    } else if let Ok(number) = value.parse::<f64>() {
        number
    } else {
        Length::css(value, size)?.of(size) / size
    };
    found.is_finite().then(|| found.clamp(1.0, 3.0))
}

pub(super) fn align(value: &str) -> Option<Align> {
    match value.trim().to_ascii_lowercase().as_str() {
        "left" => Some(Align::Left),
        "center" | "middle" => Some(Align::Center),
        "right" => Some(Align::Right),
        "justify" => Some(Align::Justify),
        "start" => Some(Align::Start),
        _ => None,
    }
}

pub(super) fn valign(value: &str) -> Option<VAlign> {
    match value.trim().to_ascii_lowercase().as_str() {
        "top" => Some(VAlign::Top),
        "middle" => Some(VAlign::Middle),
        "bottom" => Some(VAlign::Bottom),
        _ => None,
    }
}

pub(super) fn marker(value: &str) -> Option<&'static str> {
    let known = [
        ("decimal", "1."),
        ("lower-alpha", "a."),
        ("lower-latin", "a."),
        ("upper-alpha", "A."),
        ("upper-latin", "A."),
        ("lower-roman", "i."),
        ("upper-roman", "I."),
        ("none", ""),
    ];
    let mut words = value.split(' ');
    words.find_map(|word| known.iter().find(|(name, _)| *name == word)).map(|(_, marker)| *marker)
}

/// `1px solid #ccc`. A side is also given alone (`border-top`); width, style and colour alone are not followed.
pub(super) fn border(value: &str) -> Option<Border> {
    let mut width = None;
    let mut found = None;
    let mut drawn = false;
    for word in value.split(' ') {
        match word {
            "none" | "hidden" => return None,
            "solid" | "dashed" | "dotted" | "double" | "groove" | "ridge" | "inset" | "outset" => drawn = true,
            "thin" => width = Some(0.75),
            "medium" | "windowtext" => {}
            "thick" => width = Some(3.0),
            _ => match Length::css(word, 12.0) {
                Some(Length::Points(points)) => width = Some(points),
                _ => found = color(word).or(found),
            },
        }
    }
    let width = width.unwrap_or(1.5).min(12.0);
    (drawn && width > 0.0).then(|| Border { width, color: found.unwrap_or(Color::BLACK) })
}

/// Families of mails, by a part of their name in lower case.
const FAMILIES: [(&str, Family); 24] = [
    ("arial", Family::Sans),
    ("helvetica", Family::Sans),
    ("verdana", Family::Sans),
    ("tahoma", Family::Sans),
    ("segoe", Family::Sans),
    ("trebuchet", Family::Sans),
    ("geneva", Family::Sans),
    ("roboto", Family::Sans),
    ("open sans", Family::Sans),
    ("sans-serif", Family::Sans),
    ("system-ui", Family::Sans),
    ("calibri", Family::Calibri),
    ("aptos", Family::Calibri),
    ("candara", Family::Calibri),
    ("carlito", Family::Calibri),
    ("cambria", Family::Cambria),
    ("caladea", Family::Cambria),
    ("courier", Family::Mono),
    ("consolas", Family::Mono),
    ("monaco", Family::Mono),
    ("mono", Family::Mono),
    ("times", Family::Serif),
    ("georgia", Family::Serif),
    ("serif", Family::Serif),
];

/// The first family of a list that is known.
pub(super) fn family(list: &str) -> Option<Family> {
    let list = list.to_ascii_lowercase();
    list.split(',').find_map(|name| FAMILIES.iter().find(|(known, _)| name.contains(known)).map(|(_, family)| *family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_families() {
        assert_eq!(family("'Segoe UI',Tahoma,serif"), Some(Family::Sans));
        assert_eq!(family("Papyrus,Calibri"), Some(Family::Calibri));
        assert_eq!(family("Papyrus"), None);
    }
}
