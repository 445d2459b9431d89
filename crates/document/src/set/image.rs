//! Images.

use typst::foundations::{Content, Derived, NativeElement, Smart};
use typst::layout::{BoxElem, Sizing};
use typst::loading::{DataSource, LoadSource, Loaded};
use typst::pdf::ArtifactKind;
use typst::syntax::{Span, Spanned};
use typst::visualize::{ImageElem, ImageFit, ImageFormat, RasterFormat};

use super::{rel, text};
use crate::flow::Picture;

/// Largest height of an image in points: what a page has.
const HEIGHT_MAX: f64 = 690.0;

/// An image within a line.
pub(super) fn inline(picture: &Picture, place: f64) -> Content {
    let (width, _) = size(picture, place);
    let content = BoxElem::new().with_width(Sizing::Rel(rel(width))).with_body(Some(image(picture, place))).pack();
    text::linked(content, picture.link.as_deref())
}

/// An image on its own.
pub(super) fn block(picture: &Picture, place: f64) -> Content {
    text::linked(image(picture, place), picture.link.as_deref())
}

fn image(picture: &Picture, place: f64) -> Content {
    let (width, height) = size(picture, place);
    let loaded = Loaded::new(Spanned::new(LoadSource::Bytes, Span::detached()), picture.bytes.clone());
    let element = ImageElem::new(Derived::new(DataSource::Bytes(picture.bytes.clone()), loaded))
        .with_format(Smart::Custom(ImageFormat::Raster(RasterFormat::Exchange(picture.kind.format()))))
        .with_width(Smart::Custom(rel(width)))
        .with_height(Sizing::Rel(rel(height)))
        .with_fit(ImageFit::Stretch);
    match &picture.alt {
        Some(alt) => element.with_alt(Some(alt.as_str().into())).pack(),
        None => element.pack().artifact(ArtifactKind::Other),
    }
}

/// As wanted, but no wider than its place and no higher than a page, in points.
fn size(picture: &Picture, place: f64) -> (f64, f64) {
    let wanted = picture.part.map_or(picture.width, |part| part * place);
    let width = wanted.min(place).min(HEIGHT_MAX / picture.ratio).max(0.5);
    (width, (width * picture.ratio).max(0.5))
}
