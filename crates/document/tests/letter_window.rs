//! The window of the envelope (L3): whatever a template does, what is seen there is the address and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../examples/letters/samples.rs"]
#[allow(dead_code, reason = "other letters are for other tests")]
mod samples;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use document::letter::{LetterError, LetterForm, Violation};
use document::{Typesetter, limits};
use samples::{Language, activation};

static TYPESETTER: LazyLock<Typesetter> = LazyLock::new(Typesetter::new);
const DEFAULT: &str = include_str!("../templates/letter.typ");

fn set(form: LetterForm, template: String) -> Result<usize, LetterError> {
    let work = move || {
        let template = TYPESETTER.template(&template, &[], &BTreeMap::new())?;
        Ok(TYPESETTER.letter(&activation(form, Language::De), Some(&template))?.count)
    };
    std::thread::Builder::new().stack_size(limits::STACK_BYTES).spawn(work).unwrap().join().unwrap()
}

/// The template with one piece of it changed.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(DEFAULT.matches(from).count(), 1, "{from}");
    DEFAULT.replace(from, to)
}

/// What is said of a template, in both forms the same words.
fn violations(template: &str) -> Vec<Violation> {
    let of = |form| match set(form, template.to_owned()) {
        Err(LetterError::Window(violations)) => violations,
        other => panic!("{form:?}: {other:?}"),
    };
    let (low, high) = (of(LetterForm::A), of(LetterForm::B));
    let kind = |found: &[Violation]| found[0].what.split('(').next().unwrap().to_owned();
    assert_eq!(kind(&low), kind(&high));
    high
}

/// The first thing that is said of a template with something more at its end.
fn added(what: &str) -> Violation {
    violations(&format!("{DEFAULT}{what}")).remove(0)
}

/// Something of 10 mm in the middle of the address field, relative to the margins of the text.
const IN_FIELD: &str = "#place(top + left, dx: 40mm, dy: geometry.field-top + 20mm - top-margin, ";

#[test]
fn l3_the_template_as_it_is_passes() {
    for form in [LetterForm::A, LetterForm::B] {
        assert_eq!(set(form, DEFAULT.to_owned()), Ok(1));
    }
}

#[test]
fn l3_a_subject_that_moves_up_is_refused() {
    let up =
        changed("box(height: geometry.body-top - top-margin)", "box(height: geometry.body-top - 12mm - top-margin)");
    let found = violations(&up).remove(0);
    assert_eq!((found.page, found.what.as_str()), (1, "text of 39 letters in the window"));
    assert!((found.x - 24.5).abs() < 0.3 && (found.y - 86.3).abs() < 0.3, "{found}");
}

#[test]
fn l3_a_picture_in_the_window_is_refused() {
    let found = added(&format!("{IN_FIELD}image(letterhead.logo.data, format: \"svg\", alt: \"x\", width: 30mm))"));
    assert_eq!(found.to_string(), "page 1, 65.0 mm from the left and 65.0 mm from above: a picture in the window");
}

#[test]
fn l3_areas_and_lines_in_the_window_are_refused_whatever_their_colour() {
    for shape in [
        "rect(width: 60mm, height: 20mm, fill: white)",
        "rect(width: 60mm, height: 20mm, stroke: none, fill: white.transparentize(100%))",
        "line(length: 50mm, stroke: white)",
        "circle(radius: 5mm)",
        "rotate(45deg, square(size: 5mm))",
        "box(width: 30mm, height: 9mm, clip: true, square(size: 90mm, fill: black))",
        "underline[a]",
    ] {
        let found = added(&format!("{IN_FIELD}{shape})"));
        assert!(found.what.contains("in the window"), "{shape}: {found}");
    }
    let covered = added(
        "#place(top + left, dx: -5mm, dy: geometry.field-top - top-margin, rect(width: 85mm, height: 45mm, fill: white, stroke: none))",
    );
    assert_eq!(
        covered.to_string(),
        "page 1, 20.0 mm from the left and 45.0 mm from above: a line or an area in the window"
    );
}

