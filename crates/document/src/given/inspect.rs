//! Whether a given PDF can be printed as it is: its pages, and what it would do by itself.

use std::collections::BTreeSet;

use super::file::{File, Found};
use super::object::{Dict, Object};
use super::{Given, GivenError};
use crate::letter::geometry::{PAGE_HEIGHT, PAGE_WIDTH};
use crate::limits::{GIVEN_A4_MILLIMETRES, GIVEN_DEPTH_MAX, GIVEN_OBJECTS_MAX, GIVEN_PAGES_MAX};

/// Millimetres of a point.
pub(super) const POINT: f64 = 25.4 / 72.0;
/// Bytes of metadata that are looked at.
const METADATA_BYTES_MAX: usize = 256 * 1024;

/// A page.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    /// Its number in the file.
    pub number: u32,
    pub dict: Dict,
    /// What is drawn with, its own or inherited.
    pub resources: Object,
    /// What is seen of it, in points: left, bottom, right, top.
    pub seen: [f64; 4],
}

/// What groups of pages leave to their pages (7.7.3.4).
#[derive(Debug, Clone, Default)]
struct Inherited {
    media: Option<Object>,
    crop: Option<Object>,
    rotate: Option<Object>,
    resources: Option<Object>,
}

pub(super) fn read(file: File<'_>) -> Result<Given<'_>, GivenError> {
    let Some(Object::Reference(root, 0)) = file.trailer.get(b"Root".as_slice()) else {
        return Err(GivenError::Broken("it has no catalog"));
    };
    let root = *root;
    let Object::Dict(catalog) = file.get(root)?.object else { return Err(GivenError::Broken("it has no catalog")) };
    let Some(Object::Reference(tree, 0)) = catalog.get(b"Pages".as_slice()) else {
        return Err(GivenError::NoPages);
    };
    let tree = *tree;
    let form = file.resolved(catalog.get(b"AcroForm".as_slice()))?;
    if matches!(form, Object::Dict(form) if form.contains_key(b"XFA".as_slice())) {
        return Err(GivenError::Xfa);
    }
    let sheets = sheets(&file, tree)?;
    is_quiet(&file, root)?;
    let claim = claim(&file, &catalog)?;
    Ok(Given { file, root, tree, sheets, claim })
}

impl File<'_> {
    /// What an entry is, behind all references.
    pub(super) fn resolved(&self, entry: Option<&Object>) -> Result<Object, GivenError> {
        let mut object = entry.cloned().unwrap_or(Object::Null);
        for _ in 0..GIVEN_DEPTH_MAX {
            match object {
                Object::Reference(number, _) => object = self.get(number)?.object,
                other => return Ok(other),
            }
        }
        Err(GivenError::Broken("its objects lead in circles"))
    }
}

/// All pages in order.
fn sheets(file: &File<'_>, tree: u32) -> Result<Vec<Sheet>, GivenError> {
    let mut seen = BTreeSet::new();
    let mut sheets = Vec::new();
    let mut open = vec![(tree, 0, Inherited::default())];
    while let Some((number, depth, mut inherited)) = open.pop() {
        if !seen.insert(number) {
            return Err(GivenError::Broken("its pages lead in circles"));
        }
        if depth > GIVEN_DEPTH_MAX || seen.len() > GIVEN_PAGES_MAX * GIVEN_DEPTH_MAX {
            return Err(GivenError::Broken("its pages are nested too deep"));
        }
        let Object::Dict(dict) = file.get(number)?.object else {
            return Err(GivenError::Broken("a page is missing"));
        };
        let own = |name: &str, before: Option<Object>| dict.get(name.as_bytes()).cloned().or(before);
        inherited = Inherited {
            media: own("MediaBox", inherited.media),
            crop: own("CropBox", inherited.crop),
            rotate: own("Rotate", inherited.rotate),
            resources: own("Resources", inherited.resources),
        };
        let Some(kids) = dict.get(b"Kids".as_slice()) else {
            if sheets.len() >= GIVEN_PAGES_MAX {
                return Err(GivenError::Pages);
            }
            sheets.push(sheet(file, number, dict, &inherited, sheets.len() + 1)?);
            continue;
        };
        let Object::Array(kids) = file.resolved(Some(kids))? else {
            return Err(GivenError::Broken("a group of pages is wrong"));
        };
        for kid in kids.iter().rev() {
            let Object::Reference(kid, _) = kid else { return Err(GivenError::Broken("a group of pages is wrong")) };
            open.push((*kid, depth + 1, inherited.clone()));
        }
        if open.len() > GIVEN_PAGES_MAX * GIVEN_DEPTH_MAX {
            return Err(GivenError::Pages);
        }
    }
    if sheets.is_empty() { Err(GivenError::NoPages) } else { Ok(sheets) }
}

