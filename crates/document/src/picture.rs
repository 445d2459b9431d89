//! Pages as pictures, to look at.
//!
//! They are drawn from the finished PDF, as a reader would, and not from what it was made of.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{RenderCache, RenderSettings};
use thiserror::Error;

use crate::limits::PICTURE_WIDTH_MAX;

/// Why there are no pictures.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PictureError {
    /// What was given is no PDF that can be read.
    #[error("the PDF cannot be drawn")]
    Unreadable,
    /// A page would be wider than [`PICTURE_WIDTH_MAX`], or would have no width.
    #[error("pictures are 1 to {PICTURE_WIDTH_MAX} pixels wide")]
    Width,
}

/// Every page of a PDF as a PNG file of so many pixels in width.
pub fn pictures(pdf: &[u8], width: u16) -> Result<Vec<Vec<u8>>, PictureError> {
    if !(1..=PICTURE_WIDTH_MAX).contains(&width) {
        return Err(PictureError::Width);
    }
    let pdf = Pdf::new(pdf.to_vec()).map_err(|_| PictureError::Unreadable)?;
    let cache = RenderCache::new();
    let draw = |page| {
        let (page_width, _) = hayro::hayro_syntax::page::Page::render_dimensions(page);
        let scale = f32::from(width) / page_width;
        let settings = RenderSettings { x_scale: scale, y_scale: scale, bg_color: WHITE, ..RenderSettings::default() };
        let drawn = hayro::render(page, &cache, &InterpreterSettings::default(), &settings);
        drawn.into_png().map_err(|_| PictureError::Unreadable)
    };
    pdf.pages().iter().map(draw).collect()
}