#[test]
fn l3_text_in_the_window_is_refused_whatever_its_colour() {
    for text in
        ["text(fill: white)[Werbung]", "text(size: 1pt)[Werbung]", "rotate(90deg)[Werbung]", "scale(10%)[Werbung]"]
    {
        let found = added(&format!("{IN_FIELD}{text})"));
        assert_eq!(found.what, "text of 7 letters in the window", "{text}");
    }
    // The same words as the address are not the address.
    let found = added(&format!("{IN_FIELD}[Dr. Erika Beispiel])"));
    assert_eq!(found.what, "text of 16 letters in the window");
}

#[test]
fn l3_the_tolerance_of_five_millimetres_ends_where_it_ends() {
    let right = |x: f64| {
        format!(
            "{DEFAULT}#place(top + left, dx: {x}mm - left-margin, dy: geometry.field-top + 20mm - top-margin, rect(width: 9mm, height: 9mm, fill: black, stroke: none))"
        )
    };
    assert_eq!(set(LetterForm::B, right(110.0)), Ok(1));
    assert!(matches!(set(LetterForm::B, right(109.9)), Err(LetterError::Window(_))));
    let below =
        |y: f64| format!("{DEFAULT}#place(top + left, dy: {y}mm - top-margin, line(length: 30mm, stroke: 0.01pt))");
    assert_eq!(set(LetterForm::B, below(95.1)), Ok(1));
    assert!(matches!(set(LetterForm::B, below(94.9)), Err(LetterError::Window(_))));
    assert!(matches!(set(LetterForm::B, below(40.1)), Err(LetterError::Window(_))));
    assert_eq!(set(LetterForm::A, below(77.1)), Ok(1));
    assert!(matches!(set(LetterForm::A, below(76.9)), Err(LetterError::Window(_))));
}

const ADDRESS: &str = "#at(left-margin, geometry.address-top, block(width: 80mm, lines(geometry.address-line, letter.address-size, letter.address)))";

/// What is said of a template that places the address like this.
fn placed(how: &str) -> String {
    violations(&changed(ADDRESS, how)).remove(0).what
}

#[test]
fn l3_an_address_outside_its_zone_is_refused() {
    let at = |x: &str, y: &str| {
        placed(&format!(
            "#at({x}, {y}, block(width: 80mm, lines(geometry.address-line, letter.address-size, letter.address)))"
        ))
    };
    let aside = at("left-margin + 50mm", "geometry.address-top");
    assert!(
        aside.ends_with(
            "of the address is not wholly in its zone (20.0 to 105.0 mm from the left, 62.7 to 90.0 mm from above)"
        ),
        "{aside}"
    );
    let up = at("left-margin", "geometry.address-top - 2mm");
    assert!(up.starts_with("line 1 of the address is not wholly in its zone"), "{up}");
    let down = at("left-margin", "geometry.address-top + 15mm");
    assert!(down.ends_with("62.7 to 90.0 mm from above)"), "{down}");
}

