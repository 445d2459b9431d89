//! Setting and writing: the only place that runs the typesetter.

use std::sync::{Arc, LazyLock};

use typst::diag::SourceDiagnostic;
use typst::foundations::{Array, Content, Datetime, Dict, Smart, Value};
use typst::layout::{Abs, Frame, FrameItem, Point};
use typst::syntax::Source;
use typst::utils::LazyHash;
use typst::{Library, LibraryExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::flow::{self, Census, Flow};
use crate::fonts::Fonts;
use crate::letter::{LetterError, LetterTools};
use crate::mail::{Field, File, Form, Mail, Pages, Refused, Stamp, Words};
use crate::set;
use crate::world::{self, Page};

/// Width between the margins of a page in points: 170 mm.
const WIDTH: f64 = 170.0 / 25.4 * 72.0;

static TEMPLATE: LazyLock<Option<Source>> =
    LazyLock::new(|| Some(Source::new(world::id("/mail.typ")?, include_str!("../templates/mail.typ").to_owned())));

/// Sets mails and letters. Making one loads the fonts; it is made once and used for many.
pub struct Typesetter {
    pub(crate) fonts: Arc<Fonts>,
    pub(crate) letters: Result<LetterTools, LetterError>,
}

impl std::fmt::Debug for Typesetter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Typesetter").finish_non_exhaustive()
    }
}

impl Default for Typesetter {
    fn default() -> Self {
        Self::new()
    }
}

impl Typesetter {
    /// Loads the fonts.
    pub fn new() -> Self {
        let fonts = Arc::new(Fonts::load());
        let letters = LetterTools::new(&fonts);
        Self { fonts, letters }
    }

    /// Sets a mail as its writer meant it, or else in the next plainer form, beginning with `form`.
    pub fn mail(&self, mail: &Mail, form: Form) -> Result<Pages, Refused> {
        let made = self.forms(mail, form);
        typst::comemo::evict(0);
        made
    }

    /// Sets a page of nothing in particular, so that the first mail finds all that is made once.
    pub fn warm(&self) {
        let words = Words { foot: "{page}".into(), ..Words::default() };
        let html =
            "<p>a <b>b</b> <i>c</i></p><ul><li>d</li></ul><table border=\"1\"><tr><th>e</th><td>f</td></tr></table>";
        let mail = Mail { title: "g".into(), language: "de".into(), html: Some(html.into()), words, ..Mail::default() };
        // What comes of it is of no use to anybody.
        drop(self.mail(&mail, Form::LaidOut));
    }

    fn forms(&self, mail: &Mail, form: Form) -> Result<Pages, Refused> {
        let (html, around) = (mail.html.as_deref(), mail.printable());
        let is_html = html.is_some();
        let mut refused = None;
        for (plain, this) in [(false, Form::LaidOut), (true, Form::Plain)] {
            let Some(html) = html.filter(|_| this >= form) else { continue };
            let flow = flow::from_html(html, plain);
            if flow.over {
                continue;
            }
            match self.set(&around, is_html, &flow, this) {
                Ok(pages) => return Ok(Pages { refused, ..pages }),
                Err(found) => refused = Some(found),
            }
        }
        let flow = flow::from_text(&mail.text);
        Ok(Pages { refused, ..self.set(&around, is_html, &flow, Form::Text)? })
    }

    fn set(&self, mail: &Mail, is_html: bool, flow: &Flow, form: Form) -> Result<Pages, Refused> {
        let words = &mail.words;
        let mut notes = Vec::new();
        match form {
            Form::Plain => notes.push(&words.plain),
            Form::Text if is_html => notes.push(&words.text),
            Form::LaidOut | Form::Text => {}
        }
        if flow.images_missing > 0 {
            notes.push(&words.images);
        }
        if flow.cut || mail.is_cut {
            notes.push(&words.cut);
        }
        let body = set::blocks(&flow.blocks, WIDTH);
        let template = TEMPLATE.clone().ok_or_else(|| Refused::Typesetter("the template has no path".to_owned()))?;
        let library = LazyHash::new(library(mail, &notes, body));
        let page = Page { library, fonts: Arc::clone(&self.fonts), template };
        let document: PagedDocument = typst::compile(&page).output.map_err(|errors| said(&errors))?;
        whole(mail, &notes, flow, &document)?;
        let pdf = typst_pdf::pdf(&document, &options(mail)?).map_err(|errors| said(&errors))?;
        Ok(Pages { pdf, form, count: document.pages().len(), refused: None })
    }
}

fn said(errors: &[SourceDiagnostic]) -> Refused {
    Refused::Typesetter(errors.first().map(|error| error.message.to_string()).unwrap_or_default())
}

/// Letters of the title in the foot of pages.
const SHORT_TITLE_LETTERS: usize = 70;

