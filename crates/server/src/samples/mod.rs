//! Everything a person may get to see, written into a folder: pages, mails, letters, documents. For those who design, and for an organisation
//! that wants to see its brand before it goes live.

mod browser;
mod gallery;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use app::{
    export::AboutMail,
    letter::{Addressee, Stationery},
};
use clap::Args;
use document::{Form, Typesetter, letter::Template, picture::pictures};
use mime::{field::Correspondent, view::MessageView};
use model::Language;
use render::{Brand, samples};

use crate::{assemble, config, stationery};
use gallery::Gallery;

/// The width of previews, in pixels: an A4 page at 96 dpi.
const PREVIEW_WIDTH: u16 = 794;

/// What `render-samples` is asked for.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The folder; what is in it already stays, unless it has the same name.
    pub(crate) dir: PathBuf,
    /// Show them in the brand of this configuration, instead of a made-up one.
    #[arg(long)]
    config: Option<PathBuf>,
    /// A Chromium, to take pictures of pages and mails as well, 360 and 1280 pixels wide. Letters and documents always get theirs.
    #[arg(long)]
    browser: Option<PathBuf>,
}

/// Whose samples they are.
struct House {
    brand: Brand,
    stationery: Stationery,
    template: Option<stationery::TemplateFiles>,
}

/// Writes all samples, and tells how many there are.
pub(crate) fn run(options: &Options) -> anyhow::Result<usize> {
    let house = house(options)?;
    let typesetter = Typesetter::new();
    let template = match &house.template {
        Some(files) => Some(files.template(&typesetter)?),
        None => None,
    };
    for asset in house.brand.assets() {
        write(&options.dir.join(asset.path.trim_start_matches('/')), asset.content.as_bytes())?;
    }
    let mut gallery = Gallery::new(&house.brand.organisation);
    for language in Language::ALL {
        let samples = Samples { house: &house, typesetter: &typesetter, template: template.as_ref(), language };
        samples.write(&options.dir, &mut gallery)?;
    }
    if let Some(browser) = &options.browser {
        gallery.pictures(|page| browser::pictures(browser, &options.dir, page))?;
    }
    write(&options.dir.join("index.html"), gallery.html().as_bytes())?;
    Ok(gallery.count())
}

fn house(options: &Options) -> anyhow::Result<House> {
    let Some(file) = &options.config else {
        let brand = samples::brand();
        let stationery = stationery::sample(&brand);
        return Ok(House { brand, stationery, template: None });
    };
    let config = config::load(file)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    Ok(House {
        brand: assemble::brand_of(&config, folder)?,
        stationery: stationery::of(&config, folder)?,
        template: stationery::template_files(&config, folder)?,
    })
}

/// The samples in one language.
struct Samples<'a> {
    house: &'a House,
    typesetter: &'a Typesetter,
    template: Option<&'a Template>,
    language: Language,
}

impl Samples<'_> {
    fn write(&self, dir: &Path, gallery: &mut Gallery) -> anyhow::Result<()> {
        let folder = PathBuf::from(self.language.tag());
        for sample in samples::pages(&self.house.brand, self.language) {
            let path = folder.join("pages").join(format!("{}.html", sample.name));
            // Opened from a folder, a page finds its style sheet in the one above.
            write(&dir.join(&path), sample.html.replace("=\"/assets/", "=\"../../assets/").as_bytes())?;
            gallery.add(&path, Vec::new());
        }
        for sample in samples::mails(&self.house.brand, self.language) {
            let path = folder.join("mails").join(format!("{}.html", sample.name));
            write(&dir.join(&path), sample.mail.html.as_bytes())?;
            let text = format!("Subject: {}\n\n{}", sample.mail.subject, sample.mail.text);
            write(&dir.join(path.with_extension("txt")), text.as_bytes())?;
            gallery.add(&path, Vec::new());
        }
        for (name, pdf) in self.letters()? {
            self.document(dir, gallery, "letters", &name, &pdf)?;
        }
        for (name, pdf) in self.documents()? {
            self.document(dir, gallery, "documents", &name, &pdf)?;
        }
        Ok(())
    }

    /// A PDF, and a picture of each of its pages.
    fn document(
        &self,
        dir: &Path,
        gallery: &mut Gallery,
        kind: &'static str,
        name: &str,
        pdf: &[u8],
    ) -> anyhow::Result<()> {
        let path = PathBuf::from(self.language.tag()).join(kind).join(format!("{name}.pdf"));
        write(&dir.join(&path), pdf)?;
        let mut shown = Vec::new();
        for (index, png) in pictures(pdf, PREVIEW_WIDTH)?.into_iter().enumerate() {
            let picture = path.with_file_name(format!("{name}-{}.png", index + 1));
            write(&dir.join(&picture), &png)?;
            shown.push(picture);
        }
        gallery.add(&path, shown);
        Ok(())
    }

    fn letters(&self) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let letters = samples::letters(&self.house.brand, self.language).into_iter().map(|sample| {
            let id = format!("{} {}", sample.name, self.language.tag());
            let letter = self.house.stationery.letter(id, addressee(), sample.text, samples::moment());
            let set = self.typesetter.letter(&letter, self.template);
            Ok((sample.name.to_owned(), set.with_context(|| format!("the letter {}", sample.name))?.pdf))
        });
        letters.collect()
    }

    /// Mails as recipients save them.
    fn documents(&self) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let person = |name: &str, address: &str| Correspondent { name: Some(name.into()), address: address.into() };
        let from = person("Leistungsabteilung", "leistung@musterkasse.example");
        let to = person("Ada Musterfrau", "ada.musterfrau@beispiel.de");
        let date = samples::moment().to_zoned(self.house.brand.zone.clone());
        let mails = [("message", mime::sample::outlook(&to, &from, &date))];
        let set = mails.into_iter().map(|(name, raw)| {
            let view = MessageView::read(&raw).context("a sample that cannot be read")?;
            let about = AboutMail {
                subject: view.subject.clone(),
                came_at: samples::moment(),
                zone: self.house.brand.zone.clone(),
                language: self.language,
            };
            Ok((name.to_owned(), self.typesetter.mail(&about.mail(&view), Form::LaidOut)?.pdf))
        });
        set.collect()
    }
}

fn addressee() -> Addressee {
    let lines = ["Frau", "Ada Musterfrau", "Lange Straße 12", "12345 Musterstadt"];
    Addressee { lines: lines.map(str::to_owned).into(), additions: Vec::new() }
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}
