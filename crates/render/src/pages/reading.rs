//! Pages to read: help, accessibility statement, imprint, privacy [J16].

use askama::Template;

use crate::{
    brand::{Block, Prose},
    page::Page,
    paths,
};

/// Answers to what people ask, written for this organisation.
#[derive(Debug, Template)]
#[template(path = "help.html")]
pub struct Help<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
}

/// The accessibility statement.
#[derive(Debug, Template)]
#[template(path = "accessibility.html")]
pub struct Accessibility<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
}

/// The imprint, from the organisation's own text.
#[derive(Debug, Template)]
#[template(path = "imprint.html")]
pub struct Imprint<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The text.
    pub text: &'a Prose,
}

/// The privacy notice, from the organisation's own text.
#[derive(Debug, Template)]
#[template(path = "privacy.html")]
pub struct Privacy<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The text.
    pub text: &'a Prose,
}

super::pages! { Help Accessibility Imprint Privacy }
