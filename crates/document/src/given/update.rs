//! What is written behind a file: objects, and a table that leads to them (ISO 32000-1, 7.5.6).

use std::collections::BTreeMap;
use std::io::Write as _;

use super::GivenError;
use super::file::{File, Found};
use super::object::{Dict, Object, write_dict};
use crate::limits::GIVEN_OBJECTS_MAX;

/// Bytes of the fields of a table that is a stream: kind, place, generation.
const WIDTHS: [usize; 3] = [1, 4, 2];

/// A dictionary of these entries.
pub(super) fn dictionary<const COUNT: usize>(pairs: [(&str, Object); COUNT]) -> Dict {
    pairs.into_iter().map(|(name, value)| (name.as_bytes().to_vec(), value)).collect()
}

/// A count as an object.
pub(super) fn integer(count: usize) -> Object {
    Object::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A file that grows.
pub(super) struct Update<'x> {
    file: &'x File<'x>,
    out: Vec<u8>,
    next: u32,
    places: BTreeMap<u32, usize>,
}

impl<'x> Update<'x> {
    pub(super) fn new(file: &'x File<'x>) -> Self {
        let mut out = file.bytes.to_vec();
        if !out.ends_with(b"\n") {
            out.push(b'\n');
        }
        Self { file, out, next: file.size(), places: BTreeMap::new() }
    }

    /// A number that no object has.
    pub(super) fn number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// Writes an object, and its stream as it is.
    pub(super) fn add(&mut self, number: u32, object: &Object, data: Option<&[u8]>) {
        self.places.insert(number, self.out.len());
        // Writing to memory does not fail.
        drop(writeln!(self.out, "{number} 0 obj"));
        object.write(&mut self.out);
        if let Some(data) = data {
            self.out.extend(b"\nstream\n");
            self.out.extend(data);
            self.out.extend(b"\nendstream");
        }
        self.out.extend(b"\nendobj\n");
    }

    /// The file with its new table.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let at = self.out.len();
        let mut trailer = Dict::new();
        for name in ["Root", "Info", "ID"] {
            if let Some(entry) = self.file.trailer.get(name.as_bytes()) {
                trailer.insert(name.into(), entry.clone());
            }
        }
        trailer.insert(b"Prev".to_vec(), integer(self.file.table_at));
        if self.file.is_stream {
            self.table_stream(trailer, at);
        } else {
            trailer.insert(b"Size".to_vec(), Object::Integer(i64::from(self.next)));
            self.table(&trailer);
        }
        drop(write!(self.out, "startxref\n{at}\n%%EOF\n"));
        self.out
    }

    fn table(&mut self, trailer: &Dict) {
        self.out.extend(b"xref\n");
        for (first, places) in runs(&self.places) {
            drop(writeln!(self.out, "{first} {}", places.len()));
            for place in places {
                drop(write!(self.out, "{place:010} 00000 n\r\n"));
            }
        }
        self.out.extend(b"trailer\n");
        write_dict(trailer, &mut self.out);
        self.out.push(b'\n');
    }

    /// A file whose table is a stream goes on with another one (7.5.8.4).
    fn table_stream(&mut self, mut dict: Dict, at: usize) {
        let number = self.number();
        self.places.insert(number, at);
        let mut data = Vec::new();
        let mut index = Vec::new();
        for (first, places) in runs(&self.places) {
            index.extend([Object::Integer(i64::from(first)), integer(places.len())]);
            for place in places {
                data.push(1);
                data.extend(u32::try_from(place).unwrap_or(u32::MAX).to_be_bytes());
                data.extend([0, 0]);
            }
        }
        dict.insert(b"Type".to_vec(), Object::name("XRef"));
        dict.insert(b"Size".to_vec(), Object::Integer(i64::from(self.next)));
        dict.insert(b"W".to_vec(), Object::Array(WIDTHS.into_iter().map(integer).collect()));
        dict.insert(b"Index".to_vec(), Object::Array(index));
        dict.insert(b"Length".to_vec(), integer(data.len()));
        self.add(number, &Object::Dict(dict), Some(&data));
    }
}

/// Places of objects whose numbers follow each other.
fn runs(places: &BTreeMap<u32, usize>) -> Vec<(u32, Vec<usize>)> {
    let mut runs: Vec<(u32, Vec<usize>)> = Vec::new();
    let mut before = None;
    for (number, place) in places {
        match runs.last_mut() {
            Some((_, run)) if before == number.checked_sub(1) => run.push(*place),
            _ => runs.push((*number, vec![*place])),
        }
        before = Some(*number);
    }
    runs
}

/// Objects of another file on their way into an update, each once.
pub(super) struct Copying<'x> {
    from: &'x File<'x>,
    numbers: BTreeMap<u32, u32>,
    open: Vec<u32>,
}

impl<'x> Copying<'x> {
    pub(super) fn new(from: &'x File<'x>) -> Self {
        Self { from, numbers: BTreeMap::new(), open: Vec::new() }
    }

    /// An object whose references lead to where the others will be.
    pub(super) fn moved(&mut self, object: &Object, update: &mut Update<'_>) -> Object {
        match object {
            Object::Reference(number, _) => {
                let open = &mut self.open;
                let moved = self.numbers.entry(*number).or_insert_with(|| {
                    open.push(*number);
                    update.number()
                });
                Object::Reference(*moved, 0)
            }
            Object::Array(all) => Object::Array(all.iter().map(|it| self.moved(it, update)).collect()),
            Object::Dict(dict) => {
                Object::Dict(dict.iter().map(|(name, it)| (name.clone(), self.moved(it, update))).collect())
            }
            other => other.clone(),
        }
    }

    /// Writes all objects that were referred to.
    pub(super) fn finish(mut self, update: &mut Update<'_>) -> Result<(), GivenError> {
        while let Some(number) = self.open.pop() {
            if self.numbers.len() > GIVEN_OBJECTS_MAX {
                return Err(GivenError::TooMuch);
            }
            let Found { object, stream } = self.from.get(number)?;
            let moved = self.moved(&object, update);
            let Some(place) = self.numbers.get(&number) else { continue };
            update.add(*place, &moved, stream.and_then(|range| self.from.bytes.get(range)));
        }
        Ok(())
    }
}
