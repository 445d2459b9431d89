//! Given PDFs (L1): a cover page before them, an address on them, and what is refused with which words.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../examples/letters/samples.rs"]
#[allow(dead_code, reason = "other letters are for other tests")]
mod samples;

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::LazyLock;

use document::given::{Given, GivenError};
use document::letter::{AddressBlock, AddressPage, Conformance, LetterForm, LetterPages};
use document::{Typesetter, limits};
use samples::{Language, activation, long};

fn on_large_stack<T: Send + 'static>(work: impl FnOnce(&Typesetter) -> T + Send + 'static) -> T {
    static TYPESETTER: LazyLock<Typesetter> = LazyLock::new(Typesetter::new);
    let thread = std::thread::Builder::new().stack_size(limits::STACK_BYTES);
    thread.spawn(move || work(&TYPESETTER)).unwrap().join().unwrap()
}

static COVER: LazyLock<LetterPages> =
    LazyLock::new(|| on_large_stack(|it| it.letter(&activation(LetterForm::B, Language::De), None).unwrap()));
static LONG: LazyLock<LetterPages> =
    LazyLock::new(|| on_large_stack(|it| it.letter(&long(LetterForm::B, Language::De), None).unwrap()));

fn address(form: LetterForm) -> AddressPage {
    let block = AddressBlock {
        form,
        address: vec!["Frau".into(), "Dr. Erika Beispiel".into(), "Lange Straße 12".into(), "12345 Musterstadt".into()],
        return_line: "Musterkasse · Musterstraße 1 · 12345 Musterstadt".into(),
        additions: Vec::new(),
    };
    on_large_stack(move |it| it.address(&block).unwrap())
}

/// A file of these objects, numbered from 1; the first one is the catalog.
fn file(objects: &[String]) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(out.len());
        write!(out, "{} 0 obj\n{object}\nendobj\n", index + 1).unwrap();
    }
    let table = out.len();
    let mut end = format!("xref\n0 {}\n0000000000 65535 f\r\n", places.len() + 1);
    for place in &places {
        write!(end, "{place:010} 00000 n\r\n").unwrap();
    }
    write!(end, "trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n", places.len() + 1).unwrap();
    out.extend(end.bytes());
    out
}

const A4: &str = "/MediaBox[0 0 595.28 841.89]";

/// A file with one page that draws `content`.
fn page(entries: &str, content: &str) -> Vec<u8> {
    file(&[
        "<</Type/Catalog/Pages 2 0 R>>".into(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".into(),
        format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R{entries}>>"),
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()),
        "<</Type/XObject/Subtype/Form/BBox[0 0 100 100]/Matrix[1 0 0 1 100 700]/Length 15>>\nstream\n0 0 50 50 re f  \nendstream".into(),
        "<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 1>>\nstream\nx\nendstream".into(),
    ])
}

fn refusal(bytes: &[u8]) -> GivenError {
    Given::read(bytes).unwrap_err()
}

#[test]
fn l1_a_cover_page_stands_before_what_was_given() {
    for given in [page(A4, "0 0 9 9 re f"), LONG.pdf.clone(), packed(&[])] {
        let read = Given::read(&given).unwrap();
        let made = read.behind(&COVER).unwrap();
        assert!(made.pdf.starts_with(&given), "what was given stays as it is, byte for byte");
        assert_eq!(made, read.behind(&COVER).unwrap(), "same bytes each time");
        let again = Given::read(&made.pdf).unwrap();
        assert_eq!((again.pages(), made.count), (read.pages() + 1, read.pages() + 1));
        assert_eq!((again.claim(), made.conformance), (None, Conformance::Unclaimed));
        // Something more can be added to what was made.
        assert_eq!(again.behind(&LONG).unwrap().count, read.pages() + 4);
    }
}

#[test]
fn what_a_file_says_of_itself_is_told_and_not_passed_on() {
    let given = Given::read(&LONG.pdf).unwrap();
    assert_eq!((given.pages(), given.claim()), (3, Some("PDF/A-2a, PDF/UA-1")));
    assert_eq!(Given::read(&page(A4, "")).unwrap().claim(), None);
}

