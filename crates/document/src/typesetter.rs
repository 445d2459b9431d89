//! Setting and writing: the only place that runs the typesetter.

use std::sync::{Arc, LazyLock};

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Array, Bytes, Content, Datetime, Dict, Duration, Smart, Value};
use typst::layout::{Abs, Frame, FrameItem, Point};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::flow::{self, Census, Flow};
use crate::fonts::Fonts;
use crate::mail::{Field, File, Form, Mail, Pages, Refused, Stamp, Words};
use crate::set;

/// Width between the margins of a page in points: 170 mm.
const WIDTH: f64 = 170.0 / 25.4 * 72.0;

static TEMPLATE: LazyLock<Option<Source>> = LazyLock::new(|| {
    let path = VirtualPath::new("/mail.typ").ok()?;
    let id = RootedPath::new(VirtualRoot::Project, path).intern();
    Some(Source::new(id, include_str!("../templates/mail.typ").to_owned()))
});

/// Sets mails. Making one loads the fonts; it is made once and used for many.
pub struct Typesetter {
    fonts: Arc<Fonts>,
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
        Self { fonts: Arc::new(Fonts::load()) }
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
        let page = Page { library: LazyHash::new(library(mail, &notes, body)), fonts: Arc::clone(&self.fonts) };
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
    let standards = PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1]);
    let standards = standards.map_err(|error| Refused::Typesetter(error.message().to_string()))?;
    Ok(PdfOptions {
        ident: Smart::Custom(mail.id.clone()),
        creator: Smart::Custom(Some("Siegelpost".to_owned())),
        timestamp: datetime(mail.date).map(Timestamp::new_utc),
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
fn count(frame: &Frame, at: Point, width: Abs, found: &mut Census) {
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

/// What the typesetter sees of the world: one template, the fonts, and nothing else.
struct Page {
    library: LazyHash<Library>,
    fonts: Arc<Fonts>,
}

impl World for Page {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.fonts.book
    }

    #[expect(clippy::expect_used, reason = "the path of the template is a constant")]
    fn main(&self) -> FileId {
        TEMPLATE.as_ref().map(Source::id).expect("the template has a path")
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        TEMPLATE.as_ref().filter(|template| template.id() == id).cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.all.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
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
