//! The paper of the organisation, from the configuration.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use app::letter::Stationery;
use document::{
    Typesetter,
    letter::{LetterForm, Letterhead, Logo, LogoFormat, Rgb, Template},
};
use render::{Brand, brand::Color};

use crate::{
    assemble::{self, optional_file},
    config::{
        Config,
        letters::{Form, Letters},
    },
};

/// The files of a brand's own template.
pub(crate) struct TemplateFiles {
    text: String,
    fonts: Vec<Vec<u8>>,
    images: BTreeMap<String, Vec<u8>>,
}

impl TemplateFiles {
    /// The template, ready to be used.
    pub(crate) fn template(&self, typesetter: &Typesetter) -> anyhow::Result<Template> {
        typesetter.template(&self.text, &self.fonts, &self.images).context("letters.template_file")
    }
}

/// The paper that is configured.
pub(crate) fn of(config: &Config, folder: &Path) -> anyhow::Result<Stationery> {
    let brand = assemble::brand_of(config, folder)?;
    let mut stationery = plain(&brand);
    let Letters { form, return_line, lines, footer, .. } = &config.letters;
    stationery.form = match form {
        Form::A => LetterForm::A,
        Form::B => LetterForm::B,
    };
    if !return_line.is_empty() {
        stationery.return_line.clone_from(return_line);
    }
    stationery.letterhead.lines.clone_from(lines);
    stationery.letterhead.footer.clone_from(footer);
    stationery.letterhead.logo = logo(config, folder, &brand)?;
    Ok(stationery)
}

/// The paper of the organisation of the samples.
pub(crate) fn sample(brand: &Brand) -> Stationery {
    let mut stationery = plain(brand);
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    stationery.return_line = "Musterkasse · Musterallee 1 · 12345 Musterstadt".into();
    stationery.letterhead.lines = lines(&["Musterallee 1, 12345 Musterstadt", "www.musterkasse.example"]);
    stationery.letterhead.footer = vec![
        lines(&["Musterkasse VVaG", "Sitz: Musterstadt", "Registergericht Musterstadt", "HRB 12345"]),
        lines(&["Musterbank", "IBAN DE00 0000 0000 0000 0000 00", "BIC MUSTDEFFXXX"]),
    ];
    stationery
}

fn plain(brand: &Brand) -> Stationery {
    let Color([red, green, blue]) = brand.accent.light();
    Stationery {
        form: LetterForm::B,
        return_line: brand.organisation.clone(),
        letterhead: Letterhead {
            name: brand.organisation.clone(),
            lines: Vec::new(),
            logo: None,
            footer: Vec::new(),
            color: Rgb { red, green, blue },
        },
    }
}

/// The logo of the portal, where printers can have it.
fn logo(config: &Config, folder: &Path, brand: &Brand) -> anyhow::Result<Option<Logo>> {
    let Some(bytes) = optional_file(folder, &config.portal.logo_file, "portal.logo_file")? else { return Ok(None) };
    let format = match mime::sniff::media_type(&bytes) {
        Some("image/png") => LogoFormat::Png,
        Some(_) => return Ok(None),
        None => LogoFormat::Svg,
    };
    Ok(Some(Logo { format, bytes, alt: brand.organisation.clone() }))
}

/// The brand's own template with what it needs, if it has one.
pub(crate) fn template_files(config: &Config, folder: &Path) -> anyhow::Result<Option<TemplateFiles>> {
    let letters = &config.letters;
    let Some(text) = optional_file(folder, &letters.template_file, "letters.template_file")? else {
        let needed = letters.font_files.is_empty() && letters.image_files.is_empty();
        ensure!(needed, "letters.font_files and letters.image_files are for letters.template_file: give that too");
        return Ok(None);
    };
    let text = String::from_utf8(text).context("letters.template_file is not UTF-8")?;
    let read = |file: &PathBuf, key| {
        let bytes = optional_file(folder, file, key)?;
        bytes.with_context(|| format!("{key}: an empty name"))
    };
    let fonts = letters.font_files.iter().map(|file| read(file, "letters.font_files"));
    let images = letters.image_files.iter().map(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok((name, read(file, "letters.image_files")?))
    });
    Ok(Some(TemplateFiles {
        text,
        fonts: fonts.collect::<anyhow::Result<_>>()?,
        images: images.collect::<anyhow::Result<_>>()?,
    }))
}
