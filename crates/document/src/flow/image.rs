//! Images that came with a mail.

use std::io::Cursor;
use std::sync::Arc;

use data_encoding::BASE64;
use typst::foundations::{Bytes, Smart};
use typst::visualize::{ExchangeFormat, RasterFormat, RasterImage};

use super::{ImageKind, Picture};
use crate::html::{Boxing, Element, Length};
use crate::limits::{IMAGE_PIXELS_MAX, IMAGES_PIXELS_MAX};

/// How an image of a `data:` address went.
pub(super) enum Found {
    Picture(Picture),
    /// It is not shown: something to count hits by.
    Nothing,
    /// It cannot be shown.
    Missing,
}

/// Reads the image of an `img` element. `pixels` counts those of the whole mail.
pub(super) fn read(element: &Element<'_>, boxing: &Boxing, link: Option<&Arc<str>>, pixels: &mut u64) -> Found {
    let Some((kind, data)) = element.attribute("src").and_then(split) else { return Found::Missing };
    let Ok(bytes) = BASE64.decode(data.as_bytes()) else { return Found::Missing };
    let size = image::ImageReader::new(Cursor::new(&bytes))
        .with_guessed_format()
        .ok()
        .and_then(|read| read.into_dimensions().ok());
    let Some((width, height)) = size else { return Found::Missing };
    if width <= 1 && height <= 1 {
        return Found::Nothing;
    }
    let area = u64::from(width) * u64::from(height);
    if area == 0 || area > IMAGE_PIXELS_MAX || *pixels + area > IMAGES_PIXELS_MAX {
        return Found::Missing;
    }
    *pixels += area;
    let Some((bytes, kind)) = fit_for_pages(bytes, kind) else { return Found::Missing };
    let natural = f64::from(width) * 0.75;
    let ratio = f64::from(height) / f64::from(width);
    let wanted_height = boxing.height.map(|length| length.of(natural * ratio)).filter(|height| *height > 0.0);
    let (width, part) = match boxing.width {
        Some(Length::Part(part)) => (natural, Some(part.clamp(0.01, 1.0))),
        Some(Length::Points(points)) => (points.max(0.75), None),
        None => (wanted_height.map_or(natural, |height| height / ratio), None),
    };
    let ratio = match (boxing.width, wanted_height) {
        (Some(Length::Points(points)), Some(height)) if matches!(boxing.height, Some(Length::Points(_))) => {
            height / points.max(0.75)
        }
        _ => ratio,
    };
    let alt = element.attribute("alt").map(str::trim).filter(|alt| !alt.is_empty());
    // What leads somewhere is no decoration.
    let alt = alt.or(link.map(AsRef::as_ref)).map(str::to_owned);
    Found::Picture(Picture { bytes, kind, alt, width, ratio, part, link: link.cloned() })
}

fn split(address: &str) -> Option<(ImageKind, &str)> {
    let (kind, data) = address.strip_prefix("data:image/")?.split_once(";base64,")?;
    let kind = match kind {
        "png" => ImageKind::Png,
        "jpeg" => ImageKind::Jpeg,
        "gif" => ImageKind::Gif,
        "webp" => ImageKind::Webp,
        _ => return None,
    };
    Some((kind, data))
}

/// The image as a page may hold it, if it can be decoded. Colours for printing presses become those of screens: archived pages know one kind only.
fn fit_for_pages(bytes: Vec<u8>, kind: ImageKind) -> Option<(Bytes, ImageKind)> {
    let is_press = kind == ImageKind::Jpeg && jpeg_components(&bytes) == Some(4);
    let bytes = Bytes::new(bytes);
    let decoded = RasterImage::new(bytes.clone(), RasterFormat::Exchange(kind.format()), Smart::Auto).ok()?;
    if !is_press {
        return Some((bytes, kind));
    }
    let mut png = Vec::new();
    decoded.dynamic().to_rgb8().write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png).ok()?;
    Some((Bytes::new(png), ImageKind::Png))
}

impl ImageKind {
    pub(crate) fn format(self) -> ExchangeFormat {
        match self {
            Self::Png => ExchangeFormat::Png,
            Self::Jpeg => ExchangeFormat::Jpg,
            Self::Gif => ExchangeFormat::Gif,
            Self::Webp => ExchangeFormat::Webp,
        }
    }
}

/// Components of a JPEG, from its frame header (ITU-T T.81, B.2.2).
fn jpeg_components(bytes: &[u8]) -> Option<u8> {
    let mut rest = bytes.get(2..)?;
    loop {
        let [0xff, marker, high, low, behind @ ..] = rest else { return None };
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame {
            return behind.get(5).copied();
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        rest = rest.get(2 + length..)?;
    }
}