fn short_title(title: &str) -> String {
    match title.char_indices().nth(SHORT_TITLE_LETTERS) {
        Some((at, _)) => format!("{}…", title.get(..at).unwrap_or(title).trim_end()),
        None => title.to_owned(),
    }
}

fn library(mail: &Mail, notes: &[&String], body: Content) -> Library {
    let text = |text: &str| Value::Str(text.into());
    let row = |pairs: [(&str, &str); 2]| {
        Value::Dict(pairs.into_iter().map(|(name, value)| (name.into(), text(value))).collect::<Dict>())
    };
    let fields: Array =
        mail.fields.iter().map(|field| row([("label", &field.label), ("value", &field.value)])).collect();
    let files: Array = mail.files.iter().map(|file| row([("name", &file.name), ("size", &file.size)])).collect();
    let notes: Array = notes.iter().map(|note| text(note)).collect();
    let inputs = [
        ("title", text(&mail.title)),
        ("short-title", text(&short_title(&mail.title))),
        ("author", text(&mail.author)),
        ("language", text(&mail.language)),
        ("foot", text(&mail.words.foot)),
        ("files-label", text(&mail.words.files)),
        ("fields", Value::Array(fields)),
        ("files", Value::Array(files)),
        ("notes", Value::Array(notes)),
        ("body", Value::Content(body)),
    ];
    Library::builder().with_inputs(inputs.into_iter().map(|(name, value)| (name.into(), value)).collect()).build()
}

fn options(mail: &Mail) -> Result<PdfOptions, Refused> {
    written(&mail.id, mail.date, PdfStandard::A_3a).map_err(Refused::Typesetter)
}

/// How a PDF is written that is PDF/UA-1 and, at once, `archive`.
pub(crate) fn written(id: &str, date: Stamp, archive: PdfStandard) -> Result<PdfOptions, String> {
    let standards = PdfStandards::new(&[archive, PdfStandard::Ua_1]);
    let standards = standards.map_err(|error| error.message().to_string())?;
    Ok(PdfOptions {
        ident: Smart::Custom(id.to_owned()),
        creator: Smart::Custom(Some("Siegelpost".to_owned())),
        timestamp: datetime(date).map(Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    })
}

fn datetime(stamp: Stamp) -> Option<Datetime> {
    Datetime::from_ymd_hms(stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second)
}

/// Proves that every letter of the mail is within the edges of a page.
fn whole(mail: &Mail, notes: &[&String], flow: &Flow, document: &PagedDocument) -> Result<(), Refused> {
    let mut expected = flow.census.clone();
    let texts = [&mail.title].into_iter().chain(notes.iter().copied());
    texts.for_each(|text| expected.count(text));
    for field in &mail.fields {
        expected.count(&field.label);
        expected.count(&field.value);
    }
    for file in &mail.files {
        expected.count(&file.name);
        expected.count(&file.size);
    }
    let pages = document.pages().len();
    for page in 1..=pages {
        expected.count(&mail.words.foot.replace("{page}", &page.to_string()).replace("{pages}", &pages.to_string()));
        expected.count(&short_title(&mail.title));
    }
    let mut found = Census::default();
    for page in document.pages() {
        count(&page.frame, Point::zero(), page.frame.width(), &mut found);
    }
    let missing = expected.missing_in(&found);
    if missing.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = missing.iter().map(|(letter, count)| format!("{count} times {letter:?}")).collect();
    Err(Refused::Missing(named.join(", ")))
}

/// Counts letters that begin and end on the page.
pub(crate) fn count(frame: &Frame, at: Point, width: Abs, found: &mut Census) {
    for (place, item) in frame.items() {
        let place = at + *place;
        match item {
            FrameItem::Group(group) => count(&group.frame, place, width, found),
            FrameItem::Text(text) if place.x >= Abs::pt(-0.5) && place.x + text.width() <= width + Abs::pt(0.5) => {
                found.count(&text.text);
            }
            _ => {}
        }
    }
}

/// Sizes of the template in points.
const TITLE_SIZE: f64 = 17.0;
const FIELD_SIZE: f64 = 10.0;

impl Mail {
    /// With what a page may hold around the body, and words that fit on it.
    fn printable(&self) -> Self {
        let small = |text: &str| flow::unbound(text, FIELD_SIZE);
        Self {
            title: flow::unbound(&self.title, TITLE_SIZE),
            author: small(&self.author),
            fields: self
                .fields
                .iter()
                .map(|field| Field { label: small(&field.label), value: small(&field.value) })
                .collect(),
            files: self.files.iter().map(|file| File { name: small(&file.name), size: small(&file.size) }).collect(),
            id: self.id.clone(),
            language: self.language.clone(),
            date: self.date,
            words: self.words.clone(),
            is_cut: self.is_cut,
            html: None,
            text: String::new(),
        }
    }
}