#[test]
fn l3_addresses_that_a_machine_could_not_read_are_refused() {
    let lines = "lines(geometry.address-line, letter.address-size, letter.address)";
    for (how, words) in [
        ("text(fill: white, LINES)", "a line of the address field is not plain and dark"),
        ("text(fill: luma(60%), LINES)", "a line of the address field is not plain and dark"),
        ("text(stroke: 1pt, LINES)", "a line of the address field is not plain and dark"),
        ("rotate(1deg, LINES)", "a line of the address field is turned or stretched"),
        ("scale(x: 90%, LINES)", "a line of the address field is turned or stretched"),
        ("block(clip: true, height: 10mm, LINES)", "a line of the address field is in a box that cuts off"),
        ("hide(LINES)", "line 1 of the address is not printed"),
        ("none", "line 1 of the address is not printed"),
        (
            "lines(geometry.address-line, 9pt, letter.address)",
            "line 1 of the address is not in letters of 10 to 12 points",
        ),
        (
            "lines(geometry.address-line, 13pt, letter.address)",
            "line 1 of the address is not in letters of 10 to 12 points",
        ),
        ("{ LINES; place(top, dx: 1mm, LINES) }", "a line of the address field is printed twice"),
        ("lines(geometry.address-line, 11pt, letter.address.rev())", "a line of the address is -"),
        ("lines(6.5mm, 11pt, letter.address)", "a line of the address is 2.9 mm below the line before"),
        ("{ show \"Erika\": \"Anna\"; LINES }", "text of 4 letters in the window"),
        ("{ show \"Erika\": none; LINES }", "line 2 of the address is not printed as it was given"),
        ("{ show \"Beispiel\": strong; LINES }", "a line of the address field is "),
        ("align(right, LINES)", "a line of the address begins elsewhere than the line before"),
        (
            "{ show regex(\"Lange.*\"): set text(font: \"Liberation Serif\"); LINES }",
            "a line of the address is in other letters than the line before",
        ),
        ("block(width: 20mm, LINES)", "a line of the address field is broken in two"),
    ] {
        let how = how.replace("LINES", lines);
        let said = placed(&format!("#at(left-margin, geometry.address-top, block(width: 80mm, {how}))"));
        assert!(said.starts_with(words), "{how}: {said}");
    }
}

#[test]
fn l3_the_address_stands_nowhere_else() {
    let again = added("#par(letter.address.first())");
    assert!(again.what.contains("printed twice"), "{again}");
    let later = violations(&changed(
        ADDRESS,
        "#pagebreak()\n#place(top, lines(geometry.address-line, letter.address-size, letter.address))",
    ));
    assert!(later.iter().any(|found| found.what == "line 1 of the address is not on the first page"), "{later:?}");
}

#[test]
fn l3_zones_are_not_exchanged() {
    let swapped = DEFAULT
        .replace(
            "lines(geometry.address-line, letter.address-size, letter.address)",
            "lines(geometry.address-line, 11pt, (letter.return-line,))",
        )
        .replace(
            "lines(geometry.additions-line, letter.return-size, (letter.return-line,))",
            "lines(geometry.additions-line, 10pt, letter.address)",
        );
    let found = violations(&swapped);
    assert!(found.iter().any(|found| found.what.starts_with("the return line is not wholly in its zone")), "{found:?}");
}

#[test]
fn l1_what_a_template_leaves_out_is_missed() {
    for (from, to, what) in [
        ("par(letter.salutation)", "none", "the salutation"),
        ("block-of.groups.join(\" \")", "block-of.groups.first()", "block 4 of the body"),
        (
            "image(block-of.data, format: \"svg\", width: block-of.side, alt: block-of.alt)",
            "none",
            "block 5 of the body",
        ),
        ("    list(..letter.enclosures)", "    none", "enclosure 1"),
        ("  par(this.text)", "  par[#show regex(\"Ihnen.*\"): none; #this.text]", "block 1 of the body"),
    ] {
        for form in [LetterForm::A, LetterForm::B] {
            let said = set(form, changed(from, to)).unwrap_err().to_string();
            assert_eq!(said, format!("not on the pages in full: {what}"), "{from}");
        }
    }
}

#[test]
fn l3_paper_is_white_and_a4() {
    let filled = violations(&changed("paper: \"a4\",", "paper: \"a4\", fill: luma(90%),"));
    assert_eq!(filled[0].what, "the page is filled with a colour");
    let letter = violations(&changed("paper: \"a4\",", "paper: \"us-letter\","));
    assert_eq!(letter[0].what, "the page has 215.9 by 279.4 mm and is not A4");
}

#[test]
fn l3_text_stays_where_printers_reach() {
    let out = added("#place(top + left, dx: -20mm)[Rand]");
    assert_eq!(out.what, "text of 4 letters beyond what printers reach");
}
