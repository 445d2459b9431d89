//! Sets mails as pages, for readers that nobody here wrote to look at.
//!
//! ```text
//! cargo run --release -p siegelpost-document --example pages -- OUT [--rounds N] [--samples] MAIL-OR-FOLDER...
//! ```
//!
//! `NAME` becomes `OUT/NAME.pdf` and `OUT/NAME.json`, which has what the pages were made of. How each was set, and how long that took, is printed;
//! a mail that cannot be set is an error.
#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use document::attach::{Embedded, Embedding, Relation};
use document::{Field, File, Form, Mail, Stamp, Typesetter, Words};
use mime::view::MessageView;
use serde_json::json;

/// The name of the original among the embedded files.
const ORIGINAL: &str = "Nachricht.eml";

fn main() -> Result<(), Box<dyn Error>> {
    let run =
        std::thread::Builder::new().stack_size(64 * 1024 * 1024).spawn(|| run().map_err(|error| error.to_string()))?;
    run.join().map_err(|_| "the typesetter panicked")??;
    Ok(())
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let out = PathBuf::from(arguments.next().ok_or("usage: pages OUT MAIL-OR-FOLDER...")?);
    let typesetter = Typesetter::new();
    let mut rounds = 1;
    while let Some(argument) = arguments.next() {
        if argument == "--rounds" {
            rounds =
                arguments.next().and_then(|rounds| rounds.to_str()?.parse().ok()).ok_or("--rounds takes a number")?;
            continue;
        }
        if argument == "--samples" {
            let who =
                |name: &str, address: &str| mime::Correspondent { name: Some(name.into()), address: address.into() };
            let date = "2026-11-20T09:30[Europe/Berlin]".parse()?;
            let outlook = mime::sample::outlook(
                &who("Erika Beispiel", "erika@beispiel.example"),
                &who("Alpenblick Versicherung", "service@alpenblick.example"),
                &date,
            );
            set(&typesetter, &outlook, &out.join("outlook"), rounds)?;
            set(&typesetter, mime::sample::NEWSLETTER, &out.join("newsletter"), rounds)?;
            set(&typesetter, mime::sample::INVITATION, &out.join("invitation"), rounds)?;
            continue;
        }
        let path = Path::new(&argument);
        visit(&typesetter, path, &out.join(path.file_name().unwrap_or_default()), rounds)?;
    }
    Ok(())
}

fn visit(typesetter: &Typesetter, path: &Path, out: &Path, rounds: usize) -> Result<(), Box<dyn Error>> {
    let Ok(folder) = fs::read_dir(path) else { return set(typesetter, &fs::read(path)?, out, rounds) };
    for entry in folder {
        let entry = entry?;
        visit(typesetter, &entry.path(), &out.join(entry.file_name()), rounds)?;
    }
    Ok(())
}

fn set(typesetter: &Typesetter, raw: &[u8], out: &Path, rounds: usize) -> Result<(), Box<dyn Error>> {
    let Ok(view) = MessageView::read(raw) else {
        println!("{}: too complex", out.display());
        return Ok(());
    };
    let mail = mail(&view);
    for _ in 0..rounds {
        let begun = Instant::now();
        let pages = typesetter.mail(&mail, Form::LaidOut).map_err(|refused| format!("{}: {refused}", out.display()))?;
        let mut pdf = Vec::new();
        Embedding::plan(&pages.pdf, embedded(raw, &view), mail.date)?.write_to(&mut pdf)?;
        let took = begun.elapsed().as_secs_f64() * 1000.0;
        let stepped = if mail.html.is_some() && pages.form > Form::LaidOut { " STEPPED" } else { "" };
        println!(
            "{took:9.2} ms {:?}{stepped} {} pages {} bytes {} {:?}",
            pages.form,
            pages.count,
            pdf.len(),
            out.display(),
            pages.refused
        );
        if let Some(folder) = out.parent() {
            fs::create_dir_all(folder)?;
        }
        let with = |extension: &str| {
            let mut name = out.as_os_str().to_owned();
            name.push(extension);
            PathBuf::from(name)
        };
        fs::write(with(".pdf"), pdf)?;
        let mut file = BufWriter::new(fs::File::create(with(".json"))?);
        serde_json::to_writer(&mut file, &said(&mail, raw, &view, &pages))?;
        file.flush()?;
    }
    Ok(())
}

/// What the pages were made of, for comparison.
fn said(mail: &Mail, raw: &[u8], view: &MessageView<'_>, pages: &document::Pages) -> serde_json::Value {
    let sum = |bytes: &[u8]| HEXLOWER.encode(digest(&SHA256, bytes).as_ref());
    let attached = view.attachments.iter().map(|file| {
        let bytes = view.attachment_bytes(file.index).unwrap_or_default();
        json!({ "name": file.name, "sha256": sum(&bytes) })
    });
    let original = json!({ "name": ORIGINAL, "sha256": sum(raw) });
    let files: Vec<_> = std::iter::once(original).chain(attached).collect();
    json!({ "mail": mail, "form": pages.form, "pages": pages.count, "files": files })
}

fn embedded<'x>(raw: &'x [u8], view: &MessageView<'x>) -> Vec<Embedded<'x>> {
    let original = Embedded {
        name: ORIGINAL.into(),
        media_type: "message/rfc822".into(),
        relation: Relation::Source,
        content: Box::new(std::borrow::Cow::Borrowed(raw)),
    };
    let files = view.attachments.iter().filter_map(|file| {
        Some(Embedded {
            name: file.name.clone(),
            media_type: file.declared_type.clone(),
            relation: Relation::Supplement,
            content: Box::new(view.file(file.index)?),
        })
    });
    std::iter::once(original).chain(files).collect()
}

fn mail(view: &MessageView<'_>) -> Mail {
    let names = |all: &[mime::Correspondent]| {
        let each = all.iter().map(|who| match &who.name {
            Some(name) => format!("{name} <{}>", who.address),
            None => who.address.clone(),
        });
        each.collect::<Vec<_>>().join(", ")
    };
    let mut fields = vec![
        Field { label: "Von".into(), value: names(&view.from) },
        Field { label: "An".into(), value: names(&view.to) },
    ];
    if !view.cc.is_empty() {
        fields.push(Field { label: "Kopie".into(), value: names(&view.cc) });
    }
    if let Some(date) = view.date {
        fields.push(Field { label: "Datum".into(), value: date.local.strftime("%d.%m.%Y, %H:%M Uhr").to_string() });
    }
    let html = view.html.as_ref().map(|_| view.fragment().html);
    Mail {
        id: view.message_id.clone().unwrap_or_default(),
        language: "de".into(),
        title: if view.subject.trim().is_empty() { "(kein Betreff)".into() } else { view.subject.clone() },
        author: names(&view.from),
        date: Stamp { year: 2026, month: 11, day: 22, hour: 12, minute: 0, second: 0 },
        fields,
        files: view
            .attachments
            .iter()
            .map(|file| File { name: file.name.clone(), size: format!("{} Bytes", file.size_bytes) })
            .collect(),
        text: html.as_deref().map_or_else(|| view.readable_text().into_owned(), mime::html::to_text),
        html,
        is_cut: false,
        words: Words {
            files: "Anlagen".into(),
            foot: "Seite {page} von {pages}".into(),
            plain: "Diese Nachricht war zu verschachtelt.".into(),
            text: "Nur Text.".into(),
            images: "Bilder fehlen.".into(),
            cut: "Gekürzt.".into(),
        },
    }
}
