//! Letters: what is set, what is refused and with which words, and the same bytes each time (L1).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../examples/letters/samples.rs"]
mod samples;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use document::letter::{
    Block, Code, Conformance, Letter, LetterError, LetterForm, LetterPages, Letterhead, Logo, LogoFormat, Part, Qr,
};
use document::{Field, Typesetter, limits};
use samples::{Language, activation, long, longest, strange};

static TYPESETTER: LazyLock<Typesetter> = LazyLock::new(Typesetter::new);

fn letter() -> Letter {
    activation(LetterForm::B, Language::De)
}

/// Sets a letter, in a thread with the room that the worker has.
fn set_with(letter: &Letter, template: Option<&str>) -> Result<LetterPages, LetterError> {
    let (letter, template) = (letter.clone(), template.map(str::to_owned));
    let work = move || {
        let template = template.map(|text| TYPESETTER.template(&text, &[], &BTreeMap::new())).transpose()?;
        TYPESETTER.letter(&letter, template.as_ref())
    };
    std::thread::Builder::new().stack_size(limits::STACK_BYTES).spawn(work).unwrap().join().unwrap()
}

fn set(letter: &Letter) -> Result<LetterPages, LetterError> {
    set_with(letter, None)
}

/// What is said of a letter that one change makes wrong.
fn refused(change: impl FnOnce(&mut Letter)) -> LetterError {
    let mut letter = letter();
    change(&mut letter);
    set(&letter).unwrap_err()
}

/// What is said of a letter that one change leaves right.
fn accepted(change: impl FnOnce(&mut Letter)) -> usize {
    let mut letter = letter();
    change(&mut letter);
    set(&letter).unwrap().count
}

/// Makes so many of something.
type Change = fn(&mut Letter, usize);

fn field(label: &str, value: &str) -> Field {
    Field { label: label.into(), value: value.into() }
}

#[test]
fn l1_samples_are_set_in_both_forms_and_languages() {
    for form in [LetterForm::A, LetterForm::B] {
        for language in [Language::De, Language::En] {
            assert_eq!(set(&activation(form, language)).unwrap().count, 1, "{form:?} {language:?}");
            assert_eq!(set(&long(form, language)).unwrap().count, 3, "{form:?} {language:?}");
        }
    }
}

#[test]
fn l1_as_much_as_is_allowed_of_everything_fits() {
    for form in [LetterForm::A, LetterForm::B] {
        assert_eq!(set(&longest(form)).unwrap().count, 3, "{form:?}");
    }
}

#[test]
fn same_letter_same_bytes() {
    let first = set(&letter()).unwrap();
    let other = set(&long(LetterForm::A, Language::En)).unwrap();
    assert_eq!(set(&letter()).unwrap(), first);
    assert_ne!(first, other);
}

#[test]
fn files_say_that_they_are_archives_and_for_everybody() {
    let LetterPages { pdf, conformance, .. } = set(&letter()).unwrap();
    assert_eq!(conformance, Conformance::Archive);
    for said in [
        "<pdfaid:part>2<",
        "<pdfaid:conformance>A<",
        "<pdfuaid:part>1<",
        "<rdf:li xml:lang=\"x-default\">Ihr Aktivierungscode",
    ] {
        assert!(memchr::memmem::find(&pdf, said.as_bytes()).is_some(), "{said}");
    }
}

/// The address is compared letter by letter on the finished page, the rest is counted: what is set was said as it is.
#[test]
fn no_text_is_taken_for_an_instruction() {
    for form in [LetterForm::A, LetterForm::B] {
        assert_eq!(set(&strange(form)).map(|pages| pages.count), Ok(1), "{form:?}");
    }
}

#[test]
fn lines_of_the_address_are_one_to_six_and_none_is_blank() {
    let line = || "Beispiel".to_owned();
    accepted(|letter| letter.address = vec![line()]);
    accepted(|letter| letter.address = vec![line(); limits::ADDRESS_LINES_MAX]);
    let seven = refused(|letter| letter.address = vec![line(); limits::ADDRESS_LINES_MAX + 1]);
    assert_eq!(seven.to_string(), "the address has 7 entries, more than 6: leave some out");
    assert_eq!(refused(|letter| letter.address.clear()), LetterError::Empty(Part::Address));
    let blank = refused(|letter| letter.address = vec![line(), " ".into(), line()]);
    assert_eq!(blank.to_string(), "line 2 of the address is empty and must not be");
}