#[test]
fn l3_an_address_is_set_where_nothing_stands() {
    for form in [LetterForm::A, LetterForm::B] {
        let address = address(form);
        for given in [page(A4, "BT /F 12 Tf 70 400 Td (Hallo) Tj ET"), page(A4, ""), packed(&[])] {
            let read = Given::read(&given).unwrap();
            let made = read.addressed(&address).unwrap();
            assert!(made.pdf.starts_with(&given));
            assert_eq!((Given::read(&made.pdf).unwrap().pages(), made.count), (read.pages(), read.pages()));
            // Now something stands there.
            let again = Given::read(&made.pdf).unwrap().addressed(&address).unwrap_err();
            assert!(matches!(again, GivenError::Covered { what: "text", .. }), "{again}");
        }
    }
    let letter = Given::read(&LONG.pdf).unwrap().addressed(&address(LetterForm::B)).unwrap_err();
    assert!(matches!(letter, GivenError::Covered { .. }), "{letter}");
}

#[test]
fn l3_what_stands_in_the_window_is_found() {
    let address = address(LetterForm::B);
    let said = |entries: &str, content: &str| {
        let given = page(&format!("{A4}/Resources<</XObject<</F 5 0 R/I 6 0 R>>>>{entries}"), content);
        Given::read(&given).unwrap().addressed(&address)
    };
    // The field of form B lies between 586 and 715 points from below; with 5 mm around it, between 572 and 729.
    for (content, what) in [
        ("BT /F 12 Tf 70 600 Td (Hallo) Tj ET", "text"),
        ("BT /F 12 Tf 1 0 0 1 20 600 Tm [(Hallo Welt, ) 3 (und mehr)] TJ ET", "text"),
        ("BT /F 1 Tf 12 0 0 12 70 740 Tm 1.2 TL (oben) Tj T* (darunter) ' ET", "text"),
        ("q 10 0 0 10 0 0 cm BT /F 1 Tf 7 60 Td (Hallo) Tj ET Q", "text"),
        ("100 600 9 9 re f", "a line or an area"),
        ("0 650 m 300 650 l S", "a line or an area"),
        ("1 g 0 0 595 842 re f 0 g 100 600 m 110 600 l 110 610 l h B", "a line or an area"),
        ("q 100 0 0 100 100 600 cm /I Do Q", "a picture"),
        ("q 100 0 0 100 100 600 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q", "a picture"),
        ("/F Do", "a line or an area"),
        ("/Sh sh", "a shading"),
    ] {
        let Err(GivenError::Covered { what: found, x, y }) = said("", content) else { panic!("{content}") };
        assert_eq!(found, what, "{content} {x} {y}");
    }
    for content in [
        "1 g 0 0 595.28 841.89 re f",
        "1 1 1 rg 100 600 99 99 re f",
        "BT /F 12 Tf 3 Tr 70 600 Td (unsichtbar) Tj ET",
        "BT /F 12 Tf 70 560 Td (darunter) Tj ET",
        "BT /F 12 Tf 340 600 Td (daneben) Tj ET",
        "q 0 0 9 9 re W n 0 0 595 842 re f Q",
        "q 1 0 0 1 300 0 cm /F Do Q",
        "100 600 9 9 re n",
    ] {
        assert!(said("", content).is_ok(), "{content}");
    }
    let note = said("/Annots[<</Type/Annot/Subtype/FreeText/Rect[100 600 200 650]>>]", "");
    assert!(matches!(note, Err(GivenError::Covered { what: "a note or a field", .. })));
    assert!(said("/Annots[<</Type/Annot/Subtype/Link/Rect[100 600 200 650]>>]", "").is_ok());
    let words = said("", "100 600 9 9 re f").unwrap_err().to_string();
    assert_eq!(
        words,
        "a line or an area of the PDF stands 35 mm from the left and 82 mm from above, where the address is to be seen: leave that free, or send it with a cover page"
    );
}

