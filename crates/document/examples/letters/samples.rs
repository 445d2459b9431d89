//! Letters to look at and to measure, of an organisation that does not exist.

use document::letter::{Block, Code, Letter, LetterForm, LetterWords, Letterhead, Logo, LogoFormat, Qr, Rgb};
use document::{Field, Stamp};

/// A shield with a letter in it.
const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><path d="M4 4h28v18c0 8-6 12-14 15C10 34 4 30 4 22z" fill="#1d4f7c"/><path d="M11 24V11l7 8 7-8v13" fill="none" stroke="#fff" stroke-width="3"/><rect x="42" y="14" width="72" height="5" fill="#1d4f7c"/><rect x="42" y="24" width="50" height="3" fill="#8fb3d0"/></svg>"##;

/// A language of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// German.
    De,
    /// English.
    En,
}

impl Language {
    fn pick<'x>(self, german: &'x str, english: &'x str) -> &'x str {
        match self {
            Self::De => german,
            Self::En => english,
        }
    }
}

fn field(label: &str, value: &str) -> Field {
    Field { label: label.into(), value: value.into() }
}

fn strings(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn letterhead(language: Language) -> Letterhead {
    Letterhead {
        name: "Musterkasse Versicherung".into(),
        lines: strings(&[
            "Musterkasse Versicherung a. G.",
            "Musterstraße 1, 12345 Musterstadt",
            "Telefon 030 12345-0",
            "www.musterkasse.example",
        ]),
        logo: Some(Logo {
            format: LogoFormat::Svg,
            bytes: LOGO.into(),
            alt: language.pick("Logo der Musterkasse", "Logo of Musterkasse").into(),
        }),
        footer: vec![
            strings(&[
                "Musterkasse Versicherung a. G.",
                "Sitz: Musterstadt",
                "Registergericht Musterstadt",
                "HRB 12345",
            ]),
            strings(&["Vorstand:", "Erika Beispiel (Vorsitz)", "Max Beispiel"]),
            strings(&["Musterbank", "IBAN DE00 0000 0000 0000 0000 00", "BIC MUSTDEFFXXX"]),
            strings(&["USt-IdNr. DE000000000", "Aufsicht: BaFin"]),
        ],
        color: Rgb { red: 0x1d, green: 0x4f, blue: 0x7c },
    }
}

/// The letter that brings the code for a mailbox: one page.
pub(crate) fn activation(form: LetterForm, language: Language) -> Letter {
    let pick = |german: &str, english: &str| language.pick(german, english).to_owned();
    Letter {
        id: format!("activation-{form:?}-{language:?}"),
        language: pick("de", "en"),
        form,
        address: strings(&["Frau", "Dr. Erika Beispiel", "Lange Straße 12", "12345 Musterstadt"]),
        return_line: "Musterkasse · Musterstraße 1 · 12345 Musterstadt".into(),
        additions: vec![pick("Persönlich", "Personal")],
        information: vec![
            field(language.pick("Unser Zeichen", "Our reference"), "VS 4711/0815"),
            field(language.pick("Kundennummer", "Customer"), "08 154 711"),
            field(language.pick("Auskunft", "Contact"), language.pick("Kundenservice", "Customer service")),
            field(language.pick("Telefon", "Telephone"), "030 12345-678"),
            field("E-Mail", "service@musterkasse.example"),
        ],
        date: field(language.pick("Datum", "Date"), language.pick("23. November 2026", "23 November 2026")),
        stamp: Stamp { year: 2026, month: 11, day: 23, hour: 8, minute: 0, second: 0 },
        subject: pick(
            "Ihr Aktivierungscode für das Postfach der Musterkasse",
            "Your activation code for the mailbox of Musterkasse",
        ),
        salutation: pick("Sehr geehrte Frau Dr. Beispiel,", "Dear Dr Beispiel,"),
        body: activation_body(language),
        closing: pick("Mit freundlichen Grüßen", "Yours sincerely"),
        signature: pick("Ihre Musterkasse", "Musterkasse"),
        enclosures: vec![pick("Hinweise zum Datenschutz", "Notes on data protection")],
        words: LetterWords {
            page: pick("Seite {page} von {pages}", "Page {page} of {pages}"),
            enclosures: pick("Anlage", "Enclosure"),
        },
        letterhead: letterhead(language),
    }
}

fn activation_body(language: Language) -> Vec<Block> {
    let pick = |german: &str, english: &str| language.pick(german, english).to_owned();
    vec![
        Block::Paragraph(pick(
            "für Sie liegen vertrauliche Nachrichten in Ihrem persönlichen Postfach bereit. Damit niemand außer Ihnen sie lesen kann, schalten Sie das Postfach einmalig mit dem Code frei, den nur dieser Brief enthält.",
            "Confidential messages are waiting for you in your personal mailbox. So that nobody but you can read them, please unlock the mailbox once with the code that only this letter contains.",
        )),
        Block::Heading(pick("So schalten Sie Ihr Postfach frei", "How to unlock your mailbox")),
        Block::Steps(vec![
            pick(
                "Lesen Sie das Bild neben dem Code mit Ihrem Telefon ein, oder öffnen Sie postfach.musterkasse.example/code.",
                "Scan the picture beside the code with your telephone, or open postfach.musterkasse.example/code.",
            ),
            pick("Geben Sie den Aktivierungscode ein.", "Enter the activation code."),
            pick("Wählen Sie ein Passwort und eine Sicherheitsfrage.", "Choose a password and a security question."),
        ]),
        Block::Code(Code { label: pick("Ihr Aktivierungscode", "Your activation code"), code: "7K3M9QRTXW4H".into() }),
        Block::Qr(Qr {
            text: "https://postfach.musterkasse.example/code#7K3M9QRTXW4H".into(),
            alt: pick(
                "QR-Code: öffnet die Seite, auf der Sie den Aktivierungscode eingeben",
                "QR code: opens the page where you enter the activation code",
            ),
        }),
        Block::Paragraph(pick(
            "Der Code gilt bis zum 23. Dezember 2026 und nur einmal. Geben Sie ihn niemandem weiter; auch wir fragen Sie nie danach, weder am Telefon noch per E-Mail.",
            "The code is valid until 23 December 2026, and only once. Do not pass it on to anybody; we never ask you for it either, neither on the telephone nor by e-mail.",
        )),
    ]
}

/// A letter with everything: three pages.
pub(crate) fn long(form: LetterForm, language: Language) -> Letter {
    let pick = |german: &str, english: &str| language.pick(german, english).to_owned();
    let paragraph = |count: usize| {
        Block::Paragraph(
            pick(
                "Sie erhalten mit diesem Schreiben die Bedingungen, unter denen wir Ihnen vertrauliche Post elektronisch zustellen. Bitte lesen Sie sie in Ruhe; sie gelten ab dem Tag, an dem Sie ihnen zustimmen. ",
                "With this letter you receive the terms under which we deliver confidential post to you electronically. Please read them at your leisure; they apply from the day on which you agree to them. ",
            )
            .repeat(count)
            .trim_end()
            .to_owned(),
        )
    };
    let mut body = vec![paragraph(2)];
    for number in 1..=5 {
        body.push(Block::Heading(format!(
            "{number}. {}",
            language.pick("Was Sie wissen sollten", "What you should know")
        )));
        body.push(paragraph(3));
        body.push(Block::List(vec![
            pick("Nachrichten bleiben 90 Tage im Postfach.", "Messages stay in the mailbox for 90 days."),
            pick("Sie können jede Nachricht speichern, als Datei oder auf Papier. Was Sie gespeichert haben, bleibt bei Ihnen, auch wenn Sie das Postfach schließen.", "You can save each message, as a file or on paper. What you saved stays with you, even when you close the mailbox."),
            pick("Sie können jederzeit widersprechen.", "You can object at any time."),
        ]));
        body.push(paragraph(2));
    }
    body.push(Block::Table(vec![
        field(language.pick("Vertrag", "Contract"), "VS 4711/0815"),
        field(language.pick("Beginn", "Begins"), language.pick("1. Januar 2027", "1 January 2027")),
        field(
            language.pick("Zustellung", "Delivery"),
            language.pick("elektronisch, in Ihr Postfach", "electronic, to your mailbox"),
        ),
    ]));
    body.push(paragraph(1));
    Letter {
        id: format!("long-{form:?}-{language:?}"),
        subject: pick("Bedingungen für die elektronische Zustellung", "Terms of electronic delivery"),
        body,
        ..activation(form, language)
    }
}

/// A letter of nothing but what a typesetter could take for instructions, and letters from everywhere.
pub(crate) fn strange(form: LetterForm) -> Letter {
    let words = r#"#panic("a") $x^2$ *b* _c_ @d <e> \ \\ "f" 'g' `h` [i] {j} //k /*l*/ ~ -- --- ... #let m = 1; https://n.example/#o = p - q + r 1. s"#;
    let others = "Größe ẞ Łódź Αθήνα Київ שלום (ab) ﬁ e\u{301} n\u{200b}u\u{200d}l\u{ad}l \u{202e}rtl\u{202c} → ✓ ☎";
    let both = || [words.to_owned(), others.to_owned()];
    Letter {
        id: format!("strange-{form:?}"),
        address: vec![
            "#let $x$ *b* _c_ @d <e> \\".into(),
            "\"f\" 'g' `h` [i] {j} //k ~ --".into(),
            "Łódź שלום n\u{200b}ull".into(),
        ],
        return_line: "#panic() * _ $ @ \\".into(),
        additions: vec!["*Einschreiben* #1".into()],
        information: vec![field("#1 *a*", "$b$ \\"), field("= c", "- d")],
        subject: format!("= {words}"),
        salutation: "*Guten* _Tag_ #,".into(),
        body: vec![
            Block::Paragraph(words.into()),
            Block::Paragraph(others.into()),
            Block::Heading(format!("== {words}")),
            Block::List(both().into()),
            Block::Steps(both().into()),
            Block::Table(vec![field("#2 *a*", words), field("$3$", others)]),
        ],
        closing: "#closing".into(),
        signature: "$signature$".into(),
        enclosures: both().into(),
        ..activation(form, Language::De)
    }
}

/// A letter with as much of everything as is allowed.
pub(crate) fn longest(form: LetterForm) -> Letter {
    let wide = |letters: usize| {
        "Wimmelbild ".repeat(letters).chars().take(letters).collect::<String>().trim_end().to_owned() + "."
    };
    Letter {
        id: format!("longest-{form:?}"),
        address: strings(&["Wirtschaftsprüfungsgesellschaft Beispiel & Co."; 6]),
        return_line: "Musterkasse Versicherung a. G. · Postfach 12 34 56 · 12345 Musterstadt-Nord".into(),
        additions: strings(&["Nicht nachsenden! Bei Umzug Anschriftenberichtigungskarte!"; 4]),
        information: (0..8).map(|_| field(&wide(39), &wide(79))).collect(),
        subject: wide(199),
        enclosures: (0..20).map(|_| wide(199)).collect(),
        letterhead: Letterhead {
            name: "Musterkasse Versicherung auf Gegenseitigkeit".into(),
            lines: strings(&["Musterkasse Versicherung auf Gegenseitigkeit"; 4]),
            footer: vec![strings(&["Musterkasse Versicherung auf Gegenseitigkeit"; 5]); 4],
            ..letterhead(Language::De)
        },
        ..activation(form, Language::De)
    }
}