#[test]
fn lines_of_the_address_become_smaller_until_machines_could_not_read_them() {
    let wide = |count: usize| vec!["Frau".to_owned(), "m".repeat(count)];
    accepted(|letter| letter.address = wide(25));
    // 27 letters of 0.833 sizes each are 79.3 mm wide at 10 points; 28 are 82.3 mm wide.
    accepted(|letter| letter.address = wide(27));
    let LetterError::TooWide { part, width, most, points } = refused(|letter| letter.address = wide(28)) else {
        panic!("not refused as too wide")
    };
    assert_eq!((part, most, points), (Part::AddressLine(2), 80.0, 10.0));
    assert!((width - 82.3).abs() < 0.1, "{width}");
    let said = refused(|letter| letter.address = wide(28)).to_string();
    assert_eq!(
        said,
        "line 2 of the address is 82.3 mm wide even in letters of 10 points, and 80.0 mm is the widest that fits: shorten it or break it in two"
    );
}

#[test]
fn return_line_and_additions_have_their_zone() {
    let line = || "Einschreiben".to_owned();
    accepted(|letter| letter.additions.clear());
    accepted(|letter| letter.additions = vec![line(); limits::ADDITIONS_MAX]);
    let five = refused(|letter| letter.additions = vec![line(); limits::ADDITIONS_MAX + 1]);
    assert_eq!(five, LetterError::TooMany { part: Part::Additions, count: 5, most: 4 });
    assert_eq!(refused(|letter| letter.return_line.clear()), LetterError::Empty(Part::ReturnLine));
    accepted(|letter| letter.return_line = "m".repeat(45));
    let wide = refused(|letter| letter.return_line = "m".repeat(46));
    assert!(matches!(wide, LetterError::TooWide { part: Part::ReturnLine, .. }), "{wide}");
}

#[test]
fn letters_that_cannot_be_printed_are_named() {
    let unknown = refused(|letter| letter.address = vec!["Frau".into(), "語".into()]);
    assert_eq!(unknown, LetterError::Letter { part: Part::AddressLine(2), letter: '語' });
    let control = refused(|letter| letter.body = vec![Block::Paragraph("zwei\nZeilen".into())]);
    assert_eq!(
        control.to_string(),
        "block 1 of the body has the letter '\\n', which cannot be printed there: replace it"
    );
    let body = refused(|letter| letter.body = vec![Block::Paragraph("語".into())]);
    assert!(body.to_string().contains("1 letters, some of which no font has"), "{body}");
}