#[test]
fn pages_are_upright_a4() {
    let of = |entries: &str| Given::read(&page(entries, "")).map(|given| given.pages());
    assert_eq!(of(A4), Ok(1));
    assert_eq!(of("/MediaBox[10 20 605.28 861.89]/Rotate 360"), Ok(1));
    assert_eq!(of("/MediaBox[0 0 603.7 850.3]"), Ok(1), "2.97 mm more");
    assert!(matches!(of("/MediaBox[0 0 603.9 850.3]"), Err(GivenError::Size { page: 1, .. })), "3.04 mm more");
    assert_eq!(of("/MediaBox[0 0 700 900]/CropBox[50 20 645.28 861.89]"), Ok(1), "what is seen counts");
    assert_eq!(of("/MediaBox[0 0 841.89 595.28]"), Err(GivenError::Landscape(1)));
    assert_eq!(of(&format!("{A4}/Rotate 90")), Err(GivenError::Turned { page: 1, degrees: 90 }));
    assert_eq!(of(&format!("{A4}/Rotate -90")), Err(GivenError::Turned { page: 1, degrees: 270 }));
    let letter = of("/MediaBox[0 0 612 792]").unwrap_err();
    assert_eq!(
        letter.to_string(),
        "page 1 of the PDF has 216 by 279 mm, and only A4 (210 by 297 mm, 3 mm more or less) is printed: make it A4"
    );
    assert!(matches!(of(&format!("{A4}/UserUnit 2")), Err(GivenError::Size { .. })));
    assert!(matches!(of(""), Err(GivenError::Broken(_))));
    assert!(matches!(of("/MediaBox[0 0 1]"), Err(GivenError::Broken(_))));
}

#[test]
fn what_acts_is_refused() {
    let with = |catalog: &str| {
        refusal(&file(&[
            format!("<</Type/Catalog/Pages 2 0 R{catalog}>>"),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>".into(),
            format!("<</Type/Page/Parent 2 0 R{A4}>>"),
            "<</S/JavaScript/JS(app.alert\\(1\\))>>".into(),
            "<</S/Launch/F(a.exe)>>".into(),
        ]))
    };
    assert_eq!(with("/OpenAction 4 0 R"), GivenError::Active("a script"));
    assert_eq!(with("/Names<</JavaScript<</Names[(a)4 0 R]>>>>"), GivenError::Active("a script"));
    assert_eq!(with("/OpenAction<</S/Java#53cript>>"), GivenError::Active("a script"));
    assert_eq!(with("/OpenAction<</S/GoTo/Next[5 0 R]>>"), GivenError::Active("a program to start"));
    assert_eq!(with("/AcroForm<</Fields[]/XFA 4 0 R>>"), GivenError::Xfa);
    assert_eq!(with("/OpenAction<</S/SubmitForm>>"), GivenError::Active("a form to send"));
}

#[test]
fn what_is_none_broken_or_encrypted_is_refused_with_the_reason() {
    let whole = page(A4, "");
    assert_eq!(refusal(b""), GivenError::NoPdf);
    assert_eq!(refusal(b"<html>"), GivenError::NoPdf);
    assert_eq!(refusal(b"%PDF-1.4\n"), GivenError::Broken("it has no end, as if cut off"));
    assert_eq!(
        refusal(&whole[..whole.len() / 2]).to_string(),
        "the PDF is broken (it has no end, as if cut off): make it again, or print it to a new PDF"
    );
    assert!(matches!(refusal(&whole[..whole.len() - 60]), GivenError::Broken(_)));
    let text = String::from_utf8(whole.clone()).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from));
        refusal(text.replace(from, to).as_bytes())
    };
    assert_eq!(changed("/Root 1 0 R>>", "/Root 1 0 R/Encrypt 4 0 R>>"), GivenError::Encrypted);
    assert_eq!(changed("/Kids[3 0 R]", "/Kids[     ]"), GivenError::NoPages);
    assert_eq!(changed("/Pages 2 0 R", "/Paged 2 0 R"), GivenError::NoPages);
    assert!(matches!(changed("3 0 obj", "9 0 obj"), GivenError::Broken(_)));
    assert!(matches!(changed("/Root 1 0 R", "/Root 7 0 R"), GivenError::Broken(_)));
    let mut large = whole;
    large.resize(limits::GIVEN_BYTES_MAX + 1, b' ');
    assert_eq!(refusal(&large), GivenError::TooLarge(limits::GIVEN_BYTES_MAX + 1));
}

/// A file with `pages` pages in one group that says it has `declared`.
fn many(pages: usize, declared: usize) -> Vec<u8> {
    let kids: String = (3..3 + pages).fold(String::new(), |mut kids, number| {
        write!(kids, "{number} 0 R ").unwrap();
        kids
    });
    let tree = format!("<</Type/Pages/Kids[{kids}]/Count {declared}{A4}>>");
    let first = ["<</Type/Catalog/Pages 2 0 R>>".to_owned(), tree];
    file(&first.into_iter().chain((0..pages).map(|_| "<</Type/Page/Parent 2 0 R>>".into())).collect::<Vec<_>>())
}

