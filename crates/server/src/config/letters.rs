//! The section about letters.

#![expect(missing_docs, reason = "every key is documented in reference.toml, which the reference page is made from")]

use std::path::PathBuf;

use serde::Deserialize;

/// `[letters]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Letters {
    pub form: Form,
    pub return_line: String,
    pub lines: Vec<String>,
    pub footer: Vec<Vec<String>>,
    pub template_file: PathBuf,
    pub font_files: Vec<PathBuf>,
    pub image_files: Vec<PathBuf>,
}

/// Where everything stands on a letter (DIN 5008).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Form {
    A,
    #[default]
    B,
}