fn sheet(file: &File<'_>, number: u32, dict: Dict, from: &Inherited, page: usize) -> Result<Sheet, GivenError> {
    let rotate = file.resolved(from.rotate.as_ref())?;
    let degrees: i64 = rotate.integer().unwrap_or(0);
    let media = area(file, from.media.as_ref())?.ok_or(GivenError::Broken("a page has no size"))?;
    let crop = area(file, from.crop.as_ref())?.unwrap_or(media);
    let seen = [media[0].max(crop[0]), media[1].max(crop[1]), media[2].min(crop[2]), media[3].min(crop[3])];
    let unit = file.resolved(dict.get(b"UserUnit".as_slice()))?.number().unwrap_or(1.0);
    let (width, height) = ((seen[2] - seen[0]) * unit * POINT, (seen[3] - seen[1]) * unit * POINT);
    if degrees.rem_euclid(360) != 0 {
        return Err(GivenError::Turned { page, degrees: degrees.rem_euclid(360) });
    }
    let is_near = |length: f64, wanted: f64| (length - wanted).abs() <= GIVEN_A4_MILLIMETRES;
    if is_near(width, PAGE_HEIGHT) && is_near(height, PAGE_WIDTH) {
        return Err(GivenError::Landscape(page));
    }
    if !is_near(width, PAGE_WIDTH) || !is_near(height, PAGE_HEIGHT) || (unit - 1.0).abs() > f64::EPSILON {
        return Err(GivenError::Size { page, width, height });
    }
    Ok(Sheet { number, dict, resources: file.resolved(from.resources.as_ref())?, seen })
}

/// A rectangle: left, bottom, right, top.
fn area(file: &File<'_>, entry: Option<&Object>) -> Result<Option<[f64; 4]>, GivenError> {
    let Object::Array(all) = file.resolved(entry)? else { return Ok(None) };
    let sides =
        all.iter().map(|side| Ok(file.resolved(Some(side))?.number())).collect::<Result<Option<Vec<_>>, _>>()?;
    let sides: Option<[f64; 4]> = sides.and_then(|sides| sides.try_into().ok());
    let sides = sides.ok_or(GivenError::Broken("a page has a strange size"))?;
    let [x, y, other_x, other_y] = sides;
    Ok(Some([x.min(other_x), y.min(other_y), x.max(other_x), y.max(other_y)]))
}

/// Proves that nothing in the file would act: every object that its catalog leads to is looked at.
fn is_quiet(file: &File<'_>, root: u32) -> Result<(), GivenError> {
    let mut seen = BTreeSet::from([root]);
    let mut open = vec![root];
    while let Some(number) = open.pop() {
        let Found { object, .. } = file.get(number)?;
        let mut within = vec![&object];
        while let Some(object) = within.pop() {
            match object {
                Object::Reference(number, _) if seen.insert(*number) => open.push(*number),
                Object::Array(all) => within.extend(all),
                Object::Dict(dict) => {
                    if let Some(what) = action(dict) {
                        return Err(GivenError::Active(what));
                    }
                    within.extend(dict.values());
                }
                _ => {}
            }
        }
        if seen.len() > GIVEN_OBJECTS_MAX {
            return Err(GivenError::TooMuch);
        }
    }
    Ok(())
}

/// What an action does that no letter may do.
fn action(dict: &Dict) -> Option<&'static str> {
    let Some(Object::Name(kind)) = dict.get(b"S".as_slice()) else {
        return dict.contains_key(b"JS".as_slice()).then_some("a script");
    };
    match kind.as_slice() {
        b"JavaScript" => Some("a script"),
        b"Launch" => Some("a program to start"),
        b"SubmitForm" | b"ImportData" => Some("a form to send"),
        b"Rendition" | b"RichMediaExecute" | b"Movie" | b"Sound" => Some("a film or a sound"),
        _ => dict.contains_key(b"JS".as_slice()).then_some("a script"),
    }
}

/// What the metadata claims.
fn claim(file: &File<'_>, catalog: &Dict) -> Result<Option<String>, GivenError> {
    let Some(Object::Reference(number, _)) = catalog.get(b"Metadata".as_slice()) else { return Ok(None) };
    let Found { object: Object::Dict(dict), stream: Some(range) } = file.get(*number)? else { return Ok(None) };
    if range.len() > METADATA_BYTES_MAX {
        return Ok(None);
    }
    let Ok(metadata) = file.inflate(&dict, range) else { return Ok(None) };
    let metadata = String::from_utf8_lossy(&metadata).into_owned();
    let archive = said(&metadata, "pdfaid:part").map(|part| {
        let level = said(&metadata, "pdfaid:conformance").unwrap_or_default().to_lowercase();
        format!("PDF/A-{part}{level}")
    });
    let access = said(&metadata, "pdfuaid:part").map(|part| format!("PDF/UA-{part}"));
    let all: Vec<String> = archive.into_iter().chain(access).collect();
    Ok(if all.is_empty() { None } else { Some(all.join(", ")) })
}

/// A short value of XMP, as an element or as an attribute.
fn said(metadata: &str, name: &str) -> Option<String> {
    let (_, behind) = metadata.split_once(name)?;
    let value = behind.trim_start_matches(['=', '"', '\'', '>', ' ']);
    let end = value.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(value.len());
    value.get(..end.min(2)).filter(|value| !value.is_empty()).map(str::to_owned)
}