#[test]
fn counts_and_lengths_have_their_limits() {
    let paragraph = |letters: usize| Block::Paragraph("ab ".repeat(letters).chars().take(letters).collect());
    let cases: [(Part, usize, Change); 8] = [
        (Part::Information, limits::INFORMATION_MAX, |letter, count| letter.information = vec![field("a", "b"); count]),
        (Part::Enclosures, limits::ENCLOSURES_MAX, |letter, count| letter.enclosures = vec!["a".into(); count]),
        (Part::Letterhead, limits::LETTERHEAD_LINES_MAX, |letter, count| {
            letter.letterhead.lines = vec!["a".into(); count];
        }),
        (Part::Footer, limits::FOOTER_COLUMNS_MAX, |letter, count| {
            letter.letterhead.footer = vec![vec!["a".into()]; count];
        }),
        (Part::FooterColumn(1), limits::FOOTER_LINES_MAX, |letter, count| {
            letter.letterhead.footer = vec![vec!["a".into(); count]];
        }),
        (Part::Body, limits::LETTER_BLOCKS_MAX, |letter, count| {
            letter.body = vec![Block::Paragraph("a".into()); count];
        }),
        (Part::Block(1), limits::LETTER_ITEMS_MAX, |letter, count| {
            letter.body = vec![Block::List(vec!["a".into(); count])];
        }),
        (Part::Block(1), limits::LETTER_ITEMS_MAX, |letter, count| {
            letter.body = vec![Block::Table(vec![field("a", "b"); count])];
        }),
    ];
    for (part, most, change) in cases {
        accepted(|letter| change(letter, most));
        assert_eq!(refused(|letter| change(letter, most + 1)), LetterError::TooMany { part, count: most + 1, most });
    }
    accepted(|letter| {
        letter.subject = "ab ".repeat(limits::SUBJECT_LETTERS_MAX).chars().take(limits::SUBJECT_LETTERS_MAX).collect();
    });
    let long = refused(|letter| letter.subject = "a".repeat(201));
    assert_eq!(long.to_string(), "the subject has 201 letters, more than 200: shorten it");
    accepted(|letter| letter.body = vec![paragraph(limits::LETTER_TEXT_LETTERS_MAX)]);
    let long = refused(|letter| letter.body = vec![paragraph(limits::LETTER_TEXT_LETTERS_MAX + 1)]);
    assert_eq!(long, LetterError::TooLong { part: Part::Block(1), letters: 5_001, most: 5_000 });
    // As many letters as a body may have are 30 pages.
    assert!(accepted(|letter| letter.body = vec![paragraph(limits::LETTER_TEXT_LETTERS_MAX); 20]) > 15);
    let long = refused(|letter| letter.body = vec![paragraph(limits::LETTER_TEXT_LETTERS_MAX); 21]);
    assert_eq!(long, LetterError::TooLong { part: Part::Body, letters: 105_000, most: 100_000 });
    let pages =
        |count: usize| set_with(&letter(), Some(&format!("{DEFAULT}#for _ in range(1, {count}) {{ pagebreak() }}")));
    assert_eq!(pages(limits::LETTER_PAGES_MAX).map(|pages| pages.count), Ok(90));
    assert_eq!(pages(limits::LETTER_PAGES_MAX + 1), Err(LetterError::Pages(91)));
}

const DEFAULT: &str = include_str!("../templates/letter.typ");

#[test]
fn words_wider_than_the_page_are_no_secret() {
    let wide = refused(|letter| letter.body = vec![Block::Paragraph("m".repeat(200))]);
    assert!(wide.to_string().contains("text of 200 letters beyond what printers reach"), "{wide}");
}

#[test]
fn codes_are_of_letters_that_nobody_confuses() {
    let code = |code: &str| vec![Block::Code(Code { label: "Code".into(), code: code.into() })];
    accepted(|letter| letter.body = code("0123456789ABCDEFGHJKMNPQ"));
    for wrong in ["", "ABCI", "abcd", "AB-CD", "ABÄD", "0123456789ABCDEFGHJKMNPQR"] {
        assert_eq!(refused(|letter| letter.body = code(wrong)), LetterError::Code(Part::Block(1)), "{wrong}");
    }
}

#[test]
fn codes_are_in_no_log() {
    let told = format!("{:?}", letter());
    assert!(told.contains("Code(Code { .. })") && !told.contains("7K3M"), "{told}");
}

#[test]
fn qr_codes_say_up_to_so_much() {
    let qr = |bytes: usize| vec![Block::Qr(Qr { text: "x".repeat(bytes), alt: "Code".into() })];
    accepted(|letter| letter.body = qr(limits::QR_BYTES_MAX));
    assert_eq!(refused(|letter| letter.body = qr(limits::QR_BYTES_MAX + 1)), LetterError::Qr(Part::Block(1)));
    assert_eq!(refused(|letter| letter.body = qr(0)), LetterError::Qr(Part::Block(1)));
    let silent = refused(|letter| letter.body = vec![Block::Qr(Qr { text: "x".into(), alt: String::new() })]);
    assert_eq!(silent, LetterError::Empty(Part::Block(1)));
}