#[test]
fn pages_are_counted_and_not_believed() {
    assert_eq!(Given::read(&many(2, 1_000_000)).unwrap().pages(), 2);
    assert_eq!(Given::read(&many(limits::GIVEN_PAGES_MAX, 1)).unwrap().pages(), limits::GIVEN_PAGES_MAX);
    assert_eq!(refusal(&many(limits::GIVEN_PAGES_MAX + 1, 1)), GivenError::Pages);
    assert_eq!(refusal(&many(100_000, 100_000)), GivenError::Pages);
}

/// A tree of pages, each group in another one.
fn deep(groups: usize) -> Vec<u8> {
    let mut objects = vec!["<</Type/Catalog/Pages 2 0 R>>".to_owned()];
    objects.extend((0..groups).map(|group| format!("<</Type/Pages/Kids[{} 0 R]/Count 1{A4}>>", group + 3)));
    objects.push("<</Type/Page>>".into());
    file(&objects)
}

#[test]
fn groups_of_pages_end() {
    assert_eq!(Given::read(&deep(limits::GIVEN_DEPTH_MAX)).unwrap().pages(), 1);
    assert!(matches!(refusal(&deep(limits::GIVEN_DEPTH_MAX + 1)), GivenError::Broken("its pages are nested too deep")));
    assert!(matches!(refusal(&deep(50_000)), GivenError::Broken("its pages are nested too deep")));
    for kids in ["2 0 R", "3 0 R 3 0 R", "3 0 R 2 0 R"] {
        let circle = file(&["<</Pages 2 0 R>>".into(), format!("<</Kids[{kids}]>>"), format!("<<{A4}>>")]);
        assert_eq!(refusal(&circle), GivenError::Broken("its pages lead in circles"), "{kids}");
    }
}

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(data).unwrap();
    out.finish().unwrap()
}

/// A file whose objects are in an object stream, and whose table is a stream; `more` goes to the end of the object stream.
fn packed(more: &[u8]) -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        &format!("<</Type/Page/Parent 2 0 R{A4}>>"),
    ];
    let (mut head, mut body) = (String::new(), Vec::new());
    for (index, object) in objects.iter().enumerate() {
        write!(head, "{} {} ", index + 1, body.len()).unwrap();
        body.extend(object.as_bytes());
        body.push(b' ');
    }
    let first = head.len();
    let data = deflated(&[head.as_bytes(), &body, more].concat());
    let mut out = b"%PDF-1.5\n".to_vec();
    let stream_at = out.len();
    write!(out, "4 0 obj\n<</Type/ObjStm/N 3/First {first}/Filter/FlateDecode/Length {}>>\nstream\n", data.len())
        .unwrap();
    out.extend(data);
    out.extend(b"\nendstream\nendobj\n");
    let table_at = out.len();
    let row = |kind: u8, second: usize, third: u8| {
        [vec![kind], u32::try_from(second).unwrap().to_be_bytes().to_vec(), vec![third]].concat()
    };
    let rows = [row(0, 0, 0), row(2, 4, 0), row(2, 4, 1), row(2, 4, 2), row(1, stream_at, 0), row(1, table_at, 0)];
    // With the prediction that writers use: each row as the difference from the one above.
    let mut above = vec![0; 6];
    let mut predicted = Vec::new();
    for row in rows {
        predicted.push(2);
        predicted.extend(row.iter().zip(&above).map(|(byte, up)| byte.wrapping_sub(*up)));
        above = row;
    }
    let data = deflated(&predicted);
    write!(out, "5 0 obj\n<</Type/XRef/Size 6/Root 1 0 R/W[1 4 1]/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 6>>/Length {}>>\nstream\n", data.len()).unwrap();
    out.extend(data);
    write!(out, "\nendstream\nendobj\nstartxref\n{table_at}\n%%EOF\n").unwrap();
    out
}

