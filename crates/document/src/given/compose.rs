//! A cover page before a given PDF, or an address on it.

use super::object::{Dict, Object};
use super::update::{Copying, Update, dictionary, integer};
use super::{Given, GivenError};
use crate::letter::{AddressPage, Conformance, LetterPages};

/// Entries of pages of ours that lead away from what is drawn.
const NOT_DRAWN: [&str; 4] = ["Annots", "Parent", "StructParents", "Tabs"];
/// Entries of a given catalog that no longer hold: what happens first, how pages are counted, and what was claimed (archive, tags).
const NOT_KEPT: [&str; 5] = ["AA", "MarkInfo", "Metadata", "OpenAction", "PageLabels"];
/// The name of our drawing among the others of a page.
const DRAWING: &str = "SiegelpostAddress";

impl Given<'_> {
    /// The PDF behind `cover`, pages that this crate set.
    pub fn behind(&self, cover: &LetterPages) -> Result<LetterPages, GivenError> {
        let cover = Given::read(&cover.pdf).map_err(|_| GivenError::Added)?;
        let mut update = Update::new(&self.file);
        let mut copying = Copying::new(&cover.file);
        let tree = update.number();
        let mut kids = Vec::new();
        for sheet in &cover.sheets {
            let mut dict = sheet.dict.clone();
            dict.retain(|name, _| !NOT_DRAWN.iter().any(|not| not.as_bytes() == name));
            let Object::Dict(mut dict) = copying.moved(&Object::Dict(dict), &mut update) else { continue };
            dict.insert(b"Parent".to_vec(), Object::Reference(tree, 0));
            let number = update.number();
            update.add(number, &Object::Dict(dict), None);
            kids.push(Object::Reference(number, 0));
        }
        copying.finish(&mut update)?;
        kids.push(Object::Reference(self.tree, 0));
        let all = dictionary([
            ("Type", Object::name("Pages")),
            ("Kids", Object::Array(kids)),
            ("Count", integer(cover.sheets.len() + self.sheets.len())),
        ]);
        update.add(tree, &Object::Dict(all), None);
        let mut own_tree = self.dict(self.tree)?;
        own_tree.insert(b"Parent".to_vec(), Object::Reference(tree, 0));
        own_tree.insert(b"Count".to_vec(), integer(self.sheets.len()));
        update.add(self.tree, &Object::Dict(own_tree), None);
        update.add(self.root, &Object::Dict(self.catalog(tree)?), None);
        let count = cover.sheets.len() + self.sheets.len();
        Ok(LetterPages { pdf: update.finish(), count, conformance: Conformance::Unclaimed })
    }

    /// The PDF with an address on its first page, if nothing stands there yet.
    ///
    /// What stands there is found by reading what the page draws: texts where they begin and as wide as letters usually are, lines, areas
    /// that are not white, pictures, what is drawn in forms (some levels deep), and notes or fields that lie on the page. Not found
    /// is text that only the file's own font knows to be wider, and what a pattern or a mask draws beyond its own area.
    pub fn addressed(&self, address: &AddressPage) -> Result<LetterPages, GivenError> {
        let Some(sheet) = self.sheets.first() else { return Err(GivenError::NoPages) };
        super::marks::none_in(&self.file, sheet, address.form)?;
        let ours = Given::read(&address.pdf).map_err(|_| GivenError::Added)?;
        let (page, contents) = ours.drawing().ok_or(GivenError::Added)?;
        let mut update = Update::new(&self.file);
        let mut copying = Copying::new(&ours.file);
        let form = update.number();
        let Object::Dict(mut dict) = copying.moved(&Object::Dict(contents.0), &mut update) else {
            return Err(GivenError::Added);
        };
        dict.insert(b"Type".to_vec(), Object::name("XObject"));
        dict.insert(b"Subtype".to_vec(), Object::name("Form"));
        dict.insert(b"BBox".to_vec(), Object::Array(page.seen.into_iter().map(Object::Real).collect()));
        dict.insert(b"Resources".to_vec(), copying.moved(&page.resources, &mut update));
        dict.insert(b"Length".to_vec(), integer(contents.1.len()));
        update.add(form, &Object::Dict(dict), Some(contents.1));
        copying.finish(&mut update)?;
        let [left, _, _, top] = sheet.seen;
        let up = top - page.seen[3];
        let before = stream(&mut update, b"q");
        let after = format!("Q\nq 1 0 0 1 {left} {up} cm /{DRAWING} Do Q");
        let after = stream(&mut update, after.as_bytes());
        let mut dict = sheet.dict.clone();
        let mut all = vec![before];
        match self.file.resolved(dict.get(b"Contents".as_slice()))? {
            Object::Array(streams) => all.extend(streams),
            _ => all.extend(dict.get(b"Contents".as_slice()).cloned()),
        }
        all.push(after);
        dict.insert(b"Contents".to_vec(), Object::Array(all));
        dict.insert(b"Resources".to_vec(), Object::Dict(self.resources(&sheet.resources, form)?));
        update.add(sheet.number, &Object::Dict(dict), None);
        update.add(self.root, &Object::Dict(self.catalog(self.tree)?), None);
        Ok(LetterPages { pdf: update.finish(), count: self.sheets.len(), conformance: Conformance::Unclaimed })
    }

    /// What the first page is drawn with, and our drawing.
    fn resources(&self, own: &Object, form: u32) -> Result<Dict, GivenError> {
        let mut resources = match own {
            Object::Dict(dict) => dict.clone(),
            _ => Dict::new(),
        };
        let mut drawings = match self.file.resolved(resources.get(b"XObject".as_slice()))? {
            Object::Dict(dict) => dict,
            _ => Dict::new(),
        };
        drawings.insert(DRAWING.into(), Object::Reference(form, 0));
        resources.insert(b"XObject".to_vec(), Object::Dict(drawings));
        Ok(resources)
    }

    /// The first page of a PDF of ours, and its one content stream.
    fn drawing(&self) -> Option<(&super::inspect::Sheet, (Dict, &[u8]))> {
        let sheet = self.sheets.first()?;
        let Object::Reference(number, _) = sheet.dict.get(b"Contents".as_slice())? else { return None };
        let found = self.file.get(*number).ok()?;
        let (Object::Dict(dict), Some(range)) = (found.object, found.stream) else { return None };
        Some((sheet, (dict, self.file.bytes.get(range)?)))
    }

    fn dict(&self, number: u32) -> Result<Dict, GivenError> {
        match self.file.get(number)?.object {
            Object::Dict(dict) => Ok(dict),
            _ => Err(GivenError::NoPages),
        }
    }

    fn catalog(&self, tree: u32) -> Result<Dict, GivenError> {
        let mut catalog = self.dict(self.root)?;
        catalog.retain(|name, _| !NOT_KEPT.iter().any(|not| not.as_bytes() == name));
        catalog.insert(b"Pages".to_vec(), Object::Reference(tree, 0));
        catalog.insert(b"Version".to_vec(), Object::name("1.7"));
        Ok(catalog)
    }
}

/// A stream behind the file.
fn stream(update: &mut Update<'_>, data: &[u8]) -> Object {
    let number = update.number();
    update.add(number, &Object::Dict(dictionary([("Length", integer(data.len()))])), Some(data));
    Object::Reference(number, 0)
}