#[test]
fn logos_are_what_they_say() {
    let logo = |format, bytes: &[u8]| Some(Logo { format, bytes: bytes.into(), alt: "Logo".into() });
    for (format, bytes) in [(LogoFormat::Png, &b"<svg/>"[..]), (LogoFormat::Svg, b"GIF89a")] {
        let said = refused(|letter| letter.letterhead.logo = logo(format, bytes));
        assert!(matches!(said, LetterError::Logo(_)), "{said}");
    }
    let broken = refused(|letter| {
        letter.letterhead.logo = logo(LogoFormat::Svg, b"<svg xmlns='http://www.w3.org/2000/svg'><g>");
    });
    assert!(broken.to_string().contains("failed to parse SVG"), "{broken}");
    let large =
        refused(|letter| letter.letterhead.logo = logo(LogoFormat::Svg, &vec![b' '; limits::LOGO_BYTES_MAX + 1]));
    assert!(matches!(large, LetterError::TooLarge { part: Part::Logo, .. }), "{large}");
    // A picture that names a file does not get it.
    let reads = r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"><image width="9" height="9" xlink:href="/etc/passwd"/></svg>"#;
    let reads = refused(|letter| letter.letterhead.logo = logo(LogoFormat::Svg, reads.as_bytes()));
    assert!(reads.to_string().contains("failed to load linked image"), "{reads}");
    accepted(|letter| {
        letter.letterhead =
            Letterhead { logo: None, lines: Vec::new(), footer: Vec::new(), ..letter.letterhead.clone() }
    });
}

#[test]
fn languages_are_codes() {
    assert_eq!(refused(|letter| letter.language = "deutsch".into()), LetterError::Language("deutsch".into()));
}

#[test]
fn what_may_be_empty_may_be_empty() {
    accepted(|letter| {
        letter.salutation.clear();
        letter.closing.clear();
        letter.signature.clear();
        letter.enclosures.clear();
        letter.information.clear();
    });
    assert_eq!(refused(|letter| letter.subject.clear()), LetterError::Empty(Part::Subject));
}

#[test]
fn broken_templates_say_where() {
    let said = set_with(&letter(), Some("#let a = 1\n  #b\n")).unwrap_err();
    assert_eq!(said, LetterError::Template { line: 2, column: 4, words: "unknown variable: b".into() });
    let unclosed = set_with(&letter(), Some("#let a = (1,\n")).unwrap_err();
    assert_eq!(unclosed.to_string(), "the template is wrong at line 1, column 10: unclosed delimiter");
}

#[test]
fn templates_reach_nothing() {
    for (reads, words) in [
        ("#read(\"/etc/passwd\")", "access denied"),
        ("#image(\"logo.png\", alt: \"x\")", "access denied"),
        ("#include \"/letter.typ\"", "cyclic"),
        ("#import \"@preview/tablex:0.0.1\": *", "access denied"),
        ("#json(\"https://example.org/\")", "access denied"),
        ("#plugin(\"a.wasm\")", "access denied"),
    ] {
        let said = set_with(&letter(), Some(reads)).unwrap_err().to_string();
        assert!(said.contains(words), "{reads}: {said}");
    }
}

#[test]
fn templates_have_their_own_fonts_and_images() {
    let template = |text: &str, fonts: &[Vec<u8>], images: &[(&str, &[u8])]| {
        let images = images.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
        TYPESETTER.template(text, fonts, &images)
    };
    let own = format!("{DEFAULT}\n#image(sys.inputs.images.at(\"stamp\"), width: 9mm, alt: \"Stempel\")");
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><path d='M0 0h9v9z'/></svg>";
    let own = template(&own, &[], &[("stamp", svg)]).unwrap();
    assert_eq!(TYPESETTER.letter(&letter(), Some(&own)).unwrap().count, 1);
    assert_eq!(template("", &[b"none".to_vec()], &[]).unwrap_err().to_string(), "the template's font 1 is none");
    let long = " ".repeat(limits::TEMPLATE_BYTES_MAX + 1);
    assert!(matches!(template(&long, &[], &[]), Err(LetterError::TemplateFile(_))));
}