#[test]
fn bombs_are_not_unpacked() {
    let zeros = |count: u64| vec![b' '; usize::try_from(count).unwrap()];
    assert_eq!(Given::read(&packed(&zeros(1_000_000))).unwrap().pages(), 1);
    let bomb = packed(&zeros(limits::GIVEN_INFLATED_BYTES_MAX));
    assert!(bomb.len() < 100_000);
    assert_eq!(refusal(&bomb), GivenError::TooMuch);
}

#[test]
fn objects_that_all_lead_to_one_large_one_are_not_read_for_ever() {
    // A hundred thousand names for one array of a megabyte.
    let mut out = b"%PDF-1.4\n".to_vec();
    let large = out.len();
    write!(
        out,
        "1 0 obj\n<</Pages 2 0 R/All[{}]>>\nendobj\n",
        (5..100_000).fold(String::new(), |mut all, number| {
            write!(all, "{number} 0 R ").unwrap();
            all
        })
    )
    .unwrap();
    let tree = out.len();
    write!(out, "2 0 obj\n<</Kids[3 0 R]{A4}>>\nendobj\n3 0 obj\n<<>>\nendobj\n").unwrap();
    let page = out.len() - "3 0 obj\n<<>>\nendobj\n".len();
    let table = out.len();
    write!(
        out,
        "xref\n0 100000\n0000000000 65535 f\r\n{large:010} 00000 n\r\n{tree:010} 00000 n\r\n{page:010} 00000 n\r\n"
    )
    .unwrap();
    for _ in 4..100_000 {
        write!(out, "{large:010} 00000 n\r\n").unwrap();
    }
    write!(out, "trailer\n<</Size 100000/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").unwrap();
    assert_eq!(refusal(&out), GivenError::Broken("its table leads to other objects"));
}

#[test]
fn nesting_and_circles_end() {
    for object in ["[".repeat(100_000), "<</A".repeat(100_000), "(".repeat(100_000), "4 0 R".to_owned()] {
        let nested =
            file(&["<</Pages 2 0 R>>".into(), "<</Kids[3 0 R]>>".into(), format!("<<{A4}/Resources 4 0 R>>"), object]);
        assert!(matches!(refusal(&nested), GivenError::Broken(_) | GivenError::TooMuch));
    }
    let itself = String::from_utf8(page(A4, "")).unwrap().replace("/Length 0>>", "/Length 4 0 R>>");
    assert!(matches!(refusal(itself.as_bytes()), GivenError::Broken(_)));
    let circle = String::from_utf8(page(A4, "")).unwrap();
    let table = circle.find("xref\n").unwrap();
    let circle = circle.replace("/Root 1 0 R>>", &format!("/Root 1 0 R/Prev {table}>>"));
    assert_eq!(refusal(circle.as_bytes()), GivenError::Broken("its tables lead in circles"));
}

#[test]
fn forms_that_draw_themselves_end() {
    let form = "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>/Length 12>>\nstream\n/F Do /F Do  \nendstream";
    let given = file(&[
        "<</Pages 2 0 R>>".into(),
        "<</Kids[3 0 R]>>".into(),
        format!("<<{A4}/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>"),
        "<</Length 5>>\nstream\n/F Do\nendstream".into(),
        form.into(),
    ]);
    // It draws nothing in the window, 256 times.
    assert!(Given::read(&given).unwrap().addressed(&address(LetterForm::A)).is_ok());
}

#[test]
fn no_change_of_a_byte_is_a_danger() {
    let mut chance = 1_u64;
    let mut draw = |below: usize| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(chance >> 33).unwrap() % below
    };
    let address = address(LetterForm::B);
    let content = "q 1 0 0 1 0 0 cm BT /F 12 Tf 70 400 Td [(Hallo) 3 <00>] TJ ET /F Do BI /W 1 ID x EI Q";
    for seed in [page(&format!("{A4}/Resources<</XObject<</F 5 0 R/I 6 0 R>>>>"), content), packed(b"")] {
        for _ in 0..4_000 {
            let mut bytes = seed.clone();
            for _ in 0..=draw(4) {
                let at = draw(bytes.len());
                bytes[at] = b"\0 0123456789<>[]()/R%stream"[draw(27)];
            }
            bytes.truncate(bytes.len() - draw(3));
            if let Ok(given) = Given::read(&bytes) {
                let _ = (given.behind(&COVER), given.addressed(&address));
            }
        }
    }
}
