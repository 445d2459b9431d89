//! Pages look as they did: pictures of finished PDFs beside golden ones (J12, L1).
//!
//! Where pages are meant to look otherwise, the picture that the failing test names takes the place of the golden one, after somebody has looked at it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../examples/letters/samples.rs"]
#[allow(dead_code, reason = "other letters are for other tests")]
mod samples;
mod small;

use std::fs;
use std::path::Path;

use document::letter::{Letter, LetterForm};
use document::limits::{PICTURE_WIDTH_MAX, STACK_BYTES};
use document::picture::{PictureError, pictures};
use document::{Field, File, Mail};
use image::GrayImage;
use jiff::civil::date;
use mime::field::Correspondent;
use mime::view::MessageView;
use samples::{Language, activation};
use small::{mail, set, typesetter};

/// How wide pictures are, in pixels.
const WIDTH: u16 = 560;
/// How far pictures may be from the golden ones: processors differ in the last bits of what they compute. Of 255 steps of grey in the mean,
/// and of all pixels those that are another colour altogether.
const STEPS_MAX: f64 = 0.5;
const OTHER_SHARE_MAX: f64 = 0.001;
/// Steps of grey from which a pixel is another colour.
const OTHER_STEPS: u8 = 80;

/// Umlauts, other alphabets, emoji, right-to-left text, and letters that no font has.
const SCRIPTS: &str = "<h1>Größe, Öl, Übermut: ẞ, æ, ğ, ł, ñ</h1>\
    <p>Ελληνικά: Καλημέρα σας. Кириллица: Добрый день. „Anführung“ – 1.284,50 € · ½ · ≤ ≥ ≠ · © ® ™ · → ✓</p>\
    <p>Emoji: 😀 🎉 👍 ❤️ 📎 ✉️ ☎️ ⚠️</p>\
    <p dir=\"rtl\">שלום, התשובה לבקשתך (123) הגיעה. תודה!</p>\
    <p dir=\"rtl\">مرحبا، وصلت رسالتك رقم 45 اليوم.</p>\
    <p>Gemischt: Die Antwort „שלום עולם“ kam um 12:30 Uhr.</p>\
    <table border=\"1\" style=\"border-collapse:collapse\"><tr><th style=\"background:#1f5f8b;color:#fff\">Leistung</th>\
    <th style=\"text-align:right\">Betrag</th></tr><tr><td>Krankengymnastik für Füße</td><td style=\"text-align:right\"><b>88,50&nbsp;€</b></td></tr></table>\
    <p>Ohne Schrift: 語 한 हि</p>";

/// The first page as a picture, beside the golden one of this name.
fn looks_like(name: &str, pdf: &[u8]) {
    let png = pictures(pdf, WIDTH).unwrap().remove(0);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name).with_extension("png");
    let drawn = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).with_extension("png");
    fs::write(&drawn, &png).unwrap();
    let read = |bytes: &[u8]| -> GrayImage { image::load_from_memory(bytes).unwrap().into_luma8() };
    let expected = fs::read(&golden).map(|bytes| read(&bytes));
    let (expected, found) = (expected.unwrap_or_default(), read(&png));
    assert_eq!(found.dimensions(), expected.dimensions(), "{}", drawn.display());
    let steps = || found.pixels().zip(expected.pixels()).map(|(one, other)| one.0[0].abs_diff(other.0[0]));
    let pixels = f64::from(found.width()) * f64::from(found.height());
    let mean = steps().map(f64::from).sum::<f64>() / pixels;
    let other = steps().map(|steps| f64::from(u8::from(steps > OTHER_STEPS))).sum::<f64>() / pixels;
    assert!(mean <= STEPS_MAX && other <= OTHER_SHARE_MAX, "{}: {mean:.3} steps, {other:.5} other", drawn.display());
}

/// A mail as it is set when somebody saves it.
fn told(raw: &[u8]) -> Mail {
    let view = MessageView::read(raw).unwrap();
    let html = view.html.as_ref().map(|_| view.fragment().html);
    let text = html.as_deref().map_or_else(|| view.readable_text().into_owned(), mime::html::to_text);
    let files = view.attachments.iter();
    Mail {
        title: view.subject.clone(),
        fields: vec![Field { label: "Von".into(), value: view.from[0].address.clone() }],
        files: files.map(|file| File { name: file.name.clone(), size: "12 KB".into() }).collect(),
        ..mail(html.as_deref(), &text)
    }
}

fn letter(letter: Letter) -> Vec<u8> {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    thread.spawn(move || typesetter().letter(&letter, None)).unwrap().join().unwrap().unwrap().pdf
}

#[test]
fn j12_a_mail_of_outlook_looks_as_it_did() {
    let person = |address: &str| Correspondent { name: None, address: address.into() };
    let written = date(2026, 11, 20).at(9, 30, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap();
    let raw = mime::sample::outlook(&person("ada@kunde.example"), &person("leistung@alpenblick.example"), &written);
    looks_like("outlook", &set(&told(&raw)).pdf);
}

#[test]
fn j12_a_newsletter_looks_as_it_did() {
    looks_like("newsletter", &set(&told(mime::sample::NEWSLETTER)).pdf);
}

#[test]
fn j12_plain_text_looks_as_it_did() {
    looks_like("invitation", &set(&told(mime::sample::INVITATION)).pdf);
}

#[test]
fn j12_letters_of_many_scripts_look_as_they_did() {
    looks_like("scripts", &set(&mail(Some(SCRIPTS), "")).pdf);
}

#[test]
fn l1_letters_of_both_forms_look_as_they_did() {
    looks_like("letter-a", &letter(activation(LetterForm::A, Language::En)));
    looks_like("letter-b", &letter(activation(LetterForm::B, Language::De)));
}

#[test]
fn pictures_have_a_width_and_a_pdf() {
    let pdf = set(&mail(None, "Guten Tag")).pdf;
    for width in [0, PICTURE_WIDTH_MAX + 1] {
        assert_eq!(pictures(&pdf, width), Err(PictureError::Width));
    }
    assert_eq!(pictures(&pdf, 1).unwrap().len(), 1);
    assert_eq!(pictures(b"%PDF-1.7", WIDTH), Err(PictureError::Unreadable));
}
