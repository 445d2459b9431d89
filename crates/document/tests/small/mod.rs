//! What the tests of this crate share.

use std::sync::LazyLock;

use document::{Field, Form, Mail, Pages, Stamp, Typesetter, Words};

static TYPESETTER: LazyLock<Typesetter> = LazyLock::new(Typesetter::new);

pub(crate) fn typesetter() -> &'static Typesetter {
    &TYPESETTER
}

/// A small mail with this body.
pub(crate) fn mail(html: Option<&str>, text: &str) -> Mail {
    Mail {
        id: "1@example.org".into(),
        language: "de".into(),
        title: "Ihre Rechnung".into(),
        author: "Musterkasse".into(),
        date: Stamp { year: 2026, month: 11, day: 22, hour: 8, minute: 30, second: 0 },
        fields: vec![Field { label: "Von".into(), value: "Musterkasse <service@musterkasse.example>".into() }],
        files: Vec::new(),
        html: html.map(str::to_owned),
        text: text.into(),
        is_cut: false,
        words: Words {
            files: "Anlagen".into(),
            foot: "Seite {page} von {pages}".into(),
            plain: "Vereinfacht gesetzt.".into(),
            text: "Nur als Text gesetzt.".into(),
            images: "Bilder fehlen.".into(),
            cut: "Das Ende steht im Original.".into(),
        },
    }
}

/// Sets a mail, in a thread with the room that the worker has.
pub(crate) fn set(mail: &Mail) -> Pages {
    let mail = mail.clone();
    let thread = std::thread::Builder::new().stack_size(document::limits::STACK_BYTES);
    thread.spawn(move || typesetter().mail(&mail, Form::LaidOut)).unwrap().join().unwrap().unwrap()
}
