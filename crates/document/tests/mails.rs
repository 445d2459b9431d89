//! Mails as pages: forms, limits, hostile bodies, and the same bytes each time (J12).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod small;

use document::work::{self, Answer, Job};
use document::{Field, Form, Refused};
use small::{mail, set};

#[test]
fn plain_text_is_set_as_text_without_a_word_about_it() {
    let pages = set(&mail(None, "Guten Tag,\n\nanbei die Rechnung.\n"));
    assert_eq!((pages.form, pages.count, pages.refused), (Form::Text, 1, None));
}

#[test]
fn html_is_laid_out() {
    let html = "<h1>Titel</h1><h3>Stufe</h3><p style=\"color:red\">Text <b>fett</b> <a href=\"https://example.org/\">Link</a></p>\
                <ul><li>eins<ol><li>zwei</li></ol></li></ul><table border=\"1\"><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>";
    let pages = set(&mail(Some(html), ""));
    assert_eq!((pages.form, pages.refused), (Form::LaidOut, None));
}

#[test]
fn same_input_same_bytes() {
    let mail = mail(Some("<p>Hallo <i>Welt</i> 🎉 שלום</p>"), "");
    assert_eq!(set(&mail).pdf, set(&mail).pdf);
}

#[test]
fn no_letter_is_refused() {
    // One of every script, unassigned, private and control letters among them.
    let all: String = (0..0x11_0000_u32).step_by(97).filter_map(char::from_u32).collect();
    let pages = set(&mail(None, &all));
    assert_eq!((pages.form, pages.refused), (Form::Text, None));
    let html = format!("<p>{}</p>", all.replace(['<', '>', '&', '"'], ""));
    let pages = set(&mail(Some(&html), ""));
    assert_eq!((pages.form, pages.refused), (Form::LaidOut, None));
}

#[test]
fn header_values_of_any_shape_are_set() {
    let mut long = mail(None, "x");
    long.title = "W".repeat(3_000);
    long.author = "\u{202e}rtl".into();
    long.fields.push(Field { label: "An".into(), value: "a@b.example, ".repeat(2_000) });
    long.fields.push(Field { label: "Kopie".into(), value: "\u{e000}\u{0}\u{feff}\u{ffff}語".into() });
    assert_eq!(set(&long).refused, None);
}

#[test]
fn what_is_too_much_is_set_plainly_and_said_so() {
    let cell = "<td>Wort</td>";
    let table = format!("<table><tr>{}</tr></table>", cell.repeat(8)).repeat(1_000);
    let pages = set(&mail(Some(&table), ""));
    assert_eq!(pages.form, Form::Plain);
    let wide = format!("<table><tr>{}</tr></table>", cell.repeat(61));
    assert_eq!(set(&mail(Some(&wide), "")).form, Form::Plain);
    let fits = format!("<table><tr>{}</tr></table>", "<td>a</td>".repeat(60));
    assert_eq!(set(&mail(Some(&fits), "")).form, Form::LaidOut);
}

#[test]
fn depth_is_no_danger() {
    for (open, close) in [
        ("<div style=\"border:1px solid red\">", "</div>"),
        ("<blockquote>", "</blockquote>"),
        ("<ul><li>", "</li></ul>"),
        ("<table border=\"1\"><tr><td>a</td><td>", "</td></tr></table>"),
        ("<table><tr><td bgcolor=\"#eeeeee\">", "</td></tr></table>"),
        ("<b><i>", "</i></b>"),
    ] {
        let html = format!("{}Boden{}", open.repeat(60), close.repeat(60));
        let pages = set(&mail(Some(&html), "Boden"));
        assert_eq!((pages.form, pages.refused), (Form::LaidOut, None), "{open}");
    }
}

#[test]
fn tables_with_lying_spans_are_set() {
    let html = "<table border=\"1\"><tr><td rowspan=\"65534\">a</td><td colspan=\"1000\">b</td></tr><tr><td>c</td><td rowspan=\"0\">d</td></tr>\
                <tr></tr><tr><td colspan=\"0\">e</td></tr></table><table></table><table><tr></tr></table>";
    assert_eq!(set(&mail(Some(html), "")).form, Form::LaidOut);
    let heads = "<table><tr><th rowspan=\"3\">a</th><th>b</th></tr><tr><td>c</td></tr><tr><td>d</td></tr></table>";
    assert_eq!(set(&mail(Some(heads), "")).form, Form::LaidOut);
}

#[test]
fn images_that_cannot_be_shown_are_named() {
    let broken = "<p>vor <img src=\"data:image/png;base64,iVBORw0KGgo=\" alt=\"Unser Logo\"> nach</p>";
    let pages = set(&mail(Some(broken), ""));
    assert_eq!((pages.form, pages.refused), (Form::LaidOut, None));
}

#[test]
fn a_form_may_be_asked_for() {
    let typesetter = small::typesetter();
    let mail = mail(Some("<p>Hallo</p>"), "Hallo");
    assert_eq!(typesetter.mail(&mail, Form::Plain).unwrap().form, Form::Plain);
    assert_eq!(typesetter.mail(&mail, Form::Text).unwrap().form, Form::Text);
}

#[test]
fn long_texts_have_an_end_that_is_said() {
    let lines = "x\n".repeat(document::limits::LINES_MAX + 10);
    let pages = set(&mail(None, &lines));
    assert_eq!(pages.form, Form::Text);
    assert!(pages.count > 100, "{}", pages.count);
}

#[test]
fn refusals_name_letters_not_texts() {
    let refused = Refused::Missing("1 times 'a'".into());
    assert_eq!(refused.to_string(), "letters would be missing on the pages: 1 times 'a'");
}

#[test]
fn jobs_are_done_one_after_the_other_until_there_are_no_more() {
    let jobs = [mail(None, "eins"), mail(Some("<p>zwei</p>"), "zwei")].map(|mail| Job { mail, form: Form::LaidOut });
    let mut asked = Vec::new();
    for job in &jobs {
        asked.extend(job.frame().unwrap());
    }
    let mut answered = Vec::new();
    work::serve(small::typesetter(), &mut asked.as_slice(), &mut answered).unwrap();
    let mut rest = answered.as_slice();
    for job in jobs {
        let answer: Answer = serde_json::from_slice(frame(&mut rest)).unwrap();
        let pages = answer.pages(frame(&mut rest).to_vec()).unwrap();
        assert_eq!(pages, small::typesetter().mail(&job.mail, job.form).unwrap());
    }
    assert!(rest.is_empty());
}

fn frame<'x>(rest: &mut &'x [u8]) -> &'x [u8] {
    let (head, behind) = rest.split_first_chunk().unwrap();
    let (frame, behind) = behind.split_at(u32::from_be_bytes(*head) as usize);
    *rest = behind;
    frame
}

#[test]
fn what_is_no_job_ends_the_work() {
    for strange in [&b"\xff\xff\xff\xff"[..], b"\0\0\0\x02{}", b"\0\0\0\x09{"] {
        let served = work::serve(small::typesetter(), &mut &strange[..], &mut Vec::new());
        assert!(served.is_err(), "{strange:?}");
    }
}
